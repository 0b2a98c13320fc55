"""Banded outcomes: how far a regression rests on the number that stands for each band."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError
from surveykit.estimation.likelihoods.families import band_edges, fit_interval
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.table import model_table
from surveykit.estimation.regression.regression import linear_model
from surveykit.expressions import Choose, Compare, Expr, Literal
from surveykit.formulas import DesignMatrix, Factor, compile_formula
from surveykit.results import Table
from surveykit.survey import Survey

__all__ = ["band_sensitivity"]


def band_sensitivity(
    survey: Survey,
    formula: str,
    *,
    open_start: float | None = None,
    open_end: float | None = None,
    level: float = 0.95,
) -> Table:
    """Interval regression beside linear regressions on the lower edge, the middle and the upper edge of each band.

    The interval regression uses nothing but the edges; the others put one number in the place of a band. Where they
    agree, the choice does not matter; where they differ, the interval regression is the one to report.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"band ~ terms"``; the outcome has band edges.
    open_start, open_end
        Numbers for the open ends of the first and of the last band, used by the linear regressions alone; needed where
        such an end is open.
    level
        Confidence level.

    Returns
    -------
    Table
        Columns ``interval regression``, ``lower edge``, ``middle`` and ``upper edge``; a row a coefficient.

    Raises
    ------
    EstimationError
        If the outcome has no band edges, bands overlap, or an open end has no number.

    References
    ----------
    Stewart (1983), *Review of Economic Studies* 50, 737-753.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> share = pd.cut([2, 8, 12, 30, 18, 45], [0, 10, 25, 50])
    >>> survey = sk.Survey(pd.DataFrame({"share": share, "staff": [5, 20, 15, 60, 50, 80]}))
    >>> band_sensitivity(survey, "share ~ staff").wide().round(2)
                interval regression  lower edge  middle  upper edge
    Intercept                  3.12       -1.31    3.08        7.47
    staff                      0.40        0.34    0.44        0.54
    log(sigma)                 0.93         NaN     NaN         NaN
    """
    matrix = compile_formula(formula, survey.engine)
    response, (low, middle, high) = _numbers(survey, matrix, open_start, open_end)
    with one_thread():
        models = {"interval regression": fit_interval(survey, matrix, matrix.offset, level)}
        for heading, values in (("lower edge", low), ("middle", middle), ("upper edge", high)):
            models[heading] = _linear(survey, matrix, response, heading, values, level)
    return model_table(models)


def _numbers(
    survey: Survey, matrix: DesignMatrix, open_start: float | None, open_end: float | None
) -> tuple[Factor, tuple[FloatArray, FloatArray, FloatArray]]:
    """Lower edges, middles and upper edges ``(K,)`` in the order of the outcome's levels, all finite."""
    low, high = band_edges(survey, matrix, None)
    response = matrix.response
    assert response is not None
    assert response.levels is not None
    info = survey.engine.describe(response.expr)
    assert info.edges is not None
    assert info.categories is not None
    places = [info.categories.index(one) for one in response.levels]
    declared = np.asarray(info.edges["mid"], np.float64)[places]
    for edges, given, argument in ((low, open_start, "open_start"), (high, open_end, "open_end")):
        open_bands = np.flatnonzero(~np.isfinite(edges))
        if given is None and len(open_bands):
            name = response.levels[int(open_bands[0])]
            raise EstimationError(
                f"The band '{name}' of '{response.name}' is open, and {argument} is not given.",
                remedy=f"Give the number that shall stand for its end, {argument}=....",
            )
    ends = _closed(low, open_start), _closed(high, open_end)
    wrong = np.flatnonzero(ends[0] > ends[1])
    if len(wrong):
        name = response.levels[int(wrong[0])]
        raise EstimationError(
            f"The band '{name}' of '{response.name}' would go from {ends[0][wrong[0]]:g} to {ends[1][wrong[0]]:g}.",
            remedy="Mend open_start= or open_end=.",
        )
    middle = np.where(np.isfinite(declared), declared, (ends[0] + ends[1]) / 2)
    return response, (ends[0], middle, ends[1])


def _closed(edges: FloatArray, given: float | None) -> FloatArray:
    return edges if given is None else np.where(np.isfinite(edges), edges, given)


def _linear(
    survey: Survey, matrix: DesignMatrix, response: Factor, heading: str, values: FloatArray, level: float
) -> Model:
    assert response.levels is not None
    number: Expr = Literal(float(values[-1]))
    for name, value in zip(response.levels[-2::-1], values[-2::-1].tolist(), strict=True):
        number = Choose(Compare("==", response.expr, Literal(name)), Literal(value), number)  # type: ignore[arg-type]
    coded = replace(matrix, response=Factor(response.name, number), text=f"{heading} of {matrix.text}")
    return linear_model(survey, coded, matrix.offset, level)
