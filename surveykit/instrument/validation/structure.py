"""Identifiers, options and the fields that each type of question needs or must not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from surveykit.errors import did_you_mean, listing
from surveykit.expressions import FUNCTIONS
from surveykit.instrument.loading import Place
from surveykit.instrument.question import Option, Question
from surveykit.instrument.validation.notebook import Notebook

__all__ = ["check_structure"]

_RESERVED = frozenset({"and", "or", "not", "in", "if", "else", "is", "true", "false", *FUNCTIONS})
_WITH_OPTIONS = frozenset({"single", "multi", "band", "rank"})
_ASKING = frozenset({"loop", "trap", "hidden"})
_OFFERED = (-99, -98)


def check_structure(notebook: Notebook) -> None:
    """Report duplicate or reserved identifiers, wrong options and misplaced fields."""
    _check_identifiers(notebook)
    _check_modules(notebook)
    _check_lists(notebook)
    for index, question in enumerate(notebook.instrument.questions):
        place: Place = ("questions", index)
        _check_fields(notebook, place, question)
        _check_kind(notebook, index, question)
        _check_codes(notebook, index, question)
        if question.options and not question.options_list:
            _check_options(notebook, (*place, "options"), question.id, question.options)
        if question.rows and not question.rows_list:
            _check_options(notebook, (*place, "rows"), question.id, question.rows)


def _check_identifiers(notebook: Notebook) -> None:
    instrument = notebook.instrument
    kinds: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("questions", "Question", [question.id for question in instrument.questions]),
        ("modules", "Module", [module.id for module in instrument.modules]),
        ("checks", "Check", [check.id for check in instrument.checks]),
        ("derived", "Derived variable", [derived.id for derived in instrument.derived]),
    )
    for key, noun, identifiers in kinds:
        seen: set[str] = set()
        for index, identifier in enumerate(identifiers):
            place: Place = (key, index, "id")
            if identifier in seen:
                notebook.error(
                    place, "duplicate-id", f"{noun} '{identifier}' is declared twice.", "Rename one of them."
                )
            if identifier in _RESERVED:
                notebook.error(
                    place, "reserved", f"'{identifier}' is a word of the expression language.", "Choose another id."
                )
            seen.add(identifier)
    _check_names(notebook)
    _check_keys(notebook)


def _check_names(notebook: Notebook) -> None:
    """Columns, constants, derived variables and unlike questions share one space of names."""
    instrument = notebook.instrument
    owners: dict[str, str] = {}
    times = Counter(name.casefold() for name in instrument.columns.names)
    told = {identifier for identifier, count in Counter(q.id for q in instrument.questions).items() if count > 1}
    told |= {
        question.id
        for question in instrument.questions
        if len({option.code for option in question.options}) < len(question.options)
    }
    index_of = {question.id: index for index, question in enumerate(instrument.questions)}
    for column in instrument.columns:
        owner = owners.setdefault(column.name.casefold(), column.question)
        other = owner if owner != column.question else column.name
        clash = owner != column.question or (column.name in index_of and column.name != column.question)
        if clash or (times[column.name.casefold()] > 1 and column.question not in told):
            notebook.error(
                ("questions", index_of[column.question]), "duplicate-column",
                f"Column '{column.name}' of question '{column.question}' is also made by '{other}'.",
                "Rename a question or an option, so that every column has one meaning.",
            )  # fmt: skip
    for index, derived in enumerate(instrument.derived):
        if derived.id.casefold() in owners or derived.id in instrument.constants:
            notebook.error(
                ("derived", index, "id"), "duplicate-column", f"'{derived.id}' is already a column or constant.",
                "Rename the derived variable.",
            )  # fmt: skip
    for name in instrument.constants:
        if name.casefold() in owners or name in _RESERVED:
            notebook.error(
                ("constants", name), "duplicate-column", f"Constant '{name}' is already a column or a reserved word.",
                "Rename the constant.",
            )  # fmt: skip


def _check_keys(notebook: Notebook) -> None:
    for index, key in enumerate(notebook.instrument.keys):
        for name in key:
            if name not in notebook.instrument.columns.names:
                notebook.error(
                    ("keys", index), "unknown-column", f"Key column '{name}' is not in the instrument.",
                    did_you_mean(name, notebook.instrument.columns.names),
                )  # fmt: skip


def _check_modules(notebook: Notebook) -> None:
    instrument = notebook.instrument
    declared = [module.id for module in instrument.modules]
    finished: set[str] = set()
    current: str | None = None
    for index, question in enumerate(instrument.questions):
        if question.module is not None and question.module not in declared:
            notebook.error(
                ("questions", index, "module"), "unknown-module", f"Module '{question.module}' is not declared.",
                did_you_mean(question.module, declared) or "Declare it under 'modules'.",
            )  # fmt: skip
        if declared and question.module is None:
            notebook.error(
                ("questions", index), "unknown-module", f"Question '{question.id}' belongs to no module.",
                "Add module:, or begin its id with the letters of one.",
            )  # fmt: skip
        if question.module != current:
            if current is not None:
                finished.add(current)
            if question.module in finished:
                notebook.warning(
                    ("questions", index), "split-module",
                    f"Module '{question.module}' continues at '{question.id}' after other questions.",
                    "Keep the questions of a module together; pages and shuffling go by module.",
                )  # fmt: skip
            current = question.module
    for index, name in enumerate(declared):
        if not any(question.module == name for question in instrument.questions):
            notebook.warning(
                ("modules", index), "empty-module", f"Module '{name}' has no questions.", "Remove it or add some."
            )


def _check_lists(notebook: Notebook) -> None:
    instrument = notebook.instrument
    used = {name for question in instrument.questions
            for name in (question.options_list, question.rows_list, question.over)}  # fmt: skip
    for name, options in instrument.lists.items():
        _check_options(notebook, ("lists", name), f"list {name}", options)
        if name not in used:
            notebook.warning(("lists", name), "unused-list", f"List '{name}' is not used.", "Remove it or use it.")


def _check_options(notebook: Notebook, place: Place, owner: str, options: Sequence[Option]) -> None:
    codes, names = set[int](), set[str]()
    for position, option in enumerate(options):
        at = notebook.option_place(place, position, option.code)
        if option.code in codes:
            notebook.error(
                at, "duplicate-code", f"Code {option.code} of {owner} is used twice.", "Renumber one option."
            )
        if option.code < 0:
            notebook.error(
                at, "negative-code", f"Code {option.code} of {owner} is negative; those mean missing.",
                "Use a code from 0 up; offer don't know or refused with  offer: [-98, -99].",
            )  # fmt: skip
        if option.name is not None and option.name.casefold() in names:
            notebook.error(
                at, "duplicate-code", f"Name '{option.name}' of {owner} is used twice.", "Rename one option."
            )
        codes.add(option.code)
        names.add((option.name or "").casefold())


def _check_fields(notebook: Notebook, place: Place, question: Question) -> None:
    """Fields that mean nothing for the type are refused, not ignored."""
    kind, answer = question.type, question.answer
    allowed: dict[str, bool] = {
        "rows": kind == "grid",
        "over": kind == "loop",
        "limit": kind in ("loop", "rank", "multi"),
        "draw": kind == "loop",
        "fail_if": kind == "trap",
        "default": kind == "hidden",
        "ordered": answer == "single",
        "whole": answer in ("number", "band"),
        "minimum": answer == "number",
        "maximum": answer == "number",
        "min_length": answer == "text",
        "max_length": answer == "text",
        "options": answer in _WITH_OPTIONS,
        "offer": answer not in ("note", "text"),
    }
    absent: tuple[object, ...] = (None, (), False, "all")
    for name, fits in allowed.items():
        if not fits and getattr(question, name) not in absent:
            notebook.error(
                (*place, name), "field", f"'{name}' has no meaning for '{question.id}' of type '{kind}'.",
                "Remove it, or change the type.",
            )  # fmt: skip
    if kind not in _ASKING and (*place, "ask") in notebook.instrument.lines:
        notebook.error(
            (*place, "ask"), "field", f"'ask' has no meaning for '{question.id}' of type '{kind}'.",
            "Only loop, trap and hidden questions say what they record.",
        )  # fmt: skip
    if kind == "note" and (question.required or question.otherwise):
        notebook.error(place, "field", f"Note '{question.id}' records nothing.", "Remove required and else.")


def _check_kind(notebook: Notebook, index: int, question: Question) -> None:
    """What each type cannot do without."""
    place: Place = ("questions", index)
    options = notebook.options_place(index)
    if question.answer in _WITH_OPTIONS and not question.options:
        notebook.error(place, "no-options", f"Question '{question.id}' has no options.", "Add options:.")
    if question.answer in ("single", "band", "rank") and len(question.options) == 1 and question.type != "hidden":
        notebook.error(options, "one-option", f"'{question.id}' leaves no choice.", "Add a second option.")
    if question.type == "grid" and not question.rows:
        notebook.error(place, "no-rows", f"Grid '{question.id}' has no rows.", "Add rows:.")
    if question.type == "loop":
        _check_loop(notebook, index, question)
    if question.type == "rank" and (question.limit or 0) > len(question.options):
        notebook.error(
            (*place, "limit"), "limit", f"'{question.id}' asks for {question.limit} places among "
            f"{len(question.options)} options.", "Lower limit.",
        )  # fmt: skip
    if question.type == "trap" and question.fail_if is None and "fail_if" not in question.texts:
        notebook.error(place, "trap", f"Trap '{question.id}' does not say who fails.", "Add fail_if:.")
    if question.answer == "number":
        _check_number(notebook, place, question)
    for position, row in enumerate(question.rows):
        if row.trap is not None and row.trap not in {option.code for option in question.options}:
            notebook.error(
                notebook.option_place(notebook.options_place(index, True), position, row.code), "undefined-code",
                f"Trap row {row.code} of '{question.id}' asks for code {row.trap}, which is not a column of the grid.",
                "Use one of the grid's codes.",
            )  # fmt: skip


def _check_number(notebook: Notebook, place: Place, question: Question) -> None:
    if question.minimum is None or question.minimum <= -93:
        notebook.error(
            place, "minimum", f"Number '{question.id}' may take the missing codes -99 to -93 as values.",
            "Add minimum: (0, or anything above -93).",
        )  # fmt: skip
    elif question.maximum is not None and question.maximum < question.minimum:
        notebook.error(
            place, "minimum", f"'{question.id}' has minimum {question.minimum:g} above maximum {question.maximum:g}.",
            "Exchange them.",
        )  # fmt: skip


def _check_loop(notebook: Notebook, index: int, question: Question) -> None:
    instrument = notebook.instrument
    place: Place = ("questions", index, "over")
    if question.over is None:
        notebook.error(("questions", index), "loop", f"Loop '{question.id}' loops over nothing.", "Add over:.")
    elif question.over not in instrument.lists:
        earlier = {other.id: other for other in instrument.questions[:index] if other.type == "multi"}
        if question.over not in earlier:
            notebook.error(
                place, "loop", f"Loop '{question.id}' runs over '{question.over}', which is no earlier multi question "
                "and no list.", did_you_mean(question.over, [*earlier, *instrument.lists]),
            )  # fmt: skip


def _check_codes(notebook: Notebook, index: int, question: Question) -> None:
    """Codes named by the question itself, exclusive and write-in options."""
    place: Place = ("questions", index)
    options = notebook.options_place(index)
    codes = {option.code for option in question.options}
    for position, option in enumerate(question.options):
        at = notebook.option_place(options, position, option.code)
        if question.answer == "multi" and option.code in (98, 99) and not option.exclusive:
            notebook.error(
                at, "exclusive", f"Option {option.code} of multi-select '{question.id}' is not exclusive.",
                "Add exclusive: true; none and don't know cannot stand beside other answers.",
            )  # fmt: skip
        if option.end is not None and question.type != "single":
            notebook.error(
                at, "end", f"Option {option.code} of '{question.id}' ends the interview; only a single choice can.",
                "Remove end:, or change the type.",
            )  # fmt: skip
    if question.answer == "multi" and codes and all(option.exclusive for option in question.options):
        notebook.error(options, "exclusive", f"All options of '{question.id}' are exclusive.", "Make it 'single'.")
    for code in question.offer:
        if code not in _OFFERED or code not in notebook.instrument.missing:
            notebook.error(
                (*place, "offer"), "offer", f"'{question.id}' offers {code}, which a respondent cannot choose.",
                "Offer -98 (don't know) or -99 (refused); the others are assigned in coding.",
            )  # fmt: skip
    valid = {0, 1} if question.answer == "multi" else codes | ({0} if question.answer == "rank" else set())
    named = [("else", case.code) for case in question.otherwise]
    named += [("default", question.default)] if question.default is not None else []
    for key, code in named:
        if valid and code not in valid and code >= 0:
            notebook.error(
                (*place, key), "undefined-code", f"'{key}' of '{question.id}' is {code}, none of its codes.",
                f"Use one of {listing(sorted(valid))}.",
            )  # fmt: skip
