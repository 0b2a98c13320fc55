"""Tables, models and trade results of a study, as records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from surveykit import trade
from surveykit.errors import ColumnError, ReadError, StudyError, did_you_mean
from surveykit.estimation.crosstabs.crosstab import crosstab
from surveykit.estimation.descriptive import mean, proportion, total
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.table import model_table
from surveykit.estimation.sensitivity import sensitivity
from surveykit.instrument import Instrument
from surveykit.publishing.published_numbers import published
from surveykit.results import Estimate, Table, TestResult
from surveykit.study.beside import beside_table
from surveykit.study.calling import called
from surveykit.study.item_tables import grid_table, items_table
from surveykit.study.loading import Recorded, Study
from surveykit.study.modelling import fitted, made_effects, models_beside
from surveykit.study.preparing import Prepared, before_screening, prepare
from surveykit.study.schema import SensitivitySource, StepSource, TableSource, TradeSource
from surveykit.study.schema_models import EffectsSource, ModelSource, ModelTableSource
from surveykit.study.selecting import dropped, kept
from surveykit.study.side_by_side import in_columns, joined_weights, layered
from surveykit.study.weighing import chosen_sets
from surveykit.survey import Survey

__all__ = ["SET_VARIABLE", "Record", "Workshop"]

Record = Table | Estimate

#: Variable of columns or layers that are sets of weights.
SET_VARIABLE = "set of weights"


@dataclass
class Workshop:
    """Computes the records of a study, each once, and its survey only when a record needs it."""

    study: Study
    _prepared: dict[str | None, Prepared] = field(default_factory=dict)
    _records: dict[str, Record] = field(default_factory=dict)
    _frames: dict[str, Any] = field(default_factory=dict)
    _read_files: dict[str, Any] = field(default_factory=dict)

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
        """Table, model, effects or models side by side, of an id."""
        if name not in self._records:
            self._records[name] = self._made(self.study.shapes[name])
        return self._records[name]

    def surveys(self, shape: TableSource | ModelSource) -> dict[str, Survey]:
        """The survey of an output, or a domain of it, under each set of weights that it names."""
        known = self.prepared_of(shape.sample).sets
        wanted = chosen_sets(self.study.of_sample(shape.sample), shape.weights)
        chosen = {name: known[name].survey for name in wanted}
        return {name: one.where(shape.where) if shape.where else one for name, one in chosen.items()}

    def _made(self, shape: Recorded) -> Record:
        if isinstance(shape, EffectsSource):
            return made_effects(self.study, shape, self.record(shape.of))
        if isinstance(shape, ModelTableSource):
            return models_beside(self.study, shape, {name: self.record(name) for name in shape.models})
        if isinstance(shape, TableSource) and shape.published:
            return self._published(shape)
        if isinstance(shape, TableSource) and shape.trade:
            return self._traded(shape)
        if isinstance(shape, TableSource) and shape.beside:
            return beside_table(shape, {one.of: self.record(one.of) for one in shape.beside})
        surveys = self.surveys(shape)
        if isinstance(shape, ModelSource):
            return _beside({name: fitted(self.study, shape, survey) for name, survey in surveys.items()})
        if shape.sensitivity is not None:
            return self._sensitivity(shape, shape.sensitivity, next(iter(surveys.values())))
        responses = self.prepared_of(shape.sample).responses
        instrument = None if responses is None else responses.instrument
        return _beside({name: _tabulated(shape, survey, instrument) for name, survey in surveys.items()})

    def _sensitivity(self, shape: TableSource, choices: SensitivitySource, survey: Survey) -> Table:
        """One estimate under other weights, trims, domains and without screening."""
        scenarios = {}
        if choices.screening:
            before = before_screening(self.study.of_sample(shape.sample)).survey
            scenarios["before screening"] = before.where(shape.where) if shape.where else before
        study = self.study.of_sample(shape.sample)
        wanted = chosen_sets(study, choices.weights) if choices.weights is not None else ()
        made = {name: self.prepared_of(shape.sample).sets[name].weights for name in wanted}
        shares = choices.mean is None
        verb = mean if choices.proportion is None else proportion
        found = sensitivity(
            survey,
            verb,
            choices.proportion or list(choices.mean or choices.share or ()),
            trims=choices.trims,
            weights={name: weights for name, weights in made.items() if weights is not None} or None,
            leave_out=choices.leave_out,
            domains=choices.domains or None,
            scenarios=scenarios or None,
        )
        return replace(found, statistic="proportion", unit="share") if shares else found

    def test(self, shape: TableSource) -> TestResult | None:
        """Test of independence that a cross-tab asks for."""
        record = self.record(shape.id)
        if shape.test is None or not isinstance(record, Table):
            return None
        return record.test(shape.test, empty="drop")

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
        found = self._read(shape, str(path), where)
        first = [] if shape.verb is None else [StepSource(verb=shape.verb, options=shape.options, inputs=shape.inputs)]
        for step in (*first, *shape.then):
            if step.verb not in trade.__all__ or step.verb.startswith(("read_", "fetch_", "from_")):
                raise StudyError(
                    f"'{step.verb}' is no verb of trade.", where=where, remedy=did_you_mean(step.verb, trade.__all__)
                )
            inputs = {name: self.frame(other) for name, other in step.inputs.items()}
            found = called(getattr(trade, step.verb), step.options | inputs, where=where, first=(found,))
        return found

    def _read(self, shape: TradeSource, path: str, where: str) -> Any:
        """A file as read: once for all results that read it alike, for some have gigabytes."""
        key = json.dumps([shape.read, path, shape.read_options], sort_keys=True, default=str)
        if key not in self._read_files:
            reader = getattr(trade, f"read_{shape.read}")
            self._read_files[key] = called(reader, shape.read_options, where=where, first=(path,))
        return self._read_files[key]

    def _traded(self, shape: TableSource) -> Table:
        sources = {one.id: one for one in self.study.shape.trade}
        found = [self.frame(name) for name in shape.traded]
        frames = [frame if isinstance(frame, pd.DataFrame) else frame.to_frame() for frame in found]
        frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
        part = dropped(kept(frame, shape.keep), shape.drop)
        return self._arranged(shape, part, synthetic=any(sources[name].illustrative for name in shape.traded))


def _tabulated(shape: TableSource, survey: Survey, instrument: Instrument | None) -> Record:
    """One table of a survey."""
    if shape.grid:
        return grid_table(survey, shape.grid, instrument)
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


def _beside(records: Mapping[str, Record]) -> Record:
    """One record as it is; those of several sets of weights side by side."""
    if len(records) == 1:
        return next(iter(records.values()))
    tables = {name: one for name, one in records.items() if isinstance(one, Table)}
    if tables:
        return layered(tables, SET_VARIABLE)
    estimates = {name: one for name, one in records.items() if isinstance(one, Estimate)}
    if all(isinstance(one, Model) for one in estimates.values()):
        return replace(model_table(estimates), weight=joined_weights(estimates.values()))
    return in_columns(estimates, SET_VARIABLE)
