"""What was asked: the frozen nouns of a questionnaire.

An :class:`Instrument` is made by :func:`surveykit.instrument.read_instrument`; everything else in the
package reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from surveykit.errors import InstrumentError, did_you_mean
from surveykit.expressions import Expr
from surveykit.instrument.columns import Columns, columns_of, items_of
from surveykit.instrument.loading import Place
from surveykit.instrument.question import MISSING_LABELS, Label, Option, Order, Question

__all__ = ["About", "Case", "Check", "Derived", "Instrument", "Module"]


@dataclass(frozen=True)
class Module:
    """A block of questions with an optional condition for all of them."""

    id: str
    title: Label
    ask_if: Expr | None = None
    order: Order = "fixed"
    intro: Label = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Check:
    """A rule between answers: where `when` holds, `require` must not be false."""

    id: str
    severity: Literal["error", "warning"]
    when: Expr
    require: Expr
    message: Label
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Case:
    """One category of a derived variable."""

    code: int
    label: Label
    when: Expr
    text: str = field(default="", compare=False)


@dataclass(frozen=True)
class Derived:
    """A variable computed from answers: a condition or number (`value`), or the first `case` that holds."""

    id: str
    label: Label
    value: Expr | None = None
    cases: tuple[Case, ...] = ()
    ordered: bool = False
    missing_as: int | None = None
    unit: str | None = None
    concept: str | None = None
    source: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class About:
    """What the published source fixes and what was reconstructed."""

    source: str
    fixed: tuple[str, ...] = ()
    reconstructed: tuple[str, ...] = ()
    minutes: float | None = None
    parent_survey: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Instrument:
    """A questionnaire, as declared in one YAML file.

    Parameters
    ----------
    name, version, title
        Identity; `title` by language.
    unit
        What one row of data is: ``firm``, ``creator``, ``economy``.
    languages
        Language codes; `fielded` was shown to respondents, `published` appears in tables.
    questions
        In the order of the interview.
    lists, modules, derived, checks, constants, missing, about
        As declared. `missing` maps each missing code to its label.
    keys
        Sets of columns that together may not repeat.
    """

    name: str
    version: str
    title: Label
    unit: str
    languages: tuple[str, ...]
    fielded: str
    published: str
    questions: tuple[Question, ...]
    missing: Mapping[int, Label] = field(default_factory=lambda: dict(MISSING_LABELS))
    lists: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    modules: tuple[Module, ...] = ()
    derived: tuple[Derived, ...] = ()
    checks: tuple[Check, ...] = ()
    constants: Mapping[str, float] = field(default_factory=dict)
    keys: tuple[tuple[str, ...], ...] = ()
    about: About | None = None
    path: str | None = field(default=None, compare=False)
    lines: Mapping[Place, int] = field(default_factory=dict, compare=False, repr=False)

    def question(self, identifier: str) -> Question:
        """Return the question with an id; the error suggests near ones."""
        for question in self.questions:
            if question.id == identifier:
                return question
        raise InstrumentError(
            f"Question '{identifier}' is not in instrument '{self.name}'.",
            remedy=did_you_mean(identifier, [question.id for question in self.questions]),
        )

    def module(self, identifier: str | None) -> Module | None:
        """Return the module with an id, or None."""
        return next((module for module in self.modules if module.id == identifier), None)

    def items(self, question: Question) -> tuple[Option, ...]:
        """Return rows of a grid or items of a loop; empty for other questions.

        A loop over a multi-select leaves out the exclusive options (none, don't know).
        """
        return items_of(question, self.questions, self.lists)

    @cached_property
    def columns(self) -> Columns:
        """Every data column with its question, kind, codes and base."""
        return columns_of(self.questions, self.lists, self.missing)
