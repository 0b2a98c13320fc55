"""Where another answer than R's is right: predicates on the call and on what came out, each with its reason.

A predicate sees the entry, surveykit's answer or refusal, and the comparison. It returns the reason or None; a reason
cites a row of the specification ("What surveykit does where R is wrong or silent", "Traps") or gives a derivation. What
no predicate explains stays a failure. Nothing here looks at the name of an entry or of a data set.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from surveykit.errors import DataError, DesignError, EstimationError
from tests.oracles.answers import Cells, Points, Stat
from tests.oracles.better_likelihoods import LIKELIHOOD_CASES
from tests.oracles.better_models import MODEL_CASES
from tests.oracles.better_weights import WEIGHT_CASES
from tests.oracles.case import Case, drops_missing, has_missing
from tests.oracles.functions.imputation import Combined
from tests.oracles.pack import number
from tests.oracles.sample import Sample
from tests.oracles.syntax import deparse
from tests.oracles.verbs import verb

__all__ = ["CASES"]


def missing_values_refused(case: Case) -> str | None:
    """R without na.rm answers NA, or a number whose interval is not one."""
    if not isinstance(case.refusal, EstimationError) or "missing" not in str(case.refusal):
        return None
    numbers = case.recorded("estimates", "ses", "ci95", "variables", "p_value", "statistic")
    if drops_missing(case.call) or not has_missing(case) or not any(np.isnan(numbers)):
        return None
    return (
        'row "NA in a variable": without na.rm R answers NA or a number without an interval; surveykit refuses, says '
        'how many rows are missing, and drops them only when asked (missing="drop")'
    )


def missing_values_dropped(case: Case) -> str | None:
    """R's methods disagree on missing answers: some drop them but lose the standard error."""
    if case.comparison is None or not isinstance(case.answer, Stat) or not case.off <= {"ses", "variance", "vcov"}:
        return None
    if drops_missing(case.call) or not has_missing(case) or not all(np.isnan(case.recorded(*case.off))):
        return None
    return (
        "trap 14 (svyciprop with NA is inconsistent): estimate and interval agree on the answers there are; R has no "
        "standard error, surveykit has"
    )


def tests_of_answers(case: Case) -> str | None:
    """R's tests of one mean answer NaN where an answer is missing."""
    if not case.calls("svyttest") or case.comparison is None or not has_missing(case):
        return None
    if drops_missing(case.call) or not all(np.isnan(case.recorded("statistic", "p_value", "estimates"))):
        return None
    return 'row "NA in a variable": tests leave rows without an answer out and say how many; R answers NaN'


def empty_domain(case: Case) -> str | None:
    """R answers 0 with a standard error of 0 (or drops the line) where nothing is left."""
    stat = case.answer.stat if isinstance(case.answer, Cells) else case.answer
    if case.comparison is None or not isinstance(stat, Stat):
        return None
    nothing = (stat.estimate.weighted_n == 0)[list(stat.order)]
    if not nothing.all() or not np.isnan(stat.values).all():
        return None
    if not all(value == 0 or not np.isfinite(value) for value in case.recorded("estimates", "ses")):
        return None
    return 'row "empty domain, zero-weight domain": missing, with a warning that names the domain; R says 0 with SE 0'


def zero_denominator(case: Case) -> str | None:
    """A ratio over a total of zero is infinite in R."""
    if not case.calls("svyratio") or case.comparison is None or not isinstance(case.answer, Stat):
        return None
    if not np.isinf(case.recorded("estimates")).any() or not np.isnan(case.answer.values).all():
        return None
    return 'row "empty domain, zero-weight domain": a ratio to a total of zero is missing; R says Inf with NaN'


def negative_weights(case: Case) -> str | None:
    """R takes negative weights without a word."""
    if isinstance(case.refusal, DataError) and "negative" in str(case.refusal) and "weights" in str(case.refusal):
        return 'row "negative, NaN or infinite weights": an error with the rows; R accepts them silently (trap 9)'
    return None


def population_varies(case: Case) -> str | None:
    """R only warns where the fpc varies inside a stratum."""
    warned = any("varies within strata" in warning for warning in case.entry.warnings)
    if warned and isinstance(case.refusal, DesignError | DataError) and "fpc" in str(case.refusal):
        return 'row "fpc varying inside a stratum, fpc below the sample size": an error; R only warns (trap 9)'
    return None


def no_average_to_lend(case: Case) -> str | None:
    """lonely="average" where every stratum is lonely."""
    averaged = case.entry.options.get("survey.lonely.psu") == "average"
    if averaged and isinstance(case.refusal, DesignError) and all(np.isnan(case.recorded("ses"))):
        return "trap 10: with one unit in every stratum there is no average variance; R answers NaN, surveykit refuses"
    return None


