"""From the files of a study to its survey: answers, screening, population, weights, design, derived variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surveykit.design import Design
from surveykit.engine import open_engine
from surveykit.errors import ReadError, StudyError, SurveykitError, did_you_mean, listing
from surveykit.instrument import Instrument, read_instrument
from surveykit.quality import Rules, screen
from surveykit.responses import Responses, read_responses
from surveykit.study.lexicon import Lexicon, lexicon_of
from surveykit.study.loading import Study
from surveykit.study.schema_data import WeightsSource
from surveykit.study.weighing import Weighed, weighed
from surveykit.survey import Survey, with_variable
from surveykit.weighting import Weights

__all__ = ["Prepared", "before_screening", "prepare", "read_answers", "read_study_instrument", "screening_rules"]

#: Options of the reader that a study file may set: none of them names a file.
_READER_OPTIONS = ("encoding", "delimiter", "sheet", "keep_preview", "keep_test")


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
        Weights of the first set, where the study made them; None where a column holds them or there are none.
    unweighted
        Cases that count and have no weight because a margin variable is missing, by variable.
    sets
        The survey under every set of weights, by id; ``none`` stands for the survey without any.
    """

    survey: Survey
    lexicon: Lexicon
    responses: Responses | None = None
    weights: Weights | None = None
    unweighted: Mapping[str, int] = field(default_factory=dict)
    sets: Mapping[str, Weighed] = field(default_factory=dict)


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
    bare = _bare(study, responses)
    found = weighed(study, bare, responses)
    first = next(iter(found.values()))
    lexicon = lexicon_of(responses, study.languages, study.shape.derived)
    return Prepared(first.survey, lexicon, responses, first.weights, first.unweighted, found)


def before_screening(study: Study) -> Weighed:
    """The first set of weights as it would be if nobody had been screened out.

    Raises
    ------
    StudyError
        If the study screens nobody.
    """
    if study.shape.responses is None or study.shape.screening is None:
        raise StudyError("The study screens nobody.", remedy="Leave out screening: true, or add 'screening'.")
    responses = read_answers(study)
    return next(iter(weighed(study, _bare(study, responses), responses).values()))


def _bare(study: Study, responses: Responses | None) -> Survey:
    """The survey before weights are made, with the study's own variables."""
    shape = study.shape.design
    design = Design(strata=shape.strata, clusters=shape.clusters, fpc=shape.fpc, nest=shape.nest, lonely=shape.lonely)
    # Sums of a file that is too large for memory are added in a fixed order, so that a build is the same to the byte.
    data: Any = open_engine(_data(study), deterministic=True) if responses is None else responses
    synthetic = bool(study.shape.data and study.shape.data.synthetic)
    made = Survey(data, design, _column(study), selection=shape.selection, synthetic=synthetic)
    return _derived(study, made)


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
    for name in options:
        if name not in _READER_OPTIONS:
            hint = did_you_mean(name, _READER_OPTIONS) or f"It takes {listing(_READER_OPTIONS)}."
            raise StudyError(
                f"'{name}' is no option of the reader here.",
                where=study.where("responses", "options", name),
                remedy=f"{hint} Personal data never enter a study.",
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
    return None if shape is None else Rules.from_dict(shape.rules())


def _data(study: Study) -> Path:
    data = study.shape.data
    if data is None:
        raise StudyError("The study has neither responses nor data.", remedy="Add a section 'responses' or 'data'.")
    path = study.file(data.file, "data", "file")
    if not path.is_file():
        raise ReadError(f"The data '{data.file}' are not there.", where=study.where("data"), remedy="Check the path.")
    return path


def _column(study: Study) -> str | None:
    """Column of ready weights of a study with one set; base weights that are still to be raked are none."""
    weights = study.shape.weights
    if not isinstance(weights, WeightsSource) or weights.column is None:
        return None
    return weights.column if weights == WeightsSource(column=weights.column, name=weights.name) else None


def _derived(study: Study, survey: Survey) -> Survey:
    """Add the study's own variables, each of which may use those before it."""
    for number, one in enumerate(study.shape.derived):
        try:
            survey = with_variable(survey, one.id, one.value)
        except SurveykitError as error:
            raise StudyError(error.what, where=study.where("derived", number), remedy=error.remedy) from error
    return survey
