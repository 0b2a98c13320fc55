"""Specification curves: the same association under every declared choice, and which choices each estimate rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.errors import PublishingError
from surveykit.publishing.figure.grid import FloatArray, Grid, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure, Key
from surveykit.publishing.figure.style import FigureOptions, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.layout import Box, Page, Ruler
from surveykit.publishing.numbers import decimals_for, number
from surveykit.publishing.published_numbers import published
from surveykit.publishing.scales import Scale, scale_over
from surveykit.publishing.themes import Theme, theme_of

__all__ = ["SpecificationPlot", "specification_curve"]

_PLOT = 1.9
_ROW = 0.17
_COLUMNS = ("survey", "outcome", "family", "covariates", "estimate", "low", "high", "n", "why")
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"survey": "Sample", "outcome": "Outcome", "family": "Model", "covariates": "Covariates", "none": "none",
           "apart": "interval without zero", "within": "interval with zero", "estimate": "Estimate"},
    "ja": {"survey": "標本", "outcome": "被説明変数", "family": "モデル", "covariates": "共変量", "none": "なし",
           "apart": "区間がゼロを含まない", "within": "区間がゼロを含む", "estimate": "推定値"},
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class SpecificationPlot:
    """Estimates in rising order above a matrix of the choices behind them.

    Parameters
    ----------
    choices
        Group and name of each choice.
    made
        ``(choices, specifications)``: whether the specification makes it.
    """

    grid: Grid
    theme: Theme
    choices: tuple[tuple[str, str], ...]
    made: npt.NDArray[np.bool_]
    lang: str

    def keys(self, ruler: Ruler) -> tuple[Key, ...]:
        """What filled and hollow dots say."""
        said = _WORDS[self.lang]
        return (
            Key(said["apart"], self.theme["single"], "dot"),
            Key(said["within"], self.theme["single"], "dot", fill="none"),
        )

    def labels(self) -> Sequence[str]:
        """Every text."""
        return [text for choice in self.choices for text in choice]

    def _groups(self) -> list[str]:
        return list(dict.fromkeys(group for group, _ in self.choices))

    def _lines(self, ruler: Ruler, width: float) -> list[list[str]]:
        return [ruler.wrap(name, 0.32 * width, ruler.theme["small_size"]) for _, name in self.choices]

    def _row_heights(self, ruler: Ruler, width: float) -> list[float]:
        step = ruler.line(ruler.theme["small_size"])
        return [max(_ROW, len(lines) * step + 0.02) for lines in self._lines(ruler, width)]

    def height(self, ruler: Ruler, width: float) -> float:
        """Height of estimates and matrix."""
        heads = len(self._groups()) * (ruler.line() + 0.04)
        return _PLOT + 0.12 + heads + sum(self._row_heights(ruler, width))

    def draw(self, page: Page, box: Box) -> None:
        """Draw estimates with whiskers, then the matrix."""
        small = page.theme["small_size"]
        widest = max(page.ruler.width(line, small) for lines in self._lines(page.ruler, box.width) for line in lines)
        ends = [float(value) for part in (self.grid.values, self.grid.low, self.grid.high) for value in part.ravel()]
        rough = scale_over(ends, 0.0, 1.0)
        ticks = max(page.ruler.width(rough.text(tick), small) for tick in rough.ticks)
        left = max(widest, ticks) + 0.1
        inner = Box(box.left + left, box.top + 0.06, box.width - left - 0.08, _PLOT)
        scale = scale_over(ends, inner.bottom, inner.top)
        scale.draw_beside(page, inner, grid=self.theme["grid_lines"])
        count = len(self.grid.categories)
        x = [inner.left + inner.width * (place + 0.5) / count for place in range(count)]
        self._draw_estimates(page, scale, x)
        self._draw_matrix(page, box, Box(inner.left, inner.bottom + 0.1, inner.width, 0.0), x)

    def _draw_estimates(self, page: Page, scale: Scale, x: Sequence[float]) -> None:
        values, low, high = (part[:, 0] for part in (self.grid.values, self.grid.low, self.grid.high))
        apart = (low > 0) | (high < 0)
        width = 1.2 if len(x) <= 80 else 0.5
        whiskers: list[tuple[float, float]] = []
        for place, one in enumerate(x):
            if np.isfinite([low[place], high[place]]).all():
                whiskers += [(one, scale.at(float(low[place]))), (one, scale.at(float(high[place]))), (one, np.nan)]
        page.line(whiskers, colour="#9FBBD3", width=width)
        size = 4.5 if len(x) <= 80 else 2.2
        for chosen, fill in ((apart, "full"), (~apart, "none")):
            points = [(x[p], scale.at(float(values[p]))) for p in np.flatnonzero(chosen & np.isfinite(values)).tolist()]
            page.markers(points, self.theme["single"], size=size, hollow=fill == "none")

    def _draw_matrix(self, page: Page, box: Box, inner: Box, x: Sequence[float]) -> None:
        top, before, small = inner.top, "", page.theme["small_size"]
        heights = self._row_heights(page.ruler, box.width)
        size = 3.6 if len(x) <= 80 else 1.6
        for row, ((group, _), lines) in enumerate(zip(self.choices, self._lines(page.ruler, box.width), strict=True)):
            if group != before:
                page.text(box.left, top + page.ruler.line() / 2, group, bold=page.ruler.lang != "ja")
                top += page.ruler.line() + 0.04
                before = group
            y = top + heights[row] / 2
            page.lines(inner.left - 0.08, y, lines, size=small, across="right", middle=True)
            page.line([(inner.left, y), (inner.right, y)], colour=page.theme["grid"], width=0.5, over=1)
            points = [(x[place], y) for place in np.flatnonzero(self.made[row]).tolist()]
            page.markers(points, page.theme["text"], shape="s", size=size)
            top += heights[row]


def specification_curve(
    curve: pd.DataFrame,
    *,
    labels: Mapping[str, str] | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw the same association under every declared choice, and the choices under it.

    Parameters
    ----------
    curve
        From :func:`surveykit.specification_curve`; specifications that could not be fitted are counted in the note.
    labels
        Sample, outcome, model or covariate to what is printed for it.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If the frame is not one that the verb returned.
    """
    style = style_of(options)
    said, words = _WORDS[style.lang], labels or {}
    missing = [name for name in _COLUMNS if name not in curve.columns]
    if missing or "synthetic" not in curve.attrs:
        raise PublishingError(
            "This frame is no specification curve" + (f": it has no '{missing[0]}'." if missing else "."),
            remedy="Give what sk.specification_curve() returned, as it is.",
        )
    fitted = curve[curve["estimate"].notna()].sort_values("estimate", kind="stable")
    frame = pd.DataFrame({"specification": [str(place + 1) for place in range(len(fitted))],
                          "value": fitted["estimate"].to_numpy(np.float64)})  # fmt: skip
    table = published(frame, rows="specification", unit="", source="", statistic=str(curve.attrs["variable"]),
                      synthetic=bool(curve.attrs["synthetic"]))  # fmt: skip
    shown = fitted["estimate"].to_numpy(np.float64)
    grid = replace(
        grid_of(table, style, bars="rows"),
        low=_column(fitted, "low"),
        high=_column(fitted, "high"),
        n=_column(fitted, "n").astype(np.int64),
        sampled=True,
        level=float(curve.attrs["level"]),
        series=(clean(words.get(str(curve.attrs["variable"]), curve.attrs["variable"])),),
    )
    choices, made = _choices(fitted, words, style.lang)
    style = replace(
        style, title=style.title or str(curve.attrs["variable"]), subtitle=style.subtitle or said["estimate"]
    )
    plot = SpecificationPlot(grid, theme_of(style.theme), choices, made, style.lang)
    notes = [_summary(shown, grid, len(curve) - len(fitted), style.lang)]
    return make_figure("specification_curve", table, plot, style, grid, notes=notes, said=_listed(fitted, style.lang))


