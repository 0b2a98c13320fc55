"""Bands: edges in order, no gap, no overlap, percentages from 0 to 100."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from surveykit.instrument.loading import Place
from surveykit.instrument.question import Option, Question
from surveykit.instrument.validation.notebook import Notebook

__all__ = ["check_bands"]


def check_bands(notebook: Notebook) -> None:
    """Report bands with wrong edges and sets of bands that do not tile."""
    for index, question in enumerate(notebook.instrument.questions):
        place = notebook.options_place(index)
        if question.answer != "band":
            stray = [option for option in question.options if _has_edges(option)]
            if stray:
                notebook.error(
                    place, "band-type", f"Question '{question.id}' has band edges but is of type '{question.type}'.",
                    "Make it 'band', or remove lo, hi, closed and mid.",
                )  # fmt: skip
            continue
        sound = [_check_one(notebook, place, position, option, question)
                 for position, option in enumerate(question.options)]  # fmt: skip
        if question.options and all(sound):
            _check_tiling(notebook, place, question)


def _has_edges(option: Option) -> bool:
    return any(value is not None for value in (option.lo, option.hi, option.closed, option.mid))


def _check_one(notebook: Notebook, place: Place, position: int, option: Option, question: Question) -> bool:
    at = notebook.option_place(place, position, option.code)
    what = f"Band {option.code} of '{question.id}'"
    before = len(notebook.findings)
    lo, hi = _lo(option), _hi(option)
    if option.lo is None and option.hi is None:
        notebook.error(at, "band-edges", f"{what} has neither lo nor hi.", "Give at least one edge.")
    if option.closed is None:
        notebook.error(
            at, "band-closed", f"{what} does not say which edges belong to it.",
            "Add closed: left, right, both or neither; 'over 25' and '25 or more' differ.",
        )  # fmt: skip
    if lo > hi:
        notebook.error(at, "band-edges", f"{what} runs from {lo:g} down to {hi:g}.", "Exchange lo and hi.")
    elif lo == hi and option.closed != "both":
        notebook.error(
            at, "band-empty", f"{what} from {lo:g} to {hi:g} holds no value.", "A single value needs closed: both."
        )
    elif option.mid is not None and not lo <= option.mid <= hi:
        notebook.error(at, "band-mid", f"{what} has mid {option.mid:g} outside {lo:g} to {hi:g}.", "Correct mid.")
    sound = len(notebook.findings) == before
    if option.mid is None and not (math.isfinite(lo) and math.isfinite(hi)):
        notebook.warning(
            at, "band-mid", f"{what} is open and has no mid, so mid({question.id}) is missing there.",
            "Declare the value that stands for it.",
        )  # fmt: skip
    return sound


def _lo(option: Option) -> float:
    return -math.inf if option.lo is None else option.lo


def _hi(option: Option) -> float:
    return math.inf if option.hi is None else option.hi


def _holds_lo(option: Option) -> bool:
    return option.closed in ("left", "both")


def _holds_hi(option: Option) -> bool:
    return option.closed in ("right", "both")


def _check_tiling(notebook: Notebook, place: Place, question: Question) -> None:
    ordered = sorted(question.options, key=lambda option: (_lo(option), _hi(option), not _holds_lo(option)))
    position = {option.code: number for number, option in enumerate(question.options)}
    if [option.code for option in ordered] != sorted(option.code for option in ordered):
        notebook.error(
            place, "band-order", f"Codes of '{question.id}' do not rise with their bands.",
            "Number the bands from the lowest up, so that codes sort as sizes do.",
        )  # fmt: skip
    for lower, upper in pairwise(ordered):
        at = notebook.option_place(place, position[upper.code], upper.code)
        _check_seam(notebook, at, question, lower, upper)
    if question.unit == "percent":
        _check_percent(notebook, place, question, ordered)


def _check_seam(notebook: Notebook, at: Place, question: Question, lower: Option, upper: Option) -> None:
    """Where one band ends and the next begins."""
    end, begin = _hi(lower), _lo(upper)
    # Between whole numbers 10 and 11 nothing is left out, and 10 to 10 is shared.
    step = 1.0 if question.whole else 0.0
    joined = _holds_hi(lower) + _holds_lo(upper)
    both = f"bands {lower.code} and {upper.code} of '{question.id}'"
    if question.whole and joined == 2:
        distance = begin - end
        gap, overlap = distance > step, distance < step
    else:
        gap = begin > end or (begin == end and joined == 0)
        overlap = begin < end or (begin == end and joined == 2)
    if gap:
        notebook.error(
            at, "band-gap", f"Between {both} there is a gap at {end:g}{f' to {begin:g}' if begin > end else ''}.",
            f"Let one of them hold {end:g}, or move an edge.",
        )  # fmt: skip
    if overlap:
        notebook.error(
            at, "band-overlap", f"Both {both} hold {begin:g}{f' to {end:g}' if begin < end else ''}.",
            "Close only one of them there, or move an edge.",
        )  # fmt: skip


def _check_percent(notebook: Notebook, place: Place, question: Question, ordered: Sequence[Option]) -> None:
    first, last = ordered[0], ordered[-1]
    if not (_lo(first) == 0 and _holds_lo(first)):
        notebook.error(
            place, "band-percent", f"The bands of '{question.id}' do not begin at 0 percent.",
            "Let the lowest band hold 0 (lo: 0, closed: left or both), or use unit percent_change.",
        )  # fmt: skip
    if not (_hi(last) == 100 and _holds_hi(last)):
        notebook.error(
            place, "band-percent", f"The bands of '{question.id}' do not end at 100 percent.",
            "Let the highest band hold 100 (hi: 100, closed: right or both), or use unit percent_change.",
        )  # fmt: skip
