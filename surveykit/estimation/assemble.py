"""From a solution to an :class:`Estimate` with its labels, bases and degrees of freedom."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np

from surveykit.engine import FloatArray, IntArray, Key
from surveykit.estimation.linearise import Solution
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["assemble", "cell_labels", "selection_note"]


def cell_labels(
    keys: tuple[Key, ...], variables: tuple[str, ...]
) -> tuple[dict[str, tuple[object, ...]], tuple[str, ...]]:
    """Label columns and names of estimates: variable by variable, cell by cell.

    Returns
    -------
    labels
        Column name to ``(V * C,)`` labels.
    names
        ``(V * C,)``: the variable, the cell, or both joined by a colon where both vary.
    """
    cells = list(product(*(key.levels for key in keys)))
    shown = variables or ("",)
    labels: dict[str, tuple[object, ...]] = {}
    if variables:
        labels["variable"] = tuple(name for name in variables for _ in cells)
    for place, key in enumerate(keys):
        labels[key.name] = tuple(cell[place] for _ in shown for cell in cells)
    cell_names = [":".join(str(label) for label in cell) for cell in cells]
    if not keys:
        return labels, variables
    if len(shown) == 1:
        return labels, tuple(cell_names)
    return labels, tuple(f"{name}:{cell}" for name in shown for cell in cell_names)


def selection_note(survey: Survey) -> tuple[str, ...]:
    """Say how far the intervals of this survey reach."""
    notes = ["ILLUSTRATIVE POPULATION: the weights rest on invented counts."] if survey.illustrative else []
    if survey.selection == "opt-in":
        notes.append("Intervals are model-based: they hold if selection is ignorable given the weighting margins.")
    if survey.taken_as_known:
        notes.append(
            f"Conservative: standard errors take {' and '.join(survey.taken_as_known)} as known. "
            "replicate(survey, ..., recalibrate=True) counts that they were estimated."
        )
    return tuple(notes)


def assemble(
    survey: Survey,
    solution: Solution,
    *,
    statistic: str,
    names: tuple[str, ...],
    labels: Mapping[str, tuple[object, ...]],
    estimate: FloatArray,
    cells: IntArray,
    level: float,
    groups: IntArray | None = None,
    facts: Mapping[str, FloatArray] | None = None,
) -> Estimate:
    """Make an Estimate.

    Parameters
    ----------
    cells
        ``(p,)`` cell of each estimate.
    groups
        ``(C,)`` group of cells that is each cell's base; the cell itself by default.
    """
    base = np.arange(len(solution.total.rows)) if groups is None else groups
    size = int(base.max()) + 1
    rows = np.bincount(base, weights=solution.total.rows, minlength=size).astype(np.int64)
    weight = np.asarray(np.bincount(base, weights=solution.total.sums[:, 0], minlength=size), np.float64)
    df = solution.degrees_of_freedom(base)
    empty = np.isnan(estimate)
    matrix = solution.covariance
    if empty.any():
        matrix = matrix.copy()
        matrix[empty, :] = np.nan
        matrix[:, empty] = np.nan
    notes = selection_note(survey)
    if solution.total.missing:
        notes = (*notes, f"{solution.total.missing} row(s) of the domain have no answer and are left out.")
    if survey.domain_text:
        notes = (*notes, f"Domain: {survey.domain_text}.")
    return Estimate(
        statistic=statistic,
        names=names,
        labels=labels,
        estimate=estimate,
        covariance=matrix,
        df=df[base[cells]],
        n=rows[base[cells]],
        weighted_n=weight[base[cells]],
        weight=survey.weight_name,
        level=level,
        facts=facts or {},
        notes=notes,
        synthetic=survey.synthetic,
    )
