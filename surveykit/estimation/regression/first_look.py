"""The first walk over the rows of a model: what is there, and where to start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.estimation.models.rows import ModelRows, harmless
from surveykit.estimation.regression.gram import Gram
from surveykit.estimation.regression.normal_equations import independent, solve_normal
from surveykit.estimation.regression.outcomes_seen import Outcomes
from surveykit.estimation.regression.row_blocks import Block, blocks
from surveykit.estimation.row_scores import Part, each_part

__all__ = ["Look", "first_look"]


@dataclass
class Look:
    """What the first walk finds.

    Parameters
    ----------
    information, gradient
        ``(p, p)`` and ``(p,)`` normal equations at the starting means.
    outcomes
        What the outcomes are.
    deviance
        Weighted deviance at the starting means.
    """

    information: FloatArray
    gradient: FloatArray
    outcomes: Outcomes
    deviance: float = 0.0

    def start(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Positions ``(q,)`` of the columns that are not aliased, their information, and their coefficients."""
        kept = independent(self.information)
        information = self.information[np.ix_(kept, kept)]
        return kept, information, solve_normal(information, self.gradient[kept])


def first_look(rows: ModelRows) -> Look:
    """Information and working response at the starting means."""
    size = len(rows.matrix.columns)
    found = Look(np.zeros((size, size)), np.zeros(size), Outcomes())
    each_part(rows.survey, lambda part: _look(rows, part, found))
    return found


def _look(rows: ModelRows, part: Part, found: Look) -> None:
    sums = Gram(len(rows.matrix.columns))
    guess = _guess_linear if rows.linear else _guess_logistic if rows.logistic else _guess
    for block in blocks(rows, part=part):
        binary = found.outcomes.add(rows, block)
        if rows.logistic and not binary:
            guess = _guess
        working, right, deviance = guess(rows, block)
        sums.add(block.x, working)
        found.gradient += block.x @ right
        found.deviance += deviance
    found.information += sums.total


def _guess(rows: ModelRows, block: Block) -> tuple[FloatArray, FloatArray, float]:
    """Working weight, that times the working response, and deviance at the starting means."""
    weight = block.batch.weight
    outcome = block.y if block.whole else np.where(weight != 0, block.y, harmless(rows))
    mu = rows.family.start(outcome, weight * rows.scale)
    eta = rows.link.forward(mu)
    slope = rows.link.slope(eta)
    working = weight * slope**2 / rows.family.variance(mu)
    response = eta + (outcome - mu) / slope
    if block.offset is not None:
        response -= block.offset
    return working, working * response, float(weight @ rows.family.deviance(outcome, mu))


def _guess_linear(_: ModelRows, block: Block) -> tuple[FloatArray, FloatArray, float]:
    weight = block.batch.weight
    return weight, weight * (block.y if block.offset is None else block.y - block.offset), 0.0


def _guess_logistic(rows: ModelRows, block: Block) -> tuple[FloatArray, FloatArray, float]:
    """As :func:`_guess` for outcomes of 0 and 1.

    With relative weight r, the probability of what happened starts at ``(r + 1/2) / (r + 1)``, whichever it was.
    """
    weight = block.batch.weight
    more = weight * rows.scale
    more += 0.5
    both = more + 0.5
    happened = more / both
    response = np.log(2 * more)
    response += 1 / happened
    side = 2 * block.y
    side -= 1
    response *= side
    if block.offset is not None:
        response -= block.offset
    working = happened / both
    working *= 0.5
    working *= weight
    response *= working
    np.log(happened, out=happened)
    return working, response, -2 * float(weight @ happened)
