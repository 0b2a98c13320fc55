"""The noun that estimates are made of: rows, design and weights together."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from surveykit.design import Design, Structure, TwoPhase, resolve, resolve_two_phase
from surveykit.engine import Engine, EngineName, FloatArray, MemoryEngine, RowIndex, open_engine
from surveykit.errors import ColumnError, DataError, DesignError, WeightingError
from surveykit.expressions import Boolean, Column, Expr, Values, names, parse
from surveykit.expressions import Literal as Constant
from surveykit.instrument import Instrument
from surveykit.responses import Responses, for_analysis
from surveykit.results.weight_words import UNWEIGHTED
from surveykit.weighting.estimated import Estimated
from surveykit.weighting.records import Replicates, Weights
from surveykit.weighting.steps import Projection

__all__ = [
    "COUNTS_COLUMN",
    "WEIGHT_COLUMN",
    "Selection",
    "Survey",
    "every",
    "reweighted",
    "weighted_by",
    "with_replicates",
    "with_variable",
    "with_weights",
]

#: Name under which weights that are no column of the data are kept beside them.
WEIGHT_COLUMN = "__surveykit_weight"

#: Name under which the screening of responses is kept beside them.
COUNTS_COLUMN = "__surveykit_counts"

Selection = Literal["probability", "opt-in"]
_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True, init=False)
class Survey:
    """Responses with the way they were drawn and what each stands for.

    Parameters
    ----------
    data
        A pandas, Polars or Arrow frame, a path to a Parquet or CSV file, a DuckDB relation, or
        :class:`surveykit.Responses`; it is never changed. Of responses, those that count are the domain; nobody is
        dropped, choices are categories and numbers come from ``mid()``, ``lo()`` and ``hi()``.
    design
        How the sample was drawn, a :class:`surveykit.Design` or :class:`surveykit.TwoPhase`; without one, rows were
        drawn
        independently.
    weights
        Column of the weights, or :class:`surveykit.Weights` or :class:`surveykit.Replicates` of the same rows. Without
        any they
        follow from the design's ``fpc``, or are all 1.
    selection
        ``"opt-in"`` for a sample that chose itself: intervals are then labelled model-based.
    synthetic
        Whether the data are invented; every output then says so. Responses bring the mark themselves.
    engine
        ``"memory"`` or ``"duckdb"``; chosen from the size of the data by default.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0], "w": [10.0, 10.0, 20.0]})
    >>> Survey(firms, weights="w")
    Survey of 3 rows, weights 'w', rows are the sampling units
    """

    engine: Engine = field(repr=False)
    design: Design | TwoPhase
    structure: Structure = field(repr=False)
    index: RowIndex = field(repr=False)
    weight_name: str
    selection: Selection
    domain: Expr | None
    domain_text: str
    synthetic: bool
    calibration: tuple[Projection | Estimated, ...] = field(repr=False)
    replicates: Replicates | None = field(repr=False)
    weighting: Weights | None = field(repr=False)
    illustrative: bool
    taken_as_known: tuple[str, ...] = field(repr=False)
    instrument: Instrument | None = field(repr=False)

    def __init__(
        self,
        data: Any,
        design: Design | TwoPhase | None = None,
        weights: str | Weights | Replicates | None = None,
        *,
        selection: Selection = "probability",
        synthetic: bool = False,
        engine: EngineName = "auto",
    ) -> None:
        if selection not in ("probability", "opt-in"):
            raise DataError(f"selection={selection!r} is not known.", remedy="Choose 'probability' or 'opt-in'.")
        rows, counted = _responses(data, engine) if isinstance(data, Responses) else (open_engine(data, engine), None)
        synthetic = synthetic or (isinstance(data, Responses) and data.synthetic)
        design = Design() if design is None else design
        column = weights if isinstance(weights, str) else None
        for name in (*design.columns, column):
            if name is not None and name not in rows.columns:
                raise ColumnError(name, rows.columns)
        if isinstance(design, TwoPhase):
            structure, given = _two_phase(design, rows, weights)
        else:
            index, structure, expansion = resolve(design, rows)
            given = _weighted(rows, index, weights, expansion)
        self._set(
            {
                "engine": given.engine,
                "design": design,
                "structure": structure,
                "index": given.index,
                "weight_name": given.name,
                "selection": selection,
                "domain": counted,
                "domain_text": "responses that count" if counted else "",
                "synthetic": synthetic,
                "calibration": weights.projections if isinstance(weights, Weights) else (),
                "replicates": weights if isinstance(weights, Replicates) else None,
                "weighting": weights if isinstance(weights, Weights) else None,
                "illustrative": isinstance(weights, Weights) and weights.illustrative,
                "taken_as_known": weights.taken_as_known if isinstance(weights, Weights) else (),
                "instrument": data.instrument if isinstance(data, Responses) else None,
            }
        )

    def _set(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def where(self, condition: str | Expr) -> Survey:
        """Mark a domain. No row is dropped: rows outside add zero to every score.

        Parameters
        ----------
        condition
            An expression, as ``"export_share > 0.25"``. Rows where it is missing are outside.

        Raises
        ------
        ColumnError
            If it names a column that is not there.
        """
        expr = self.expression(condition)
        joined = expr if self.domain is None else Boolean("and", (self.domain, expr))
        text = condition if isinstance(condition, str) else repr(condition)
        other = copy.copy(self)
        other._set({"domain": joined, "domain_text": f"{self.domain_text} and {text}" if self.domain_text else text})
        return other

    def expression(self, text: str | Expr) -> Expr:
        """Parse a variable of this survey: a column name, whatever its characters, or an expression of columns."""
        if isinstance(text, str) and text in self.engine.columns:
            return Column(text)
        expr = parse(text) if isinstance(text, str) else text
        for name in names(expr):
            if name not in self.engine.columns:
                raise ColumnError(name, self.engine.columns)
        self.engine.describe(expr)
        return expr

    def pipe(self, function: Callable[Concatenate[Survey, _P], _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Apply a verb, as ``survey.pipe(sk.mean, "sales")``."""
        return function(self, *args, **kwargs)

    def __repr__(self) -> str:
        domain = f", domain {self.domain_text}" if self.domain_text else ""
        synthetic = ", SYNTHETIC" if self.synthetic else ""
        head = f"Survey of {self.engine.rows} rows, weights '{self.weight_name}', {self.design.describe()}"
        return f"{head}{domain}{synthetic}"


