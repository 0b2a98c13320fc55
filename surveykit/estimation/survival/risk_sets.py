"""Partial likelihood over risk sets: Cox regression with Efron's or Breslow's treatment of ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.estimation.regression.gram import gram

__all__ = ["Partial", "RiskSets", "risk_sets"]


@dataclass(frozen=True)
class Partial:
    """The partial likelihood at some coefficients.

    Parameters
    ----------
    loglik
        Weighted log partial likelihood.
    gradient, information
        ``(p,)`` and ``(p, p)``.
    """

    loglik: float
    gradient: FloatArray
    information: FloatArray


@dataclass(frozen=True)
class RiskSets:
    """Rows in order of time, and one entry an event: who was at risk, and which share of the tied was already gone.

    Parameters
    ----------
    order
        ``(m,)`` rows by time.
    x, weight, offset
        In that order.
    event
        ``(m,)`` whether the event was seen.
    first
        ``(m,)`` position of the first row with the same time: the risk set of that time.
    event_first, event_last
        ``(E,)`` rows that share the time of each event, from first up to last.
    gone
        ``(E,)`` share k/d of its tied events taken out of the risk set before it; zero under Breslow.
    mean_weight
        ``(E,)`` mean weight of the tied events.
    """

    order: IntArray
    x: FloatArray
    weight: FloatArray
    offset: FloatArray
    event: FloatArray
    first: IntArray
    event_first: IntArray
    event_last: IntArray
    gone: FloatArray
    mean_weight: FloatArray

    def partial(self, beta: FloatArray) -> Partial:
        """Log partial likelihood with its derivatives."""
        eta = self.x @ beta + self.offset
        eta = eta - eta.max()
        risk = self.weight * np.exp(eta)
        level, centre = self._means(risk)
        hazard, _ = self._hazards(level, centre)
        seen = self.weight * self.event
        loglik = float(seen @ eta - self.mean_weight @ np.log(level))
        gradient = self.x.T @ seen - centre.T @ self.mean_weight
        information = gram(np.asfortranarray(self.x), risk * hazard)
        information = information - (centre * self.mean_weight[:, None]).T @ centre
        return Partial(loglik, gradient, information)

    def scores(self, beta: FloatArray) -> FloatArray:
        """Derivative of the gradient by each row's weight ``(m, p)``, rows as they came (Binder 1992; Lin 2000)."""
        eta = self.x @ beta + self.offset
        risk: FloatArray = np.exp(eta - eta.max())
        level, centre = self._means(self.weight * risk)
        hazard, pull = self._hazards(level, centre)
        found = -risk[:, None] * (self.x * hazard[:, None] - pull)
        tied = np.concatenate([np.zeros((1, centre.shape[1])), np.cumsum(centre, axis=0)])
        start = np.searchsorted(self.event_first, self.first, side="left")
        stop = np.searchsorted(self.event_first, self.first, side="right")
        count = np.maximum(stop - start, 1)
        own = (tied[stop] - tied[start]) / count[:, None]
        found += np.where(self.event[:, None] != 0, self.x - own, 0.0)
        back: FloatArray = np.empty(found.shape)
        back[self.order] = found
        return back

    def _means(self, risk: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Total risk ``(E,)`` and mean of x ``(E, p)`` among those at risk at each event."""
        table = np.column_stack([risk, self.x * risk[:, None]])
        at_risk = np.cumsum(table[::-1], axis=0)[::-1][self.event_first]
        died = np.concatenate([np.zeros((1, table.shape[1])), np.cumsum(table * self.event[:, None], axis=0)])
        tied = died[self.event_last] - died[self.event_first]
        sums = at_risk - self.gone[:, None] * tied
        return sums[:, 0], sums[:, 1:] / sums[:, :1]

    def _hazards(self, level: FloatArray, centre: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Cumulative hazard ``(m,)`` that each row was under, and the same weighted by the means ``(m, p)``."""
        jump = self.mean_weight / level
        table = np.column_stack([jump, jump[:, None] * centre])
        late = table * self.gone[:, None]
        total = np.concatenate([np.zeros((1, table.shape[1])), np.cumsum(table, axis=0)])
        partly = np.concatenate([np.zeros((1, table.shape[1])), np.cumsum(late, axis=0)])
        start = np.searchsorted(self.event_first, self.first, side="left")
        stop = np.searchsorted(self.event_first, self.first, side="right")
        found = total[stop] - np.where(self.event[:, None] != 0, partly[stop] - partly[start], 0.0)
        return found[:, 0], found[:, 1:]


def risk_sets(signed: FloatArray, x: FloatArray, weight: FloatArray, offset: FloatArray, *, efron: bool) -> RiskSets:
    """Sort rows by time.

    Parameters
    ----------
    signed
        ``(m,)`` times, negative where the event was not seen.
    efron
        Whether tied events leave the risk set one after the other.
    """
    time = np.abs(signed)
    order = np.argsort(time, kind="stable")
    time, event = time[order], (signed[order] > 0).astype(np.float64)
    first = np.searchsorted(time, time, side="left")
    last = np.searchsorted(time, time, side="right")
    events = np.flatnonzero(event)
    weight = weight[order]
    begin, deaths = first[events], np.concatenate([[0.0], np.cumsum(event)])
    number = deaths[last[events]] - deaths[begin]
    rank = deaths[events] - deaths[begin]
    sums = np.concatenate([[0.0], np.cumsum(weight * event)])
    mean = (sums[last[events]] - sums[begin]) / number
    gone = rank / number if efron else np.zeros(len(events))
    return RiskSets(order, x[order], weight, offset[order], event, first, begin, last[events], gone, mean)
