"""Translations: every text in every declared language, and no language that is not declared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from surveykit.errors import listing
from surveykit.instrument.loading import Place
from surveykit.instrument.question import Label, Option
from surveykit.instrument.validation.notebook import Notebook

__all__ = ["check_labels"]


def check_labels(notebook: Notebook) -> None:
    """Report missing and undeclared languages, and options that read the same."""
    instrument = notebook.instrument
    for name, language in (("fielded", instrument.fielded), ("published", instrument.published)):
        if language not in instrument.languages:
            notebook.error(
                (name,), "language", f"'{name}' is '{language}', which is not among 'languages'.",
                f"Use one of {listing(instrument.languages)}.",
            )  # fmt: skip
    for place, what, label, needed in _labels(notebook):
        _check_label(notebook, place, what, label, needed)
    seen: set[Place] = set()
    for index, question in enumerate(instrument.questions):
        for options, rows in ((question.options, False), (question.rows, True)):
            place = notebook.options_place(index, rows)
            if options and place not in seen:
                seen.add(place)
                _check_same(notebook, place, options)


def _labels(notebook: Notebook) -> Iterator[tuple[Place, str, Label, bool]]:
    """Every label with its place, what it belongs to and whether it must be there."""
    instrument = notebook.instrument
    yield ("title",), "The title", instrument.title, True
    for index, module in enumerate(instrument.modules):
        yield ("modules", index, "title"), f"Module '{module.id}'", module.title, True
        yield ("modules", index, "intro"), f"The intro of module '{module.id}'", module.intro, False
    for index, question in enumerate(instrument.questions):
        place: Place = ("questions", index)
        yield (*place, "label"), f"Question '{question.id}'", question.label, True
        yield (*place, "hint"), f"The hint of '{question.id}'", question.hint, False
        yield (*place, "check_message"), f"The check message of '{question.id}'", question.check_message, False
        for options, rows in ((question.options, False), (question.rows, True)):
            if not (question.rows_list if rows else question.options_list):
                yield from _option_labels(notebook, notebook.options_place(index, rows), question.id, options)
    for name, options in instrument.lists.items():
        yield from _option_labels(notebook, ("lists", name), f"list {name}", options)
    for index, check in enumerate(instrument.checks):
        yield ("checks", index, "message"), f"The message of check '{check.id}'", check.message, True
    for index, derived in enumerate(instrument.derived):
        yield ("derived", index, "label"), f"Derived variable '{derived.id}'", derived.label, True
        for number, case in enumerate(derived.cases):
            yield ("derived", index, "cases", number, "label"), f"Case {case.code} of '{derived.id}'", case.label, True


def _option_labels(
    notebook: Notebook, place: Place, owner: str, options: Sequence[Option]
) -> Iterator[tuple[Place, str, Label, bool]]:
    for position, option in enumerate(options):
        yield (
            notebook.option_place(place, position, option.code),
            f"Option {option.code} of {owner}",
            option.label,
            True,
        )


def _check_label(notebook: Notebook, place: Place, what: str, label: Label, needed: bool) -> None:
    languages = notebook.instrument.languages
    unknown = [language for language in label if language not in languages]
    if unknown:
        notebook.error(
            place, "language", f"{what} has a text in {listing(unknown)}, which 'languages' does not list.",
            "Add the language to 'languages', or remove the text.",
        )  # fmt: skip
    lacking = [language for language in languages if not label.get(language, "").strip()]
    if lacking and (label or needed):
        notebook.error(
            place,
            "translation",
            f"{what} has no text in {listing(lacking)}.",
            "Add it; every label needs every language.",
        )


def _check_same(notebook: Notebook, place: Place, options: Sequence[Option]) -> None:
    for language in notebook.instrument.languages:
        first: dict[str, int] = {}
        for position, option in enumerate(options):
            text = option.label.get(language, "").strip().casefold()
            if text and text in first:
                notebook.error(
                    notebook.option_place(place, position, option.code),
                    "same-label",
                    f"Options {first[text]} and {option.code} read the same in '{language}': {text[:60]!r}.",
                    "Word them differently; an export with labels could not tell them apart.",
                )
            first.setdefault(text, option.code)
