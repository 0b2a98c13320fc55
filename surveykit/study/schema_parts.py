"""Kinds of value that a study file is made of, and what all its outputs have in common."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from surveykit.instrument.schema import Block

__all__ = [
    "Expression",
    "FilePath",
    "LabelSource",
    "Name",
    "Names",
    "NeedsSource",
    "OutputSource",
    "Scalar",
    "WeightChoice",
]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Expression = Annotated[str, Field(min_length=1, max_length=10_000)]
Names = Annotated[list[Expression], Field(min_length=1, max_length=400)]
FilePath = Annotated[str, Field(min_length=1, max_length=400)]
Scalar = str | int | float | bool
_Text = Annotated[str, Field(max_length=20_000)]
#: A text, or one text a language.
LabelSource = _Text | dict[Literal["en", "ja"], _Text]
#: Name of one set of weights, of several, ``all`` or ``none``.
WeightChoice = Annotated[
    Name | Annotated[list[Name], Field(min_length=1, max_length=20)],
    Field(description="Set of weights by name; several, or 'all', stand side by side; 'none' weighs nothing."),
]


class NeedsSource(Block):
    """A file that may not be shipped: what is made from it waits until it is there."""

    file: FilePath
    download: LabelSource = Field(description="Which file to download, from where, and what to call it.")


class OutputSource(Block):
    """What tables, models and figures have in common."""

    id: Name
    title: LabelSource | None = Field(None, description="On synthetic data a topic, never a finding.")
    subtitle: LabelSource | None = None
    note: LabelSource | None = None
    source: LabelSource | None = None
    year: str = ""
    section: Name | None = Field(None, description="Section of the page.")
