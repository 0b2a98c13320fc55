# Written by `make format` from the list in __init__.py: change it there.

from surveykit import classifications as classifications
from surveykit import trade as trade
from surveykit.design import Design as Design
from surveykit.design import HartleyRao as HartleyRao
from surveykit.design import JointProbabilities as JointProbabilities
from surveykit.design import TwoPhase as TwoPhase
from surveykit.errors import SurveykitError as SurveykitError
from surveykit.errors import SurveykitWarning as SurveykitWarning
from surveykit.estimation.agreement import cronbach_alpha as cronbach_alpha
from surveykit.estimation.agreement import kappa as kappa
from surveykit.estimation.comparisons.adjusted import AdjustedComparison as AdjustedComparison
from surveykit.estimation.comparisons.adjusted import adjusted_comparison as adjusted_comparison
from surveykit.estimation.comparisons.decomposition import oaxaca_blinder as oaxaca_blinder
from surveykit.estimation.comparisons.mediation import mediation as mediation
from surveykit.estimation.comparisons.nonlinear_decomposition import fairlie as fairlie
from surveykit.estimation.crosstabs.crosstab import crosstab as crosstab
from surveykit.estimation.crosstabs.loglinear import loglinear as loglinear
from surveykit.estimation.crosstabs.loglinear import loglinear_test as loglinear_test
from surveykit.estimation.crosstabs.table_tests import goodness_of_fit as goodness_of_fit
from surveykit.estimation.custom import estimate as estimate
from surveykit.estimation.describe import describe as describe
from surveykit.estimation.descriptive import count as count
from surveykit.estimation.descriptive import mean as mean
from surveykit.estimation.descriptive import proportion as proportion
from surveykit.estimation.descriptive import ratio as ratio
from surveykit.estimation.descriptive import total as total
from surveykit.estimation.effects.marginal import average_marginal_effects as average_marginal_effects
from surveykit.estimation.effects.marginal import marginal_means as marginal_means
from surveykit.estimation.effects.marginal import predictive_margins as predictive_margins
from surveykit.estimation.group_tests import rank_test as rank_test
from surveykit.estimation.group_tests import t_test as t_test
from surveykit.estimation.industry import FirmIndustry as FirmIndustry
from surveykit.estimation.industry import attach_industry as attach_industry
from surveykit.estimation.industry import two_level_regression as two_level_regression
from surveykit.estimation.industry import wild_cluster_bootstrap as wild_cluster_bootstrap
from surveykit.estimation.inequality.inequality import atkinson as atkinson
from surveykit.estimation.inequality.inequality import gini as gini
from surveykit.estimation.inequality.inequality import lorenz as lorenz
from surveykit.estimation.inequality.inequality import quantile_share_ratio as quantile_share_ratio
from surveykit.estimation.inequality.inequality import top_share as top_share
from surveykit.estimation.likelihoods.proportional_odds import proportional_odds_test as proportional_odds_test
from surveykit.estimation.models.comparisons import r_squared as r_squared
from surveykit.estimation.models.comparisons import sequential_tests as sequential_tests
from surveykit.estimation.models.likelihood_intervals import profile_intervals as profile_intervals
from surveykit.estimation.models.model import Model as Model
from surveykit.estimation.models.table import model_table as model_table
from surveykit.estimation.models.tests import likelihood_ratio_test as likelihood_ratio_test
from surveykit.estimation.models.tests import score_test as score_test
from surveykit.estimation.models.tests import wald_test as wald_test
from surveykit.estimation.pooling.pooling import Pooled as Pooled
from surveykit.estimation.pooling.pooling import imputed_survey as imputed_survey
from surveykit.estimation.pooling.pooling import pool as pool
from surveykit.estimation.pooling.pooling import pooled_likelihood_ratio_test as pooled_likelihood_ratio_test
from surveykit.estimation.pooling.pooling import pooled_wald_test as pooled_wald_test
from surveykit.estimation.quantiles.cdf import cdf as cdf
from surveykit.estimation.quantiles.quantiles import quantile as quantile
from surveykit.estimation.regression.instrumental import first_stage as first_stage
from surveykit.estimation.regression.instrumental import instrumental as instrumental
from surveykit.estimation.regression.nonlinear import nonlinear as nonlinear
from surveykit.estimation.regression.quantile_regression import quantile_regression as quantile_regression
from surveykit.estimation.regression.regression import regress as regress
from surveykit.estimation.robustness.bands import band_sensitivity as band_sensitivity
from surveykit.estimation.robustness.coefficient_stability import oster_bounds as oster_bounds
from surveykit.estimation.robustness.confounders import ConfounderSensitivity as ConfounderSensitivity
from surveykit.estimation.robustness.confounders import confounder_sensitivity as confounder_sensitivity
from surveykit.estimation.robustness.e_values import e_value as e_value
from surveykit.estimation.robustness.specifications import adjust_p_values as adjust_p_values
from surveykit.estimation.robustness.specifications import leave_one_out as leave_one_out
from surveykit.estimation.robustness.specifications import placebo_outcomes as placebo_outcomes
from surveykit.estimation.robustness.specifications import specification_curve as specification_curve
from surveykit.estimation.sensitivity import selection_bounds as selection_bounds
from surveykit.estimation.sensitivity import sensitivity as sensitivity
from surveykit.estimation.spread import correlation as correlation
from surveykit.estimation.spread import covariance as covariance
from surveykit.estimation.spread import variance as variance
from surveykit.estimation.standardise import standardised_mean as standardised_mean
from surveykit.estimation.structure.components import principal_components as principal_components
from surveykit.estimation.structure.factors import factor_analysis as factor_analysis
from surveykit.estimation.structure.factors import omega as omega
from surveykit.estimation.structure.forests import forest_importance as forest_importance
from surveykit.estimation.structure.polychoric import polychoric_correlation as polychoric_correlation
from surveykit.estimation.structure.segments import Segments as Segments
from surveykit.estimation.structure.segments import segment_numbers as segment_numbers
from surveykit.estimation.structure.segments import segments as segments
from surveykit.estimation.survival.cox import cox as cox
from surveykit.estimation.survival.cox import log_rank as log_rank
from surveykit.estimation.survival.curves import kaplan_meier as kaplan_meier
from surveykit.estimation.survival.parametric import survival_regression as survival_regression
from surveykit.estimation.tabulation import banner_tables as banner_tables
from surveykit.estimation.tabulation import topline as topline
from surveykit.estimation.two_level.model import TwoLevelModel as TwoLevelModel
from surveykit.estimation.two_level.random_intercepts import random_intercepts as random_intercepts
from surveykit.instrument import Instrument as Instrument
from surveykit.instrument import read_instrument as read_instrument
from surveykit.publishing import figure as figure
from surveykit.publishing import published as published
from surveykit.publishing import render as render
from surveykit.publishing import save as save
from surveykit.quality import Rules as Rules
from surveykit.quality import edit as edit
from surveykit.quality import exclusion_flow as exclusion_flow
from surveykit.quality import item_nonresponse as item_nonresponse
from surveykit.quality import outcome_rates as outcome_rates
from surveykit.quality import publisher_table as publisher_table
from surveykit.quality import read_rules as read_rules
from surveykit.quality import replay as replay
from surveykit.quality import screen as screen
from surveykit.quality.imputation import impute as impute
from surveykit.quality.imputation_records import Imputed as Imputed
from surveykit.replication import recalibrate as recalibrate
from surveykit.replication import replicate as replicate
from surveykit.replication import replicate_weights as replicate_weights
from surveykit.responses import Export as Export
from surveykit.responses import Responses as Responses
from surveykit.responses import draft_instrument as draft_instrument
from surveykit.responses import for_analysis as for_analysis
from surveykit.responses import indicators as indicators
from surveykit.responses import read_export as read_export
from surveykit.responses import read_responses as read_responses
from surveykit.responses.plan import plan as plan
from surveykit.responses.simulation import read_targets as read_targets
from surveykit.responses.simulation import simulate as simulate
from surveykit.responses.simulation import target_table as target_table
from surveykit.results import Estimate as Estimate
from surveykit.results import Table as Table
from surveykit.results import TableBook as TableBook
from surveykit.results import TestResult as TestResult
from surveykit.survey import Survey as Survey
from surveykit.weighting import Population as Population
from surveykit.weighting import Replicates as Replicates
from surveykit.weighting import WeightSets as WeightSets
from surveykit.weighting import WeightSummary as WeightSummary
from surveykit.weighting import Weights as Weights
from surveykit.weighting import base_weights as base_weights
from surveykit.weighting import calibrate as calibrate
from surveykit.weighting import post_stratify as post_stratify
from surveykit.weighting import rake as rake
from surveykit.weighting import read_population as read_population
from surveykit.weighting import times_size as times_size
from surveykit.weighting import trim as trim
from surveykit.weighting.nonprobability import doubly_robust as doubly_robust
from surveykit.weighting.nonprobability import inverse_propensity as inverse_propensity
from surveykit.weighting.nonresponse import adjust_nonresponse as adjust_nonresponse

