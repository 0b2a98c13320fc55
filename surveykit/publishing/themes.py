"""Themes of figures: plain dictionaries of fonts, sizes, colours and habits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

from surveykit.errors import PublishingError, did_you_mean
from surveykit.publishing.colours import DIVERGING, NOMINAL, SEQUENTIAL

__all__ = ["THEMES", "Theme", "theme_of"]


class Theme(TypedDict, total=False):
    """What a theme may say; sizes in points, lengths in inches."""

    width: float
    text_size: float
    title_size: float
    subtitle_size: float
    small_size: float
    text: str
    muted: str
    accent: str
    background: str
    grid: str
    rule: str
    title_bold: bool
    title_colour: str
    rule_above: bool
    grid_lines: bool
    value_labels: bool
    legend: Literal["top", "words"]
    hatches: bool
    nominal: tuple[str, ...]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]
    single: str


_PLAIN: Theme = {
    "width": 6.5,
    "text_size": 8.5,
    "title_size": 12.0,
    "subtitle_size": 9.0,
    "small_size": 7.5,
    "text": "#1A1A1A",
    "muted": "#595959",
    "accent": "#96340A",
    "background": "#FFFFFF",
    "grid": "#DDDDDD",
    "rule": "#1A1A1A",
    "title_bold": True,
    "title_colour": "#1A1A1A",
    "rule_above": False,
    "grid_lines": True,
    "value_labels": True,
    "legend": "top",
    "hatches": False,
    "nominal": NOMINAL,
    "sequential": SEQUENTIAL,
    "diverging": DIVERGING,
    "single": "#0072B2",
}

#: ``plain`` for papers; ``think_tank``: no grid, words instead of a legend; ``ministry``: sober, hatched for print in
#: black and white; ``oecd_like``: legend on top, light grid, rule above. None of them is the style of an existing body.
THEMES: Mapping[str, Theme] = {
    "plain": _PLAIN,
    "think_tank": {
        **_PLAIN,
        "title_size": 13.0,
        "subtitle_size": 9.5,
        "grid_lines": False,
        "legend": "words",
        "rule_above": True,
        "rule": "#1A1A1A",
        "single": "#00453A",
        "nominal": ("#00453A", "#E8A317", "#0072B2", "#E6C3DE", "#96340A", "#3E9BD4", "#1A1A1A"),
    },
    "ministry": {
        **_PLAIN,
        "title_size": 11.5,
        "title_colour": "#0D2F5C",
        "single": "#1F4E8C",
        "grid": "#E3E3E3",
        "hatches": True,
        "sequential": ("#E1E8F2", "#BCCBE2", "#8FA8CE", "#6384B5", "#3F6298", "#264373", "#10254A"),
    },
    "oecd_like": {
        **_PLAIN,
        "title_size": 11.5,
        "rule_above": True,
        "rule": "#4B90BF",
        "background": "#FFFFFF",
        "grid": "#D5E3EC",
        "single": "#256CA0",
    },
}


def theme_of(theme: str | Theme) -> Theme:
    """Return a theme by name, or a theme of one's own over the plain one.

    Raises
    ------
    PublishingError
        If the name or a key is not known.

    Examples
    --------
    >>> theme_of({"text_size": 10.0})["text_size"], theme_of("ministry")["hatches"]
    (10.0, True)
    """
    if isinstance(theme, str):
        if theme not in THEMES:
            raise PublishingError(f"'{theme}' is not a theme.", remedy=did_you_mean(theme, THEMES))
        return THEMES[theme]
    for name in theme:
        if name not in _PLAIN:
            raise PublishingError(f"'{name}' is not part of a theme.", remedy=did_you_mean(name, _PLAIN))
    return {**_PLAIN, **theme}