def exact_at_the_edge(case: Case) -> str | None:
    """A share of 0 or 1 has no symmetric interval: R gives NaN, a point, or noise near 1e-11."""
    stat, sample = case.answer, case.sample()
    if not case.calls("svyciprop") or not isinstance(stat, Stat) or sample is None or stat.values[0] not in (0.0, 1.0):
        return None
    if case.comparison is not None and not case.off <= {"ci95", "ses", "variance", "estimates"}:
        return None
    weights = sample.survey.engine.weights(sample.survey.index)
    variable = sample.values(case.call.operands[0].operands[0])  # type: ignore[union-attr]
    used = weights[~variable.isna().to_numpy()]
    size = used.sum() ** 2 / (used**2).sum()
    bound = 0.025 ** (1 / size)  # Clopper-Pearson with all or no successes in n trials: (alpha/2)^(1/n)
    expected = (bound, 1.0) if stat.values[0] == 1.0 else (0.0, 1 - bound)
    if not np.allclose(stat.intervals()["ci95"][0], expected, rtol=1e-9):
        return None
    return (
        'row "proportion at 0 or 1": exact (Clopper-Pearson) interval on n / (1 + cv²(w)); R gives NaN, a point or an '
        "error (trap 4)"
    )


def rows_without_answer_counted(case: Case) -> str | None:
    """R's beta and likelihood intervals count rows that have no answer.

    For "beta" the t quantile of the sample size has n of all rows; for "likelihood" the weights of the likelihood have
    mean one over all rows, so that it is scaled by the mean weight of those that answered over that of all.
    """
    stat, sample = case.answer, case.sample()
    if (
        not case.calls("svyciprop")
        or not isinstance(stat, Stat)
        or sample is None
        or not case.off <= {"ci95", "ses", "variance"}
    ):
        return None
    if not has_missing(case) or stat.estimate.interval is None:
        return None
    ends = np.array(case.recorded("ci95"))
    weights = sample.survey.engine.weights(sample.survey.index)
    used = ~sample.values(case.columns_in(sample)[0]).isna().to_numpy()
    p, variance, df, n = stat.values[0], stat.ses[0] ** 2, stat.df, len(weights)
    if stat.estimate.method == "beta":
        size = p * (1 - p) / variance * (stats.t.ppf(0.975, n - 1) / stats.t.ppf(0.975, df)) ** 2
        as_r = (
            stats.beta.ppf(0.025, p * size, size - p * size + 1),
            stats.beta.ppf(0.975, p * size + 1, size - p * size),
        )
        tolerance = 1e-8
    else:
        inflation = weights[used].mean() / weights.mean()
        limit = stats.t.ppf(0.975, df) ** 2 * used.sum() / (used.sum() - 1) * inflation
        ratios = [2 * p * (1 - p) / variance * _divergence(p, end) / limit for end in ends]
        as_r, tolerance = tuple(ends * np.where(np.abs(np.array(ratios) - 1) < 1e-3, 1, np.nan)), 1e-12
    if not np.allclose(as_r, ends, rtol=tolerance):
        return None
    return (
        'row "NA in a variable": n is the number of answers; R\'s interval is reproduced to its own precision by '
        "counting rows without an answer as well"
    )


def _divergence(p: float, q: float) -> float:
    return float(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))


def empty_level(case: Case) -> str | None:
    """A table or a comparison with a level that no row of positive weight has."""
    if not isinstance(case.refusal, EstimationError) or not case.calls("svychisq", "svyttest", "svyranktest"):
        return None
    if not all(np.isnan(case.recorded("statistic", "p_value"))):
        return None
    return "trap 7: a level without a row of positive weight; R answers NaN, surveykit refuses and names the level"


def answers_counted(case: Case) -> str | None:
    """R scales tables to all rows of the design, those without an answer included."""
    if not case.calls("svychisq") or not case.off or not case.off <= {"observed", "expected"} or not has_missing(case):
        return None
    fields = case.answer.fields()
    observed, expected = np.array(case.recorded("observed")), np.array(case.recorded("expected"))
    factors = np.concatenate([observed / fields["observed"], expected / fields["expected"]])
    if not np.allclose(factors, observed.sum() / np.sum(fields["observed"]), rtol=1e-9):
        return None
    return 'row "NA in a variable": tables add to the number of answers; R adds the rows without an answer'


