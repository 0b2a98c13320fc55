"""Records side by side: categories of an outcome, and sets of weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import StudyError
from surveykit.results import CELL_ARRAYS, Estimate, Heading, Table

__all__ = ["by_outcome", "in_columns", "joined_weights", "layered"]


def joined_weights(records: Iterable[Table | Estimate]) -> str:
    """Names of the weights of several records, each once.

    Examples
    --------
    >>> joined_weights([])
    ''
    """
    return ", ".join(dict.fromkeys(one.weight for one in records))


def layered(tables: Mapping[str, Table], variable: str) -> Table:
    """Tables of one shape as layers of one table.

    Parameters
    ----------
    tables
        Level of the layer to its table.
    variable
        Variable of the layers.

    Raises
    ------
    StudyError
        If a table has layers already, or they differ in their rows or columns.
    """
    first = next(iter(tables.values()))
    heads = {
        tuple((one.variable, str(one.level)) for one in (*table.rows, *table.columns)) for table in tables.values()
    }
    if first.layered or len(heads) > 1:
        why = "has layers already" if first.layered else "has other rows or columns under other weights"
        raise StudyError(f"The table {why}.", remedy="Name one set of weights.")
    stacked: dict[str, Any] = {
        name: np.concatenate([getattr(one, name) for one in tables.values()]) for name in CELL_ARRAYS
    }
    facts = {name: np.concatenate([one.facts[name] for one in tables.values()]) for name in first.facts}
    return replace(
        first,
        layers=tuple(Heading(variable, name, "model") for name in tables),
        **stacked,
        facts=facts,
        joint=tuple(one for table in tables.values() for one in table.joint),
        weight=joined_weights(tables.values()),
        notes=tuple(dict.fromkeys(note for one in tables.values() for note in one.notes)),
    )


def by_outcome(effects: Estimate) -> Table:
    """Effects on every category of an outcome as a table with one column a category.

    Parameters
    ----------
    effects
        With the label ``outcome``, which varies fastest.
    """
    outcomes = list(dict.fromkeys(map(str, effects.labels["outcome"])))
    others = {name: values for name, values in effects.labels.items() if name != "outcome"}
    varying = [values for values in others.values() if len(set(map(str, values))) > 1] or list(others.values())[-1:]
    rows = len(effects.names) // len(outcomes)
    labels = [", ".join(str(values[place * len(outcomes)]) for values in varying) for place in range(rows)]
    shape = (1, rows, len(outcomes))
    return _table(
        effects,
        shape,
        rows=tuple(Heading("", label, "coefficient") for label in labels),
        columns=tuple(Heading("outcome", one) for one in outcomes),
        values={name: getattr(effects, name).reshape(shape) for name in ("estimate", "se", "low", "high", "df")},
        sizes=(effects.n.reshape(shape), effects.weighted_n.reshape(shape)),
        facts={name: values.reshape(shape) for name, values in effects.facts.items() if values.size == effects.df.size},
        unit="share",
    )


def in_columns(records: Mapping[str, Estimate], side: str) -> Table:
    """Estimates of the same names side by side: one column a record.

    Parameters
    ----------
    records
        Level of the column to its estimates.
    side
        Variable of the columns.
    """
    first = next(iter(records.values()))
    shape = (1, len(first.names), len(records))

    def stacked(name: str) -> FloatArray:
        return np.column_stack([getattr(one, name) for one in records.values()]).reshape(shape)

    varying = {name: values for name, values in first.labels.items() if len(set(map(str, values))) > 1}
    if len(varying) == 1:
        (variable, levels) = next(iter(varying.items()))
    else:
        variable, levels = "", first.names
    return _table(
        replace(first, weight=joined_weights(records.values())),
        shape,
        rows=tuple(Heading(variable, level) for level in levels),
        columns=tuple(Heading(side, name) for name in records),
        values={name: stacked(name) for name in ("estimate", "se", "low", "high", "df")},
        sizes=(stacked("n").astype(np.int64), stacked("weighted_n")),
        notes=tuple(dict.fromkeys(note for one in records.values() for note in one.notes)),
        unit="share" if first.statistic == "proportion" else "",
    )


def _table(
    first: Estimate,
    shape: tuple[int, int, int],
    *,
    rows: tuple[Heading, ...],
    columns: tuple[Heading, ...],
    values: Mapping[str, FloatArray],
    sizes: tuple[Any, FloatArray],
    facts: Mapping[str, Any] | None = None,
    notes: tuple[str, ...] | None = None,
    unit: str = "",
) -> Table:
    return Table(
        statistic=first.statistic,
        unit=unit,
        layers=(Heading(""),),
        rows=rows,
        columns=columns,
        **values,  # type: ignore[arg-type]
        n=sizes[0],
        weighted_n=sizes[1],
        base_n=sizes[0],
        base_weighted_n=sizes[1],
        effective_n=np.full(shape, np.nan),
        flags=np.full(shape, ""),
        facts=facts or {},
        weight=first.weight,
        level=first.level,
        interval=first.method,
        notes=first.notes if notes is None else notes,
        synthetic=first.synthetic,
    )
