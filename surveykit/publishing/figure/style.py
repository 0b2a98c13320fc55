"""What can be chosen about a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from surveykit.errors import PublishingError, did_you_mean
from surveykit.publishing.themes import Theme, theme_of
from surveykit.publishing.words import Language, words

__all__ = ["FigureOptions", "FigureStyle", "style_of"]


@dataclass(frozen=True)
class FigureStyle:
    """Choices of a figure.

    Parameters
    ----------
    title
        The finding, in a sentence. On synthetic data it is not printed: nothing invented is stated as a finding.
    topic
        What the figure is about; the heading on synthetic data. Made from the variables when empty.
    number, subtitle
        ``"Figure 8"``; question wording or unit. Without a subtitle the question of the table.
    note
        One more note.
    source, year
        Source line instead of the table's own, and year of the data.
    theme
        ``"plain"``, ``"think_tank"``, ``"ministry"``, ``"oecd_like"``, or a dictionary over the plain one.
    lang
        Language of the words that the figure adds, and of its fonts.
    width
        Width in inches; the theme's when None.
    decimals
        Decimals of printed values; by unit when None.
    minimum_base, flag_base
        Values whose unweighted base is below the first are not drawn (``..``); those below the second are marked ``*``.
    illustrative
        Whether the numbers only illustrate: the figure is marked so.
    """

    title: str = ""
    topic: str = ""
    number: str = ""
    subtitle: str = ""
    note: str = ""
    source: str = ""
    year: str = ""
    theme: str | Theme = "plain"
    lang: Language = "en"
    width: float | None = None
    decimals: int | None = None
    minimum_base: int = 30
    flag_base: int = 50
    illustrative: bool = False

    def __post_init__(self) -> None:
        words(self.lang)
        theme_of(self.theme)
        if self.width is not None and not 2.5 <= self.width <= 20:
            raise PublishingError(f"width={self.width!r} inches is not possible.", remedy="Give 2.5 to 20.")


class FigureOptions(TypedDict, total=False):
    """The fields of :class:`FigureStyle`, as keywords of every figure."""

    title: str
    topic: str
    number: str
    subtitle: str
    note: str
    source: str
    year: str
    theme: str | Theme
    lang: Language
    width: float | None
    decimals: int | None
    minimum_base: int
    flag_base: int
    illustrative: bool


def style_of(options: FigureOptions) -> FigureStyle:
    """Make a style of keywords, unknown ones refused by name."""
    known = FigureStyle.__dataclass_fields__
    for name in options:
        if name not in known:
            raise PublishingError(f"'{name}' is not an option of figures.", remedy=did_you_mean(name, known))
    return FigureStyle(**options)