def _column(frame: pd.DataFrame, name: str) -> FloatArray:
    return frame[name].to_numpy(np.float64).reshape(-1, 1)


def _choices(
    fitted: pd.DataFrame, words: Mapping[str, str], lang: str
) -> tuple[tuple[tuple[str, str], ...], npt.NDArray[np.bool_]]:
    """Choices that vary, and which specification makes which."""
    said = _WORDS[lang]
    names: list[tuple[str, str]] = []
    rows: list[npt.NDArray[np.bool_]] = []
    for column in ("outcome", "family", "survey"):
        levels = list(dict.fromkeys(fitted[column].astype("str")))
        for level in sorted(levels) if len(levels) > 1 else ():
            names.append((said[column], clean(words.get(level, level))))
            rows.append((fitted[column].astype("str") == level).to_numpy())
    terms = [set(text.split(" + ")) - {""} for text in fitted["covariates"].astype("str")]
    for term in sorted(set().union(*terms)):
        names.append((said["covariates"], clean(words.get(term, term))))
        rows.append(np.array([term in one for one in terms]))
    if not names:
        raise PublishingError(
            "Nothing varies between the specifications.", remedy="Give covariates= or several surveys."
        )
    return tuple(names), np.array(rows)


def _summary(values: FloatArray, grid: Grid, failed: int, lang: str) -> str:
    """How many specifications, their median, and how many intervals lie apart from zero."""
    apart = int(((grid.low[:, 0] > 0) | (grid.high[:, 0] < 0)).sum())
    middle = number(float(np.median(values)), max(decimals_for(values, ""), 2)).replace("-", "\u2212")
    if lang == "ja":
        lost = f"推定できなかったもの {failed}。" if failed else ""
        return f"{len(values)} 通りの特定化、中央値 {middle}、区間がゼロを含まないもの {apart}。{lost}"
    lost = f"; {failed} could not be fitted" if failed else ""
    return f"{len(values)} specifications, median {middle}; {apart} with an interval without zero{lost}."


def _listed(fitted: pd.DataFrame, lang: str) -> str:
    count = len(fitted)
    return (
        f"{count} 通りの特定化を推定値の順に並べた。"
        if lang == "ja"
        else f"{count} specifications in order of estimate."
    )
