"""Tables, models and trade results of a study, as records."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from surveykit import trade
from surveykit.errors import ColumnError, ReadError, StudyError, did_you_mean
from surveykit.estimation.crosstab import crosstab
from surveykit.estimation.descriptive import mean, proportion, total
from surveykit.estimation.model import Model
from surveykit.estimation.regression import regress
from surveykit.publishing.published_numbers import published
from surveykit.publishing.reliability import PUBLISHED
from surveykit.results import Estimate, Heading, Table, TestResult
from surveykit.study.beside import beside_table
from surveykit.study.item_tables import grid_table, items_table, word_items
from surveykit.study.lexicon import frame_words
from surveykit.study.loading import Study, words_in
from surveykit.study.notes import notes_in
from surveykit.study.preparing import Prepared, prepare
from surveykit.study.schema import ModelSource, StepSource, TableSource, TradeSource
from surveykit.study.selecting import dropped, kept
from surveykit.survey import UNWEIGHTED, Survey

__all__ = ["Record", "Workshop", "called", "localised"]

Record = Table | Estimate


def called(function: Callable[..., Any], arguments: Mapping[str, Any], *, where: str, first: tuple[Any, ...]) -> Any:
    """Call a verb with keywords of a study file, refusing those it does not have.

    Parameters
    ----------
    function
        A public verb.
    arguments
        Plain values by keyword.
    where
        File and line, for messages.
    first
        What the verb takes first.
    """
    parameters = inspect.signature(function).parameters
    known = list(parameters)[len(first) :]
    fields = [name for name in known if name not in ("options", "kwargs")]
    for name in arguments:
        if name not in fields and "options" not in known:
            raise StudyError(
                f"'{name}' is no option of {function.__name__}.", where=where, remedy=did_you_mean(name, fields)
            )
    needed = [
        name
        for name in fields
        if parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        and parameters[name].default is inspect.Parameter.empty
    ]
    missing = [name for name in needed if name not in arguments]
    if missing:
        raise StudyError(
            f"{function.__name__} needs the option '{missing[0]}'.",
            where=where,
            remedy=f"Add {missing[0]}: to options.",
        )
    try:
        return function(*first, **arguments)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        # Options are plain values of a file; one of a wrong type fails deep inside a verb, with words of its own.
        raise StudyError(
            f"{function.__name__} cannot use its options: {type(error).__name__}: {error}.",
            where=where,
            remedy="Check their values against its documentation.",
        ) from error


@dataclass
class Workshop:
    """Computes the records of a study, each once, and its survey only when a record needs it."""

    study: Study
    _prepared: dict[str | None, Prepared] = field(default_factory=dict)
    _records: dict[str, Record] = field(default_factory=dict)
    _frames: dict[str, Any] = field(default_factory=dict)

    @property
    def samples(self) -> tuple[str | None, ...]:
        """Samples of the study by id, its own (None) first."""
        shape = self.study.shape
        own = (None,) if shape.responses or shape.data else ()
        return (*own, *(sample.id for sample in shape.samples))

    @property
    def prepared(self) -> Prepared:
        """The study's own survey and its words, made on first use."""
        return self.prepared_of(None)

    def prepared_of(self, sample: str | None) -> Prepared:
        """Survey and words of a sample, made on first use; the study's own without a name."""
        if sample not in self._prepared:
            self._prepared[sample] = prepare(self.study.of_sample(sample))
        return self._prepared[sample]

    def record(self, name: str) -> Record:
        """Table or model of an id."""
        if name not in self._records:
            shape = self.study.shape
            table = next((one for one in shape.tables if one.id == name), None)
            if table is not None:
                self._records[name] = self._table(table)
            else:
                self._records[name] = self._model(next(one for one in shape.models if one.id == name))
        return self._records[name]

    def _survey(self, shape: TableSource | ModelSource) -> Survey:
        survey = self.prepared_of(shape.sample).survey
        return survey.where(shape.where) if shape.where else survey

    def _table(self, shape: TableSource) -> Record:
        if shape.published:
            return self._published(shape)
        if shape.trade:
            return self._traded(shape)
        if shape.beside:
            return beside_table(shape, {one.of: self.record(one.of) for one in shape.beside})
        survey = self._survey(shape)
        if shape.grid:
            responses = self.prepared_of(shape.sample).responses
            return grid_table(survey, shape.grid, None if responses is None else responses.instrument)
        if shape.items:
            return items_table(survey, shape.items)
        if shape.crosstab:
            table = crosstab(survey, shape.crosstab, percent=shape.percent, margins=shape.margins)
            return table.letters() if shape.letters else table
        if shape.proportion:
            return proportion(survey, shape.proportion, by=shape.by)
        if shape.share:
            # Shares of yes/no variables are means of 0 and 1; told apart so that they are printed as percentages.
            return replace(mean(survey, list(shape.share), by=shape.by), statistic="proportion")
        verb, names = (mean, shape.mean) if shape.mean else (total, shape.total)
        assert names is not None, "loading refuses tables without a kind"
        return verb(survey, list(names), by=shape.by)

    def test(self, shape: TableSource) -> TestResult | None:
        """Test of independence that a cross-tab asks for."""
        record = self.record(shape.id)
        if shape.test is None or not isinstance(record, Table):
            return None
        return record.test(shape.test, empty="drop")

    def _model(self, shape: ModelSource) -> Model:
        survey = self._survey(shape)
        return regress(survey, shape.formula, family=shape.family, link=shape.link)

    def _published(self, shape: TableSource) -> Table:
        number = self.study.shape.tables.index(shape)
        assert shape.published is not None
        path = self.study.file(shape.published, "tables", number, "published")
        if not path.is_file():
            raise ReadError(f"The numbers '{shape.published}' are not there.", remedy="Check the path.")
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, comment="#")
        return self._arranged(shape, dropped(kept(frame, shape.keep), shape.drop))

    def _arranged(self, shape: TableSource, part: pd.DataFrame, *, synthetic: bool = False) -> Table:
        """Numbers without a sample of ours as a table."""
        if shape.value not in part.columns:
            raise ColumnError(shape.value, map(str, part.columns))
        part = part.assign(**{shape.value: pd.to_numeric(part[shape.value], errors="coerce")})
        for name in ("unit", "indicator", "source"):
            if name in part.columns:
                part = part.assign(**{name: part[name].astype("str")})
        units = list(dict.fromkeys(part["unit"])) if "unit" in part.columns else []
        percent = units and set(units) <= {"PCT", "percent", "%"}
        return published(
            part,
            rows=shape.rows or ("reporter" if "reporter" in part.columns else str(part.columns[0])),
            columns=shape.columns,
            layers=shape.layers,
            value=shape.value,
            unit=shape.unit or ("%" if percent else None),
            synthetic=synthetic,
        )

    def frame(self, name: str) -> Any:
        """Result of the trade section of an id."""
        if name not in self._frames:
            shape = next(one for one in self.study.shape.trade if one.id == name)
            self._frames[name] = self._trade(shape)
        return self._frames[name]

    def _trade(self, shape: TradeSource) -> Any:
        number = self.study.shape.trade.index(shape)
        where = self.study.where("trade", number)
        path = self.study.file(shape.file, "trade", number, "file")
        if not path.is_file():
            raise ReadError(f"The file '{shape.file}' is not there.", where=where, remedy="Check the path.")
        reader = getattr(trade, f"read_{shape.read}")
        found = called(reader, shape.read_options, where=where, first=(str(path),))
        first = [] if shape.verb is None else [StepSource(verb=shape.verb, options=shape.options, inputs=shape.inputs)]
        for step in (*first, *shape.then):
            if step.verb not in trade.__all__ or step.verb.startswith(("read_", "fetch_", "from_")):
                raise StudyError(
                    f"'{step.verb}' is no verb of trade.", where=where, remedy=did_you_mean(step.verb, trade.__all__)
                )
            inputs = {name: self.frame(other) for name, other in step.inputs.items()}
            found = called(getattr(trade, step.verb), step.options | inputs, where=where, first=(found,))
        return found

    def _traded(self, shape: TableSource) -> Table:
        source = next(one for one in self.study.shape.trade if one.id == shape.trade)
        frame = self.frame(source.id)
        if not isinstance(frame, pd.DataFrame):
            frame = frame.to_frame()
        part = dropped(kept(frame, shape.keep), shape.drop)
        return self._arranged(shape, part, synthetic=source.illustrative)


