"""Segments of firms: classes of a weighted mixture, how many, how stable, who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, listing
from surveykit.estimation.structure.items import Items, item_rows
from surveykit.estimation.structure.mixture_blocks import Covariance
from surveykit.estimation.structure.mixtures import fit_mixtures
from surveykit.estimation.structure.segment_profiles import Profile, segment_names
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["Segments", "segment_numbers", "segments"]

#: A start reached the best solution if its log-likelihood a row is this near.
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Segments:
    """Segments of firms.

    Parameters
    ----------
    shares
        Share of each segment in the population, the largest first.
    profiles
        Mean of each number, share of each level, within each segment: labels ``variable``, ``level``, ``segment``.
    members
        Rows that have all variables: number of the row in the data, its likeliest segment, how likely.
    bic, loglik, parameters
        Of the mixture, weights of mean one.
    separation
        1 where every row surely belongs to its segment, 0 where nothing tells segments apart (relative entropy).
    stability
        Mean adjusted Rand index between the solution and those of the other starts.
    reached
        Share of the starts that ended at the solution.
    starts, seed
        How many, and from where random numbers began.
    """

    shares: Estimate
    profiles: Estimate
    members: pd.DataFrame
    bic: float
    loglik: float
    parameters: int
    separation: float
    stability: float
    reached: float
    starts: int
    seed: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row a segment: its share, and its mean or share of every variable and level."""
        frame = self.profiles.to_frame()
        what = frame["variable"].where(frame["level"] == "", frame["variable"] + ": " + frame["level"])
        wide = frame.assign(what=what).pivot_table(index="segment", columns="what", values="estimate", sort=False)
        wide.insert(0, "share", self.shares.estimate)
        return wide.rename_axis(columns=None)

    def __repr__(self) -> str:
        quality = (
            f"separation {self.separation:.2f}, stability {self.stability:.2f} (adjusted Rand index over "
            f"{self.starts} starts, {self.reached:.0%} at this solution), BIC {self.bic:,.1f}"
        )
        return f"{self.shares!r}\n{quality}\n{self.profiles!r}"


def segments(
    survey: Survey,
    variables: Sequence[str],
    number: int,
    *,
    seed: int,
    covariance: Covariance = "diagonal",
    starts: int = 20,
    level: float = 0.95,
) -> Segments:
    """Latent profiles: classes of firms that answer alike, by a weighted mixture.

    Within a class numbers are normal and categories have chances of their own, independent of each other (numbers among
    each other too unless `covariance` lets them vary together). The classes describe: a mixture finds classes also
    where firms differ by degrees. Standard errors are those of the weighted likelihood under the design (scores through
    the variance of sampling units), and hold that memberships are not known.

    Parameters
    ----------
    survey
        Rows, design and weights; rows that miss a variable are left out.
    variables
        Numbers, categories, 0/1; ``C(rating)`` makes categories of a number.
    number
        How many segments; :func:`segment_numbers` compares.
    seed
        Of the random starts.
    covariance
        Of numbers within a class: ``"diagonal"``, ``"full"``, or ``"tied"`` (full, the same in all).
    starts
        Random starts; the likeliest end is taken, the others tell its stability.
    level
        Confidence level.

    Returns
    -------
    Segments

    Raises
    ------
    EstimationError
        If the segments collapse on few rows, or the answers cannot tell that many apart.

    References
    ----------
    McLachlan and Peel (2000), *Finite Mixture Models*; Patterson, Dayton and Graubard (2002), *JASA* 97, 721-729;
    Hubert and Arabie (1985), *Journal of Classification* 2, 193-218.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> rng = np.random.default_rng(1)
    >>> kind = rng.uniform(size=300) < 0.3
    >>> firms = pd.DataFrame({"staff": rng.normal(10 + 20 * kind), "abroad": rng.normal(5 + 10 * kind)})
    >>> found = segments(sk.Survey(firms), ["staff", "abroad"], 2, seed=1)
    >>> found.shares.estimate.round(2), round(found.stability, 2)
    (array([0.68, 0.32]), 1.0)
    """
    items = _items(survey, variables, number, covariance, starts)
    profile = Profile.of(items)
    with one_thread():
        rng = np.random.default_rng(seed)
        found = fit_mixtures(profile.blocks(covariance), items.weight, number, starts=starts, rng=rng)
        best = found[0]
        profile.refuse_too_many(best)
        shares, profiles = profile.estimates(survey, best, level)
    member = best.memberships()
    modal = [one.memberships().argmax(axis=1) for one in found]
    others = [float(adjusted_rand_score(modal[0], one)) for one in modal[1:]]
    near = [one.loglik > best.loglik - _SAME * len(items.weight) for one in found]
    shift = profile.log_scale
    names = np.array(segment_names(number))
    return Segments(
        shares,
        profiles,
        pd.DataFrame({"row": items.place, "segment": names[member.argmax(axis=1)], "chance": member.max(axis=1)}),
        best.bic + 2 * shift,
        best.loglik - shift,
        best.parameters,
        _separation(member, items.weight),
        float(np.mean(others)) if others else 1.0,
        float(np.mean(near)) * len(found) / (starts if number > 1 else 1),
        starts,
        seed,
    )


