"""Read delimited text of unknown spelling in bounded memory: headers by synonym, filters while streaming."""

from __future__ import annotations

import csv
import gzip
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from surveykit.errors import ReadError, TradeError, listing

__all__ = ["Keep", "match_headers", "open_bytes", "read_filtered", "read_header"]

_DATA = (".csv", ".tsv", ".txt", ".xml")
_BLOCK_BYTES = 1024 * 1024  # the reader keeps a few dozen blocks ahead, so this bounds the memory
_HEADER_BYTES = 1 << 20  # a header line is never longer; what has no line end is no delimited file
_MISSING = ["", "NA", "NaN", "nan", "..", "n/a"]

Keep = Callable[[str], str | None]


@contextmanager
def open_bytes(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a plain, gzip or zip file (with one data file inside) as bytes, without unpacking it to memory or disk."""
    place = Path(path)
    if not place.is_file():
        raise ReadError(f"File '{place}' does not exist.", remedy="Give the path of the downloaded file.")
    try:
        if place.suffix.lower() == ".zip":
            with zipfile.ZipFile(place) as archive:
                inside = [info for info in archive.infolist() if info.filename.lower().endswith(_DATA)]
                if len(inside) != 1:
                    names = listing(info.filename for info in inside)
                    raise ReadError(
                        f"Archive '{place}' holds {len(inside)} data files: {names}.",
                        remedy="Unpack it and give the one to read.",
                    )
                with archive.open(inside[0]) as handle:
                    yield handle
        elif place.suffix.lower() == ".gz":
            with gzip.open(place, "rb") as handle:
                yield handle  # type: ignore[misc]
        else:
            with place.open("rb") as handle:
                yield handle
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError) as error:
        raise ReadError(f"File '{place}' is damaged: {error}.", remedy="Download it again.") from error


def read_header(path: str | Path) -> tuple[list[str], str]:
    """Return the column names of a delimited or Parquet file, and the delimiter (empty for Parquet)."""
    if Path(path).suffix.lower() == ".parquet":
        return list(pyarrow.parquet.read_schema(path).names), ""
    with open_bytes(path) as handle:
        raw = handle.readline(_HEADER_BYTES)
    try:
        line = raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ReadError(f"File '{path}' is not UTF-8 text: {error}.", remedy="Save it as UTF-8.") from error
    delimiter = max(",;\t|", key=line.count)
    return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])], delimiter


def match_headers(
    header: Sequence[str], synonyms: Mapping[str, Sequence[str]], *, optional: Sequence[str] = (), place: str
) -> dict[str, str]:
    """Find which column of the file holds what, by the spellings that mirrors and editions use.

    Parameters
    ----------
    header
        Column names of the file.
    synonyms
        Our name -> spellings, compared without case, spaces, underscores and parentheses.
    optional
        Names that may be absent.

    Raises
    ------
    ReadError
        One error that lists every column that was not found, with its spellings.
    """
    folded = {_fold(name): name for name in reversed(header)}
    found: dict[str, str] = {}
    lacking: list[str] = []
    for name, spellings in synonyms.items():
        match = next((folded[_fold(spelling)] for spelling in spellings if _fold(spelling) in folded), None)
        if match is not None:
            found[name] = match
        elif name not in optional:
            lacking.append(f"{name} ({' or '.join(spellings[:3])})")
    if lacking:
        raise ReadError(
            f"These columns were not found: {', '.join(lacking)}. The file has {listing(header, limit=20)}.",
            where=place,
        )
    return found


def _fold(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


def read_filtered(
    path: str | Path,
    columns: Mapping[str, str],
    *,
    keep: Mapping[str, Keep],
    numbers: Sequence[str] = (),
    max_rows: int,
) -> pa.Table:
    """Stream a delimited or Parquet file and keep the rows asked for.

    Parameters
    ----------
    path
        CSV (also ``.gz``, or ``.zip`` with one file) or Parquet.
    columns
        Our name -> column of the file; no other column is parsed.
    keep
        Our name -> function that turns a text of that column into its code, or ``None`` to drop the row. It is called
        once for each different text.
    numbers
        Columns read as floating-point numbers; the others stay text, so that a code such as ``NA`` (Namibia) survives.
    max_rows
        Refuse rather than fill the memory when more rows are left.

    Returns
    -------
    pyarrow.Table
        Columns under our names.
    """
    parts: list[pa.Table] = []
    count = 0
    memory: dict[str, dict[str, str | None]] = {name: {} for name in keep}
    for batch in _batches(path, columns, numbers):
        part = _filtered(pa.table(batch), keep, memory)
        count += part.num_rows
        if count > max_rows:
            raise TradeError(
                f"More than {max_rows:,} rows of '{Path(path).name}' match.",
                remedy="Narrow the filters (reporters, partners, items, years), or raise max_rows.",
            )
        parts.append(part)
    if not parts:
        raise ReadError(f"File '{path}' has no data rows.", remedy="Download it again.")
    return pa.concat_tables(parts)


def _batches(path: str | Path, columns: Mapping[str, str], numbers: Sequence[str]) -> Iterator[dict[str, Any]]:
    if Path(path).suffix.lower() == ".parquet":
        yield from _parquet_batches(path, columns, numbers)
        return
    header, delimiter = read_header(path)
    types = {theirs: pa.float64() if ours in numbers else pa.string() for ours, theirs in columns.items()}
    with open_bytes(path) as handle:
        try:
            reader = pyarrow.csv.open_csv(
                handle,
                read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK_BYTES, column_names=header, skip_rows=1),
                parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
                convert_options=pyarrow.csv.ConvertOptions(
                    include_columns=list(types), column_types=types, null_values=_MISSING, strings_can_be_null=False
                ),
            )
            for batch in reader:
                yield {ours: batch.column(batch.schema.get_field_index(theirs)) for ours, theirs in columns.items()}
        except pa.ArrowInvalid as error:
            raise ReadError(
                f"File '{path}' cannot be read as delimited text: {error}.",
                remedy="Check that the download is complete.",
            ) from error


def _parquet_batches(path: str | Path, columns: Mapping[str, str], numbers: Sequence[str]) -> Iterator[dict[str, Any]]:
    try:
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(columns=list(dict.fromkeys(columns.values()))):
            yield {
                ours: batch.column(theirs).cast(pa.float64())
                if ours in numbers
                else batch.column(theirs).cast(pa.string()).fill_null("")
                for ours, theirs in columns.items()
            }
    except pa.ArrowInvalid as error:
        raise ReadError(
            f"File '{path}' cannot be read as Parquet: {error}.", remedy="Check the columns' types."
        ) from error


def _filtered(table: pa.Table, keep: Mapping[str, Keep], memory: dict[str, dict[str, str | None]]) -> pa.Table:
    for name, function in keep.items():
        known = memory[name]
        texts = pc.unique(table[name]).to_pylist()
        for text in texts:
            if text not in known:
                known[text] = function(text)
        wanted = [text for text in texts if known[text] is not None]
        if len(wanted) < len(texts):
            table = table.filter(pc.is_in(table[name], value_set=pa.array(wanted, pa.string())))
        if not table.num_rows:
            continue
        encoded = table[name].combine_chunks().dictionary_encode()
        codes = pa.array([known[text] for text in encoded.dictionary.to_pylist()], pa.string())
        recoded = codes.take(encoded.indices)
        table = table.set_column(table.schema.get_field_index(name), name, recoded)
    return table
