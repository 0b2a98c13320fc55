"""A small run of the coverage study; the full one is ``python -m tests.weighting.coverage``."""

from __future__ import annotations

import pytest

from tests.simulation import LOW, Covered, unexplained, written
from tests.weighting.coverage import PAGE, REASONS, VARIANCES, covered

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


def test_every_case_outside_has_its_reason_on_the_page() -> None:
    light, lognormal = PAGE.read_text(encoding="utf-8").split("## Population: lognormal")
    assert unexplained(light, REASONS) == []
    cases = written(light)
    for design in ("stratified", "clustered", "raked"):
        for kind in VARIANCES:
            for what in ("mean", "total", "ratio", "proportion", "median", "logit"):
                assert f"{design}, {kind}, {what}" in cases
    assert min(share for case, share in cases.items() if case.startswith("response propensities")) >= LOW
    assert len(written(lognormal)) == 18


@pytest.mark.slow
def test_linearised_intervals_cover_93_to_97_percent() -> None:
    lines = covered("light-tailed", FULL, replicated=False)
    assert not [line.text() for line in _unexplained(lines) if line.outside]
    assert all(line.coverage >= LOW for line in lines)
