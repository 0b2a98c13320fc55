"""The YAML shape of a study, as pydantic models, and its JSON Schema for editors.

These models say which keys exist and which kinds of value they take. A study holds names, expressions and numbers,
never code; what each part does is in the module that does it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from surveykit.errors import StudyError
from surveykit.instrument.schema import Block
from surveykit.publishing.writing import write_files

__all__ = [
    "BesideSource",
    "ComparisonSource",
    "DataSource",
    "DerivedSource",
    "DesignSource",
    "DisclosureSource",
    "FigureSource",
    "ItemColumnSource",
    "ItemsSource",
    "LabelSource",
    "LineSource",
    "ListingSource",
    "ModelSource",
    "NeedsSource",
    "NumberSource",
    "PopulationSource",
    "ResponsesSource",
    "SampleSource",
    "SectionSource",
    "StepSource",
    "StudySource",
    "TableSource",
    "TextSource",
    "TradeSource",
    "WeightsSource",
    "json_schema",
    "write_json_schema",
]

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
_Expression = Annotated[str, Field(min_length=1, max_length=10_000)]
_Text = Annotated[str, Field(max_length=20_000)]
_Path = Annotated[str, Field(min_length=1, max_length=400)]
_Scalar = str | int | float | bool
_Names = Annotated[list[_Expression], Field(min_length=1, max_length=400)]
LabelSource = _Text | dict[Literal["en", "ja"], _Text]


class ResponsesSource(Block):
    """Answers to the study's instrument, as a platform exports them."""

    file: _Path
    platform: str | None = Field(None, description="Platform of the export; recognised by default.")
    synthetic: bool = Field(False, description="The answers are invented; every output then says so.")
    matches: dict[str, str] = Field(default_factory=dict, description="Instrument question by export question.")
    written: dict[str, str] = Field(default_factory=dict, description="'codes' or 'labels' by question.")
    options: dict[str, _Scalar] = Field(default_factory=dict, description="Options of the reader, such as sheet.")


class DataSource(Block):
    """A plain table, one row a firm, without an instrument."""

    file: _Path
    synthetic: bool = Field(False, description="The rows are invented; every output then says so.")


class PopulationSource(Block):
    """Counts of the population that the sample is weighted to: a file, or margins written out."""

    file: _Path | None = None
    margins: dict[str, dict[str, float]] | None = Field(None, description="Count or share of each level, by variable.")
    name: str | None = None
    source: str = ""
    year: str = ""
    illustrative: bool = Field(False, description="The counts are invented; every output then says so.")


class WeightsSource(Block):
    """Whom the answers stand for."""

    column: str | None = Field(None, description="Column of ready weights, or of base weights where margins follow.")
    margins: list[str | list[str]] = Field(default_factory=list, description="Variables to rake to, lists are crossed.")
    bounds: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        None, description="Smallest and largest factor on the base weights."
    )
    unstated: Literal["fail", "leave out"] = Field(
        "fail", description="Rows without a margin variable: refuse, or give them no weight and say how many."
    )
    name: str | None = Field(None, description="Name in outputs.")


class DesignSource(Block):
    """How the sample was drawn."""

    strata: str | list[str] | None = None
    clusters: str | list[str] | None = None
    fpc: str | list[str] | None = None
    nest: bool = False
    lonely: Literal["fail", "remove", "adjust", "average", "certainty"] = "fail"
    selection: Literal["probability", "opt-in"] = "probability"


class DerivedSource(Block):
    """A variable computed from others."""

    id: _Name
    value: _Expression
    label: LabelSource | None = None
    levels: dict[str, LabelSource] = Field(default_factory=dict, description="Words of its levels.")


class NeedsSource(Block):
    """A file that may not be shipped: what is made from it waits until it is there."""

    file: _Path
    download: LabelSource = Field(description="Which file to download, from where, and what to call it.")


class _Output(Block):
    id: _Name
    title: LabelSource | None = Field(None, description="On synthetic data a topic, never a finding.")
    subtitle: LabelSource | None = None
    note: LabelSource | None = None
    source: LabelSource | None = None
    year: str = ""
    section: _Name | None = Field(None, description="Section of the page.")


class ItemColumnSource(Block):
    """One column of a table of items: the share of firms for which a condition holds, item by item."""

    id: _Name
    when: _Expression = Field(description="Condition; {item} stands for the item.")
    among: _Expression | None = Field(None, description="Whom it is about; {item} stands for the item.")
    label: LabelSource | None = None


class ItemsSource(Block):
    """A table with a row for each item and a column for each condition."""

    over: Annotated[list[_Expression], Field(min_length=1, max_length=200)] = Field(
        description="What stands for {item}, as '01', '02'."
    )
    words: _Expression = Field(description="Column whose wording names the item, as 'OB3_{item}'.")
    columns: Annotated[list[ItemColumnSource], Field(min_length=1, max_length=40)]


class BesideSource(Block):
    """One column of a table put together from others."""

    of: _Name = Field(description="Id of a table.")
    label: LabelSource = Field(description="What the column is; two concepts are named apart.")
    column: _Scalar | None = Field(None, description="Column of that table; its only one by default.")
    layer: _Scalar | None = None
    rows: dict[str, str] = Field(default_factory=dict, description="Row of this table by row of that one.")


