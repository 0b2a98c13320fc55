"""One table for each question: the first thing to read of any survey."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from surveykit.errors import StudyError, SurveykitError, SurveykitWarning, did_you_mean
from surveykit.estimation.crosstab import crosstab
from surveykit.estimation.descriptive import mean
from surveykit.instrument import Column, Derived, Instrument
from surveykit.results import Estimate, Table
from surveykit.survey import COUNTS_COLUMN, WEIGHT_COLUMN, Survey

__all__ = ["Topline", "topline"]

_LEVELS = 40
_SKIPPED = ("note", "loop", "rank", "text", "date")
_OWN = (COUNTS_COLUMN, WEIGHT_COLUMN)


@dataclass(frozen=True)
class Topline:
    """Tables by question.

    Parameters
    ----------
    records
        Shares of categories and of ticked boxes, means of numbers.
    columns
        Columns that a record with one line a column is made of, by question.
    left_out
        Reason by question of what has no table.
    """

    records: Mapping[str, Table | Estimate]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


def topline(survey: Survey, instrument: Instrument | None = None, only: Sequence[str] | None = None) -> Topline:
    """Tabulate every question.

    Parameters
    ----------
    survey
        Rows, design and weights.
    instrument
        What was asked; without one every column of the data is a question.
    only
        Questions, columns or derived variables, in the order wanted; all when None.

    Raises
    ------
    StudyError
        If one of `only` is not there.
    """
    parts = _columns(survey) if instrument is None else _questions(survey, instrument)
    makers = dict(parts)
    for name in only or ():
        if name not in makers:
            raise StudyError(f"There is no question '{name}' to tabulate.", remedy=did_you_mean(name, makers))
    records: dict[str, Table | Estimate] = {}
    columns: dict[str, tuple[str, ...]] = {}
    left_out: dict[str, str] = {}
    for name in only or makers:
        make = makers[name]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", SurveykitWarning)
                records[name] = make.record()
        except (SurveykitError, SurveykitWarning) as error:
            left_out[name] = str(error)
            continue
        columns[name] = make.columns
    return Topline(records, columns, left_out)


@dataclass(frozen=True)
class _Maker:
    """How one question is tabulated."""

    survey: Survey
    columns: tuple[str, ...]
    verb: Callable[[Survey, tuple[str, ...]], Table | Estimate]

    def record(self) -> Table | Estimate:
        return self.verb(self.survey, self.columns)


def _shares(survey: Survey, columns: tuple[str, ...]) -> Table:
    levels = survey.engine.describe(survey.expression(columns[0])).categories
    if levels is not None and len(levels) > _LEVELS:
        raise StudyError(f"It has {len(levels)} different answers.", remedy="Code them into categories first.")
    return crosstab(survey, f"`{columns[0]}`", percent="total")


def _ticked(survey: Survey, columns: tuple[str, ...]) -> Estimate:
    # Shares of yes/no variables are means of 0 and 1; told apart so that they are printed as percentages.
    quoted = [f"`{name}`" for name in columns]
    found = replace(mean(survey, quoted), statistic="proportion")
    return replace(found, names=columns, labels={"variable": columns})


def _mean(survey: Survey, columns: tuple[str, ...]) -> Estimate:
    return mean(survey, [f"`{name}`" for name in columns])


def _questions(survey: Survey, instrument: Instrument) -> Iterator[tuple[str, _Maker]]:
    for question in instrument.questions:
        if question.type in ("note", "hidden"):
            continue
        columns = [one for one in instrument.columns.of(question.id) if one.name in survey.engine.columns]
        yield from _makers(survey, question.id, question.type, columns)
    for derived in instrument.derived:
        if derived.id in survey.engine.columns:
            yield derived.id, _Maker(survey, (derived.id,), _mean if _is_number(survey, derived) else _shares)


def _makers(survey: Survey, name: str, kind: str, columns: Sequence[Column]) -> Iterator[tuple[str, _Maker]]:
    boxes = tuple(one.name for one in columns if one.kind == "indicator")
    if kind in _SKIPPED:
        return
    if boxes:
        yield name, _Maker(survey, boxes, _ticked)
    for one in columns:
        if one.kind in ("single", "ordered", "band"):
            yield one.name, _Maker(survey, (one.name,), _shares)
        if one.kind == "number":
            yield one.name, _Maker(survey, (one.name,), _mean)


def _is_number(survey: Survey, derived: Derived) -> bool:
    return not derived.cases and survey.engine.describe(survey.expression(derived.id)).data.dtype.kind == "f"


def _columns(survey: Survey) -> Iterator[tuple[str, _Maker]]:
    for name in survey.engine.columns:
        if name in _OWN:
            continue
        described = survey.engine.describe(survey.expression(name))
        number = described.categories is None and described.data.dtype.kind != "b"
        yield name, _Maker(survey, (name,), _mean if number else _shares)
