"""Cells into columns, block by block, so that a file larger than memory can become a frame.

Every cell is text exactly as the file has it; an empty cell is missing. In a large file a column with
few distinct values is held as categories (a byte or two a cell) and a column of free text is moved to
a temporary file that the frame maps, so that memory does not grow with the file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

__all__ = ["CellStore", "text_series"]

_BLOCK_CELLS = 200_000
_MOST_CATEGORIES = 20_000
_TEXT_IN_MEMORY = 32 << 20
_TEXT = pd.StringDtype(storage="pyarrow", na_value=np.nan)


def text_series(values: Iterable[str | None]) -> pd.Series[str]:
    """A pandas text column (dtype ``str``) from cells, with missing for None."""
    return pd.Series(pd.array(list(values), dtype=_TEXT))


class _Column:
    """One growing column: category codes while they pay, plain text after."""

    def __init__(self, *, compact: bool) -> None:
        self.compact = compact
        self.index: dict[str, int] = {}
        self.codes: list[npt.NDArray[np.int16]] = []
        self.chunks: list[pa.Array] = []
        self.spill: tuple[Path, pa.RecordBatchFileWriter, pa.OSFile] | None = None

    def extend(self, cells: Sequence[str]) -> int:
        """Add cells and return the bytes of plain text now held in memory because of it."""
        chunk = pa.array([cell or None for cell in cells], pa.large_string())
        if self.compact:
            encoded = chunk.dictionary_encode()
            distinct = encoded.dictionary.to_pylist()
            few = len(distinct) <= max(64, 0.2 * len(cells))
            if few and len(self.index) + len(distinct) <= _MOST_CATEGORIES:
                mapped = np.array(
                    [self.index.setdefault(value, len(self.index)) for value in distinct] or [0], dtype=np.int16
                )
                codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
                self.codes.append(np.where(codes < 0, np.int16(-1), mapped[codes]).astype(np.int16))
                return 0
            held = self._give_up_categories()
        else:
            held = 0
        return held + self._append(chunk)

    def _give_up_categories(self) -> int:
        self.compact = False
        words = pa.array(list(self.index), pa.large_string())
        held = 0
        for codes in self.codes:
            indices = pa.array(codes, pa.int32(), mask=codes < 0)
            held += self._append(pa.DictionaryArray.from_arrays(indices, words).cast(pa.large_string()))
        self.codes, self.index = [], {}
        return held

    def _append(self, chunk: pa.Array) -> int:
        if self.spill is not None:
            self.spill[1].write(pa.record_batch([chunk], names=["cell"]))
            return 0
        self.chunks.append(chunk)
        return int(chunk.nbytes)

    def move_to(self, path: Path) -> None:
        """Write the plain text held so far, and all that follows, to a temporary file."""
        if self.compact or self.spill is not None:
            return
        sink = pa.OSFile(str(path), "wb")
        self.spill = (path, pa.ipc.new_file(sink, pa.schema([("cell", pa.large_string())])), sink)
        for chunk in self.chunks:
            self._append(chunk)
        self.chunks = []

    def finish(self, *, categories: bool) -> pd.Series[str]:
        if self.compact and categories:
            codes = np.concatenate(self.codes) if self.codes else np.empty(0, np.int16)
            if len(self.index) < 127:
                codes = codes.astype(np.int8)
            words = pd.Index(list(self.index), dtype="str")
            return pd.Series(pd.Categorical.from_codes(codes, categories=words))
        if self.compact:
            self._give_up_categories()
        if self.spill is not None:
            path, writer, sink = self.spill
            writer.close()
            sink.close()
            return _mapped(path)
        chunked = pa.chunked_array(self.chunks, pa.large_string())
        return pd.Series(pd.arrays.ArrowStringArray(chunked, dtype=_TEXT))  # type: ignore[call-arg]


def _mapped(path: Path) -> pd.Series[str]:
    """A text column that stays on disk; the mapping outlives the file's name."""
    chunked = pa.ipc.open_file(pa.memory_map(str(path))).read_all().column("cell")
    return pd.Series(pd.arrays.ArrowStringArray(chunked, dtype=_TEXT))  # type: ignore[call-arg]


class CellStore:
    """Collects records of text into a frame with columns 0, 1, 2 ...

    Parameters
    ----------
    width
        Number of columns of the header; longer records add columns, shorter ones are filled with missing.
    large
        Hold repeated values as categories and move free text to a temporary file.
    """

    def __init__(self, width: int, *, large: bool = False) -> None:
        self.width = width
        self.rows = 0
        self._large = large
        self._columns = [_Column(compact=large) for _ in range(width)]
        self._block: list[Sequence[str]] = []
        self._held = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def append(self, record: Sequence[str]) -> None:
        """Add one record."""
        if len(record) > self.width:
            self._widen(len(record))
        self._block.append(record)
        if len(self._block) * self.width >= _BLOCK_CELLS:
            self._flush()

    def _widen(self, width: int) -> None:
        self._flush()
        for _ in range(width - self.width):
            column = _Column(compact=self._large)
            if self.rows:
                column.extend([""] * self.rows)
            self._columns.append(column)
        self.width = width

    def _flush(self) -> None:
        if not self._block:
            return
        width = self.width
        full = [row if len(row) == width else [*row, *[""] * (width - len(row))] for row in self._block]
        for column, cells in zip(self._columns, zip(*full, strict=True), strict=True):
            self._held += column.extend(cells)
        self.rows += len(self._block)
        self._block = []
        if self._large and self._held > _TEXT_IN_MEMORY:
            self._move_text()

    def _move_text(self) -> None:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="surveykit-", ignore_cleanup_errors=True)
        for position, column in enumerate(self._columns):
            column.move_to(Path(self._folder.name) / f"column-{position}.arrow")
        self._held = 0

    def finish(self) -> pd.DataFrame:
        """The frame: text columns (dtype ``str``), or categories where the file is large."""
        self._flush()
        frame = pd.DataFrame(
            {position: column.finish(categories=self._large) for position, column in enumerate(self._columns)},
            copy=False,
        )
        if self._folder is not None:
            # The mapped files stay readable after their names are gone; the frame must outlive the folder.
            self._folder.cleanup()
        return frame
