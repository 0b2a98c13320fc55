"""What rows, columns and layers of a table stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveykit.errors import EstimationError, did_you_mean, listing

__all__ = ["Heading", "find_heading", "heading_columns"]


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
        ``"level"``, ``"total"``, or, in tables put together from several, ``"net"``, ``"mean"``, ``"coefficient"``,
        ``"model"``.
    label
        What is printed; the level by default.
    question
        Wording of the question, as asked.
    """

    variable: str
    level: object = None
    kind: Literal["level", "total", "net", "mean", "coefficient", "model"] = "level"
    label: str = ""
    question: str = ""

    @property
    def text(self) -> str:
        """What is printed."""
        if self.label:
            return self.label
        return "Total" if self.kind == "total" else str(self.level)


def heading_columns(headings: Sequence[Heading], places: npt.NDArray[np.intp], side: str) -> dict[str, object]:
    """Columns ``<side>_variable`` and ``<side>`` of a long frame whose lines have the headings at `places`."""
    variables = np.array([heading.variable for heading in headings])
    texts = np.array([heading.text for heading in headings])
    return {f"{side}_variable": variables[places], side: texts[places]}


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
    found = by_level or by_text
    if not found:
        raise EstimationError(f"No {side} of the table is called {wanted!r}.", remedy=did_you_mean(str(wanted), known))
    if len(found) > 1:
        raise EstimationError(
            f"{len(found)} {side}s of the table are called {wanted!r}.", remedy="Give them different labels first."
        )
    return found[0]
