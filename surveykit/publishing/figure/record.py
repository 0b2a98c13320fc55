"""The record of a figure: what it draws, in words, numbers and pictures."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol, Unpack

import matplotlib as mpl
import pandas as pd

from surveykit.errors import PublishingError
from surveykit.publishing.figure.style import FigureOptions, FigureStyle
from surveykit.publishing.fonts import FAMILIES, check_glyphs, register, svg_families
from surveykit.publishing.inert import clean, escape_html
from surveykit.publishing.layout import DPI, Box, Page, Ruler
from surveykit.publishing.tables_csv import frame_csv
from surveykit.publishing.themes import theme_of
from surveykit.publishing.writing import write_files

__all__ = ["Figure", "FileFormat", "Key", "Plot", "Words"]

FileFormat = Literal["png", "svg", "pdf", "csv"]
_FORMATS: tuple[FileFormat, ...] = ("png", "svg", "pdf", "csv")


@dataclass(frozen=True)
class Key:
    """One entry of a legend."""

    text: str
    colour: str
    shape: Literal["patch", "line", "dot"] = "patch"
    hatch: str = ""
    marker: str = "o"
    dash: Any = "-"
    fill: Literal["full", "none", "left"] = "full"
    size: float = 4.5


class Plot(Protocol):
    """The part of a figure between heading and footer."""

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """Entries of the legend; none for a plot that labels directly."""

    def height(self, ruler: Ruler, width: float) -> float:
        """Height that the plot needs at a width, in inches."""

    def draw(self, page: Page, box: Box) -> None:
        """Draw into a box of the page."""

    def labels(self) -> Sequence[str]:
        """Every text that is drawn, to be checked for characters without a glyph."""


@dataclass(frozen=True)
class Words:
    """The words of a figure around its plot."""

    marks: tuple[str, ...]
    number: str
    heading: str
    subtitle: str
    footer: tuple[tuple[str, str], ...]

    def all(self) -> list[str]:
        """Every text."""
        return [*self.marks, self.number, self.heading, self.subtitle, *(part for line in self.footer for part in line)]


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure: drawn anew, and equally, each time it is written.

    Parameters
    ----------
    kind
        ``"stacked"``, ``"dots"`` ...
    words
        Heading, base, notes, source.
    alt
        What it shows, in a sentence or two, for readers who do not see it.
    data
        The numbers it draws, one row a value, with what they rest on.
    style
        What was chosen.
    synthetic
        Whether it rests on invented data.
    """

    kind: str
    words: Words
    alt: str
    data: pd.DataFrame
    plot: Plot = field(repr=False)
    style: FigureStyle
    synthetic: bool = False

    def with_style(self, **options: Unpack[FigureOptions]) -> Figure:
        """Return the figure in another theme or width.

        Parameters
        ----------
        **options
            `theme` and `width`; words and numbers are those the figure was made with.
        """
        other = set(options) - {"theme", "width"}
        if other:
            raise PublishingError(
                f"{', '.join(sorted(other))} cannot be changed in a figure that is made.",
                remedy="Call the figure's function again.",
            )
        return replace(self, style=replace(self.style, **options))

    def compose(self) -> Page:
        """Lay the figure out on a page; the page's ``drawing`` is a matplotlib figure that pyplot does not know."""
        check_glyphs([clean(text) for text in (*self.words.all(), *self.plot.labels())])
        with mpl.rc_context(_settings(self)):
            return _Composer(self).page()

    def to_bytes(self, format: FileFormat) -> bytes:  # noqa: A002
        """Write the figure as PNG (300 dots an inch), SVG (text as text), PDF, or the CSV behind it.

        Equal figures give equal bytes.
        """
        return self.written((format,))[format]

    def written(self, formats: Sequence[FileFormat] = _FORMATS) -> Mapping[FileFormat, bytes]:
        """Write the figure in several formats, laid out once."""
        for name in formats:
            if name not in _FORMATS:
                raise PublishingError(f"'{name}' is not a format of figures.", remedy=f"Use {', '.join(_FORMATS)}.")
        made: dict[FileFormat, bytes] = {}
        page: Page | None = None
        for name in formats:
            if name == "csv":
                made[name] = frame_csv(self.data).encode("utf-8")
                continue
            page = page or self.compose()
            with mpl.rc_context(_settings(self)):
                made[name] = _printed(page, name, self)
        return made

    def save(self, stem: str | Path, formats: Sequence[FileFormat] = _FORMATS) -> tuple[Path, ...]:
        """Write ``stem.png``, ``stem.svg``, ``stem.pdf`` and ``stem.csv``: all of them, or none.

        Parameters
        ----------
        stem
            Path without suffix; with one of the suffixes, only that file and the CSV behind it are written.
        formats
            Which of them.
        """
        path = Path(stem)
        suffix = path.suffix.lower().lstrip(".")
        wanted = list(formats)
        if suffix in _FORMATS:
            path = path.with_suffix("")
            wanted = [name for name in _FORMATS if name in (suffix, "csv")]
        made = self.written(wanted)
        return write_files({path.with_name(f"{path.name}.{name}"): content for name, content in made.items()})

    def _repr_png_(self) -> bytes:
        return self.to_bytes("png")

    def __repr__(self) -> str:
        heading = f"{self.words.number}. {self.words.heading}" if self.words.number else self.words.heading
        return f"<Figure {self.kind}: {heading}>"


