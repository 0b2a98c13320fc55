"""Goodness of fit: a categorical variable against given probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surveykit.engine import FloatArray, Request
from surveykit.errors import EstimationError, did_you_mean, listing
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.crosstabs.crosstab import Counts
from surveykit.estimation.crosstabs.formula import key_of
from surveykit.estimation.descriptive import Missing, refuse_missing
from surveykit.estimation.linearise import Solution, solve
from surveykit.results import JointCounts, TestResult
from surveykit.results.independence import TestStatistic, share_covariance
from surveykit.results.rao_scott import STATISTICS, Judgement, judge_pearson, judge_wald
from surveykit.survey import Survey

__all__ = ["design_freedom", "goodness_of_fit"]

_ROUNDING = 1e-6


def goodness_of_fit(
    survey: Survey,
    variable: str,
    probabilities: Mapping[object, float] | Sequence[float],
    *,
    statistic: TestStatistic = "F",
    missing: Missing = "drop",
) -> TestResult:
    """Test whether the shares of a variable are given probabilities.

    Pearson's residuals ``(O - E) / sqrt(E)`` of the estimated counts, E being the probabilities times the estimated
    size of the population, are linearised (delta method); the eigenvalues of their covariance give the distribution of
    X^2.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variable
        A categorical column or condition.
    probabilities
        Probability of each level, by label or in the order of the levels; they add to 1.
    statistic
        As in :meth:`surveykit.results.Table.test`. ``"Satterthwaite"`` is the test of R's ``svygofchisq``, which states
        X^2 of the population counts; here X^2 is scaled to the number of rows, so that it does not depend on the scale
        of weights.
    missing
        ``"drop"`` leaves rows without an answer out, ``"fail"`` refuses.

    Raises
    ------
    EstimationError
        If the probabilities do not match the levels or do not add to 1, or the design fixes the shares.

    References
    ----------
    Rao and Scott (1981), *JASA* 76, 221-230, section 2.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"size": list("slslssllsslsss")})
    >>> round(goodness_of_fit(Survey(firms), "size", {"s": 0.5, "l": 0.5}).p_value, 4)
    0.3019
    """
    if statistic not in STATISTICS:
        raise EstimationError(f"statistic={statistic!r} is not known.", remedy=f"Choose one of {listing(STATISTICS)}.")
    key = key_of(survey, variable)
    expected = _probabilities(key.name, key.levels, probabilities)
    solution = solve(survey, Request((None,), (key,)), Counts())
    refuse_missing(solution.total.missing, (key.name,), missing)
    if not solution.total.rows.sum():
        raise EstimationError(
            f"No row with a positive weight has an answer in '{key.name}'.", remedy="Check the domain."
        )
    joint = _joint(survey, solution)
    shares = joint.counts[:, 0] / joint.counts.sum()
    judged, eigenvalues = _judge(joint, shares, expected, statistic, key.name)
    notes = selection_note(survey)
    if solution.total.missing:
        notes = (*notes, f"{solution.total.missing} row(s) of the domain have no answer and are left out.")
    return TestResult(
        hypothesis=f"the shares of '{key.name}' are {', '.join(f'{value:g}' for value in expected)}",
        method=judged.method,
        statistic_name=judged.name,
        statistic=judged.statistic,
        df=judged.df,
        ddf=judged.ddf,
        p_value=judged.p_value,
        estimates={str(level): float(share) for level, share in zip(key.levels, shares, strict=True)},
        n=joint.n,
        weighted_n=float(joint.counts.sum()),
        weight=survey.weight_name,
        facts={"observed": joint.n * shares, "expected": joint.n * expected, "eigenvalues": eigenvalues},
        notes=notes,
        synthetic=survey.synthetic,
    )


def design_freedom(survey: Survey, solution: Solution) -> float:
    """Degrees of freedom of the design in the survey's domain, rows without an answer included."""
    if solution.total.missing:
        return float(solve(survey, Request((None,)), Counts()).degrees_of_freedom()[0])
    return float(solution.degrees_of_freedom(np.zeros(len(solution.total.sums), np.int64))[0])


def _joint(survey: Survey, solution: Solution) -> JointCounts:
    counts, rows = solution.total.sums[:, :1], solution.total.rows[:, None].astype(np.int64)
    return JointCounts(counts, solution.covariance, rows, design_freedom(survey, solution))


def _probabilities(
    name: str, levels: tuple[object, ...], given: Mapping[object, float] | Sequence[float]
) -> FloatArray:
    if isinstance(given, Mapping):
        unknown = [label for label in given if label not in levels]
        absent = [level for level in levels if level not in given]
        if unknown:
            near = did_you_mean(str(unknown[0]), map(str, levels))
            raise EstimationError(f"{unknown[0]!r} is not a level of '{name}'.", remedy=near)
        if absent:
            raise EstimationError(f"Levels {listing(absent)} of '{name}' have no probability.", remedy="Give each one.")
        values = np.array([given[level] for level in levels], np.float64)
    else:
        values = np.asarray(given, np.float64)
    if values.shape != (len(levels),) or len(levels) < 2:
        raise EstimationError(
            f"{values.size} probabilities are given for {len(levels)} level(s) of '{name}'.",
            remedy=f"In order the levels are {listing(levels)}; a test needs two or more.",
        )
    if not np.all(np.isfinite(values)) or values.min() <= 0:
        raise EstimationError(
            f"Probabilities of '{name}' must be positive; the smallest is {values.min():g}.",
            remedy="Leave levels that cannot occur out of the domain and merge them in the variable.",
        )
    if abs(values.sum() - 1) > _ROUNDING:
        raise EstimationError(
            f"The probabilities of '{name}' add to {values.sum():g}, not to 1.", remedy="Divide them by their sum."
        )
    scaled: FloatArray = values / values.sum()
    return scaled


def _judge(
    joint: JointCounts, shares: FloatArray, expected: FloatArray, statistic: str, name: str
) -> tuple[Judgement, FloatArray]:
    eigenvalues = _eigenvalues(joint, expected)
    if joint.df <= 0 or eigenvalues.max() < 1e-9:
        raise EstimationError(
            f"The shares of '{name}' have no sampling variance in this design, so there is nothing to test.",
            remedy="A variable fixed by the stratification is known; compare its shares directly.",
        )
    if statistic in ("Wald", "adjWald"):
        covariance = share_covariance(joint)[:-1, :-1]
        return judge_wald((shares - expected)[:-1], covariance, joint.df, statistic), eigenvalues
    x2 = joint.n * float(((shares - expected) ** 2 / expected).sum())
    return judge_pearson(x2, eigenvalues, joint.df, statistic), eigenvalues


def _eigenvalues(joint: JointCounts, probabilities: FloatArray) -> FloatArray:
    """Eigenvalues ``(k - 1,)`` of the covariance of Pearson's residuals, per row of the data.

    The derivative of ``(O - E) / sqrt(E)`` with ``E = N p`` is ``dO / sqrt(E) - p (O + E) / (2 E sqrt(E)) dN``.
    """
    observed = joint.counts[:, 0]
    expected = observed.sum() * probabilities
    by_size = probabilities * (observed + expected) / (2 * expected)
    gradient = (np.eye(len(observed)) - by_size[:, None]) / np.sqrt(expected)[:, None]
    matrix = gradient @ joint.covariance @ gradient.T * (joint.n / observed.sum())
    found: FloatArray = np.maximum(np.linalg.eigvalsh((matrix + matrix.T) / 2)[:0:-1], 0.0)
    return found
