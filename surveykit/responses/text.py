"""Delimited text as survey platforms write it: encoding, separator and records, read as a stream.

Nothing here knows a platform. A file is decoded without losing a byte's meaning (bytes that are not
UTF-8 are read as Windows-1252 and counted), split into records by the csv rules (line breaks inside
quotes, bare carriage returns) and handed on one record at a time.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from surveykit.errors import ReadError

__all__ = [
    "Decoding",
    "Progress",
    "detect_decoding",
    "detect_delimiter",
    "every_cell_quoted",
    "records",
    "unmarked_utf16",
]

Progress = Callable[[int, int], None]
"""Called with (bytes read so far, bytes in all) while a file is read."""

_CHUNK = 1 << 22
_LONGEST_CELL = 1 << 24
_DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r'^"?sep=(.)"?\s*$', re.IGNORECASE)
_SURROGATE = re.compile("[\udc80-\udcff]")
_KANA = re.compile("[\u3041-\u30ff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def _windows(byte: int) -> str:
    """One byte as Windows-1252, or as Latin-1 where Windows-1252 leaves it undefined."""
    raw = bytes([byte])
    return raw.decode("cp1252", errors="ignore") or raw.decode("latin-1")


_FROM_SURROGATE = {0xDC00 + byte: _windows(byte) for byte in range(0x80, 0x100)}
_FROM_LATIN = {byte: _windows(byte) for byte in range(0x80, 0xA0)}


@dataclass(frozen=True)
class Decoding:
    """How the bytes of a file become text.

    Attributes
    ----------
    name
        What is reported: ``ascii``, ``utf-8``, ``utf-8-sig``, ``utf-16``, ``cp1252``, ``cp932`` ...
    codec
        The Python codec used for reading.
    errors
        Its error handler.
    repair
        Character table applied after decoding; empty when none is needed.
    notes
        What a reader of the data should know about the encoding.
    """

    name: str
    codec: str
    errors: str = "strict"
    repair: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()


def detect_decoding(path: Path, encoding: str | None = None) -> Decoding:
    """Find the encoding of a text file by reading all of it once.

    Parameters
    ----------
    path
        The file.
    encoding
        A codec named by the user, which is then taken at its word.

    Raises
    ------
    ReadError
        When the named codec is unknown or does not fit the bytes.
    """
    if encoding is not None:
        return _named_decoding(path, encoding)
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Decoding("utf-16", "utf-16", "replace")
    if wide := unmarked_utf16(start):
        return Decoding(wide, wide, "replace", notes=(f"UTF-16 without a byte order mark, read as {wide}.",))
    bom = start.startswith(codecs.BOM_UTF8)
    above, invalid = _count_bytes(path)
    if invalid:
        return _not_utf8(path, above, invalid)
    return Decoding("utf-8-sig" if bom else "utf-8" if above else "ascii", "utf-8-sig" if bom else "utf-8")


def unmarked_utf16(start: bytes) -> str | None:
    """The UTF-16 codec of text that lacks a byte order mark, or None when the bytes are something else."""
    if 0 not in start:
        return None
    for codec in ("utf-16-le", "utf-16-be"):
        text = start[: len(start) // 2 * 2].decode(codec, errors="replace")
        odd = sum((character < " " and character not in "\t\r\n") or character == "\ufffd" for character in text)
        if odd <= 1 and any(mark in text for mark in ",;\t\n"):
            return codec
    return None


def _named_decoding(path: Path, encoding: str) -> Decoding:
    try:
        codec = codecs.lookup(encoding)
        decoder = codec.incrementaldecoder()
        with path.open("rb") as file:
            while block := file.read(_CHUNK):
                decoder.decode(block)
            decoder.decode(b"", True)
    except LookupError:
        raise ReadError(
            f"Encoding '{encoding}' is not known.", remedy="Name a codec such as 'utf-8', 'cp932' or 'cp1252'."
        ) from None
    except UnicodeDecodeError as error:
        raise ReadError(
            f"'{path.name}' is not valid {encoding} (byte {error.start} of a block).",
            remedy="Leave encoding= out to have it detected, or name another one.",
        ) from None
    return Decoding(encoding, encoding)


def _count_bytes(path: Path) -> tuple[int, int]:
    """Characters outside ASCII that are valid UTF-8, and bytes that are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    above = invalid = 0
    with path.open("rb") as file:
        while True:
            block = file.read(_CHUNK)
            text = decoder.decode(block, final=not block)
            if not text.isascii():
                bad = len(_SURROGATE.findall(text))
                invalid += bad
                above += len(_NOT_ASCII.findall(text)) - bad
            if not block:
                return above, invalid


