"""surveykit: firm surveys from the questionnaire to the printed figure.

The nouns, in the order in which the data meet them:

Instrument
    what was asked: questions, options with their band edges, routing, checks
Responses
    what was answered, coded to the instrument, everyone kept and marked
Design, Weights
    how the sample was drawn, and whom each answer stands for
Survey
    responses, design and weights together; what every verb takes first
Estimate, Table
    what verbs return: numbers with their standard errors, bases and definitions

Verbs are functions: they take the noun first and return a new noun.

>>> import surveykit as sk
>>> sk.SurveykitError.__name__
'SurveykitError'

Importing the package loads none of it: each name below is fetched from its room on first use.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

# The public face: each name and the module, below surveykit, that defines it. It is the only list of public names; its
# order and headings are those of the documentation. To publish a name, add a line under its room, then `make format`,
# which writes the stub __init__.pyi that type checkers and editors read. List only what exists: a test fetches each.
_FACE = {
    # errors
    "SurveykitError": "errors",
    "SurveykitWarning": "errors",
    # instrument
    "Instrument": "instrument",
    "read_instrument": "instrument",
    # responses
    "Export": "responses",
    "read_export": "responses",
    "indicators": "responses",
    "draft_instrument": "responses",
    "Responses": "responses",
    "read_responses": "responses",
    "for_analysis": "responses",
    "read_targets": "responses.simulation",
    "simulate": "responses.simulation",
    "target_table": "responses.simulation",
    "plan": "responses.plan",
    # design
    "Design": "design",
    "HartleyRao": "design",
    "JointProbabilities": "design",
    "TwoPhase": "design",
    # quality
    "Rules": "quality",
    "screen": "quality",
    "read_rules": "quality",
    "replay": "quality",
    "edit": "quality",
    "exclusion_flow": "quality",
    "item_nonresponse": "quality",
    "outcome_rates": "quality",
    "publisher_table": "quality",
    "impute": "quality.imputation",
    "Imputed": "quality.imputation_records",
    # weighting
    "Weights": "weighting",
    "Replicates": "weighting",
    "Population": "weighting",
    "read_population": "weighting",
    "base_weights": "weighting",
    "post_stratify": "weighting",
    "rake": "weighting",
    "calibrate": "weighting",
    "trim": "weighting",
    "times_size": "weighting",
    "WeightSets": "weighting",
    "WeightSummary": "weighting",
    "adjust_nonresponse": "weighting.nonresponse",
    "inverse_propensity": "weighting.nonprobability",
    "doubly_robust": "weighting.nonprobability",
    # survey
    "Survey": "survey",
    # replication
    "replicate": "replication",
    "replicate_weights": "replication",
    "recalibrate": "replication",
    # results
    "Estimate": "results",
    "Table": "results",
    "TableBook": "results",
    "TestResult": "results",
    # estimation
    "mean": "estimation.descriptive",
    "total": "estimation.descriptive",
    "ratio": "estimation.descriptive",
    "proportion": "estimation.descriptive",
    "count": "estimation.descriptive",
    "variance": "estimation.spread",
    "covariance": "estimation.spread",
    "correlation": "estimation.spread",
    "quantile": "estimation.quantiles.quantiles",
    "cdf": "estimation.quantiles.cdf",
    "gini": "estimation.inequality.inequality",
    "quantile_share_ratio": "estimation.inequality.inequality",
    "atkinson": "estimation.inequality.inequality",
    "lorenz": "estimation.inequality.inequality",
    "top_share": "estimation.inequality.inequality",
    "describe": "estimation.describe",
    "crosstab": "estimation.crosstabs.crosstab",
    "topline": "estimation.tabulation",
    "banner_tables": "estimation.tabulation",
    "goodness_of_fit": "estimation.crosstabs.table_tests",
    "loglinear": "estimation.crosstabs.loglinear",
    "loglinear_test": "estimation.crosstabs.loglinear",
    "t_test": "estimation.group_tests",
    "rank_test": "estimation.group_tests",
    "regress": "estimation.regression.regression",
    "Model": "estimation.models.model",
    "proportional_odds_test": "estimation.likelihoods.proportional_odds",
    "instrumental": "estimation.regression.instrumental",
    "first_stage": "estimation.regression.instrumental",
    "nonlinear": "estimation.regression.nonlinear",
    "cox": "estimation.survival.cox",
    "log_rank": "estimation.survival.cox",
    "kaplan_meier": "estimation.survival.curves",
    "survival_regression": "estimation.survival.parametric",
    "quantile_regression": "estimation.regression.quantile_regression",
    "FirmIndustry": "estimation.industry",
    "attach_industry": "estimation.industry",
    "two_level_regression": "estimation.industry",
    "wild_cluster_bootstrap": "estimation.industry",
    "TwoLevelModel": "estimation.two_level.model",
    "random_intercepts": "estimation.two_level.random_intercepts",
    "AdjustedComparison": "estimation.comparisons.adjusted",
    "adjusted_comparison": "estimation.comparisons.adjusted",
    "oaxaca_blinder": "estimation.comparisons.decomposition",
    "fairlie": "estimation.comparisons.nonlinear_decomposition",
    "mediation": "estimation.comparisons.mediation",
    "model_table": "estimation.models.table",
    "specification_curve": "estimation.robustness.specifications",
    "band_sensitivity": "estimation.robustness.bands",
    "leave_one_out": "estimation.robustness.specifications",
    "placebo_outcomes": "estimation.robustness.specifications",
    "adjust_p_values": "estimation.robustness.specifications",
    "ConfounderSensitivity": "estimation.robustness.confounders",
    "confounder_sensitivity": "estimation.robustness.confounders",
    "oster_bounds": "estimation.robustness.coefficient_stability",
    "e_value": "estimation.robustness.e_values",
    "standardised_mean": "estimation.standardise",
    "principal_components": "estimation.structure.components",
    "polychoric_correlation": "estimation.structure.polychoric",
    "factor_analysis": "estimation.structure.factors",
    "omega": "estimation.structure.factors",
    "Segments": "estimation.structure.segments",
    "segments": "estimation.structure.segments",
    "segment_numbers": "estimation.structure.segments",
    "forest_importance": "estimation.structure.forests",
    "average_marginal_effects": "estimation.effects.marginal",
    "predictive_margins": "estimation.effects.marginal",
    "marginal_means": "estimation.effects.marginal",
    "wald_test": "estimation.models.tests",
    "likelihood_ratio_test": "estimation.models.tests",
    "score_test": "estimation.models.tests",
    "sequential_tests": "estimation.models.comparisons",
    "r_squared": "estimation.models.comparisons",
    "profile_intervals": "estimation.models.likelihood_intervals",
    "kappa": "estimation.agreement",
    "cronbach_alpha": "estimation.agreement",
    "estimate": "estimation.custom",
    "pool": "estimation.pooling.pooling",
    "Pooled": "estimation.pooling.pooling",
    "imputed_survey": "estimation.pooling.pooling",
    "pooled_wald_test": "estimation.pooling.pooling",
    "pooled_likelihood_ratio_test": "estimation.pooling.pooling",
    "sensitivity": "estimation.sensitivity",
    "selection_bounds": "estimation.sensitivity",
    # publishing
    "published": "publishing",
    "render": "publishing",
    "save": "publishing",
}

# Modules that are used whole, as in `sk.trade.read_icio(...)`.
_MODULES: dict[str, str] = {
    "classifications": "classifications",
    "trade": "trade",
    "figure": "publishing.figure",
}

__all__ = ["__version__", *_FACE, *_MODULES]  # noqa: PLE0604 - the names are strings, from the two lists above


def __getattr__(name: str) -> object:
    """Fetch a public name from its room on first use, and keep it."""
    if name in _FACE:
        value = getattr(import_module(f"{__name__}.{_FACE[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"{__name__}.{_MODULES[name]}")
    else:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _PublicFace(ModuleType):
    """The package as a module in which a verb may have the name of a room.

    Importing the room ``surveykit.variance`` would otherwise put the module in the place of the verb ``sk.variance``.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _FACE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _PublicFace
