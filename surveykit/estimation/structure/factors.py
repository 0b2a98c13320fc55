"""Factor analysis by maximum likelihood on a weighted correlation matrix, with varimax rotation and omega."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, listing
from surveykit.estimation.structure.items import item_rows
from surveykit.estimation.structure.polychoric import polychoric_matrix
from surveykit.estimation.structure.weighted_rows import weighted_rows
from surveykit.survey import Survey

__all__ = ["Correlations", "Factors", "factor_analysis", "omega"]

#: Correlations that are analysed: of the numbers, or of the normal variables behind ratings.
Correlations = Literal["pearson", "polychoric"]

#: Smallest unique variance; at it a variable is said to be a Heywood case.
_LOWER = 0.005


@dataclass(frozen=True, eq=False)
class Factors:
    """A factor analysis.

    Parameters
    ----------
    names
        ``(p,)`` variables.
    loadings
        ``(p, k)``.
    uniquenesses
        ``(p,)`` variance that no factor shares.
    correlation
        ``(p, p)`` what was analysed.
    rotation
        ``"varimax"`` or ``"none"``.
    freedom
        Degrees of freedom of the model.
    n, weighted_n, weight
        Rows with all variables, the sum of their weights, and the name of the weight.
    notes
        What a reader must know, as which variables are Heywood cases.
    synthetic
        Whether it rests on invented data.
    """

    names: tuple[str, ...]
    loadings: FloatArray
    uniquenesses: FloatArray
    correlation: FloatArray
    rotation: str
    freedom: int
    n: int
    weighted_n: float
    weight: str
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def to_frame(self) -> pd.DataFrame:
        """Return loadings and uniquenesses as a frame of variables."""
        columns = [f"factor {place + 1}" for place in range(self.loadings.shape[1])]
        frame = pd.DataFrame(self.loadings, index=pd.Index(self.names, name="variable"), columns=columns)
        return frame.assign(uniqueness=self.uniquenesses)


def factor_analysis(
    survey: Survey,
    variables: Sequence[str],
    factors: int,
    *,
    rotation: Literal["varimax", "none"] = "varimax",
    correlation: Correlations = "pearson",
    tolerance: float = 1e-13,
) -> Factors:
    """Maximum-likelihood factor analysis of weighted correlations.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variables
        Columns or expressions; rows that miss one are left out.
    factors
        How many factors.
    rotation
        ``"varimax"`` (with Kaiser's normalisation) or ``"none"``.
    correlation
        ``"pearson"`` of numbers, or ``"polychoric"`` of ratings, as :func:`polychoric_correlation` takes them.
    tolerance
        Relative gain of the criterion at which the rotation stops; R's factanal stops at 1e-5.

    Returns
    -------
    Factors
        No test of fit is given: its distribution under the design is not that of a simple sample.

    Raises
    ------
    EstimationError
        If there are too many factors for the variables, or the correlations are singular.

    References
    ----------
    Joreskog (1967), *Psychometrika* 32, 443-482; Kaiser (1958), *Psychometrika* 23, 187-200.
    """
    if rotation not in ("varimax", "none"):
        raise EstimationError(f"rotation={rotation!r} is not known.", remedy="Choose 'varimax' or 'none'.")
    matrix, n, weight = _correlations(survey, variables, correlation)
    size = len(variables)
    freedom = ((size - factors) ** 2 - size - factors) // 2
    if factors < 1 or freedom < 0:
        raise EstimationError(f"{factors} factor(s) are too many for {size} variables.", remedy="Ask for fewer.")
    unique = _uniquenesses(matrix, factors)
    loadings = _loadings(matrix, unique, factors)
    if rotation == "varimax" and factors > 1:
        loadings = _varimax(loadings, tolerance)
        loadings = loadings[:, np.argsort(-(loadings**2).sum(axis=0), kind="stable")]
    loadings = loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    heywood = [name for name, one in zip(variables, unique.tolist(), strict=True) if one <= _LOWER * (1 + 1e-6)]
    notes = (f"Heywood case: the unique variance of {listing(heywood)} is at its bound {_LOWER}.",) if heywood else ()
    if correlation == "polychoric":
        notes = (*notes, "Polychoric correlations: of normal variables supposed behind the ratings.")
    return Factors(
        tuple(variables),
        loadings,
        unique,
        matrix,
        rotation,
        freedom,
        n,
        weight,
        survey.weight_name,
        notes,
        survey.synthetic,
    )


def omega(survey: Survey, variables: Sequence[str], *, correlation: Correlations = "pearson") -> float:
    """McDonald's omega: share of the variance of the sum of standardised items that one common factor explains.

    ``(sum l)^2 / ((sum l)^2 + sum u)`` with loadings l and uniquenesses u of a one-factor model of the weighted
    correlations; with ``correlation="polychoric"`` of the variables behind the ratings.

    References
    ----------
    McDonald (1999), *Test Theory*, eq. 6.20.
    """
    if len(variables) < 3:
        raise EstimationError(f"omega of {len(variables)} item(s) is not identified.", remedy="Name three or more.")
    found = factor_analysis(survey, variables, 1, rotation="none", correlation=correlation)
    common = float(found.loadings.sum()) ** 2
    return common / (common + float(found.uniquenesses.sum()))


def _correlations(survey: Survey, variables: Sequence[str], correlation: Correlations) -> tuple[FloatArray, int, float]:
    """Correlations with the rows and the weight behind them."""
    if correlation == "pearson":
        rows = weighted_rows(survey, variables)
        return rows.correlation, len(rows.weight), float(rows.weight.sum())
    if correlation != "polychoric":
        raise EstimationError(f"correlation={correlation!r} is not known.", remedy="Choose 'pearson' or 'polychoric'.")
    latent = item_rows(survey, variables)
    with one_thread():
        return polychoric_matrix(latent), len(latent.weight), float(latent.weight.sum())


def _uniquenesses(matrix: FloatArray, factors: int) -> FloatArray:
    if np.linalg.eigvalsh(matrix)[0] < 1e-10:
        raise EstimationError(
            "The correlations are singular, or no correlations of one set of variables.",
            remedy="Leave out variables that depend on others, or merge rare levels.",
        )
    start = (1 - 0.5 * factors / len(matrix)) / np.diagonal(np.linalg.inv(matrix))

    def objective(unique: FloatArray) -> tuple[float, FloatArray]:
        scale = 1 / np.sqrt(unique)
        values = np.linalg.eigvalsh(matrix * np.outer(scale, scale))[: len(matrix) - factors]
        loadings = _loadings(matrix, unique, factors)
        slope = np.diagonal(loadings @ loadings.T + np.diag(unique) - matrix) / unique**2
        return -float(np.sum(np.log(values) - values) + len(values)), slope

    bounds = [(_LOWER, 1.0)] * len(matrix)
    options = {"maxiter": 5_000, "ftol": 1e-15, "gtol": 1e-10}
    found = optimize.minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    if not np.isfinite(found.fun):
        raise EstimationError("The factor analysis did not converge.", remedy="Ask for fewer factors.")
    unique: FloatArray = found.x
    return unique


def _loadings(matrix: FloatArray, unique: FloatArray, factors: int) -> FloatArray:
    scale = np.sqrt(unique)
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    values, vectors = values[::-1][:factors], vectors[:, ::-1][:, :factors]
    found: FloatArray = scale[:, None] * vectors * np.sqrt(np.maximum(values - 1, 0.0))
    return found


def _varimax(loadings: FloatArray, tolerance: float) -> FloatArray:
    """Rotate so that squared normalised loadings vary most (Kaiser 1958), by singular value steps."""
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    normal = loadings / length
    turn, before = np.eye(loadings.shape[1]), 0.0
    for _ in range(2_000):
        turned = normal @ turn
        target = normal.T @ (turned**3 - turned * (turned**2).mean(axis=0))
        left, values, right = np.linalg.svd(target)
        turn = left @ right
        if values.sum() < before * (1 + tolerance):
            break
        before = float(values.sum())
    found: FloatArray = (normal @ turn) * length
    return found