class TableSource(_Output):
    """One table, of exactly one kind.

    These are crosstab, mean, total, proportion, share, grid, items, topline, published, trade, beside.
    """

    crosstab: _Expression | None = Field(None, description='As "row ~ column | layer".')
    mean: _Names | None = None
    total: _Names | None = None
    proportion: _Expression | None = Field(None, description="Shares of the levels of one variable.")
    share: _Names | None = Field(None, description="Conditions or ticked boxes, the share of each.")
    grid: _Names | None = Field(None, description="Questions with the same answers: a row an item, a column an answer.")
    items: ItemsSource | None = Field(None, description="A row an item, a column a condition.")
    beside: list[BesideSource] | None = Field(None, description="Columns of other tables, side by side.")
    topline: bool | list[str] | None = Field(None, description="Every question, or those named, one table each.")
    published: _Path | None = Field(None, description="CSV of numbers that others published.")
    trade: _Name | None = Field(None, description="A result of the section 'trade'.")
    rows: str | None = Field(None, description="published, trade: column of the row labels.")
    columns: str | None = Field(None, description="published, trade: column of the column labels.")
    layers: str | None = Field(None, description="published, trade: column of the layer labels.")
    labels: dict[str, LabelSource] = Field(default_factory=dict, description="published, trade: words by level.")
    value: str = Field("value", description="published, trade: column of the numbers.")
    unit: str = Field("", description="published, trade: unit of the numbers.")
    keep: dict[str, _Scalar | list[_Scalar]] = Field(
        default_factory=dict, description="published, trade: values that a column must have."
    )
    drop: dict[str, _Scalar | list[_Scalar]] = Field(
        default_factory=dict, description="published, trade: values that a column must not have."
    )
    measure: LabelSource | None = Field(None, description="published, trade: what the numbers are, in words.")
    by: list[str] | None = Field(None, description="mean, total, proportion, share: groups.")
    percent: Literal["column", "row", "total"] | None = None
    margins: bool = True
    letters: bool = Field(False, description="Mark cells that exceed others of their row.")
    test: Literal["F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint"] | None = None
    sample: _Name | None = Field(None, description="Id of one of 'samples'; the study's own sample without one.")
    where: _Expression | None = Field(None, description="Domain; no row is dropped.")
    base: LabelSource | None = Field(None, description="Who is counted, in words.")
    show: Literal["estimate", "se", "interval"] = "se"
    decimals: Annotated[int, Field(ge=0, le=12)] | None = None
    minimum_base: Annotated[int, Field(ge=0)] = 30
    flag_base: Annotated[int, Field(ge=0)] = 50
    needs: NeedsSource | None = None


class ModelSource(_Output):
    """One regression."""

    formula: _Expression
    family: str = "gaussian"
    link: str | None = None
    sample: _Name | None = Field(None, description="Id of one of 'samples'; the study's own sample without one.")
    where: _Expression | None = None
    labels: dict[str, LabelSource] = Field(default_factory=dict, description="What is printed for each term.")