def _not_utf8(path: Path, above: int, invalid: int) -> Decoding:
    with path.open("rb") as file:
        sample = file.read(_CHUNK)
    if above == 0 or invalid > above:
        for codec in ("cp932", "euc_jp"):
            if _is_japanese(sample, codec):
                return Decoding(
                    codec,
                    codec,
                    "replace",
                    notes=(f"Not UTF-8: read as Japanese {codec}; pass encoding= if that is wrong.",),
                )
    if above > invalid:
        note = f"Mixed encodings: {invalid} bytes are not UTF-8 and were read as cp1252, one by one."
        return Decoding("utf-8", "utf-8-sig", "surrogateescape", tuple(_FROM_SURROGATE.items()), (note,))
    note = f"Not UTF-8: {invalid} bytes were read as cp1252; pass encoding= if letters look wrong."
    return Decoding("cp1252", "latin-1", "strict", tuple(_FROM_LATIN.items()), (note,))


def _is_japanese(sample: bytes, codec: str) -> bool:
    """Whether the bytes decode and hold kana, which chance does not produce in other languages."""
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        text = decoder.decode(sample)
    except UnicodeDecodeError:
        return False
    foreign = len(_NOT_ASCII.findall(text))
    return foreign >= 4 and len(_KANA.findall(text)) > 0.15 * foreign


def _lines(file: TextIO, repair: dict[int, str]) -> Iterator[str]:
    if not repair:
        yield from file
        return
    for line in file:
        yield line if line.isascii() else line.translate(repair)


def records(path: Path, decoding: Decoding, delimiter: str, progress: Progress | None = None) -> Iterator[list[str]]:
    """Yield the records of a delimited file, one list of cells each; blank lines come as empty lists.

    Raises
    ------
    ReadError
        When a quotation mark is never closed, which is how a truncated file shows.
    """
    csv.field_size_limit(_LONGEST_CELL)
    total = path.stat().st_size
    pending: list[str] = []
    last: tuple[str, ...] = ()
    number = 0
    with path.open("rb") as raw:
        file = io.TextIOWrapper(raw, encoding=decoding.codec, errors=decoding.errors, newline="")
        reader = csv.reader(_remembered(_lines(file, dict(decoding.repair)), pending), delimiter=delimiter)
        try:
            for number, record in enumerate(reader, start=1):
                last = tuple(pending)
                pending.clear()
                if progress is not None and number % 20_000 == 0:
                    progress(min(raw.tell(), total), total)
                yield record
        except csv.Error as error:
            raise _unclosed(path, number + 1) from error
    if not _complete(last, delimiter):
        raise _unclosed(path, number)
    if progress is not None:
        progress(total, total)


def _remembered(lines: Iterator[str], pending: list[str]) -> Iterator[str]:
    """The lines, each also put in ``pending``; a leading ``sep=;`` line is Excel's and no record."""
    for number, line in enumerate(lines):
        if number == 0 and _SEPARATOR_LINE.match(line):
            continue
        pending.append(line)
        yield line


def _complete(lines: Sequence[str], delimiter: str) -> bool:
    """Whether the lines of the last record end outside quotes."""
    if "".join(lines).count('"') % 2 == 0:
        return True
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" not in str(error)
    return True


def _unclosed(path: Path, number: int) -> ReadError:
    return ReadError(
        f"'{path.name}' opens a quotation mark in record {number} that is never closed.",
        remedy="The file is cut off or damaged there: export it again.",
    )


def _sample(path: Path, decoding: Decoding, delimiter: str, limit: int) -> list[list[str]]:
    """The first records, without complaint about an open quote: a wrong delimiter may cause one."""
    with path.open(encoding=decoding.codec, errors=decoding.errors, newline="") as file:
        text = file.read(1 << 19)
    try:
        lines = (line for line in text.splitlines(keepends=True) if not _SEPARATOR_LINE.match(line))
        return [record for record in islice(csv.reader(lines, delimiter=delimiter), limit) if record]
    except csv.Error:
        return []


def detect_delimiter(path: Path, decoding: Decoding) -> str:
    """The separator that gives most records the width of the header; a comma for a single column."""
    with path.open(encoding=decoding.codec, errors=decoding.errors, newline="") as file:
        declared = _SEPARATOR_LINE.match(file.readline(256))
    if declared:
        return declared.group(1)
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = [len(record) for record in _sample(path, decoding, delimiter, 120)][:-1] or [
            len(record) for record in _sample(path, decoding, delimiter, 2)
        ]
        if not widths or widths[0] < 2:
            continue
        width, _ = Counter(widths).most_common(1)[0]
        share = sum(1 for each in widths if each == widths[0]) / len(widths)
        if width < 2 and share < 0.5:
            continue
        score = (round(share, 1), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def every_cell_quoted(path: Path, decoding: Decoding, delimiter: str) -> bool:
    """Whether the first line puts each of its cells in quotes, as some platforms do."""
    with path.open(encoding=decoding.codec, errors=decoding.errors, newline="") as file:
        line = file.readline(1 << 16).lstrip("\ufeff").rstrip("\r\n")
    cells = line.split(f'"{delimiter}"')
    return len(cells) > 1 and line.startswith('"') and line.endswith('"') and all(cells)
