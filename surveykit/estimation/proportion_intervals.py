"""Confidence intervals of proportions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from surveykit.engine import FloatArray, IntArray, Request
from surveykit.errors import EstimationError, listing
from surveykit.estimation.linearise import solve
from surveykit.results import Estimate
from surveykit.results.estimate import t_quantile
from surveykit.survey import Survey

__all__ = ["IntervalMethod", "exact_interval", "proportion_intervals"]

_FIXED = 1e12

IntervalMethod = Literal["logit", "likelihood", "mean", "beta", "xlogit", "asin", "wilson"]

_Ends = tuple[FloatArray, FloatArray]


def proportion_intervals(
    survey: Survey, found: Estimate, request: Request, groups: IntArray, method: IntervalMethod
) -> Estimate:
    """Replace the intervals of proportions by those of a method.

    Parameters
    ----------
    found
        Proportions with their covariance.
    groups
        ``(C,)`` group of each cell.
    method
        Name of the method.
    """
    if method not in _METHODS:
        raise EstimationError(f"method={method!r} is not known.", remedy=f"Choose one of {listing(_METHODS)}.")
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = _METHODS[method](found.estimate, found.se**2, found.df, found.n.astype(np.float64), found.level)
    at_edge = (found.estimate == 0) | (found.estimate == 1)
    notes = found.notes
    if method == "logit" and survey.replicates is not None:
        low, high = _replicated_logit(survey, found, request, groups)
    if at_edge.any():
        effective = _effective_n(survey, request, groups)[groups]
        exact = exact_interval(found.estimate, effective, found.level)
        low, high = np.where(at_edge, exact[0], low), np.where(at_edge, exact[1], high)
        notes = (*notes, _edge_note(effective[at_edge]))
    return replace(found, interval=(low, high), method=method, notes=notes)


@dataclass(frozen=True)
class _LogOdds:
    """Logarithms of the odds of each cell's share of its group."""

    groups: IntArray

    def value(self, sums: FloatArray) -> FloatArray:
        """Estimates ``(..., C)``."""
        counts = sums[..., 0]
        others = counts @ np.eye(int(self.groups.max()) + 1)[self.groups]
        found: FloatArray = np.log(counts / (others[..., self.groups] - counts))
        return found

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        """Contribution to the log odds: of the cell over its count, less that of the others over theirs."""
        of_group = np.eye(int(self.groups.max()) + 1)[self.groups]
        counts, here = at[:, 0], sums[..., 0]
        rest, there = (counts @ of_group)[self.groups] - counts, (here @ of_group)[..., self.groups] - here
        found: FloatArray = here / counts - there / rest
        return found


def _replicated_logit(survey: Survey, found: Estimate, request: Request, groups: IntArray) -> _Ends:
    """Logit interval whose standard error comes from the log odds of the replicates, not from the delta method."""
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(np.diagonal(solve(survey, request, _LogOdds(groups)).covariance))
        half = t_quantile((1 + found.level) / 2, found.df) * se
        centre = special.logit(found.estimate)
        return special.expit(centre - half), special.expit(centre + half)


def _edge_note(effective: FloatArray) -> str:
    shown = ", ".join(f"{size:.1f}" for size in np.unique(np.round(effective, 1))[:5])
    return (
        f"Shares of 0 or 1 have the exact interval of Clopper and Pearson on an effective n of {shown}; clustering is "
        "ignored in it."
    )


