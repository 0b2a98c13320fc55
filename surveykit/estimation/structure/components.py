"""Weighted principal components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveykit.engine import FloatArray
from surveykit.estimation.structure.weighted_rows import weighted_rows
from surveykit.survey import Survey

__all__ = ["Components", "principal_components"]


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of a set of variables.

    Parameters
    ----------
    names
        ``(p,)`` variables.
    variances
        ``(p,)`` variance of each component, the largest first.
    rotation
        ``(p, p)`` one column a component; its largest entry is positive.
    centre, scale
        ``(p,)`` weighted means, and standard deviations by which the variables were divided (ones without).
    n, weighted_n, weight
        Rows with all variables, the sum of their weights, and the name of the weight.
    synthetic
        Whether it rests on invented data.
    """

    names: tuple[str, ...]
    variances: FloatArray
    rotation: FloatArray
    centre: FloatArray
    scale: FloatArray
    n: int
    weighted_n: float
    weight: str
    synthetic: bool = False

    @property
    def shares(self) -> FloatArray:
        """Share of the total variance in each component ``(p,)``."""
        return np.asarray(self.variances / self.variances.sum())

    def to_frame(self) -> pd.DataFrame:
        """Return the rotation as a frame of variables by components."""
        columns = [f"PC{place + 1}" for place in range(len(self.variances))]
        return pd.DataFrame(self.rotation, index=pd.Index(self.names, name="variable"), columns=columns)


def principal_components(survey: Survey, variables: Sequence[str], *, scale: bool = True) -> Components:
    """Principal components of the weighted correlation or covariance matrix.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variables
        Columns or expressions; rows that miss one are left out.
    scale
        Whether variables are divided by their standard deviations first.

    Returns
    -------
    Components

    References
    ----------
    Skinner, Holmes and Smith (1986), *JASA* 81, 789-798.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"a": [1.0, 2, 3, 4, 6], "b": [2.0, 4, 5, 9, 11], "c": [3.0, 1, 2, 5, 4]})
    >>> principal_components(sk.Survey(firms), ["a", "b", "c"]).shares.round(2)
    array([0.83, 0.16, 0.  ])
    """
    rows = weighted_rows(survey, variables)
    matrix = rows.correlation if scale else rows.covariance
    values, vectors = np.linalg.eigh(matrix)
    values, vectors = values[::-1], vectors[:, ::-1]
    sign = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(values))])
    spread = np.sqrt(np.diagonal(rows.covariance)) if scale else np.ones(len(values))
    return Components(
        rows.names,
        np.maximum(values, 0.0),
        vectors * sign,
        rows.mean,
        spread,
        len(rows.weight),
        float(rows.weight.sum()),
        survey.weight_name,
        survey.synthetic,
    )
