"""Rao and Scott's reference distributions of Pearson's statistic, from the eigenvalues of the design effect matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.results.quadratic_forms import chi_square_tail, f_tail, saddlepoint_tail, weighted_chi_square_tail

__all__ = ["STATISTICS", "Judgement", "judge_pearson", "judge_wald"]


STATISTICS: tuple[str, ...] = ("F", "Chisq", "Satterthwaite", "Wald", "adjWald", "lincom", "saddlepoint")


@dataclass(frozen=True)
class Judgement:
    """A statistic, its degrees of freedom and its p-value."""

    name: str
    statistic: float
    df: float
    ddf: float
    p_value: float
    method: str


def judge_pearson(
    x2: float, eigenvalues: FloatArray, freedom: float, statistic: str, *, dimension: int | None = None
) -> Judgement:
    r"""Compare Pearson's statistic with the distribution that the design gives it.

    Under the hypothesis X^2 is distributed as ``sum d_j X_j``, the d_j being the eigenvalues of the design effect
    matrix (Rao and Scott 1981) and the X_j independent chi-squares with one degree of freedom.

    Parameters
    ----------
    x2
        Pearson's X^2 of the weighted proportions, times n.
    eigenvalues
        ``(k,)`` generalised design effects d_j.
    freedom
        Degrees of freedom of the design.
    statistic
        ``"Chisq"``: ``X^2 / mean(d)`` as chi-square with k degrees of freedom (first order). ``"Satterthwaite"``:
        ``X^2 sum(d) / sum(d^2)`` as chi-square with ``m = sum(d)^2 / sum(d^2)`` degrees of freedom (second order).
        ``"F"``: ``X^2 / sum(d)`` as F with m and m x `freedom` (second order, Thomas and Rao 1987). ``"lincom"``: the
        exact distribution of ``sum d_j X_j`` over an independent chi-square / v, with ``v = m x freedom``; its degrees
        of freedom are the whole part of v, as in R. ``"saddlepoint"``: the saddlepoint approximation of the same
        distribution (Kuonen 1999).
    dimension
        Degrees of freedom k of the table, where some eigenvalues are zero.

    References
    ----------
    Rao and Scott (1981), *JASA* 76, 221-230; (1984), *Annals of Statistics* 12, 46-60; (1987), *Annals of Statistics*
    15, 385-397; Thomas and Rao (1987), *JASA* 82, 630-636.
    """
    total, squares = float(eigenvalues.sum()), float((eigenvalues**2).sum())
    k = len(eigenvalues) if dimension is None else dimension
    m = total**2 / squares
    if statistic == "F":
        p = f_tail(x2 / total, m, m * freedom)
        return Judgement("F", x2 / total, m, m * freedom, p, "Pearson's X^2, Rao and Scott's second-order correction")
    if statistic == "Chisq":
        p = chi_square_tail(x2 * k / total, k)
        return Judgement("X-squared", x2, k, math.inf, p, "Pearson's X^2, Rao and Scott's first-order correction")
    if statistic == "Satterthwaite":
        p = chi_square_tail(x2 * total / squares, m)
        method = "Pearson's X^2, Rao and Scott's second-order correction, chi-square"
        return Judgement("X-squared", x2, m, math.inf, p, method)
    if statistic not in ("lincom", "saddlepoint"):
        raise EstimationError(f"statistic={statistic!r} is not known.", remedy=f"Choose one of {listing(STATISTICS)}.")
    denominator = m * freedom
    whole = float(max(math.floor(denominator), 1)) if math.isfinite(denominator) else denominator
    point = x2 * whole / denominator if math.isfinite(denominator) else x2
    positive = eigenvalues[eigenvalues > 1e-10 * eigenvalues.max()]
    if statistic == "lincom":
        p = weighted_chi_square_tail(point, positive, denominator=whole)
        method = "Pearson's X^2, exact distribution of the linear combination of chi-squares"
    else:
        p = saddlepoint_tail(point, positive, denominator=whole)
        method = "Pearson's X^2, saddlepoint approximation"
    return Judgement("X-squared", x2, math.nan, math.inf, p, method)


def judge_wald(residual: FloatArray, covariance: FloatArray, freedom: float, statistic: str) -> Judgement:
    """Compare ``residual' covariance^-1 residual`` with F.

    Parameters
    ----------
    residual, covariance
        ``(k,)`` and ``(k, k)``.
    freedom
        Degrees of freedom v of the design.
    statistic
        ``"Wald"``: W / k as F with k and v. ``"adjWald"``: ``W (v - k + 1) / (k v)`` as F with k and v - k + 1.

    Raises
    ------
    EstimationError
        If the covariance is singular, or the design has too few degrees of freedom.
    """
    k = len(residual)
    scale = np.sqrt(np.diagonal(covariance))
    correlation = covariance / np.outer(scale, scale) if np.all(scale > 0) else np.full((k, k), np.nan)
    if not np.all(np.isfinite(correlation)) or np.linalg.matrix_rank(correlation, tol=1e-9) < k:
        raise EstimationError(
            f"The Wald test of {k} degree(s) of freedom needs a covariance of full rank; with df = {freedom:g}, "
            "or cells without sampling variance, it is singular.",
            remedy='Merge levels, or use statistic="F".',
        )
    value = float(residual / scale @ np.linalg.solve(correlation, residual / scale))
    if statistic == "Wald":
        return Judgement("F", value / k, k, freedom, f_tail(value / k, k, freedom), "Design-based Wald test")
    ddf = freedom - k + 1
    if ddf <= 0:
        raise EstimationError(
            f"The adjusted Wald test of {k} degree(s) of freedom needs a design of more than {k - 1}, not {freedom:g}.",
            remedy='Merge levels, or use statistic="F".',
        )
    shrunk = value / k * (ddf / freedom if math.isfinite(freedom) else 1.0)
    return Judgement(
        "F", shrunk, k, ddf, f_tail(shrunk, k, ddf), "Design-based Wald test, adjusted for the design's df"
    )
