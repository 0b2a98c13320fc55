"""Segments: scikit-learn's mixtures, brute likelihoods of latent classes, the jackknife, copies of rows, stability."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.descriptive import mean
from surveykit.estimation.structure.segments import segment_numbers, segments
from surveykit.replication import replicate
from surveykit.survey import Survey

NUMBERS = ["a", "b", "c"]
CENTRES = np.array([[0, 0, 0], [5, 1, 0], [0, 5, 4.0]])


def kinds(rows: int = 400, seed: int = 1) -> pd.DataFrame:
    """Three kinds of firms, well apart, in towns, with weights."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, rows, p=[0.5, 0.3, 0.2])
    frame = pd.DataFrame(CENTRES[kind] + rng.normal(size=(rows, 3)), columns=NUMBERS)
    frame["w"], frame["town"], frame["kind"] = rng.integers(1, 4, rows), rng.integers(0, 40, rows), kind
    for name, chances in (
        ("p", [0.1, 0.8, 0.6]),
        ("q", [0.2, 0.1, 0.9]),
        ("r", [0.7, 0.2, 0.8]),
        ("s", [0.9, 0.2, 0.3]),
    ):
        frame[name] = np.where(rng.uniform(size=rows) < np.array(chances)[kind], "yes", "no")
    return frame


@pytest.mark.parametrize(("own", "other"), [("diagonal", "diag"), ("tied", "tied"), ("full", "full")])
def test_equal_weights_give_the_mixture_of_scikit_learn(own: Any, other: str) -> None:
    frame = kinds()
    values = frame[NUMBERS].to_numpy()
    standard = (values - values.mean(axis=0)) / values.std(axis=0)
    expected = GaussianMixture(3, covariance_type=other, tol=1e-13, max_iter=9_000, n_init=8, random_state=0).fit(
        standard
    )
    found = segments(Survey(frame), NUMBERS, 3, seed=1, covariance=own, starts=8)
    order = np.argsort(-expected.weights_)
    assert found.shares.estimate == pytest.approx(expected.weights_[order], abs=1e-5)
    means = values.mean(axis=0) + values.std(axis=0) * expected.means_[order]
    assert found.profiles.estimate.reshape(3, 3) == pytest.approx(means, abs=1e-4)
    shift = 400 * np.log(values.std(axis=0)).sum()
    assert found.loglik == pytest.approx(expected.score(standard) * 400 - shift, abs=1e-6)
    assert found.bic == pytest.approx(expected.bic(standard) + 2 * shift, abs=1e-5)


def test_classes_of_categories_have_the_likelihood_of_the_table() -> None:
    """The log-likelihood from the shares and profiles told, pattern by pattern, and no neighbour is better."""
    frame = kinds(900)
    found = segments(Survey(frame, weights="w"), ["p", "q", "r", "s"], 2, seed=3)
    weight = (frame["w"] / frame["w"].mean()).to_numpy()
    yes = (frame[["p", "q", "r", "s"]] == "yes").to_numpy()

    def loglik(shares: np.ndarray, chances: np.ndarray) -> float:
        each = [share * np.where(yes, own, 1 - own).prod(axis=1) for share, own in zip(shares, chances, strict=True)]
        return float(weight @ np.log(np.sum(each, axis=0)))

    profile = found.profiles.to_frame()
    chances = profile.loc[profile["level"] == "yes", "estimate"].to_numpy().reshape(2, 4)
    best = loglik(found.shares.estimate, chances)
    assert found.loglik == pytest.approx(best, abs=1e-8)
    assert found.parameters == 9
    assert found.bic == pytest.approx(-2 * best + 9 * np.log(900))
    rng = np.random.default_rng(1)
    for _ in range(20):
        assert (
            loglik(found.shares.estimate, np.clip(chances + rng.normal(scale=0.01, size=(2, 4)), 0.001, 0.999)) < best
        )


def test_integer_weights_are_rows_repeated() -> None:
    frame = kinds()
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    names = [*NUMBERS, "p"]
    weighted = segments(Survey(frame, weights="w"), names, 3, seed=1, starts=5)
    plain = segments(Survey(repeated), names, 3, seed=1, starts=5)
    assert weighted.shares.estimate == pytest.approx(plain.shares.estimate, abs=1e-5)
    assert weighted.profiles.estimate == pytest.approx(plain.profiles.estimate, abs=1e-4)


@pytest.mark.parametrize("covariance", ["diagonal", "tied", "full"])
def test_the_jackknife_agrees_with_the_linearisation(covariance: Any) -> None:
    survey = Survey(kinds(), Design(clusters="town"), weights="w")
    names = [*NUMBERS, "p"]
    linear = segments(survey, names, 3, seed=1, covariance=covariance, starts=4)
    jackknife = segments(replicate(survey, "JK1"), names, 3, seed=1, covariance=covariance, starts=4)
    assert jackknife.shares.se == pytest.approx(linear.shares.se, rel=0.08)
    assert jackknife.profiles.se == pytest.approx(linear.profiles.se, rel=0.12)
    assert linear.shares.df[0] == jackknife.shares.df[0] == 39


def test_one_segment_is_the_population() -> None:
    survey = Survey(kinds(), Design(clusters="town"), weights="w")
    found = segments(survey, NUMBERS, 1, seed=1)
    whole = mean(survey, NUMBERS)
    assert found.profiles.estimate == pytest.approx(whole.estimate)
    assert found.profiles.se == pytest.approx(whole.se, rel=1e-6)
    assert found.shares.se[0] == 0


