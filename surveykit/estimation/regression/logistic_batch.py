"""The inner loops of a logistic regression, on arrays that are used again for every block.

With side s = 1 for an outcome of 1 and -1 for one of 0, and linear predictor eta, the fitted probability of what
happened is ``1 / (1 + z)`` with ``z = exp(-s eta)``, that of what did not ``z / (1 + z)``: one exponential gives the
residual, the working weight, the deviance ``2 log(1 + z)`` and the squared Pearson residual z, without loss of digits
where probabilities near 0 or 1.
"""

from __future__ import annotations

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.aligned import aligned
from surveykit.estimation.regression.gram import Gram
from surveykit.estimation.regression.row_blocks import Block

__all__ = ["LogisticBatch", "LogisticTail"]

#: Log odds at which probabilities end.
_FARTHEST = 34.5


class _Work:
    """Arrays for what is computed row by row."""

    def __init__(self, lines: int) -> None:
        self._memory = aligned(lines, 0)

    def lines(self, rows: int) -> FloatArray:
        """Return memory for some rows, a line each."""
        if self._memory.shape[1] < rows:
            self._memory = aligned(len(self._memory), rows + -rows % 8)
        found: FloatArray = self._memory[:, :rows]
        return found


def _half_side(y: FloatArray, out: FloatArray) -> None:
    """Write -s / 2; the other half goes into the coefficients."""
    np.subtract(0.5, y, out=out)


def _odds_against(block: Block, beta: FloatArray, half: FloatArray, out: FloatArray) -> float:
    """Write odds z against what happened; return the largest log odds of a fitted probability."""
    _double_predictor(block, beta, out)
    widest = 0.5 * max(float(out.max()), -float(out.min()))
    out *= half
    if widest > _FARTHEST:
        np.clip(out, -_FARTHEST, _FARTHEST, out=out)
    np.exp(out, out=out)
    return widest


def _double_predictor(block: Block, beta: FloatArray, out: FloatArray) -> None:
    np.dot(2 * beta, block.x, out=out)
    if block.offset is not None:
        out += block.offset
        out += block.offset


class LogisticBatch:
    """Sums of one walk over the rows at given coefficients.

    Parameters
    ----------
    beta
        ``(p,)`` coefficients.
    brief
        Whether to leave out the deviance and the farthest probability; sums are not numbers then where a predictor is
        beyond all reason.
    """

    def __init__(self, beta: FloatArray, *, brief: bool = False) -> None:
        self._beta = beta
        self._brief = brief
        self._work = _Work(4)
        self._gram = Gram(len(beta))
        self.information = self._gram.total
        self.gradient = np.zeros(len(beta))
        self.deviance = 0.0
        self.squares = 0.0
        self.residuals = 0.0
        self.widest = 0.0
        self.steepest = 1.0

    def add(self, block: Block) -> None:
        """Add a block whose outcomes are 0 or 1."""
        half, missed, _, _ = self._work.lines(len(block.y))
        _half_side(block.y, half)
        if self._brief:
            _double_predictor(block, self._beta, missed)
            missed *= half
            np.exp(missed, out=missed)
        else:
            self.widest = max(self.widest, _odds_against(block, self._beta, half, missed))
        self._add_sums(block)

    def add_with_scores(self, block: Block) -> FloatArray:
        """Add a block and its Pearson residuals.

        Returns
        -------
        ndarray
            ``(m,)`` factor that turns the design matrix into scores, valid until the next block.
        """
        weight = block.batch.weight
        half, missed, _, scratch = self._work.lines(len(weight))
        _half_side(block.y, half)
        self.widest = max(self.widest, _odds_against(block, self._beta, half, missed))
        self.squares += float(weight @ missed)
        np.sqrt(missed, out=scratch)
        scratch *= half
        self.residuals -= 2 * float(weight @ scratch)
        self._add_sums(block)
        missed *= -2.0
        factor: FloatArray = missed
        return factor

    def _add_sums(self, block: Block) -> None:
        weight = block.batch.weight
        half, missed, happened, scratch = self._work.lines(len(weight))
        np.add(missed, 1.0, out=happened)
        if not self._brief:
            np.log(happened, out=scratch)
            self.deviance += 2 * float(weight @ scratch)
        np.divide(1.0, happened, out=happened)
        missed *= happened
        missed *= weight
        np.multiply(missed, happened, out=scratch)
        self._gram.add(block.x, scratch)
        missed *= half
        self.gradient -= 2 * (block.x @ missed)


class LogisticTail:
    """Sums of the last walk: scores are residuals at `beta` with the working weights of `before`.

    Parameters
    ----------
    beta, before
        ``(p,)`` coefficients.
    """

    def __init__(self, beta: FloatArray, before: FloatArray) -> None:
        self._beta, self._before = beta, before
        self._work = _Work(4)
        self.deviance = 0.0
        self.squares = 0.0
        self.residuals = 0.0
        self.widest = 0.0

    def add(self, block: Block) -> FloatArray:
        """Add a block; return the factor ``(m,)`` that turns the design matrix into scores."""
        weight = block.batch.weight
        half, odds, factor, scratch = self._work.lines(len(weight))
        _half_side(block.y, half)
        _odds_against(block, self._before, half, factor)
        np.add(factor, 1.0, out=scratch)
        factor /= scratch
        factor /= scratch
        factor *= weight
        self.widest = max(self.widest, _odds_against(block, self._beta, half, odds))
        self.squares += float(weight @ odds)
        np.sqrt(odds, out=scratch)
        scratch *= half
        self.residuals -= 2 * float(weight @ scratch)
        odds += 1.0
        np.log(odds, out=scratch)
        self.deviance += 2 * float(weight @ scratch)
        factor *= odds
        factor *= half
        factor *= -2.0
        found: FloatArray = factor
        return found
