"""Patterns of answers inside a battery of items: runs, straight lines, spread, distance, consistency.

Each function takes answers ``(n, items)`` as a frame of numbers, items in the order in which they were shown, missing
where not answered, and returns one number a respondent. None of them removes anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from surveykit.errors import QualityError

__all__ = [
    "acquiescence",
    "average_run",
    "even_odd_consistency",
    "longstring",
    "mahalanobis",
    "mahalanobis_cutoff",
    "response_spread",
    "straightlined",
    "synonym_consistency",
    "synonym_pairs",
]

_FEWEST_FOR_SPREAD = 6


def _numbers(answers: pd.DataFrame) -> npt.NDArray[np.float64]:
    return answers.to_numpy(np.float64, na_value=np.nan)


def _runs(answers: pd.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Longest and average run of identical answers; a missing answer ends a run."""
    data = _numbers(answers)
    rows, items = data.shape
    longest, runs, answered = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    length = np.zeros(rows)
    for place in range(items):
        here = ~np.isnan(data[:, place])
        same = here & (data[:, place] == data[:, place - 1]) if place else np.zeros(rows, np.bool_)
        length = np.where(here, np.where(same, length + 1, 1.0), 0.0)
        runs += here & ~same
        answered += here
        longest = np.maximum(longest, length)
    nothing = answered == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        average = np.where(nothing, np.nan, answered / runs)
    return np.where(nothing, np.nan, longest), average


def longstring(answers: pd.DataFrame) -> pd.Series:
    """Longest run of identical answers (Johnson 2005).

    Examples
    --------
    >>> longstring(pd.DataFrame([[1, 1, 1, 2], [1, 2, 3, 4]])).tolist()
    [3.0, 1.0]
    """
    return pd.Series(_runs(answers)[0], answers.index, name="longstring")


def average_run(answers: pd.DataFrame) -> pd.Series:
    """Average length of the runs of identical answers."""
    return pd.Series(_runs(answers)[1], answers.index, name="average_run")


def straightlined(answers: pd.DataFrame) -> pd.Series:
    """Whether all answered items (at least two) have the same answer; missing with fewer than two.

    Examples
    --------
    >>> straightlined(pd.DataFrame([[1, 1, 1], [1, 2, 1]])).tolist()
    [True, False]
    """
    data = _numbers(answers)
    answered = (~np.isnan(data)).sum(axis=1)
    low = np.where(np.isnan(data), np.inf, data).min(axis=1, initial=np.inf)
    high = np.where(np.isnan(data), -np.inf, data).max(axis=1, initial=-np.inf)
    flag = pd.array(low == high, dtype="boolean")
    flag[answered < 2] = pd.NA
    return pd.Series(flag, answers.index, name="straightlined")


def response_spread(answers: pd.DataFrame) -> pd.Series:
    """Intra-individual response variability: standard deviation of a respondent's answers (Dunn et al. 2018).

    Missing for respondents with fewer than six answers, where it says nothing.
    """
    data = _numbers(answers)
    answered = (~np.isnan(data)).sum(axis=1)
    enough = answered >= _FEWEST_FOR_SPREAD
    spread = np.full(len(data), np.nan)
    if enough.any():
        spread[enough] = np.nanstd(data[enough], axis=1, ddof=1)
    return pd.Series(spread, answers.index, name="response_spread")


def mahalanobis(answers: pd.DataFrame) -> pd.Series:
    """Squared Mahalanobis distance from the mean answers, for respondents who answered every item.

    The covariance is that of the complete answers; items that depend on others are met by its pseudo-inverse.
    """
    data = _numbers(answers)
    complete = ~np.isnan(data).any(axis=1)
    distance = np.full(len(data), np.nan)
    if complete.sum() > 2:
        inside = data[complete]
        centred = inside - inside.mean(axis=0)
        inverse = np.linalg.pinv(np.atleast_2d(np.cov(inside, rowvar=False)), rcond=1e-10)
        distance[complete] = np.einsum("ij,jk,ik->i", centred, inverse, centred)
    return pd.Series(distance, answers.index, name="mahalanobis")


