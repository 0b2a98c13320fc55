"""Open table files that may be compressed, without letting a small file unpack into an endless one."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from surveykit.errors import ReadError, listing

__all__ = ["MAX_BYTES", "open_table_file", "year_in_name"]

# The largest published inter-country table is about 1 GB as text; eight times that is certainly no table.
MAX_BYTES = 8 * 2**30


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than a number of bytes."""

    def __init__(self, inner: BinaryIO, limit: int, name: str) -> None:
        super().__init__()
        self._inner = inner
        self._left = limit
        self._name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        data = self._inner.read(len(view))
        self._left -= len(data)
        if self._left < 0:
            raise ReadError(
                f"'{self._name}' unpacks to more than the accepted size.", remedy="Unpack it yourself and look at it."
            )
        view[: len(data)] = data
        return len(data)


@contextmanager
def open_table_file(path: str | Path, *, year: int | None = None, limit: int = MAX_BYTES) -> Iterator[BinaryIO]:
    """Open a plain, gzip or zip file for reading.

    Parameters
    ----------
    path
        File.
    year
        In a zip archive with several tables: the year in the name of the one to read.
    limit
        Largest accepted size after unpacking, in bytes.

    Raises
    ------
    ReadError
        The file is absent, damaged or too large; or the archive does not hold exactly one table that fits.
    """
    file = Path(path)
    if not file.is_file():
        raise ReadError(f"There is no file '{file}'.", remedy="Check the path.")
    try:
        if zipfile.is_zipfile(file) and file.suffix.lower() != ".xlsx":
            with zipfile.ZipFile(file) as archive, archive.open(_member(archive, file, year)) as stream:
                yield _buffered(cast("BinaryIO", stream), limit, file)
        elif _is_gzip(file):
            with gzip.open(file) as unpacked:
                yield _buffered(cast("BinaryIO", unpacked), limit, file)
        else:
            with file.open("rb") as plain:
                yield plain
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError) as error:
        raise ReadError(f"'{file}' is damaged ({error}).", remedy="Download it again.") from error


def _is_gzip(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _buffered(stream: BinaryIO, limit: int, file: Path) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Bounded(stream, limit, file.name), buffer_size=2**20))


def _member(archive: zipfile.ZipFile, file: Path, year: int | None) -> str:
    names = [name for name in archive.namelist() if Path(name).suffix.lower() in {".csv", ".txt", ".tsv"}]
    fitting = [name for name in names if year is None or year_in_name(name) == year]
    if len(fitting) != 1:
        raise ReadError(
            f"'{file.name}' holds {len(fitting)} tables that fit{'' if year is None else f' the year {year}'}: "
            f"{listing(names)}.",
            remedy="Pass year= of the one to read, or unpack it.",
        )
    return fitting[0]


def year_in_name(path: str | Path) -> int | None:
    """Year of the data in a file name, or ``None`` when there is none or more than one.

    An edition such as the one in ``ICIO2023_2020.csv`` is no year of data.

    Examples
    --------
    >>> year_in_name("ICIO2023_2020.csv"), year_in_name("2016-2022_SML.zip"), year_in_name("WIOT2014_Nov16_ROW.csv")
    (2020, None, 2014)
    """
    name = re.sub(r"(?i)icio\d{4}|\d{2}ed", "", Path(path).name)
    years = {int(text) for text in re.findall(r"(?<!\d)((?:19|20)\d{2})(?!\d)", name)}
    return years.pop() if len(years) == 1 else None
