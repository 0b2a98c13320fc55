"""A coded frame seen through its instrument: what an expression of the author evaluates to, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.errors import ColumnError, DataError
from surveykit.expressions import Expr, Values, evaluate
from surveykit.instrument.columns import Column
from surveykit.instrument.model import Derived, Instrument
from surveykit.instrument.question import NOT_APPLICABLE, REFUSED, REMOVED
from surveykit.instrument.resolution import is_condition, resolve

__all__ = [
    "Answers",
    "BoolArray",
    "answers_of",
    "check_answers",
    "coded_array",
    "column_values",
    "derive",
    "derived_values",
]

BoolArray = npt.NDArray[np.bool_]
_FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """Columns of coded answers with the instrument that explains them.

    Parameters
    ----------
    instrument
        What was asked.
    data
        Codes and numbers by column name, float arrays ``(n,)`` with NaN for blanks; text as object arrays.
    rows
        Number of rows, n.
    shown
        Rows to which a question was put, ``(n,)``, by question id.
    """

    instrument: Instrument
    data: Mapping[str, npt.NDArray[Any]]
    rows: int
    shown: Mapping[str, BoolArray] = field(default_factory=dict)

    def holds(self, expr: Expr | None) -> BoolArray:
        """Rows ``(n,)`` where a condition is known to hold; all rows for no condition."""
        return np.ones(self.rows, np.bool_) if expr is None else self.value(expr).true()

    def fails(self, expr: Expr) -> BoolArray:
        """Rows ``(n,)`` where a condition is known not to hold; unknown is not failing."""
        values = self.value(expr)
        false = ~values.data.astype(np.bool_)
        return false if values.valid is None else false & values.valid

    def value(self, expr: Expr) -> Values:
        """Value of an expression in every row, ``(n,)``; missing codes are missing."""
        return evaluate(resolve(expr, self.instrument), self._column).rows(self.rows)

    def _column(self, name: str) -> Values:
        if name in self.instrument.constants:
            return Values(np.asarray(float(self.instrument.constants[name])))
        for edge in ("mid", "lo", "hi"):
            if name.startswith(f"{edge}("):
                return self._edge(edge, self.instrument.columns[name[len(edge) + 1 : -1]])
        if name.startswith("item("):
            return self._item(self.instrument.columns[name[len("item(") : -1]])
        if name.startswith("shown("):
            question = name[len("shown(") : -1]
            if question not in self.shown:
                raise DataError(
                    f"shown({question}) is asked before routing has reached '{question}'.",
                    remedy="Ask about earlier questions only.",
                )
            return Values(self.shown[question])
        if name in self.data and name in self.instrument.columns:
            return column_values(self.instrument.columns[name], self.data[name])
        for derived in self.instrument.derived:
            if derived.id == name:
                data, valid = derived_values(self, derived)
                return Values(data, valid)
        raise ColumnError(name, [str(key) for key in self.data])

    def _item(self, column: Column) -> Values:
        """Grid row or loop item; an item known not to have been chosen is a plain "not applicable", not unknown."""
        data = self._data(column.name)
        known = data >= 0
        over = self.instrument.question(column.question).over
        if over is not None and over not in self.instrument.lists:
            for choice in self.instrument.columns.choices(over):
                if choice.option == column.item:
                    known |= (data == NOT_APPLICABLE) & (self._data(choice.name) == 0)
        return Values(data, known)

    def _edge(self, edge: str, column: Column) -> Values:
        values = column_values(column, self._data(column.name))
        result = np.full(self.rows, np.nan)
        for code, band in column.bands.items():
            bound = getattr(band, edge)
            if bound is not None:
                result[values.data == code] = bound
        known = np.isfinite(result) if values.valid is None else np.isfinite(result) & values.valid
        return Values(np.where(known, result, 0.0), known)

    def _data(self, name: str) -> npt.NDArray[Any]:
        if name not in self.data:
            raise ColumnError(name, [str(key) for key in self.data])
        return self.data[name]


def column_values(column: Column, data: npt.NDArray[Any]) -> Values:
    """One column for the expression language: missing codes and blanks are missing."""
    if data.dtype.kind == "f":
        valid = ~np.isnan(data)
        negative = (data >= REFUSED) & (data <= REMOVED) if column.kind == "number" else data < 0
        return Values(data, valid & ~negative, name=column.name)
    codes, uniques = pd.factorize(pd.Series(data, dtype="object"))
    return Values(codes.astype(np.intp), codes >= 0, tuple(str(unique) for unique in uniques), name=column.name)


def coded_array(column: Column, series: pd.Series) -> npt.NDArray[Any]:
    """Column of a frame as a float array with NaN for blanks, or as an object array for text and dates."""
    if column.kind in ("text", "date") and not pd.api.types.is_numeric_dtype(series.dtype):
        return np.array(series.astype("object").where(series.notna(), None), dtype="object")
    try:
        numbers: _FloatArray = pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"Column '{column.name}' should hold {'codes' if column.coded else 'numbers'}: {error}.",
            remedy="Code the export to the instrument first.",
        ) from error
    return numbers.copy()


def answers_of(instrument: Instrument, frame: pd.DataFrame, shown: Mapping[str, BoolArray] | None = None) -> Answers:
    """See a coded frame through its instrument; columns that are not the instrument's are left out."""
    data = {
        column.name: coded_array(column, frame[column.name])
        for column in instrument.columns
        if column.name in frame.columns
    }
    return Answers(instrument, data, len(frame), shown or {})


