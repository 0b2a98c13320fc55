"""Whom the answers of a study stand for: one or several sets of weights, and replicates of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, cast

import numpy as np

from surveykit.engine import FloatArray, MemoryEngine
from surveykit.errors import StudyError, SurveykitError, did_you_mean
from surveykit.expressions import Column, parse
from surveykit.replication import replicate, replicate_weights
from surveykit.replication.replicate import ReplicateMethod
from surveykit.responses import Responses
from surveykit.results.weight_words import UNWEIGHTED
from surveykit.study.loading import Study, words_in
from surveykit.study.schema_data import PopulationSource, ReplicatesSource, WeightsSource
from surveykit.survey import Survey, with_replicates, with_weights
from surveykit.weighting import Population, Weights, base_weights, rake, read_population, times_size, trim
from surveykit.weighting.population import as_population
from surveykit.weighting.steps import Step

__all__ = ["ONE_SET", "Weighed", "chosen_sets", "weighed", "weight_sources"]

#: Id of the weights of a study that has one set.
ONE_SET = "weights"


@dataclass(frozen=True)
class Weighed:
    """The survey under one set of weights.

    Parameters
    ----------
    survey
        Rows, design, these weights and their replicates.
    weights
        How they were made; None where a column holds them or there are none.
    unweighted
        Cases that count and have no weight because a variable is missing, by variable.
    """

    survey: Survey
    weights: Weights | None = None
    unweighted: Mapping[str, int] = field(default_factory=dict)


def weight_sources(study: Study) -> dict[str, WeightsSource]:
    """Sets of weights by id, as the study declares them."""
    weights = study.shape.weights
    if weights is None:
        return {}
    return {ONE_SET: weights} if isinstance(weights, WeightsSource) else dict(weights)


def chosen_sets(study: Study, choice: str | list[str] | None) -> tuple[str, ...]:
    """Ids of the sets that an output names: the first by default, every one for ``all``, ``none`` for none.

    Raises
    ------
    StudyError
        If there is no such set.
    """
    known = list(weight_sources(study))
    if choice is None:
        return (known[0],) if known else ("none",)
    if choice == "all":
        return tuple(known) or ("none",)
    wanted = [choice] if isinstance(choice, str) else choice
    for name in wanted:
        if name not in (*known, "none"):
            raise StudyError(f"There are no weights '{name}'.", remedy=did_you_mean(name, [*known, "all", "none"]))
    return tuple(dict.fromkeys(wanted))


def weighed(study: Study, bare: Survey, responses: Responses | None) -> dict[str, Weighed]:
    """Weigh a survey with every set of the study, in their order; ``none`` stands for the survey as it is.

    Raises
    ------
    StudyError
        Of a set that cannot be made, with its line.
    """
    found: dict[str, Weighed] = {}
    for name, source in weight_sources(study).items():
        place = ("weights",) if name == ONE_SET and not isinstance(study.shape.weights, dict) else ("weights", name)
        try:
            one = _made(study, name, source, bare, responses, found)
        except SurveykitError as error:
            raise StudyError(error.what, where=study.where(*place), remedy=error.remedy) from error
        found[name] = replace(one, survey=_replicated(study, source, one))
    if not found and study.shape.replicates is not None:
        found["none"] = Weighed(_replicated(study, WeightsSource(), Weighed(bare)))
    if "none" not in found and isinstance(bare.engine, MemoryEngine):
        found["none"] = Weighed(_unweighted(bare))
    return found or {"none": Weighed(bare)}


def _unweighted(bare: Survey) -> Survey:
    """The survey in which every row counts once; weights that follow from the design stay."""
    if bare.weight_name not in bare.engine.columns:
        return bare
    return with_weights(bare, base_weights(bare.engine, name=UNWEIGHTED))


def _made(
    study: Study,
    name: str,
    source: WeightsSource,
    bare: Survey,
    responses: Responses | None,
    known: Mapping[str, Weighed],
) -> Weighed:
    if source.column is not None and source == WeightsSource(column=source.column, name=source.name):
        return Weighed(_by_column(study, bare, source))
    rows = bare.engine
    if not isinstance(rows, MemoryEngine):
        raise StudyError(
            "Weights are made from rows in memory.", remedy="Give ready weights as a column, or load fewer rows."
        )
    begun, unstated = _begun(source, rows, responses, known)
    if source.margins:
        bounds = (source.bounds[0], source.bounds[1]) if source.bounds else None
        begun = rake(begun, _population(study, name, source), margins=source.margins, bounds=bounds)
    if source.times is not None:
        begun = times_size(begun, source.times)
    if source.trim is not None:
        cut = source.trim
        begun = trim(begun, upper=cut.upper, lower=cut.lower, relative_to=cut.relative_to, rerake=cut.rerake)
    made = replace(begun.named(_name(study, name, source)), synthetic=bare.synthetic)
    return Weighed(with_weights(bare, made), made, unstated)


def _by_column(study: Study, bare: Survey, source: WeightsSource) -> Survey:
    """A column of ready weights; the bare survey has it already where it is the study's only set."""
    assert source.column is not None
    if bare.weight_name == source.column and source.name is None:
        return bare
    label = words_in(source.name, study.languages[0]) or source.column
    return with_weights(bare, base_weights(bare.engine, source.column, name=label))


