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
from surveykit.study.schema_banners import BannerSource
from surveykit.study.schema_data import (
    DataSource,
    DerivedSource,
    DesignSource,
    DisclosureSource,
    PopulationSource,
    ReplicatesSource,
    ResponsesSource,
    SampleSource,
    ScreeningSource,
    WeightSets,
)
from surveykit.study.schema_models import EffectsSource, ModelSource, ModelTableSource
from surveykit.study.schema_parts import (
    Expression,
    FilePath,
    LabelSource,
    Name,
    Names,
    NeedsSource,
    OutputSource,
    Scalar,
    WeightChoice,
)

__all__ = [
    "BesideSource",
    "ComparisonSource",
    "FigureSource",
    "ItemColumnSource",
    "ItemsSource",
    "LineSource",
    "ListingSource",
    "NumberSource",
    "SectionSource",
    "SensitivitySource",
    "StepSource",
    "StudySource",
    "TableSource",
    "TextSource",
    "TradeSource",
    "json_schema",
    "write_json_schema",
]


class SensitivitySource(Block):
    """One estimate under other choices of weights and cases, one row a choice."""

    mean: Names | None = Field(None, description="What is estimated: means,")
    share: Names | None = Field(None, description="or shares of conditions or ticked boxes,")
    proportion: Expression | None = Field(None, description="or the shares of the levels of one variable.")
    trims: list[float] = Field([3.0, 5.0], description="Multiples of the mean weight at which weights are trimmed.")
    weights: WeightChoice | None = Field(None, description="Further sets of weights, or all.")
    leave_out: str | None = Field(None, description="Column whose levels are left out one at a time.")
    domains: dict[str, Expression] = Field(default_factory=dict, description="Conditions by name.")
    screening: bool = Field(False, description="Add the same before anybody was screened out.")


class ItemColumnSource(Block):
    """One column of a table of items: the share of firms for which a condition holds, item by item."""

    id: Name
    when: Expression = Field(description="Condition; {item} stands for the item.")
    among: Expression | None = Field(None, description="Whom it is about; {item} stands for the item.")
    label: LabelSource | None = None


class ItemsSource(Block):
    """A table with a row for each item and a column for each condition."""

    over: Annotated[list[Expression], Field(min_length=1, max_length=200)] = Field(
        description="What stands for {item}, as '01', '02'."
    )
    words: Expression = Field(description="Column whose wording names the item, as 'OB3_{item}'.")
    columns: Annotated[list[ItemColumnSource], Field(min_length=1, max_length=40)]


class BesideSource(Block):
    """One column of a table put together from others."""

    of: Name = Field(description="Id of a table.")
    label: LabelSource = Field(description="What the column is; two concepts are named apart.")
    column: Scalar | None = Field(None, description="Column of that table; its only one by default.")
    layer: Scalar | None = None
    rows: dict[str, str] = Field(default_factory=dict, description="Row of this table by row of that one.")


class TableSource(BannerSource):
    """One table, of exactly one kind.

    These are crosstab, mean, total, proportion, share, grid, items, topline, banner, published, trade, beside,
    sensitivity.
    """

    crosstab: Expression | None = Field(None, description='As "row ~ column | layer".')
    mean: Names | None = None
    total: Names | None = None
    proportion: Expression | None = Field(None, description="Shares of the levels of one variable.")
    share: Names | None = Field(None, description="Conditions or ticked boxes, the share of each.")
    grid: Names | None = Field(None, description="Questions with the same answers: a row an item, a column an answer.")
    items: ItemsSource | None = Field(None, description="A row an item, a column a condition.")
    beside: list[BesideSource] | None = Field(None, description="Columns of other tables, side by side.")
    published: FilePath | None = Field(None, description="CSV of numbers that others published.")
    trade: Name | list[Name] | None = Field(None, description="Results of the section 'trade', one below the other.")
    sensitivity: SensitivitySource | None = Field(None, description="The same estimate under other choices.")
    weights: WeightChoice | None = None
    rows: str | None = Field(None, description="published, trade: column of the row labels.")
    columns: str | None = Field(None, description="published, trade: column of the column labels.")
    layers: str | None = Field(None, description="published, trade: column of the layer labels.")
    labels: dict[str, LabelSource] = Field(default_factory=dict, description="Words by level or variable.")
    value: str = Field("value", description="published, trade: column of the numbers.")
    unit: str = Field("", description="published, trade: unit of the numbers.")
    keep: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict, description="published, trade: values that a column must have."
    )
    drop: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict, description="published, trade: values that a column must not have."
    )
    measure: LabelSource | None = Field(None, description="published, trade: what the numbers are, in words.")
    by: list[str] | None = Field(None, description="mean, total, proportion, share: groups.")
    percent: Literal["column", "row", "total"] | None = None
    margins: bool = True
    letters: bool = Field(False, description="Mark cells that exceed others of their row.")
    test: Literal["F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint"] | None = None
    sample: Name | None = Field(None, description="Id of one of 'samples'; the study's own sample without one.")
    where: Expression | None = Field(None, description="Domain; no row is dropped.")
    base: LabelSource | None = Field(None, description="Who is counted, in words.")
    show: Literal["estimate", "se", "interval"] = "se"
    decimals: Annotated[int, Field(ge=0, le=12)] | None = None
    minimum_base: Annotated[int, Field(ge=0)] = 30
    flag_base: Annotated[int, Field(ge=0)] = 50
    needs: NeedsSource | None = None

    @property
    def traded(self) -> tuple[str, ...]:
        """Ids of the trade results that it shows."""
        return (self.trade,) if isinstance(self.trade, str) else tuple(self.trade or ())