def mahalanobis_cutoff(items: int, p: float = 0.001) -> float:
    """Distance that chance alone exceeds with probability `p`, chi-square with one degree of freedom an item."""
    return float(stats.chi2.ppf(1 - p, items))


def even_odd_consistency(answers: pd.DataFrame, scales: Sequence[Sequence[str]]) -> pd.Series:
    """Correlation of the means of even and odd items over several scales, stepped up by Spearman-Brown.

    Parameters
    ----------
    answers
        Items, reversed ones already turned.
    scales
        Columns of each scale, at least three scales of two items or more.

    Raises
    ------
    QualityError
        With fewer than three scales, where it cannot be estimated.
    """
    usable = [list(scale) for scale in scales if len(scale) >= 2]
    if len(usable) < 3:
        raise QualityError(
            f"Even-odd consistency needs three scales, and there are {len(usable)}.",
            remedy="Leave it out: with fewer it is a guess.",
        )
    odd = np.column_stack([_means(answers[scale[0::2]]) for scale in usable])
    even = np.column_stack([_means(answers[scale[1::2]]) for scale in usable])
    r = _row_correlation(odd, even)
    with np.errstate(divide="ignore"):
        stepped = np.maximum(2 * r / (1 + r), -1.0)
    return pd.Series(stepped, answers.index, name="even_odd_consistency")


def _means(answers: pd.DataFrame) -> npt.NDArray[np.float64]:
    return answers.astype(np.float64).mean(axis=1).to_numpy()


def _row_correlation(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Correlation of two lists of numbers, respondent by respondent; missing where one does not vary."""
    both = ~(np.isnan(first) | np.isnan(second))
    count = both.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(both, first - (np.where(both, first, 0.0).sum(axis=1) / count)[:, None], 0.0)
        b = np.where(both, second - (np.where(both, second, 0.0).sum(axis=1) / count)[:, None], 0.0)
        r = (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return np.where(np.isfinite(r), r, np.nan)


def synonym_pairs(answers: pd.DataFrame, critical: float = 0.6) -> list[tuple[str, str]]:
    """Pairs of items that correlate beyond `critical`: above it, or below minus it where `critical` is negative.

    Each pair of columns is listed once, in column order.
    """
    correlation = answers.astype(np.float64).corr().to_numpy()
    names = list(map(str, answers.columns))
    beyond = correlation > critical if critical > 0 else correlation < critical
    return [(names[i], names[j]) for j in range(len(names)) for i in range(j) if beyond[i, j]]


def synonym_consistency(answers: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.Series:
    """Within-person correlation over pairs of items that go together (psychometric synonyms; Meade and Craig 2012).

    Missing with fewer than three pairs, or for a respondent whose answers do not vary over them.
    """
    if len(pairs) < 3:
        return pd.Series(np.nan, answers.index, name="synonym_consistency")
    first = _numbers(answers[[pair[0] for pair in pairs]])
    second = _numbers(answers[[pair[1] for pair in pairs]])
    return pd.Series(_row_correlation(first, second), answers.index, name="synonym_consistency")


def acquiescence(answers: pd.DataFrame, reversed_of: Mapping[str, Sequence[str]], agree: float) -> pd.Series:
    """Whether a respondent agrees with a statement and with its reversal.

    Parameters
    ----------
    reversed_of
        Reversed item to the items that it contradicts.
    agree
        Smallest code that means agreement.

    Returns
    -------
    Series
        True where a reversed item and at least half of the answered items that it contradicts are agreed with; missing
        where the reversed item was not answered.
    """
    flag = pd.array(np.zeros(len(answers), np.bool_), dtype="boolean")
    known = np.zeros(len(answers), np.bool_)
    for item, others in reversed_of.items():
        own = answers[item].to_numpy(np.float64, na_value=np.nan)
        rest = _numbers(answers[list(others)])
        answered = (~np.isnan(rest)).sum(axis=1)
        agreed = (rest >= agree).sum(axis=1)
        usable = ~np.isnan(own) & (answered > 0)
        known |= usable
        flag |= usable & (own >= agree) & (agreed * 2 >= answered)
    flag[~known] = pd.NA
    return pd.Series(flag, answers.index, name="acquiescence")
