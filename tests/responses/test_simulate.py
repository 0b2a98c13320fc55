"""Simulated answers: targets as near as whole respondents come, routing and rules obeyed, a seed repeated."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.instrument import Instrument, check_answers, parse_instrument, read_instrument, route
from surveykit.responses import code_answers
from surveykit.responses.simulation import Targets, as_asked, parse_targets, read_targets, simulate, target_table

ROOT = Path(__file__).parents[2]
INSTRUMENTS = (
    "digital_services_firm", "creators", "overseas_barriers", "rule_positions", "data_risk", "dfft_experts",
)  # fmt: skip
SAMPLES = {"digital_services_firm": 600, "creators": 120}


@cache
def instrument(name: str) -> Instrument:
    return read_instrument(ROOT / "instruments" / f"{name}.yaml")


@cache
def targets(name: str) -> Targets:
    return read_targets(ROOT / "data" / "synthetic" / f"{name}.targets.yaml", instrument(name))


CASES = [(name, target.id) for name in SAMPLES for target in targets(name).published]


@cache
def fit(name: str, seed: int) -> pd.DataFrame:
    return target_table(simulate(instrument(name), targets(name), SAMPLES[name], seed), targets(name))


@pytest.mark.parametrize("seed", [1, 20240705])
@pytest.mark.parametrize(("name", "target"), CASES)
def test_exact_mode_hits_the_nearest_attainable_share(name: str, target: str, seed: int) -> None:
    row = fit(name, seed).loc[target]
    published = targets(name).target(target)
    assert row["met"]
    if published.kind == "share":
        ideal = published.value / 100 * row["base"]
        assert abs(row["k"] - ideal) <= 0.5
        assert abs(row["achieved"] - published.value) <= 50 / row["base"] + 1e-9
    if published.kind == "more_than":
        assert row["achieved"] > published.value


def test_the_unstated_tenth_is_kept_and_never_spread() -> None:
    answers = simulate(instrument("digital_services_firm"), targets("digital_services_firm"), 600, 3)
    assert answers.frame["F1"].value_counts().to_dict() == {4: 168, 1: 162, 3: 144, 2: 66, -98: 60}


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_without_targets_routing_and_rules_are_obeyed(name: str) -> None:
    answers = simulate(instrument(name), None, 150, 5, nonresponse=0.03)
    columns = [column for column in instrument(name).columns.names if column in answers.frame]
    again = route(instrument(name), answers.frame[columns])
    assert answers.synthetic
    assert again.conflicts.empty
    assert not check_answers(instrument(name), answers.frame).to_numpy().any()
    coded = [column.name for column in instrument(name).columns if column.coded]
    pd.testing.assert_frame_equal(again.frame[coded], answers.frame[coded])


@pytest.mark.parametrize("name", SAMPLES)
def test_as_asked_codes_back_to_the_same_answers(name: str) -> None:
    answers = simulate(instrument(name), targets(name), 90, 11)
    again = code_answers(as_asked(answers), instrument(name), synthetic=True)
    coded = [column.name for column in instrument(name).columns if column.coded and column.name in answers.frame]
    pd.testing.assert_frame_equal(again.frame[coded], answers.frame[coded], check_dtype=False)


@pytest.mark.parametrize("mode", ["exact", "random"])
def test_a_seed_gives_the_same_answers_and_another_seed_others(mode: str) -> None:
    def drawn(seed: int) -> pd.DataFrame:
        return simulate(instrument("creators"), targets("creators"), 80, seed, mode=mode).frame  # type: ignore[arg-type]

    pd.testing.assert_frame_equal(drawn(4), drawn(4))
    assert not drawn(4).equals(drawn(5))


def deviations(name: str, n: int, seeds: int) -> pd.DataFrame:
    """Mean deviation of each share over seeds, in Monte-Carlo standard errors."""
    found = {
        seed: target_table(simulate(instrument(name), targets(name), n, seed, mode="random"), targets(name))["achieved"]
        for seed in range(seeds)
    }
    shares = [target for target in targets(name).published if target.kind == "share"]
    table = pd.DataFrame(found).loc[[target.id for target in shares]].astype(float)
    gap = table.mean(axis=1) - [target.value for target in shares]
    return pd.DataFrame({"gap": gap, "error": table.std(axis=1, ddof=1) / np.sqrt(seeds)})


def test_random_mode_is_unbiased_over_twenty_seeds() -> None:
    """Seeds 0 to 19, none chosen; four standard errors of the mean, 3.4e-4 two-sided with 19 degrees of freedom."""
    found = deviations("creators", 120, 20)
    assert (found["gap"].abs() <= 4 * found["error"]).all(), found
    assert (found["error"] > 0.2).all(), "shares should scatter as in a sample"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "n"), [("digital_services_firm", 100), ("creators", 120)])
def test_random_mode_is_unbiased_over_two_hundred_seeds(name: str, n: int) -> None:
    """Seeds 0 to 199; 0.05 points allow for the whole respondents of the population (n = 2000 or more)."""
    found = deviations(name, n, 200)
    assert (found["gap"].abs() <= 4 * found["error"] + 0.05).all(), found


def test_random_mode_scatters_as_a_simple_random_sample() -> None:
    """Standard deviation of a share over 40 seeds against sqrt(p q / n (1 - n/N)), population N = 2000."""
    tiny = _tiny()
    wanted = parse_targets("{targets: tiny, published: [{id: yes, of: X1 == 1, percent: 30}]}", tiny)
    shares = [
        target_table(simulate(tiny, wanted, 100, seed, mode="random"), wanted).loc["yes", "achieved"]
        for seed in range(40)
    ]
    expected = 100 * np.sqrt(0.3 * 0.7 / 100 * (1 - 100 / 2000))
    assert np.std(shares, ddof=1) == pytest.approx(expected, rel=0.45)


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(7, 90), outer=st.integers(0, 100), inner=st.integers(0, 100), seed=st.integers(0, 10_000)
)  # fmt: skip
def test_any_share_of_any_base_is_hit(n: int, outer: int, inner: int, seed: int) -> None:
    tiny = _tiny()
    wanted = parse_targets(
        f"""
        targets: tiny
        published:
          - {{id: outer, of: X1 == 1, percent: {outer}}}
          - {{id: inner, of: X3 == 2, percent: {inner}}}
          - {{id: box, of: "selected(U1, 2)", among: X1 == 2, percent: {inner}}}
        """,
        tiny,
    )
    assert target_table(simulate(tiny, wanted, n, seed), wanted).query("base > 0")["met"].all()


def test_means_of_bands_and_numbers_are_hit() -> None:
    tiny = _tiny()
    wanted = parse_targets(
        "{targets: tiny, published: [{id: band, of: mid(B1), mean: 13.2}, {id: number, of: N1, mean: 41.5}]}", tiny
    )
    found = target_table(simulate(tiny, wanted, 60, 2), wanted)
    assert found["met"].all()
    assert found.loc["number", "achieved"] == pytest.approx(41.5, abs=0.5 / 60)
    assert found.loc["band", "achieved"] == pytest.approx(13.2, abs=5 / 60)


def test_traits_tie_answers_together() -> None:
    answers = simulate(instrument("digital_services_firm"), targets("digital_services_firm"), 600, 8).frame
    numbers = answers[["F1", "X2", "FS1", "V2"]].astype(float)
    found = numbers.where(numbers >= 0).corr("spearman")
    assert found.loc["X2", "FS1"] > 0.35
    assert found.loc["FS1", "V2"] > 0.2
    assert found.loc["F1", "X2"] > 0.05


def test_the_shipped_samples_hit_what_was_published() -> None:
    for file, name in (("digital_services", "digital_services_firm"), ("creators", "creators")):
        path = ROOT / "data" / "synthetic" / f"SYNTHETIC_{file}_japan.csv"
        answers = code_answers(pd.read_csv(path, dtype={"P_id": "str"}), instrument(name), synthetic=True)
        assert int(answers.counted.sum()) == SAMPLES[name]
        assert target_table(answers, targets(name))["met"].all()
        assert not check_answers(instrument(name), answers.frame).to_numpy().any()


def _tiny() -> Instrument:
    return parse_instrument(
        """
        instrument: tiny
        version: 1.0.0
        title: Tiny
        unit: firm
        languages: [en]
        questions:
          - {id: X1, type: single, required: true, label: Exports, options: {1: "Yes", 2: "No"}}
          - {id: X3, type: single, required: true, label: Gains, ask_if: X1 == 1, options: {1: "Yes", 2: "No", 3: "So"}}
          - {id: U1, type: multi, required: true, label: Uses, options: {1: "A", 2: "B", 3: "C"}}
          - id: B1
            type: band
            required: true
            unit: percent
            label: Share
            options:
              - {code: 1, lo: 0, hi: 10, closed: both, mid: 5, label: Low}
              - {code: 2, lo: 10, hi: 20, closed: right, mid: 15, label: Middle}
              - {code: 3, lo: 20, hi: 100, closed: right, mid: 30, label: High}
          - {id: N1, type: number, required: true, whole: true, label: Staff, unit: persons, minimum: 1, maximum: 900}
        """
    )
