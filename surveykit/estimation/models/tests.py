"""Tests of the terms of a regression: Wald, working likelihood ratio, score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError, FormulaError, did_you_mean, listing
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.predictions import Prediction
from surveykit.estimation.models.rows import ModelRows, model_rows
from surveykit.estimation.models.test_parts import (
    Reference,
    Terms,
    eigenvalues_of,
    quadratic,
    ratio_test,
    refuse_no_freedom,
    result,
    weighted_tail,
)
from surveykit.estimation.regression.families import FAMILIES, Family, Link, family_and_link
from surveykit.estimation.regression.scoring import fit
from surveykit.estimation.replicated import each_replicate
from surveykit.estimation.row_scores import ScoreSums
from surveykit.formulas import ModelTerm, compile_formula, compile_terms
from surveykit.results import TestResult
from surveykit.results.quadratic_forms import chi_square_tail, f_tail
from surveykit.variance import replicate_covariance

__all__ = ["likelihood_ratio_test", "rows_of", "score_test", "wald_test", "with_columns"]


def wald_test(model: Model, terms: Terms, *, df: float | None = None) -> TestResult:
    """Test that all coefficients of some terms are zero, ``b' V^-1 b / q`` against F.

    Parameters
    ----------
    model
        A regression.
    terms
        Terms as the formula has them: ``"C(sector)"``, ``"~ C(sector) + log(sales)"``, or a list.
    df
        Denominator degrees of freedom; the model's residual ones by default. Infinite gives a chi-square.

    Returns
    -------
    TestResult

    Raises
    ------
    EstimationError
        If a term is not in the model, or the coefficients' covariance is singular.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"y": [3.0, 5.0, 9.0, 4.0, 7.0], "x": [1.0, 2.0, 5.0, 2.0, 3.0]})
    >>> model = sk.regress(sk.Survey(firms), "y ~ x")
    >>> wald_test(model, "x").df
    1
    """
    tested = _tested(model, terms)
    freedom = float(model.df[0]) if df is None else float(df)
    refuse_no_freedom(freedom)
    size = len(tested)
    value = quadratic(model.estimate[tested], model.covariance[np.ix_(tested, tested)]) / size
    if math.isinf(freedom):
        name, statistic, p = "chi-square", value * size, chi_square_tail(value * size, size)
    else:
        name, statistic, p = "F", value, f_tail(value, size, freedom)
    return result(
        model, terms, "Design-based Wald test", name=name, statistic=statistic, df=size, ddf=freedom, p_value=p
    )


def likelihood_ratio_test(
    model: Model, terms: Terms, *, df: float | None = None, reference: Reference = "exact"
) -> TestResult:
    """Test that all coefficients of some terms are zero by the working likelihood ratio of Rao and Scott.

    The difference in deviance is distributed as ``sum of d_j X_j``, where the d_j are the eigenvalues of ``V0^-1 V``:
    the design-based covariance of the coefficients over the one that the likelihood would give with weights of mean
    one.

    Parameters
    ----------
    model
        A regression.
    terms
        Terms as the formula has them.
    df
        Degrees of freedom of the error in V; the model's residual ones by default.
    reference
        Distribution of the statistic: ``"exact"``, or its ``"saddlepoint"`` approximation, as R survey has it.

    Returns
    -------
    TestResult
        With the ``eigenvalues`` among its facts.

    References
    ----------
    Rao and Scott (1984), *Annals of Statistics* 12, 46-60; Lumley and Scott (2014), *Australian & New Zealand Journal
    of Statistics* 56, 1-14.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"y": [3.0, 5.0, 9.0, 4.0, 7.0], "x": [1.0, 2.0, 5.0, 2.0, 3.0]})
    >>> model = sk.regress(sk.Survey(firms), "y ~ x")
    >>> likelihood_ratio_test(model, "x").p_value < 0.05
    True
    """
    tested = _tested(model, terms)
    rows = rows_of(model)
    kept = _kept(model)
    smaller = fit(with_columns(rows, np.delete(kept, tested)))
    freedom = float(model.df[0]) if df is None else float(df)
    statistic = max(smaller.deviance * rows.scale - model.deviance, 0.0)
    naive = model.bread[np.ix_(tested, tested)] / rows.scale
    covariance = model.covariance[np.ix_(tested, tested)]
    return ratio_test(model, terms, statistic, naive, covariance, freedom=freedom, reference=reference)


def score_test(
    model: Model, add: str, *, method: Literal["pseudoscore", "working"] = "pseudoscore", df: float | None = None
) -> TestResult:
    """Test whether terms should be added, without fitting the larger model (Rao, Scott and Skinner 1998).

    Parameters
    ----------
    model
        A regression.
    add
        Terms to add, as ``"~ meals + C(sector)"``.
    method
        ``"pseudoscore"``: ``U' V^-1 U``, V the design-based covariance of the score, over the number of coefficients,
        against F. ``"working"``: ``U' V0^-1 U`` with the covariance that the likelihood gives, against the weighted
        sum of chi-squares that the design makes of it.
    df
        Denominator degrees of freedom; the model's residual ones by default.

    Returns
    -------
    TestResult
        The statistic is the quadratic form itself.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> columns = {"y": [3.0, 5.0, 9.0, 4.0, 7.0], "x": [1.0, 2.0, 5.0, 2.0, 3.0], "z": [1.0, 3.0, 1.0, 0.0, 2.0]}
    >>> firms = pd.DataFrame(columns)
    >>> score_test(sk.regress(sk.Survey(firms), "y ~ x"), "~ z").df
    1
    """
    if method not in ("pseudoscore", "working"):
        raise EstimationError(f"method={method!r} is not known.", remedy="Choose 'pseudoscore' or 'working'.")
    freedom = float(model.df[0]) if df is None else float(df)
    refuse_no_freedom(freedom)
    found = _added_scores(model, add)
    size = len(found.score)
    if method == "pseudoscore":
        statistic, eigenvalues = quadratic(found.score, found.covariance), np.ones(size)
        p = f_tail(statistic / size, size, freedom)
    else:
        statistic = quadratic(found.score, found.naive)
        eigenvalues = eigenvalues_of(found.naive, found.covariance)
        p = weighted_tail(statistic, eigenvalues, freedom, "exact")
    name = "Score test, design-based" if method == "pseudoscore" else "Working score test (Rao and Scott)"
    return result(
        model, add, name, name="chi-square", statistic=statistic, df=size, ddf=freedom, p_value=p,
        eigenvalues=None if method == "pseudoscore" else eigenvalues,
    )  # fmt: skip


@dataclass(frozen=True)
class _Scores:
    """Score of added coefficients at zero, adjusted for the fitted ones, with two covariances of it."""

    score: FloatArray
    covariance: FloatArray
    naive: FloatArray


def _added_scores(model: Model, add: str) -> _Scores:
    larger = compile_formula(f"{model.formula} + {add.split('~', 1)[-1]}", model.survey.engine)
    family, link = _generalised_linear(model)
    rows = model_rows(model.survey, larger, family, link, model.offset)
    first = [place for place, name in enumerate(larger.names) if name in model.names]
    second = [place for place, name in enumerate(larger.names) if name not in (*model.names, *model.aliased)]
    if len(first) != len(model.names) or not second:
        raise EstimationError(
            f"{add!r} adds no column to '{model.formula}'.", remedy="Name terms that are not in the model."
        )
    smaller = fit(with_columns(rows, np.array(first)))
    size = len(larger.names)
    sums, information, score = ScoreSums(model.survey, size), np.zeros((size, size)), np.zeros(size)
    pearson = 0.0
    for batch, x, y, offset in rows.batches():
        eta = x[:, first] @ smaller.coefficients + offset
        mean, slope = link.inverse(eta), link.slope(eta)
        inside = batch.weight != 0
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.where(inside, batch.weight * slope / family.variance(mean), 0.0)
            pearson += float(np.where(inside, batch.weight * (y - mean) ** 2 / family.variance(mean), 0.0).sum())
        contribution = x * np.where(inside, factor * (y - mean), 0.0)[:, None]
        information += x.T @ (x * np.where(inside, factor * slope, 0.0)[:, None])
        score += contribution.sum(axis=0)
        sums.add(batch, contribution)
    mapping = np.zeros((size, len(second)))
    mapping[second, np.arange(len(second))] = 1.0
    across = np.linalg.solve(information[np.ix_(first, first)], information[np.ix_(first, second)])
    mapping[first] = -across
    dispersion = 1.0 if family.name in ("binomial", "poisson") else pearson / sums.weight
    naive = information[np.ix_(second, second)] - information[np.ix_(second, first)] @ across
    efficient = mapping.T @ score
    if model.survey.replicates is None:
        covariance = sums.covariance(mapping)
    else:
        again = each_replicate(model.survey, lambda one: _score(replace(rows, survey=one), first, second))
        covariance = replicate_covariance(again, efficient, model.survey.replicates)
    return _Scores(efficient, covariance, naive * dispersion / rows.scale)


def _score(rows: ModelRows, first: list[int], second: list[int]) -> FloatArray:
    """Score of the columns `second` ``(q,)`` where those of `first` are fitted with the weights of the rows' survey."""
    smaller = fit(with_columns(rows, np.array(first)))
    score = np.zeros(len(second))
    for batch, x, y, offset in rows.batches():
        eta = x[:, first] @ smaller.coefficients + offset
        mean = rows.link.inverse(eta)
        inside = batch.weight != 0
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = batch.weight * rows.link.slope(eta) * (y - mean) / rows.family.variance(mean)
        score += np.where(inside, factor, 0.0) @ x[:, second]
    return score


