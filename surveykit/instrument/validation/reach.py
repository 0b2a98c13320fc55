"""Questions that nobody can reach: routing is run on every combination of the answers that lead to a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

import numpy as np
import pandas as pd

from surveykit.expressions import Arithmetic, Compare, Expr, Literal, walk
from surveykit.instrument.model import Instrument
from surveykit.instrument.question import Question
from surveykit.instrument.resolution import questions_of
from surveykit.instrument.routing import route
from surveykit.instrument.validation.notebook import Notebook

__all__ = ["check_reach"]

_COMBINATIONS = 20_000


@dataclass(frozen=True)
class _Ways:
    """The answers of one question that routing could tell apart: cells of its columns, one mapping a way."""

    question: str
    cells: tuple[dict[str, float], ...]


def check_reach(notebook: Notebook) -> None:
    """Report questions whose routing no combination of answers satisfies."""
    instrument = notebook.instrument
    constants = _constants(instrument)
    for index, question in enumerate(instrument.questions):
        conditions = _conditions(instrument, question)
        if not conditions:
            continue
        earlier = _leading_to(instrument, question)
        ways = [_ways(instrument, other, constants) for other in earlier]
        size = prod(len(way.cells) for way in ways)
        exhaustive = size <= _COMBINATIONS
        frame = _frame(ways, exhaustive)
        part = replace(instrument, questions=(*earlier, question), checks=(), lines={})
        if route(part, frame, keep_conflicts=False).asked[question.id].any():
            continue
        text = " and ".join(dict.fromkeys(conditions))
        if exhaustive:
            notebook.error(
                ("questions", index, "ask_if"), "unreachable", f"Nobody can reach '{question.id}': {text} never holds.",
                "Correct the condition, or the conditions of the questions it looks at.",
            )  # fmt: skip
        else:
            notebook.warning(
                ("questions", index, "ask_if"), "unreachable",
                f"None of {_COMBINATIONS:,} of {size:,} combinations of answers leads to '{question.id}' ({text}).",
                "Check that the condition can hold.",
            )  # fmt: skip


def _conditions(instrument: Instrument, question: Question) -> list[str]:
    module = instrument.module(question.module)
    found = [module.texts["ask_if"]] if module and module.ask_if else []
    return found + [question.texts[key] for key in ("administer_if", "ask_if") if key in question.texts]


def _leading_to(instrument: Instrument, question: Question) -> tuple[Question, ...]:
    """Questions that a question's routing looks at, directly or through the routing of others, in order."""
    wanted: set[str] = set()
    pending = [question]
    while pending:
        current = pending.pop()
        module = instrument.module(current.module)
        exprs = [current.ask_if, current.administer_if, module.ask_if if module else None]
        exprs += [case.when for case in current.otherwise]
        looked_at = [identifier for expr in exprs if expr is not None for identifier in questions_of(expr, instrument)]
        if current.over is not None and current.over not in instrument.lists:
            looked_at.append(current.over)
        for identifier in looked_at:
            if identifier not in wanted and identifier != question.id:
                wanted.add(identifier)
                pending.append(instrument.question(identifier))
    return tuple(other for other in instrument.questions if other.id in wanted)


def _constants(instrument: Instrument) -> tuple[float, ...]:
    """Numbers that expressions compare with; on either side of each a number question may behave differently."""
    found = set(instrument.constants.values())
    exprs: list[Expr] = []
    for question in instrument.questions:
        exprs += [expr for expr in (question.ask_if, question.administer_if) if expr is not None]
    exprs += [module.ask_if for module in instrument.modules if module.ask_if is not None]
    for expr in exprs:
        for node in walk(expr):
            if isinstance(node, (Compare, Arithmetic)):
                found |= {float(side.value) for side in (node.left, node.right)
                          if isinstance(side, Literal) and not isinstance(side.value, str)}  # fmt: skip
    return tuple(sorted(found))


def _ways(instrument: Instrument, question: Question, constants: Sequence[float]) -> _Ways:
    columns = [column for column in instrument.columns.of(question.id) if not column.write_in]
    blank = {column.name: np.nan for column in columns}
    kinds = {column.kind for column in columns}
    cells: list[dict[str, float]] = [blank]
    if kinds <= {"indicator", "rank"}:
        ticked = [column.name for column in columns if column.option not in question.exclusive_codes]
        cells += [{**dict.fromkeys(blank, 0.0), name: 1.0} for name in blank]
        cells += [{**dict.fromkeys(blank, 0.0), **dict.fromkeys(ticked[:size], 1.0)} for size in _sizes(len(ticked))]
    elif kinds == {"number"}:
        values = {question.minimum, question.maximum, *(c + d for c in constants for d in (-1.0, 0.0, 1.0))}
        low, high = question.minimum or 0.0, question.maximum if question.maximum is not None else np.inf
        inside = sorted(value for value in values if value is not None and low <= value <= high)
        cells += [dict.fromkeys(blank, value) for value in inside]
    elif kinds <= {"single", "ordered", "band"}:
        codes = sorted({code for column in columns for code in column.values})
        cells += [dict.fromkeys(blank, float(code)) for code in codes]
        for name in blank if len(blank) > 1 else ():
            cells += [{**dict.fromkeys(blank, float(codes[0])), name: float(code)} for code in codes]
    return _Ways(question.id, tuple(cells))


def _sizes(count: int) -> Iterator[int]:
    yield from range(2, count + 1)


def _frame(ways: Sequence[_Ways], exhaustive: bool) -> pd.DataFrame:
    """One row a combination: all of them, or a fixed random draw where there are too many."""
    if not ways:
        return pd.DataFrame(index=[0])
    if exhaustive:
        rows = [_merged(combination) for combination in product(*(way.cells for way in ways))]
    else:
        random = np.random.default_rng(0)
        draws = [random.integers(len(way.cells), size=_COMBINATIONS) for way in ways]
        rows = [
            _merged([way.cells[draw[row]] for way, draw in zip(ways, draws, strict=True)])
            for row in range(_COMBINATIONS)
        ]
    return pd.DataFrame(rows)


def _merged(cells: Sequence[dict[str, float]]) -> dict[str, float]:
    merged: dict[str, float] = {}
    for cell in cells:
        merged.update(cell)
    return merged
