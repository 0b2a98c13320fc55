"""Numbers computed from named numbers: the arithmetic that stands between two cells, in the project's expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from surveykit.errors import StudyError, SurveykitError
from surveykit.expressions import Values, evaluate, names, parse
from surveykit.study.numbers import printed
from surveykit.study.schema import NumberSource

__all__ = ["computed_numbers"]

_FROM = {"en": "Computed: ", "ja": "計算値:"}


def computed_numbers(
    declared: Mapping[str, NumberSource], cells: Mapping[str, Mapping[str, Any]], languages: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Add the numbers that are arithmetic on others.

    Parameters
    ----------
    declared
        Numbers of the study file, in its order.
    cells
        Numbers that are cells: ``{name: {"text", "hover", "value", "facts"}}``. Shares are percentages here.
    languages
        Of the page.

    Returns
    -------
    dict
        The cells and what was computed; a number whose parts are missing is missing too.

    Raises
    ------
    StudyError
        If a number is not defined, as a division by zero.
    """
    found: dict[str, dict[str, Any]] = {name: dict(cell) for name, cell in cells.items()}
    for name, number in declared.items():
        if number.compute is None:
            continue
        tree = parse(number.compute)
        used = names(tree)
        if any(one not in found for one in used):
            continue
        amounts = {one: _amount(found[one]) for one in used}
        value = _evaluated(name, number, amounts)
        facts = {"estimate": value, "share": False, "unit": "%" if number.format.startswith("percent") else ""}
        shown = ", ".join(f"{one} = {found[one]['text']}" for one in used)
        hover = {language: f"{_FROM[language]}{number.compute} ({shown})" for language in languages}
        found[name] = {"text": printed(facts, number), "hover": hover, "value": repr(value), "facts": facts}
    return found


def _amount(cell: Mapping[str, Any]) -> float:
    return float(cell["value"]) * (100.0 if cell["facts"].get("share") else 1.0)


def _evaluated(name: str, number: NumberSource, amounts: Mapping[str, float]) -> float:
    assert number.compute is not None
    columns = {one: Values(np.array([amount])) for one, amount in amounts.items()}
    try:
        value = evaluate(parse(number.compute), columns.__getitem__)
    except SurveykitError as error:
        raise StudyError(f"Number '{name}': {error.what}", remedy=error.remedy) from error
    made = float(np.broadcast_to(np.asarray(value.data, np.float64), (1,))[0])
    if not np.isfinite(made) or (value.valid is not None and not bool(np.all(value.valid))):
        raise StudyError(f"Number '{name}' is not defined: {number.compute}.", remedy="Check for a division by zero.")
    return made
