"""Regressions with a random intercept for each group, by weighted pseudo-likelihood."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, SurveykitWarning, listing
from surveykit.estimation.likelihoods.families import outcome_moments
from surveykit.estimation.likelihoods.likelihood_model import Fitted, fitted_model
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.normal_equations import independent, inverse_of
from surveykit.estimation.two_level.climbing import GroupLikelihood, climb
from surveykit.estimation.two_level.gaussian import GaussianGroups
from surveykit.estimation.two_level.groups import GroupedRows, Scaling, grouped_rows
from surveykit.estimation.two_level.logistic import LogisticGroups
from surveykit.estimation.two_level.model import BETWEEN, WITHIN, TwoLevelModel
from surveykit.formulas import DesignMatrix, compile_formula
from surveykit.survey import Survey

__all__ = ["random_intercepts"]

#: Below this many sampling units the standard errors of a two-level model are not to be trusted.
_FEW = 30

#: Standard deviations between groups below this share of that within are zero.
_ZERO = 1e-3

#: Largest change of the log-likelihood, relative to its size, when the quadrature points are doubled.
_COARSE = 1e-6

_Make = Callable[[GroupedRows], GroupLikelihood]


def random_intercepts(
    survey: Survey,
    formula: str,
    *,
    group: str,
    group_weights: str | float,
    scaling: Scaling,
    family: Literal["gaussian", "binomial"] = "gaussian",
    points: int = 15,
    level: float = 0.95,
) -> TwoLevelModel:
    """Regression of firms in groups, each group with an effect of its own, by weighted pseudo-likelihood.

    The logarithm of each group's likelihood, ``log of the integral of prod_i f(y_ij | u)^(w_i|j) over u ~ N(0, t^2)``,
    is added up with the weight of the group. Weights within a group are those of the survey over that of its group;
    how they are scaled matters when groups are small, and no scaling is best everywhere, so it must be named: compare
    two. The covariance is a sandwich of the scores of groups, summed by the sampling units of the design.

    Parameters
    ----------
    survey
        Rows, design and final weights. Groups are its first-stage units, or lie whole in one.
    formula
        ``"outcome ~ terms"``.
    group
        Column or expression of the groups: industry, region, parent company.
    group_weights
        Column with the weight of each group (the inverse of its chance to be in the sample), or 1 where all groups of
        the population are in the sample, as industries are.
    scaling
        ``"size"``: weights within a group add to its rows; ``"effective"``: to its effective rows; ``"none"``.
    family
        ``"gaussian"``, in closed form, or ``"binomial"`` with logit link, by adaptive quadrature.
    points
        Quadrature points of a logistic model.
    level
        Confidence level.

    Returns
    -------
    TwoLevelModel
        Coefficients, then the logarithms of the standard deviations between (and within) groups; ``.variances()``
        gives variances and the intraclass correlation. Degrees of freedom are the design's + 1 - coefficients.

    Raises
    ------
    EstimationError
        If groups do not differ (a variance of zero), a group lies in several sampling units, group weights differ
        within a group, or the quadrature is too coarse.

    References
    ----------
    Pfeffermann, Skinner, Holmes, Goldstein and Rasbash (1998), *JRSS B* 60, 23-40; Rabe-Hesketh and Skrondal (2006),
    *JRSS A* 169, 805-827.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> rows = [(town, 3.0 * (town % 4) + firm % 3) for town in range(40) for firm in range(5)]
    >>> firms = sk.Survey(pd.DataFrame(rows, columns=["town", "sales"]), sk.Design(clusters="town"))
    >>> model = sk.random_intercepts(firms, "sales ~ 1", group="town", group_weights=1, scaling="size")
    >>> model.variances().estimate.round(2)
    array([11.11,  0.7 ,  0.94])
    """
    if family not in ("gaussian", "binomial"):
        raise EstimationError(f"family={family!r} is not known.", remedy="Choose 'gaussian' or 'binomial'.")
    if not 2 <= points <= 200:
        raise EstimationError(f"points={points!r} are no quadrature.", remedy="Give a number from 2 to 200, as 15.")
    matrix = compile_formula(formula, survey.engine)
    outcome_moments(outcome_rows(survey, matrix, matrix.offset))
    with one_thread():
        rows = grouped_rows(survey, matrix, group, group_weights, scaling)
        _refuse_columns(rows, matrix)
        if family == "binomial":
            _refuse_outcome(rows, formula)
            names: tuple[str, ...] = (*matrix.names, BETWEEN)
            model, loglik = _fit(rows, lambda one: LogisticGroups(one, points), names, level)
            _refuse_coarse(rows, model.estimate, points)
        else:
            names = (*matrix.names, BETWEEN, WITHIN)
            model, loglik = _fit(rows, GaussianGroups, names, level)
    _warn_of_few(model)
    facts = {one.name: getattr(model, one.name) for one in fields(Model)}
    facts["notes"] = (*model.notes, _note(rows, group, group_weights, scaling))
    return TwoLevelModel(**facts, group=group, groups=len(rows.starts), scaling=scaling, loglik=loglik)


def _fit(rows: GroupedRows, make: _Make, names: tuple[str, ...], level: float) -> tuple[Model, float]:
    likelihood = make(rows)
    survey_rows = rows.arrays.rows
    matrix = survey_rows.matrix
    own = outcome_rows(survey_rows.survey, _formula_of(matrix, rows.x.shape[1]), survey_rows.offset)
    theta, hill = climb(own, names, likelihood)
    _refuse_zero(names, theta)

    def refit(survey: Survey) -> FloatArray:
        return climb(own, names, make(rows.reweighted(survey)), theta)[0]

    found = Fitted(
        names,
        theta,
        inverse_of(hill.information),
        rows.score_sums(likelihood.scores(theta)),
        refit,
        rows.x.shape[1] - 1,
    )
    linear = WITHIN in names
    family, link = ("two-level gaussian", "identity") if linear else ("two-level binomial", "logit")
    return fitted_model(own, found, family=family, link=link, level=level), hill.value


def _warn_of_few(model: Model) -> None:
    if model.design_df + 1 < _FEW:
        warnings.warn(
            f"There are {model.design_df:g} degrees of freedom between sampling units: standard errors of a two-level "
            f"model want {_FEW} units or more, and the variance between groups is rough.",
            SurveykitWarning,
            stacklevel=3,
        )


def _formula_of(matrix: DesignMatrix, columns: int) -> DesignMatrix:
    """The formula without the columns that carried groups and their weights."""
    kept = tuple(factor for factor in matrix.factors if any(factor in term.factors for term in matrix.terms))
    return replace(matrix, factors=kept, columns=matrix.columns[:columns])


def _note(rows: GroupedRows, group: str, group_weights: str | float, scaling: Scaling) -> str:
    sizes = rows.sizes
    weights = f"'{group_weights}'" if isinstance(group_weights, str) else f"{group_weights:g}"
    return (
        f"Random intercepts of {len(sizes)} groups by '{group}' ({int(sizes.min())} to {int(sizes.max())} rows each); "
        f"weight of a group: {weights}; weights within groups: the survey's over it, scaled by {scaling!r}."
    )


def _refuse_columns(rows: GroupedRows, matrix: DesignMatrix) -> None:
    weight = rows.within * rows.between[rows.group]
    kept = independent((rows.x * weight[:, None]).T @ rows.x)
    if len(kept) < rows.x.shape[1]:
        lost = [name for place, name in enumerate(matrix.names) if place not in kept]
        raise EstimationError(
            f"'{matrix.text}': {listing(lost)} cannot be told apart from other columns.",
            remedy="Leave it out, or merge levels.",
        )


def _refuse_outcome(rows: GroupedRows, formula: str) -> None:
    if not np.isin(rows.y, (0.0, 1.0)).all():
        raise EstimationError(
            f"The outcome of '{formula}' is not 0 or 1 in every row.",
            remedy="Write a condition, as in  I(size == 'large') ~ x.",
        )


def _refuse_zero(names: tuple[str, ...], theta: FloatArray) -> None:
    place = names.index(BETWEEN)
    inner = theta[place + 1] if WITHIN in names else 0.0
    if theta[place] - inner < np.log(_ZERO):
        raise EstimationError(
            "The variance between groups is estimated as zero: the groups differ no more than chance makes them.",
            remedy="Use regress(...), whose standard errors are those of the design; or scaling='effective'.",
        )


def _refuse_coarse(rows: GroupedRows, theta: FloatArray, points: int) -> None:
    coarse, fine = (LogisticGroups(rows, count).loglik(theta) for count in (points, 2 * points))
    if abs(fine - coarse) > _COARSE * abs(fine):
        raise EstimationError(
            f"{points} quadrature points are too few: twice as many change the log-likelihood from {coarse:.8g} to "
            f"{fine:.8g}.",
            remedy=f"Give points={2 * points}.",
        )