class FigureSource(OutputSource):
    """One figure, drawn from a table or a model of the study."""

    kind: str = Field(description="A function of surveykit.figure: stacked, dots, coefficients, bars ...")
    of: Name = Field(description="Id of the table, model, effects or model table it draws.")
    records: dict[Name, Name] = Field(
        default_factory=dict, description="Further tables or models that the function takes, by its keyword."
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Keywords of the function.")
    topic: LabelSource | None = Field(None, description="Heading on synthetic data.")
    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,16}$")] | None = Field(
        None, description="Its number, as in the paper that is rebuilt ('II-1-2-5'); its place in the list without one."
    )


class StepSource(Block):
    """A verb of surveykit.trade, applied to what the one before it gave."""

    verb: str
    options: dict[str, Any] = Field(default_factory=dict, description="Keywords of the verb.")
    inputs: dict[str, Name] = Field(default_factory=dict, description="Keywords that are other results, by id.")


class TradeSource(Block):
    """One result on value added or services trade."""

    id: Name
    read: Literal[
        "icio", "wiod", "figaro", "adb", "dds", "balance_of_payments", "gdp", "batis", "tismos", "tiva", "wto_services"
    ]
    file: FilePath
    verb: str | None = Field(None, description="A verb of surveykit.trade; the table as read without one.")
    options: dict[str, Any] = Field(default_factory=dict, description="Keywords of the verb.")
    inputs: dict[str, Name] = Field(default_factory=dict, description="Keywords that are other results, by id.")
    then: list[StepSource] = Field(default_factory=list, description="Further verbs, one after the other.")
    read_options: dict[str, Any] = Field(default_factory=dict, description="Keywords of the reader.")
    illustrative: bool = Field(False, description="The table is invented; every output then says so.")
    needs: NeedsSource | None = None


class NumberSource(Block):
    """A named cell, or arithmetic on named numbers, for texts and claims."""

    of: Name | None = Field(None, description="Id of a table or model.")
    compute: Expression | None = Field(None, description="Arithmetic on other named numbers, instead of a cell.")
    row: Scalar | None = None
    column: Scalar | None = None
    layer: Scalar | None = None
    term: str | None = Field(None, description="Coefficient of a model.")
    fact: Literal["estimate", "se", "low", "high", "n", "weighted_n", "base_n", "effective_n", "p", "rows"] = "estimate"
    format: Literal["percent", "percent1", "whole", "one", "two", "three", "interval"] = "percent"


class LineSource(Block):
    """One published number beside its rebuild."""

    what: LabelSource
    published: LabelSource = Field(description="As printed.")
    rebuilt: Name | None = Field(None, description="A named number; none where it cannot be rebuilt.")
    remark: LabelSource | None = None


class ComparisonSource(Block):
    """Published numbers beside those of this page."""

    id: Name
    title: LabelSource
    source: LabelSource
    section: Name = "tables"
    lines: Annotated[list[LineSource], Field(min_length=1)]


class ListingSource(Block):
    """A table of words: literature, definitions."""

    id: Name
    title: LabelSource
    source: LabelSource | None = None
    section: Name = "tables"
    columns: Annotated[list[LabelSource], Field(min_length=1, max_length=12)]
    lines: Annotated[list[list[LabelSource]], Field(min_length=1, max_length=400)]


class TextSource(Block):
    """A paragraph; ``{name}`` is replaced by a named number."""

    section: Name = "findings"
    text: LabelSource


class SectionSource(Block):
    """A section of the page, in the order given."""

    id: Name
    title: LabelSource


class StudySource(Block):
    """A study file."""

    study: Name
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
    instrument: FilePath | None = None
    responses: ResponsesSource | None = None
    data: DataSource | None = None
    screening: ScreeningSource | None = Field(None, description="Whose answers count; {} for the rules of surveykit.")
    population: PopulationSource | None = None
    weights: WeightSets | None = Field(None, description="One set of weights, or several by name.")
    replicates: ReplicatesSource | None = None
    design: DesignSource = Field(default_factory=DesignSource)
    derived: list[DerivedSource] = Field(default_factory=list)
    samples: list[SampleSource] = Field(default_factory=list, description="Further samples, as of other surveys.")
    trade: list[TradeSource] = Field(default_factory=list)
    tables: list[TableSource] = Field(default_factory=list)
    models: list[ModelSource] = Field(default_factory=list)
    effects: list[EffectsSource] = Field(default_factory=list)
    model_tables: list[ModelTableSource] = Field(default_factory=list)
    figures: list[FigureSource] = Field(default_factory=list)
    numbers: dict[Name, NumberSource] = Field(default_factory=dict)
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
