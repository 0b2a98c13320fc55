"""Models of a study, their effects, and models side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from surveykit.errors import StudyError
from surveykit.estimation.effects.marginal import average_marginal_effects, marginal_means, predictive_margins
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.table import model_table
from surveykit.estimation.regression.instrumental import instrumental
from surveykit.estimation.regression.nonlinear import nonlinear
from surveykit.estimation.regression.quantile_regression import quantile_regression
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.survival.cox import cox
from surveykit.estimation.survival.parametric import survival_regression
from surveykit.results import Estimate, Table
from surveykit.study.calling import called
from surveykit.study.loading import Study
from surveykit.study.schema_models import EffectsSource, ModelSource, ModelTableSource
from surveykit.study.side_by_side import joined_weights
from surveykit.survey import Survey

__all__ = ["fitted", "made_effects", "models_beside"]

_METHODS: Mapping[str, Callable[..., Model]] = {
    "regress": regress,
    "quantile_regression": quantile_regression,
    "instrumental": instrumental,
    "nonlinear": nonlinear,
    "cox": cox,
    "survival_regression": survival_regression,
}
_EFFECTS: Mapping[str, Callable[..., Estimate]] = {
    "average_marginal_effects": average_marginal_effects,
    "predictive_margins": predictive_margins,
    "marginal_means": marginal_means,
}
#: Options whose values are pairs, which a file writes as lists.
_PAIRS = ("limits",)


def fitted(study: Study, shape: ModelSource, survey: Survey) -> Model:
    """Fit one model as the study file says.

    Raises
    ------
    SurveykitError
        If an option is not one of the verb, or the model cannot be fitted.
    """
    where = study.where("models", study.shape.models.index(shape))
    options: dict[str, Any] = {
        name: tuple(value) if name in _PAIRS and isinstance(value, list) else value
        for name, value in shape.options.items()
    }
    for name in ("family", "link"):
        if (value := getattr(shape, name)) is not None:
            options[name] = value
    found = called(_METHODS[shape.method], options, where=where, first=(survey, shape.formula))
    assert isinstance(found, Model)
    return found


def made_effects(study: Study, shape: EffectsSource, model: Estimate | Table) -> Estimate:
    """Compute the effects of a model.

    Raises
    ------
    SurveykitError
        If there are none: the model stands under several weights, or a variable is not in it.
    """
    where = study.where("effects", study.shape.effects.index(shape))
    if not isinstance(model, Model):
        raise StudyError(
            f"Effects are of one model, and '{shape.of}' stands under several weights.",
            where=where,
            remedy="Make a model for each set of weights and show their effects in model_tables.",
        )
    given = {"variables": shape.variables, "by": shape.by, "at": shape.at or None}
    given |= {"compare": shape.compare, "variance": shape.variance}
    options = {name: value for name, value in given.items() if value is not None}
    found = called(_EFFECTS[shape.effect], options, where=where, first=(model,))
    assert isinstance(found, Estimate)
    return found


def models_beside(study: Study, shape: ModelTableSource, records: Mapping[str, Estimate | Table]) -> Table:
    """Models, or effects, side by side.

    Raises
    ------
    SurveykitError
        If one of them is a table already, or they do not fit together.
    """
    where = study.where("model_tables", study.shape.model_tables.index(shape))
    single: dict[str, Estimate] = {}
    for name, record in records.items():
        if isinstance(record, Table):
            raise StudyError(
                f"'{name}' stands under several weights.", where=where, remedy="Name models with one set of weights."
            )
        single[name] = record
    return replace(model_table(single, terms=shape.terms), weight=joined_weights(single.values()))
