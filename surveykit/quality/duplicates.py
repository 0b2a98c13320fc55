"""The same respondent twice: exact copies, and answers too alike to be two firms'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.errors import ColumnError, QualityError

__all__ = ["exact_duplicates", "near_duplicates"]

_MOST_IN_BUCKET = 50
_MOST_BANDS = 120
_PAIRS_AT_ONCE = 200_000
_Codes = npt.NDArray[np.int32]
_Pairs = npt.NDArray[np.int64]


def exact_duplicates(frame: pd.DataFrame, columns: Sequence[str], order: pd.Series | None = None) -> pd.Series:
    """Rows that repeat an earlier one in all of `columns`; rows missing in any of them repeat nobody.

    Parameters
    ----------
    order
        Decides which of the copies is kept: the smallest; the first in the frame by default.

    Examples
    --------
    >>> exact_duplicates(pd.DataFrame({"id": ["a", "b", "a", None, None]}), ["id"]).tolist()
    [False, False, True, False, False]
    """
    for name in columns:
        if name not in frame.columns:
            raise ColumnError(name, map(str, frame.columns), place="the answers")
    keys = frame[list(columns)]
    known = keys.notna().all(axis=1)
    places = np.arange(len(frame)) if order is None else np.argsort(order.to_numpy(), kind="stable")
    repeated = np.zeros(len(frame), np.bool_)
    repeated[places] = keys.iloc[places].duplicated(keep="first").to_numpy()
    return pd.Series(repeated & known.to_numpy(), frame.index, name="exact_duplicate")


def near_duplicates(
    answers: pd.DataFrame,
    *,
    match: float = 0.85,
    fewest: int = 40,
    recall: float = 0.99,
    seed: int = 0,
) -> pd.DataFrame:
    """Pairs of respondents who agree in more than a share `match` of the items that both answered.

    Candidates are pairs that agree on all of a random handful of items, in one of several draws (locality-sensitive
    hashing): the handful is as wide as it takes for strangers to agree on it rarely, so that the cost grows with the
    number of respondents and not with its square. Each candidate is then compared in full.

    Parameters
    ----------
    answers
        ``(n, items)`` coded answers, missing where not answered; items that at least 95 % answer alike say nothing and
        are left out.
    match
        Share of identical answers above which a pair is listed (Kuriakose and Robbins 2016).
    fewest
        Fewest items that both must have answered; with fewer informative items in all no pair is listed.
    recall
        Probability with which a pair that agrees in 90 % of its items is to be a candidate; it settles the number of
        draws (at most 120). Pairs nearer to `match` are found less often.
    seed
        Seed of the draws; the same seed gives the same pairs.

    Returns
    -------
    DataFrame
        Columns ``first, second, match, items``: labels of the pair, share of identical answers, items compared.
    """
    if not 0 < match < 1 or not 0 < recall < 1:
        raise QualityError(
            f"match={match} and recall={recall} should be shares between 0 and 1.",
            remedy="The defaults: 0.85 and 0.99.",
        )
    informative = [place for place in range(answers.shape[1]) if _varies(answers.iloc[:, place])]
    if len(informative) < fewest or len(answers) < 2:
        return _listed(answers.index, np.empty((0, 2), np.int64), np.empty(0), np.empty(0, np.intp))
    codes = np.column_stack([pd.factorize(answers.iloc[:, place])[0] for place in informative]).astype(np.int32)
    pairs = _candidates(codes, recall, np.random.default_rng(seed))
    kept, shares, items = [], [], []
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        some = pairs[start : start + _PAIRS_AT_ONCE]
        share, number = _agreement(codes, some)
        hit = (number >= fewest) & (share > match)
        kept.append(some[hit])
        shares.append(share[hit])
        items.append(number[hit])
    if not kept:
        return _listed(answers.index, np.empty((0, 2), np.int64), np.empty(0), np.empty(0, np.intp))
    return _listed(answers.index, np.concatenate(kept), np.concatenate(shares), np.concatenate(items))


def _listed(
    index: pd.Index, pairs: _Pairs, shares: npt.NDArray[np.float64], items: npt.NDArray[np.intp]
) -> pd.DataFrame:
    return pd.DataFrame(
        {"first": index.take(pairs[:, 0]), "second": index.take(pairs[:, 1]), "match": shares, "items": items}
    )


def _varies(column: pd.Series) -> bool:
    counts = column.value_counts(normalize=True)
    return len(counts) > 1 and float(counts.iloc[0]) < 0.95


def _chance(codes: _Codes) -> npt.NDArray[np.float64]:
    """Probability ``(items,)`` that two respondents agree on an item by chance; not answered counts as an answer."""
    return np.array([float(((np.bincount(column + 1) / len(column)) ** 2).sum()) for column in codes.T])


def _candidates(codes: _Codes, recall: float, rng: np.random.Generator) -> _Pairs:
    """Distinct pairs of row numbers, smaller first, in order."""
    rows, items = codes.shape
    chance = np.log(np.maximum(_chance(codes), 1e-9))
    found: list[_Pairs] = []
    missed, bands = 1.0, 0
    while missed > 1 - recall and bands < _MOST_BANDS:
        # Gumbel keys: a draw without replacement in which items that tell people apart are likelier to come first.
        order = np.argsort(rng.gumbel(size=items) + np.log(-chance + 1e-6))[::-1]
        width = min(int(np.searchsorted(-np.cumsum(chance[order]), np.log(max(rows, 2)))) + 1, items)
        found.append(_in_buckets(codes[:, order], width))
        missed *= 1 - 0.9**width
        bands += 1
    keys = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
    return np.column_stack([keys // rows, keys % rows])


def _in_buckets(codes: _Codes, width: int) -> _Pairs:
    """Pairs that agree on the first `width` items, as ``smaller * n + larger``; crowded buckets use more items."""
    rows, items = codes.shape
    key = pd.util.hash_pandas_object(pd.DataFrame(codes[:, :width]), index=False).to_numpy()
    members = np.arange(rows)
    found: list[_Pairs] = []
    while len(members):
        order = np.argsort(key, kind="stable")
        members, key = members[order], key[order]
        edges = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
        sizes = np.diff(np.r_[edges, len(key)])
        crowded = (sizes > _MOST_IN_BUCKET) & (width < items)
        # With no items left the members of a bucket are copies of each other: each is paired with the next only.
        reach = 1 if width >= items else _MOST_IN_BUCKET
        found.extend(_pairs_within(members, np.repeat(np.where(crowded, 0, sizes), sizes), edges, sizes, reach, rows))
        stay = np.repeat(crowded, sizes)
        members = members[stay]
        width = min(width + 2, items)
        key = pd.util.hash_pandas_object(pd.DataFrame(codes[members][:, :width]), index=False).to_numpy()
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _pairs_within(
    members: npt.NDArray[np.intp],
    allowed: npt.NDArray[np.intp],
    edges: npt.NDArray[np.intp],
    sizes: npt.NDArray[np.intp],
    reach: int,
    rows: int,
) -> list[_Pairs]:
    """Pairs at each distance inside the sorted buckets: every pair of a small one, neighbours where reach is 1."""
    after = np.repeat(edges + sizes, sizes) - np.arange(len(members)) - 1  # members of the bucket still to come
    after = np.where(allowed > 1, after, 0)
    found = []
    for distance in range(1, reach + 1):
        left = np.flatnonzero(after >= distance)
        if not len(left):
            break
        one, other = members[left].astype(np.int64), members[left + distance].astype(np.int64)
        found.append(np.minimum(one, other) * rows + np.maximum(one, other))
    return found


def _agreement(codes: _Codes, pairs: _Pairs) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    first, second = codes[pairs[:, 0]], codes[pairs[:, 1]]
    both = (first >= 0) & (second >= 0)
    number = both.sum(axis=1)
    same = ((first == second) & both).sum(axis=1)
    return same / np.maximum(number, 1), number