def rows_of(model: Model) -> ModelRows:
    """Rows of a fitted generalised linear model, to be walked over again."""
    family, link = _generalised_linear(model)
    return model_rows(model.survey, model.matrix, family, link, model.offset)


def _generalised_linear(model: Model) -> tuple[Family, Link]:
    if model.family not in FAMILIES:
        raise EstimationError(
            f"Likelihood ratio, score and sequential tests are for generalised linear models, and this one is of the "
            f"family '{model.family}'.",
            remedy="Use wald_test(model, terms).",
        )
    return family_and_link(model.family, model.link)


def with_columns(rows: ModelRows, kept: IntArray) -> ModelRows:
    """Same rows with some columns of the matrix; rows with any factor missing stay out."""
    if not len(kept):
        raise EstimationError(
            f"Without these terms nothing is left of '{rows.matrix.text}'.", remedy="Use wald_test for such a model."
        )
    columns = tuple(rows.matrix.columns[place] for place in kept.tolist())
    return replace(rows, matrix=replace(rows.matrix, columns=columns))


def _kept(model: Model) -> IntArray:
    return np.array([place for place, name in enumerate(model.matrix.names) if name not in model.aliased])


def _tested(model: Model, terms: Terms) -> IntArray:
    """Positions among the coefficients of those that belong to the terms."""
    wanted = terms if isinstance(terms, str) else " + ".join(terms)
    try:
        asked = compile_terms(wanted, model.survey.engine).terms
    except FormulaError as error:
        raise EstimationError(f"terms={terms!r}: {error.what}", remedy=error.remedy) from None
    present = {_key(term): number for number, term in enumerate(model.matrix.terms)}
    numbers = set()
    for term in asked:
        if not term.factors:
            continue
        if _key(term) not in present:
            names = [own.name for own in model.matrix.terms if own.factors]
            raise EstimationError(
                f"'{term.name}' is not a term of '{model.formula}'.", remedy=did_you_mean(term.name, names)
            )
        numbers.add(present[_key(term)])
    tested = _coefficients(model, [column.name for column in model.matrix.columns if column.term in numbers])
    if not len(tested):
        raise EstimationError(
            f"{terms!r} has no coefficient in '{model.formula}'.",
            remedy=f"Left out because they depend on others: {listing(model.aliased)}."
            if model.aliased
            else f"Its parameters are {listing(model.names)}: use model.contrast(...).",
        )
    return tested


def _coefficients(model: Model, columns: Sequence[str]) -> IntArray:
    """Positions of the coefficients of some columns: one each, or one for every outcome or cut point."""
    likelihood: object = model.likelihood
    outcomes = likelihood.outcomes if isinstance(likelihood, Prediction) else ()
    cuts = [f"{low}|{high}" for low, high in pairwise(outcomes)]
    own = {
        name
        for column in columns
        for name in (column, *(f"{one}: {column}" for one in outcomes), *(f"{column} ({cut})" for cut in cuts))
    }
    return np.array([place for place, name in enumerate(model.names) if name in own], np.intp)


def _key(term: ModelTerm) -> frozenset[tuple[str, bool]]:
    return frozenset((factor.name, factor.levels is None) for factor in term.factors)
