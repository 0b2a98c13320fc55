"""How near weights come to their targets, drawn: margins before and after, standardised differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import pandas as pd

from surveykit.errors import PublishingError
from surveykit.estimation.comparisons.adjusted import AdjustedComparison
from surveykit.publishing.figure.grid import Grid, grid_of
from surveykit.publishing.figure.making import make_figure
from surveykit.publishing.figure.pair_rows import Mark, PairRows
from surveykit.publishing.figure.record import Figure
from surveykit.publishing.figure.style import FigureOptions, FigureStyle, style_of
from surveykit.publishing.numbers import number
from surveykit.publishing.published_numbers import published
from surveykit.publishing.themes import theme_of
from surveykit.results import Table
from surveykit.weighting import Weights

__all__ = ["headed", "love_plot", "margin_targets"]

#: Standardised differences above this are called imbalance (Austin 2009, Statistics in Medicine 28, 3083-3107).
_IMBALANCE = 0.1

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "targets": "Achieved against target margins", "love": "Standardised differences before and after weighting",
        "before": "Before", "after": "After", "target": "Target", "share": "Share",
        "difference": "Absolute standardised difference",
    },
    "ja": {
        "targets": "目標と達成した構成比", "love": "ウエイト前後の標準化差", "before": "ウエイト前",
        "after": "ウエイト後", "target": "目標", "share": "構成比", "difference": "標準化差(絶対値)",
    },
}  # fmt: skip


def headed(style: FigureStyle, title: str, subtitle: str, *, illustrative: bool) -> FigureStyle:
    """A style with words of its own where none were given."""
    return replace(
        style,
        title=style.title or title,
        topic=style.topic or style.title or title,
        subtitle=style.subtitle or subtitle,
        illustrative=style.illustrative or illustrative,
    )


def margin_targets(
    weights: Weights, *, labels: Mapping[str, str] | None = None, **options: Unpack[FigureOptions]
) -> Figure:
    """Draw the shares of each margin before and after weighting against their targets.

    Parameters
    ----------
    weights
        Weights that some step fitted to margins.
    labels
        Margin or level to what is printed for it.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    Raises
    ------
    PublishingError
        If no step of the weights met a margin.
    """
    style = style_of(options)
    said = _WORDS[style.lang]
    style = headed(style, said["targets"], said["share"], illustrative=weights.illustrative)
    columns = {"target_share": "target", "before_share": "before", "after_share": "after"}
    table = _margins(weights, labels, said, columns, unit="share", statistic=said["share"])
    theme = theme_of(style.theme)
    grid = _filled(table, style, 1)
    marks = (
        Mark("|", theme["accent"], size=14.0),
        Mark("o", theme["muted"], "none", 6.0),
        Mark("o", theme["single"], "full", 4.5),
    )
    plot = PairRows(grid, theme, marks, printed=False, joined=False)
    return make_figure("margin_targets", table, plot, style, grid)


def _margins(
    weights: Weights,
    labels: Mapping[str, str] | None,
    said: Mapping[str, str],
    columns: Mapping[str, str],
    *,
    unit: str,
    statistic: str,
) -> Table:
    """Columns of the margins of a weight summary as a table: levels as rows, one layer a margin."""
    summary = weights.describe()
    if not len(summary.margins):
        raise PublishingError(
            f"The weights '{weights.name}' were fitted to no margin.", remedy="Rake or post-stratify them first."
        )
    words = labels or {}
    parts = [
        pd.DataFrame(
            {
                "margin": [words.get(name, name) for name in summary.margins["margin"]],
                "level": [words.get(name, name) for name in summary.margins["level"]],
                "when": said[when],
                "value": summary.margins[column].to_numpy(np.float64),
            }
        )
        for column, when in columns.items()
    ]
    return published(
        pd.concat(parts, ignore_index=True), rows="level", columns="when", layers="margin", unit=unit, source="",
        statistic=statistic, synthetic=weights.synthetic,
    )  # fmt: skip


def _filled(table: Table, style: FigureStyle, decimals: int) -> Grid:
    """Rows that hold a number: each margin has levels of its own."""
    grid = grid_of(table, replace(style, decimals=decimals if style.decimals is None else style.decimals), bars="rows")
    return grid.take(np.flatnonzero(np.isfinite(grid.values).any(axis=1)).tolist())


def love_plot(
    record: Weights | AdjustedComparison,
    *,
    limit: float = _IMBALANCE,
    labels: Mapping[str, str] | None = None,
    **options: Unpack[FigureOptions],
) -> Figure:
    """Draw absolute standardised differences before and after weighting, against a limit.

    Parameters
    ----------
    record
        Weights that some step fitted to margins: differences from the targets; or an
        :class:`~surveykit.AdjustedComparison`: differences between the groups.
    limit
        Differences above it are called imbalance; a dotted line stands there.
    labels
        Margin, level or covariate to what is printed for it.
    **options
        Fields of :class:`surveykit.publishing.figure.FigureStyle`.

    References
    ----------
    Austin (2009), *Statistics in Medicine* 28, 3083-3107.
    """
    style = style_of(options)
    said, theme = _WORDS[style.lang], theme_of(style.theme)
    illustrative = isinstance(record, Weights) and record.illustrative
    style = headed(style, said["love"], said["difference"], illustrative=illustrative)
    if isinstance(record, Weights):
        columns = {"asmd_before": "before", "asmd_after": "after"}
        table = _margins(record, labels, said, columns, unit="", statistic=said["difference"])
    else:
        words, balance = labels or {}, record.balance
        parts: list[Any] = [
            pd.DataFrame({"covariate": [words.get(name, name) for name in balance["covariate"]], "when": said[when],
                          "value": balance[when].abs()})
            for when in ("before", "after")
        ]  # fmt: skip
        table = published(pd.concat(parts), rows="covariate", columns="when", unit="", source="",
                          statistic=said["difference"], synthetic=record.estimate.synthetic)  # fmt: skip
    grid = _filled(table, style, 3)
    marks = (Mark("o", theme["muted"], "none", 6.0), Mark("o", theme["single"], "full", 5.5))
    plot = PairRows(grid, theme, marks, reference=(limit, number(limit, 2)), printed=False)
    return make_figure("love_plot", table, plot, style, grid)
