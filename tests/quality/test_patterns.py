"""Patterns inside a battery: hand-made cases, properties, and a second implementation on random answers."""

from __future__ import annotations

import careless
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from surveykit.errors import QualityError
from surveykit.quality.patterns import (
    acquiescence,
    average_run,
    even_odd_consistency,
    longstring,
    mahalanobis,
    mahalanobis_cutoff,
    response_spread,
    straightlined,
    synonym_consistency,
    synonym_pairs,
)

GRIDS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9),
    elements=st.sampled_from([1.0, 2.0, 3.0, np.nan]),
)


def likert(seed: int, rows: int = 300, factors: int = 4, items: int = 5) -> pd.DataFrame:
    """Answers with one common factor a scale, so that pairs inside a scale go together."""
    rng = np.random.default_rng(seed)
    scale = np.repeat(rng.normal(size=(rows, factors)), items, axis=1)
    latent = scale + rng.normal(scale=0.5, size=(rows, factors * items))
    return pd.DataFrame(np.clip(np.round(3 + latent), 1, 5)).rename(columns=lambda place: f"q{place}")


@pytest.mark.parametrize("seed", range(3))
def test_longest_and_average_run_are_those_of_careless(seed: int) -> None:
    """It takes a string of one-character answers a respondent."""
    answers = likert(seed)
    words = ["".join(str(int(value)) for value in row) for row in answers.to_numpy()]
    theirs = [run[1] for run in careless.longstring(words)]
    assert longstring(answers).tolist() == theirs
    np.testing.assert_allclose(average_run(answers), careless.longstring(words, avg=True), rtol=1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_spread_is_that_of_careless_with_the_sample_divisor(seed: int) -> None:
    """It divides by the number of answers, surveykit (as Dunn et al. and R's sd) by one less."""
    answers = likert(seed)
    blank = np.random.default_rng(seed).random(answers.shape) < 0.1
    answers = answers.mask(blank)
    count = answers.notna().sum(axis=1)
    np.testing.assert_allclose(
        response_spread(answers), careless.irv(answers.to_numpy()) * np.sqrt(count / (count - 1)), rtol=1e-12
    )


@pytest.mark.parametrize("seed", range(3))
def test_distance_is_that_of_careless_squared(seed: int) -> None:
    answers = likert(seed)
    answers.iloc[3, 2] = np.nan
    answers.iloc[7] = [1.0, 5.0] * 10
    theirs = careless.mahad(answers.to_numpy(), na_rm=True)
    np.testing.assert_allclose(mahalanobis(answers), theirs**2, rtol=1e-9)
    _, flags = careless.mahad(answers.dropna().to_numpy(), flag=True, confidence=0.999)
    ours = mahalanobis(answers.dropna()) > mahalanobis_cutoff(answers.shape[1])
    assert ours.sum() > 0
    assert ours.tolist() == list(flags)


@pytest.mark.parametrize("seed", range(3))
def test_synonyms_and_antonyms_are_those_of_careless(seed: int) -> None:
    """It writes 0 where a respondent does not vary; surveykit leaves that missing."""
    answers = likert(seed)
    turned = answers.assign(q0=6 - answers["q0"], q5=6 - answers["q5"], q10=6 - answers["q10"])
    for critical, theirs in (
        (0.6, careless.psychsyn(answers.to_numpy(), critval=0.6)),
        (-0.6, careless.psychant(turned.to_numpy(), critval=-0.6)),
    ):
        data = answers if critical > 0 else turned
        ours = synonym_consistency(data, synonym_pairs(data, critical))
        assert ours.notna().mean() > 0.9
        np.testing.assert_allclose(ours.dropna(), theirs[ours.notna()], rtol=1e-9, atol=1e-12)


def test_even_odd_is_the_correlation_of_halves_stepped_up() -> None:
    """Careless averages correlations inside scales, which is another measure; the second opinion here is scipy's r."""
    answers = likert(5)
    scales = [[f"q{5 * scale + item}" for item in range(5)] for scale in range(4)]
    ours = even_odd_consistency(answers, scales)
    for row in range(20):
        odd = [answers.loc[row, scale[0::2]].mean() for scale in scales]
        even = [answers.loc[row, scale[1::2]].mean() for scale in scales]
        if np.std(odd) > 0 and np.std(even) > 0:
            r = stats.pearsonr(odd, even).statistic
            assert ours[row] == pytest.approx(max(2 * r / (1 + r), -1) if r > -1 else -1, rel=1e-9)


def test_even_odd_refuses_too_few_scales() -> None:
    answers = likert(1)
    with pytest.raises(QualityError) as error:
        even_odd_consistency(answers, [["q0", "q1"], ["q2", "q3"]])
    assert str(error.value) == (
        "Even-odd consistency needs three scales, and there are 2. Leave it out: with fewer it is a guess."
    )


def test_collinear_items_are_met_by_the_pseudo_inverse() -> None:
    answers = likert(2, factors=1)
    doubled = answers.assign(copy=answers["q0"])
    np.testing.assert_allclose(mahalanobis(doubled), mahalanobis(answers), rtol=1e-6)


def test_acquiescence_needs_agreement_with_both_sides() -> None:
    answers = pd.DataFrame({"a": [5, 5, 1, 5], "b": [4, 4, 1, 5], "r": [4, 2, 5, np.nan]})
    flags = acquiescence(answers, {"r": ["a", "b"]}, 4)
    assert flags[:3].tolist() == [True, False, False]
    assert flags.isna().tolist() == [False, False, False, True]


@given(GRIDS)
def test_runs_are_between_one_and_the_number_of_answers(data: np.ndarray) -> None:
    answers = pd.DataFrame(data)
    before = answers.copy()
    longest, average, answered = longstring(answers), average_run(answers), answers.notna().sum(axis=1)
    some = answered > 0
    assert longest.isna().equals(~some)
    assert (longest[some] <= answered[some]).all()
    assert (longest[some] >= average[some]).all()
    assert (average[some] >= 1).all()
    pd.testing.assert_frame_equal(answers, before)


@given(GRIDS, st.permutations(range(4)))
def test_recoding_the_scale_changes_no_run(data: np.ndarray, order: list[int]) -> None:
    answers = pd.DataFrame(data)
    other = answers.replace({1.0: 10.0 + order[0], 2.0: 10.0 + order[1], 3.0: 10.0 + order[2]})
    pd.testing.assert_series_equal(longstring(answers), longstring(other))
    assert straightlined(answers).equals(straightlined(other))


@given(GRIDS, st.floats(0.5, 3), st.floats(-5, 5))
def test_spread_scales_and_ignores_shifts(data: np.ndarray, factor: float, shift: float) -> None:
    answers = pd.DataFrame(data)
    np.testing.assert_allclose(
        response_spread(answers * factor + shift), response_spread(answers) * factor, rtol=1e-7, atol=1e-9
    )


@given(st.integers(0, 50))
def test_distances_add_up_and_ignore_units(seed: int) -> None:
    """The mean of squared distances is items (n - 1) / n, in whatever units the items are."""
    answers = pd.DataFrame(np.random.default_rng(seed).normal(size=(40, 4)))
    distance = mahalanobis(answers)
    assert distance.mean() == pytest.approx(4 * 39 / 40)
    np.testing.assert_allclose(distance, mahalanobis(answers * [1.0, 3.0, 0.5, 7.0] + 2), rtol=1e-8)


def test_a_respondent_who_answers_alike_has_no_spread_and_the_longest_run() -> None:
    answers = pd.DataFrame([[3.0] * 8, [1, 2, 3, 4, 5, 4, 3, 2]])
    assert response_spread(answers).tolist()[0] == 0
    assert longstring(answers).tolist() == [8, 1]
    assert straightlined(answers).tolist() == [True, False]
    assert response_spread(answers.iloc[:, :5]).isna().all()
