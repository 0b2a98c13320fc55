"""Exact and near duplicates: who is kept, recall on planted pairs, cost."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveykit.errors import ColumnError, QualityError
from surveykit.quality.duplicates import exact_duplicates, near_duplicates
from surveykit.quality.text_similarity import similar_texts


def planted(rows: int, changed: int, *, levels: int = 5, pairs: int = 100, seed: int = 1) -> pd.DataFrame:
    """Independent answers to 60 items; the last `pairs` rows copy the first ones but for `changed` items."""
    rng = np.random.default_rng(seed)
    data = rng.choice(levels, size=(rows, 60), p=np.r_[0.4, np.full(levels - 1, 0.6 / (levels - 1))])
    for number in range(pairs):
        copy = data[number].copy()
        places = rng.choice(60, size=changed, replace=False)
        copy[places] = (copy[places] + 1) % levels
        data[rows - pairs + number] = copy
    return pd.DataFrame(data)


def recall(found: pd.DataFrame, rows: int, pairs: int = 100) -> float:
    listed = set(zip(found["first"], found["second"], strict=True))
    return float(np.mean([(number, rows - pairs + number) in listed for number in range(pairs)]))


@pytest.mark.parametrize(("changed", "least"), [(0, 1.0), (3, 0.99), (6, 0.95)])
def test_planted_pairs_are_found(changed: int, least: float) -> None:
    """Copies, and pairs that agree in 95 and 90 percent of their items."""
    found = near_duplicates(planted(4000, changed))
    assert recall(found, 4000) >= least
    assert len(found) <= 102
    assert ((found["match"] > 0.85) & (found["items"] == 60)).all()


def test_every_listed_pair_is_one_and_brute_force_finds_no_other() -> None:
    data = planted(300, 4)
    found = near_duplicates(data)
    codes = data.to_numpy()
    match = (codes[:, None, :] == codes[None, :, :]).mean(axis=2)
    truth = {(i, j) for i, j in zip(*np.nonzero(match > 0.85), strict=True) if i < j}
    assert set(zip(found["first"], found["second"], strict=True)) == truth


def test_the_cost_grows_with_respondents_and_not_with_their_square() -> None:
    """100,000 respondents x 60 items take about 2 s on one core; four times the rows take far less than 16 times."""
    seconds = {}
    for rows in (25_000, 100_000):
        data = planted(rows, 3)
        start = time.process_time()
        found = near_duplicates(data)
        seconds[rows] = time.process_time() - start
        assert recall(found, rows) >= 0.97
    assert seconds[100_000] < 15
    assert seconds[100_000] < 9 * seconds[25_000]


def test_a_crowd_of_copies_is_found_without_comparing_all_pairs() -> None:
    """Thousands of identical answer sheets: each is listed, in far fewer pairs than there are."""
    crowd = pd.DataFrame(np.tile(np.arange(60) % 5, (3000, 1)))
    rest = planted(1500, 0, pairs=1)
    both = pd.concat([rest, rest.iloc[::-1] + 0, crowd], ignore_index=True)
    found = near_duplicates(both)
    assert set(range(3001, 6000)) <= set(found["second"]) | set(found["first"])
    assert len(found) < 200_000


def test_too_few_informative_items_say_nothing() -> None:
    data = planted(500, 0)
    assert near_duplicates(data.iloc[:, :39]).empty
    constant = data.assign(**{f"same{place}": 1 for place in range(40)})
    assert near_duplicates(constant.iloc[:, 30:]).empty


def test_missing_answers_are_not_compared() -> None:
    data = planted(400, 0).astype(float)
    data.iloc[0, :25] = np.nan
    found = near_duplicates(data)
    assert 0 not in set(found["first"])
    data.iloc[0, 15:25] = data.iloc[300, 15:25].to_numpy()
    again = near_duplicates(data)
    assert again.loc[again["first"] == 0, "items"].tolist() == [45]


def test_the_same_seed_gives_the_same_pairs_and_nothing_is_changed() -> None:
    data = planted(800, 5).set_index(pd.Index([f"r{number}" for number in range(800)]))
    before = data.copy()
    pd.testing.assert_frame_equal(near_duplicates(data, seed=3), near_duplicates(data, seed=3))
    pd.testing.assert_frame_equal(data, before)
    assert near_duplicates(data)["first"].iloc[0] == "r0"


@given(
    st.lists(st.one_of(st.none(), st.sampled_from("abc")), min_size=1, max_size=12), st.randoms(use_true_random=False)
)
def test_one_of_each_is_kept(keys: list[str | None], random: object) -> None:
    frame = pd.DataFrame({"key": pd.Series(keys, dtype="object")})
    rank = pd.Series(np.random.default_rng(len(keys)).permutation(len(keys)))
    repeated = exact_duplicates(frame, ["key"], rank)
    kept = frame["key"][~repeated].dropna()
    assert sorted(kept) == sorted(set(filter(None, keys)))
    for key, row in zip(kept, kept.index, strict=True):
        assert rank[row] == rank[frame["key"] == key].min()


def test_unknown_columns_and_wrong_shares_are_named() -> None:
    with pytest.raises(ColumnError) as error:
        exact_duplicates(pd.DataFrame({"P_id": []}), ["P_ie"])
    assert str(error.value) == "Column 'P_ie' is not in the answers. Did you mean 'P_id'?"
    with pytest.raises(QualityError) as wrong:
        near_duplicates(pd.DataFrame(), match=85)
    assert str(wrong.value) == "match=85 and recall=0.99 should be shares between 0 and 1. The defaults: 0.85 and 0.99."


@given(st.lists(st.text("abc dあい", min_size=0, max_size=30), max_size=12))
def test_similar_texts_are_those_of_all_pairs(texts: list[str]) -> None:
    """Against the definition, pair by pair."""
    flags = similar_texts(pd.Series(texts, dtype="str"), cosine=0.9, shortest=3)
    plain = ["".join(c for c in text if c.isalnum()) for text in texts]
    sets = [{text[i : i + 3] for i in range(len(text) - 2)} for text in plain]
    for later, own in enumerate(sets):
        if len(plain[later]) < 3:
            assert flags.isna()[later]
            continue
        alike = any(other and len(own & other) / np.sqrt(len(own) * len(other)) > 0.9 for other in sets[:later])
        # A text is also marked where an equal one that stands earlier is like one before that.
        assert bool(flags[later]) == alike or plain[later] in plain[:later]
