"""Fonts of figures: found where packages carry them, for Latin and Japanese text, without touching global settings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from surveykit.errors import MissingDependencyError, PublishingError

__all__ = ["FAMILIES", "JAPANESE", "LATIN", "check_glyphs", "face", "register", "svg_families"]

LATIN, JAPANESE = "DejaVu Sans", "IPAexGothic"

#: Fonts by language; a character that the first lacks is taken from the next.
FAMILIES = {"en": [LATIN, JAPANESE], "ja": [JAPANESE, LATIN]}
# What a reader's own machine may have instead, for SVG, whose text stays text.
_READERS = "'Noto Sans CJK JP', 'Hiragino Sans', 'Yu Gothic', Meiryo, sans-serif"


@cache
def register() -> Path:
    """Make the Japanese font known to matplotlib; nothing else changes. The package that carries it is not imported.

    Returns
    -------
    Path
        The font file.

    Raises
    ------
    MissingDependencyError
        If the package is not installed.
    """
    found = find_spec("matplotlib_fontja")
    if found is None or not found.submodule_search_locations:
        raise MissingDependencyError("matplotlib-fontja", "dev", "Japanese text in figures")
    path = Path(found.submodule_search_locations[0]) / "fonts" / "ipaexg.ttf"
    font_manager.fontManager.addfont(path)
    return path


@cache
def _characters(family: str) -> frozenset[int]:
    """Characters that a font has."""
    register()
    file = font_manager.findfont(font_manager.FontProperties(family=[family]), fallback_to_default=False)
    return frozenset(FT2Font(str(file)).get_charmap())


@lru_cache(maxsize=4096)
def face(text: str, lang: str, *, bold: bool) -> tuple[list[str], str]:
    """Families and weight for a text: bold only where the Latin font has all of it; the Japanese one has one weight."""
    if bold and all(ord(character) in _characters(LATIN) for character in text):
        return [LATIN], "bold"
    return list(FAMILIES[lang]), "normal"


def check_glyphs(texts: Iterable[str]) -> None:
    """Refuse text with characters that no font here can draw: they would come out as empty boxes.

    Raises
    ------
    PublishingError
        Naming each character and a text that holds it.
    """
    known = _characters(LATIN) | _characters(JAPANESE)
    missing = {
        character: text for text in texts for character in text if ord(character) not in known and character != "\n"
    }
    if missing:
        listed = "; ".join(
            f"{character!r} (U+{ord(character):04X}) in '{text[:40]}'" for character, text in list(missing.items())[:8]
        )
        raise PublishingError(
            f"{len(missing)} character(s) cannot be drawn with the fonts at hand: {listed}.",
            remedy="Give the levels other labels, as table.annotate(labels={...}).",
        )


def svg_families(svg: str) -> str:
    """Name fonts of other systems after ours in an SVG, so that readers without them see Japanese too."""
    return svg.replace(f"'{JAPANESE}'", f"'{JAPANESE}', {_READERS}") if "sans-serif" not in svg else svg
