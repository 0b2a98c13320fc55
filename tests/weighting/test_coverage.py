"""A small run of the coverage study; the full one is ``python -m tests.weighting.coverage``."""

from __future__ import annotations

import pytest

from tests.simulation import Covered
from tests.weighting.coverage import REASONS, covered

SAMPLES = 60
FULL = 2000
# Four binomial standard errors of a coverage of 95 % in so many samples.
ROOM = 4 * (0.95 * 0.05 / SAMPLES) ** 0.5


def _unexplained(lines: list[Covered]) -> list[Covered]:
    return [line for line in lines if line.case not in REASONS]


def test_linearised_intervals_cover_in_a_small_run() -> None:
    lines = covered("light-tailed", SAMPLES, replicated=False)
    assert len(lines) == 24
    assert not [line.text() for line in lines if line.coverage < 0.95 - ROOM]
    assert not [line.text() for line in _unexplained(lines) if not 0.7 < line.se_ratio < 1.4]


@pytest.mark.slow
def test_linearised_intervals_cover_93_to_97_percent() -> None:
    lines = covered("light-tailed", FULL, replicated=False)
    assert not [line.text() for line in _unexplained(lines) if line.outside]
    assert all(line.coverage > 0.93 for line in lines)
