"""Correlations of the normal variables that stand behind ratings: polychoric, tetrachoric, polyserial."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.structure.items import Items, item_rows
from surveykit.estimation.structure.latent_pairs import latent_correlation
from surveykit.results import Estimate
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["polychoric_correlation", "polychoric_matrix"]


def polychoric_correlation(survey: Survey, variables: Sequence[str], *, level: float = 0.95) -> Estimate:
    """Correlations of the normal variables behind ratings, weighted, with design-based standard errors.

    Two ordered categories give the polychoric (of two levels: the tetrachoric) correlation, a number and a category the
    polyserial one, two numbers Pearson's. Thresholds come from the weighted margins, then each correlation from the
    weighted table; the standard error holds both steps. It supposes that a normal variable stands behind each rating.

    Parameters
    ----------
    survey
        Rows, design and weights; rows that miss one variable are left out of all.
    variables
        Ordered categories, dichotomies (also numbers of two values), numbers; ``C(rating)`` makes ordered categories of
        a number, or says that a category's levels are in order.
    level
        Confidence level.

    Returns
    -------
    Estimate
        Column by column of the matrix, labels ``variable`` and ``with``; the diagonal is 1 without error.

    Raises
    ------
    EstimationError
        If a category has no order, a variable does not vary, or a correlation goes to 1 because cells are empty.

    References
    ----------
    Olsson (1979), *Psychometrika* 44, 443-460; Olsson, Drasgow and Dorans (1982), *Psychometrika* 47, 337-347.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"a": [1, 1, 2, 2, 3, 3, 1, 3, 2], "b": [1, 2, 2, 1, 2, 2, 1, 2, 2]})
    >>> polychoric_correlation(sk.Survey(firms), ["C(a)", "b"]).estimate.round(2)
    array([1.  , 0.79, 0.79, 1.  ])
    """
    rows = item_rows(survey, variables)
    pairs = list(combinations(range(len(variables)), 2))
    with one_thread():
        found = [latent_correlation(rows.columns[one], rows.columns[two], rows.weight) for one, two in pairs]
        value = np.array([rho for rho, _ in found])
        if survey.replicates is None:
            sums = rows.score_sums(survey, np.column_stack([influence for _, influence in found]))
            covariance = sums.covariance(np.eye(len(pairs)) / rows.weight.sum())
            df = sums.degrees_of_freedom()
        else:
            covariance, df = _replicated(survey, rows, pairs, value), domain_degrees(survey, rows.exprs)
    size = len(variables)
    place = {pair: number for number, pair in enumerate(pairs)}
    order = [place.get((min(r, c), max(r, c)), -1) for c in range(size) for r in range(size)]
    full = np.zeros((len(pairs) + 1, len(pairs) + 1))
    full[:-1, :-1] = covariance
    labels = {
        "variable": tuple(variables[r] for _ in range(size) for r in range(size)),
        "with": tuple(variables[c] for c in range(size) for _ in range(size)),
    }
    note = "Correlations of normal variables supposed behind the ratings (polychoric, tetrachoric, polyserial)."
    domain = (f"Domain: {survey.domain_text}.",) if survey.domain_text else ()
    return Estimate(
        statistic="polychoric correlation",
        names=tuple(f"{one}:{two}" for one, two in zip(labels["variable"], labels["with"], strict=True)),
        labels=labels,
        estimate=np.append(value, 1.0)[order],
        covariance=full[np.ix_(order, order)],
        df=np.full(len(order), df),
        n=np.full(len(order), len(rows.weight)),
        weighted_n=np.full(len(order), rows.weight.sum()),
        weight=survey.weight_name,
        level=level,
        notes=(*selection_note(survey), note, *domain),
        synthetic=survey.synthetic,
    )


def polychoric_matrix(rows: Items) -> FloatArray:
    """Correlations ``(p, p)`` alone, without their errors."""
    matrix = np.eye(len(rows.columns))
    for one, two in combinations(range(len(rows.columns)), 2):
        rho = latent_correlation(rows.columns[one], rows.columns[two], rows.weight)[0]
        matrix[one, two] = matrix[two, one] = rho
    return matrix


def _replicated(survey: Survey, rows: Items, pairs: list[tuple[int, int]], value: FloatArray) -> FloatArray:
    replicates = survey.replicates
    assert replicates is not None
    estimates = np.full((replicates.replicates, len(pairs)), np.nan)
    for number in np.flatnonzero(replicates.rscales > 0).tolist():
        weight = replicates.weights(number)[rows.place]
        for place, (one, two) in enumerate(pairs):
            near = float(value[place])
            estimates[number, place] = latent_correlation(rows.columns[one], rows.columns[two], weight, near)[0]
    return replicate_covariance(estimates, value, replicates)