def _effective_n(survey: Survey, request: Request, groups: IntArray) -> FloatArray:
    """Kish's effective size ``(sum w)^2 / sum w^2`` of each group ``(G,)``."""
    size = int(groups.max()) + 1
    sums, squares = survey.engine.weight_moments(survey.index, _domain_request(survey, request))
    total = np.bincount(groups, weights=sums, minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return total**2 / np.bincount(groups, weights=squares, minlength=size)


def _domain_request(survey: Survey, request: Request) -> Request:
    return replace(request, where=survey.domain if request.where is None else request.where)


def exact_interval(share: FloatArray, n: FloatArray, level: float) -> _Ends:
    """Clopper-Pearson interval of a share on `n` trials (not necessarily whole).

    Examples
    --------
    >>> low, high = exact_interval(np.array([0.0]), np.array([10.0]), 0.95)
    >>> float(low[0]), round(float(high[0]), 4)
    (0.0, 0.3085)
    """
    alpha = 1 - level
    hits = share * n
    low = np.where(hits <= 0, 0.0, special.betaincinv(np.maximum(hits, 1e-300), n - hits + 1, alpha / 2))
    high = np.where(hits >= n, 1.0, special.betaincinv(hits + 1, np.maximum(n - hits, 1e-300), 1 - alpha / 2))
    # Where weighting fixes the share, trials without number end where the share is.
    fixed = n > _FIXED
    return np.where(fixed, share, low), np.where(fixed, share, high)


def _mean(share: FloatArray, variance: FloatArray, df: FloatArray, n: FloatArray, level: float) -> _Ends:
    half = t_quantile((1 + level) / 2, df) * np.sqrt(variance)
    return share - half, share + half


def _on_scale(
    forward: Callable[[FloatArray], FloatArray],
    slope: Callable[[FloatArray], FloatArray],
    back: Callable[[FloatArray], FloatArray],
) -> Callable[[FloatArray, FloatArray, FloatArray, FloatArray, float], _Ends]:
    def interval(share: FloatArray, variance: FloatArray, df: FloatArray, n: FloatArray, level: float) -> _Ends:
        centre = forward(share)
        half = t_quantile((1 + level) / 2, df) * np.sqrt(variance) * slope(share)
        return back(centre - half), back(centre + half)

    return interval


def _beta(share: FloatArray, variance: FloatArray, df: FloatArray, n: FloatArray, level: float) -> _Ends:
    """Clopper-Pearson on the effective sample size, adjusted for degrees of freedom (Korn and Graubard 1998)."""
    effective = (
        share * (1 - share) / variance * (t_quantile((1 + level) / 2, n - 1) / t_quantile((1 + level) / 2, df)) ** 2
    )
    return exact_interval(share, effective, level)


def _wilson(share: FloatArray, variance: FloatArray, df: FloatArray, n: FloatArray, level: float) -> _Ends:
    """Score interval of Wilson (1927) on the effective sample size, with t in the place of the normal quantile."""
    z = t_quantile((1 + level) / 2, df)
    effective = share * (1 - share) / variance
    centre = (share + z**2 / (2 * effective)) / (1 + z**2 / effective)
    half = z / (1 + z**2 / effective) * np.sqrt(share * (1 - share) / effective + z**2 / (4 * effective**2))
    return centre - half, centre + half


def _likelihood(share: FloatArray, variance: FloatArray, df: FloatArray, n: FloatArray, level: float) -> _Ends:
    """Values that a binomial likelihood ratio on n / design effect does not reject (Rao and Scott 1984).

    The ratio is held against F on 1 and df. The design effect is against simple random sampling with replacement, of
    variance ``p (1 - p) / (n - 1)``.
    """
    effective = (n - 1) / n * share * (1 - share) / variance
    limit = t_quantile((1 + level) / 2, df) ** 2 / (2 * effective)

    def divergence(other: FloatArray) -> FloatArray:
        found: FloatArray = special.rel_entr(share, other) + special.rel_entr(1 - share, 1 - other)
        return found

    ends = []
    for edge in (0.0, 1.0):
        outside, inside = np.full_like(share, edge), share.copy()
        for _ in range(60):  # halving an interval of length 1 sixty times reaches the last digit
            middle = (outside + inside) / 2
            beyond = divergence(middle) > limit
            outside, inside = np.where(beyond, middle, outside), np.where(beyond, inside, middle)
        ends.append(np.where(np.isfinite(limit), (outside + inside) / 2, np.nan))
    return ends[0], ends[1]


def _clipped_asin(value: npt.ArrayLike) -> FloatArray:
    found: FloatArray = np.sin(np.clip(value, 0, np.pi / 2)) ** 2
    return found


_logit_interval = _on_scale(special.logit, lambda p: 1 / (p * (1 - p)), special.expit)
_METHODS: Mapping[str, Callable[[FloatArray, FloatArray, FloatArray, FloatArray, float], _Ends]] = {
    "logit": _logit_interval,
    "likelihood": _likelihood,
    "xlogit": _logit_interval,
    "asin": _on_scale(lambda p: np.arcsin(np.sqrt(p)), lambda p: 0.5 / np.sqrt(p * (1 - p)), _clipped_asin),
    "mean": _mean,
    "beta": _beta,
    "wilson": _wilson,
}
