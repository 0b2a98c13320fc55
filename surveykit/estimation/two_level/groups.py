"""The rows of a two-level model, group by group, with the weights of both levels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError, listing
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.linearise import keys_for
from surveykit.estimation.regression.small_sample import first_stage_units
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.estimation.row_scores import ScoreSums
from surveykit.formulas import DesignMatrix, Factor, MatrixColumn
from surveykit.survey import Survey

__all__ = ["GroupedRows", "Scaling", "grouped_rows"]

#: What is done to the weights within a group: ``"size"`` makes them add to its rows, ``"effective"`` to its effective
#: rows ``(sum w)^2 / sum w^2``, ``"none"`` nothing.
Scaling = Literal["size", "effective", "none"]


@dataclass(frozen=True)
class GroupedRows:
    """Rows sorted by group.

    Parameters
    ----------
    arrays
        The rows as the survey has them.
    order
        ``(m,)`` places in `arrays` of the rows sorted by group.
    starts
        ``(G,)`` where each group begins in that order.
    labels
        ``(G,)`` names of the groups.
    x, y, offset
        ``(m, p)``, ``(m,)`` and ``(m,)`` in that order.
    within
        ``(m,)`` scaled weights of rows within their group.
    between
        ``(G,)`` weights of the groups.
    """

    arrays: RowArrays
    order: IntArray
    starts: IntArray
    labels: tuple[str, ...]
    x: FloatArray
    y: FloatArray
    offset: FloatArray
    within: FloatArray
    between: FloatArray

    @property
    def sizes(self) -> IntArray:
        """Rows of each group ``(G,)``."""
        found: IntArray = np.diff(np.append(self.starts, len(self.y)))
        return found

    @property
    def group(self) -> IntArray:
        """Group of each row ``(m,)``."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)

    def sums(self, values: FloatArray) -> FloatArray:
        """Add rows ``(m, ...)`` up by group ``(G, ...)``."""
        found: FloatArray = np.add.reduceat(values, self.starts, axis=0)
        return found

    def score_sums(self, scores: FloatArray) -> ScoreSums:
        """Sums by sampling unit of the scores of groups ``(G, q)``, weights of the groups not yet included."""
        each = scores * (self.between / self.sizes)[:, None]
        rows = np.empty((len(self.y), scores.shape[1]))
        rows[self.order] = each[self.group]
        return self.arrays.score_sums(rows / self.arrays.weight[:, None])

    def reweighted(self, survey: Survey) -> GroupedRows:
        """Return the groups with the weights of a replicate, whose factors must be those of whole groups.

        Raises
        ------
        EstimationError
            If a factor differs within a group.
        """
        weights = survey.engine.weights(survey.index)[self.arrays.place]
        factor = (weights / self.arrays.weight)[self.order]
        mean = self.sums(factor) / self.sizes
        uneven = self.sums(np.abs(factor - mean[self.group])) > 1e-8 * np.maximum(mean, 1.0) * self.sizes
        if uneven.any():
            raise EstimationError(
                f"A replicate changes the weights within the group '{self.labels[int(np.argmax(uneven))]}'.",
                remedy="Make replicates of whole groups: Design(clusters=...) with the group or units above it.",
            )
        return replace(self, between=self.between * mean)


