"""The YAML shape of an instrument, as pydantic models, and its JSON Schema for editors.

These models say which keys exist and which kinds of value they take, nothing more; what the values
mean is in :mod:`surveykit.instrument.model`, and whether they hold together is in
:mod:`surveykit.instrument.validation`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

__all__ = [
    "AboutSource",
    "Block",
    "CaseSource",
    "CheckSource",
    "DerivedSource",
    "ElseSource",
    "InstrumentSource",
    "ModuleSource",
    "OptionSource",
    "QuestionSource",
    "json_schema",
    "write_json_schema",
]

_Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,31}$")]
_Suffix = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,11}$")]
_Expression = Annotated[str, Field(min_length=1, max_length=10_000)] | bool | int
_LabelText = Annotated[str, Field(max_length=20_000)]
_Code = Annotated[int, Field(ge=-99, le=999_999)]
_MissingCode = Annotated[int, Field(ge=-99, le=-93)]


def _kind(value: Any) -> str:
    return "text" if isinstance(value, str) else "list" if isinstance(value, list) else "map"


_LabelSource = Annotated[
    Annotated[_LabelText, Tag("text")] | Annotated[dict[str, _LabelText], Tag("map")],
    Discriminator(_kind),
]


class Block(BaseModel):
    """A block of the file: unknown keys and loose types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OptionSource(Block):
    """One answer option, grid row or loop item."""

    code: _Code
    label: _LabelSource | None = None
    name: _Suffix | None = Field(None, description="Suffix of the column instead of the code (V4_T, OB2_USA).")
    lo: float | None = Field(None, description="Lower edge of a band; absent: open below.")
    hi: float | None = Field(None, description="Upper edge of a band; absent: open above.")
    closed: Literal["left", "right", "both", "neither"] | None = Field(
        None, description="Which edges belong to the band."
    )
    mid: float | None = Field(None, description="Value that stands for the band where a number is needed.")
    exclusive: bool = Field(False, description="Cannot be ticked with anything else.")
    text: bool = Field(False, description="Comes with a field to write in (97 other).")
    end: Literal["screen_out", "refusal"] | None = Field(None, description="Choosing this ends the interview.")
    trap: _Code | None = Field(None, description="Grid row that tests attention: the code it asks for.")
    reverse: bool = Field(False, description="Grid row worded against the others.")
    maps_to: dict[str, list[str]] = Field(
        default_factory=dict, description="Codes in a classification: isic4, jsic, icio ..."
    )
    tags: dict[str, str] = Field(default_factory=dict, description="Facts about the option: phase, aim, kind ...")


_Options = Annotated[
    Annotated[_Name, Tag("text")]
    | Annotated[list[OptionSource], Tag("list")]
    | Annotated[dict[_Code, _LabelSource], Tag("map")],
    Discriminator(_kind),
]
_Kind = Literal["single", "multi", "band", "number", "text", "grid", "loop", "rank", "date", "hidden", "note", "trap"]
_AnswerKind = Literal["single", "multi", "band", "number", "text", "date"]


class ElseSource(Block):
    """The code stored for those routed past for whom a condition holds."""

    code: _Code
    when: _Expression


