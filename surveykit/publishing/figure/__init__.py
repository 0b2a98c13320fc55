"""Figures: functions from a table or estimate to the record of a figure.

They draw what a record holds and compute nothing, so a figure cannot disagree with its table. Numbers that others
published come in through :func:`surveykit.publishing.published`.
"""

from surveykit.publishing.figure.areas import area
from surveykit.publishing.figure.bar_rows import bars, diverging, grouped
from surveykit.publishing.figure.columns import waterfall
from surveykit.publishing.figure.dot_matrix import dot_matrix
from surveykit.publishing.figure.dot_rows import coefficients, dots
from surveykit.publishing.figure.growth_columns import growth
from surveykit.publishing.figure.likert_rows import likert
from surveykit.publishing.figure.line_plots import effects, lines
from surveykit.publishing.figure.multiples import small_multiples
from surveykit.publishing.figure.places import bubble, flows
from surveykit.publishing.figure.record import Figure
from surveykit.publishing.figure.segment_rows import segments
from surveykit.publishing.figure.slopes import slope
from surveykit.publishing.figure.stacked_columns import stacked_columns
from surveykit.publishing.figure.stacked_rows import stacked
from surveykit.publishing.figure.style import FigureStyle
from surveykit.publishing.figure.tiles import heat, treemap

__all__ = [
    "Figure",
    "FigureStyle",
    "area",
    "bars",
    "bubble",
    "coefficients",
    "diverging",
    "dot_matrix",
    "dots",
    "effects",
    "flows",
    "grouped",
    "growth",
    "heat",
    "likert",
    "lines",
    "segments",
    "slope",
    "small_multiples",
    "stacked",
    "stacked_columns",
    "treemap",
    "waterfall",
]
