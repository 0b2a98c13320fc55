"""Columns of several tables side by side: two concepts in one table, each with its own name and its own base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from surveykit.errors import StudyError, listing
from surveykit.publishing.reliability import PUBLISHED, is_published
from surveykit.results import Estimate, Heading, Table
from surveykit.results.headings import find_heading
from surveykit.study.schema import BesideSource, TableSource

__all__ = ["beside_table"]

_Record = Table | Estimate
_NUMBERS = ("estimate", "se", "low", "high", "weighted_n", "base_weighted_n", "effective_n", "df")
_COUNTS = ("n", "base_n")


@dataclass(frozen=True)
class _Column:
    """One column of another record, by row."""

    headings: Mapping[str, Heading]
    facts: Mapping[str, Mapping[str, Any]]
    published: bool


def beside_table(shape: TableSource, records: Mapping[str, _Record]) -> Table:
    """Set columns of other tables side by side; rows are matched by their level.

    Parameters
    ----------
    shape
        The table as the study file declares it.
    records
        Records by id.

    Returns
    -------
    Table
        Cells keep their base and interval. Those of numbers without a sample of ours have neither, and the fact
        ``"published"`` says which they are.

    Raises
    ------
    StudyError
        If two columns have no row in common, or units differ and the table names none.
    """
    assert shape.beside
    columns = [_column(records[one.of], one) for one in shape.beside]
    unit = _unit(shape, [records[one.of] for one in shape.beside])
    first = columns[0]
    rows = [key for key in first.headings if any(key in other.facts for other in columns[1:])]
    if not rows and len(columns) > 1:
        raise StudyError(
            f"Table '{shape.id}': no row is in two of its columns; the first has {listing(first.headings)}.",
            remedy="Say which rows belong together under 'rows' of a column.",
        )
    size = (1, len(rows), len(columns))
    arrays: dict[str, Any] = {name: np.full(size, np.nan) for name in _NUMBERS}
    arrays |= {name: np.zeros(size, np.int64) for name in _COUNTS}
    for place, column in enumerate(columns):
        for row, key in enumerate(rows):
            for name, value in column.facts.get(key, {}).items():
                arrays[name][0, row, place] = value
    outside = np.broadcast_to(np.array([column.published for column in columns]), size)
    used = [records[one.of] for one in shape.beside]
    sampled = next((record for record in used if not is_published(record)), used[0])
    return Table(
        statistic="",
        unit=unit,
        layers=(Heading(""),),
        rows=tuple(first.headings[key] for key in rows),
        columns=tuple(Heading("", str(place), label="") for place in range(len(columns))),
        flags=np.full(size, "", dtype="<U1"),
        facts={"published": outside.copy()},
        weight=sampled.weight,
        level=sampled.level,
        interval=PUBLISHED if outside.all() else "t",
        base=sampled.base if isinstance(sampled, Table) else "",
        source="; ".join(dict.fromkeys(one.source for one in used if isinstance(one, Table) and one.source)),
        notes=tuple(dict.fromkeys(note for one in used for note in one.notes)),
        synthetic=any(one.synthetic for one in used),
        **arrays,
    )


def _column(record: _Record, source: BesideSource) -> _Column:
    headings, facts = _table_column(record, source) if isinstance(record, Table) else _estimate_column(record)
    renamed = {key: source.rows.get(key, key) for key in headings if not source.rows or key in source.rows}
    return _Column(
        {new: headings[key] for key, new in renamed.items()},
        {new: facts[key] for key, new in renamed.items()},
        is_published(record),
    )


def _table_column(table: Table, source: BesideSource) -> tuple[dict[str, Heading], dict[str, dict[str, Any]]]:
    place = find_heading(table.columns, source.column, "column")
    layer = find_heading(table.layers, source.layer, "layer")
    factor = 100.0 if table.unit == "share" else 1.0
    headings, facts = {}, {}
    for row, heading in enumerate(table.rows):
        key = str(heading.level) if heading.kind == "level" else heading.text
        headings[key] = heading
        cell = {name: getattr(table, name)[layer, row, place] for name in (*_NUMBERS, *_COUNTS)}
        facts[key] = _scaled(cell, factor)
    return headings, facts


def _estimate_column(estimate: Estimate) -> tuple[dict[str, Heading], dict[str, dict[str, Any]]]:
    name = [one for one, values in estimate.labels.items() if len(set(map(str, values))) > 1][-1:]
    labels = estimate.labels[name[0]] if name else estimate.names
    factor = 100.0 if estimate.statistic == "proportion" else 1.0
    headings, facts = {}, {}
    for place, level in enumerate(labels):
        headings[str(level)] = Heading(name[0] if name else "", level)
        cell = {
            one: getattr(estimate, one)[place] for one in ("estimate", "se", "low", "high", "df", "n", "weighted_n")
        }
        facts[str(level)] = _scaled(cell, factor) | {"base_n": cell["n"], "base_weighted_n": cell["weighted_n"]}
    return headings, facts


def _scaled(cell: Mapping[str, Any], factor: float) -> dict[str, Any]:
    measured = ("estimate", "se", "low", "high")
    return {name: value * factor if name in measured else value for name, value in cell.items()}


def _unit(shape: TableSource, records: list[_Record]) -> str:
    """Unit of all columns; shares become percentages."""
    units = {_unit_of(record) for record in records}
    if shape.unit:
        strange = sorted(one for one in units - {shape.unit} if one)
        if strange:
            raise StudyError(f"Table '{shape.id}' is in '{shape.unit}', and a column of it in {listing(strange)}.")
        return shape.unit
    if len(units) != 1:
        raise StudyError(
            f"The columns of table '{shape.id}' have the units {listing(sorted(units))}.",
            remedy="Give the table a 'unit' where one of them is not known.",
        )
    return units.pop()


def _unit_of(record: _Record) -> str:
    if isinstance(record, Table):
        return "%" if record.unit in ("share", "PCT", "percent") else record.unit
    return "%" if record.statistic == "proportion" else ""
