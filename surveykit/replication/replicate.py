"""From a survey to the same survey with replicate weights."""

from __future__ import annotations

from typing import Literal

import numpy as np

from surveykit.design import Stage, Structure
from surveykit.engine import FloatArray, IntArray, MemoryEngine
from surveykit.engine.grouping import factorise
from surveykit.errors import DesignError, listing
from surveykit.replication.factors import (
    Factors,
    balanced,
    bayesian_bootstrap,
    canty_davison,
    delete_one,
    generalised,
    paired,
    random_groups,
    rao_wu,
    successive_differences,
)
from surveykit.replication.multistage import preston
from surveykit.replication.recalibration import with_steps
from surveykit.survey import Survey, with_replicates
from surveykit.weighting.records import Replicates
from surveykit.weighting.steps import Step

__all__ = ["ReplicateMethod", "replicate"]

ReplicateMethod = Literal[
    "JK1",
    "JKn",
    "JK2",
    "BRR",
    "Fay",
    "bootstrap",
    "canty-davison",
    "multistage",
    "bayesian",
    "SDR",
    "random-groups",
    "generalised",
]
_RANDOM = ("JK2", "bootstrap", "canty-davison", "multistage", "bayesian", "random-groups", "generalised")
_METHODS = ("JK1", "JKn", "BRR", "Fay", "SDR", *_RANDOM)


def replicate(
    survey: Survey,
    method: ReplicateMethod,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    rho: float = 0.5,
    mse: bool = True,
    recalibrate: bool | None = None,
) -> Survey:
    """Give a survey replicate weights; every verb then takes its variance from them.

    Parameters
    ----------
    survey
        A linearised survey in memory.
    method
        ``"JK1"``, ``"JKn"`` (delete one unit), ``"JK2"`` (pairs), ``"BRR"``, ``"Fay"``, ``"bootstrap"`` (Rao and Wu,
        n - 1 draws), ``"canty-davison"`` (n draws), ``"multistage"`` (Preston 2009), ``"bayesian"``, ``"SDR"``
        (successive differences in the order of ``Design(order=)``), ``"random-groups"``, ``"generalised"`` (any
        quadratic form).
    replicates
        Number of replicates, where it is free: 500 by default, 15 for random groups.
    seed
        Seed of methods that draw at random; required there.
    rho
        Fay's coefficient.
    mse
        Measure deviations from the full-sample estimate (else from the mean of the replicates).
    recalibrate
        For weights that were adjusted for nonresponse, post-stratified, raked or calibrated: whether each replicate
        takes these steps again (models of response are fitted again), so that its variance counts what they gain and
        what they cost. Must be said there.

    Returns
    -------
    Survey
        The same rows and weights with replicates kept as factors by sampling unit.

    Raises
    ------
    DesignError
        If the method does not fit the design, or a seed is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0, 7.0], "w": [1.0, 1.0, 1.0, 1.0]})
    >>> jackknife = sk.replicate(sk.Survey(firms, weights="w"), "JK1")
    >>> round(float(sk.mean(jackknife, "sales").se[0]), 6)
    1.290994
    """
    if method not in _METHODS:
        raise DesignError(f"method={method!r} is not known.", remedy=f"Choose one of {listing(_METHODS, limit=20)}.")
    if method in _RANDOM and seed is None:
        raise DesignError(f"method={method!r} draws at random and needs a seed.", remedy="Pass for example seed=1.")
    if method not in _RANDOM and seed is not None:
        raise DesignError(f"method={method!r} draws nothing at random.", remedy="Leave out seed.")
    engine = survey.engine
    if not isinstance(engine, MemoryEngine) or survey.replicates is not None:
        why = "its rows are in a file" if survey.replicates is None else "it has replicate weights already"
        raise DesignError(
            f"This survey cannot be replicated: {why}.", remedy="Begin from a linearised survey in memory."
        )
    steps = () if survey.weighting is None else survey.weighting.steps
    adjusting = [step for step in steps if step.adjustment is not None]
    if adjusting and recalibrate is None:
        raise DesignError(
            f"The weights of this survey were adjusted ({', '.join(step.kind for step in adjusting)}).",
            remedy="Pass recalibrate=True to take these steps again in each replicate, or False to keep their factors, "
            "which ignores what the adjustment does to the variance.",
        )
    rng = np.random.default_rng(seed)
    found = _factors(survey, method, replicates, rho, rng)
    units = _first_stage_units(survey, engine) if method != "multistage" else engine.unit_codes(survey.index)
    start = _first_adjustment(survey) if adjusting and recalibrate else None
    record = Replicates(
        kind=method,
        scale=found.scale,
        rscales=found.rscales,
        mse=mse,
        factors=found.values,
        units=units,
        base=engine.weights(survey.index) if start is None else start[0],
        deleted=_deleted(survey.structure.stages[0], found) if method in ("JK1", "JKn") else None,
    )
    if start is not None:
        record = with_steps(record, engine.weights(survey.index), start[1])
    return with_replicates(survey, record, taken_as_known=None if start is None else _left(survey))