def segment_numbers(
    survey: Survey,
    variables: Sequence[str],
    numbers: Sequence[int] = (1, 2, 3, 4, 5, 6),
    *,
    seed: int,
    covariance: Covariance = "diagonal",
    starts: int = 20,
) -> pd.DataFrame:
    """Compare numbers of segments: fit, separation, stability.

    Parameters
    ----------
    survey, variables, seed, covariance, starts
        As in :func:`segments`.
    numbers
        Numbers of segments.

    Returns
    -------
    DataFrame
        One row a number: ``segments, loglik, parameters, bic, smallest`` (share), ``separation, stability, reached``;
        ``why`` says why one could not be fitted. The lowest BIC is the usual choice; it takes rows as independent and
        weights of mean one, so read it beside stability and the smallest share.
    """
    rows: list[dict[str, object]] = []
    for number in numbers:
        row: dict[str, object] = {"segments": number}
        try:
            found = segments(survey, variables, number, seed=seed, covariance=covariance, starts=starts)
        except EstimationError as refused:
            rows.append(row | {"why": str(refused)})
            continue
        row |= {"loglik": found.loglik, "parameters": found.parameters, "bic": found.bic}
        row |= {"smallest": float(found.shares.estimate.min()), "separation": found.separation}
        rows.append(row | {"stability": found.stability, "reached": found.reached, "why": ""})
    frame = pd.DataFrame(rows)
    if "bic" not in frame.columns:
        raise EstimationError(
            "No number of segments could be fitted.", remedy=f"The first says: {frame['why'].iloc[0]}"
        )
    return frame


def _items(survey: Survey, variables: Sequence[str], number: int, covariance: Covariance, starts: int) -> Items:
    if covariance not in get_args(Covariance):
        raise EstimationError(
            f"covariance={covariance!r} is not known.", remedy=f"Choose {listing(get_args(Covariance))}."
        )
    if starts < 2 or number < 1:
        raise EstimationError(
            f"{number} segment(s) from {starts} start(s) cannot be compared.",
            remedy="Give starts=20 and a number from 1.",
        )
    items = item_rows(survey, variables, ordered=False)
    if number * (len(variables) + 1) > len(items.weight):
        raise EstimationError(
            f"{len(items.weight)} rows are too few for {number} segments of {len(variables)} variables.",
            remedy="Ask for fewer.",
        )
    return items


def _separation(member: FloatArray, weight: FloatArray) -> float:
    if member.shape[1] == 1:
        return 1.0
    entropy = -np.where(member > 0, member * np.log(np.maximum(member, 1e-300)), 0.0).sum(axis=1)
    return float(1 - np.average(entropy, weights=weight) / np.log(member.shape[1]))