__version__: str
_FACE: dict[str, str]
_MODULES: dict[str, str]
__all__ = [
    "__version__",
    "SurveykitError",
    "SurveykitWarning",
    "Instrument",
    "read_instrument",
    "Export",
    "read_export",
    "indicators",
    "draft_instrument",
    "Responses",
    "read_responses",
    "for_analysis",
    "read_targets",
    "simulate",
    "target_table",
    "plan",
    "Design",
    "HartleyRao",
    "JointProbabilities",
    "TwoPhase",
    "Rules",
    "screen",
    "read_rules",
    "replay",
    "edit",
    "exclusion_flow",
    "item_nonresponse",
    "outcome_rates",
    "publisher_table",
    "impute",
    "Imputed",
    "Weights",
    "Replicates",
    "Population",
    "read_population",
    "base_weights",
    "post_stratify",
    "rake",
    "calibrate",
    "trim",
    "times_size",
    "WeightSets",
    "WeightSummary",
    "adjust_nonresponse",
    "inverse_propensity",
    "doubly_robust",
    "Survey",
    "replicate",
    "replicate_weights",
    "recalibrate",
    "Estimate",
    "Table",
    "TableBook",
    "TestResult",
    "mean",
    "total",
    "ratio",
    "proportion",
    "count",
    "variance",
    "covariance",
    "correlation",
    "quantile",
    "cdf",
    "gini",
    "quantile_share_ratio",
    "atkinson",
    "lorenz",
    "top_share",
    "describe",
    "crosstab",
    "topline",
    "banner_tables",
    "goodness_of_fit",
    "loglinear",
    "loglinear_test",
    "t_test",
    "rank_test",
    "regress",
    "Model",
    "proportional_odds_test",
    "instrumental",
    "first_stage",
    "nonlinear",
    "cox",
    "log_rank",
    "kaplan_meier",
    "survival_regression",
    "quantile_regression",
    "FirmIndustry",
    "attach_industry",
    "two_level_regression",
    "wild_cluster_bootstrap",
    "TwoLevelModel",
    "random_intercepts",
    "AdjustedComparison",
    "adjusted_comparison",
    "oaxaca_blinder",
    "fairlie",
    "mediation",
    "model_table",
    "specification_curve",
    "band_sensitivity",
    "leave_one_out",
    "placebo_outcomes",
    "adjust_p_values",
    "ConfounderSensitivity",
    "confounder_sensitivity",
    "oster_bounds",
    "e_value",
    "standardised_mean",
    "principal_components",
    "polychoric_correlation",
    "factor_analysis",
    "omega",
    "Segments",
    "segments",
    "segment_numbers",
    "forest_importance",
    "average_marginal_effects",
    "predictive_margins",
    "marginal_means",
    "wald_test",
    "likelihood_ratio_test",
    "score_test",
    "sequential_tests",
    "r_squared",
    "profile_intervals",
    "kappa",
    "cronbach_alpha",
    "estimate",
    "pool",
    "Pooled",
    "imputed_survey",
    "pooled_wald_test",
    "pooled_likelihood_ratio_test",
    "sensitivity",
    "selection_bounds",
    "published",
    "render",
    "save",
    "classifications",
    "trade",
    "figure",
]
