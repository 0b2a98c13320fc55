"""Mediation: how much of an association runs through another variable, under stated assumptions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, listing
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.comparisons.weighted_functions import covariance_of
from surveykit.estimation.likelihoods.families import outcome_moments
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.regression.normal_equations import independent
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.formulas import Factor, MatrixColumn, compile_terms
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["mediation"]

_ASSUMPTIONS = (
    "Direct and indirect parts are causal only if, given the covariates, nothing unseen moves treatment and outcome, "
    "treatment and mediator, or mediator and outcome together, and the treatment moves no cause of both mediator and "
    "outcome; the survey can show none of these. Both equations are linear."
)


def mediation(
    survey: Survey,
    outcome: str,
    treatment: str,
    mediator: str,
    covariates: str = "1",
    *,
    interaction: bool = False,
    level: float = 0.95,
) -> Estimate:
    """Split an association of a treatment with an outcome into a part through a mediator and the rest.

    Two weighted linear regressions, ``m = a t + covariates`` and ``y = c t + b m (+ d t m) + covariates``: the indirect
    part is ``a (b + d)``, what the outcome would change if only the mediator moved as the treatment moves it; the
    direct part ``c + d E(m | t = 0)`` is the change with the mediator as it would be without. Both are per unit of a
    treatment of 0 and 1.

    Parameters
    ----------
    survey
        Rows, design and weights.
    outcome, mediator
        Numbers, or conditions (then differences of shares).
    treatment
        0 and 1, or a condition; a number without `interaction`.
    covariates
        Terms in both equations, as in a formula; the assumptions lean on them.
    interaction
        Whether the mediator may matter differently with the treatment.
    level
        Confidence level.

    Returns
    -------
    Estimate
        ``total``, ``direct``, ``indirect``, ``share through the mediator``, and, without interaction, ``error
        correlation for none``: the correlation of the errors of both equations at which the indirect part would be
        zero. The assumptions are among the notes.

    Raises
    ------
    EstimationError
        If columns depend on each other, or an interaction is asked for with a treatment that is not 0 and 1.

    References
    ----------
    Imai, Keele and Tingley (2010), *Psychological Methods* 15, 309-334; VanderWeele (2015), *Explanation in Causal
    Inference*, ch. 2.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> rng = np.random.default_rng(1)
    >>> firms = pd.DataFrame({"cloud": rng.integers(0, 2, 500)})
    >>> firms["speed"] = 2 * firms["cloud"] + rng.normal(size=500)
    >>> firms["sales"] = 1 * firms["cloud"] + 0.5 * firms["speed"] + rng.normal(size=500)
    >>> sk.mediation(sk.Survey(firms), "sales", "cloud", "speed").estimate[:3].round(1)
    array([1.9, 0.7, 1.2])
    """
    paths = _paths(survey, (outcome, treatment, mediator), covariates, interaction)
    with one_thread():
        value = paths.value(paths.arrays.weight)
        covariance, df = covariance_of(paths.arrays, value, paths.influence(), paths.value)
    names = ("total", "direct", "indirect", "share through the mediator", "error correlation for none")[: len(value)]
    size = len(names)
    weak: tuple[str, ...] = ()
    if abs(value[0]) < 2 * np.sqrt(max(covariance[0, 0], 0.0)):
        weak = ("The total is small beside its error: the share through the mediator means little.",)
    return Estimate(
        statistic="mediation",
        names=names,
        labels={"part": names},
        estimate=value,
        covariance=covariance,
        df=np.full(size, df),
        n=np.full(size, len(paths.arrays.weight)),
        weighted_n=np.full(size, paths.arrays.weight.sum()),
        weight=survey.weight_name,
        level=level,
        notes=(*selection_note(survey), f"'{treatment}' to '{outcome}' through '{mediator}'.", _ASSUMPTIONS, *weak),
        synthetic=survey.synthetic,
    )


def _paths(survey: Survey, variables: tuple[str, str, str], covariates: str, interaction: bool) -> _Paths:
    outcome, treatment, mediator = variables
    matrix = compile_terms(covariates, survey.engine)
    if not matrix.has_intercept:
        raise EstimationError(f"{covariates!r} has no intercept.", remedy="Leave 0 and -1 out.")
    extra = [Factor(name, survey.expression(name)) for name in (treatment, mediator)]
    for factor in extra:
        if survey.engine.describe(factor.expr).categories is not None:
            raise EstimationError(
                f"'{factor.name}' is a category.", remedy=f"Write a condition, as \"{factor.name} == 'yes'\"."
            )
    count = len(matrix.factors)
    columns = tuple(MatrixColumn(one.name, ((count + place, None),), -1) for place, one in enumerate(extra))
    joint = replace(
        matrix,
        text=f"{outcome} ~ {treatment} + {mediator} + {covariates}",
        response=Factor(outcome, survey.expression(outcome)),
        factors=(*matrix.factors, *extra),
        columns=(*matrix.columns, *columns),
    )
    rows = outcome_rows(survey, joint, None)
    outcome_moments(rows)
    arrays = row_arrays(rows)
    kept = independent((arrays.x * arrays.weight[:, None]).T @ arrays.x)
    if len(kept) < arrays.x.shape[1]:
        lost = [name for place, name in enumerate(joint.names) if place not in kept]
        raise EstimationError(f"{listing(lost)} depend(s) on other columns.", remedy="Leave it out of the covariates.")
    t, m = arrays.x[:, -2], arrays.x[:, -1]
    if interaction and not np.isin(t, (0.0, 1.0)).all():
        raise EstimationError(
            f"'{treatment}' is not 0 or 1 in every row.", remedy="Write a condition, or leave interaction= out."
        )
    given = np.column_stack([t, arrays.x[:, :-2]])
    crossed = [t * m] if interaction else []
    return _Paths(arrays, given, np.column_stack([t, m, *crossed, arrays.x[:, :-2]]), m, interaction)


@dataclass(frozen=True, eq=False)
class _Paths:
    """Columns of both equations: of the mediator's, treatment first; of the outcome's, then mediator and product."""

    arrays: RowArrays
    given: FloatArray
    all: FloatArray
    mediator: FloatArray
    interaction: bool

    def _solve(self, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        first, second = (
            np.asarray(np.linalg.solve((x * weight[:, None]).T @ x, x.T @ (weight * y)), np.float64)
            for x, y in ((self.given, self.mediator), (self.all, self.arrays.y))
        )
        return first, second

    def value(self, weight: FloatArray) -> FloatArray:
        """Total, direct, indirect, share, error correlation."""
        first, second = self._solve(weight)
        return _report(first, second, self._base(weight, first), self._errors(weight), self.interaction)

    def _base(self, weight: FloatArray, first: FloatArray) -> float:
        """Mean of the mediator as it would be without the treatment."""
        return float((weight / weight.sum()) @ (self.given[:, 1:] @ first[1:]))

    def _errors(self, weight: FloatArray) -> FloatArray:
        """Weighted moments of the errors of mediator and outcome given treatment and covariates ``(3,)``."""
        one, two = self._residuals(weight)
        share = weight / weight.sum()
        return np.array([share @ one**2, share @ (one * two), share @ two**2])

    def _residuals(self, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        gram = (self.given * weight[:, None]).T @ self.given
        both = np.column_stack([self.mediator, self.arrays.y])
        left = both - self.given @ np.linalg.solve(gram, self.given.T @ (weight[:, None] * both))
        return left[:, 0], left[:, 1]

    def influence(self) -> FloatArray:
        """Derivatives of the report by the weight of each row ``(m, 5)``, or four."""
        weight = self.arrays.weight
        first, second = self._solve(weight)
        base, errors = self._base(weight, first), self._errors(weight)
        of = []
        for x, y, beta in ((self.given, self.mediator, first), (self.all, self.arrays.y, second)):
            bread = np.linalg.inv((x * weight[:, None]).T @ x)
            of.append((x * (y - x @ beta)[:, None]) @ bread)
        total = weight.sum()
        without = self.given[:, 1:]
        of_base = (without @ first[1:] - base) / total + of[0][:, 1:] @ (weight @ without / total)
        one, two = self._residuals(weight)
        of_errors = (np.column_stack([one**2, one * two, two**2]) - errors) / total
        at = np.concatenate([first, second, [base], errors])
        columns = np.column_stack([of[0], of[1], of_base, of_errors])
        size = len(first)

        def report(point: FloatArray) -> FloatArray:
            cut = size + len(second)
            return _report(point[:size], point[size:cut], float(point[cut]), point[cut + 1 :], self.interaction)

        slopes = np.empty((len(at), 4 if self.interaction else 5))
        for place in range(len(at)):
            move = np.zeros(len(at))
            move[place] = 1e-5 * max(abs(at[place]), 1e-3)
            slopes[place] = (report(at + move) - report(at - move)) / (2 * move[place])
        return columns @ slopes


def _report(first: FloatArray, second: FloatArray, base: float, errors: FloatArray, interaction: bool) -> FloatArray:
    crossed = float(second[2]) if interaction else 0.0
    indirect = float(first[0] * (second[1] + crossed))
    direct = float(second[0] + crossed * base)
    total = direct + indirect
    correlation = float(errors[1] / np.sqrt(errors[0] * errors[2]))
    found = [total, direct, indirect, indirect / total]
    return np.array(found if interaction else [*found, correlation])