def grouped_rows(
    survey: Survey, matrix: DesignMatrix, group: str, group_weights: str | float, scaling: Scaling
) -> GroupedRows:
    """Collect and sort the rows of a two-level model.

    Raises
    ------
    EstimationError
        If the weights of a level cannot be told, or groups are not whole in a sampling unit.
    """
    if scaling not in get_args(Scaling):
        raise EstimationError(f"scaling={scaling!r} is not known.", remedy=f"Choose {listing(get_args(Scaling))}.")
    _refuse_survey(survey)
    arrays, labels = _joint(survey, matrix, group, group_weights)
    code = arrays.x[:, len(matrix.columns)].astype(np.int64)
    weight = arrays.x[:, -1] if isinstance(group_weights, str) else np.full(len(code), float(group_weights))
    plain = replace(arrays, x=arrays.x[:, : len(matrix.columns)])
    order = np.argsort(code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    found = GroupedRows(
        plain,
        order,
        starts,
        tuple(labels[place] for place in code[order][starts].tolist()),
        plain.x[order],
        plain.y[order],
        plain.offset[order],
        np.empty(0),
        weight[order][starts],
    )
    _refuse_group_weights(found, weight[order], group_weights)
    _refuse_split_groups(survey, found, group)
    return replace(found, within=_scaled(found, plain.weight[order] / weight[order], scaling))


def _joint(
    survey: Survey, matrix: DesignMatrix, group: str, group_weights: str | float
) -> tuple[RowArrays, tuple[str, ...]]:
    """Rows with the group's code and weight as further columns, and the groups' names."""
    (key,) = keys_for(survey, group)
    extra = [Factor(group, key.expr, key.levels)]
    if isinstance(group_weights, str):
        factor = Factor(group_weights, survey.expression(group_weights))
        if survey.engine.describe(factor.expr).categories is not None:
            raise EstimationError(f"'{group_weights}' is a category, not a weight.", remedy="Name a column of numbers.")
        extra.append(factor)
    elif not group_weights > 0:
        raise EstimationError(f"group_weights={group_weights!r} is not a weight.", remedy="Give a column, or 1.")
    count = len(matrix.factors)
    columns = tuple(MatrixColumn(one.name, ((count + place, None),), -1) for place, one in enumerate(extra))
    joint = replace(matrix, factors=(*matrix.factors, *extra), columns=(*matrix.columns, *columns))
    return row_arrays(outcome_rows(survey, joint, matrix.offset)), tuple(map(str, key.levels))


def _scaled(found: GroupedRows, conditional: FloatArray, scaling: Scaling) -> FloatArray:
    total = found.sums(conditional)
    factors: dict[Scaling, Callable[[], FloatArray]] = {
        "none": lambda: np.ones(len(total)),
        "size": lambda: found.sizes / total,
        "effective": lambda: total / found.sums(conditional**2),
    }
    scaled: FloatArray = conditional * factors[scaling]()[found.group]
    return scaled


def _refuse_survey(survey: Survey) -> None:
    if survey.calibration:
        raise EstimationError(
            "A two-level model takes the weights apart by level, which calibrated ones are not.",
            remedy="Make the survey with the column of final weights; its standard errors then leave calibration out.",
        )
    stages = survey.structure.stages
    if survey.replicates is None and len(stages) > 1:
        raise EstimationError(
            "The variance of a two-level model is that of the first stage, and this design has finite-population "
            "corrections at several.",
            remedy="Leave fpc= out of the Design, or make replicates of the first stage.",
        )


def _refuse_group_weights(found: GroupedRows, weight: FloatArray, name: str | float) -> None:
    if not (weight > 0).all():
        raise EstimationError(
            f"'{name}' is not positive in {int((weight <= 0).sum())} row(s).", remedy="Weights of groups are positive."
        )
    uneven = found.sums(np.abs(weight - found.between[found.group])) > 1e-8 * found.between * found.sizes
    if uneven.any():
        raise EstimationError(
            f"'{name}' differs within the group '{found.labels[int(np.argmax(uneven))]}'.",
            remedy="A group has one weight: the inverse of its chance to be in the sample.",
        )
    if len(found.starts) < 2:
        raise EstimationError("There is one group, so nothing varies between groups.", remedy="Use regress(...).")
    if len(found.starts) == len(found.y):
        raise EstimationError(
            "Every group has one row, so the levels cannot be told apart.",
            remedy="Use coarser groups.",
        )


def _refuse_split_groups(survey: Survey, found: GroupedRows, group: str) -> None:
    """The variance is between sampling units, so a group must lie in one of them."""
    if survey.replicates is not None:
        return
    units = first_stage_units(survey, found.arrays)
    unit: IntArray = np.empty(len(found.y), np.int64)
    for number, rows in enumerate(units):
        unit[rows] = number
    sorted_unit = unit[found.order]
    split = found.sums((sorted_unit != sorted_unit[found.starts][found.group]).astype(np.float64)) > 0
    if split.any():
        name = found.labels[int(np.argmax(split))]
        raise EstimationError(
            f"The firms of '{group}' = '{name}' lie in several sampling units, so errors shared by a group would be "
            "taken for independent.",
            remedy=f"Make the survey with Design(clusters={group!r}), or with units that hold whole groups.",
        )
