"""Intervals hold the truth about as often as they say; the full run is ``python -m tests.estimation.coverage``."""

from __future__ import annotations

import pytest

from tests.estimation.coverage import FAMILIES, FEW, FEW_TOWNS, PAGE, REASONS, covered
from tests.simulation import unexplained, written

SAMPLES = 400


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
    assert all(f"| {family} coefficient |" in page for family in FAMILIES | FEW)


@pytest.mark.slow
def test_every_family_covers() -> None:
    """The first samples of the full run: each share within 3.5 binomial standard errors of the page's."""
    lines = covered(list(FAMILIES), SAMPLES) + covered(list(FEW), SAMPLES, drawn=FEW_TOWNS)
    page = written(PAGE.read_text(encoding="utf-8"))
    assert {line.case for line in lines} == set(page)
    for line in lines:
        expected = page[line.case]
        room = 3.5 * (expected * (1 - expected) / SAMPLES) ** 0.5
        assert abs(line.coverage - expected) < room, f"{line.text()}; page {expected:.1%}"
        assert line.refused == 0 or line.case == "random_intercepts coefficient", line.text()
        assert line.case in REASONS or abs(line.bias) < 0.25, line.text()