def every(survey: Survey, step: int, exprs: Sequence[Expr]) -> Survey:
    """Return each `step`-th row of a survey in memory with what some expressions need, to try something out.

    Sampling units and steps of the weights are left behind: no variance comes from such rows.
    """
    engine = survey.engine
    assert isinstance(engine, MemoryEngine)
    needed = {name for expr in (*exprs, *([] if survey.domain is None else [survey.domain])) for name in names(expr)}
    thinned, index = engine.every(survey.index, step, sorted(needed))
    other = copy.copy(survey)
    other._set({"engine": thinned, "index": index, "replicates": None, "weighting": None, "calibration": ()})
    return other


def reweighted(survey: Survey, weights: FloatArray) -> Survey:
    """Return the survey with other weights ``(n,)`` and no replicates, as for one replicate of it."""
    engine = survey.engine.with_columns({WEIGHT_COLUMN: Values(weights, name=survey.weight_name)})
    other = copy.copy(survey)
    index = engine.weigh(survey.index, Column(WEIGHT_COLUMN), check=False)
    plain: dict[str, Any] = {"replicates": None, "weighting": None, "calibration": (), "taken_as_known": ()}
    other._set({"engine": engine, "index": index, **plain})
    return other


def with_weights(survey: Survey, weights: Weights) -> Survey:
    """Return the survey with other weights, made from its own rows.

    Raises
    ------
    WeightingError
        If they belong to other rows.
    """
    given = _weighted(survey.engine, survey.index, weights, None)
    other = copy.copy(survey)
    other._set(
        {
            "engine": given.engine,
            "index": given.index,
            "weight_name": given.name,
            "synthetic": survey.synthetic or weights.synthetic,
            "calibration": weights.projections,
            "replicates": None,
            "weighting": weights,
            "illustrative": weights.illustrative,
            "taken_as_known": weights.taken_as_known,
        }
    )
    return other


def weighted_by(survey: Survey, weights: str | Weights | Replicates | None) -> Survey:
    """Return the survey with other weights, whatever form they come in.

    Parameters
    ----------
    weights
        Column, weights or replicates of the same rows; None counts every row once.

    Raises
    ------
    SurveykitError
        If there is no such column, or they belong to other rows.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0], "w": [10.0, 30.0], "v": [1.0, 3.0]})
    >>> weighted_by(Survey(firms, weights="w"), "v")
    Survey of 2 rows, weights 'v', rows are the sampling units
    """
    if isinstance(weights, Weights):
        return with_weights(survey, weights)
    if isinstance(weights, str) and weights not in survey.engine.columns:
        raise ColumnError(weights, survey.engine.columns)
    if isinstance(weights, Replicates):
        given = _weighted(survey.engine, survey.index, weights, None)
    else:
        column = Constant(1.0) if weights is None else Column(weights)
        index = survey.engine.weigh(survey.index, column)
        given = _Weighted(survey.engine, index, UNWEIGHTED if weights is None else weights)
    other = copy.copy(survey)
    other._set(
        {
            "engine": given.engine,
            "index": given.index,
            "weight_name": given.name,
            "calibration": (),
            "replicates": weights if isinstance(weights, Replicates) else None,
            "weighting": None,
            "illustrative": False,
            "taken_as_known": (),
        }
    )
    return other