class QuestionSource(Block):
    """One question."""

    id: _Name
    type: _Kind
    label: _LabelSource | None = None
    hint: _LabelSource | None = None
    module: _Name | None = Field(None, description="Absent: the letters the id begins with.")
    ask: _AnswerKind | None = Field(None, description="What a loop, trap or hidden question records.")
    options: _Options | None = None
    rows: _Options | None = Field(None, description="Rows of a grid.")
    over: _Name | None = Field(None, description="Loop: a multi question, or a list, whose options are the items.")
    offer: list[_MissingCode] = Field(default_factory=list, description="Missing codes shown as buttons (-98 ...).")
    limit: Annotated[int, Field(ge=1, le=200)] | None = Field(
        None, description="Loop: most items asked. Rank: places to fill. Multi: most boxes."
    )
    draw: Literal["all", "random"] = Field("all", description="Loop: which items are asked beyond the limit.")
    order: Literal["fixed", "rotate", "random"] = Field("fixed", description="Order of options (grid: rows).")
    ordered: bool = Field(False, description="The codes of a single or grid form a scale.")
    ask_if: _Expression | None = None
    otherwise: _Code | list[ElseSource] | None = Field(
        None, alias="else", description="Code stored when routed past, instead of -97."
    )
    administer_if: _Expression | None = Field(None, description="Ballot or version; where false the code is -94.")
    check: _Expression | None = Field(None, description="Must hold for an answer to be accepted.")
    check_message: _LabelSource | None = None
    fail_if: _Expression | None = Field(None, description="Trap: true for a respondent who did not read.")
    required: bool = False
    unit: str | None = Field(None, max_length=40)
    whole: bool = Field(False, description="Numbers and band edges are whole (persons, years).")
    minimum: float | None = None
    maximum: float | None = None
    min_length: Annotated[int, Field(ge=0, le=10_000)] | None = None
    max_length: Annotated[int, Field(ge=1, le=100_000)] | None = None
    default: _Code | None = Field(None, description="Hidden: the code taken where the data have no such column.")
    unique: bool = Field(False, description="No two rows may share the value.")
    personal: bool = Field(False, description="Personal or firm-identifying; kept out of coded data by default.")
    concept: _Name | None = None
    source: str | None = Field(None, max_length=400, description="What in the published source asks for this.")

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class ModuleSource(Block):
    """A block of questions."""

    id: _Name
    title: _LabelSource
    ask_if: _Expression | None = None
    order: Literal["fixed", "rotate", "random"] = "fixed"
    intro: _LabelSource | None = None


class CheckSource(Block):
    """A rule between answers."""

    id: _Name
    severity: Literal["error", "warning"]
    when: _Expression = True
    require: _Expression
    message: _LabelSource


class CaseSource(Block):
    """One category of a derived variable: the first whose condition holds is taken."""

    code: _Code
    label: _LabelSource
    when: _Expression


class DerivedSource(Block):
    """A variable computed from the answers."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    label: _LabelSource
    value: _Expression | None = Field(None, description="Condition (stored 0/1) or number.")
    cases: list[CaseSource] = Field(default_factory=list)
    ordered: bool = False
    missing_as: _Code | None = Field(None, description="Code stored where the value is not known; absent: missing.")
    unit: str | None = None
    concept: _Name | None = None
    source: str | None = Field(None, max_length=400)


class AboutSource(Block):
    """What the published source fixes and what was reconstructed."""

    source: str
    fixed: list[str] = Field(default_factory=list)
    reconstructed: list[str] = Field(default_factory=list)
    minutes: float | None = None
    parent_survey: _Name | None = None
    notes: list[str] = Field(default_factory=list)


class InstrumentSource(Block):
    """A whole instrument file."""

    instrument: _Name
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    title: _LabelSource
    unit: _Name = Field(description="What one row of data is: firm, person, economy ...")
    languages: Annotated[list[Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]], Field(min_length=1)]
    fielded: str | None = Field(None, description="Language of the interview; absent: the first.")
    published: str | None = Field(None, description="Language of tables; absent: the last.")
    about: AboutSource | None = None
    missing: Literal["default"] | dict[_MissingCode, _LabelSource] = Field(
        "default", description="Other labels for missing codes; the seven codes are always there."
    )
    keys: list[Annotated[list[_Name], Field(min_length=1)]] = Field(
        default_factory=list, description="Columns that together may not repeat: one list a key."
    )
    constants: dict[_Name, float] = Field(default_factory=dict, description="Numbers that expressions may name.")
    lists: dict[_Name, _Options] = Field(default_factory=dict)
    modules: list[ModuleSource] = Field(default_factory=list)
    questions: Annotated[list[QuestionSource], Field(min_length=1, max_length=2_000)]
    derived: list[DerivedSource] = Field(default_factory=list)
    checks: list[CheckSource] = Field(default_factory=list)


def json_schema() -> dict[str, Any]:
    """JSON Schema of an instrument file, for completion and checking in an editor."""
    schema = InstrumentSource.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "surveykit instrument"
    return schema


def write_json_schema(path: str | Path) -> Path:
    """Write :func:`json_schema` to a file and return its path."""
    path = Path(path)
    path.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    return path
