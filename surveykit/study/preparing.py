"""From the files of a study to its survey: answers, screening, population, weights, design, derived variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from surveykit.design import Design
from surveykit.engine import FloatArray, MemoryEngine
from surveykit.errors import ReadError, StudyError, SurveykitError
from surveykit.expressions import Column
from surveykit.instrument import Instrument, read_instrument
from surveykit.quality import Rules, screen
from surveykit.responses import Responses, read_responses
from surveykit.study.lexicon import Lexicon, lexicon_of
from surveykit.study.loading import Study
from surveykit.survey import Survey, with_variable, with_weights
from surveykit.weighting import Population, Weights, base_weights, rake, read_population
from surveykit.weighting.population import as_population

__all__ = ["Prepared", "prepare", "read_answers", "read_study_instrument", "screening_rules"]


@dataclass(frozen=True)
class Prepared:
    """What tables and models are computed from.

    Parameters
    ----------
    survey
        Rows, design, weights and derived variables.
    lexicon
        Words of the variables.
    responses
        The answers, where the study has an instrument.
    weights
        Weights that the study made; None where a column holds them or there are none.
    unweighted
        Cases that count and have no weight because a margin variable is missing, by variable.
    """

    survey: Survey
    lexicon: Lexicon
    responses: Responses | None = None
    weights: Weights | None = None
    unweighted: Mapping[str, int] = field(default_factory=dict)


def read_study_instrument(study: Study) -> Instrument | None:
    """Read the instrument that a study names."""
    shape = study.shape
    return None if shape.instrument is None else read_instrument(study.file(shape.instrument, "instrument"))


def prepare(study: Study) -> Prepared:
    """Read, screen, weight and derive, as the study says.

    Raises
    ------
    SurveykitError
        Of the step that cannot be done.
    """
    responses = read_answers(study)
    rules = screening_rules(study)
    if responses is not None and rules is not None:
        responses = screen(responses, rules)
    shape = study.shape
    design = Design(
        strata=shape.design.strata,
        clusters=shape.design.clusters,
        fpc=shape.design.fpc,
        nest=shape.design.nest,
        lonely=shape.design.lonely,
    )
    data: Any = _data(study) if responses is None else responses
    synthetic = bool(shape.data and shape.data.synthetic)
    selection = shape.design.selection
    bare = _derived(study, Survey(data, design, _column(study), selection=selection, synthetic=synthetic))
    weights, unweighted = _weights(study, bare, responses)
    survey = bare if weights is None else with_weights(bare, weights)
    return Prepared(survey, lexicon_of(responses, study.languages, shape.derived), responses, weights, unweighted)


def read_answers(study: Study) -> Responses | None:
    """Read the answers, before any screening; None for a plain table."""
    shape = study.shape.responses
    instrument = read_study_instrument(study)
    if shape is None or instrument is None:
        return None
    path = study.file(shape.file, "responses", "file")
    if not path.is_file():
        raise ReadError(
            f"The responses '{shape.file}' are not there.", where=study.where("responses"), remedy="Check the path."
        )
    options: dict[str, Any] = dict(shape.options)
    reserved = sorted(set(options) & {"keep_personal", "salt", "matches", "written", "platform", "synthetic"})
    if reserved:
        raise StudyError(
            f"'{reserved[0]}' is no option of the reader here.",
            where=study.where("responses", "options", reserved[0]),
            remedy="Write it under 'responses' if it is known there; personal data never enter a study.",
        )
    return read_responses(
        path,
        instrument,
        matches=shape.matches,
        written=shape.written,
        platform=shape.platform,
        synthetic=shape.synthetic,
        **options,
    )


def screening_rules(study: Study) -> Rules | None:
    """Rules of the study's screening; those of the package where it leaves some out, None where it does not screen."""
    shape = study.shape.screening
    return None if shape is None else Rules.from_dict(shape)


def _data(study: Study) -> Path:
    data = study.shape.data
    if data is None:
        raise StudyError("The study has neither responses nor data.", remedy="Add a section 'responses' or 'data'.")
    path = study.file(data.file, "data", "file")
    if not path.is_file():
        raise ReadError(f"The data '{data.file}' are not there.", where=study.where("data"), remedy="Check the path.")
    return path


def _column(study: Study) -> str | None:
    """Column of ready weights; base weights that are still to be raked are none."""
    weights = study.shape.weights
    return weights.column if weights and not weights.margins else None


def _derived(study: Study, survey: Survey) -> Survey:
    """Add the study's own variables, each of which may use those before it."""
    for number, one in enumerate(study.shape.derived):
        try:
            survey = with_variable(survey, one.id, one.value)
        except SurveykitError as error:
            raise StudyError(error.what, where=study.where("derived", number), remedy=error.remedy) from error
    return survey


def _weights(study: Study, bare: Survey, responses: Responses | None) -> tuple[Weights | None, dict[str, int]]:
    """Base weights raked to the study's population; cases that do not count weigh nothing."""
    shape = study.shape.weights
    if shape is None or not shape.margins:
        return None, {}
    rows = bare.engine
    if not isinstance(rows, MemoryEngine):
        raise StudyError(
            "Weights are made from rows in memory.", remedy="Give ready weights as a column, or load fewer rows."
        )
    counted = np.ones(rows.rows) if responses is None else responses.counted.to_numpy()
    start: FloatArray = counted.astype(np.float64)
    if shape.column is not None:
        start = start * np.asarray(rows.evaluate(Column(shape.column)).data, np.float64)
    unstated: dict[str, int] = {}
    if shape.unstated == "leave out":
        for name in dict.fromkeys(name for one in shape.margins for name in ([one] if isinstance(one, str) else one)):
            valid = rows.evaluate(Column(name)).valid
            if valid is not None and (lost := int(((start > 0) & ~valid).sum())):
                unstated[name] = lost
                start = np.where(valid, start, 0.0)
    bounds = (shape.bounds[0], shape.bounds[1]) if shape.bounds else None
    name = shape.name or ", ".join(one if isinstance(one, str) else " x ".join(one) for one in shape.margins)
    begun = base_weights(rows, start, name=name)
    if shape.column is None:
        # Cases outside weigh nothing; those inside began alike, which the linearisation of raking asks for.
        begun = replace(begun, steps=(replace(begun.steps[0], facts={"equal": True}),))
    made = rake(begun, _population(study), margins=shape.margins, bounds=bounds)
    return replace(made, synthetic=bare.synthetic), unstated


def _population(study: Study) -> Population:
    shape = study.shape.population
    assert shape is not None, "loading refuses margins without a population"
    if shape.file:
        found = read_population(study.file(shape.file, "population", "file"), name=shape.name)
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
