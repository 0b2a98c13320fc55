"""Lines of the tables that the benchmarks write."""

from __future__ import annotations

from statistics import median

__all__ = ["duration", "line"]


def line(rows: int, peer: str, result: dict, ours: dict, last: str) -> str:
    """One peer at one size: times with their range and ratio to surveykit's, memory, and a last cell."""
    if "error" in result:
        return f"| {rows:,} | {peer} | {result['error']} | | | | | |"
    cells = [f"{rows:,}", peer]
    for kind in ("warm", "fresh"):
        times = result[kind]
        ratio = f"{median(times) / median(ours[kind]):.1f}" if kind in ours and ours is not result else ""
        cells += [f"{duration(median(times))} [{duration(min(times))} - {duration(max(times))}]", ratio]
    cells += [f"+{result['peak'] - result['before']:.0f} MB", last]
    return "| " + " | ".join(cells) + " |"


def duration(seconds: float) -> str:
    """Seconds in milliseconds where they are few."""
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
