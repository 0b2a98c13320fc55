"""Labels beside the ends of lines, areas and columns: in the order of what they name, never on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surveykit.publishing.layout import Box, Page, Ruler

__all__ = ["EndLabel", "draw_end_labels", "end_label_width", "kept_apart"]

_SWATCH = 0.11
_LEAD = 0.13  # inches for the line that leads from a place to its label


@dataclass(frozen=True)
class EndLabel:
    """One label: its lines, the colour that it names, and that colour's hatching."""

    lines: tuple[str, ...]
    colour: str = ""
    hatch: str = ""


def kept_apart(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Move the middles of labels apart until none lies on another, in the order given and as little as possible.

    Parameters
    ----------
    wanted
        Where each label would like its middle, from the top down.
    heights
        Height of each.
    low, high
        Between which all must lie; labels that need more room begin at `low`.

    Examples
    --------
    >>> kept_apart([1.0, 1.1, 3.0], [0.5, 0.5, 0.5], 0.0, 4.0)
    [0.8, 1.3, 3.0]
    """
    before, shifts = 0.0, []
    for height in heights:
        shifts.append(before + height / 2)
        before += height
    # Without the heights above it each label may only lie at or below its neighbour: pool those that do not.
    pools: list[tuple[float, int]] = []
    for place, shift in zip(wanted, shifts, strict=True):
        pools.append((place - shift, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, first), (other, second) = pools[-2:]
            pools[-2:] = [((one * first + other * second) / (first + second), first + second)]
    found: list[float] = []
    for middle, count in pools:
        bounded = max(min(middle, high - before), low)
        found += [round(bounded + shifts[len(found) + step], 6) for step in range(count)]
    return found


def end_label_width(ruler: Ruler, labels: Sequence[EndLabel]) -> float:
    """Width that labels need with their swatches and leading lines, in inches."""
    widest = max((ruler.width(line) for label in labels for line in label.lines), default=0.0)
    return widest + _LEAD + (_SWATCH + 0.05 if any(label.colour for label in labels) else 0.0)


def draw_end_labels(page: Page, labels: Sequence[EndLabel], wanted: Sequence[float], within: Box) -> None:
    """Write labels to the right of a plot, each led to from its place.

    Parameters
    ----------
    labels, wanted
        In the order of their places, from the top down.
    within
        Box of the plot: labels begin at its right edge and lie between its top and bottom.
    """
    line = page.ruler.line()
    placed = kept_apart(wanted, [len(label.lines) * line for label in labels], within.top, within.bottom)
    for label, y, from_y in zip(labels, placed, wanted, strict=True):
        if abs(y - from_y) > 0.03:
            ends = [(within.right + 0.015, from_y), (within.right + _LEAD - 0.03, y)]
            page.line(ends, colour=page.theme["muted"], width=0.5)
        left = within.right + _LEAD
        if label.colour:
            page.rectangle(Box(left, y - _SWATCH / 2, _SWATCH, _SWATCH), label.colour, hatch=label.hatch)
            left += _SWATCH + 0.05
        page.lines(left, y, label.lines, middle=True)
