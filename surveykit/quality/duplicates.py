"""The same respondent twice: exact copies, and answers too alike to be two firms'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.errors import QualityError

__all__ = ["exact_duplicates", "near_duplicates"]

_MOST_IN_BUCKET = 200


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
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise QualityError(f"Column '{missing[0]}' is not among the answers.", remedy="Name columns of the data.")
    keys = frame[list(columns)]
    known = keys.notna().all(axis=1)
    ranked = keys if order is None else keys.loc[order.sort_values(kind="stable").index]
    repeated = ranked.duplicated(keep="first").reindex(frame.index)
    return (repeated & known).rename("exact_duplicate")


def near_duplicates(
    answers: pd.DataFrame,
    *,
    match: float = 0.85,
    fewest: int = 40,
    bands: int = 24,
    seed: int = 0,
) -> pd.DataFrame:
    """Pairs of respondents who agree in more than a share `match` of the items that both answered.

    Candidates are pairs that agree on all of a random handful of items, in one of several draws (locality-sensitive
    hashing), so
    that the cost grows with the number of respondents and not with its square. Each candidate is then compared in full.

    Parameters
    ----------
    answers
        ``(n, items)`` coded answers, missing where not answered; items that nearly everybody answers alike are left
        out.
    match
        Share of identical answers above which a pair is listed (Kuriakose and Robbins 2016).
    fewest
        Fewest items that both must have answered; with fewer informative items in all no pair is listed.
    bands
        Draws of items. With the default a pair that agrees in 90 % of its items is found with probability above 0.99.
    seed
        Seed of the draws.

    Returns
    -------
    DataFrame
        Columns ``first, second, match, items``: labels of the pair, share of identical answers, items compared.
    """
    informative = [name for name in answers.columns if _varies(answers[name])]
    if len(informative) < fewest:
        return pd.DataFrame({"first": [], "second": [], "match": [], "items": []})
    codes = np.column_stack([pd.factorize(answers[name])[0] for name in informative]).astype(np.int32)
    rng = np.random.default_rng(seed)
    width = max(4, int(np.ceil(np.log(max(len(codes), 2)) / np.log(2.5))))
    candidates = _candidates(codes, bands, min(width, len(informative)), rng)
    rows = [row for row in (_compare(codes, pair, match, fewest) for pair in sorted(candidates)) if row is not None]
    labels = answers.index.to_numpy()
    return pd.DataFrame(
        {
            "first": [labels[row[0]] for row in rows],
            "second": [labels[row[1]] for row in rows],
            "match": [row[2] for row in rows],
            "items": [row[3] for row in rows],
        }
    )


def _varies(column: pd.Series) -> bool:
    counts = column.value_counts(normalize=True)
    return len(counts) > 1 and float(counts.iloc[0]) < 0.95


def _candidates(codes: npt.NDArray[np.int32], bands: int, width: int, rng: np.random.Generator) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for _ in range(bands):
        chosen = rng.choice(codes.shape[1], size=width, replace=False)
        handful = codes[:, chosen]
        answered = (handful >= 0).all(axis=1)
        key = pd.util.hash_pandas_object(pd.DataFrame(handful), index=False).to_numpy()
        order = np.flatnonzero(answered)[np.argsort(key[answered], kind="stable")]
        edges = np.flatnonzero(np.diff(key[order])) + 1
        for bucket in np.split(order, edges):
            if 2 <= len(bucket) <= _MOST_IN_BUCKET:
                members = np.sort(bucket).tolist()
                found.update((members[i], members[j]) for j in range(len(members)) for i in range(j))
    return found


def _compare(
    codes: npt.NDArray[np.int32], pair: tuple[int, int], match: float, fewest: int
) -> tuple[int, int, float, int] | None:
    first, second = codes[pair[0]], codes[pair[1]]
    both = (first >= 0) & (second >= 0)
    items = int(both.sum())
    if items < fewest:
        return None
    share = float((first == second)[both].mean())
    return (*pair, share, items) if share > match else None
