"""Grouped sums as SQL text: what every SQL system shares, and a small dialect for what they write differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surveykit.expressions import SqlColumn
from surveykit.expressions.sql import number, quote_text

__all__ = ["Dialect", "RowTerms", "as_number", "grouped", "quote_identifier"]


def quote_identifier(name: str) -> str:
    """Quote an identifier, whatever its characters.

    Examples
    --------
    >>> print(quote_identifier('the "best" firm'))
    "the ""best"" firm"
    """
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Dialect:
    """What DuckDB writes in its own way; another system overrides the methods.

    Parameters
    ----------
    deterministic
        Whether to sum with compensation. That alone does not make the bytes repeat: threads must also add in one order.
    """

    deterministic: bool = False

    def total(self, value: str) -> str:
        """Sum of doubles."""
        return f"{'FSUM' if self.deterministic else 'SUM'}({value})"

    def label_code(self, column: str, labels: Sequence[str]) -> str:
        """Position of a text among labels; NULL where it is none of them."""
        if not labels:
            return "CAST(NULL AS INTEGER)"
        listed = ", ".join(quote_text(label) for label in labels)
        return f"CAST(enum_code(TRY_CAST({column} AS ENUM({listed}))) AS INTEGER)"

    def not_nan(self, column: str) -> str:
        """A double, NULL where it is not a number."""
        return f"CASE WHEN NOT isnan({column}) THEN {column} END"


def as_number(column: SqlColumn) -> str:
    """Text of a double; truth values count 1 and 0. Categories must have been refused before."""
    return f"CAST(CAST({column.sql} AS INTEGER) AS DOUBLE)" if column.kind == "truth" else column.sql


@dataclass(frozen=True)
class RowTerms:
    """What a query computes for each row before it sums.

    Parameters
    ----------
    source
        Text after FROM.
    groups
        Texts to group by: design columns, then keys.
    weight
        Text of the weight.
    terms
        K texts of doubles; None for the constant 1.
    known
        Texts that must not be NULL for a row to count.
    where
        Text of the condition, or None.
    shift
        ``(K,)`` subtracted from each term.
    """

    source: str
    groups: tuple[str, ...]
    weight: str
    terms: tuple[str | None, ...]
    known: tuple[str, ...]
    where: str | None = None
    shift: tuple[float, ...] | None = None


def grouped(rows: RowTerms, dialect: Dialect, *, second: bool = False, squares: bool = False) -> str:
    """Write the query of grouped sums.

    Columns of the answer: the groups ``g0, g1 ...``; ``n_all`` rows; ``n_known`` rows with nothing missing; ``n_used``
    those of weight other than zero; the sums ``s0, s1 ...`` of weight x term; with `second` the sums ``q0, q1 ...`` of
    squared weight x products of terms (lower triangle, row by row); with `squares` the sum ``ww`` of squared weights.
    """
    # The weight is NULL where something is missing, so that such a row adds nothing, and is counted apart.
    known = " AND ".join(f"({text}) IS NOT NULL" for text in dict.fromkeys(rows.known))
    weight = f"CASE WHEN {known} THEN {rows.weight} END" if known else rows.weight
    inner = [f"{text} AS g{place}" for place, text in enumerate(rows.groups)]
    inner.append(f"{weight} AS w")
    values: list[str | None] = []
    for place, text in enumerate(rows.terms):
        if text is None:
            values.append(None)
            continue
        by = 0.0 if rows.shift is None else rows.shift[place]
        inner.append(f"{text} - {number(by)} AS t{place}" if by else f"{text} AS t{place}")
        values.append(f"t{place}")
    outer = [f"g{place}" for place in range(len(rows.groups))]
    outer += ["COUNT(*) AS n_all", "COUNT(w) AS n_known", "COUNT(NULLIF(w, 0e0)) AS n_used"]
    outer += [f"{dialect.total(_product('w', value))} AS s{place}" for place, value in enumerate(values)]
    if second:
        pairs = [(first, other) for place, first in enumerate(values) for other in values[: place + 1]]
        outer += [
            f"{dialect.total(_product('w * w', first, other))} AS q{place}"
            for place, (first, other) in enumerate(pairs)
        ]
    if squares:
        outer.append(f"{dialect.total('w * w')} AS ww")
    text = f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} FROM {rows.source}"
    text += f" WHERE {rows.where})" if rows.where is not None else ")"
    if rows.groups:
        text += f" GROUP BY {', '.join(f'g{place}' for place in range(len(rows.groups)))}"
    return text


def _product(*factors: str | None) -> str:
    return " * ".join(factor for factor in factors if factor is not None)