def jackknife_quantiles(case: Case) -> str | None:
    """R warns, if at all, and answers."""
    if not isinstance(case.refusal, EstimationError | DesignError) or not case.calls("svyquantile"):
        return None
    sample = case.sample()
    if sample is None or sample.survey.replicates is None or sample.survey.replicates.kind not in ("JK1", "JKn"):
        return None
    return 'row "quantiles under JK1/JKn": direct replicate quantiles are refused under the delete-one jackknife'


def unit_without_weight(case: Case) -> str | None:
    """R's rank counts the replicate that leaves out a unit which weighs nothing."""
    if case.off != {"df"} or not case.calls("as.svrepdesign") or not isinstance(case.answer, Sample):
        return None
    linearised = case.session.pack.designs.get(case.entry.design_id, {}).get("degf")
    weights = case.answer.survey.engine.weights(case.answer.survey.index)
    if linearised is None or case.answer.own_df != float(linearised) or (weights > 0).all():
        return None
    return (
        "derivation: units that weigh nothing give no degree of freedom, as R itself has it for the linearised design"
    )


def calibration_that_r_cannot_do(case: Case) -> str | None:
    """R 4.5 stops in calibrating replicate weights that it did not compress."""
    if case.entry.error is None or not case.calls("calibrate") or not isinstance(case.answer, Sample):
        return None
    if case.answer.survey.replicates is None or "TRUE/FALSE" not in case.entry.error:
        return None
    weights = case.answer.survey.engine.weights(case.answer.survey.index)
    totals = case.session.evaluate(case.call.operands[2])
    if totals.names[0] != "(Intercept)" or not np.isclose(weights.sum(), totals.values[0], rtol=1e-9):
        return None
    return (
        "derivation: R stops on a defect of its own (trap 13 and its neighbours); the weights made here meet the totals"
    )


def score_ends_of_no_test(case: Case) -> str | None:
    """The ends of R's "score" interval of a quantile are not where a test of the share turns."""
    if not case.calls("svyquantile") or not isinstance(case.answer, Points) or case.sample() is None:
        return None
    kinds = [item.value for item in case.call.arguments if item.name == "interval.type" and item.value is not None]
    if not any(deparse(kind) == '"score"' for kind in kinds):
        return None
    if any(".estimates" in name or ".p" in name for name in case.off):
        return None
    for variable, found in case.answer.variables.items():
        recorded = case.entry.get("variables")[variable]
        for share, low, high in zip(found["p"], recorded["ci_lower"], recorded["ci_upper"], strict=True):
            z = _score_of_share(case, variable, share, [number(low), number(high)])
            if abs(abs(z[0]) - abs(z[1])) > 0.5:  # a test at one level would reject at the same distance on both sides
                return (
                    "derivation: at R's ends the share lies unequally many standard errors from the probability, so "
                    "that no test at one level ends there"
                )
    return None


def _score_of_share(case: Case, variable: str, share: float, points: list[float]) -> np.ndarray:
    sample = case.sample()
    assert sample is not None
    at = verb("cdf")(sample.survey, variable, points)
    found: np.ndarray = (at.estimate - share) / at.se
    return found


def pooled_degrees_of_freedom(case: Case) -> str | None:
    """R's mitools leaves out the factor 1 + 1/m where Barnard and Rubin (1999) have the total variance."""
    if not isinstance(case.answer, Combined) or not case.off or not case.off <= {"df", "missinfo"}:
        return None
    pooled = case.answer.pooled
    m, complete = pooled.imputations, pooled.complete_df
    within, between = np.diagonal(pooled.within), np.diagonal(pooled.between)
    increase = (1 + 1 / m) * between / within
    own = (m - 1) * (1 + 1 / increase) ** 2
    observed = (complete + 1) / (complete + 3) * complete * within / (within + between)
    if not np.allclose(1 / (1 / own + 1 / observed), case.recorded("df"), rtol=1e-9):
        return None
    return (
        "derivation: Barnard and Rubin (1999, eq. 3) have within over within + (1 + 1/m) between; R's number is "
        "reproduced exactly without the factor 1 + 1/m"
    )


#: All predicates, in the order in which they are asked.
CASES: list[Callable[[Case], str | None]] = [
    missing_values_refused,
    missing_values_dropped,
    empty_domain,
    zero_denominator,
    negative_weights,
    population_varies,
    no_average_to_lend,
    exact_at_the_edge,
    rows_without_answer_counted,
    empty_level,
    answers_counted,
    jackknife_quantiles,
    pooled_degrees_of_freedom,
    unit_without_weight,
    calibration_that_r_cannot_do,
    score_ends_of_no_test,
    tests_of_answers,
    *WEIGHT_CASES,
    *MODEL_CASES,
    *LIKELIHOOD_CASES,
]
