"""A small run of the coverage study; the full one is ``python -m tests.weighting.coverage``."""

from __future__ import annotations

import pytest

from tests.weighting.coverage import HIGH, LOW, coverage

SAMPLES = 60
FULL = 2000
# Four binomial standard errors of a coverage of 95 % in so many samples.
ROOM = 4 * (0.95 * 0.05 / SAMPLES) ** 0.5


def test_linearised_intervals_cover_in_a_small_run() -> None:
    rows = coverage("light-tailed", SAMPLES, replicated=False)
    assert len(rows) == 24
    low = [row for row in rows if row.covered < 0.95 - ROOM]
    assert not low, low
    # With estimated propensities the total weight hardly varies; the linearisation takes them as known and is too wide.
    near = [row for row in rows if (row.design, row.statistic) != ("response propensities", "total")]
    assert all(0.7 < row.se_ratio < 1.4 for row in near), near


@pytest.mark.slow
def test_linearised_intervals_cover_93_to_97_percent() -> None:
    rows = coverage("light-tailed", FULL, replicated=False)
    outside = [
        row for row in rows if row.covered < LOW or (row.covered > HIGH and row.design != "response propensities")
    ]
    assert not outside, outside