def _deleted(stage: Stage, found: Factors) -> IntArray:
    """Stratum of each unit that a replicate deletes, -1 for others."""
    return np.where((found.values == 0).any(axis=1), stage.stratum, -1)


def _first_adjustment(survey: Survey) -> tuple[FloatArray, tuple[Step, ...]]:
    """Weights before the first step that replicates take again, and the steps from there on."""
    assert survey.weighting is not None
    steps = survey.weighting.steps
    first = next(place for place, step in enumerate(steps) if step.adjustment is not None)
    before = steps[first - 1].values
    assert before is not None
    return before, steps[first:]


def _left(survey: Survey) -> tuple[str, ...]:
    """What replicates that take every step again still take as known."""
    assert survey.weighting is not None
    return tuple(step.taken_as_known for step in survey.weighting.steps if step.taken_as_known and not step.adjustment)


def _factors(
    survey: Survey, method: ReplicateMethod, replicates: int | None, rho: float, rng: np.random.Generator
) -> Factors:
    structure = survey.structure
    stage, lonely = structure.stages[0], structure.lonely
    count = replicates or 500
    if structure.quadratic is not None or stage.unit_fraction is not None:
        if method != "generalised" or structure.quadratic is None:
            raise DesignError(
                f"method={method!r} does not fit unequal probabilities.", remedy='Use method="generalised".'
            )
        form = structure.quadratic.matrix
        return generalised(np.diag(form) if form.ndim == 1 else form, count, rng)
    if method in ("JK1", "JKn"):
        if method == "JK1" and len(stage.sampled) > 1:
            raise DesignError(
                f"JK1 is for one stratum, and there are {len(stage.sampled)}.", remedy='Use method="JKn".'
            )
        return delete_one(stage, lonely)
    if method == "JK2":
        return paired(stage, rng)
    if method in ("BRR", "Fay"):
        return balanced(stage, rho if method == "Fay" else 0.0)
    if method == "SDR":
        return successive_differences(stage, _positions(survey), replicates)
    if method == "random-groups":
        return random_groups(stage, replicates or 15, rng)
    if method == "multistage":
        return preston(structure, count, rng)
    if method == "generalised":
        return generalised(_plain_form(structure), count, rng)
    draw = {"bootstrap": rao_wu, "canty-davison": canty_davison, "bayesian": bayesian_bootstrap}[method]
    return draw(stage, lonely, count, rng)


def _plain_form(structure: Structure) -> FloatArray:
    """Quadratic form of a stratified one-stage design."""
    stage = structure.stages[0]
    same = stage.stratum[:, None] == stage.stratum[None, :]
    n = stage.sampled[stage.stratum]
    factor = (1 - stage.fraction[stage.stratum]) * n / np.maximum(n - 1, 1)
    form = np.where(same, -(factor / n)[:, None], 0.0)
    form[np.diag_indices_from(form)] += factor
    return form


def _first_stage_units(survey: Survey, engine: MemoryEngine) -> IntArray:
    units = engine.unit_codes(survey.index)
    for stage in reversed(survey.structure.stages[1:]):
        assert stage.parent is not None
        units = stage.parent[units]
    return units


def _positions(survey: Survey) -> IntArray:
    """Place of each first-stage unit in the order of selection: by ``Design(order=)``, or as the rows stand."""
    engine = survey.engine
    assert isinstance(engine, MemoryEngine)
    units = _first_stage_units(survey, engine)
    order = getattr(survey.design, "order", None)
    place = np.arange(engine.rows) if order is None else factorise(engine.column(order))[0]
    first = np.full(len(survey.structure.stages[0].stratum), engine.rows, np.int64)
    np.minimum.at(first, units, place)
    return np.lexsort((first, survey.structure.stages[0].stratum)).argsort()
