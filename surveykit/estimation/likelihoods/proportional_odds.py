"""Proportional odds: the partial model, and a design-based test of the assumption."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, did_you_mean, listing
from surveykit.estimation.likelihoods.cumulative import CumulativeLikelihood, PartialProportional
from surveykit.estimation.likelihoods.likelihood_model import likelihood_model
from surveykit.estimation.likelihoods.maximise import maximise
from surveykit.estimation.likelihoods.ordered import CumulativeLink, OrderedLikelihood
from surveykit.estimation.likelihoods.outcome_levels import outcome_levels, outcome_shares
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows, outcome_rows
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.rows import model_rows
from surveykit.estimation.regression.families import family_and_link
from surveykit.estimation.regression.normal_equations import inverse_of
from surveykit.estimation.regression.scoring import fit
from surveykit.estimation.replicated import each_replicate
from surveykit.estimation.row_scores import ScoreSums
from surveykit.expressions import Boolean, Compare, Expr, Literal
from surveykit.formulas import DesignMatrix, MatrixColumn, compile_terms
from surveykit.results import TestResult
from surveykit.results.quadratic_forms import f_tail
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["fit_partial_proportional", "proportional_odds_test"]


def fit_partial_proportional(
    survey: Survey, matrix: DesignMatrix, offset: Expr | None, level: float, *, link: str, terms: str
) -> Model:
    """Fit an ordered regression in which some terms have slopes of their own at each cut point.

    Parameters
    ----------
    terms
        Terms of the formula, as ``"size + log(staff)"``, or ``"."`` for all.
    """
    levels = outcome_levels(matrix, "an ordered regression needs categories in order")
    matrix = _with_intercept(matrix)
    rows = outcome_rows(survey, matrix, offset)
    shares = outcome_shares(rows, levels)
    own = _own_columns(survey, matrix, terms)
    whole_names, distribution = matrix.names, CumulativeLink(link)
    labels = tuple(map(str, levels))
    cuts = tuple(f"{low}|{high}" for low, high in pairwise(labels))
    count, size = len(cuts), len(whole_names)
    names, columns = [], []
    for place, name in enumerate(whole_names):
        if not matrix.columns[place].parts:
            continue
        blocks = [(cut,) for cut in range(count)] if place in own else [tuple(range(count))]
        for block in blocks:
            column = np.zeros(size * count)
            column[[cut * size + place for cut in block]] = -1.0
            columns.append(column)
            names.append(f"{name} ({cuts[block[0]]})" if place in own else name)
    intercept = next(place for place, column in enumerate(matrix.columns) if not column.parts)
    for cut in range(count):
        column = np.zeros(size * count)
        column[cut * size + intercept] = 1.0
        columns.append(column)
        names.append(cuts[cut])
    initial = np.concatenate([np.zeros(len(names) - count), distribution.quantile(np.cumsum(shares)[:-1])])
    whole = CumulativeLikelihood(whole_names, cuts, (), np.zeros(size * count), labels, distribution)
    likelihood = PartialProportional(whole, np.column_stack(columns), tuple(names), initial)
    found = maximise(rows, likelihood)
    return likelihood_model(
        rows,
        likelihood,
        found,
        family=f"ordered {link}, partial proportional",
        link=link,
        slopes=len(names) - count,
        level=level,
    )


def proportional_odds_test(model: Model) -> TestResult:
    """Test that the slopes of an ordered regression are the same at every cut point.

    A binary regression of ``y > k`` is fitted at each of the K - 1 cut points; their slopes are compared by a Wald test
    with their joint design-based covariance.

    Parameters
    ----------
    model
        An ordered logit or probit of :func:`regress`.

    Returns
    -------
    TestResult
        With ``slopes`` ``(K - 1, p)`` among its facts, which show where the assumption fails.

    Raises
    ------
    EstimationError
        If the model is no ordered regression, or a cut point separates a column.

    References
    ----------
    Brant (1990), *Biometrics* 46, 1171-1178; here with the covariance of the design (Binder 1983).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import surveykit as sk
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=300)
    >>> y = pd.cut(x + rng.logistic(size=300), [-99, -1, 1, 99], labels=["l", "m", "h"])
    >>> frame = pd.DataFrame({"x": x, "y": y})
    >>> proportional_odds_test(sk.regress(sk.Survey(frame), "y ~ x", family="ordered_logit")).df
    1
    """
    likelihood = model.likelihood
    if not isinstance(likelihood, OrderedLikelihood):
        raise EstimationError(
            f"The model of the family '{model.family}' is no ordered regression.",
            remedy='Fit it with family="ordered_logit" or "ordered_probit".',
        )
    replicates = model.survey.replicates
    with one_thread():
        slopes, covariance, sums = _binary_slopes(model, likelihood)
        if replicates is not None:
            again = each_replicate(
                model.survey, lambda one: _slopes(replace(model, survey=one), likelihood)[0].reshape(-1)
            )
            covariance = replicate_covariance(again, slopes.reshape(-1), replicates)
    cuts, size = slopes.shape
    difference = np.kron(np.column_stack([-np.ones(cuts - 1), np.eye(cuts - 1)]), np.eye(size))
    vector = difference @ slopes.reshape(-1)
    middle = difference @ covariance @ difference.T
    number = len(vector)
    freedom = model.design_df - number + 1
    if freedom <= 0:
        raise EstimationError(
            f"{number} differences of slopes are to be tested with {model.design_df:g} design degrees of freedom.",
            remedy="Test a model with fewer columns.",
        )
    scale = np.sqrt(np.diagonal(middle))
    standard = vector / scale
    quadratic = float(standard @ np.linalg.solve(middle / np.outer(scale, scale), standard))
    # Hotelling's form: with d degrees of freedom the quadratic form over q times (d - q + 1) / d is F.
    statistic = quadratic / number * freedom / model.design_df
    return TestResult(
        hypothesis=f"the slopes of {model.formula} are the same at every cut point",
        method="Brant test with design-based covariance",
        statistic_name="F",
        statistic=statistic,
        df=number,
        ddf=freedom,
        p_value=f_tail(statistic, number, freedom),
        n=sums.rows,
        weighted_n=sums.weight,
        weight=model.weight,
        facts={"slopes": slopes},
        synthetic=model.synthetic,
    )


def _binary_slopes(model: Model, likelihood: OrderedLikelihood) -> tuple[FloatArray, FloatArray, ScoreSums]:
    """Slopes of ``y > k`` for each cut point ``(K - 1, p)`` with their joint covariance by the design."""
    matrix = _with_intercept(model.matrix)
    cuts, size = len(likelihood.levels) - 1, len(matrix.columns)
    family, link = family_and_link("binomial", likelihood.link.name)
    own_slopes, betas = _slopes(model, likelihood)
    sums = ScoreSums(model.survey, cuts * size)
    informations = np.zeros((cuts, size, size))
    rows = OutcomeRows(model.survey, matrix, model.offset)
    for batch, x, y, offset in rows.batches():
        scores = np.zeros((len(y), cuts * size))
        for cut, beta in enumerate(betas):
            eta = x @ beta + offset
            mu = np.clip(link.inverse(eta), 1e-15, 1 - 1e-15)
            slope = link.slope(eta) / family.variance(mu)
            scores[:, cut * size : (cut + 1) * size] = x * (batch.weight * slope * ((y > cut) - mu))[:, None]
            informations[cut] += (x * (batch.weight * slope * link.slope(eta))[:, None]).T @ x
        sums.add(batch, np.where((batch.weight != 0)[:, None], scores, 0.0))
    breads = [inverse_of(one) for one in informations]
    slopes = [place for place, column in enumerate(matrix.columns) if column.parts]
    mapping = np.zeros((cuts * size, cuts * len(slopes)))
    for cut, bread in enumerate(breads):
        own = slice(cut * len(slopes), (cut + 1) * len(slopes))
        mapping[cut * size : (cut + 1) * size, own] = bread[:, slopes]
    covariance = sums.covariance(mapping) if model.survey.replicates is None else np.zeros((0, 0))
    return own_slopes, covariance, sums


def _slopes(model: Model, likelihood: OrderedLikelihood) -> tuple[FloatArray, list[FloatArray]]:
    """Slopes ``(K - 1, p)`` of the binary regressions, and all their coefficients."""
    matrix = _with_intercept(model.matrix)
    betas = [_binary(model, matrix, likelihood, cut) for cut in range(len(likelihood.levels) - 1)]
    slopes = [place for place, column in enumerate(matrix.columns) if column.parts]
    return np.stack(betas)[:, slopes], betas


def _binary(model: Model, matrix: DesignMatrix, likelihood: OrderedLikelihood, cut: int) -> FloatArray:
    """Coefficients of ``y > cut``."""
    response = matrix.response
    assert response is not None
    assert response.levels is not None
    above = tuple(Compare("==", response.expr, Literal(level)) for level in response.levels[cut + 1 :])  # type: ignore[arg-type]
    condition: Expr = above[0] if len(above) == 1 else Boolean("or", above)
    binary = replace(matrix, response=replace(response, expr=condition, levels=None))
    family, link = family_and_link("binomial", likelihood.link.name)
    rows = model_rows(model.survey, binary, family, link, model.offset)
    found = fit(rows, tolerance=1e-12)
    if len(found.kept) < len(matrix.columns):
        lost = [name for place, name in enumerate(matrix.names) if place not in found.kept]
        raise EstimationError(
            f"Above '{likelihood.levels[cut]}', {listing(lost)} cannot be told apart from the others.",
            remedy="Leave them out of the model.",
        )
    return found.coefficients


def _with_intercept(matrix: DesignMatrix) -> DesignMatrix:
    if matrix.has_intercept:
        return matrix
    return replace(matrix, columns=(MatrixColumn("Intercept", (), -1), *matrix.columns))


def _own_columns(survey: Survey, matrix: DesignMatrix, terms: str) -> set[int]:
    """Places of the columns of some terms."""
    if terms.strip() == ".":
        return {place for place, column in enumerate(matrix.columns) if column.parts}
    wanted = {term.name for term in compile_terms(terms, survey.engine).terms if term.factors}
    known = {term.name for term in matrix.terms if term.factors}
    for name in wanted:
        if name not in known:
            raise EstimationError(f"'{name}' is not a term of {matrix.text!r}.", remedy=did_you_mean(name, known))
    return {
        place
        for place, column in enumerate(matrix.columns)
        if column.parts and matrix.terms[column.term].name in wanted
    }
