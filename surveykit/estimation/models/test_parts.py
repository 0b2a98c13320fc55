"""Arithmetic that the tests of a regression share: quadratic forms and what they are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.model import Model
from surveykit.results import TestResult
from surveykit.results.quadratic_forms import saddlepoint_tail, weighted_chi_square_tail

__all__ = [
    "Reference",
    "Terms",
    "eigenvalues_of",
    "quadratic",
    "ratio_test",
    "refuse_no_freedom",
    "result",
    "weighted_tail",
]

Terms = str | Sequence[str]
Reference = Literal["exact", "saddlepoint"]


def quadratic(vector: FloatArray, matrix: FloatArray) -> float:
    """``v' M^-1 v``.

    Raises
    ------
    EstimationError
        If the matrix is singular.
    """
    scale = np.sqrt(np.diagonal(matrix))
    if not np.all(scale > 0) or np.linalg.matrix_rank(matrix / np.outer(scale, scale), tol=1e-10) < len(vector):
        raise EstimationError(
            f"The covariance of the {len(vector)} coefficient(s) tested is singular.",
            remedy="The design has too few sampling units for so many coefficients: test fewer, or merge levels.",
        )
    standard = vector / scale
    return float(standard @ np.linalg.solve(matrix / np.outer(scale, scale), standard))


def eigenvalues_of(naive: FloatArray, covariance: FloatArray) -> FloatArray:
    """Eigenvalues of ``naive^-1 covariance``, the largest first."""
    factor = np.linalg.cholesky(naive)
    half = np.linalg.solve(factor, covariance)
    found: FloatArray = np.linalg.eigvalsh(np.linalg.solve(factor, half.T))[::-1]
    return found


def weighted_tail(statistic: float, eigenvalues: FloatArray, freedom: float, reference: Reference) -> float:
    """P-value of a quadratic form from its eigenvalues, over a chi-square with the error's degrees of freedom."""
    if reference not in ("exact", "saddlepoint"):
        raise EstimationError(f"reference={reference!r} is not known.", remedy="Choose 'exact' or 'saddlepoint'.")
    refuse_no_freedom(freedom)
    positive = eigenvalues[eigenvalues > 1e-12 * eigenvalues.max()]
    tail = weighted_chi_square_tail if reference == "exact" else saddlepoint_tail
    return tail(statistic, positive, denominator=freedom)


def refuse_no_freedom(freedom: float) -> None:
    """Refuse a test without residual degrees of freedom."""
    if not freedom > 0:
        raise EstimationError(
            f"The test has {freedom:g} residual degrees of freedom.",
            remedy="Give df, or fit a model with fewer coefficients.",
        )


def result(
    model: Model,
    terms: Terms,
    method: str,
    *,
    name: str,
    statistic: float,
    df: int,
    ddf: float,
    p_value: float,
    eigenvalues: FloatArray | None = None,
) -> TestResult:
    """Make a test result of a model's terms."""
    shown = terms if isinstance(terms, str) else " + ".join(terms)
    return TestResult(
        hypothesis=f"all coefficients of {shown.split('~', 1)[-1].strip()} are zero in {model.formula}",
        method=method,
        statistic_name=name,
        statistic=statistic,
        df=df,
        ddf=ddf,
        p_value=p_value,
        n=int(model.n[0]),
        weighted_n=float(model.weighted_n[0]),
        weight=model.weight,
        facts={} if eigenvalues is None else {"eigenvalues": eigenvalues},
        notes=tuple(note for note in model.notes if note.startswith("Domain")),
        synthetic=model.synthetic,
    )


def ratio_test(
    model: Model,
    terms: Terms,
    statistic: float,
    naive: FloatArray,
    covariance: FloatArray,
    *,
    freedom: float,
    reference: Reference,
) -> TestResult:
    """Judge a difference in deviance by the weighted sum of chi-squares that the design makes of it.

    Parameters
    ----------
    statistic
        Difference in deviance, weights of mean one.
    naive, covariance
        ``(q, q)`` covariances of the coefficients tested, of the likelihood and of the design.
    freedom
        Degrees of freedom of the error in `covariance`.
    """
    eigenvalues = eigenvalues_of(naive, covariance)
    return result(
        model,
        terms,
        "Working likelihood ratio test (Rao and Scott)",
        name="chi-square",
        statistic=statistic,
        df=len(naive),
        ddf=freedom,
        p_value=weighted_tail(statistic, eigenvalues, freedom, reference),
        eigenvalues=eigenvalues,
    )
