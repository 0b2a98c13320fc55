"""Mixtures of classes by weighted expectation and maximisation, from several random starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.structure.mixture_blocks import Block

__all__ = ["Mixture", "fit_mixtures", "refit"]

_MAX_ROUNDS = 5_000
#: Gain of the log-likelihood a row at which a start, and the best of them, stops.
_NEAR, _CLOSE = 1e-8, 1e-13


@dataclass(frozen=True, eq=False)
class Mixture:
    """A fitted mixture.

    Parameters
    ----------
    blocks
        What the classes differ in.
    weight
        ``(m,)``.
    shares
        ``(K,)`` of the classes, the largest first.
    thetas
        Parameters of each block.
    loglik
        Weighted log-likelihood, weights of mean one.
    """

    blocks: tuple[Block, ...]
    weight: FloatArray
    shares: FloatArray
    thetas: tuple[FloatArray, ...]
    loglik: float

    @property
    def classes(self) -> int:
        """Number of classes K."""
        return len(self.shares)

    @property
    def parameters(self) -> int:
        """Free parameters."""
        return self.classes - 1 + sum(block.count(self.classes) for block in self.blocks)

    @property
    def bic(self) -> float:
        """``-2 log L + k log n``."""
        return -2 * self.loglik + self.parameters * float(np.log(len(self.weight)))

    def memberships(self) -> FloatArray:
        """Chances of each row to be of each class ``(m, K)``."""
        return _expect(self)[0]

    def free(self) -> FloatArray:
        """Free parameters ``(f,)``: log-odds of the shares against the first, then those of the blocks."""
        each = (block.free(theta, self.classes) for block, theta in zip(self.blocks, self.thetas, strict=True))
        return np.concatenate([np.log(self.shares[1:] / self.shares[0]), *each])

    def at(self, free: FloatArray) -> Mixture:
        """The mixture with other free parameters."""
        odds = np.append(1.0, np.exp(free[: self.classes - 1]))
        place, thetas = self.classes - 1, []
        for block, theta in zip(self.blocks, self.thetas, strict=True):
            count = len(block.free(theta, self.classes))
            thetas.append(block.bound(free[place : place + count], theta, self.classes))
            place += count
        return replace(self, shares=odds / odds.sum(), thetas=tuple(thetas))

    def scores(self) -> FloatArray:
        """Derivatives of each row's log-likelihood by the free parameters ``(m, f)``."""
        member = self.memberships()
        each = (block.scores(theta, member) for block, theta in zip(self.blocks, self.thetas, strict=True))
        return np.column_stack([(member - self.shares)[:, 1:], *each])


def _expect(mixture: Mixture) -> tuple[FloatArray, float]:
    """Memberships ``(m, K)`` and the weighted log-likelihood, weights of mean one."""
    logs = np.log(np.maximum(mixture.shares, 1e-300)) + sum(
        block.logs(theta, mixture.classes) for block, theta in zip(mixture.blocks, mixture.thetas, strict=True)
    )
    total = special.logsumexp(logs, axis=1)
    loglik = float(mixture.weight @ total / mixture.weight.mean())
    return np.exp(logs - total[:, None]), loglik


def _maximise(blocks: Sequence[Block], weight: FloatArray, member: FloatArray) -> Mixture:
    share = member * weight[:, None]
    total = share.sum(axis=0)
    thetas = tuple(block.update(share) for block in blocks)
    return Mixture(tuple(blocks), weight, total / total.sum(), thetas, -np.inf)


def _climb(mixture: Mixture, tolerance: float) -> Mixture | None:
    """Iterate to the maximum near; None if a class shrinks to nothing or it takes too long."""
    before = -np.inf
    for _ in range(_MAX_ROUNDS):
        member, loglik = _expect(mixture)
        if not np.isfinite(loglik):
            return None
        if loglik - before < tolerance * len(mixture.weight):
            return replace(mixture, loglik=loglik)
        before = loglik
        mixture = _maximise(mixture.blocks, mixture.weight, member)
        if (mixture.shares * len(mixture.weight) < 1).any() or any(
            block.degenerate(theta, mixture.classes)
            for block, theta in zip(mixture.blocks, mixture.thetas, strict=True)
        ):
            return None
    return None


def fit_mixtures(
    blocks: Sequence[Block], weight: FloatArray, classes: int, *, starts: int, rng: np.random.Generator
) -> list[Mixture]:
    """Fit a mixture from random starts, the likeliest first; those that collapse are left out.

    Each start makes memberships fall off with the distance from K rows drawn at random.

    Raises
    ------
    EstimationError
        If every start collapses.
    """
    found = []
    for _ in range(1 if classes == 1 else starts):
        member = _random_memberships(blocks, weight, classes, rng)
        mixture = _climb(_maximise(blocks, weight, member), _NEAR)
        if mixture is not None:
            found.append(mixture)
    if not found:
        raise EstimationError(
            f"A mixture of {classes} segments collapses on few rows, or does not settle, from each of {starts} starts.",
            remedy="Ask for fewer segments, or for covariance='tied' or 'diagonal'.",
        )
    found.sort(key=lambda one: -one.loglik)
    best = _climb(found[0], _CLOSE)
    ordered = _largest_first(found[0] if best is None else best)
    return [ordered, *found[1:]]


def _largest_first(mixture: Mixture) -> Mixture:
    order = np.argsort(-mixture.shares, kind="stable")
    pairs = zip(mixture.blocks, mixture.thetas, strict=True)
    thetas = tuple(block.reorder(theta, order) for block, theta in pairs)
    return replace(mixture, shares=mixture.shares[order], thetas=thetas)


def _random_memberships(
    blocks: Sequence[Block], weight: FloatArray, classes: int, rng: np.random.Generator
) -> FloatArray:
    """Random memberships that fall off with the distance from K random rows."""
    rows = rng.choice(len(weight), classes, replace=False, p=weight / weight.sum())
    distance = np.sum([block.distances(rows) for block in blocks], axis=0)
    # Noise, for rows drawn may be alike, and from equal classes the iterations never part.
    logs = -4 * distance / max(float(np.median(distance)), 1e-300) + 0.2 * rng.normal(size=distance.shape)
    member: FloatArray = special.softmax(logs, axis=1)
    return member


def refit(mixture: Mixture, weight: FloatArray) -> Mixture:
    """Fit with other weights, from where the mixture is.

    Raises
    ------
    EstimationError
        If it collapses.
    """
    found = _climb(replace(mixture, weight=weight), _CLOSE)
    if found is None:
        raise EstimationError(
            "With the weights of a replicate the segments collapse.", remedy="Ask for fewer segments."
        )
    return found
