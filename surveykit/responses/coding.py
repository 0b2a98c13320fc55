"""Cells into codes: an option by its code or its label, a number, a date, a tick."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.instrument import Column, Instrument, Option
from surveykit.responses.building import FLAGS, NOT_FLAGS, flags_of, is_other
from surveykit.responses.dates import read_dates
from surveykit.responses.export import Export, Question
from surveykit.responses.matching import Match, plain_text
from surveykit.responses.profile import profile
from surveykit.responses.selection import split_joined

__all__ = ["Coder"]

_REMOVED = -93
_MISSING = range(-99, -92)
_NUMBER = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?|[-+]?\d+([.,]\d+)?([eE][-+]?\d+)?|[-+]?\.\d+")


@dataclass
class Coder:
    """Codes one export to one instrument; collects what does not fit.

    Attributes
    ----------
    export, instrument
        From where, to what.
    written
        ``codes`` or ``labels`` by question, where the user says which the export holds.
    """

    export: Export
    instrument: Instrument
    written: Mapping[str, str]
    data: dict[str, pd.Series[Any]] = field(default_factory=dict)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    ambiguous: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, match: Match) -> None:
        """Code the columns of one match."""
        for name, source in match.columns.items():
            column = self.instrument.columns[name]
            self.data[name] = self._lettered(self._cells(column, source), source)
        if match.export is not None:
            self._question(match.question, match.export)

    def unknown_frame(self) -> pd.DataFrame:
        """Values that are no option, most frequent first."""
        rows = [(column, value, count) for (column, value), count in self.unknown.most_common()]
        return pd.DataFrame(rows, columns=["column", "value", "count"])

    # Whole questions

    def _question(self, identifier: str, asked: Question) -> None:
        columns = [column for column in self.instrument.columns.of(identifier) if not column.write_in]
        kinds = {column.kind for column in columns}
        if kinds == {"indicator"} and len({column.item for column in columns}) == 1:
            self._multi(identifier, columns, asked)
        elif kinds == {"rank"} or len(columns) > 1:
            self._by_label(identifier, columns, asked)
        elif len(asked.columns) > 1 and asked.type == "single":
            self._spread(columns[0], asked)
        elif columns:
            self.data[columns[0].name] = self._cells(columns[0], asked.columns[0])
        self._write_ins(identifier, columns, asked)

    def _multi(self, identifier: str, columns: Sequence[Column], asked: Question) -> None:
        rows = len(self.export.frame)
        ticks = {column.option: np.full(rows, np.nan) for column in columns}
        options = self.instrument.question(identifier).options
        if asked.separator or (len(asked.columns) == 1 and len(columns) > 1 and not asked.ticked):
            self._joined(identifier, asked, options, ticks)
        elif len(asked.columns) != len(asked.options):
            self._categories(identifier, asked, options, ticks)
        else:
            for place, name in enumerate(asked.columns):
                code = _option_of(asked.codes[place], asked.options[place], options)
                if code is None:
                    self.notes.append(f"Column '{name}' is no option of {identifier}; it was not coded.")
                    continue
                ticks[code][self._ticked(asked, name)] = 1.0
        for column in columns:
            self.data[column.name] = pd.Series(ticks[column.option])

    def _categories(
        self,
        identifier: str,
        asked: Question,
        options: Sequence[Option],
        ticks: Mapping[int | None, npt.NDArray[np.float64]],
    ) -> None:
        """SPSS category sets: each column holds one of the chosen options."""
        labels = dict(zip(asked.codes, asked.options, strict=True))
        for name in asked.columns:
            texts = self.export.frame[name].astype("str").str.removesuffix(".0")
            for value, count in texts.value_counts().items():
                word = str(value)
                code = _option_of(word, labels.get(word, word), options)
                if code is None:
                    self.unknown[identifier, word] += int(count)
                else:
                    ticks[code][texts.eq(word).fillna(value=False).to_numpy()] = 1.0

    def _ticked(self, asked: Question, name: str) -> npt.NDArray[np.bool_]:
        cells = self.export.frame[name]
        if not asked.ticked:
            return cells.notna().to_numpy()
        if pd.api.types.is_numeric_dtype(cells.dtype):
            return cells.isin([float(value) for value in asked.ticked]).to_numpy()
        return cells.isin(list(asked.ticked)).to_numpy()

    def _joined(
        self,
        identifier: str,
        asked: Question,
        options: Sequence[Option],
        ticks: Mapping[int | None, npt.NDArray[np.float64]],
    ) -> None:
        separator = asked.separator or ", "
        known: dict[str, int] = {}
        for option in options:
            for text in option.label.values():
                known.setdefault(text, option.code)
        codes = {str(option.code): option.code for option in options}
        for row, cell in enumerate(self.export.frame[asked.columns[0]]):
            if not isinstance(cell, str):
                continue
            if all(part.strip() in codes for part in cell.split(separator)):
                for part in cell.split(separator):
                    ticks[codes[part.strip()]][row] = 1.0
                continue
            found, rest = split_joined(cell, known, separator)
            for label in found:
                ticks[known[label]][row] = 1.0
            if rest:
                self._left_over(identifier, rest, row, options, ticks)

    def _left_over(
        self,
        identifier: str,
        rest: str,
        row: int,
        options: Sequence[Option],
        ticks: Mapping[int | None, npt.NDArray[np.float64]],
    ) -> None:
        """Text that is no option is the write-in of "other", where the question has one."""
        other = next((option for option in options if option.text), None)
        if other is None:
            self.unknown[identifier, rest] += 1
            return
        ticks[other.code][row] = 1.0
        name = next(c.name for c in self.instrument.columns.of(identifier) if c.write_in and c.option == other.code)
        texts = self.data.setdefault(name, pd.Series([None] * len(self.export.frame), dtype="str"))
        texts.iloc[row] = rest

    def _by_label(self, identifier: str, columns: Sequence[Column], asked: Question) -> None:
        """Grids, rankings and loops: each export column by the label or code of its row."""
        question = self.instrument.question(identifier)
        items = question.options if columns[0].kind == "rank" else self.instrument.items(question)
        labels = asked.rows or asked.options
        for place, name in enumerate(asked.columns):
            label = labels[place] if place < len(labels) else name
            code = _option_of(label, label, items)
            column = next((c for c in columns if code is not None and code in (c.item, c.option)), None)
            if column is None:
                self.notes.append(f"Column '{name[:60]}' is no row of {identifier}; it was not coded.")
            else:
                self.data[column.name] = self._cells(column, name)

    def _spread(self, column: Column, asked: Question) -> None:
        """A single choice over several columns, one per option."""
        codes = np.full(len(self.export.frame), np.nan)
        options = self.instrument.question(column.question).options
        for place, name in enumerate(asked.columns):
            code = _option_of(asked.codes[place], asked.options[place], options)
            ticked = self._ticked(asked, name)
            if code is None:
                self.unknown[column.name, asked.options[place]] += int(ticked.sum())
            codes[ticked] = _REMOVED if code is None else code
        self.data[column.name] = pd.Series(codes)

    def _write_ins(self, identifier: str, columns: Sequence[Column], asked: Question) -> None:
        """Texts of "other": kept, and the box ticked where the platform leaves that out."""
        fields = [column for column in self.instrument.columns.of(identifier) if column.write_in]
        if not asked.other or not fields:
            return
        texts = self.export.frame[asked.other[0]]
        self.data[fields[0].name] = texts
        written = texts.notna().to_numpy()
        for column in columns:
            if column.option == fields[0].option and column.kind == "indicator":
                ticks = self.data[column.name].to_numpy(dtype=np.float64).copy()
                ticks[written & np.isnan(ticks)] = 1.0
                self.data[column.name] = pd.Series(ticks)

    # Single cells

    def _cells(self, column: Column, source: str) -> pd.Series[Any]:
        cells = self.export.frame[source]
        if column.kind == "text":
            return cells if isinstance(cells.dtype, pd.StringDtype) else cells.astype("str")
        if column.kind == "date":
            return self._dates(cells)
        if column.kind == "number":
            return self._mapped(column, cells, {str(value): _number(str(value)) for value in cells.dropna().unique()})
        if column.kind == "rank":
            places = {str(place): float(place) for place in column.values}
            return self._mapped(column, cells, {**places, **_missing_codes()})
        if column.kind == "indicator":
            return self._indicator(column, cells)
        return self._choice(column, cells, self.export.value_labels.get(source, {}))

    def _lettered(self, codes: pd.Series[Any], source: str) -> pd.Series[Any]:
        """Stata's .a to .g are the missing codes -99 to -93, in that order."""
        tags = self.export.tagged_missing
        if source not in tags.columns or not pd.api.types.is_numeric_dtype(codes.dtype):
            return codes
        letters = {letter: float(code) for letter, code in zip("abcdefg", _MISSING, strict=True)}
        return codes.fillna(tags[source].map(letters, na_action="ignore").astype("float64"))

    def _dates(self, cells: pd.Series[Any]) -> pd.Series[Any]:
        if pd.api.types.is_datetime64_any_dtype(cells.dtype):
            return pd.Series(cells.dt.strftime("%Y-%m-%dT%H:%M:%S").astype("str"))
        dates = read_dates(cells.astype("str"))
        self.notes.extend(dates.notes)
        stamps = dates.values.dt.strftime("%Y-%m-%dT%H:%M:%S").astype("str")
        return pd.Series(stamps.where(dates.values.notna(), cells.astype("str")))

    def _indicator(self, column: Column, cells: pd.Series[Any]) -> pd.Series[Any]:
        described = profile(cells)
        labels = _option_labels(self.instrument, column)
        ticked = next((found for label in ["", *labels] if (found := flags_of(described, label)) is not None), None)
        codes: dict[str, float | None] = {"1": 1.0, "1.0": 1.0, "0": 0.0, "0.0": 0.0, **_missing_codes()}
        for value in described.counts:
            word = value.strip().casefold()
            if word in NOT_FLAGS:
                codes.setdefault(value, np.nan if word in ("n/a", "nan", "{question_not_shown}") else 0.0)
            elif word in FLAGS or (ticked is not None and value in ticked):
                codes.setdefault(value, 1.0)
        return self._mapped(column, cells, codes)

    def _choice(self, column: Column, cells: pd.Series[Any], labelled: Mapping[str, str]) -> pd.Series[Any]:
        values = [str(value) for value in cells.dropna().unique()]
        values = [value for value in values if not self._means_blank(column, value)]
        by_code = {value: _as_code(value, column) for value in values}
        texts = {plain_text(text): code for code, label in column.values.items() for text in label.values()}
        texts |= {
            plain_text(text): code
            for code, label in column.missing.items()
            for text in label.values()
            if code in (-99, -98)
        }
        by_label = {value: texts.get(plain_text(labelled.get(value, value))) for value in values}
        said = self.written.get(column.question)
        if said is None and labelled and all(value in labelled for value in values):
            # The file itself says what its codes mean.
            said = "labels"
        if said is None and values and _both(by_code, by_label):
            if column.question not in self.ambiguous:
                self.ambiguous.append(column.question)
            return pd.Series(np.nan, index=cells.index)
        first, second = (by_code, by_label) if said == "codes" else (by_label, by_code)
        if said is None and all(code is not None for code in by_code.values()):
            first, second = by_code, by_label
        chosen: dict[str, float | None] = {}
        for value in values:
            code = first[value] if first[value] is not None else second[value]
            chosen[value] = None if code is None else float(code)
        return self._mapped(column, cells, chosen)

    def _means_blank(self, column: Column, word: str) -> bool:
        """Whether a value is the platform's word for no answer (Qualtrics' -99 is not a refusal)."""
        offered = {str(code) for code in column.offered}
        return word in self.export.missing_codes and word not in offered

    def _mapped(self, column: Column, cells: pd.Series[Any], codes: Mapping[str, float | None]) -> pd.Series[Any]:
        """Codes for the cells; what has none is -93 and listed."""
        result = np.full(len(cells), np.nan)
        texts = cells.astype("str")
        for value, count in texts.value_counts().items():
            word = str(value)
            if self._means_blank(column, word):
                continue
            code = codes.get(word)
            if code is None:
                self.unknown[column.name, word[:200]] += int(count)
            result[texts.eq(word).fillna(value=False).to_numpy()] = _REMOVED if code is None else code
        return pd.Series(result, index=cells.index)