def _name(study: Study, name: str, source: WeightsSource) -> str:
    said = words_in(source.name, study.languages[0])
    crossed = ", ".join(one if isinstance(one, str) else " x ".join(one) for one in source.margins)
    return said or (crossed if name == ONE_SET else name)


def _begun(
    source: WeightsSource,
    rows: MemoryEngine,
    responses: Responses | None,
    known: Mapping[str, Weighed],
) -> tuple[Weights, dict[str, int]]:
    """Weights to begin with; cases that do not count, or lack a variable, weigh nothing."""
    first = known.get(source.of or "")
    if source.of is not None and (first is None or first.weights is None):
        raise StudyError(
            f"Weights '{source.of}' are not among those made before.", remedy="Name a set above that is not a column."
        )
    counted = np.ones(rows.rows) if responses is None else responses.counted.to_numpy()
    start: FloatArray = counted.astype(np.float64)
    if first is not None and first.weights is not None:
        start = start * first.weights.values
    if source.column is not None:
        start = start * np.asarray(rows.evaluate(Column(source.column)).data, np.float64)
    unstated: dict[str, int] = dict(first.unweighted) if first is not None else {}
    if source.unstated == "leave out":
        for name in _needed(source):
            valid = _valid(rows, name)
            if valid is not None and (lost := int(((start > 0) & ~valid).sum())):
                unstated[name] = lost
                start = np.where(valid, start, 0.0)
    if first is not None and first.weights is not None:
        return first.weights.then(start, Step("begin", f"from '{source.of}'", ends_calibration=True)), unstated
    return base_weights(rows, start), unstated


def _needed(source: WeightsSource) -> list[str]:
    names = [name for one in source.margins for name in ([one] if isinstance(one, str) else one)]
    return list(dict.fromkeys([*names, *([source.times] if source.times else [])]))


def _valid(rows: MemoryEngine, name: str) -> Any:
    expression = Column(name) if name in rows.columns else parse(name)
    return rows.evaluate(expression).valid


def _population(study: Study, name: str, source: WeightsSource) -> Population:
    shape = source.population or study.shape.population
    if shape is None:
        raise StudyError(f"Weights '{name}' name margins and there is no population.", remedy="Add 'population'.")
    own = ("weights", "population", "file") if name == ONE_SET else ("weights", name, "population", "file")
    place = own if source.population is not None else ("population", "file")
    return _read_population(study, shape, place)


def _read_population(study: Study, shape: PopulationSource, place: tuple[str, ...]) -> Population:
    if shape.file:
        found = read_population(study.file(shape.file, *place), name=shape.name)
    else:
        margins: Any = shape.margins
        found = as_population(margins)
    return replace(
        found,
        name=shape.name or found.name,
        source=shape.source or found.source,
        year=shape.year or found.year,
        illustrative=found.illustrative or shape.illustrative,
    )


def _replicated(study: Study, source: WeightsSource, one: Weighed) -> Survey:
    """Give a survey the replicates that the study asks for."""
    shape = study.shape.replicates
    if shape is None:
        return one.survey
    try:
        if shape.columns is not None:
            return _supplied(shape, source, one)
        given = {"replicates": shape.replicates, "seed": shape.seed, "rho": shape.rho, "mse": shape.mse}
        options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        adjusted = one.weights is not None and any(step.adjustment is not None for step in one.weights.steps)
        if adjusted:
            options["recalibrate"] = shape.recalibrate
        return replicate(one.survey, cast("ReplicateMethod", shape.kind), **options)
    except SurveykitError as error:
        raise StudyError(error.what, where=study.where("replicates"), remedy=error.remedy) from error


def _supplied(shape: ReplicatesSource, source: WeightsSource, one: Weighed) -> Survey:
    if source.column is None or one.weights is not None:
        raise StudyError(
            "Supplied replicates belong to a column of ready weights.",
            remedy="Give weights: {column: ...}, or let replicates be made.",
        )
    known = one.survey.engine.columns
    wanted = [shape.columns] if isinstance(shape.columns, str) else list(shape.columns or ())
    names = [name for pattern in wanted for name in known if fnmatchcase(name, pattern.replace("[", "[[]"))]
    if not names:
        raise StudyError(f"No column is called '{wanted[0]}'.", remedy=did_you_mean(wanted[0], known))
    found = replicate_weights(
        one.survey.engine,
        list(dict.fromkeys(names)),
        base=source.column,
        kind=shape.kind,
        scale=shape.scale,
        rscales=shape.rscales,
        mse=bool(shape.mse),
        combined=shape.combined,
        rho=shape.rho,
        df=shape.df,
    )
    return with_replicates(one.survey, found)
