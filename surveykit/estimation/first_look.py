"""The first walk over the rows of a model: what is there, and where to start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError
from surveykit.estimation.gram import Gram
from surveykit.estimation.model_rows import ModelRows, harmless
from surveykit.estimation.normal_equations import independent
from surveykit.estimation.row_blocks import Block, blocks
from surveykit.estimation.row_scores import Part, each_part

__all__ = ["Start", "first_look"]


@dataclass(frozen=True)
class Start:
    """Where a fit starts.

    Parameters
    ----------
    information, gradient
        ``(q, q)`` and ``(q,)`` normal equations at the starting means, of the columns kept.
    kept
        ``(q,)`` positions of the columns that are not aliased.
    deviance
        Weighted deviance at the starting means.
    binary
        Whether every outcome is 0 or 1.
    """

    information: FloatArray
    gradient: FloatArray
    kept: IntArray
    deviance: float
    binary: bool


@dataclass
class _Look:
    """What the first walk over some rows finds."""

    information: FloatArray
    gradient: FloatArray
    lowest: float = np.inf
    highest: float = -np.inf
    weight: float = 0.0
    deviance: float = 0.0
    binary: bool = True


def first_look(rows: ModelRows) -> Start:
    """Information and working response at the starting means, and the columns that are not aliased."""
    looks = each_part(rows.survey, lambda part: _look(rows, part))
    if sum(look.weight for look in looks) == 0:
        domain = f" in the domain {rows.survey.domain_text!r}" if rows.survey.domain_text else ""
        raise EstimationError(
            f"'{rows.matrix.text}': no row{domain} has all variables.",
            remedy="Check for missing values and the domain.",
        )
    lowest, highest = min(look.lowest for look in looks), max(look.highest for look in looks)
    if lowest == highest:
        raise EstimationError(
            f"The outcome of '{rows.matrix.text}' is {lowest:g} in every row, so there is nothing to explain.",
            remedy="Check the coding of the outcome, or the domain.",
        )
    information = sum(look.information for look in looks[1:]) + looks[0].information
    gradient = sum(look.gradient for look in looks[1:]) + looks[0].gradient
    kept = independent(information)
    deviance = sum(look.deviance for look in looks)
    binary = all(look.binary for look in looks)
    return Start(information[np.ix_(kept, kept)], gradient[kept], kept, deviance, binary)


def _look(rows: ModelRows, part: Part) -> _Look:
    size = len(rows.matrix.columns)
    sums, found = Gram(size), _Look(np.zeros((size, size)), np.zeros(size))
    guess = _guess_linear if rows.linear else _guess_logistic if rows.logistic else _guess
    for block in blocks(rows, part=part):
        weight = block.batch.weight
        used = block.y if block.whole else block.y[weight != 0]
        if not len(used):
            continue
        low, high = float(used.min()), float(used.max())
        found.lowest, found.highest = min(found.lowest, low), max(found.highest, high)
        if rows.family.name == "binomial":
            binary = bool(np.array_equal(used == 1, used))
            found.binary = found.binary and binary
            guess = guess if binary else _guess
        if not (rows.linear or guess is _guess_logistic):
            _refuse_impossible(rows, used)
        found.weight += float(weight.sum())
        working, right, deviance = guess(rows, block)
        sums.add(block.x, working)
        found.gradient += block.x @ right
        found.deviance += deviance
    found.information = sums.total
    return found


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


def _refuse_impossible(rows: ModelRows, y: FloatArray) -> None:
    bad = ~rows.family.valid(y).astype(np.bool_)
    if bad.any():
        raise EstimationError(
            f"The outcome of '{rows.matrix.text}' takes the value {float(y[bad][0]):g}; the family "
            f"'{rows.family.name}' allows {rows.family.support}.",
            remedy="Recode the outcome, or choose another family.",
        )
