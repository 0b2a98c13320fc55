"""Design effects: the variance against that of a simple random sample of the same size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray, IntArray, Request
from surveykit.errors import EstimationError
from surveykit.estimation.linearise import Solution
from surveykit.expressions import Arithmetic, Boolean, Expr
from surveykit.expressions import Literal as Number
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance
from surveykit.weighting.records import Replicates

__all__ = ["DesignEffect", "design_effects"]

DesignEffect = Literal["without", "with"] | None


def design_effects(
    survey: Survey,
    request: Request,
    solution: Solution,
    statistic: Literal["total", "mean", "ratio", "proportion"],
    against: Literal["without", "with"],
    *,
    groups: IntArray | None = None,
) -> FloatArray:
    """Ratio of the design variance to that of simple random sampling.

    The latter is ``S^2 / n`` for a mean, times ``N^2`` for a total, with S^2 the weighted variance times n / (n - 1)
    (Kish 1965); without
    replacement it is reduced by ``1 - n / N``, where N is the sum of weights.

    Parameters
    ----------
    against
        ``"without"`` or ``"with"`` replacement.
    groups
        For proportions, the group of each cell.

    Returns
    -------
    ndarray
        ``(p,)``.
    """
    if against not in ("without", "with"):
        raise EstimationError(f"deff={against!r} is not known.", remedy="Choose 'without' or 'with' (replacement).")
    with np.errstate(divide="ignore", invalid="ignore"):
        if statistic == "proportion":
            assert groups is not None
            spread, n, size = _proportions(solution, groups)
            simple = spread / n
        else:
            spread, n, size = _spread(survey, request, solution, statistic)
            simple = spread / n * (size**2 if statistic == "total" else 1.0)
        if against == "without":
            simple = simple * (1 - n / size)
        found = np.diagonal(solution.covariance)
        if statistic == "ratio" and survey.replicates is not None:
            found = _residual_variance(survey, survey.replicates, request, solution)
        # Of a constant both variances are zero, but for rounding, and their ratio says nothing.
        return np.where(simple > 0, found / simple, np.nan)


def _residual_variance(survey: Survey, replicates: Replicates, request: Request, solution: Solution) -> FloatArray:
    """Replicate variance of a ratio's residual, which is what the simple random sample is asked for too ``(C,)``."""
    sums = survey.engine.replicate_sums(survey.index, _in_domain(survey, request), replicates.factors, replicates.units)
    residual = sums[..., 1] - solution.value * sums[..., 2]
    matrix = replicate_covariance(residual, np.zeros(residual.shape[1]), replicates)
    return np.diagonal(matrix) / solution.total.sums[:, 2] ** 2


def _proportions(solution: Solution, groups: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    n = np.bincount(groups, weights=solution.total.rows)[groups].astype(np.float64)
    size = np.bincount(groups, weights=solution.total.sums[:, 0])[groups].astype(np.float64)
    share = solution.value
    return share * (1 - share) * n / (n - 1), n, size


def _spread(
    survey: Survey, request: Request, solution: Solution, statistic: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weighted variance of each variable, or of the residual of a ratio, by cell."""
    at = solution.total.sums
    exprs = [expr for expr in request.terms[1:] if expr is not None]
    if statistic == "ratio":
        centred = _ratio_squares(survey, request, solution, exprs)
        spread = centred / at[:, 0] / (at[:, 2] / at[:, 0]) ** 2
        columns = 1
    else:
        spread = _squares(survey, request, at, exprs) / np.tile(at[:, 0], len(exprs))
        columns = len(exprs)
    n = np.tile(solution.total.rows.astype(np.float64), columns)
    size = np.tile(at[:, 0], columns)
    return spread * n / (n - 1), n, size


def _square(expr: Expr, centre: float) -> Expr:
    off = Arithmetic("-", expr, Number(float(centre)))
    return Arithmetic("*", off, off)


def _squares(survey: Survey, request: Request, at: FloatArray, exprs: Sequence[Expr]) -> FloatArray:
    """Sums of squares around each cell's mean, measured from the overall mean so that digits are kept."""
    overall = at[:, 1:].sum(axis=0) / at[:, 0].sum()
    asked = replace(
        request,
        terms=(None, *(_square(expr, centre) for expr, centre in zip(exprs, overall, strict=True))),
        complete=tuple(exprs),
    )
    sums = survey.engine.totals(survey.index, _in_domain(survey, asked)).sums[:, 1:]
    off = at[:, 1:] / at[:, :1] - overall
    centred = sums - at[:, :1] * off**2
    # A variable that is constant in a cell leaves rounding noise, and a ratio of two such remainders would look like a
    # number.
    return np.where(centred < 1e-13 * sums, 0.0, centred).T.reshape(-1)


def _ratio_squares(survey: Survey, request: Request, solution: Solution, exprs: Sequence[Expr]) -> FloatArray:
    """Weighted sum of squares of ``y - ratio x`` by cell."""
    y, x = exprs
    terms = (None, Arithmetic("*", y, y), Arithmetic("*", y, x), Arithmetic("*", x, x))
    sums = survey.engine.totals(survey.index, _in_domain(survey, replace(request, terms=terms, complete=(y, x)))).sums
    ratio = solution.value
    return sums[:, 1] - 2 * ratio * sums[:, 2] + ratio**2 * sums[:, 3]


def _in_domain(survey: Survey, request: Request) -> Request:
    parts = [expr for expr in (survey.domain, request.where) if expr is not None]
    return replace(request, where=Boolean("and", tuple(parts)) if len(parts) > 1 else (parts[0] if parts else None))