def _settings(figure: Figure) -> Any:
    """Settings of matplotlib for the time of drawing: the library's own, whatever the user has set, then ours."""
    register()
    kept: dict[Any, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(("backend", "date.epoch"))
    }
    return kept | {
        "font.family": FAMILIES[figure.style.lang],
        "text.parse_math": False,
        "svg.fonttype": "none",
        "svg.hashsalt": f"surveykit {figure.kind}",
        "pdf.fonttype": 42,
        "hatch.linewidth": 0.6,
        "hatch.color": "#8C8C8C",
    }


def _printed(page: Page, name: FileFormat, figure: Figure) -> bytes:
    target = io.BytesIO()
    title = clean(figure.words.heading)
    if name == "png":
        page.drawing.savefig(target, format="png", dpi=DPI, metadata={"Software": None})
        return target.getvalue()
    if name == "pdf":
        metadata = {"CreationDate": None, "Producer": "surveykit", "Creator": "surveykit", "Title": title}
        page.drawing.savefig(target, format="pdf", metadata=metadata)
        return target.getvalue()
    page.drawing.savefig(target, format="svg", metadata={"Date": None, "Creator": "surveykit"})
    return _accessible(svg_families(target.getvalue().decode("utf-8")), title, clean(figure.alt)).encode("utf-8")


def _accessible(svg: str, title: str, alt: str) -> str:
    """Give an SVG its title and description as readers' software looks for them."""
    head = f"<title>{escape_html(title)}</title>\n <desc>{escape_html(alt)}</desc>\n <metadata>"
    svg = svg.replace("<metadata>", head, 1)
    return re.sub(r"<svg ", '<svg role="img" ', svg, count=1)


