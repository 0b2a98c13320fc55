"""Distributions, drawn by seaborn onto axes of our page: how weights are spread, where propensities overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Unpack

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import same_color
from matplotlib.figure import Figure as Drawing

from surveykit.errors import PublishingError
from surveykit.estimation.comparisons.adjusted import AdjustedComparison
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

__all__ = ["DensityPlot", "WeightBins", "overlap", "weight_distribution"]

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


@dataclass(frozen=True, eq=False)
class DensityPlot:
    """Kernel densities of two groups over the same axis, each of area one.

    Parameters
    ----------
    groups
        Group to values and weights.
    limits
        Values beyond which overlap is called poor.
    """

    groups: Mapping[str, tuple[FloatArray, FloatArray]]
    theme: Theme
    colours: tuple[str, ...]
    axis: str
    limits: tuple[float, float]
    highest: float

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """The groups."""
        return tuple(Key(name, colour) for name, colour in zip(self.groups, self.colours, strict=True))

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [*self.groups, self.axis]

    def height(self, ruler: Ruler, width: float) -> float:
        """Height with axis."""
        return 2.3 + 0.3 + 2 * ruler.line()

    def draw(self, page: Page, box: Box) -> None:
        """Draw the densities by seaborn, limits and axis by the page."""
        small, muted = page.theme["small_size"], page.theme["muted"]
        inner = Box(box.left + 0.1, box.top + 0.06, box.width - 0.3, 2.3)
        along = scale_over([0.0, 1.0], inner.left, inner.right, bounds=(0.0, 1.0))
        axes = page.axes(inner, (0.0, 1.0), (0.0, 1.05 * self.highest))
        _draw_densities(axes, self.groups, self.colours)
        page.bare(axes)
        along.draw_below(page, inner, grid=False, zero=False)
        page.line([(inner.left, inner.bottom), (inner.right, inner.bottom)], colour=muted, width=0.8)
        for limit in self.limits:
            x = along.at(limit)
            page.line([(x, inner.top), (x, inner.bottom)], colour=page.theme["accent"], width=0.9, dash=(0, (2, 2)))
        middle = inner.left + inner.width / 2
        y = inner.bottom + 0.2 + page.ruler.line() / 2
        page.text(middle, y, self.axis, size=small, colour=muted, across="center")


def _draw_densities(
    axes: Any, groups: Mapping[str, tuple[FloatArray, FloatArray]], colours: Sequence[str]
) -> pd.DataFrame:
    """Draw weighted kernel densities and return their points: what is drawn is what the CSV holds."""
    frame = pd.concat(
        pd.DataFrame({"group": name, "value": values, "weight": weights}) for name, (values, weights) in groups.items()
    )
    sns.kdeplot(
        data=frame, x="value", weights="weight", hue="group", hue_order=list(groups), palette=list(colours),
        common_norm=False, common_grid=True, clip=(0.0, 1.0), gridsize=101, linewidth=1.6, legend=False, ax=axes,
    )  # fmt: skip
    parts = []
    for name, colour in zip(groups, colours, strict=True):
        (line,) = (one for one in axes.lines if same_color(one.get_color(), colour))
        x, y = line.get_data()
        axes.fill_between(x, y, color=colour, alpha=0.25, linewidth=0)
        parts.append(pd.DataFrame({"propensity": np.round(x, 6), "group": name, "value": y}))
    return pd.concat(parts, ignore_index=True)


def overlap(
    comparison: AdjustedComparison, *, labels: Mapping[str, str] | None = None, **options: Unpack[FigureOptions]
) -> Figure:
    """Draw the weighted densities of the propensities of two groups: whether each has its like in the other.

    Parameters
    ----------
    comparison
        From :func:`surveykit.adjusted_comparison`.
    labels
        ``{"treated": "exporters", "untreated": "others"}``.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If a group has one propensity only, which has no density.
    """
    style = style_of(options)
    japanese, words, theme = style.lang == "ja", labels or {}, theme_of(style.theme)
    frame = comparison.propensities
    own = {"treated": "該当", "untreated": "非該当"} if japanese else {"treated": "treated", "untreated": "untreated"}
    named = {name: clean(words.get(name, text)) for name, text in own.items()}
    groups = {}
    for name in own:
        part = frame[frame["group"] == name] if len(frame) else frame
        if len(part) < 2 or float(np.ptp(part["propensity"])) == 0:
            raise PublishingError(
                f"The group '{name}' has no two propensities that differ.",
                remedy="Give covariates that tell firms apart.",
            )
        values, weights = (part[column].to_numpy(np.float64) for column in ("propensity", "weight"))
        groups[named[name]] = (values, weights)
    colours = (theme["nominal"][0], theme["nominal"][1])
    drawn = _draw_densities(Drawing().subplots(), groups, colours)
    said = (
        ("密度", "傾向スコア", "傾向スコアの重なり")
        if japanese
        else ("Density", "Propensity", "Where propensities overlap")
    )
    limits = (0.05, 0.95)
    plot = DensityPlot(groups, theme, colours, said[1], limits, float(drawn["value"].max()))
    table = published(drawn, rows="propensity", columns="group", unit="", source="", statistic=said[0],
                      synthetic=comparison.estimate.synthetic)  # fmt: skip
    style = headed(style, said[2], said[0], illustrative=False)
    columns = (comparison.overlap[name].tolist() for name in ("group", "lowest", "highest", "n"))
    parts = [
        f"{named[name]}: {number(low, 2)}–{number(high, 2)}, n = {whole(count)}"
        for name, low, high, count in zip(*columns, strict=True)
    ]
    told = ("。" if japanese else ". ").join(parts) + ("。" if japanese else ".")
    note = "点線は 0.05 と 0.95。" if japanese else "Dotted lines: 0.05 and 0.95."
    grid = grid_of(table, style, bars="rows")
    return make_figure("overlap", table, plot, style, grid, notes=[note], told=told)