def with_variable(survey: Survey, name: str, expression: str | Expr) -> Survey:
    """Return the survey with one more variable, computed from its others.

    Parameters
    ----------
    survey
        Rows in memory.
    name
        Of the new variable.
    expression
        As ``"staff > 50 and exporter == 'yes'"``.

    Raises
    ------
    DataError
        If there is a variable of that name, or the rows are not in memory.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = with_variable(Survey(pd.DataFrame({"staff": [5, 80]})), "large", "staff > 50")
    >>> firms.engine.columns
    ('staff', 'large')
    """
    engine = survey.engine
    if name in engine.columns:
        raise DataError(f"There is a variable '{name}' already.", remedy="Choose another name.")
    if not isinstance(engine, MemoryEngine):
        raise DataError(
            f"Variable '{name}' needs rows in memory, and these are in a file.",
            remedy="Use the expression itself where the variable would stand.",
        )
    values = replace(engine.evaluate(survey.expression(expression)), name=name)
    other = copy.copy(survey)
    other._set({"engine": engine.with_columns({name: values})})
    return other


def with_replicates(
    survey: Survey,
    replicates: Replicates,
    weights: Weights | None = None,
    *,
    taken_as_known: tuple[str, ...] | None = None,
) -> Survey:
    """Return the survey with replicate weights, which then give every variance.

    Parameters
    ----------
    replicates
        The replicates.
    weights
        Weights in place of the survey's own, where the replicates have another base.
    taken_as_known
        What the replicates take as known though it was estimated; by default what the survey does.
    """
    other = survey if weights is None else _with_weights(survey, weights)
    other = copy.copy(other)
    known = other.taken_as_known if taken_as_known is None else taken_as_known
    other._set({"replicates": replicates, "calibration": (), "taken_as_known": known})
    return other


def _with_weights(survey: Survey, weights: Weights) -> Survey:
    _refuse_other_rows(survey.engine, weights)
    other = reweighted(survey, weights.values)
    other._set(
        {
            "weight_name": weights.name,
            "weighting": weights,
            "calibration": weights.projections,
            "illustrative": survey.illustrative or weights.illustrative,
        }
    )
    return other


def _responses(responses: Responses, engine: EngineName) -> tuple[Engine, Expr | None]:
    """Rows of responses, and the mark of those that count where some do not."""
    if engine == "duckdb":
        raise DataError(
            "Responses are rows in memory; engine='duckdb' is for files and relations.", remedy="Leave engine= out."
        )
    rows = for_analysis(responses).engine()
    if responses.counted.all():
        return rows, None
    counts = Values(responses.counted.to_numpy(bool), name="responses that count")
    return rows.with_columns({COUNTS_COLUMN: counts}), Column(COUNTS_COLUMN)


@dataclass(frozen=True)
class _Weighted:
    engine: Engine
    index: RowIndex
    name: str


def _two_phase(
    design: TwoPhase, engine: Engine, weights: str | Weights | Replicates | None
) -> tuple[Structure, _Weighted]:
    if not isinstance(engine, MemoryEngine) or not (weights is None or isinstance(weights, str)):
        raise DesignError(
            "A two-phase design takes rows in memory and, as weights, a column of the first phase or nothing.",
            remedy="Load the sample as a frame.",
        )
    weight = None if weights is None else Column(weights)
    rows, index, structure, values = resolve_two_phase(design, engine, weight)
    name = weights or "two phases"
    return structure, _Weighted(rows, rows.weigh(index, values), name)


def _weighted(
    engine: Engine, index: RowIndex, weights: str | Weights | Replicates | None, expansion: FloatArray | None
) -> _Weighted:
    """Attach the weights to the rows, whatever form they come in."""
    if isinstance(weights, str):
        return _Weighted(engine, engine.weigh(index, Column(weights)), weights)
    if weights is None:
        if expansion is None:
            return _Weighted(engine, index, UNWEIGHTED)
        return _Weighted(engine, engine.weigh(index, expansion), "from fpc")
    if isinstance(weights, Weights):
        _refuse_other_rows(engine, weights)
        values, name = weights.values, weights.name
    else:
        values, name = weights.base, f"{weights.kind} replicate weights"
        if len(values) != engine.rows:
            raise WeightingError(
                f"The replicate weights have {len(values)} rows and the data {engine.rows}.",
                remedy="Make them from the same rows, in the same order.",
            )
    added = {WEIGHT_COLUMN: Values(values, name=name)}
    if isinstance(weights, Weights):
        for projection in weights.projections:
            added |= projection.columns if isinstance(projection, Projection) else {}
    engine = engine.with_columns(added)
    return _Weighted(engine, engine.weigh(index, Column(WEIGHT_COLUMN), check=False), name)


def _refuse_other_rows(engine: Engine, weights: Weights) -> None:
    if weights.engine.rows != engine.rows:
        raise WeightingError(
            f"The weights '{weights.name}' belong to {weights.engine.rows} rows and the data have {engine.rows}.",
            remedy="Make the weights from the same data; mark a domain with where() instead of dropping rows.",
        )
    if weights.engine.row_ids is not None and engine.row_ids is not None and weights.engine.row_ids != engine.row_ids:
        raise WeightingError(
            f"The weights '{weights.name}' belong to other rows than the data (their row labels differ).",
            remedy="Make the weights from the same data, in the same order.",
        )
