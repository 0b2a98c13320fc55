"""What can be chosen about a rendered table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

from surveykit.errors import PublishingError, did_you_mean
from surveykit.publishing.words import Language, words

__all__ = ["STATISTICS", "Statistic", "TableOptions", "TableStyle"]

Statistic = Literal["se", "cv", "n", "weighted_n", "effective_n"]

#: What can stand below a line.
STATISTICS = ("se", "cv", "n", "weighted_n", "effective_n")


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
    maximum_cv
        Cells whose standard error is more than this share of the estimate are marked ``†``; None marks none.
    statistics
        What stands below each line, cell by cell: ``"se"``, ``"cv"``, ``"n"``, ``"weighted_n"``, ``"effective_n"``.
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
    maximum_cv: float | None = 0.33
    statistics: tuple[Statistic, ...] = ()
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
        if self.maximum_cv is not None and not self.maximum_cv > 0:
            raise PublishingError(f"maximum_cv={self.maximum_cv!r} is not possible.", remedy="Give a share, as 0.33.")
        for name in self.statistics:
            if name not in STATISTICS:
                raise PublishingError(
                    f"'{name}' is no statistic of a cell.", remedy=did_you_mean(str(name), STATISTICS)
                )


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
    maximum_cv: float | None
    statistics: tuple[Statistic, ...]
    letters: bool
    lang: Language
    year: str
    source: str
    illustrative: bool
    width: int