def _missing_codes() -> dict[str, float | None]:
    return {text: float(code) for code in _MISSING for text in (str(code), f"{code}.0")}


def _number(text: str) -> float | None:
    """A number as people type it: full-width digits, thousands separators, a unit sign."""
    bare = unicodedata.normalize("NFKC", text).strip().rstrip("%円¥").lstrip("¥$€").strip()
    if not _NUMBER.fullmatch(bare):
        return None
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        return float(bare.replace(",", ""))
    return float(bare.replace(",", "."))


def _as_code(value: str, column: Column) -> int | None:
    match = re.fullmatch(r"(?:AO?0*)?(-?\d+)(?:\.0+)?", value.strip())
    if match is None:
        return None
    code = int(match.group(1))
    return code if code in column.values or code in column.missing else None


def _both(by_code: Mapping[str, int | None], by_label: Mapping[str, int | None]) -> bool:
    """Whether every value is a code and a label, and they do not mean the same."""
    whole = all(code is not None for code in by_code.values()) and all(code is not None for code in by_label.values())
    return whole and by_code != by_label


def _option_of(code: str, label: str, options: Iterable[Option]) -> int | None:
    """The option with this label, or this code."""
    known = list(options)
    wording = plain_text(label)
    for option in known:
        if wording in {plain_text(text) for text in option.label.values()}:
            return option.code
    match = re.fullmatch(r"(?:SQ0*|AO?0*)?(-?\d+)", code.strip())
    if match and int(match.group(1)) in {option.code for option in known}:
        return int(match.group(1))
    if is_other(label):
        return next((option.code for option in known if option.text), None)
    return next((option.code for option in known if option.name is not None and option.name == code), None)


def _option_labels(instrument: Instrument, column: Column) -> list[str]:
    for option in instrument.question(column.question).options:
        if option.code == column.option:
            return list(option.label.values())
    return []
