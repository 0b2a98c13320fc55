"""Intervals hold the truth about as often as they say; the full run is ``python -m tests.estimation.coverage``."""

from __future__ import annotations

import pytest

from tests.estimation.coverage import FAMILIES, PAGE, REASONS, covered
from tests.simulation import HIGH, LOW, unexplained

SAMPLES = 400
# Four binomial standard errors of a coverage of 95 % in so many samples.
ROOM = 4 * (0.95 * 0.05 / SAMPLES) ** 0.5


def test_a_small_simulation_covers() -> None:
    """60 samples: a share below 85 % would be four binomial standard errors below 95 %."""
    for line in covered(["ordered_logit", "binomial"], 60):
        assert line.coverage > 0.85, line.text()
        assert abs(line.bias) < 0.5, line.text()
        assert line.refused == 0


def test_every_case_outside_has_its_reason_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert unexplained(page, REASONS) == []
    assert all(f"- **{case}**" in page for case in REASONS)
    assert all(f"| {family} coefficient |" in page for family in FAMILIES)


@pytest.mark.slow
def test_every_family_covers() -> None:
    """What the full run found outside 93-97 % is listed with its reason; nothing else may be far from 95 %."""
    lines = covered(list(FAMILIES), SAMPLES)
    assert {line.case for line in lines} >= set(REASONS)
    for line in lines:
        assert line.refused == 0 or line.case == "random_intercepts coefficient", line.text()
        if line.case not in REASONS:
            assert LOW - ROOM / 2 < line.coverage < HIGH + ROOM / 2, line.text()
            assert abs(line.bias) < 0.25, line.text()
