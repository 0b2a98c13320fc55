"""The steps that made the weights, taken again in every replicate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from surveykit.engine import FloatArray, GroupFactors, IntArray, MemoryEngine, PredictedFactors, ReplicateFactors
from surveykit.engine.grouping import combine, dense_codes, group_sums
from surveykit.errors import DesignError, WeightingError
from surveykit.survey import Survey, with_replicates
from surveykit.weighting.records import Replicates, Weights
from surveykit.weighting.steps import Adjustment, Step

__all__ = ["recalibrate", "with_steps"]

#: Numbers of a block of replicate weights that is worked on at a time: 32 megabytes.
_BLOCK = 4_000_000


def recalibrate(survey: Survey, adjust: Callable[[Weights], Weights]) -> Survey:
    """Adjust the weights of a survey with replicates, and those of every replicate in the same way.

    Standard errors then count what the adjustment gains and what it costs. Calibration is solved anew in each
    replicate; other
    steps (trimming, propensities) multiply each replicate by the factors of the full sample.

    Parameters
    ----------
    survey
        A survey with replicate weights in memory, made by :func:`replicate` or supplied.
    adjust
        From weights to weights, as ``lambda weights: sk.rake(weights, population)``.

    Raises
    ------
    WeightingError
        If a replicate cannot be adjusted; its number is named.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"size": list("ssslll"), "sales": [1.0, 2.0, 4.0, 7.0, 8.0, 6.0]})
    >>> jackknife = sk.replicate(sk.Survey(firms), "JK1")
    >>> raked = recalibrate(jackknife, lambda weights: sk.rake(weights, {"size": {"s": 90, "l": 10}}))
    >>> bool(sk.count(raked, by="size").se.max() < 1e-9)
    True
    """
    replicates, engine = survey.replicates, survey.engine
    if replicates is None or not isinstance(engine, MemoryEngine):
        raise DesignError(
            "recalibrate() needs a survey in memory with replicate weights.",
            remedy="Make them with replicate(), or rake the Weights before making the Survey.",
        )
    detail = Step("base", f"the weights '{survey.weight_name}'", values=replicates.base)
    before = Weights(survey.weight_name, engine, replicates.base, (detail,), survey.illustrative, survey.synthetic)
    after = adjust(before)
    if after.steps[:1] != before.steps:
        raise WeightingError(
            f"adjust returned the weights '{after.name}', which do not begin with those it was given.",
            remedy="Pass a function such as lambda weights: sk.rake(weights, population).",
        )
    return with_replicates(survey, with_steps(replicates, after.values, after.steps[1:]), after)


def with_steps(replicates: Replicates, values: FloatArray, steps: Sequence[Step]) -> Replicates:
    """Replicates whose base are the weights `values` ``(n,)`` after some steps, each taken again in every replicate."""
    taken = [step.adjustment for step in steps if step.adjustment is not None]
    if not taken:
        return replace(replicates, base=values)
    plain = all(adjustment.cell is not None for adjustment in taken)
    fixed = any(step.adjustment is None for step in steps)
    if plain and not fixed:
        factors, units = _by_cells(replicates, taken)
    else:
        factors, units = _by_rows(replicates, steps)
    return replace(replicates, base=values, factors=factors, units=units)


def _block(factors: FloatArray | ReplicateFactors, units: slice, some: slice) -> FloatArray:
    return factors[units, some] if isinstance(factors, np.ndarray) else factors.block(units, some)


def _spans(size: int, rows: int) -> list[slice]:
    step = max(_BLOCK // max(rows, 1), 1)
    return [slice(start, min(start + step, size)) for start in range(0, size, step)]


def _solved(adjustment: Adjustment, sums: FloatArray, replicate: int) -> tuple[FloatArray, FloatArray | None]:
    try:
        found = adjustment.solve(sums)
    except WeightingError as error:
        raise WeightingError(
            f"Replicate {replicate + 1} cannot be adjusted. {error.what}",
            remedy="Merge small levels, so that every replicate keeps respondents in each; or use more, smaller units.",
        ) from None
    return found.factors, found.multipliers


@dataclass(frozen=True)
class _Joint:
    """Cells of all adjustments crossed."""

    code: IntArray
    lines: tuple[IntArray, ...]


def _joint(cells: Sequence[IntArray], sizes: Sequence[int]) -> _Joint:
    code, lines = dense_codes(cells[0])
    found: list[IntArray] = [lines]
    for cell, size in zip(cells[1:], sizes[1:], strict=True):
        code, present = dense_codes(combine(code, cell, size))
        outer, inner = np.divmod(present, size)
        found = [*(line[outer] for line in found), inner]
    return _Joint(code, tuple(found))


def _by_cells(replicates: Replicates, taken: Sequence[Adjustment]) -> tuple[ReplicateFactors, IntArray | None]:
    """Unit factors times cell factors: the cells are solved from their sums in each replicate."""
    joint = _joint([_cell(one) for one in taken], [one.lines for one in taken])
    size = len(joint.lines[0])
    rows = len(joint.code)
    units = np.arange(rows) if replicates.units is None else replicates.units
    sums = sparse.coo_array((replicates.base, (joint.code, units)), shape=(size, len(replicates.factors))).tocsr()
    full = _cell_factors(sums.sum(axis=1)[:, None], joint, taken, first=-1)
    cells = np.empty((size, replicates.replicates))
    for some in _spans(replicates.replicates, len(replicates.factors)):
        own = np.asarray(sums @ _block(replicates.factors, slice(None), some))
        cells[:, some] = _cell_factors(own, joint, taken, first=some.start)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(full > 0, cells / full, 0.0)
    if replicates.units is None:
        return _product(replicates.factors, None, GroupFactors(relative, joint.code), rows), None
    fine, present = dense_codes(combine(replicates.units, joint.code, size))
    unit, cell = np.divmod(present, size)
    return _product(replicates.factors, unit, GroupFactors(relative, cell), len(present)), fine


def _cell(adjustment: Adjustment) -> IntArray:
    assert adjustment.cell is not None
    return adjustment.cell


def _cell_factors(sums: FloatArray, joint: _Joint, taken: Sequence[Adjustment], *, first: int) -> FloatArray:
    """Product of the factors of all adjustments ``(C, B)``, from sums by joint cell in some replicates."""
    found = np.ones_like(sums)
    for place in range(sums.shape[1]):
        own = sums[:, place].copy()
        for adjustment, lines in zip(taken, joint.lines, strict=True):
            start = np.bincount(lines, weights=own, minlength=adjustment.lines).astype(np.float64, copy=False)
            factors = _solved(adjustment, start, first + place)[0][lines]
            own *= factors
            found[:, place] *= factors
    return found


def _product(
    factors: FloatArray | ReplicateFactors, unit: IntArray | None, own: GroupFactors | PredictedFactors, units: int
) -> ReplicateFactors:
    if isinstance(factors, np.ndarray):
        parts: tuple[GroupFactors | PredictedFactors, ...] = (GroupFactors(factors, unit),)
    else:
        parts = tuple(_regrouped(part, unit) for part in factors.parts)
    return ReplicateFactors((*parts, own), (units, factors.shape[1]))


def _regrouped(part: GroupFactors | PredictedFactors, unit: IntArray | None) -> GroupFactors | PredictedFactors:
    """The same factors for finer units, each of which lies in the given one."""
    if unit is None:
        return part
    if isinstance(part, GroupFactors):
        return GroupFactors(part.values, unit if part.group is None else part.group[unit])
    return replace(part, predictor=part.predictor[unit], full=part.full[unit])


def _by_rows(replicates: Replicates, steps: Sequence[Step]) -> tuple[ReplicateFactors, None]:
    """Row by row, in blocks of replicates: the form that continuous auxiliaries need."""
    rows, count = len(replicates.base), replicates.replicates
    units = replicates.units
    full, weights = [], replicates.base
    multipliers: list[FloatArray] = []
    for step in steps:
        assert step.values is not None
        with np.errstate(divide="ignore", invalid="ignore"):
            full.append(np.where(weights != 0, step.values / weights, 0.0))
        weights = step.values
        one = step.adjustment
        size = 0 if one is None else (one.lines if one.predictor is None else one.predictor.shape[1])
        multipliers.append(np.empty((size, count)))
    for number in range(count):
        column = _block(replicates.factors, slice(None), slice(number, number + 1))[:, 0]
        own = replicates.base * (column if units is None else column[units])
        for step, ratio, kept in zip(steps, full, multipliers, strict=True):
            own = _step_again(step, own, ratio, kept, number)
    made = _product(replicates.factors, units, GroupFactors(np.ones((1, count)), np.zeros(rows, np.int8)), rows)
    parts = list(made.parts[:-1])
    for step, ratio, kept in zip(steps, full, multipliers, strict=True):
        one = step.adjustment
        if one is None:
            continue
        if one.predictor is None or one.factor is None:
            by_line = _line_values(one, ratio)
            with np.errstate(divide="ignore", invalid="ignore"):
                parts.append(GroupFactors(np.where(by_line[:, None] != 0, kept / by_line[:, None], 0.0), one.cell))
        else:
            parts.append(PredictedFactors(one.predictor, kept, one.factor, ratio))
    return ReplicateFactors(tuple(parts), (rows, count)), None


def _line_values(adjustment: Adjustment, ratio: FloatArray) -> FloatArray:
    """Factor of each line in the full sample, from those of its rows; rows without weight have none."""
    if adjustment.cell is None:
        return ratio
    found = np.zeros(adjustment.lines)
    weighing = ratio != 0
    found[adjustment.cell[weighing]] = ratio[weighing]
    return found


def _step_again(step: Step, own: FloatArray, ratio: FloatArray, kept: FloatArray, number: int) -> FloatArray:
    """One step on the weights of one replicate; what its factors follow from is written to `kept`."""
    one = step.adjustment
    if one is None:
        return own * ratio
    sums = own if one.cell is None else group_sums(one.cell, one.lines, own, [None])[:, 0]
    factors, multipliers = _solved(one, sums, number)
    kept[:, number] = factors if one.predictor is None or multipliers is None else multipliers
    return own * (factors if one.cell is None else factors[one.cell])
