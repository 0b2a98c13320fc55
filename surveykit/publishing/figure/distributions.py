"""Distributions, drawn by seaborn onto axes of our page: how weights are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Unpack

import numpy as np
import pandas as pd
import seaborn as sns

from surveykit.errors import PublishingError
from surveykit.publishing.figure.grid import FloatArray, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.figure.weight_plots import headed
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.numbers import number, whole
from surveykit.publishing.published_numbers import published
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of
from surveykit.weighting import Weights, WeightSummary

__all__ = ["WeightBins", "weight_distribution"]

_PANEL = 1.5
_BINS = 30

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"distribution": "How the weights are spread", "relative": "Weight relative to the mean weight",
           "firms": "Number of respondents"},
    "ja": {"distribution": "ウエイトの分布", "relative": "平均を1としたウエイト", "firms": "回答数"},
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class WeightBins:
    """Histograms of weights below each other, on one axis.

    Parameters
    ----------
    edges
        ``(B + 1,)`` ends of the bins, in mean weights.
    values
        Relative weights of each panel, by name.
    facts
        What stands beside each panel.
    """

    edges: FloatArray
    values: Mapping[str, FloatArray]
    facts: Mapping[str, tuple[str, ...]]
    theme: Theme
    axis: tuple[str, str]

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """No legend: panels have headings."""
        return ()

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.values, *self.axis, *(line for lines in self.facts.values() for line in lines)]

    def _heads(self, ruler: Ruler, width: float) -> list[list[str]]:
        small = ruler.theme["small_size"]
        return [
            [*(ruler.wrap(name, width) if len(self.values) > 1 else []), *ruler.wrap("  ·  ".join(facts), width, small)]
            for name, facts in zip(self.values, self.facts.values(), strict=True)
        ]

    def height(self, ruler: Ruler, width: float) -> float:
        """Height of all panels and the axis."""
        heads = sum(len(lines) * ruler.line() + 0.06 for lines in self._heads(ruler, width))
        return heads + len(self.values) * (_PANEL + 0.12) + 0.16 + 2 * ruler.line()

    def _counts(self) -> dict[str, FloatArray]:
        return {name: np.histogram(values, self.edges)[0].astype(np.float64) for name, values in self.values.items()}

    def draw(self, page: Page, box: Box) -> None:
        """Draw panel by panel: the bars by seaborn, axes and words by the page."""
        small = page.theme["small_size"]
        highest = max(float(counts.max()) for counts in self._counts().values())
        rough = scale_over([0.0, highest], 0.0, 1.0, count=4)
        left = max(page.ruler.width(rough.text(tick), small) for tick in rough.ticks) + 0.1
        left = max(left, 0.2)
        top, along = box.top, Scale(0.0, 1.0, 0.0, 1.0, (), 0)
        heads = self._heads(page.ruler, box.width)
        for lines, values in zip(heads, self.values.values(), strict=True):
            top = page.lines(box.left, top, lines, size=small, colour=page.theme["muted"]) + 0.06
            inner = Box(box.left + left, top, box.width - left - 0.2, _PANEL)
            scale = scale_over([0.0, highest], inner.bottom, inner.top, count=4)
            along = scale_over(self.edges.tolist(), inner.left, inner.right, count=7)
            scale.draw_beside(page, inner, grid=False)
            axes = page.axes(inner, (along.low, along.high), (scale.low, scale.high))
            sns.histplot(x=values, bins=self.edges.tolist(), color=self.theme["single"], alpha=1.0,
                         edgecolor=self.theme["background"], linewidth=0.4, ax=axes)  # fmt: skip
            page.bare(axes)
            x = along.at(1.0)
            page.line([(x, inner.top), (x, inner.bottom)], colour=page.theme["accent"], width=0.9, dash=(0, (2, 2)))
            top = inner.bottom + 0.12
        bottom = Box(inner.left, inner.bottom, inner.width, 0.0)
        along.draw_below(page, bottom, grid=False, zero=False)
        y = inner.bottom + 0.2 + page.ruler.line() / 2
        page.text(inner.left + inner.width / 2, y, self.axis[0], size=small, colour=page.theme["muted"],
                  across="center")  # fmt: skip


def weight_distribution(
    weights: Weights | Mapping[str, Weights], *, bins: int = _BINS, **options: Unpack[FigureOptions]
) -> Figure:
    """Draw how weights are spread: a histogram of each set, in multiples of its mean.

    Parameters
    ----------
    weights
        One set, or names to sets drawn below each other on one axis. Rows that weigh nothing are left out.
    bins
        Number of bars over the range of all sets.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If no weight is positive, or one is negative.
    """
    style = style_of(options)
    said = _WORDS[style.lang]
    if not 5 <= bins <= 60:
        raise PublishingError(f"bins={bins!r} is not possible.", remedy="Give 5 to 60.")
    named = {clean(name): one for name, one in weights.items()} if isinstance(weights, Mapping) else {"": weights}
    values: dict[str, FloatArray] = {}
    for name, one in named.items():
        used = one.values[one.values != 0]
        if not len(used) or float(used.min()) < 0:
            raise PublishingError(
                f"The weights '{name or one.name}' are not positive.", remedy="Trim or bound negative weights first."
            )
        values[name] = used / used.mean()
    widest = max(float(one.max()) for one in values.values())
    edges = np.linspace(0.0, max(widest, 1.0) * (1 + 1e-12), bins + 1)
    facts = {name: _facts(one.describe(), style.lang) for name, one in named.items()}
    plot = WeightBins(edges, values, facts, theme_of(style.theme), (said["relative"], said["firms"]))
    labels = [f"{number(low, 2)}–{number(high, 2)}" for low, high in pairwise(edges.tolist())]
    frame = pd.concat(
        pd.DataFrame({"bin": labels, "weights": name or next(iter(named.values())).name, "value": counts})
        for name, counts in plot._counts().items()
    )
    first = next(iter(named.values()))
    table = published(frame, rows="bin", columns="weights", statistic=said["firms"], unit="count", source="",
                      synthetic=any(one.synthetic for one in named.values()))  # fmt: skip
    illustrative = any(one.illustrative for one in named.values())
    style = headed(style, said["distribution"], said["firms"], illustrative=illustrative)
    told = _told_weights(facts, first.name, style.lang)
    grid = grid_of(table, style, bars="rows")
    return make_figure("weight_distribution", table, plot, style, grid, told=told)


def _facts(summary: WeightSummary, lang: str) -> tuple[str, ...]:
    """Size, effective size, design effect, largest weight, in words."""
    largest = number(summary.distribution["max"] / (summary.total / summary.n), 1)
    size, effect = whole(summary.n), number(summary.design_effect, 2)
    if lang == "ja":
        return (f"n = {size}", f"有効 n {whole(round(summary.effective_n))}", f"デザイン効果 {effect}",
                f"最大は平均の {largest} 倍")  # fmt: skip
    return (f"n = {size}", f"effective n {whole(round(summary.effective_n))}", f"design effect {effect}",
            f"largest {largest} times the mean")  # fmt: skip


def _told_weights(facts: Mapping[str, tuple[str, ...]], name: str, lang: str) -> str:
    joint = "、" if lang == "ja" else ", "
    parts = [f"{one or name}: {joint.join(lines)}" for one, lines in facts.items()]
    return "。".join(parts) + "。" if lang == "ja" else ". ".join(parts) + "."
