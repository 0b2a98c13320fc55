"""Data files: which they are, whether they are what their names say, and how DuckDB and Arrow read them."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from surveykit.engine.duck_source import OwnSource, column_aliases
from surveykit.errors import ReadError, listing
from surveykit.expressions.sql import quote_text

__all__ = ["DataFiles", "find_files"]

_SUFFIXES: dict[str, Literal["parquet", "csv"]] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
}
_MAGIC = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF document",
    b"ARROW1": "an Arrow file",
}
_DELIMITERS = (",", ";", "\t", "|")
#: What stands for a missing number; in a column of text only an empty field is missing.
_MISSING = ("NA", "N/A", "NaN", "nan", "NULL", "null", ".")
_NUMBER = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*|\s*[+-]?[iI]nf(inity)?\s*"
_TRUTH = ("TRUE", "FALSE", "True", "False", "true", "false")


@dataclass(frozen=True)
class DataFiles:
    """Files of one kind that together hold the rows.

    Parameters
    ----------
    kind
        ``"parquet"`` or ``"csv"``.
    paths
        The files, in order of their names.
    label
        What the user called them.
    """

    kind: Literal["parquet", "csv"]
    paths: tuple[Path, ...]
    label: str

    @property
    def size(self) -> int:
        """Bytes in memory, about: the decoded columns of Parquet, the text of CSV."""
        if self.kind == "csv":
            return sum(path.stat().st_size for path in self.paths)
        return sum(
            group.total_byte_size
            for path in self.paths
            for metadata in [_parquet(path).metadata]
            for group in (metadata.row_group(place) for place in range(metadata.num_row_groups))
        )

    def source(self, *, single_thread: bool = False) -> OwnSource:
        """Let DuckDB read the files where they lie."""
        if self.kind == "parquet":
            names = self.schema.names
            return OwnSource(_call("read_parquet", self.paths), self.label, names=names, single_thread=single_thread)
        scan, names = self._typed_csv()
        return OwnSource(scan, self.label, names=names, single_thread=single_thread)

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of Parquet files.

        Raises
        ------
        ReadError
            If the files do not have the same columns, or a name comes twice.
        """
        first = _parquet(self.paths[0]).schema_arrow
        for path in self.paths[1:]:
            other = _parquet(path).schema_arrow
            if other.names != first.names:
                odd = sorted(set(other.names) ^ set(first.names)) or list(other.names)
                raise ReadError(
                    f"its columns are not those of {self.paths[0].name}: {listing(odd)}.",
                    where=str(path),
                    remedy="Files that are read together have the same columns in the same order.",
                )
        _refuse_twins(first.names, self.label)
        return first

    def categories(self, name: str, *, everywhere: bool = False) -> tuple[tuple[str, ...], bool] | None:
        """Categories that Parquet files declare for a column, and whether their order means something.

        Parameters
        ----------
        everywhere
            Look into every row group, not only the first of each file, which by custom holds them all.

        Returns
        -------
        tuple or None
            None where none are declared.
        """
        if self.kind != "parquet":
            return None
        kind = self.schema.field(name).type
        if not pa.types.is_dictionary(kind) or not _is_text(kind.value_type):
            return None
        labels: dict[str, None] = {}
        for path in self.paths:
            file = _parquet(path)
            for group in range(file.metadata.num_row_groups if everywhere else min(1, file.metadata.num_row_groups)):
                for chunk in file.read_row_group(group, columns=[name]).column(0).chunks:
                    labels |= dict.fromkeys(chunk.dictionary.to_pylist())
        return tuple(labels), bool(kind.ordered)

    @property
    def rows(self) -> int:
        """Number of rows of Parquet files, from what they say about themselves."""
        return sum(_parquet(path).metadata.num_rows for path in self.paths)

    def column(self, name: str) -> pa.ChunkedArray:
        """Read one column of Parquet files."""
        return pa.chunked_array(
            [chunk for path in self.paths for chunk in _parquet(path).read(columns=[name]).column(0).chunks],
            type=self.schema.field(name).type,
        )

    def _typed_csv(self) -> tuple[str, list[str]]:
        """Text that reads the columns as numbers, truth values or text: whatever every row of all files allows."""
        delimiter, names = _header(self.paths[0])
        for path in self.paths[1:]:
            if _header(path) != (delimiter, names):
                raise ReadError("its header is not that of the first file.", where=str(path))
        _refuse_twins(names, self.label)
        listed = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(names)))
        options = (
            "header=true, auto_detect=false, strict_mode=true, null_padding=false, quote='\"', escape='\"', "
            f"nullstr='', delim={quote_text(delimiter)}, columns={{{listed}}}"
        )
        scan = _call("read_csv", self.paths, options)
        text = OwnSource(scan, self.label)
        asked = [part for place in range(len(names)) for part in _type_questions(f"c{place}")]
        answers = text.fetch(f"SELECT {', '.join(asked)} FROM {text.text}").to_pylist()[0].values()
        found = list(answers)
        cast = [_cast(f"c{place}", *found[5 * place : 5 * place + 5]) for place in range(len(names))]
        return f"(SELECT {', '.join(cast)} FROM {scan} AS raw({column_aliases('c', len(names))}))", names


