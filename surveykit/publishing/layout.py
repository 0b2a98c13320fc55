"""The page of a figure: everything is measured before it is placed, in inches from the top left corner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle

from surveykit.publishing.colours import contrast
from surveykit.publishing.fonts import face
from surveykit.publishing.inert import clean
from surveykit.publishing.themes import Theme

__all__ = ["DPI", "Box", "Page", "Ruler"]

DPI = 300
_LINE = 1.32  # height of a line of text, in font sizes
# Japanese may break between any two characters, but not before these or after those.
_NOT_FIRST = (
    "、。,.)」』】〕〉》・:;?!ー々〜%%)]}"
    "\uff09\uff3d\uff5d\uff0c\uff0e\uff1a\uff1b\uff01\uff1f\uff05ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
_NOT_LAST = "(「『【〔〈《([{\uff08\uff3b\uff5b"
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


@dataclass(frozen=True)
class Box:
    """A rectangle in inches from the top left corner of the page."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.top + self.height


@lru_cache(maxsize=1)
def _measuring() -> Any:
    return RendererAgg(8, 8, DPI)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=1 << 15)
def _width(text: str, lang: str, size: float, bold: bool) -> float:
    family, weight = face(text, lang, bold=bold)
    width, _, _ = _measuring().get_text_width_height_descent(
        text, FontProperties(family=family, size=size, weight=weight), False
    )
    return float(width) / DPI


class Ruler:
    """Measures and wraps text in the fonts of one language."""

    def __init__(self, theme: Theme, lang: str) -> None:
        self.theme = theme
        self.lang = lang

    def width(self, text: str, size: float | None = None, *, bold: bool = False) -> float:
        """Width of one line of text, in inches."""
        return _width(clean(text), self.lang, size or self.theme["text_size"], bold) if text else 0.0

    def line(self, size: float | None = None) -> float:
        """Height of a line of text, in inches."""
        return (size or self.theme["text_size"]) * _LINE / 72

    def wrap(self, text: str, width: float, size: float | None = None, *, bold: bool = False) -> list[str]:
        """Break text into lines not wider than `width` inches; a word that is too long is broken too."""
        lines, current = [], ""
        for piece in self._pieces(clean(text).strip(), width, size, bold):
            longer = current + piece
            if current and self.width(longer.rstrip(), size, bold=bold) > width:
                lines.append(current.rstrip())
                current = piece.lstrip()
            else:
                current = longer
        return [*lines, current.rstrip()] if current.strip() or not lines else lines

    def _pieces(self, text: str, width: float, size: float | None, bold: bool) -> list[str]:
        """Parts between which a line may end."""
        pieces: list[str] = []
        for word in re.findall(r"\S+\s*|\s+", text):
            part = ""
            for character in word:
                ends = part and part[-1] not in _NOT_LAST and character not in _NOT_FIRST and not character.isspace()
                wide = bool(_WIDE.match(character)) or bool(part and _WIDE.match(part[-1]))
                too_long = part and self.width((part + character).rstrip(), size, bold=bold) > width
                if (ends and wide) or too_long:
                    pieces.append(part)
                    part = ""
                part += character
            pieces.append(part)
        return pieces