def localised(workshop: Workshop, record: Record, shape: TableSource | ModelSource, language: str) -> Record:
    """Put a record into the words of a language."""
    if isinstance(record, Table) and record.interval == PUBLISHED:
        assert isinstance(shape, TableSource)
        return _set_beside(_labelled(record, shape, language), shape, language)
    lexicon = workshop.prepared_of(shape.sample).lexicon
    if record.weight == UNWEIGHTED:
        record = replace(record, weight="")
    record = replace(record, notes=notes_in(language, record.notes))
    if isinstance(record, Table):
        assert isinstance(shape, TableSource)
        if shape.grid or shape.items:
            return word_items(record, shape, lexicon, language)
        return _set_beside(lexicon.word(record, language, words_in(shape.base, language)), shape, language)
    if isinstance(record, Model):
        assert isinstance(shape, ModelSource)
        said = {term: words_in(label, language) for term, label in shape.labels.items()}
        return replace(record, names=tuple(said.get(name, name) for name in record.names))
    return lexicon.word_estimate(record, language)


def _set_beside(table: Table, shape: TableSource, language: str) -> Table:
    """Name the columns of a table put together from others."""
    if not shape.beside:
        return table
    said = [words_in(one.label, language) for one in shape.beside]
    columns = tuple(replace(one, label=text) for one, text in zip(table.columns, said, strict=True))
    return replace(table, columns=columns, statistic=words_in(shape.measure, language))


def _labelled(table: Table, shape: TableSource, language: str) -> Table:
    """Put the study's own labels on published numbers."""
    said = {level: words_in(label, language) for level, label in shape.labels.items()}
    names = {**frame_words(language), **said}

    def worded(side: tuple[Heading, ...]) -> tuple[Heading, ...]:
        return tuple(
            replace(one, label=said.get(str(one.level), one.label), variable=names.get(one.variable, one.variable))
            for one in side
        )

    return replace(
        table,
        statistic=words_in(shape.measure, language) or table.statistic,
        layers=worded(table.layers),
        rows=worded(table.rows),
        columns=worded(table.columns),
        notes=(*table.notes, *([words_in(shape.note, language)] if shape.note else [])),
    )