def test_known_kinds_are_found_with_intervals_that_hold_them() -> None:
    frame = kinds(3_000, seed=8)
    found = segments(Survey(frame), NUMBERS, 3, seed=1, starts=5)
    assert found.profiles.estimate.reshape(3, 3) == pytest.approx(CENTRES, abs=0.15)
    inside = (found.profiles.low <= CENTRES.ravel()) & (CENTRES.ravel() <= found.profiles.high)
    assert inside.mean() > 0.8
    agreed = (found.members["segment"].str[-1].astype(int) - 1).to_numpy() == frame["kind"].to_numpy()
    assert agreed.mean() > 0.97
    assert found.separation > 0.9
    assert found.stability > 0.99


def test_the_number_is_chosen_and_noise_is_not_stable() -> None:
    frame = kinds()
    table = segment_numbers(Survey(frame, weights="w"), NUMBERS, [1, 2, 3, 4], seed=2, starts=8)
    assert table["segments"][int(np.argmin(table["bic"]))] == 3
    assert table["stability"][2] > 0.99
    noise = pd.DataFrame(np.random.default_rng(4).normal(size=(200, 3)), columns=NUMBERS)
    assert segments(Survey(noise), NUMBERS, 4, seed=1, starts=8).stability < 0.9


def test_a_seed_gives_the_same_segments_again() -> None:
    survey = Survey(kinds(), weights="w")
    one, two = (segments(survey, NUMBERS, 3, seed=7, starts=4) for _ in range(2))
    assert one.shares.estimate.tolist() == two.shares.estimate.tolist()
    assert one.members.equals(two.members)
    assert list(one.to_frame().columns) == ["share", *NUMBERS]
    assert "stability" in repr(one)


def test_a_domain_gives_segments_of_its_rows() -> None:
    frame = kinds()
    survey = Survey(frame, Design(clusters="town"), weights="w")
    inside = segments(survey.where("kind != 2"), NUMBERS, 2, seed=1, starts=4)
    alone = segments(Survey(frame[frame["kind"] != 2], weights="w"), NUMBERS, 2, seed=1, starts=4)
    assert inside.shares.estimate == pytest.approx(alone.shares.estimate, abs=1e-6)
    assert set(inside.members["row"]) == set(np.flatnonzero(frame["kind"] != 2))


def test_segments_that_the_answers_cannot_tell_are_refused() -> None:
    frame = kinds(60)
    frame["point"] = np.repeat([1.0, 2.0, 3.0], 20)
    frame["place"] = frame["point"] ** 2
    survey = Survey(frame)
    with pytest.raises(EstimationError, match="cannot tell 2 segments apart"):
        segments(survey, ["p", "q"], 2, seed=1)
    with pytest.raises(EstimationError, match="collapses on few rows"):
        segments(survey, ["point", "place"], 3, seed=1)
    with pytest.raises(EstimationError, match="too few for 30 segments"):
        segments(survey, NUMBERS, 30, seed=1)
    with pytest.raises(EstimationError, match="covariance='round' is not known"):
        segments(survey, NUMBERS, 2, seed=1, covariance="round")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="cannot be compared"):
        segments(survey, NUMBERS, 2, seed=1, starts=1)
    table = segment_numbers(survey, ["p", "q"], [1, 2], seed=1)
    assert table["why"].str.contains("cannot tell").tolist() == [False, True]


@pytest.mark.slow
def test_intervals_hold_the_shares_and_means_of_kinds() -> None:
    """Kinds that overlap, unequal weights; seed before the run."""
    rng, hits = np.random.default_rng(20_261_125), []
    for _ in range(200):
        kind = rng.uniform(size=500) < 0.35
        frame = pd.DataFrame(rng.normal(size=(500, 3)) + 2.2 * kind[:, None], columns=NUMBERS)
        frame["w"] = rng.uniform(1, 3, 500)
        found = segments(Survey(frame, weights="w"), NUMBERS, 2, seed=1, starts=2)
        shares, means = found.shares, found.profiles
        hits.append((shares.low[1] <= 0.35 <= shares.high[1], means.low[3] <= 2.2 <= means.high[3]))
    assert np.mean(hits, axis=0) == pytest.approx([0.95, 0.95], abs=0.04)


def test_of_zeros_and_ones_the_share_of_ones_is_told() -> None:
    frame = kinds()
    frame["uses"], frame["twos"] = (frame["p"] == "yes").astype(int), np.where(frame["q"] == "yes", 2, 1)
    found = segments(Survey(frame, weights="w"), ["uses", "twos", "r", "a"], 2, seed=1, starts=3)
    words = segments(Survey(frame, weights="w"), ["p", "q", "r", "a"], 2, seed=1, starts=3)
    profile = words.profiles.to_frame()
    high = profile[(profile["level"] == "yes") | (profile["variable"] == "a")]["estimate"].to_numpy()
    own = found.profiles.to_frame()
    own = own[(own["variable"] != "r") | (own["level"] == "yes")]
    assert own["estimate"].to_numpy() == pytest.approx(high, abs=1e-6)
    assert own["level"].tolist()[:2] == ["", "2"]
    assert list(found.to_frame().columns) == ["share", "uses", "twos: 2", "r: no", "r: yes", "a"]
