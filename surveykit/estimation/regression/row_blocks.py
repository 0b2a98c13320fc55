"""The rows of a model in blocks that stay in the processor's cache while they are worked on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from surveykit.engine import Engine, FloatArray, IntArray, MemoryEngine
from surveykit.engine.aligned import aligned
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows
from surveykit.estimation.row_scores import BATCH, Part, Rows, scan
from surveykit.formulas import factor_data

__all__ = ["Block", "blocks"]

#: Numbers of a design matrix that go into a block: a megabyte.
_NUMBERS = 131_072
_MOST_ROWS, _FEWEST_ROWS = 8_192, 2_048


@dataclass(frozen=True)
class Block:
    """Some rows of a model, ready for a round of scoring.

    The arrays `x`, `y` and `offset` are written over by the next block.

    Parameters
    ----------
    batch
        Weights and design of the rows.
    x
        ``(p, m)`` design matrix, one line a column.
    y
        ``(m,)`` outcome, the code where it is a category; zero where the weight is zero.
    offset
        ``(m,)``; None without one.
    whole
        Whether no weight is zero.
    """

    batch: Rows
    x: FloatArray
    y: FloatArray
    offset: FloatArray | None
    whole: bool

    def predictor(self, beta: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Linear predictor ``(m,)`` at coefficients ``(p,)``."""
        eta: FloatArray = np.dot(beta, self.x, out=out)
        if self.offset is not None:
            eta += self.offset
        return eta


def blocks(rows: OutcomeRows, kept: IntArray | None = None, part: Part = (0, 1)) -> Iterator[Block]:
    """Walk over the rows of a model.

    Parameters
    ----------
    kept
        Positions of the columns of the design matrix; all where None.
    part
        Which part of the rows.
    """
    response, matrix = rows.matrix.response, rows.matrix
    assert response is not None
    if kept is not None and len(kept) < len(matrix.columns):
        matrix = replace(matrix, columns=tuple(matrix.columns[place] for place in kept.tolist()))
    width = len(matrix.columns)
    memory = aligned(width + 2, 0)
    for batch in scan(rows.survey, rows.exprs, size=_block_rows(rows.survey.engine, width), part=part):
        size, whole = len(batch.weight), batch.whole or bool(batch.weight.all())
        if memory.shape[1] < size:
            memory = aligned(width + 2, size + -size % 8)
        lines = memory[:, :size]
        outcome, *rest = batch.values
        y, offset = lines[width], None
        y[:] = factor_data(response, outcome)
        if rows.offset is not None:
            offset = lines[width + 1]
            offset[:] = rest.pop().data
        if not whole:
            outside = batch.weight == 0
            y[outside] = 0.0
            if offset is not None:
                offset[outside] = 0.0
        matrix.fill(rest, size, lines[:width])
        yield Block(batch, lines[:width], y, offset, whole)


def _block_rows(engine: Engine, width: int) -> int:
    if not isinstance(engine, MemoryEngine):
        return BATCH
    return max(_FEWEST_ROWS, min(_MOST_ROWS, _NUMBERS // max(width, 1) // 8 * 8))
