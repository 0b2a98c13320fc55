"""The exclusion flow as boxes: from everybody who started to those who are analysed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import pandas as pd

from surveykit.instrument import label_text
from surveykit.publishing.figure.grid import grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.numbers import whole
from surveykit.publishing.published_numbers import published
from surveykit.publishing.themes import Theme, theme_of
from surveykit.quality import ExclusionFlow

__all__ = ["FlowBox", "FlowBoxes", "exclusion_flow"]

_PAD = 0.07
_GAP = 0.2  # between boxes, where the arrow is
_MAIN = 0.5  # of the width, for the boxes of those who are left

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"title": "From those who started to those who are analysed", "left": "Left", "out": "Taken out",
           "others": "other reasons", "unit": "cases"},
    "ja": {"title": "回答開始から分析対象まで", "left": "残り", "out": "除外", "others": "その他の理由", "unit": "件"},
}  # fmt: skip


@dataclass(frozen=True)
class FlowBox:
    """One step: how many are left, and how many were taken out before it, for which reasons."""

    label: str
    n: int
    removed: int
    reasons: tuple[str, ...]
    parts: str = ""


@dataclass(frozen=True, eq=False)
class FlowBoxes:
    """Boxes below each other, joined by arrows, with those taken out beside the arrows."""

    boxes: tuple[FlowBox, ...]
    theme: Theme
    lang: str

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """No legend: boxes say what they are."""
        return ()

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [text for box in self.boxes for text in (box.label, box.parts, *box.reasons)]

    def _main(self, ruler: Ruler, width: float, box: FlowBox) -> tuple[list[str], list[str]]:
        """Lines of a box: what it is, then how many and of which groups."""
        room = _MAIN * width - 2 * _PAD
        return ruler.wrap(box.label, room), ruler.wrap(box.parts, room, ruler.theme["small_size"]) if box.parts else []

    def _side(self, ruler: Ruler, width: float, box: FlowBox) -> list[str]:
        """Lines beside the arrow into a box; none where nobody was taken out."""
        if not box.removed:
            return []
        room = (1 - _MAIN) * width - 0.4 - 2 * _PAD
        small = ruler.theme["small_size"]
        head = f"{_WORDS[self.lang]['out']}: {whole(box.removed)}"
        return [head, *(line for reason in box.reasons for line in ruler.wrap(reason, room, small))]

    def _heights(self, ruler: Ruler, width: float) -> list[tuple[float, float]]:
        """Height of the arrow before each box and of the box."""
        small, found = ruler.line(ruler.theme["small_size"]), []
        for place, box in enumerate(self.boxes):
            label, parts = self._main(ruler, width, box)
            own = (len(label) + 1) * ruler.line() + len(parts) * small + 2 * _PAD
            side = self._side(ruler, width, box)
            beside = ruler.line() + (len(side) - 1) * small + 2 * _PAD + 0.06 if side else 0.0
            found.append((max(_GAP, beside) if place else 0.0, own))
        return found

    def height(self, ruler: Ruler, width: float) -> float:
        """Height of all boxes."""
        return sum(map(sum, self._heights(ruler, width))) + 0.04

    def draw(self, page: Page, box: Box) -> None:
        """Draw box by box."""
        top, theme = box.top + 0.02, page.theme
        middle = box.left + _MAIN * box.width / 2
        last = len(self.boxes) - 1
        heights = self._heights(page.ruler, box.width)
        for place, (one, (gap, height)) in enumerate(zip(self.boxes, heights, strict=True)):
            if place:
                page.line([(middle, top), (middle, top + gap - 0.05)], colour=theme["muted"], width=1.0)
                tip = top + gap
                page.polygon([(middle, tip), (middle - 0.04, tip - 0.08), (middle + 0.04, tip - 0.08)], theme["muted"])
                self._draw_side(page, box, one, Box(middle, top, 0.0, gap))
            top += gap
            frame = Box(box.left, top, _MAIN * box.width, height)
            shade = theme["sequential"][0] if place in (0, last) else theme["background"]
            page.rectangle(frame, shade, edge=theme["muted"], outline=False)
            label, parts = self._main(page.ruler, box.width, one)
            y = page.lines(middle, top + _PAD, label, across="center")
            y = page.lines(middle, y, [f"n = {whole(one.n)}"], across="center", bold=page.ruler.lang != "ja")
            page.lines(middle, y, parts, size=theme["small_size"], colour=theme["muted"], across="center")
            top += height

    def _draw_side(self, page: Page, box: Box, one: FlowBox, arrow: Box) -> None:
        """Draw those taken out on the right of an arrow."""
        lines = self._side(page.ruler, box.width, one)
        if not lines:
            return
        theme, small = page.theme, page.theme["small_size"]
        left = box.left + _MAIN * box.width + 0.4
        height = page.ruler.line() + (len(lines) - 1) * page.ruler.line(small) + 2 * _PAD
        y = arrow.top + arrow.height / 2
        page.line([(arrow.left, y), (left - 0.07, y)], colour=theme["muted"], width=1.0)
        page.polygon([(left, y), (left - 0.08, y - 0.04), (left - 0.08, y + 0.04)], theme["muted"])
        frame = Box(left, y - height / 2, box.right - left, height)
        page.rectangle(frame, theme["background"], edge=theme["grid"], outline=False)
        end = page.lines(left + _PAD, frame.top + _PAD, lines[:1])
        page.lines(left + _PAD, end, lines[1:], size=small, colour=theme["muted"])


def exclusion_flow(
    flow: ExclusionFlow,
    *,
    reasons: int = 4,
    labels: Mapping[str, str] | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw who was taken out on the way from the first click to the analysis, and why.

    Parameters
    ----------
    flow
        From :func:`surveykit.exclusion_flow`.
    reasons
        How many reasons are named at each step; the others are counted together.
    labels
        Reason to what is printed for it.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Examples
    --------
    >>> from surveykit.quality import ExclusionFlow, FlowStep
    >>> steps = (
    ...     FlowStep("started", {"en": "Interviews started"}, 60, 0, {}, {}),
    ...     FlowStep("completed", {"en": "Complete"}, 54, 6, {"break-off": 6}, {}),
    ... )
    >>> print(exclusion_flow(ExclusionFlow(steps, "en")).alt)
    Flow of boxes. From those who started to those who are analysed. Interviews started: 60. Complete: 54, taken out 6.
    """
    style = style_of(options)
    said = _WORDS[style.lang]
    style = replace(style, title=style.title or said["title"], topic=style.topic or style.title or said["title"])
    words = {name: clean(text) for name, text in (labels or {}).items()}
    boxes = tuple(
        FlowBox(
            clean(label_text(step.label, style.lang)),
            step.n,
            step.removed,
            _reasons(step.reasons, reasons, words, style.lang),
            "  ·  ".join(f"{clean(level)} {whole(count)}" for level, count in step.by.items()),
        )
        for step in flow.steps
    )
    frame = pd.DataFrame(
        [
            {"step": box.label, "count": side, "value": float(count)}
            for box in boxes
            for side, count in ((said["left"], box.n), (said["out"], box.removed))
        ]
    )
    table = published(
        frame, rows="step", columns="count", statistic=said["unit"], unit="count", source="", synthetic=flow.synthetic
    )
    told = _told(boxes, style.lang)
    style = replace(style, subtitle=style.subtitle or (said["unit"] if style.lang == "ja" else "Number of cases"))
    grid = grid_of(table, style, bars="rows")
    return make_figure(
        "exclusion_flow", table, FlowBoxes(boxes, theme_of(style.theme), style.lang), style, grid, told=told
    )


def _reasons(counts: Mapping[str, int], most: int, words: Mapping[str, str], lang: str) -> tuple[str, ...]:
    """Reasons with their counts, most frequent first; a case with several counts under each."""
    named = [f"{words.get(name, clean(name))} {whole(count)}" for name, count in list(counts.items())[:most]]
    rest = sum(list(counts.values())[most:])
    return (*named, f"{_WORDS[lang]['others']} {whole(rest)}") if rest else tuple(named)


def _told(boxes: Sequence[FlowBox], lang: str) -> str:
    between, end, joint = (":", "。", "、") if lang == "ja" else (": ", ". ", ", ")
    out = _WORDS[lang]["out"] if lang == "ja" else _WORDS[lang]["out"].lower()
    parts = [
        f"{box.label}{between}{whole(box.n)}" + (f"{joint}{out} {whole(box.removed)}" if box.removed else "")
        for box in boxes
    ]
    return (end.join(parts) + end).strip()
