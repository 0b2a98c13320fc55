"""Simulated samples, one JSON line each, so that a stop loses nothing; shares of intervals that hold the truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["HIGH", "LOW", "Covered", "Interval", "markdown", "record", "summary", "unexplained", "written"]

LOW, HIGH = 0.93, 0.97

# Estimate, lower end, upper end and standard error; None where the verb refused the sample.
Interval = tuple[float, float, float, float]


@dataclass(frozen=True)
class Covered:
    """One line of the result: how often the intervals hold the truth, and what is known of why.

    ``bias`` is in units of the spread (standard deviation over samples) of the estimates; ``se_ratio`` is the mean
    standard error over that spread; ``below`` and ``above`` are the shares of intervals that end below and begin above
    the truth.
    """

    case: str
    samples: int
    refused: int
    coverage: float
    below: float
    above: float
    bias: float
    se_ratio: float

    @property
    def outside(self) -> bool:
        """Whether the share of intervals that hold the truth is outside 93 to 97 %."""
        return not LOW <= self.coverage <= HIGH

    def text(self) -> str:
        """Make one line to print."""
        mark = "  outside 93-97 %" if self.outside else ""
        return (
            f"{self.case:44} {self.coverage:6.1%}  below {self.below:5.1%} above {self.above:5.1%}  bias "
            f"{self.bias:+.3f} sd  se/sd {self.se_ratio:.3f}  n = {self.samples}, refused {self.refused}{mark}"
        )


def record(
    samples: Iterable[int], simulate: Callable[[int], dict[str, Interval | None]], path: Path | None = None
) -> list[dict[str, Interval | None]]:
    """Simulate each sample by its number, or take it from the lines already in ``path``.

    Parameters
    ----------
    samples
        Numbers of the samples; each is its own random stream, so any part of a run can be repeated.
    simulate
        Gives the intervals of one sample by name of the case.
    path
        File of JSON lines that results are added to; ``None`` keeps them in memory only.

    Returns
    -------
    list of dict
        The intervals of each sample.
    """
    known: dict[int, dict[str, Interval | None]] = {}
    if path is not None and path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            known[one["sample"]] = one["intervals"]
    found = []
    for number in samples:
        if number not in known:
            known[number] = simulate(number)
            if path is not None:
                with path.open("a", encoding="utf-8") as out:
                    out.write(json.dumps({"sample": number, "intervals": known[number]}) + "\n")
        found.append(known[number])
    return found


def summary(results: list[dict[str, Interval | None]], truth: dict[str, float]) -> list[Covered]:
    """Count how often the intervals of each case hold its truth."""
    lines = []
    for case, target in truth.items():
        drawn = [one[case] for one in results if case in one]
        if not drawn:
            continue
        kept = np.array([each for each in drawn if each is not None], float).reshape(-1, 4)
        estimate, low, high, error = kept.T
        spread = float(estimate.std(ddof=1))
        below, above = float((high < target).mean()), float((low > target).mean())
        lines.append(
            Covered(
                case,
                len(kept),
                len(drawn) - len(kept),
                float(((low <= target) & (target <= high)).mean()),
                below,
                above,
                float(estimate.mean() - target) / spread,
                float(error.mean()) / spread,
            )
        )
    return lines


def written(page: str) -> dict[str, float]:
    """Coverage of each case of a written page."""
    rows = [row.split("|") for row in page.splitlines() if row.startswith("|") and "%" in row]
    return {row[1].strip(): float(row[4].strip().removesuffix("%")) / 100 for row in rows}


def unexplained(page: str, reasons: dict[str, str]) -> list[str]:
    """Cases that a written page marks as outside and no reason is given for."""
    cases = [row.split("|")[1].strip() for row in page.splitlines() if row.startswith("|") and "| outside |" in row]
    return [case for case in cases if not reasons.get(case)]


def markdown(lines: list[Covered], reasons: dict[str, str]) -> str:
    """Make the table of all lines and, below it, what is known of those that have a reason."""
    head = (
        "| case | samples | refused | coverage | too low | too high | bias (sd) | se / sd | |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---|"
    )
    rows = [
        f"| {one.case} | {one.samples:,} | {one.refused} | {one.coverage:.1%} | {one.below:.1%} | {one.above:.1%} | "
        f"{one.bias:+.3f} | {one.se_ratio:.3f} | {'outside' if one.outside else ''} |"
        for one in lines
    ]
    told = [f"- **{one.case}** ({one.coverage:.1%}): {reasons[one.case]}" for one in lines if one.case in reasons]
    return "\n".join([head, *rows, "", *told]) + "\n"
