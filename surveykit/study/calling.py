"""Verbs called with the keywords of a study file."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from surveykit.errors import StudyError, did_you_mean

__all__ = ["called"]


def called(function: Callable[..., Any], arguments: Mapping[str, Any], *, where: str, first: tuple[Any, ...]) -> Any:
    """Call a verb with keywords of a study file, refusing those it does not have.

    Parameters
    ----------
    function
        A public verb.
    arguments
        Plain values by keyword.
    where
        File and line, for messages.
    first
        What the verb takes first.
    """
    parameters = inspect.signature(function).parameters
    known = list(parameters)[len(first) :]
    fields = [name for name in known if name not in ("options", "kwargs")]
    for name in arguments:
        if name not in fields and "options" not in known:
            raise StudyError(
                f"'{name}' is no option of {function.__name__}.", where=where, remedy=did_you_mean(name, fields)
            )
    needed = [
        name
        for name in fields
        if parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        and parameters[name].default is inspect.Parameter.empty
    ]
    missing = [name for name in needed if name not in arguments]
    if missing:
        raise StudyError(
            f"{function.__name__} needs the option '{missing[0]}'.",
            where=where,
            remedy=f"Add {missing[0]}: to options.",
        )
    try:
        return function(*first, **arguments)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        # Options are plain values of a file; one of a wrong type fails deep inside a verb, with words of its own.
        raise StudyError(
            f"{function.__name__} cannot use its options: {type(error).__name__}: {error}.",
            where=where,
            remedy="Check their values against its documentation.",
        ) from error
