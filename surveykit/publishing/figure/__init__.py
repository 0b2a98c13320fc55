"""Figures: functions from a table or estimate to the record of a figure.

They draw what a record holds and compute nothing, so a figure cannot disagree with its table. Numbers that others
published come in through :func:`surveykit.publishing.published`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from surveykit.publishing.figure.areas import area
from surveykit.publishing.figure.bar_rows import bars, diverging, grouped
from surveykit.publishing.figure.columns import waterfall
from surveykit.publishing.figure.curves import lorenz, survival
from surveykit.publishing.figure.dot_matrix import dot_matrix
from surveykit.publishing.figure.dot_rows import coefficients, dots
from surveykit.publishing.figure.effect_plots import contrasts, effects
from surveykit.publishing.figure.growth_columns import growth
from surveykit.publishing.figure.likert_rows import likert
from surveykit.publishing.figure.line_plots import lines
from surveykit.publishing.figure.multiples import small_multiples
from surveykit.publishing.figure.pair_rows import dumbbell
from surveykit.publishing.figure.places import bubble, flows
from surveykit.publishing.figure.record import Figure
from surveykit.publishing.figure.segment_rows import segments
from surveykit.publishing.figure.slopes import slope
from surveykit.publishing.figure.stacked_columns import stacked_columns
from surveykit.publishing.figure.stacked_rows import stacked
from surveykit.publishing.figure.style import FigureStyle
from surveykit.publishing.figure.tiles import heat, treemap

if TYPE_CHECKING:
    from surveykit.publishing.figure.distributions import overlap, weight_distribution
    from surveykit.publishing.figure.exclusion_flow import exclusion_flow
    from surveykit.publishing.figure.specification_plot import specification_curve
    from surveykit.publishing.figure.weight_plots import love_plot, margin_targets

__all__ = [
    "Figure",
    "FigureStyle",
    "area",
    "bars",
    "bubble",
    "coefficients",
    "contrasts",
    "diverging",
    "dot_matrix",
    "dots",
    "dumbbell",
    "effects",
    "exclusion_flow",
    "flows",
    "grouped",
    "growth",
    "heat",
    "likert",
    "lines",
    "lorenz",
    "love_plot",
    "margin_targets",
    "overlap",
    "segments",
    "slope",
    "small_multiples",
    "specification_curve",
    "stacked",
    "stacked_columns",
    "survival",
    "treemap",
    "waterfall",
    "weight_distribution",
]

# Figures of records of other rooms, and those that seaborn draws: loaded on first use.
_LATER = {
    "exclusion_flow": "exclusion_flow",
    "love_plot": "weight_plots",
    "margin_targets": "weight_plots",
    "overlap": "distributions",
    "specification_curve": "specification_plot",
    "weight_distribution": "distributions",
}


def __getattr__(name: str) -> object:
    """Fetch a figure's function from its module on first use, and keep it."""
    if name not in _LATER:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = value
    return value
