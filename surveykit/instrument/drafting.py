"""What all importers need: plain texts, codes for named options, unique ids, bounded reading."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from surveykit.errors import ReadError

__all__ = ["coded_options", "draft_shape", "plain_text", "read_bounded"]

_BREAKS: Final = re.compile(r"<\s*(?:br|/p|/div|/li|/tr)\b[^>]*>", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAGS: Final = re.compile(r"<[^<>]*>")
_MAXIMUM: Final = 50_000_000


def plain_text(text: object) -> str:
    """Text of a label without its markup.

    Examples
    --------
    >>> plain_text("<strong>Oranges</strong>&nbsp;&amp; <em>lemons</em><script>x()</script>")
    'Oranges & lemons'
    """
    marked = _TAGS.sub("", _BREAKS.sub(" ", _HIDDEN.sub("", str(text or ""))))
    return " ".join(html.unescape(marked).split())


def read_bounded(path: str | Path) -> str:
    """Text of a UTF-8 file of a size that a questionnaire can have."""
    path = Path(path)
    try:
        if path.stat().st_size > _MAXIMUM:
            raise ReadError(f"'{path.name}' is larger than {_MAXIMUM:,} bytes.", remedy="Is it a questionnaire?")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ReadError(f"File '{path}' cannot be opened ({error.strerror}).", remedy="Check the path.") from error
    except UnicodeDecodeError as error:
        raise ReadError(f"'{path.name}' is not UTF-8 (byte {error.start}).", remedy="Export it as UTF-8.") from error


def coded_options(
    choices: Sequence[tuple[str, str]], language: str, *, others: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Make options of named choices.

    Parameters
    ----------
    choices
        Name in the other format, and text.
    language
        Language of the texts.
    others
        Further fields of options, by name.

    Returns
    -------
    tuple
        Options, coded by their names where all are whole numbers from 0 up and else 1, 2, 3 with the name kept as
        tag ``choice``; and the code of each name. Texts that repeat get their name in brackets.
    """
    names = [name for name, _ in choices]
    numeric = all(re.fullmatch(r"\d{1,6}", name) for name in names) and len({int(name) for name in names}) == len(names)
    codes = {name: int(name) if numeric else place for place, name in enumerate(names, start=1)}
    options: list[dict[str, Any]] = []
    seen: set[str] = set()
    for name, text in choices:
        label = plain_text(text) or name
        label = f"{label} ({name})" if label.casefold() in seen else label
        seen.add(label.casefold())
        tags = {} if numeric else {"tags": {"choice": name}}
        options.append({"code": codes[name], **tags, **(others or {}).get(name, {}), "label": {language: label}})
    return options, codes


def draft_shape(
    name: str,
    title: str,
    language: str,
    questions: Sequence[Mapping[str, Any]],
    modules: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Shape of a draft instrument, with ids made unique."""
    taken: set[str] = set()
    unique: list[dict[str, Any]] = []
    for question in questions:
        identifier, number = str(question["id"]), 2
        while identifier.lower() in taken:
            identifier, number = f"{str(question['id'])[:28]}_{number}", number + 1
        taken.add(identifier.lower())
        unique.append({**question, "id": identifier})
    shape: dict[str, Any] = {
        "instrument": name,
        "version": "0.1.0",
        "title": {language: title},
        "unit": "respondent",
        "languages": [language],
    }
    return {**shape, **({"modules": list(modules)} if modules else {}), "questions": unique}
