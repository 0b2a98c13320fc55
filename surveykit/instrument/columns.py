"""The data columns of an instrument: the interface that every later step reads.

One question makes one column (single, band, number, text, date), one per option (multi: ``U1_07``;
rank: ``OB9_3``), one per row (grid: ``V4_3``) or one per item and option (loop: ``U2_07_1``). A write-in
adds a text column (``R1_97t``). The number in a name is the code, padded to the width of the largest
code of its list, where 97, 98 and 99 (other, none, don't know) do not count; an option with a ``name``
uses that instead (``V4_T``). ``instrument.columns["R1_5"]`` also finds ``R1_05``.

What a column holds, by ``kind``:

========== =====================================================================================
single     one code of ``values``; the codes have no order
ordered    one code of ``values``; their order is the scale
band       one code of ``values``, each with its edges in ``bands``; ordered by ``lo``
indicator  1 ticked, 0 not ticked (one option of a multi-select)
rank       place given to the option, 1 first; 0 not among the places
number     a number in ``unit``
text       text
date       a calendar date or time
========== =====================================================================================

Negative whole numbers -99..-93 are missing codes, with their labels in ``missing``. The base of a
column (who was asked) is a matter of routing: see :mod:`surveykit.instrument.routing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from surveykit.errors import ColumnError
from surveykit.expressions import ChoiceColumns, Expr
from surveykit.instrument.question import Label, Option, Question

__all__ = ["Band", "Column", "ColumnKind", "Columns", "choice_groups", "columns_of", "item_column", "items_of"]

ColumnKind = Literal["single", "ordered", "band", "indicator", "rank", "number", "text", "date"]

_NOT_COUNTED: Final = frozenset({97, 98, 99})
_TICKED: Final[Mapping[int, Label]] = {
    0: {"en": "Not selected", "ja": "選択なし"},
    1: {"en": "Selected", "ja": "選択"},
}


@dataclass(frozen=True)
class Band:
    """Edges of one band, None where it is open, and the number that stands for it."""

    lo: float | None
    hi: float | None
    closed: Literal["left", "right", "both", "neither"]
    mid: float | None


@dataclass(frozen=True)
class Column:
    """One column of the coded data.

    Parameters
    ----------
    name
        Column name, such as ``U2_07_1``.
    question
        Id of its question.
    kind
        What it holds; see the table at the top of this module.
    label
        Question text, with row, item and option text where the column has them, by language.
    question_label, short
        The two halves of `label`: the question alone, and what tells this column from the others of the question
        (row, item, option); `short` is empty where a question has one column.
    values
        Label of each substantive code (empty for numbers, text and dates).
    missing
        Label of each missing code that may occur.
    bands
        Edges by code, for ``band`` columns.
    option
        Code of the option that an indicator, rank or write-in column stands for.
    item
        Code of the grid row or loop item.
    offered
        Missing codes that respondents were offered as an answer (don't know, refused).
    ask_if, administer_if
        The question's own conditions; the whole routing, with modules, loops and screen-outs, is in
        :func:`surveykit.instrument.routing.route`.
    concept, unit, personal
        As declared for the question.
    write_in
        True for the text field that belongs to an option.
    """

    name: str
    question: str
    kind: ColumnKind
    label: Label
    question_label: Label = field(default_factory=dict)
    short: Label = field(default_factory=dict)
    values: Mapping[int, Label] = field(default_factory=dict)
    missing: Mapping[int, Label] = field(default_factory=dict)
    bands: Mapping[int, Band] = field(default_factory=dict)
    option: int | None = None
    item: int | None = None
    offered: tuple[int, ...] = ()
    ask_if: Expr | None = None
    administer_if: Expr | None = None
    concept: str | None = None
    unit: str | None = None
    personal: bool = False
    write_in: bool = False

    @property
    def coded(self) -> bool:
        """Holds whole-number codes (as opposed to numbers, text and dates)."""
        return self.kind not in ("number", "text", "date")


@dataclass(frozen=True)
class Columns:
    """The columns of an instrument, in the order of the questionnaire.

    Iterating gives :class:`Column`; ``columns["U1_07"]`` and ``"U1_07" in columns`` look up by name,
    padded or not; :meth:`of` gives the columns of one question.
    """

    all: tuple[Column, ...]

    def __post_init__(self) -> None:
        by_name = {column.name: column for column in self.all}
        loose = {_unpadded(column.name): column for column in reversed(self.all)}
        by_question: dict[str, list[Column]] = {}
        for column in self.all:
            by_question.setdefault(column.question, []).append(column)
        object.__setattr__(self, "_by_name", {**loose, **by_name})
        object.__setattr__(self, "_by_question", {name: tuple(found) for name, found in by_question.items()})

    def __iter__(self) -> Iterator[Column]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def __contains__(self, name: object) -> bool:
        return name in self._lookup

    def __getitem__(self, name: str) -> Column:
        try:
            return self._lookup[name]
        except KeyError:
            raise ColumnError(name, [column.name for column in self.all], place="the instrument") from None

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.all)

    def of(self, question: str, *, item: int | None = None) -> tuple[Column, ...]:
        """Return the columns of one question, write-ins last; `item` keeps those of one grid row or loop item."""
        found: tuple[Column, ...] = self.__dict__["_by_question"].get(question, ())
        return found if item is None else tuple(column for column in found if column.item == item)

    def choices(self, question: str, *, item: int | None = None) -> tuple[Column, ...]:
        """Return the indicator columns of a multi-select (or of one item of a loop of multi-selects)."""
        return tuple(column for column in self.of(question, item=item) if column.kind == "indicator")

    @property
    def _lookup(self) -> Mapping[str, Column]:
        found: Mapping[str, Column] = self.__dict__["_by_name"]
        return found


def choice_groups(questions: Sequence[Question], columns: Columns) -> dict[str, ChoiceColumns]:
    """Multi-select questions with their indicator columns, for ``any``, ``count`` and ``selected``."""
    return {
        question.id: ChoiceColumns(
            {column.option: column.name for column in columns.choices(question.id) if column.option is not None},
            frozenset(question.exclusive_codes),
        )
        for question in questions
        if question.answer == "multi" and question.type != "loop" and question.options
    }


def items_of(
    question: Question, questions: Sequence[Question], lists: Mapping[str, tuple[Option, ...]]
) -> tuple[Option, ...]:
    """Rows of a grid or items of a loop; empty for other questions and for a loop over nothing known."""
    if question.rows or question.over is None:
        return question.rows
    if question.over in lists:
        return lists[question.over]
    for other in questions:
        if other.id == question.over:
            return tuple(option for option in other.options if not option.exclusive)
    return ()


def item_column(question: Question, item: Option, items: Sequence[Option]) -> str:
    """Column name of a grid row or loop item, before any option is added."""
    return f"{question.id}_{_suffix(item, items)}"


def columns_of(
    questions: Sequence[Question], lists: Mapping[str, tuple[Option, ...]], missing: Mapping[int, Label]
) -> Columns:
    """Lay out the columns of all questions."""
    found: list[Column] = []
    for question in questions:
        if question.type == "note":
            continue
        items = items_of(question, questions, lists)
        if question.type in ("grid", "loop"):
            for item in items:
                found.extend(_answer_columns(question, missing, item_column(question, item, items), item))
        else:
            found.extend(_answer_columns(question, missing, question.id, None))
    return Columns(tuple(found))


def _answer_columns(
    question: Question, missing: Mapping[int, Label], stem: str, item: Option | None
) -> Iterator[Column]:
    label = _joined(question.label, item.label if item else {})
    part = item.label if item else {}
    shared = {
        "question_label": question.label,
        "question": question.id,
        "item": item.code if item else None,
        "missing": missing,
        "offered": question.offer,
        "ask_if": question.ask_if,
        "administer_if": question.administer_if,
        "concept": question.concept,
        "unit": question.unit,
        "personal": question.personal,
    }

    def column(name: str, kind: ColumnKind, text: Label, **more: object) -> Column:
        return Column(name=name, kind=kind, label=text, **{**shared, **more})  # type: ignore[arg-type]

    if question.answer in ("multi", "rank"):
        kind: ColumnKind = "indicator" if question.answer == "multi" else "rank"
        for option in question.options:
            values = _TICKED if kind == "indicator" else _places(question.limit or len(question.options))
            name = f"{stem}_{_suffix(option, question.options)}"
            short = _joined(part, option.label)
            yield column(name, kind, _joined(label, option.label), short=short, values=values, option=option.code)
    else:
        values = {option.code: option.label for option in question.options}
        yield column(stem, _kind(question), label, short=part, values=values, bands=_bands(question))
    for option in question.options:
        if option.text:
            name = f"{stem}_{_suffix(option, question.options)}t"
            short = _joined(part, option.label)
            yield column(
                name, "text", _joined(label, option.label), short=short, option=option.code, write_in=True, unit=None
            )


def _kind(question: Question) -> ColumnKind:
    if question.answer == "single":
        return "ordered" if question.ordered else "single"
    if question.answer in ("band", "number", "text", "date"):
        return question.answer
    raise AssertionError(f"no single column for {question.answer}")


def _bands(question: Question) -> dict[int, Band]:
    if question.answer != "band":
        return {}
    return {option.code: Band(option.lo, option.hi, option.closed or "both", option.mid) for option in question.options}


def _places(count: int) -> dict[int, Label]:
    places: dict[int, Label] = {0: {"en": "Not ranked", "ja": "順位なし"}}
    for place in range(1, count + 1):
        places[place] = {"en": f"Rank {place}", "ja": f"{place}位"}
    return places


def _suffix(option: Option, options: Sequence[Option]) -> str:
    if option.name is not None:
        return option.name
    width = max(
        (len(str(other.code)) for other in options if other.code not in _NOT_COUNTED and other.name is None), default=1
    )
    return f"{option.code:0{width}d}"


def _joined(first: Label, second: Label) -> Label:
    """Texts side by side; ``{item}`` in the first is replaced by the second."""
    if not second:
        return first
    languages = dict.fromkeys((*first, *second))
    joined: dict[str, str] = {}
    for language in languages:
        head, tail = first.get(language, ""), second.get(language, "")
        joined[language] = head.replace("{item}", tail) if "{item}" in head else f"{head} - {tail}" if head else tail
    return joined


def _unpadded(name: str) -> str:
    stem, *parts = name.split("_")
    return "_".join([stem, *(part.lstrip("0") or "0" if part[:1].isdigit() else part for part in parts)])