def _type_questions(column: str) -> list[str]:
    given = f"{column} NOT IN ({', '.join(map(quote_text, _MISSING))})"
    return [
        f"COUNT({column})",
        f"COUNT(*) FILTER (WHERE {given} AND NOT regexp_full_match({column}, {quote_text(_NUMBER)}))",
        f"COUNT(*) FILTER (WHERE {given} AND NOT regexp_full_match({column}, '\\s*[+-]?\\d{{1,18}}\\s*'))",
        f"COUNT(*) FILTER (WHERE regexp_full_match({column}, '[+-]?0\\d+.*'))",
        f"COUNT(*) FILTER (WHERE {column} NOT IN ({', '.join(map(quote_text, _TRUTH))}))",
    ]


def _cast(column: str, given: int, no_number: int, no_integer: int, coded: int, no_truth: int) -> str:
    # A cast of the bare column would be done inside DuckDB's reader, which stops at 'NA' where TRY_CAST gives NULL.
    if given == 0 or (no_number == 0 and coded == 0):
        return f"TRY_CAST(trim({column}) AS {'DOUBLE' if no_integer or given == 0 else 'BIGINT'}) AS {column}"
    return f"CAST(lower({column}) AS BOOLEAN) AS {column}" if no_truth == 0 else column


def _call(function: str, paths: Sequence[Path], options: str = "") -> str:
    listed = ", ".join(quote_text(_literal_path(path)) for path in paths)
    return f"{function}([{listed}]{', ' if options else ''}{options})"


def _literal_path(path: Path) -> str:
    """A path that DuckDB does not take for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path.resolve()))


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _parquet(path: Path) -> Any:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise ReadError(f"this Parquet file is damaged or incomplete ({reason}).", where=str(path)) from None


def _header(path: Path) -> tuple[str, list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            start = file.read(1_000_000)
    except UnicodeDecodeError as error:
        raise ReadError(
            f"byte {error.start + 1} is not UTF-8 text.", where=str(path), remedy="Save the file again as UTF-8."
        ) from None
    line = re.sub(r'"[^"]*"', "", start.split("\n", 1)[0])
    delimiter = max(_DELIMITERS, key=line.count)
    names = next(csv.reader([*start.splitlines(keepends=True)], delimiter=delimiter), [])
    return delimiter, [name if name.strip() else f"column{place + 1}" for place, name in enumerate(names)]


def _refuse_twins(names: Sequence[str], label: str) -> None:
    twins = sorted({name for name in names if list(names).count(name) > 1}) if len(set(names)) < len(names) else []
    if twins:
        raise ReadError(f"two columns have the same name: {listing(twins)}.", where=label, remedy="Rename one of them.")


def find_files(data: str | os.PathLike[str]) -> DataFiles:
    """Find the files behind a path: a file, a folder of files, or a pattern such as ``"waves/*.parquet"``.

    Raises
    ------
    ReadError
        If there is no such file, or a file is not what its name says.
    """
    label = os.fspath(data)
    paths = _expand(label)
    kinds = {_kind(path) for path in paths}
    if len(kinds) > 1:
        raise ReadError(
            "Parquet and CSV files are mixed.", where=label, remedy="Name the ones to read, as 'folder/*.csv'."
        )
    for path in paths:
        _check_content(path, next(iter(kinds)))
    return DataFiles(kinds.pop(), paths, label)


def _expand(label: str) -> tuple[Path, ...]:
    path = Path(label)
    if path.is_file():
        return (path,)
    if path.is_dir():
        inside = (one for one in sorted(path.rglob("*")) if one.is_file() and not one.name.startswith((".", "_")))
        found = tuple(one for one in inside if one.suffix.lower() in _SUFFIXES)
        if not found:
            raise ReadError("the folder holds no Parquet or CSV file.", where=label)
        return found
    pattern = label if path.is_absolute() is False else str(path.relative_to(path.anchor))
    matches = tuple(one for one in sorted(Path(path.anchor or ".").glob(pattern)) if one.is_file())
    if not matches:
        raise ReadError(f"there is no file '{label}'.", remedy="Check the spelling and the folder.")
    return matches


def _kind(path: Path) -> Literal["parquet", "csv"]:
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise ReadError(
            f"files ending in '{suffix or path.name}' are not read here.",
            where=str(path),
            remedy="Give a Parquet or CSV file, or read it with pandas or surveykit's response readers first.",
        )
    return _SUFFIXES[suffix]


def _check_content(path: Path, kind: Literal["parquet", "csv"]) -> None:
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.strip():
        raise ReadError("the file is empty.", where=str(path))
    really = next((name for magic, name in _MAGIC.items() if start.startswith(magic)), None)
    if kind == "parquet" and not start.startswith(b"PAR1"):
        shown = f"is {really}" if really else "does not begin as a Parquet file does"
        raise ReadError(
            f"the name says Parquet, but the file {shown}.", where=str(path), remedy="Give it its true ending."
        )
    if kind == "csv" and (really or b"\x00" in start):
        shown = really or "a binary file or UTF-16 text"
        remedy = "Give it its true ending." if really else "Save it as UTF-8 text."
        raise ReadError(f"the name says text, but the file is {shown}.", where=str(path), remedy=remedy)
