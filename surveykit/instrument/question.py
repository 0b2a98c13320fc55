"""Questions, their options and the missing codes.

Answers are stored as whole-number codes, missing answers as one negative range, and bands keep their
edges as numbers, so that "over 25" and "25 or more" stay different things.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from surveykit.errors import InstrumentError
from surveykit.expressions import Expr

__all__ = [
    "BREAK_OFF",
    "DONT_KNOW",
    "MISSING_LABELS",
    "NOT_ADMINISTERED",
    "NOT_APPLICABLE",
    "REFUSED",
    "REMOVED",
    "UNANSWERED",
    "AnswerType",
    "Closed",
    "ElseCase",
    "Label",
    "Option",
    "Order",
    "Question",
    "QuestionType",
    "label_text",
]

#: Text by language code.
Label = Mapping[str, str]

REFUSED: Final = -99
DONT_KNOW: Final = -98
NOT_APPLICABLE: Final = -97
UNANSWERED: Final = -96
BREAK_OFF: Final = -95
NOT_ADMINISTERED: Final = -94
REMOVED: Final = -93

MISSING_LABELS: Final[Mapping[int, Label]] = {
    REFUSED: {"en": "Refused", "ja": "回答拒否"},
    DONT_KNOW: {"en": "Don't know", "ja": "わからない"},
    NOT_APPLICABLE: {"en": "Not applicable (not asked)", "ja": "非該当（質問対象外）"},
    UNANSWERED: {"en": "Shown but not answered", "ja": "無回答"},
    BREAK_OFF: {"en": "Not reached (interview broken off)", "ja": "未到達（回答中断）"},
    NOT_ADMINISTERED: {"en": "Not administered (other ballot or version)", "ja": "未実施（別票・別版）"},
    REMOVED: {"en": "Removed in editing", "ja": "エディティングで削除"},
}
"""The missing codes and what each means, in English and Japanese."""

QuestionType = Literal[
    "single", "multi", "band", "number", "text", "grid", "loop", "rank", "date", "hidden", "note", "trap"
]
AnswerType = Literal["single", "multi", "band", "number", "text", "date", "rank", "note"]
Closed = Literal["left", "right", "both", "neither"]
Order = Literal["fixed", "rotate", "random"]


def label_text(label: Label, language: str) -> str:
    """Text in a language, else in any language that the label has."""
    return label.get(language) or next((text for text in label.values() if text), "")


@dataclass(frozen=True)
class Option:
    """One answer option, grid row or loop item.

    Parameters
    ----------
    code
        Whole number stored in the data.
    label
        Text by language.
    name
        Suffix of the column where it is not the code.
    lo, hi, closed, mid
        Band edges (None: open), which of them belong to the band, and the value that stands for it.
    exclusive
        Cannot be ticked together with other options.
    text
        Comes with a text field, column ``R1_97t``.
    end
        How choosing it ends the interview: ``"screen_out"`` or ``"refusal"``.
    trap
        For a grid row that tests attention: the code it asks for.
    reverse
        For a grid row worded against the others.
    maps_to
        Codes in a classification, such as ``{"isic4": ("62", "63")}``.
    tags
        Facts about the option, such as ``{"phase": "monitoring"}``.
    """

    code: int
    label: Label
    name: str | None = None
    lo: float | None = None
    hi: float | None = None
    closed: Closed | None = None
    mid: float | None = None
    exclusive: bool = False
    text: bool = False
    end: Literal["screen_out", "refusal"] | None = None
    trap: int | None = None
    reverse: bool = False
    maps_to: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def anchored(self) -> bool:
        """Stays at the end when options are shuffled: other, none, don't know."""
        return self.exclusive or self.text or self.code in (97, 98, 99)


@dataclass(frozen=True)
class ElseCase:
    """The code stored for a question that was routed past, where a condition holds."""

    code: int
    when: Expr | None = None
    text: str = field(default="", compare=False)


@dataclass(frozen=True)
class Question:
    """One question; the fields are those of the YAML file (see the JSON Schema).

    `answer` is what one data column of it records: for a grid ``single``, for a loop, trap or hidden
    question whatever its ``ask`` says, otherwise the type itself.
    """

    id: str
    type: QuestionType
    answer: AnswerType
    label: Label
    module: str | None = None
    hint: Label = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    options_list: str | None = None
    rows: tuple[Option, ...] = ()
    rows_list: str | None = None
    over: str | None = None
    offer: tuple[int, ...] = ()
    limit: int | None = None
    draw: Literal["all", "random"] = "all"
    order: Order = "fixed"
    ordered: bool = False
    ask_if: Expr | None = None
    otherwise: tuple[ElseCase, ...] = ()
    administer_if: Expr | None = None
    check: Expr | None = None
    check_message: Label = field(default_factory=dict)
    fail_if: Expr | None = None
    required: bool = False
    unit: str | None = None
    whole: bool = False
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    default: int | None = None
    unique: bool = False
    personal: bool = False
    concept: str | None = None
    source: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Expressions as written, by field name, for messages and writers."""

    def option(self, code: int) -> Option:
        """Return the option with a code."""
        for option in self.options:
            if option.code == code:
                return option
        raise InstrumentError(
            f"Question '{self.id}' has no option {code}.",
            remedy=f"Its codes: {', '.join(str(option.code) for option in self.options) or 'none'}.",
        )

    @property
    def exclusive_codes(self) -> frozenset[int]:
        """Codes of the options that cannot be ticked with others."""
        return frozenset(option.code for option in self.options if option.exclusive)
