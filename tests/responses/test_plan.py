"""Planned cross-tabs: bases, half-widths, power and detectable differences against the textbook's arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from surveykit.errors import DataError, FormulaError
from surveykit.instrument import parse_instrument, read_instrument
from surveykit.responses.plan import plan
from surveykit.responses.simulation import parse_targets, read_targets

ROOT = Path(__file__).parents[2]
TINY = parse_instrument(
    """
    instrument: tiny
    version: 1.0.0
    title: Tiny
    unit: firm
    languages: [en]
    questions:
      - {id: X1, type: single, required: true, label: Exports, options: {1: "Yes", 2: "No"}}
      - {id: X3, type: single, required: true, label: Gains, options: {1: "Much", 2: "Little"}}
    """
)
TARGETS = parse_targets(
    """
    targets: tiny
    published:
      - {id: exports, of: X1 == 1, percent: 25}
      - {id: inside, of: X3 == 1, among: X1 == 1, percent: 60}
      - {id: outside, of: X3 == 1, among: X1 == 2, percent: 40}
    """,
    TINY,
)


def test_bases_and_half_widths_are_the_textbook_s() -> None:
    cells = plan(TINY, TARGETS, ["X3 ~ X1"], n=400, deff=1.5).cells.set_index(["column", "row"])
    assert cells.loc[("Yes", "Much"), "base"] == pytest.approx(100)
    assert cells.loc[("No", "Much"), "expected"] == pytest.approx(120)
    half = 1.959963984540054 * np.sqrt(0.6 * 0.4 * 1.5 / 100)
    assert cells.loc[("Yes", "Much"), "half_width"] == pytest.approx(half, rel=1e-9)


def test_power_and_detectable_difference_agree() -> None:
    """Power at p1 + detectable difference is the power asked for; Fleiss' formula without continuity correction."""
    row = plan(TINY, TARGETS, ["X3 ~ X1"], n=400).comparisons.query("row == 'Much'").iloc[0]
    z = stats.norm.ppf(0.975)
    assert row["power"] == pytest.approx(stats.norm.cdf(0.2 / np.sqrt(0.6 * 0.4 / 100 + 0.4 * 0.6 / 300) - z), abs=1e-6)
    p, d = row["share_1"], row["detectable"]
    reached = [
        stats.norm.cdf(d / np.sqrt(p * (1 - p) / 100 + q * (1 - q) / 300) - z) for q in (p + d, p - d) if 0 <= q <= 1
    ]
    assert max(reached) == pytest.approx(0.8, abs=1e-6)


def test_a_larger_design_effect_shows_less() -> None:
    first, second = (plan(TINY, TARGETS, ["X3 ~ X1"], n=400, deff=deff).comparisons for deff in (1.0, 2.0))
    assert (first["power"] > second["power"]).all()
    assert (first["detectable"] < second["detectable"]).all()


def test_quotas_give_the_columns_their_sizes() -> None:
    found = plan(TINY, TARGETS, ["X3 ~ X1"], n=400, quotas={"X1": {1: 0.5, 2: 0.5}})
    assert found.cells["base"].tolist() == pytest.approx([200.0] * 4)
    assert found.cells["share"].tolist() == pytest.approx([0.6, 0.4, 0.4, 0.6])


def test_routing_and_small_bases_show() -> None:
    creators = read_instrument(ROOT / "instruments" / "creators.yaml")
    targets = read_targets(ROOT / "data" / "synthetic" / "creators.targets.yaml", creators)
    found = plan(creators, targets, ["V2 >= 5 ~ CR6 >= 3"], n=60)
    wide = found.cells.query("column == 'yes' and row == 'yes'").iloc[0]
    assert wide["share"] == pytest.approx(0.53, abs=0.001)
    assert wide["base"] < 30
    assert found.cells["base"].max() < 60
    text = str(found)
    assert text.startswith("SYNTHETIC plan for n = 60, design effect 1, level 95 %")
    assert f"V2 >= 5 ~ CR6 >= 3: column 'yes' expects {wide['base']:.0f} respondents, fewer than 30." in text


def test_refusals() -> None:
    with pytest.raises(DataError, match=r"^n=0 is not at least 1; deff=0 is not above zero; power=1.2 is not between"):
        plan(TINY, None, ["X1"], n=0, deff=0, power=1.2)
    with pytest.raises(DataError, match=r"^The quotas of 'X1' add up to 0.9. Give shares from 0 to 1"):
        plan(TINY, None, ["X3 ~ X1"], n=100, quotas={"X1": {1: 0.5, 2: 0.4}})
    with pytest.raises(DataError, match=r"^Nobody has X1 == 7, yet its quota is 0.5"):
        plan(TINY, None, ["X3 ~ X1"], n=100, quotas={"X1": {1: 0.5, 7: 0.5}})
    with pytest.raises(FormulaError, match=r"is not 'row' or 'row ~ column'"):
        plan(TINY, None, ["X3 ~ X1 ~ X1"], n=100)
