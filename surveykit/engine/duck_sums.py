"""One grouped query, and its answer in lines and cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from surveykit.engine.duck_columns import fetched_values
from surveykit.engine.duck_rows import DuckRows
from surveykit.engine.duck_units import LineCoder
from surveykit.engine.grouping import group_sums, key_codes
from surveykit.engine.records import FloatArray, IntArray, Key, Request
from surveykit.engine.sql import RowTerms, grouped
from surveykit.expressions import SqlColumn

__all__ = ["Groups", "Handle", "Question", "ask", "centre", "floats", "spread"]

_SAMPLE = 10_000


@dataclass(frozen=True)
class Handle:
    """Units by line (combination of design columns), and the weight: a text, times a factor by line.

    Parameters
    ----------
    coder
        From design columns to lines.
    unit, stratum
        ``(lines,)`` deepest unit (None where rows are units) and its stratum.
    weight
        Text of the weight.
    row_weight
        ``(n,)`` weights that stand beside the rows, as column ``aw``.
    factor
        ``(lines,)`` factor on the weight.
    """

    coder: LineCoder
    unit: IntArray | None
    stratum: IntArray
    weight: str = "1e0"
    row_weight: FloatArray | None = None
    factor: FloatArray | None = None


@dataclass(frozen=True)
class Question:
    """What a query asks beside the request.

    Parameters
    ----------
    by_line
        Group by the design columns too.
    shift
        Subtracted from each term.
    second, squares
        As for :func:`surveykit.engine.sql.grouped`.
    further
        Texts to group by, after the keys.
    condition
        A further condition.
    """

    by_line: bool = False
    shift: tuple[float, ...] | None = None
    second: bool = False
    squares: bool = False
    further: tuple[str, ...] = ()
    condition: str | None = None


@dataclass(frozen=True)
class Groups:
    """A grouped answer; groups whose key is missing or not among its levels are left out.

    Parameters
    ----------
    line, cell
        ``(G,)`` line and cell of each group.
    rows
        ``(G,)`` rows of weight other than zero.
    missing
        Rows of the domain left out.
    sums
        ``(G, M)`` the sums asked for.
    further
        ``(G,)`` each, values of the further groups.
    """

    line: IntArray
    cell: IntArray
    rows: IntArray
    missing: int
    sums: FloatArray
    further: tuple[FloatArray, ...] = ()

    def count(self, place: IntArray, groups: int) -> IntArray:
        """Rows by some code of the groups."""
        return np.bincount(place, weights=self.rows, minlength=groups).astype(np.int64)


def ask(rows: DuckRows, handle: Handle, request: Request, question: Question | None = None) -> Groups:
    """Ask for grouped sums, and give the groups their lines and cells."""
    question = question or Question()
    by_line = question.by_line or handle.factor is not None
    design = handle.coder.kinds if by_line else ()
    keys = [rows.sql(key.expr) for key in request.keys]
    terms = tuple(None if term is None else rows.number(term) for term in request.terms)
    known = [text for text in terms if text is not None] + [rows.sql(expr).sql for expr in request.complete]
    known += [key.sql for key in keys]
    source, added = rows.text(handle.row_weight)
    conditions = [] if request.where is None else [rows.truth(request.where)]
    conditions += [] if question.condition is None else [question.condition]
    where = " AND ".join(conditions) or None
    groups = (*(kind.sql for kind in design), *(key.sql for key in keys), *question.further)
    asked = RowTerms(source, groups, handle.weight, terms, tuple(known), where, question.shift)
    table = rows.fetch(grouped(asked, rows.dialect, second=question.second, squares=question.squares), added)
    line = np.zeros(table.num_rows, np.int64)
    if by_line:
        line = handle.coder.lines(table.columns[: len(design)], table.num_rows)
    cell, inside = _cells(table.columns[len(design) : len(design) + len(keys)], request.keys, keys, table.num_rows)
    further = table.columns[len(groups) - len(question.further) : len(groups)]
    numbers = [floats(column) for column in table.columns[len(groups) :]]
    all_rows, known_rows, used_rows = (numbers[place].astype(np.int64) for place in range(3))
    sums = np.stack(numbers[3:], axis=1)
    if handle.factor is not None:
        factor = handle.factor[line]
        used_rows = used_rows * (factor != 0)
        powers = [1] * len(terms) + [2] * (sums.shape[1] - len(terms))
        sums = sums * factor[:, None] ** np.array(powers)
    return Groups(
        line[inside],
        cell[inside],
        used_rows[inside],
        int((all_rows - np.where(inside, known_rows, 0)).sum()),
        sums[inside],
        tuple(column.to_numpy().astype(np.float64)[inside] for column in further),
    )


def _cells(
    columns: list[pa.ChunkedArray], keys: tuple[Key, ...], kinds: list[SqlColumn], count: int
) -> tuple[IntArray, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Cell of each group, and whether it has one."""
    cell, inside = np.zeros(count, np.int64), np.ones(count, np.bool_)
    for column, key, kind in zip(columns, keys, kinds, strict=True):
        codes, valid = key_codes(fetched_values(column, kind), key.levels)
        cell = cell * len(key.levels) + codes
        inside = inside if valid is None else inside & valid
    return cell, inside


def centre(rows: DuckRows, request: Request) -> tuple[float, ...]:
    """Means of the terms in the first rows: near enough to keep the digits of sums of squares."""
    asked = [rows.number(term) for term in request.terms if term is not None]
    if not asked:
        return (0.0,) * len(request.terms)
    source, added = rows.text()
    inner = ", ".join(f"{text} AS x{place}" for place, text in enumerate(asked))
    outer = ", ".join(f"AVG(x{place}) AS m{place}" for place in range(len(asked)))
    query = f"SELECT {outer} FROM (SELECT {inner} FROM {source} LIMIT {_SAMPLE})"
    means = iter(rows.fetch(query, added).to_pylist()[0].values())
    return tuple(0.0 if term is None else float(next(means) or 0.0) for term in request.terms)


def floats(column: Any) -> FloatArray:
    """Numbers of an answer; sums over nothing are NULL and count zero."""
    filled: FloatArray = column.fill_null(0).to_numpy().astype(np.float64, copy=False)
    return filled


def spread(place: IntArray, groups: int, sums: FloatArray) -> FloatArray:
    """Put the sums of the groups that occur where they belong among all groups."""
    return group_sums(place, groups, np.ones(len(place)), list(np.ascontiguousarray(sums.T)))