class _Composer:
    """Places heading, legend, plot and footer on a page whose height follows from them."""

    margin = 0.18
    gap = 0.09

    def __init__(self, figure: Figure) -> None:
        self.words = figure.words
        self.plot = figure.plot
        self.theme = theme_of(figure.style.theme)
        self.ruler = Ruler(self.theme, figure.style.lang)
        self.lang = figure.style.lang
        self.width = figure.style.width or self.theme["width"]
        self.inner = self.width - 2 * self.margin
        self.bold = self.theme["title_bold"] and self.lang != "ja"

    def page(self) -> Page:
        theme, ruler = self.theme, self.ruler
        head = f"{self.words.number}. {self.words.heading}" if self.words.number else self.words.heading
        title = ruler.wrap(head, self.inner, theme["title_size"], bold=self.bold)
        subtitle = ruler.wrap(self.words.subtitle, self.inner, theme["subtitle_size"]) if self.words.subtitle else []
        legend = self._legend_rows()
        footer = [ruler.wrap(f"{label}: {text}", self.inner, theme["small_size"]) for label, text in self.words.footer]
        mark = ruler.line(theme["text_size"]) + 0.14 if self.words.marks else 0.0
        rule = 0.1 if theme["rule_above"] else 0.0
        heading = len(title) * ruler.line(theme["title_size"]) + len(subtitle) * ruler.line(theme["subtitle_size"])
        legend_height = len(legend) * (ruler.line() + 0.04) + (self.gap if legend else 0)
        foot = sum(map(len, footer)) * ruler.line(theme["small_size"])
        plot = self.plot.height(ruler, self.inner)
        height = 2 * self.margin + rule + mark + heading + self.gap + legend_height + plot + 2 * self.gap + foot
        page = Page(ruler, self.width, height)
        y = self.margin
        if rule:
            page.line([(self.margin, y), (self.width - self.margin, y)], colour=theme["rule"], width=2.0)
            y += rule
        y = self._draw_marks(page, y, mark)
        y = page.lines(self.margin, y, title, size=theme["title_size"], bold=self.bold, colour=theme["title_colour"])
        y = page.lines(self.margin, y, subtitle, size=theme["subtitle_size"], colour=theme["muted"]) + self.gap
        y = self._draw_legend(page, y, legend) + (self.gap if legend else 0)
        self.plot.draw(page, Box(self.margin, y, self.inner, plot))
        y += plot + 2 * self.gap
        for lines in footer:
            y = page.lines(self.margin, y, lines, size=theme["small_size"], colour=theme["muted"])
        return page

    def _draw_marks(self, page: Page, y: float, height: float) -> float:
        x = self.margin
        for mark in self.words.marks:
            width = self.ruler.width(mark, bold=True) + 0.16
            box = Box(x, y, width, height - 0.08)
            page.rectangle(box, page.theme["background"], edge=page.theme["accent"], outline=False)
            page.text(
                x + width / 2,
                y + box.height / 2,
                mark,
                bold=self.lang != "ja",
                colour=page.theme["accent"],
                across="center",
            )
            x += width + 0.1
        return y + height

    def _legend_rows(self) -> list[list[tuple[Key, list[str], float]]]:
        """Entries in rows that fit the width; a very long entry is wrapped into a row of its own."""
        rows: list[list[tuple[Key, list[str], float]]] = []
        room = 0.0
        for key in self.plot.keys(self.ruler):
            for part, text in enumerate(self.ruler.wrap(key.text, self.inner - 0.35)):
                width = self.ruler.width(text) + 0.3 + 0.16
                if not rows or width > room or part:
                    rows.append([])
                    room = self.inner + 0.16
                rows[-1].append(
                    (key, [text], width) if not part else (replace(key, shape="patch", colour=""), [text], width)
                )
                room -= width
        return rows

    def _draw_legend(self, page: Page, y: float, rows: list[list[tuple[Key, list[str], float]]]) -> float:
        step = self.ruler.line() + 0.04
        for row in rows:
            x = self.margin
            for key, (text,), width in row:
                self._draw_key(page, key, Box(x, y + step / 2 - 0.05, 0.2, 0.1))
                page.text(x + 0.26, y + step / 2, text)
                x += width
            y += step
        return y

    @staticmethod
    def _draw_key(page: Page, key: Key, box: Box) -> None:
        middle = box.top + box.height / 2
        if not key.colour:
            return
        if key.shape == "patch":
            page.rectangle(box, key.colour, hatch=key.hatch)
            return
        if key.shape == "line":
            page.line([(box.left, middle), (box.right, middle)], colour=key.colour, width=1.8, dash=key.dash)
        centre = box.left + box.width / 2
        page.marker(centre, middle, key.colour, shape=key.marker, size=key.size, fill=key.fill)
