"""Whether a drawn page can be read: no text cut off, none on another."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from matplotlib.text import Text

from surveykit.publishing.layout import DPI, Page

__all__ = ["layout_problems"]

_SLACK = 0.012  # inches by which boxes of text may touch: less than the white around any letter


def layout_problems(page: Page) -> list[str]:
    """List texts that leave the page or lie on each other, measured on what was drawn.

    Parameters
    ----------
    page
        From :meth:`surveykit.publishing.figure.Figure.compose`.

    Returns
    -------
    list of str
        One line a problem; empty for a page that can be read.
    """
    renderer: Any = page.drawing.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = []
    for text in page.drawing.findobj(Text):
        assert isinstance(text, Text)
        if text.get_visible() and text.get_text().strip():
            extent = text.get_window_extent(renderer)
            left, bottom, right, top = (value / DPI for value in extent.extents)
            boxes.append((text.get_text(), left, bottom, right, top))
    found = [
        f"'{text}' is cut off at the edge of the page"
        for text, left, bottom, right, top in boxes
        if left < 0 or bottom < 0 or right > page.width or top > page.height
    ]
    for one, other in combinations(boxes, 2):
        across = min(one[3], other[3]) - max(one[1], other[1])
        along = min(one[4], other[4]) - max(one[2], other[2])
        if across > _SLACK and along > _SLACK:
            found.append(f"'{one[0]}' lies on '{other[0]}'")
    return found
