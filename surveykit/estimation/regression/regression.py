"""Generalised linear models with design-based covariance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.rows import ModelRows, model_rows
from surveykit.estimation.regression.absorbed import fit_absorbed
from surveykit.estimation.regression.families import family_and_link
from surveykit.estimation.regression.family_registry import Options, family_fit
from surveykit.estimation.regression.few_units import freedom_notes
from surveykit.estimation.regression.firth import fit_firth
from surveykit.estimation.regression.scoring import fit
from surveykit.estimation.regression.scoring_walks import Fit
from surveykit.estimation.regression.settled import refuse_unsettled
from surveykit.estimation.regression.small_sample import bias_reduced
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.replicated import model_replicates
from surveykit.expressions import Expr
from surveykit.formulas import DesignMatrix, compile_formula
from surveykit.results.estimate import two_sided_p
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["linear_model", "regress"]


def regress(
    survey: Survey,
    formula: str,
    *,
    family: str = "gaussian",
    link: str | None = None,
    offset: str | None = None,
    level: float = 0.95,
    limits: tuple[float | None, float | None] | None = None,
    open_end: float | None = None,
    non_proportional: str | None = None,
    small_sample: str | None = None,
    penalty: str | None = None,
    absorb: str | Sequence[str] | None = None,
) -> Model:
    """Regression with weights in the estimating equations and a linearised (sandwich) covariance (Binder 1983).

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"outcome ~ terms"``; see :func:`surveykit.formulas.compile_formula`.
    family
        ``"gaussian"``, ``"binomial"``, ``"poisson"``, ``"gamma"``; ``"fractional_logit"`` for shares from 0 to 1
        (Papke and
        Wooldridge 1996); ``"ordered_logit"``, ``"ordered_probit"``, ``"multinomial"`` for categories;
        ``"negative_binomial"`` for
        counts; ``"interval"`` for bands, whose edges come with the data; ``"tobit"`` for numbers cut off at `limits`.
    link
        For example ``"logit"``, ``"probit"``, ``"cloglog"``, ``"log"``; the family's canonical link by default.
    offset
        A column or expression added to the linear predictor.
    level
        Confidence level.
    limits
        ``(low, high)`` of a tobit, either None.
    open_end
        Upper edge in place of the open end of the last band of an interval regression.
    non_proportional
        Terms of an ordered regression that have a slope of their own at each cut point, or ``"."`` for all.
    small_sample
        For linear models of few sampling units: ``"bell_mccaffrey"`` for bias-reduced standard errors,
        ``"satterthwaite"`` for those with degrees of freedom for each coefficient.
    penalty
        ``"firth"`` for a logistic regression that is finite also where a column separates the outcomes.
    absorb
        Columns whose fixed effects are swept out of a linear model.

    Returns
    -------
    Model
        Coefficients with residual degrees of freedom, design degrees of freedom + 1 - rank.

    Raises
    ------
    EstimationError
        If the outcome is constant or separated, or the fit does not converge.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5, 9, 4], "staff": [1.0, 2, 5, 2], "w": [10.0, 10, 20, 5]})
    >>> regress(Survey(firms, weights="w"), "sales ~ staff").estimate.round(3)
    array([1.62 , 1.479])
    """
    matrix = compile_formula(formula, survey.engine)
    shift = matrix.offset if offset is None else survey.expression(offset)
    options = Options(
        link=link,
        limits=limits,
        open_end=open_end,
        non_proportional=non_proportional,
        small_sample=small_sample,
        penalty=penalty,
        absorb=absorb,
    )
    special = family_fit(family, options)
    if special is not None:
        with one_thread():
            return special(survey, matrix, shift, level, options)
    if absorb is not None:
        if small_sample is not None:
            raise EstimationError(
                "absorb= and small_sample= do not go together.", remedy="Write the fixed effects as C(...) terms."
            )
        with one_thread():
            return fit_absorbed(survey, matrix, shift, level, absorb)
    chosen_family, chosen_link = family_and_link("binomial" if family == "fractional_logit" else family, link)
    rows = model_rows(survey, matrix, chosen_family, chosen_link, shift)
    with one_thread():
        if penalty is not None:
            return fit_firth(rows, level)
        found = fit(rows)
        refuse_unsettled(rows, found)
        model = _model(rows, found, level)
        return model if small_sample is None else bias_reduced(model, small_sample)


def linear_model(survey: Survey, matrix: DesignMatrix, offset: Expr | None, level: float) -> Model:
    """Fit a linear regression whose formula is compiled already."""
    rows = model_rows(survey, matrix, *family_and_link("gaussian", None), offset)
    return _model(rows, fit(rows), level)


def _model(rows: ModelRows, found: Fit, level: float) -> Model:
    survey, matrix = rows.survey, rows.matrix
    names = tuple(matrix.names[place] for place in found.kept.tolist())
    aliased = tuple(name for name in matrix.names if name not in names)
    if survey.replicates is None:
        design_df = found.scores.degrees_of_freedom()
        covariance = found.scores.covariance(found.bread)
    else:
        design_df = domain_degrees(survey, rows.complete)
        refitted = model_replicates(rows, found.kept, found.coefficients)
        covariance = replicate_covariance(refitted, found.coefficients, survey.replicates)
    residual_df = design_df + 1 - len(names)
    n, weight = found.scores.rows, found.scores.weight
    notes = selection_note(survey)
    if aliased:
        notes = (*notes, f"Left out because they depend on other columns: {', '.join(aliased)}.")
    if survey.domain_text:
        notes = (*notes, f"Domain: {survey.domain_text}.")
    notes = (*notes, *freedom_notes(survey, design_df, len(names), residual_df))
    scale = rows.scale
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
        t = found.coefficients / se
    size = len(names)
    return Model(
        statistic="coefficient",
        names=names,
        labels={"term": names},
        estimate=found.coefficients,
        covariance=covariance,
        df=np.full(size, residual_df),
        n=np.full(size, n),
        weighted_n=np.full(size, weight),
        weight=survey.weight_name,
        level=level,
        facts={"t": t, "p": two_sided_p(t, np.full(size, residual_df))},
        notes=notes,
        synthetic=survey.synthetic,
        formula=matrix.text,
        family=rows.family.name,
        link=rows.link.name,
        matrix=matrix,
        aliased=aliased,
        deviance=found.deviance * scale,
        dispersion=found.pearson * scale / (n - 1) if n > 1 else float("nan"),
        bread=found.bread,
        design_df=design_df,
        survey=survey,
        offset=rows.offset,
    )
