"""The kernel by identities: several roads to one variance must agree, and small cases agree with hand computation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.design import Design, JointProbabilities, TwoPhase
from surveykit.engine import FloatArray
from surveykit.errors import DesignError
from surveykit.estimation.descriptive import count, mean, proportion, ratio, total
from surveykit.estimation.quantiles.quantiles import quantile
from surveykit.estimation.regression.regression import regress
from surveykit.replication import replicate
from surveykit.results import Estimate
from surveykit.survey import Survey, with_weights
from surveykit.variance import replicate_covariance
from surveykit.weighting import base_weights, calibrate, post_stratify
from tests.estimation.firms import DESIGNS, firms

BY_NAME = pytest.mark.parametrize("design", DESIGNS.values(), ids=list(DESIGNS))


def agree(first: Estimate, second: Estimate, rtol: float = 1e-9) -> None:
    """Estimates, covariances and degrees of freedom are equal."""
    np.testing.assert_allclose(first.estimate, second.estimate, rtol=rtol)
    scale = float(np.abs(np.diagonal(second.covariance)).max())
    np.testing.assert_allclose(first.covariance, second.covariance, rtol=rtol, atol=rtol * scale)
    np.testing.assert_array_equal(first.df, second.df)


def pick(found: Estimate, place: int) -> Estimate:
    """One estimate of several."""
    return replace(
        found,
        names=(found.names[place],),
        labels={},
        estimate=found.estimate[[place]],
        covariance=found.covariance[np.ix_([place], [place])],
        df=found.df[[place]],
        n=found.n[[place]],
        weighted_n=found.weighted_n[[place]],
        interval=None,
        facts={},
    )


@st.composite
def samples(draw: st.DrawFn) -> tuple[pd.DataFrame, Design]:
    """Any small sample: uneven strata, towns and weights, some weights zero, some answers missing."""
    rows = draw(st.integers(12, 60))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    strata, towns = draw(st.integers(1, 3)), draw(st.integers(3, 6))
    # Two rows at least in each town, so that no stage has a lonely unit.
    region = np.concatenate([np.repeat(np.arange(strata), 2 * towns), rng.integers(0, strata, rows)])
    town = np.concatenate([np.tile(np.arange(towns), 2 * strata), rng.integers(0, towns, rows)]) + 10 * region
    size = len(region)
    frame = pd.DataFrame({"region": region, "town": town, "firm": np.arange(size)})
    frame["y"] = rng.normal(draw(st.sampled_from([0.0, 5.0, 1e6])), 2.0, size)
    frame["x"] = np.where(rng.random(size) < draw(st.sampled_from([0.0, 0.1])), np.nan, rng.uniform(1, 3, size))
    frame["g"] = rng.choice(["a", "b", "c"], size)
    frame.loc[:2, "g"] = ["a", "b", "c"]
    frame.loc[:2, "x"] = [1.0, 2.0, 3.0]
    frame["w"] = np.where(rng.random(size) < draw(st.sampled_from([0.0, 0.2])), 0.0, rng.uniform(0.5, 9, size))
    frame.loc[:2, "w"] = [1.0, 2.0, 3.0]
    frame["towns"], frame["firms"] = 40, 200
    return frame, draw(st.sampled_from(list(DESIGNS.values())))


@settings(max_examples=25)
@given(samples())
def test_a_domain_mean_is_a_ratio_and_a_regression_coefficient(sample: tuple[pd.DataFrame, Design]) -> None:
    frame, design = sample
    survey = Survey(frame, design, "w")
    domain = mean(survey.where("g == 'b'"), "y")
    agree(domain, pick(mean(survey, "y", by="g"), 1))
    # As a ratio the domain is a part of all, so the degrees of freedom are those of all.
    of_indicators = ratio(survey, "y * (g == 'b')", "g == 'b'")
    np.testing.assert_allclose(of_indicators.estimate, domain.estimate, rtol=1e-9)
    # Products of a variable and its indicator keep the digits of the mean square, not of the variance.
    noise = 1e-15 * float(domain.estimate[0] ** 2)
    np.testing.assert_allclose(of_indicators.covariance, domain.covariance, rtol=1e-8, atol=noise)
    constant = ratio(survey.where("g == 'b'"), "y", "firm * 0 + 1")
    np.testing.assert_allclose(constant.covariance, domain.covariance, rtol=1e-8, atol=noise)
    np.testing.assert_array_equal(constant.df, domain.df)
    model = regress(survey, "y ~ 0 + g")
    np.testing.assert_allclose(model.estimate, mean(survey, "y", by="g").estimate, rtol=1e-9)
    np.testing.assert_allclose(model.se, mean(survey, "y", by="g").se, rtol=1e-6)
    assert model.design_df == mean(survey, "y").df[0]
    alone = regress(survey.where("g == 'b'"), "y ~ 1")
    np.testing.assert_allclose(alone.se, domain.se, rtol=1e-6)
    assert alone.df[0] == domain.df[0]


@settings(max_examples=25)
@given(samples())
def test_groups_are_domains(sample: tuple[pd.DataFrame, Design]) -> None:
    frame, design = sample
    survey = Survey(frame, design, "w")
    verbs: list[Callable[..., Estimate]] = [
        lambda s, **by: mean(s, "x", **by),
        lambda s, **by: total(s, "x", **by),
        lambda s, **by: ratio(s, "y", "x", **by),
        count,
        lambda s, **by: proportion(s, "x > 2", **by),
    ]
    for verb in verbs:
        whole = verb(survey, by="g")
        each = len(whole) // 3
        for place, label in enumerate(("a", "b", "c")):
            one = verb(survey.where(f"g == '{label}'"))
            for inside in range(each):
                agree(pick(whole, place * each + inside), pick(one, inside))
            np.testing.assert_array_equal(whole.n[place * each : (place + 1) * each], one.n)


@settings(max_examples=25)
@given(samples(), st.floats(0.01, 1000))
def test_rescaled_weights_scale_totals_alone(sample: tuple[pd.DataFrame, Design], factor: float) -> None:
    frame, design = sample
    survey, scaled = Survey(frame, design, "w"), Survey(frame.assign(w=frame["w"] * factor), design, "w")
    agree(mean(survey, ["y", "x"], by="g"), mean(scaled, ["y", "x"], by="g"))
    agree(ratio(survey, "y", "x"), ratio(scaled, "y", "x"))
    agree(proportion(survey, "g"), proportion(scaled, "g"))
    agree(quantile(survey, "x", 0.5), quantile(scaled, "x", 0.5))
    slope, other = regress(survey, "y ~ x"), regress(scaled, "y ~ x")
    np.testing.assert_allclose(slope.t, other.t, rtol=1e-6)
    large, small = total(scaled, "x"), total(survey, "x")
    np.testing.assert_allclose(large.estimate, factor * small.estimate, rtol=1e-9)
    np.testing.assert_allclose(large.se, factor * small.se, rtol=1e-9)


@settings(max_examples=25)
@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(sample: tuple[pd.DataFrame, Design], random: Any) -> None:
    frame, design = sample
    order = list(range(len(frame)))
    random.shuffle(order)
    survey, shuffled = Survey(frame, design, "w"), Survey(frame.iloc[order], design, "w")
    agree(mean(survey, ["y", "x"], by="g"), mean(shuffled, ["y", "x"], by="g"))
    agree(proportion(survey.where("x > 1.5"), "g"), proportion(shuffled.where("x > 1.5"), "g"))
    np.testing.assert_allclose(regress(survey, "y ~ x + g").t, regress(shuffled, "y ~ x + g").t, rtol=1e-6)


@settings(max_examples=25)
@given(samples())
def test_rows_as_units_are_clusters_of_one(sample: tuple[pd.DataFrame, Design]) -> None:
    frame, _ = sample
    zero = frame["w"].where(frame["w"] > 0, 1.0)
    frame = frame.assign(w=zero)
    for strata, fpc in ((None, None), ("region", None), ("region", "firms")):
        moments = Survey(frame, Design(strata=strata, fpc=fpc), "w")
        units = replace(moments.structure, rows_are_units=False)
        assert moments.structure.by_moments
        by_units = Survey(frame, Design(strata=strata, clusters="firm", fpc=fpc), "w")
        object.__setattr__(by_units, "structure", units)
        agree(mean(moments, ["y", "x"], by="g"), mean(by_units, ["y", "x"], by="g"))
        agree(total(moments, "y > 3"), total(by_units, "y > 3"))
        agree(ratio(moments.where("g != 'a'"), "x", "y"), ratio(by_units.where("g != 'a'"), "x", "y"))


@settings(max_examples=25)
@given(samples())
def test_row_scores_and_sums_by_cell_give_one_variance(sample: tuple[pd.DataFrame, Design]) -> None:
    """Calibration streams row scores; on a total that all weights have, it is the ratio estimate."""
    frame, design = sample
    survey = Survey(frame, design, "w")
    weights = calibrate(base_weights(frame, "w"), {"Intercept": 1000.0}, formula="~ 1")
    calibrated = with_weights(survey, weights)
    assert calibrated.calibration
    # Means keep their variance when weights are scaled to a known size of the population ...
    agree(mean(calibrated, ["y", "x"]), mean(survey, ["y", "x"]), 1e-8)
    agree(mean(calibrated, "x", by="g"), mean(survey, "x", by="g"), 1e-8)
    agree(proportion(calibrated, "g"), proportion(survey, "g"), 1e-8)
    # ... and totals become that size times the mean.
    of_ones = total(calibrated.where("y == y"), "y")
    np.testing.assert_allclose(of_ones.estimate, 1000 * mean(survey, "y").estimate, rtol=1e-9)
    # The residuals of row scores are taken after their squares are summed: the digits are those of the mean square.
    noise = 1e-15 * float(of_ones.estimate[0] ** 2)
    np.testing.assert_allclose(of_ones.covariance, 1e6 * mean(survey, "y").covariance, rtol=1e-7, atol=noise)
    size = count(calibrated)
    assert size.estimate[0] == pytest.approx(1000.0)
    assert size.se[0] == pytest.approx(0.0, abs=1e-6)


@BY_NAME
def test_calibrated_totals_have_no_variance(design: Design) -> None:
    frame = firms()
    sizes = {"small": 500.0, "medium": 400.0, "large": 300.0}
    survey = with_weights(
        Survey(frame, design, "w"), post_stratify(base_weights(frame, "w"), {"size": sizes}, by="size")
    )
    found = count(survey, by="size")
    np.testing.assert_allclose(found.estimate, list(sizes.values()), rtol=1e-10)
    np.testing.assert_allclose(found.se, 0.0, atol=1e-8)
    shares = proportion(survey, "size")
    np.testing.assert_allclose(shares.se, 0.0, atol=1e-8)


# Hand computation ---------------------------------------------------------------------------------------------------


def _around(values: FloatArray, centre: float | None = None) -> float:
    return float(((values - (values.mean() if centre is None else centre)) ** 2).sum())


def _small() -> pd.DataFrame:
    return pd.DataFrame({
        "h": ["A", "A", "A", "B", "B", "C"], "y": [3.0, 5.0, 10.0, 1.0, 4.0, 7.0], "w": [2.0, 2.0, 4.0, 5.0, 1.0, 3.0],
        "N": [12, 12, 12, 8, 8, 4],
    })  # fmt: skip


Z = _small()["y"].to_numpy() * _small()["w"].to_numpy()
A, B = 1.5 * _around(Z[:3]), 2 * _around(Z[3:5])


@pytest.mark.parametrize(
    ("lonely", "expected"),
    [
        ("remove", A + B),
        ("certainty", A + B),
        ("average", (A + B) * 3 / 2),
        ("adjust", A + B + (Z[5] - Z.mean()) ** 2),
    ],
)
@pytest.mark.parametrize("clusters", [None, "unit"])
def test_a_lonely_stratum_by_hand(lonely: Any, expected: float, clusters: str | None) -> None:
    frame = _small().assign(unit=range(6))
    # Two rows of unit 0, so that the units are no rows; together they are what the one was.
    if clusters:
        half = frame.iloc[[0]].assign(w=1.0)
        frame = pd.concat([half, half, frame.iloc[1:]], ignore_index=True)
    found = total(Survey(frame, Design(strata="h", clusters=clusters, lonely=lonely), "w"), "y")
    assert found.covariance[0, 0] == pytest.approx(expected, rel=1e-12)
    assert found.df.tolist() == [3]


@pytest.mark.parametrize("lonely", ["remove", "certainty", "average", "adjust"])
def test_lonely_strata_outside_a_domain_add_nothing(lonely: Any) -> None:
    frame = _small()
    survey = Survey(frame, Design(strata="h", lonely=lonely), "w").where("h != 'C'")
    assert total(survey, "y").covariance[0, 0] == pytest.approx(A + B, rel=1e-12)
    strict = Survey(frame, Design(strata="h"), "w")
    assert total(strict.where("h != 'C'"), "y").covariance[0, 0] == pytest.approx(A + B, rel=1e-12)
    with pytest.raises(DesignError, match="Stratum 'C' has one sampling unit"):
        total(strict, "y")


@pytest.mark.parametrize(("lonely", "alone"), [("adjust", None), ("average", None), ("remove", "plain")])
def test_one_unit_of_a_stratum_in_a_domain(lonely: Any, alone: str | None) -> None:
    """With ``domain_lonely`` a stratum with one unit in the domain counts as lonely; without, as any other."""
    frame = _small().iloc[:5]
    for clusters in (None, "unit"):
        data = frame.assign(unit=range(5))
        if clusters:
            half = data.iloc[[0]].assign(w=1.0)
            data = pd.concat([half, half, data.iloc[1:]], ignore_index=True)
        own = Design(strata="h", clusters=clusters, lonely=lonely, domain_lonely=True)
        without = Design(strata="h", clusters=clusters, lonely=lonely)
        z = Z[:5] * (np.arange(5) != 4)
        plain = A + 2 * _around(z[3:])
        expected = {
            "adjust": A + 2 * _around(z[3:], z.mean()),
            "average": A * 2,
            "remove": plain,
        }[lonely]
        domain = "y != 4"
        assert total(Survey(data, without, "w").where(domain), "y").covariance[0, 0] == pytest.approx(plain, rel=1e-12)
        assert total(Survey(data, own, "w").where(domain), "y").covariance[0, 0] == pytest.approx(expected, rel=1e-12)


def test_a_census_stratum_adds_no_variance() -> None:
    frame = _small().assign(N=[3, 3, 3, 8, 8, 4], w=[1, 1, 1, 4, 4, 4])
    survey = Survey(frame, Design(strata="h", fpc="N", lonely="certainty"), "w")
    z = frame["y"] * frame["w"]
    assert total(survey, "y").covariance[0, 0] == pytest.approx(0.75 * 2 * _around(z[3:5].to_numpy()), rel=1e-12)
    assert total(survey.where("h == 'A'"), "y").se[0] == 0.0
    alone = Survey(frame.assign(N=[3, 3, 3, 8, 8, 1]), Design(strata="h", fpc="N"), "w")
    assert total(alone.where("h == 'C'"), "y").se[0] == 0.0  # one unit that is the whole population is not lonely


def test_two_stages_by_hand() -> None:
    """Särndal, Swensson and Wretman (1992), result 4.3.1, two strata with their own sizes at the second stage."""
    rng = np.random.default_rng(8)
    rows = []
    populations = {"A": 5, "B": 4}
    for stratum, sampled in (("A", 3), ("B", 2)):
        for town in range(sampled):
            size, taken = 6 + town, 2 + town
            rows += [
                (stratum, f"{stratum}{town}", populations[stratum], size, sampled, taken, value)
                for value in rng.normal(10, 3, taken)
            ]
    frame = pd.DataFrame(rows, columns=["h", "town", "towns", "firms", "m", "k", "y"])
    frame["w"] = frame["towns"] / frame["m"] * frame["firms"] / frame["k"]
    expected = 0.0
    for _, stratum in frame.groupby("h"):
        big, m = stratum["towns"].iloc[0], stratum["m"].iloc[0]
        totals = []
        for _, town in stratum.groupby("town"):
            size, taken = town["firms"].iloc[0], len(town)
            totals.append(size * town["y"].mean())
            expected += big / m * size**2 * (1 - taken / size) * town["y"].var() / taken
        expected += big**2 * (1 - m / big) * np.var(totals, ddof=1) / m
    design = Design(strata="h", clusters=["town", "firm"], fpc=["towns", "firms"])
    frame["firm"] = range(len(frame))
    for weights in ("w", None):
        found = total(Survey(frame, design, weights), "y")
        assert found.covariance[0, 0] == pytest.approx(expected, rel=1e-12)
        assert found.df.tolist() == [3]
    # Rows as the second stage's units, without their column.
    assert total(Survey(frame, Design(strata="h", clusters="town", fpc=["towns", "firms"]), "w"), "y").covariance[
        0, 0
    ] == pytest.approx(expected, rel=1e-12)
    # Fractions are the same as counts.
    fractions = frame.assign(towns=frame["m"] / frame["towns"], firms=frame["k"] / frame["firms"])
    assert total(Survey(fractions, design, "w"), "y").covariance[0, 0] == pytest.approx(expected, rel=1e-12)


def test_a_second_stage_without_a_correction_of_the_first_adds_nothing() -> None:
    frame = firms()
    one = Survey(frame, Design(strata="region", clusters="town"), "w")
    two = Survey(frame, Design(strata="region", clusters=["town", "firm"]), "w")
    agree(mean(two, "sales", by="sector"), mean(one, "sales", by="sector"))


def test_simple_random_sampling_is_the_textbook() -> None:
    y = np.array([3.0, 5.0, 10.0, 1.0, 4.0, 7.0])
    survey = Survey(pd.DataFrame({"y": y, "N": 30}), Design(fpc="N"))
    assert mean(survey, "y").covariance[0, 0] == pytest.approx((1 - 6 / 30) * y.var(ddof=1) / 6, rel=1e-12)
    assert total(survey, "y").covariance[0, 0] == pytest.approx(900 * (1 - 6 / 30) * y.var(ddof=1) / 6, rel=1e-12)
    assert mean(survey, "y", deff="without").facts["deff"][0] == pytest.approx(1.0, rel=1e-12)
    assert mean(Survey({"y": y}), "y", deff="with").facts["deff"][0] == pytest.approx(1.0, rel=1e-12)


# Unequal probabilities and two phases -------------------------------------------------------------------------------


def _srs_joint(n: int, size: int) -> FloatArray:
    matrix = np.full((n, n), n * (n - 1) / (size * (size - 1)))
    np.fill_diagonal(matrix, n / size)
    return matrix


def _pps_frame() -> pd.DataFrame:
    return firms(20, seed=11).assign(p=20 / 50, N=50, pw=50 / 20)


@pytest.mark.parametrize("variance", ["horvitz-thompson", "yates-grundy"])
def test_joint_probabilities_of_simple_random_sampling_give_its_variance(variance: Any) -> None:
    frame = _pps_frame()
    simple = Survey(frame, Design(fpc="N"), "pw")
    joint = Survey(frame, Design(fpc="p", pps=JointProbabilities(_srs_joint(20, 50), variance)), "pw")
    for verb in (
        lambda s: total(s, "sales"),
        lambda s: mean(s, ["sales", "w"]),
        lambda s: mean(s, "sales", by="sector"),
    ):
        np.testing.assert_allclose(verb(joint).covariance, verb(simple).covariance, rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(verb(joint).df, verb(simple).df)
    np.testing.assert_allclose(regress(joint, "sales ~ w").se, regress(simple, "sales ~ w").se, rtol=1e-9)


def test_brewer_under_equal_probabilities_is_simple_random_sampling() -> None:
    frame = _pps_frame()
    agree(
        total(Survey(frame, Design(fpc="p", pps="brewer"), "pw"), ["sales", "w"]),
        total(Survey(frame, Design(fpc="N"), "pw"), ["sales", "w"]),
    )


def test_poisson_sampling_by_hand() -> None:
    frame = _pps_frame().assign(p=lambda f: np.linspace(0.1, 0.9, len(f)))
    found = total(Survey(frame, Design(fpc="p", pps="poisson")), "sales")
    expected = ((1 - frame["p"]) * (frame["sales"] / frame["p"]) ** 2).sum()
    assert found.estimate[0] == pytest.approx((frame["sales"] / frame["p"]).sum())
    assert found.covariance[0, 0] == pytest.approx(expected, rel=1e-12)


def test_rows_and_joint_probabilities_permuted_together_change_nothing() -> None:
    rng = np.random.default_rng(2)
    frame = _pps_frame()
    factor = rng.uniform(0.85, 0.95, (20, 20))
    matrix = np.outer(frame["p"], frame["p"]) * (factor + factor.T) / 2
    np.fill_diagonal(matrix, frame["p"])
    order = rng.permutation(20)
    for variance in ("horvitz-thompson", "yates-grundy"):
        straight = Survey(frame, Design(fpc="p", pps=JointProbabilities(matrix, variance)))  # type: ignore[arg-type]
        joint = JointProbabilities(matrix[np.ix_(order, order)], variance)  # type: ignore[arg-type]
        shuffled = Survey(frame.iloc[order], Design(fpc="p", pps=joint))
        agree(mean(straight, "sales", by="sector"), mean(shuffled, "sales", by="sector"))
        alone = Survey(frame.iloc[order], Design(fpc="p", pps=JointProbabilities(matrix, variance)))  # type: ignore[arg-type]
        assert abs(mean(alone, "sales").se[0] / mean(straight, "sales").se[0] - 1) > 1e-6


@pytest.mark.parametrize(
    ("first", "method"),
    [
        (Design(), "approx"),
        (Design(strata="region"), "approx"),
        (Design(strata="region", clusters="town"), "approx"),
        (Design(fpc="N"), "full"),
        (Design(strata="region", clusters="town", fpc="towns"), "full"),
    ],
)
def test_a_second_phase_of_everybody_is_no_phase(first: Design, method: Any) -> None:
    frame = firms(90).assign(N=300, all=1)
    one, two = Survey(frame, first, "w"), Survey(frame, TwoPhase(first, Design(), "all == 1", method), "w")
    for verb in (lambda s: mean(s, "sales"), lambda s: ratio(s, "sales", "w"), lambda s: total(s, "sales")):
        np.testing.assert_allclose(verb(two).estimate, verb(one).estimate, rtol=1e-10)
        np.testing.assert_allclose(verb(two).se, verb(one).se, rtol=1e-9)


def test_two_phases_of_simple_random_sampling_are_one_of_the_smaller_sample() -> None:
    """A simple random sample of a simple random sample is a simple random sample."""
    frame = firms(60).assign(N=200, phone=lambda f: np.arange(60) % 3 == 0)
    both = Survey(frame, TwoPhase(Design(fpc="N"), Design(), "phone"))
    direct = Survey(frame[frame["phone"]], Design(fpc="N"))
    agree(total(both, "sales"), total(direct, "sales"))
    agree(mean(both, "sales", by="sector"), mean(direct, "sales", by="sector"))


# Replicates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rows", "strata", "clusters"])
def test_the_jackknife_of_a_linear_statistic_is_its_linearisation(name: str) -> None:
    survey = Survey(firms(90), DESIGNS[name], "w")
    jackknifed = replicate(survey, "JK1" if name == "rows" else "JKn")
    found, expected = total(jackknifed, ["sales", "w"]), total(survey, ["sales", "w"])
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-9)
    equal = Survey(firms(90).assign(w=2.0), DESIGNS["rows"], "w")
    np.testing.assert_allclose(mean(replicate(equal, "JK1"), "sales").se, mean(equal, "sales").se, rtol=1e-10)


def test_replicates_around_their_mean_or_the_estimate() -> None:
    survey = replicate(Survey(firms(60), DESIGNS["clusters"], "w"), "JKn")
    assert survey.replicates is not None
    estimates = np.array([[1.0], [3.0], [5.0]])
    made = replace(survey.replicates, rscales=np.array([1.0, 1.0, 0.0]), scale=0.5, mse=False)
    assert replicate_covariance(estimates, np.array([4.0]), made)[0, 0] == pytest.approx(0.5 * 2)
    assert replicate_covariance(estimates, np.array([4.0]), replace(made, mse=True))[0, 0] == pytest.approx(0.5 * 10)


@BY_NAME
def test_rows_of_zero_weight_keep_their_place_in_the_design(design: Design) -> None:
    """They add nothing to an estimate, and are units of the sample."""
    frame = firms().assign(w=lambda f: f["w"].where(f["sector"] != "B", 0.0))
    survey = Survey(frame, design, "w")
    domain = Survey(firms(), design, "w").where("sector != 'B'")
    first, second = mean(survey, "sales"), mean(domain, "sales")
    np.testing.assert_allclose(first.covariance, second.covariance, rtol=1e-12)
    np.testing.assert_array_equal(first.n, second.n)
    np.testing.assert_array_equal(first.df, second.df)


@pytest.mark.parametrize("name", ["strata", "two stages"])
def test_engines_agree(name: str, make_survey: Callable[..., Survey]) -> None:
    frame = firms(200).drop(columns="size")
    frame.loc[::17, "sales"] = np.nan
    expected, found = Survey(frame, DESIGNS[name], "w"), make_survey(frame, DESIGNS[name], "w")
    for verb in (
        lambda s: mean(s, ["sales", "w"], by=["sector", "exporter"], deff="with"),
        lambda s: total(s.where("sales > 9"), "sales", deff="without"),
        lambda s: ratio(s, "sales", "w", by="answer"),
        lambda s: proportion(s, "answer", by="sector", method="beta"),
        lambda s: count(s, by="region"),
        lambda s: regress(s, "log(sales) ~ sector * w + exporter"),
        lambda s: regress(s.where("w > 2"), "I(exporter == 'yes') ~ log(sales)", family="binomial"),
    ):
        first, second = verb(expected), verb(found)
        assert first.names == second.names
        agree(second, first, 1e-10 if first.statistic != "coefficient" else 1e-8)
        np.testing.assert_allclose(second.low, first.low, rtol=1e-8)
        np.testing.assert_array_equal(second.n, first.n)
        for fact, values in first.facts.items():
            np.testing.assert_allclose(second.facts[fact], values, rtol=1e-6, atol=1e-12)


def test_a_large_mean_loses_no_digits() -> None:
    """Second moments are measured from a shift: 1e9 added to every value changes no variance."""
    frame = firms().assign(far=lambda f: f["sales"] + 1e9)
    survey = Survey(frame, DESIGNS["strata"], "w")
    np.testing.assert_allclose(mean(survey, "far").se, mean(survey, "sales").se, rtol=1e-6)
    assert mean(survey, "far > 0").se[0] < 1e-15
