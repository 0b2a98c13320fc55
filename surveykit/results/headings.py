"""What rows, columns and layers of a table stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveykit.errors import EstimationError, did_you_mean, listing

__all__ = ["Heading", "HeadingKind", "find_heading", "heading_columns", "heading_letters", "heading_texts", "letter"]


HeadingKind = Literal["level", "total", "net", "response", "mean", "median", "coefficient", "model", "weight"]

# Kinds whose level is a name of the data, printed as it is.
_NAMED = ("level", "net", "response", "coefficient", "model", "weight")


@dataclass(frozen=True)
class Heading:
    """What one row, column or layer of a table stands for.

    Parameters
    ----------
    variable
        Column or expression that it is a level of; empty where the table has nothing on that side.
    level
        The level, as in the data; None for a total.
    kind
        ``"level"``, ``"total"``, or, in tables put together from several, ``"net"``, ``"response"`` (a percent of
        responses), ``"mean"``, ``"median"``, ``"coefficient"``, ``"model"``, ``"weight"`` (a set of weights).
    label
        What is printed; the level by default.
    question
        Wording of the question, as asked.
    variable_label
        What is printed for the variable; its name by default.
    above
        Headings that stand above this one, outermost first: sets of weights, the outer levels of a nested banner.
    letter
        Its name in column comparisons; empty where it has none.
    """

    variable: str
    level: object = None
    kind: HeadingKind = "level"
    label: str = ""
    question: str = ""
    variable_label: str = ""
    above: tuple[Heading, ...] = ()
    letter: str = ""

    @property
    def text(self) -> str:
        """What is printed."""
        if self.label:
            return self.label
        if self.kind == "total":
            return "Total"
        shown = str(self.level)
        return shown if self.kind in _NAMED else shown[:1].upper() + shown[1:]


def heading_texts(headings: Sequence[Heading]) -> list[str]:
    """Texts that tell headings apart: with their variables, and what stands above them, where there are several.

    Examples
    --------
    >>> heading_texts([Heading("", kind="total"), Heading("size", "small"), Heading("sector", "A")])
    ['Total', 'size: small', 'sector: A']
    """
    variables = {one.variable for one in headings if one.variable}
    if len(variables) < 2 and not any(one.above for one in headings):
        return [one.text for one in headings]
    return [
        " > ".join(f"{part.variable}: {part.text}" if part.variable else part.text for part in (*one.above, one))
        for one in headings
    ]


def heading_letters(columns: Sequence[Heading]) -> list[str]:
    """Names of columns in comparisons: their own where any has one, else A, B ... for the levels in order."""
    if any(one.letter for one in columns):
        return [one.letter for one in columns]
    places = iter(range(len(columns)))
    return [letter(next(places)) if one.kind == "level" else "" for one in columns]


def letter(place: int) -> str:
    """Name of a column: A to Z, then AA, AB ...

    Examples
    --------
    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)


def heading_columns(headings: Sequence[Heading], places: npt.NDArray[np.intp], side: str) -> dict[str, object]:
    """Columns ``<side>_variable`` and ``<side>`` of a long frame whose lines have the headings at `places`.

    Where headings stand above others, a column ``<side>_above`` names them: ``"sector: Manufacturing"``.
    """
    variables = np.array([heading.variable for heading in headings])
    texts = np.array([heading.text for heading in headings])
    found: dict[str, object] = {f"{side}_variable": variables[places], side: texts[places]}
    if any(heading.above for heading in headings):
        above = [" > ".join(f"{one.variable}: {one.text}" if one.variable else one.text for one in heading.above)
                 for heading in headings]  # fmt: skip
        found = {f"{side}_above": np.array(above)[places], **found}
    if {heading.kind for heading in headings} & {"net", "response", "mean", "median"}:
        found[f"{side}_kind"] = np.array([heading.kind for heading in headings])[places]
    return found


def find_heading(headings: Sequence[Heading], wanted: object, side: str) -> int:
    """Find a heading by its level, then by its label; None means the only one.

    Raises
    ------
    EstimationError
        If there is none, or several.
    """
    if wanted is None and len(headings) == 1:
        return 0
    known = [heading.text for heading in headings]
    if wanted is None:
        raise EstimationError(
            f"The table has {len(headings)} {side}s and none is named.", remedy=f"They are {listing(known)}."
        )
    by_level = [place for place, one in enumerate(headings) if one.kind == "level" and one.level == wanted]
    by_text = [place for place, text in enumerate(known) if text == wanted]
    paths = heading_texts(headings)
    found = by_level or by_text or [place for place, text in enumerate(paths) if text == wanted]
    if not found:
        raise EstimationError(f"No {side} of the table is called {wanted!r}.", remedy=did_you_mean(str(wanted), known))
    if len(found) > 1:
        raise EstimationError(
            f"{len(found)} {side}s of the table are called {wanted!r}.",
            remedy="Give them different labels first." if paths[found[0]] == wanted else f"Say {paths[found[0]]!r}.",
        )
    return found[0]