def derived_values(answers: Answers, derived: Derived) -> tuple[_FloatArray, BoolArray]:
    """Numbers ``(n,)`` of a derived variable and the rows in which they are known."""
    if derived.value is not None:
        values = answers.value(derived.value)
        data = values.data.astype(np.float64)
        known = np.ones(answers.rows, np.bool_) if values.valid is None else values.valid.copy()
    else:
        data, known = np.zeros(answers.rows), np.zeros(answers.rows, np.bool_)
        open_rows = np.ones(answers.rows, np.bool_)
        for case in derived.cases:
            hit = open_rows & answers.holds(case.when)
            data[hit], known[hit] = case.code, True
            # A case that may or may not hold leaves the rows below it undecided.
            open_rows &= answers.fails(case.when)
    if derived.missing_as is not None:
        data[~known], known = derived.missing_as, np.ones(answers.rows, np.bool_)
    return np.where(known, data, 0.0), known


def derive(instrument: Instrument, frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the derived variables of an instrument on a coded frame.

    Parameters
    ----------
    instrument
        What was asked.
    frame
        Coded answers, as :func:`surveykit.instrument.route` returns them, ``(n, columns)``.

    Returns
    -------
    pandas.DataFrame
        One column a derived variable, same index: codes as ``Int32`` (conditions 0/1), numbers as ``Float64``;
        not known is ``<NA>``.
    """
    answers = answers_of(instrument, frame, _shown_by_codes(instrument, frame))
    found: dict[str, pd.Series] = {}
    for derived in instrument.derived:
        data, known = derived_values(answers, derived)
        whole = bool(derived.cases) or (derived.value is not None and is_condition(derived.value))
        series = pd.Series(data, index=frame.index, dtype="Float64").mask(~known)
        found[derived.id] = series.astype("Int32") if whole else series
    return pd.DataFrame(found, index=frame.index)


def check_answers(instrument: Instrument, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that break a rule of the instrument.

    Parameters
    ----------
    instrument
        What was asked.
    frame
        Coded answers, ``(n, columns)``.

    Returns
    -------
    pandas.DataFrame
        True where a rule is known to be broken, ``(n, rules)``; columns are the ids of the checks, then the ids of
        questions with a ``check`` of their own, then ``unique(...)`` of keys and unique questions (every row of a
        repeated key is marked). A rule whose inputs are missing is not broken.
    """
    answers = answers_of(instrument, frame, _shown_by_codes(instrument, frame))
    broken = {check.id: answers.holds(check.when) & answers.fails(check.require) for check in instrument.checks}
    for question in instrument.questions:
        if question.check is not None:
            broken[question.id] = answers.fails(question.check)
    for key in (*instrument.keys, *((question.id,) for question in instrument.questions if question.unique)):
        if all(name in frame.columns for name in key):
            whole = frame[list(key)].notna().all(axis=1).to_numpy()
            broken[f"unique({', '.join(key)})"] = whole & frame.duplicated(list(key), keep=False).to_numpy()
    return pd.DataFrame(broken, index=frame.index, dtype=np.bool_)


def _shown_by_codes(instrument: Instrument, frame: pd.DataFrame) -> dict[str, BoolArray]:
    """Read from the missing codes whether a question was put: not applicable, not reached, not administered."""
    shown: dict[str, BoolArray] = {}
    for question in instrument.questions:
        columns = [column for column in instrument.columns.of(question.id) if column.name in frame and column.coded]
        put = np.zeros(len(frame), np.bool_)
        for column in columns:
            put |= ~np.isin(coded_array(column, frame[column.name]).astype(np.float64), (-97.0, -95.0, -94.0))
        shown[question.id] = put
    return shown
