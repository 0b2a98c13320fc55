"""Figures: functions from a table or estimate to the record of a figure.

They draw what a record holds and compute nothing, so a figure cannot disagree with its table.
"""

from surveykit.publishing.figure.dots import coefficients, dots
from surveykit.publishing.figure.record import Figure
from surveykit.publishing.figure.stacked import stacked
from surveykit.publishing.figure.style import FigureStyle

__all__ = ["Figure", "FigureStyle", "coefficients", "dots", "stacked"]
