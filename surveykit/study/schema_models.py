"""The YAML shape of models, of their effects, and of models side by side."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from surveykit.study.schema_parts import Expression, LabelSource, Name, Names, OutputSource, Scalar, WeightChoice

__all__ = ["EffectsSource", "ModelSource", "ModelTableSource"]


class ModelSource(OutputSource):
    """One regression."""

    formula: Expression
    method: Literal["regress", "quantile_regression", "instrumental", "nonlinear", "cox", "survival_regression"] = (
        Field("regress", description="Verb of surveykit that fits it.")
    )
    family: str | None = Field(
        None, description="regress: gaussian (default), binomial, poisson, ordered_logit, multinomial, interval ..."
    )
    link: str | None = Field(None, description="regress: link of a generalised linear model.")
    options: dict[str, Any] = Field(default_factory=dict, description="Further keywords of the verb.")
    sample: Name | None = Field(None, description="Id of one of 'samples'; the study's own sample without one.")
    where: Expression | None = Field(None, description="Domain; no row is dropped.")
    weights: WeightChoice | None = None
    labels: dict[str, LabelSource] = Field(default_factory=dict, description="What is printed for each term.")


class EffectsSource(OutputSource):
    """Effects of one model: what it says in units of the outcome, or in probabilities of its categories."""

    of: Name = Field(description="Id of a model.")
    effect: Literal["average_marginal_effects", "predictive_margins", "marginal_means"] = "average_marginal_effects"
    variables: Expression | Names | None = Field(None, description="Of the model; all by default.")
    by: Expression | Names | None = Field(None, description="Groups within which to average.")
    at: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict, description="Values at which others are held.")
    compare: Literal["reference", "sequential", "pairwise"] | None = Field(
        None, description="average_marginal_effects: which levels of a category are compared."
    )
    variance: Literal["linearised", "additive", "conditional"] | None = None
    labels: dict[str, LabelSource] = Field(default_factory=dict, description="What is printed for a variable or level.")
    show: Literal["estimate", "se", "interval"] = "interval"
    decimals: Annotated[int, Field(ge=0, le=12)] | None = None


class ModelTableSource(OutputSource):
    """Several models, or their effects, side by side."""

    models: Annotated[list[Name], Field(min_length=1, max_length=20, description="Ids of models or of effects.")]
    headings: dict[Name, LabelSource] = Field(default_factory=dict, description="What stands above each, by its id.")
    terms: Names | None = Field(None, description="Only these rows, in this order.")
    labels: dict[str, LabelSource] = Field(default_factory=dict, description="What is printed for each term.")
    show: Literal["estimate", "se", "interval"] = "se"
    decimals: Annotated[int, Field(ge=0, le=12)] = 3
