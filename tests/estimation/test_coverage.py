"""Intervals hold the truth about as often as they say; the full run is ``python -m tests.estimation.coverage``."""

from __future__ import annotations

import pytest

from tests.estimation.coverage import FAMILIES, covered


@pytest.mark.parametrize("family", ["ordered_logit", "binomial"])
def test_a_small_simulation_covers(family: str) -> None:
    """60 samples: a share below 85 % would be four binomial standard errors below 95 %."""
    for line in covered(family, 60):
        assert line.coverage > 0.85, line.text()
        assert abs(line.bias) < 0.5, line.text()
        assert line.refused == 0


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_covers(family: str) -> None:
    for line in covered(family, 400):
        assert 0.915 < line.coverage < 0.98, line.text()
        assert abs(line.bias) < 0.25, line.text()
