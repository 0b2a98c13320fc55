"""From a share of the weight to a value: the rules by which quantiles are read off a weighted distribution.

With rows in increasing order of value, weights ``w_k``, ``C_k`` their running sum, ``N`` the sum of all and n the
number of rows, each rule says which share ``p_k`` belongs to value ``x_k``, and whether one steps or interpolates
between them. For equal weights these are the nine rules of Hyndman and Fan (1996), except that ``hf3`` steps where
``hf1`` does and only breaks ties, to even ranks of the distinct values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray, WeightedValues
from surveykit.engine.records import SHARE_TOLERANCE
from surveykit.errors import EstimationError, listing

__all__ = ["QuantileRule", "check_rule", "needs_rows", "read_quantiles"]

QuantileRule = Literal[
    "math", "school", "shahvaish", "shahvaish-unscaled", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"
]  # fmt: skip

#: Rules that step: what they do where a running sum hits the share exactly.
_STEPS: Mapping[str, str] = {"math": "value", "hf1": "value", "school": "middle", "hf2": "middle", "hf3": "even"}


def _shah_vaish(weights: FloatArray, subtracted: FloatArray) -> FloatArray:
    n = len(weights)
    shares: FloatArray = (np.cumsum(weights) * (n / weights.sum()) + 0.5 - subtracted / 2) / (n + 1)
    return shares


#: Share of each row's value, from the weights in order of value, for rules that look at rows one by one.
_SHARES: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "hf4": lambda w: np.cumsum(w) / w.sum(),
    "hf5": lambda w: (np.cumsum(w) - w / 2) / w.sum(),
    "hf6": lambda w: np.cumsum(w) / (w.sum() + w[-1]),
    "hf7": lambda w: (np.cumsum(w) - w) / (w.sum() - w[-1]) if len(w) > 1 else np.zeros(1),
    "hf8": lambda w: (np.cumsum(w) - w / 3) / (w.sum() + w[-1] / 3),
    "hf9": lambda w: (np.cumsum(w) - 3 * w / 8) / (w.sum() + w[-1] / 4),
    "shahvaish": lambda w: _shah_vaish(w, w * (len(w) / w.sum())),
    "shahvaish-unscaled": lambda w: _shah_vaish(w, w),
}


def check_rule(rule: str) -> None:
    """Refuse an unknown rule.

    Raises
    ------
    EstimationError
    """
    known = (*_STEPS, *_SHARES)
    if rule not in known:
        raise EstimationError(f"rule={rule!r} is not known.", remedy=f"Choose one of {listing(known, limit=13)}.")


def needs_rows(rule: str) -> bool:
    """Whether a rule needs all rows: it looks at them one by one, or counts the values below."""
    return rule in _SHARES or rule == "hf3"


def read_quantiles(found: WeightedValues, shares: FloatArray, rule: str) -> FloatArray:
    """Values at shares of the weight.

    Parameters
    ----------
    found
        Sorted values that cover the shares.
    shares
        ``(P,)``.
    rule
        A :data:`QuantileRule`.

    Returns
    -------
    ndarray
        ``(P,)``; NaN where a share is outside [0, 1] or there is no row.
    """
    inside = (shares >= -SHARE_TOLERANCE) & (shares <= 1 + SHARE_TOLERANCE)
    if not found.total_rows or not inside.any():
        return np.full(len(shares), np.nan)
    wanted = np.where(inside, np.clip(shares, 0, 1), 0.5)
    if rule in _STEPS:
        values = _step(found, wanted, _STEPS[rule])
    elif rule.startswith("shahvaish"):
        values = _last_not_above(found.values, _SHARES[rule](found.weights), wanted)
    else:
        values = np.interp(wanted, _SHARES[rule](found.weights), found.values)
    return np.where(inside, values, np.nan)


def _step(found: WeightedValues, shares: FloatArray, at_tie: str) -> FloatArray:
    if at_tie == "even":
        return _even(found, shares)
    place = found.place(shares)
    values = found.values[place]
    if at_tie == "value":
        return values
    tied = np.abs(found.cumulative[place] - shares * found.total) <= SHARE_TOLERANCE * found.total
    following = found.values[np.minimum(place + 1, len(found.values) - 1)]
    return np.where(tied, (values + following) / 2, values)


def _even(found: WeightedValues, shares: FloatArray) -> FloatArray:
    """The smallest value that reaches the share; where it is hit exactly, of this value and the next the even one.

    Ranks count distinct values, as in R survey.
    """
    values, first = np.unique(found.values, return_index=True)
    cumulative = found.cumulative[np.append(first[1:], len(found.values)) - 1]
    below = SHARE_TOLERANCE * found.total
    place = np.minimum(np.searchsorted(cumulative, shares * found.total - below), len(values) - 1)
    tied = np.abs(cumulative[place] - shares * found.total) <= below
    following = np.minimum(place + 1, len(values) - 1)
    return values[np.where(tied & (place % 2 == 0), following, place)]


def _last_not_above(values: FloatArray, at: FloatArray, shares: FloatArray) -> FloatArray:
    """Value whose share is the largest that does not exceed the one wanted."""
    order = np.argsort(at, kind="stable")
    place = np.searchsorted(at[order], shares + SHARE_TOLERANCE, side="right") - 1
    return values[order][np.maximum(place, 0)]
