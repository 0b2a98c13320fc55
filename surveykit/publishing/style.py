"""What can be chosen about a rendered table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

from surveykit.errors import PublishingError
from surveykit.publishing.words import Language, words

__all__ = ["TableOptions", "TableStyle"]


@dataclass(frozen=True)
class TableStyle:
    """Choices of a rendered table.

    Parameters
    ----------
    title, number, subtitle
        Title, number as ``"Table 3"``, and question wording or unit below it. Without a title the table names its
        variables. On synthetic data give a topic, never a finding.
    show
        What stands beside an estimate: its ``"se"``, its ``"interval"``, or ``"estimate"`` for nothing.
    decimals
        Decimals of the estimates; by their unit when None.
    rounding
        ``"each"`` rounds every number alone; ``"total"`` rounds percentages of one base by largest remainder so that
        they add to 100, and says so.
    minimum_base, flag_base
        Cells whose unweighted base is below the first are not shown (``..``); those below the second are marked ``*``.
    letters
        Whether letters of column comparisons are shown where the table has them.
    lang
        Language of the words that the renderer adds.
    year
        Year of the data, printed with the definition and source.
    source
        Source line instead of the table's own.
    illustrative
        Whether the numbers only illustrate: the table is marked so.
    width
        Columns of a terminal.
    """

    title: str = ""
    number: str = ""
    subtitle: str = ""
    show: Literal["estimate", "se", "interval"] = "se"
    decimals: int | None = None
    rounding: Literal["each", "total"] = "each"
    minimum_base: int = 30
    flag_base: int = 50
    letters: bool = True
    lang: Language = "en"
    year: str = ""
    source: str = ""
    illustrative: bool = False
    width: int = 120

    def __post_init__(self) -> None:
        words(self.lang)
        if self.show not in ("estimate", "se", "interval"):
            raise PublishingError(f"show={self.show!r} is not known.", remedy="Choose 'estimate', 'se' or 'interval'.")
        if self.rounding not in ("each", "total"):
            raise PublishingError(f"rounding={self.rounding!r} is not known.", remedy="Choose 'each' or 'total'.")
        if self.decimals is not None and not 0 <= self.decimals <= 12:
            raise PublishingError(f"decimals={self.decimals!r} is not possible.", remedy="Give 0 to 12.")


class TableOptions(TypedDict, total=False):
    """The fields of :class:`TableStyle`, as keywords of :func:`surveykit.publishing.render`."""

    title: str
    number: str
    subtitle: str
    show: Literal["estimate", "se", "interval"]
    decimals: int | None
    rounding: Literal["each", "total"]
    minimum_base: int
    flag_base: int
    letters: bool
    lang: Language
    year: str
    source: str
    illustrative: bool
    width: int