class Page:
    """A drawing surface in inches, without pyplot: nothing global holds on to it.

    Parameters
    ----------
    ruler
        Theme and language.
    width, height
        Size in inches.
    """

    def __init__(self, ruler: Ruler, width: float, height: float) -> None:
        self.ruler = ruler
        self.theme = ruler.theme
        self.width = width
        self.height = height
        self.drawing = Drawing(figsize=(width, height), dpi=DPI, facecolor=self.theme["background"])
        FigureCanvasAgg(self.drawing)
        self._axes: Any = self.drawing.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_axis_off()
        self._axes.set_xlim(0.0, width)
        self._axes.set_ylim(height, 0.0)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float | None = None,
        colour: str | None = None,
        bold: bool = False,
        across: Literal["left", "center", "right"] = "left",
        along: Literal["top", "center", "bottom"] = "center",
        turned: bool = False,
    ) -> None:
        """Write one line of text; `x` and `y` are where its edge or middle lies."""
        if not text:
            return
        family, weight = face(clean(text), self.ruler.lang, bold=bold)
        self._axes.text(
            x,
            y,
            clean(text),
            fontsize=size or self.theme["text_size"],
            color=colour or self.theme["text"],
            fontweight=weight,
            fontfamily=family,
            horizontalalignment=across,
            verticalalignment={"top": "top", "center": "center_baseline", "bottom": "bottom"}[along]
            if not turned
            else along,
            rotation=90 if turned else 0,
            parse_math=False,
            zorder=5,
        )

    def lines(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        *,
        size: float | None = None,
        colour: str | None = None,
        bold: bool = False,
        across: Literal["left", "center", "right"] = "left",
        middle: bool = False,
    ) -> float:
        """Write lines of text below each other from `y` on, or around it; return where they end."""
        step = self.ruler.line(size)
        top = y - step * len(lines) / 2 if middle else y
        for place, text in enumerate(lines):
            self.text(x, top + step * (place + 0.5), text, size=size, colour=colour, bold=bold, across=across)
        return top + step * len(lines)

    def rectangle(
        self, box: Box, colour: str, *, hatch: str = "", edge: str | None = None, over: int = 2, outline: bool = True
    ) -> None:
        """Fill a rectangle; light colours get a grey outline so that they stand out from the background."""
        faint = outline and contrast(colour, self.theme["background"]) < 3
        line = edge or ("#767676" if faint else self.theme["background"])
        self._axes.add_patch(
            Rectangle(
                (box.left, box.top),
                box.width,
                box.height,
                facecolor=colour,
                edgecolor=line,
                linewidth=0.6,
                zorder=over,
            )
        )
        if hatch:
            self._axes.add_patch(
                Rectangle(
                    (box.left, box.top), box.width, box.height, facecolor="none", edgecolor="#8C8C8C", linewidth=0.0,
                    hatch=hatch, zorder=over,
                )
            )  # fmt: skip

    def polygon(self, points: Sequence[tuple[float, float]], colour: str, *, alpha: float = 1.0, over: int = 2) -> None:
        """Fill a polygon."""
        self._axes.add_patch(
            Polygon(list(points), closed=True, facecolor=colour, linewidth=0, alpha=alpha, zorder=over)
        )

    def line(
        self,
        points: Sequence[tuple[float, float]],
        *,
        colour: str | None = None,
        width: float = 0.8,
        dash: Any = "-",
        over: int = 2,
    ) -> None:
        """Draw a line through points; a NaN breaks it."""
        self._axes.add_line(
            Line2D(
                [x for x, _ in points],
                [y for _, y in points],
                color=colour or self.theme["text"],
                linewidth=width,
                linestyle=dash,
                zorder=over,
                solid_capstyle="butt",
            )
        )

    def marker(
        self,
        x: float,
        y: float,
        colour: str,
        *,
        shape: str = "o",
        size: float = 5.0,
        hollow: bool = False,
        fill: Literal["full", "none", "left"] = "full",
        over: int = 4,
    ) -> None:
        """Draw a marker of a size in points; a hollow one hides what lies behind it."""
        self._axes.add_line(
            Line2D(
                [x],
                [y],
                linestyle="none",
                marker=shape,
                markersize=size,
                markerfacecolor=self.theme["background"] if hollow else colour,
                markerfacecoloralt=self.theme["background"],
                fillstyle=fill,
                markeredgecolor=colour,
                markeredgewidth=1.0,
                zorder=over,
            )
        )

    def markers(
        self, points: Sequence[tuple[float, float]], colour: str, *, shape: str = "o", size: float = 4.0,
        hollow: bool = False, over: int = 4,
    ) -> None:  # fmt: skip
        """Draw many equal markers at once."""
        if points:
            face = self.theme["background"] if hollow else colour
            self._axes.add_line(
                Line2D(
                    [x for x, _ in points], [y for _, y in points], linestyle="none", marker=shape, markersize=size,
                    markerfacecolor=face, markeredgecolor=colour, markeredgewidth=0.8, zorder=over,
                )
            )  # fmt: skip

    def axes(self, box: Box, across: tuple[float, float], along: tuple[float, float]) -> Any:
        """Axes of matplotlib in a box of the page, behind what the page draws, for plots of other libraries."""
        place = (box.left / self.width, 1 - box.bottom / self.height, box.width / self.width, box.height / self.height)
        axes = self.drawing.add_axes(place, zorder=-1, facecolor="none")
        axes.set_xlim(*across)
        axes.set_ylim(*along)
        axes.set_autoscale_on(False)
        return axes

    @staticmethod
    def bare(axes: Any) -> None:
        """Take off what a library wrote around its plot: the page writes its own words and ticks."""
        axes.set(xlabel="", ylabel="", title="", xticks=[], yticks=[])
        axes.set_axis_off()
        if axes.get_legend() is not None:
            axes.get_legend().remove()

    def patch(self, patch: Any) -> None:
        """Add a patch of matplotlib in page coordinates."""
        self._axes.add_patch(patch)
