"""Colour arithmetic: luminance, contrast, perceived difference, colour-blind vision; and the palettes tested by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.colors import to_hex, to_rgb

from surveykit.errors import PublishingError

__all__ = [
    "DIVERGING",
    "NOMINAL",
    "OUTSIDE",
    "PALETTES",
    "SEQUENTIAL",
    "FloatArray",
    "Vision",
    "contrast",
    "difference",
    "least_difference",
    "lightness",
    "on_colour",
    "palette",
    "seen_with",
    "steps",
]

FloatArray = npt.NDArray[np.float64]
Vision = Literal["normal", "protanopia", "deuteranopia", "greyscale"]

# Machado, Oliveira and Fernandes (2009), IEEE TVCG 15, 1291-1298: full severity.
_VISION: Mapping[str, FloatArray] = {
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
# Linear sRGB to CIE XYZ (IEC 61966-2-1), and its white point.
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _XYZ.sum(axis=1)

#: Hues of Okabe and Ito (2008), darkened or lightened until neighbours differ in greyscale too; at most seven.
NOMINAL: tuple[str, ...] = ("#0072B2", "#E8A317", "#00453A", "#3E9BD4", "#96340A", "#E6C3DE", "#1A1A1A")
#: One hue, light to dark.
SEQUENTIAL: tuple[str, ...] = ("#DCEAF5", "#B3D2E8", "#80B3D6", "#4B90BF", "#256CA0", "#0D487A", "#052A4D")
#: Brown to teal through grey: no red against green.
DIVERGING: tuple[str, ...] = ("#75440A", "#B8842F", "#E2C68E", "#EBEBEB", "#72B5AC", "#2F857C", "#003F39")
# Which of them serve a scale of so many points: without the grey middle where there is no middle.
_DIVERGING_PLACES: Mapping[int, tuple[int, ...]] = {
    2: (1, 6),
    3: (1, 3, 5),
    4: (0, 2, 5, 6),
    5: (0, 2, 3, 4, 6),
    6: (0, 1, 2, 4, 5, 6),
    7: (0, 1, 2, 3, 4, 5, 6),
}
#: Grey for answers outside the scale; drawn with light hatching.
OUTSIDE = "#E6E6E6"

PALETTES: Mapping[str, tuple[str, ...]] = {"nominal": NOMINAL, "sequential": SEQUENTIAL, "diverging": DIVERGING}


def _linear(colour: str) -> FloatArray:
    rgb = np.asarray(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _coded(linear: FloatArray) -> FloatArray:
    bounded = np.clip(linear, 0.0, 1.0)
    return np.where(bounded <= 0.0031308, bounded * 12.92, 1.055 * bounded ** (1 / 2.4) - 0.055)


def _hex(rgb: FloatArray) -> str:
    red, green, blue = rgb.tolist()
    return str(to_hex((red, green, blue)))


@lru_cache(maxsize=1024)
def _relative_luminance(colour: str) -> float:
    return float(_XYZ[1] @ _linear(colour))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2).

    Examples
    --------
    >>> round(contrast("white", "black"), 1)
    21.0
    """
    light, dark = sorted((_relative_luminance(one), _relative_luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _lab(colour: str) -> FloatArray:
    ratio = (_XYZ @ _linear(colour)) / _WHITE
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def lightness(colour: str) -> float:
    """CIE L* of a colour, 0 (black) to 100 (white)."""
    return float(_lab(colour)[0])


def difference(one: str, other: str) -> float:
    """Perceived difference of two colours: Euclidean distance in CIE L*a*b* (1976); about 2 is just noticeable."""
    return float(np.linalg.norm(_lab(one) - _lab(other)))


def seen_with(colour: str, vision: Vision) -> str:
    """Colour as it looks to a reader with that vision, or in a greyscale print.

    References
    ----------
    Machado, Oliveira and Fernandes (2009), *IEEE Transactions on Visualization and Computer Graphics* 15, 1291-1298.
    """
    linear = _linear(colour)
    if vision == "greyscale":
        return _hex(np.repeat(_coded(np.array([_XYZ[1] @ linear])), 3))
    if vision == "normal":
        return str(to_hex(to_rgb(colour)))
    return _hex(_coded(_VISION[vision] @ linear))


def on_colour(background: str) -> str:
    """Black or white, whichever reads better on a colour."""
    return "#000000" if contrast("#000000", background) >= contrast("#FFFFFF", background) else "#FFFFFF"


def steps(colours: Sequence[str], count: int) -> tuple[str, ...]:
    """Take `count` colours from an ordered palette, its ends included, in between by interpolation of light.

    Examples
    --------
    >>> steps(["#000000", "#808080", "#ffffff"], 2)
    ('#000000', '#ffffff')
    """
    return _steps(tuple(colours), count)


@lru_cache(maxsize=256)
def _steps(colours: tuple[str, ...], count: int) -> tuple[str, ...]:
    if count == 1:
        return (colours[len(colours) * 2 // 3],)
    places = np.linspace(0, len(colours) - 1, count)
    labs = np.array([_coded(_linear(colour)) for colour in colours])
    return tuple(
        _hex(np.array([np.interp(place, range(len(colours)), labs[:, channel]) for channel in range(3)]))
        for place in places
    )


def palette(kind: str, count: int, *, colours: Mapping[str, Sequence[str]] = PALETTES) -> tuple[str, ...]:
    """Colours for a number of series.

    Parameters
    ----------
    kind
        ``"nominal"`` (at most seven), ``"sequential"`` or ``"diverging"``.

    Raises
    ------
    PublishingError
        If more nominal colours are asked for than can be told apart.
    """
    if kind not in colours:
        raise PublishingError(f"'{kind}' is not a kind of palette.", remedy=f"Use one of {', '.join(colours)}.")
    known = tuple(colours[kind])
    if kind == "diverging" and len(known) == 7 and count in _DIVERGING_PLACES:
        return tuple(known[place] for place in _DIVERGING_PLACES[count])
    if kind != "nominal":
        return steps(known, count)
    if count > len(known):
        raise PublishingError(
            f"{count} series need {count} colours, and {len(known)} can be told apart.",
            remedy="Merge levels, give each group a panel (small_multiples), or draw a heat table.",
        )
    return known[:count]


def least_difference(colours: Sequence[str], vision: Vision) -> float:
    """Smallest perceived difference between neighbours of a palette, as seen with a vision."""
    return min(difference(seen_with(one, vision), seen_with(other, vision)) for one, other in pairwise(colours))
