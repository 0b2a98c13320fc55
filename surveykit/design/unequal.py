"""Sampling with unequal probabilities without replacement.

With score totals z (weights included) and inclusion probabilities p, the variance is ``sum over i, j of d_ij z_i z_j``
with
``d_ij = 1 - p_i p_j / p_ij`` and ``d_ii = 1 - p_i`` (Horvitz and Thompson 1952), or its form in differences (Yates and
Grundy
1953). The approximations put a formula in the place of the joint probabilities p_ij.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surveykit.design.records import Design, HartleyRao, JointProbabilities
from surveykit.design.structure import QuadraticForm, Structure
from surveykit.engine import Engine, FloatArray, IntArray, MemoryEngine, RowIndex
from surveykit.errors import DesignError
from surveykit.expressions import Column

__all__ = ["unequal"]

_MOST_ROWS = 20_000


def unequal(
    design: Design, engine: Engine, index: RowIndex, structure: Structure
) -> tuple[RowIndex, Structure, FloatArray]:
    """Complete the structure of a design with unequal probabilities.

    Returns
    -------
    index, structure, expansion
        As :func:`surveykit.design.resolve`; the expansion is 1 / p.

    Raises
    ------
    DesignError
        If the probabilities are missing or outside (0, 1], or a joint matrix does not fit.
    """
    pps = design.pps
    probabilities = _unit_probabilities(design, engine, index)
    stage = structure.stages[0]
    if pps == "brewer":
        completed = replace(structure, stages=(replace(stage, unit_fraction=probabilities),))
    elif pps == "poisson":
        completed = replace(structure, quadratic=QuadraticForm(1 - probabilities))
    elif isinstance(pps, JointProbabilities):
        completed = replace(structure, quadratic=_joint(pps, probabilities))
    else:
        completed = replace(structure, quadratic=_approximate(pps, probabilities, stage.stratum))
    return index, completed, 1 / probabilities


def _unit_probabilities(design: Design, engine: Engine, index: RowIndex) -> FloatArray:
    if len(design.fpc) != 1 or design.fpc[0] is None:
        raise DesignError(f"pps={design.pps!r} needs the inclusion probabilities.", remedy="Name their column as fpc.")
    if not isinstance(engine, MemoryEngine):
        raise DesignError(
            "Sampling with unequal probabilities needs every row at once, and these rows are not in memory.",
            remedy="Load the sample as a frame.",
        )
    if len(design.clusters) > 1:
        raise DesignError(f"pps={design.pps!r} is for one stage of sampling, not {len(design.clusters)}.")
    name = design.fpc[0]
    values = engine.evaluate(Column(name))
    data = np.asarray(values.data, np.float64)
    if values.valid is not None or values.categories is not None or not np.all((data > 0) & (data <= 1)):
        raise DesignError(
            f"Column '{name}' must hold an inclusion probability, above 0 and at most 1, in every row.",
            remedy="It is n x size / total size of the stratum; for sampling with replacement give weights alone.",
        )
    units = engine.unit_codes(index)
    per_unit = np.empty(index.stages[0].units)
    per_unit[units] = data
    if np.any(per_unit[units] != data):
        raise DesignError(
            f"Column '{name}' differs within a sampling unit.", remedy="A unit has one inclusion probability."
        )
    return per_unit


def _joint(pps: JointProbabilities, probabilities: FloatArray) -> QuadraticForm:
    matrix = np.asarray(pps.matrix, np.float64)
    size = len(probabilities)
    if matrix.shape != (size, size):
        raise DesignError(
            f"The joint probabilities are {' x '.join(map(str, matrix.shape))} and the sample has {size} units.",
            remedy="Give one row and column a sampled unit, in row order.",
        )
    if not np.all(matrix > 0) or not np.allclose(matrix, matrix.T, rtol=1e-6):
        raise DesignError("Joint inclusion probabilities must be positive and symmetric.")
    if not np.allclose(np.diagonal(matrix), probabilities, rtol=1e-4):
        raise DesignError("The diagonal of the joint probabilities differs from the inclusion probabilities (fpc).")
    form = 1 - np.outer(probabilities, probabilities) / matrix
    np.fill_diagonal(form, 1 - probabilities)
    return QuadraticForm(form, pps.variance == "yates-grundy")


def _approximate(pps: object, probabilities: FloatArray, stratum: IntArray) -> QuadraticForm:
    size = len(probabilities)
    if size > _MOST_ROWS:
        raise DesignError(
            f"pps={pps!r} needs a matrix of {size} x {size} joint probabilities.",
            remedy='Use pps="brewer" for large samples.',
        )
    form = np.zeros((size, size))
    for code in np.unique(stratum).tolist():
        inside = np.flatnonzero(stratum == code)
        form[np.ix_(inside, inside)] = _stratum_form(pps, probabilities[inside])
    np.fill_diagonal(form, 1 - probabilities)
    return QuadraticForm(form)


def _stratum_form(pps: object, p: FloatArray) -> FloatArray:
    n = len(p)
    pair_sum = p[:, None] + p[None, :]
    if pps == "overton":
        # p_ij = p_i p_j (n - 1) / (n - (p_i + p_j) / 2), Overton (1985).
        return 1 - (n - pair_sum / 2) / (n - 1)
    mean_square = pps.mean_square if isinstance(pps, HartleyRao) and pps.mean_square is not None else p.mean()
    # -d_ij = (1 - p_i - p_j + sum of p^2 / n) / (n - 1), Hartley and Rao (1962).
    form: FloatArray = -(1 - pair_sum + mean_square) / (n - 1)
    return form