class FigureSource(_Output):
    """One figure, drawn from a table or a model of the study."""

    kind: str = Field(description="A function of surveykit.figure: stacked, dots, coefficients, bars ...")
    of: _Name = Field(description="Id of the table or model it draws.")
    records: dict[_Name, _Name] = Field(
        default_factory=dict, description="Further tables or models that the function takes, by its keyword."
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Keywords of the function.")
    topic: LabelSource | None = Field(None, description="Heading on synthetic data.")


class StepSource(Block):
    """A verb of surveykit.trade, applied to what the one before it gave."""

    verb: str
    options: dict[str, Any] = Field(default_factory=dict, description="Keywords of the verb.")
    inputs: dict[str, _Name] = Field(default_factory=dict, description="Keywords that are other results, by id.")


class TradeSource(Block):
    """One result on value added or services trade."""

    id: _Name
    read: Literal["icio", "wiod", "figaro", "adb", "dds", "balance_of_payments", "gdp", "batis", "tismos", "tiva"]
    file: _Path
    verb: str | None = Field(None, description="A verb of surveykit.trade; the table as read without one.")
    options: dict[str, Any] = Field(default_factory=dict, description="Keywords of the verb.")
    inputs: dict[str, _Name] = Field(default_factory=dict, description="Keywords that are other results, by id.")
    then: list[StepSource] = Field(default_factory=list, description="Further verbs, one after the other.")
    read_options: dict[str, Any] = Field(default_factory=dict, description="Keywords of the reader.")
    illustrative: bool = Field(False, description="The table is invented; every output then says so.")
    needs: NeedsSource | None = None


class NumberSource(Block):
    """A named cell, or arithmetic on named numbers, for texts and claims."""

    of: _Name | None = Field(None, description="Id of a table or model.")
    compute: _Expression | None = Field(None, description="Arithmetic on other named numbers, instead of a cell.")
    row: _Scalar | None = None
    column: _Scalar | None = None
    layer: _Scalar | None = None
    term: str | None = Field(None, description="Coefficient of a model.")
    fact: Literal["estimate", "se", "low", "high", "n", "weighted_n", "base_n", "effective_n", "p", "rows"] = "estimate"
    format: Literal["percent", "percent1", "whole", "one", "two", "three", "interval"] = "percent"


class LineSource(Block):
    """One published number beside its rebuild."""

    what: LabelSource
    published: str = Field(description="As printed.")
    rebuilt: _Name | None = Field(None, description="A named number; none where it cannot be rebuilt.")
    remark: LabelSource | None = None


class ComparisonSource(Block):
    """Published numbers beside those of this page."""

    id: _Name
    title: LabelSource
    source: LabelSource
    section: _Name = "tables"
    lines: Annotated[list[LineSource], Field(min_length=1)]


class ListingSource(Block):
    """A table of words: literature, definitions."""

    id: _Name
    title: LabelSource
    source: LabelSource | None = None
    section: _Name = "tables"
    columns: Annotated[list[LabelSource], Field(min_length=1, max_length=12)]
    lines: Annotated[list[list[LabelSource]], Field(min_length=1, max_length=400)]


class TextSource(Block):
    """A paragraph; ``{name}`` is replaced by a named number."""

    section: _Name = "findings"
    text: LabelSource


class SectionSource(Block):
    """A section of the page, in the order given."""

    id: _Name
    title: LabelSource


class DisclosureSource(Block):
    """What the AAPOR transparency items ask and no file can tell."""

    strategy: LabelSource | None = Field(None, description="1 Data collection strategy.")
    sponsor: LabelSource | None = Field(None, description="2 Who sponsored and who conducted the research.")
    population: LabelSource | None = Field(None, description="4 Population under study.")
    recruitment: LabelSource | None = Field(None, description="5 How the sample was generated and recruited.")
    mode: LabelSource | None = Field(None, description="6 Method and mode; languages.")
    dates: LabelSource | None = Field(None, description="7 Dates of data collection.")
    precision: LabelSource | None = Field(None, description="8 Precision, added to the sample sizes.")
    processing: LabelSource | None = Field(None, description="10 Processing and quality, added to the screening.")
    limitations: LabelSource | None = Field(None, description="11 Limitations.")


class SampleSource(Block):
    """A further sample of the study: answers to an instrument of its own, or a table of its own."""

    id: _Name
    title: LabelSource
    instrument: _Path | None = None
    responses: ResponsesSource | None = None
    data: DataSource | None = None
    screening: dict[str, Any] | None = None
    population: PopulationSource | None = None
    weights: WeightsSource | None = None
    design: DesignSource = Field(default_factory=DesignSource)
    derived: list[DerivedSource] = Field(default_factory=list)
    disclosure: DisclosureSource = Field(default_factory=DisclosureSource)


class StudySource(Block):
    """A study file."""

    study: _Name
    title: LabelSource
    subtitle: LabelSource | None = None
    authors: list[str] = Field(default_factory=list)
    date: str = Field("", description="As printed; nothing is taken from the clock.")
    abstract: LabelSource | None = None
    languages: Annotated[list[Literal["en", "ja"]], Field(min_length=1, max_length=2)] = Field(
        ["en"], description="The first is shown first."
    )
    theme: Literal["plain", "think_tank", "ministry", "oecd_like"] = "plain"
    source: LabelSource | None = Field(None, description="Source line of tables and figures.")
    instrument: _Path | None = None
    responses: ResponsesSource | None = None
    data: DataSource | None = None
    screening: dict[str, Any] | None = Field(
        None, description="Whose answers count: rules of surveykit.screen by name; {} for its own."
    )
    population: PopulationSource | None = None
    weights: WeightsSource | None = None
    design: DesignSource = Field(default_factory=DesignSource)
    derived: list[DerivedSource] = Field(default_factory=list)
    samples: list[SampleSource] = Field(default_factory=list, description="Further samples, as of other surveys.")
    trade: list[TradeSource] = Field(default_factory=list)
    tables: list[TableSource] = Field(default_factory=list)
    models: list[ModelSource] = Field(default_factory=list)
    figures: list[FigureSource] = Field(default_factory=list)
    numbers: dict[_Name, NumberSource] = Field(default_factory=dict)
    comparisons: list[ComparisonSource] = Field(default_factory=list)
    listings: list[ListingSource] = Field(default_factory=list)
    texts: list[TextSource] = Field(default_factory=list)
    sections: list[SectionSource] = Field(default_factory=list)
    disclosure: DisclosureSource = Field(default_factory=DisclosureSource)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of study files, for editors that complete and check while typing."""
    shape = StudySource.model_json_schema()
    shape["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    shape["title"] = "surveykit study"
    return shape


def write_json_schema(path: str | Path) -> Path:
    """Write :func:`json_schema` to a file.

    Raises
    ------
    StudyError
        If the file's name does not end in ``.json``.
    """
    target = Path(path)
    if target.suffix != ".json":
        raise StudyError(f"'{target.name}' is no JSON file.", remedy="Give a name that ends in .json.")
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    return write_files({target: text.encode("utf-8")})[0]
