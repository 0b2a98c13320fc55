"""The YAML shape of a study's answers, screening, population, weights, replicates and design."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from surveykit.instrument.schema import Block
from surveykit.study.schema_parts import Expression, FilePath, LabelSource, Name, Names, Scalar

__all__ = [
    "DataSource",
    "DerivedSource",
    "DesignSource",
    "DisclosureSource",
    "PopulationSource",
    "ReplicatesSource",
    "ResponsesSource",
    "SampleSource",
    "ScreeningSource",
    "TrimSource",
    "WeightSets",
    "WeightsSource",
]


class ResponsesSource(Block):
    """Answers to the study's instrument, as a platform exports them."""

    file: FilePath
    platform: str | None = Field(None, description="Platform of the export; recognised by default.")
    synthetic: bool = Field(False, description="The answers are invented; every output then says so.")
    matches: dict[str, str] = Field(default_factory=dict, description="Instrument question by export question.")
    written: dict[str, str] = Field(default_factory=dict, description="'codes' or 'labels' by question.")
    options: dict[str, Scalar] = Field(default_factory=dict, description="Options of the reader, such as sheet.")


class DataSource(Block):
    """A plain table, one row a firm, without an instrument."""

    file: FilePath
    synthetic: bool = Field(False, description="The rows are invented; every output then says so.")


class ScreeningSource(Block):
    """Whose answers count: rules of surveykit.screen; what is left out keeps its default."""

    hard: list[str] | None = Field(None, description="Flags any one of which excludes a case; * stands for any text.")
    soft: list[str | list[str]] | None = Field(None, description="Signals; flags in a list of their own count once.")
    soft_limit: Annotated[int, Field(ge=1)] | None = Field(None, description="Soft signals that exclude a case.")
    edit: bool | None = Field(None, description="Whether values that break an error rule are removed first.")
    seconds: str | None = Field(None, description="Column with the length of the interview in seconds.")
    country: str | None = Field(None, description="Country of the field.")
    field: Annotated[list[str], Field(min_length=2, max_length=2)] | None = Field(
        None, description="First and last day of the field."
    )
    burst: Annotated[int, Field(ge=2)] | None = Field(None, description="Starts within a minute that make a burst.")
    identity: list[str] | None = Field(None, description="Further columns that tell firms apart.")

    def rules(self) -> dict[str, Any]:
        """Only what the file says, for :meth:`surveykit.Rules.from_dict`."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


class PopulationSource(Block):
    """Counts of the population that the sample is weighted to: a file, or margins written out."""

    file: FilePath | None = None
    margins: dict[str, dict[str, float]] | None = Field(None, description="Count or share of each level, by variable.")
    name: str | None = None
    source: str = ""
    year: str = ""
    illustrative: bool = Field(False, description="The counts are invented; every output then says so.")


class TrimSource(Block):
    """Largest and smallest weights cut back."""

    upper: float | None = Field(None, description="Largest weight.")
    lower: float | None = Field(None, description="Smallest weight.")
    relative_to: Literal["median", "mean"] | None = Field(None, description="What upper and lower are multiples of.")
    rerake: bool = Field(True, description="Whether the margins are met again afterwards.")


class WeightsSource(Block):
    """Whom the answers stand for: one set of weights."""

    column: str | None = Field(None, description="Column of ready weights, or of base weights where margins follow.")
    margins: list[str | list[str]] = Field(default_factory=list, description="Variables to rake to, lists are crossed.")
    bounds: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        None, description="Smallest and largest factor on the base weights."
    )
    unstated: Literal["fail", "leave out"] = Field(
        "fail", description="Rows without a margin variable or size: refuse, or give them no weight and say how many."
    )
    of: Name | None = Field(None, description="Another set, whose weights these begin with.")
    times: Expression | None = Field(None, description="Size of the firm: shares are then of sales or jobs, not firms.")
    trim: TrimSource | None = None
    population: PopulationSource | None = Field(None, description="Counts of this set; the study's own by default.")
    name: LabelSource | None = Field(None, description="Name in outputs.")


def _form(value: Any) -> str:
    """Whether weights are one set, or several by name."""
    several = isinstance(value, dict) and bool(value) and all(isinstance(one, dict | Block) for one in value.values())
    return "several" if several and not set(value) <= {"population", "trim", "name"} else "one"


#: One set of weights, or several by name.
WeightSets = Annotated[
    Annotated[WeightsSource, Tag("one")]
    | Annotated[dict[Name, WeightsSource], Field(min_length=1, max_length=20), Tag("several")],
    Discriminator(_form),
]


class ReplicatesSource(Block):
    """Replicate weights: made from the design, or columns of the data. Every variance then comes from them."""

    kind: str = Field(description="As of surveykit.replicate (bootstrap, JK1, BRR ...) or surveykit.replicate_weights.")
    replicates: Annotated[int, Field(ge=2, le=10_000)] | None = Field(None, description="How many are made.")
    seed: int | None = Field(None, description="Of kinds that draw at random.")
    rho: float | None = Field(None, description="Fay's coefficient.")
    mse: bool | None = Field(None, description="Whether deviations are measured from the full-sample estimate.")
    recalibrate: bool = Field(True, description="Whether every replicate is raked again, where weights were raked.")
    columns: str | Names | None = Field(
        None, description="Columns of supplied replicates: a list, or a name in which * stands for any text."
    )
    scale: float | None = Field(None, description="columns: factor of the variance.")
    rscales: list[float] | None = Field(None, description="columns: factor of each replicate.")
    combined: bool = Field(True, description="columns: whether they hold weights, or factors on the weight.")
    df: float | None = Field(None, description="columns: degrees of freedom.")


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

    id: Name
    value: Expression
    label: LabelSource | None = None
    levels: dict[str, LabelSource] = Field(default_factory=dict, description="Words of its levels.")


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

    id: Name
    title: LabelSource
    instrument: FilePath | None = None
    responses: ResponsesSource | None = None
    data: DataSource | None = None
    screening: ScreeningSource | None = None
    population: PopulationSource | None = None
    weights: WeightSets | None = None
    replicates: ReplicatesSource | None = None
    design: DesignSource = Field(default_factory=DesignSource)
    derived: list[DerivedSource] = Field(default_factory=list)
    disclosure: DisclosureSource = Field(default_factory=DisclosureSource)
