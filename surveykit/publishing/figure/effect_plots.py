"""What a model says on the scale of its outcome, drawn: effects, predictions over a grid, contrasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np

from surveykit.errors import PublishingError
from surveykit.publishing.figure.curves import curve_figure
from surveykit.publishing.figure.dot_rows import DotRows
from surveykit.publishing.figure.grid import Grid, chosen_series, grid_of
from surveykit.publishing.figure.label_grids import grid_by_labels
from surveykit.publishing.figure.line_plots import line_colours
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.record import Figure
from surveykit.publishing.figure.style import FigureOptions, FigureStyle, style_of
from surveykit.publishing.inert import clean
from surveykit.publishing.themes import theme_of
from surveykit.results import Estimate

__all__ = ["contrasts", "effects"]


def effects(
    record: Estimate,
    *,
    labels: Sequence[str] | Mapping[str, str] | None = None,
    along: str = "",
    series: str | Sequence[str] | None = None,
    zero: bool | None = None,
    percent: bool = False,
    log: bool = False,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw predictions, margins or marginal effects with their intervals.

    Parameters
    ----------
    record
        Estimate, as of ``model.predict(...)``, :func:`surveykit.average_marginal_effects` (one row a contrast, one
        series an outcome category) or :func:`surveykit.predictive_margins`.
    labels
        Level to what is printed for it; or, where the estimate only counts its rows, a label for each in order.
    along
        Label column of the estimate that holds numbers, as ``"staff"`` of ``at={"staff": [10, 50, 250]}``: estimates
        are then curves with bands over it. With a list of labels that are numbers, the name of the axis.
    series
        Which series are drawn.
    zero
        Whether the axis of the effects holds zero; for effects and contrasts when None.
    percent
        Whether the outcome is a probability, printed in percent; effects then are in percentage points.
    log
        Whether the axis of `along` is logarithmic.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If labels and rows differ in number, or the axis holds no numbers.
    """
    style = style_of(options)
    change = any(word in record.statistic for word in ("effect", "contrast"))
    held = change if zero is None else zero
    grid = chosen_series(_effect_grid(record, style, labels, along, percent=percent), series)
    if change and percent:
        grid = replace(grid, percent=False, unit="パーセントポイント" if style.lang == "ja" else "percentage points",
                       decimals=1 if style.decimals is None else style.decimals)  # fmt: skip
        style = replace(style, subtitle=style.subtitle or grid.unit)
    if log and not along:
        raise PublishingError("log= needs an axis.", remedy="Name the number by along=.")
    if along:
        places = [_number(name) for name in grid.categories]
        if any(one is None for one in places) or (log and min(one for one in places if one is not None) <= 0):
            raise PublishingError(
                f"'{along}' does not hold numbers" + (" above zero." if log else "."), remedy="Leave along= out."
            )
        style = replace(style, subtitle=style.subtitle or grid.unit)
        return curve_figure("effects", record, style, grid, along, log=log, zero=held)
    theme = theme_of(style.theme)
    colours, _ = line_colours(theme, grid, ())
    dots = DotRows(grid, theme, colours, True, held, bases=False)
    return make_figure("effects", record, dots, style, grid, intervals=True)


def _effect_grid(
    record: Estimate, style: FigureStyle, labels: Sequence[str] | Mapping[str, str] | None, along: str, *, percent: bool
) -> Grid:
    """Rows or numbers of an axis by series."""
    factor = 100.0 if percent else 1.0
    slope = "1単位当たり" if style.lang == "ja" else "per unit"
    words = labels if isinstance(labels, Mapping) else None
    if along in record.labels and (labels is None or words is not None):
        others = [name for name in record.labels if name != along]
        return grid_by_labels(record, style, along=along, series=others, factor=factor, labels=words)
    if "contrast" in record.labels and "variable" in record.labels:
        others = [name for name in record.labels if name not in ("contrast", "variable")]
        said = {"slope": slope, **(words or {})}
        return grid_by_labels(
            record, style, along=["contrast"], series=others, groups="variable", factor=factor, labels=said
        )
    grid = grid_of(record, style)
    if percent and not grid.percent:
        scaled = {name: 100 * getattr(grid, name) for name in ("values", "low", "high")}
        grid = replace(grid, percent=True, decimals=0 if style.decimals is None else style.decimals, **scaled)
    if words is not None:
        return replace(grid, categories=tuple(clean(words.get(name, name)) for name in grid.categories))
    if labels is None:
        return grid
    if len(labels) != len(grid.categories):
        raise PublishingError(
            f"{len(labels)} labels are given for {len(grid.categories)} categories.", remedy="Give one for each."
        )
    return replace(grid, categories=tuple(clean(label) for label in labels))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def contrasts(
    record: Estimate,
    *,
    labels: Mapping[str, str] | None = None,
    percent: bool = False,
    sort: bool = False,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw differences between estimates with their intervals, around zero.

    Parameters
    ----------
    record
        From :meth:`surveykit.Estimate.contrast`.
    labels
        Contrast to what is printed for it.
    percent
        Whether the estimates are shares: differences are then printed in percentage points.
    sort
        Whether the largest difference stands first.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If the record holds no contrasts.
    """
    style = style_of(options)
    if not record.statistic.startswith("contrast"):
        raise PublishingError(
            f"The record is a {record.statistic}, not a contrast.",
            remedy='Give estimate.contrast({"large - small": {"large": 1, "small": -1}}).',
        )
    unit = "パーセントポイント" if style.lang == "ja" else "percentage points"
    grid = grid_by_labels(
        record, style, along=["contrast"], series=(), factor=100.0 if percent else 1.0, labels=labels, percent=False
    )
    if percent:
        grid = replace(grid, unit=unit, decimals=1 if style.decimals is None else style.decimals)
        style = replace(style, subtitle=style.subtitle or unit)
    if sort:
        grid = grid.take(np.argsort(-np.nan_to_num(grid.values[:, 0], nan=-np.inf), kind="stable").tolist())
    theme = theme_of(style.theme)
    plot = DotRows(grid, theme, (theme["single"],), True, True, bases=False)
    return make_figure("contrasts", record, plot, style, grid, intervals=True)
