"""Time an operation in this process: first call, repeat calls, memory added."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

_BUDGET = 60.0


def memory(field: str) -> float:
    """Resident memory of this process in MB: ``VmRSS`` now or ``VmHWM`` at its highest."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return float("nan")


def report(
    fresh: Callable[[], object],
    warm: Callable[[], object],
    results: Callable[[object], list[float]],
    repeats: int,
    *,
    extra: Callable[[object], dict[str, float]] | None = None,
) -> None:
    """Print one JSON line.

    Parameters
    ----------
    fresh
        The operation on a sample that was not seen before, its preparation included.
    warm
        The operation with the design prepared.
    results
        Numbers to compare between peers, from what `warm` returns.
    extra
        Further numbers of the line, from the same.
    """
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    first = [_timed(fresh)[0] for _ in range(min(repeats, 3))]
    warm()
    times: list[float] = []
    answer: object = None
    started = time.perf_counter()
    while len(times) < repeats or (sum(times) < 0.5 and len(times) < 40):
        seconds, answer = _timed(warm)
        times.append(seconds)
        if time.perf_counter() - started > _BUDGET:
            break
    line = {"fresh": first, "warm": times, "before": before, "peak": memory("VmHWM"), "results": results(answer)}
    line |= {} if extra is None else extra(answer)
    sys.stdout.write("\nJSON" + json.dumps(line) + "\n")


def _timed(function: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    answer = function()
    return time.perf_counter() - start, answer


def worst_margin(data: object, wanted: dict[str, list[float]], weights: object) -> float:
    """Largest relative difference of a raked margin from its counts."""
    worst = 0.0
    for name, counts in wanted.items():
        for level, count in enumerate(counts):
            inside = data[name].to_numpy() == level
            worst = max(worst, abs(float(weights[inside].sum()) / count - 1))
    return worst
