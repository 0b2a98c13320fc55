"""Adjustment for firms that were sampled and did not answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from surveykit.engine import FloatArray, IntArray, MemoryEngine
from surveykit.engine.grouping import combine, dense_codes
from surveykit.errors import ColumnError, WeightingError, listing
from surveykit.expressions import Column, names, parse
from surveykit.expressions.values import BoolArray
from surveykit.weighting.auxiliaries import in_memory
from surveykit.weighting.features import Feature, feature_matrix, features
from surveykit.weighting.propensity import Classifier, ModelName, Propensities, propensities
from surveykit.weighting.records import Weights
from surveykit.weighting.response_models import (
    Sampled,
    cell_adjustment,
    cell_equations,
    propensity_adjustment,
    propensity_equations,
)
from surveykit.weighting.response_trees import response_tree
from surveykit.weighting.rows import COUNTS
from surveykit.weighting.steps import Step
from surveykit.weighting.take_again import adjusted

__all__ = ["NonresponseMethod", "adjust_nonresponse"]

NonresponseMethod = Literal["cells", "propensity", "tree"]
_METHODS = ("cells", "propensity", "tree")
_LEAST_PROPENSITY = 0.01


def adjust_nonresponse(
    weights: Weights,
    responded: str | None = None,
    *,
    predictors: str | Sequence[str],
    method: NonresponseMethod = "cells",
    eligible: str | None = None,
    model: ModelName | Classifier = "logistic",
    classes: int | None = 5,
    folds: int = 5,
    seed: int | None = None,
    smallest: int = 30,
    alpha: float = 0.05,
    depth: int = 3,
) -> Weights:
    """Let respondents stand for the nonrespondents that resemble them; nonrespondents then weigh nothing.

    Within cells the factor is the weight of all eligible cases over that of the respondents (Oh and Scheuren 1983).
    Cells are the predictors crossed, the leaves of a tree, or classes of the estimated propensity to respond.

    Standard errors follow the step (Beaumont 2005; Kim and Kim 2007): factors of cells, with the cells taken as fixed,
    and logistic propensities, cross-fitted or not, are estimates like any other, and those who did not answer have a
    part in them. Division by the propensities of other models has no such linearisation; estimates then say that these
    are taken as known, which usually makes standard errors too wide, and replicates with ``recalibrate=True`` fit the
    models again.

    Parameters
    ----------
    weights
        Weights of all sampled cases, those that did not answer included.
    responded
        Column or condition that holds for respondents; by default the cases of a Responses that count.
    predictors
        Columns or expressions known for respondents and nonrespondents. Missing values are a group of their own.
    method
        ``"cells"``, ``"propensity"`` or ``"tree"``.
    eligible
        Column or condition that holds for members of the population. Ineligible cases get weight zero. Where it is
        missing, eligibility is unknown: in each cell that weight is shared by the cases whose eligibility is known.
    model, folds, seed
        Of the propensities: ``"logistic"``, ``"boosting"``, ``"forest"`` or a classifier of scikit-learn,
        cross-fitted in `folds` parts.
    classes
        Number of classes of the propensity; None divides by the propensity itself.
    smallest, alpha, depth
        Of the tree: least rows in a cell, level of the tests, most splits above one another.

    Raises
    ------
    WeightingError
        If a cell has cases and no respondent (all are listed), or a seed is missing.

    References
    ----------
    Beaumont (2005), *Survey Methodology* 31, 231-237; Kim and Kim (2007), *Canadian Journal of Statistics* 35, 501-514.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit.weighting import base_weights
    >>> firms = pd.DataFrame({"size": list("ssssll"), "answered": [1, 1, 0, 0, 1, 1], "w": 10.0})
    >>> adjust_nonresponse(base_weights(firms, "w"), "answered", predictors="size").values
    array([20., 20.,  0.,  0., 10., 10.])
    """
    if method not in _METHODS:
        raise WeightingError(f"method={method!r} is not known.", remedy=f"Choose one of {listing(_METHODS)}.")
    engine = in_memory(weights.engine)
    cases = _cases(engine, responded, eligible, weights.values)
    given = features(engine, predictors)
    if method == "cells":
        cell, labels = _crossed(given)
        detail = f"cells of {' x '.join(one.name for one in given)}"
    elif method == "tree":
        cell, labels = _tree(given, cases, weights.values, smallest, alpha, depth)
        detail = f"{len(labels)} cells of a response tree"
    else:
        _refuse_unknown(cases)
        matrix = feature_matrix([_taken(one, cases.eligible) for one in given])
        found = propensities(
            matrix,
            cases.answered[cases.eligible],
            weights.values[cases.eligible],
            model,
            folds=folds,
            seed=seed,
        )
        detail = f"propensities ({found.model}, {folds} folds, AUC {found.auc:.3f})"
        if classes is None:
            return _divided(weights, cases, found, matrix, detail)
        cell, labels = _classes(found.values, cases, classes)
        detail = f"{len(labels)} classes of {detail}"
    _refuse_empty(cell, labels, cases)
    adjustment = cell_adjustment(cell, len(labels), cases)
    values = adjusted(adjustment, weights.values)
    step = replace(
        _step(detail, cases, weights.values, values),
        adjustment=adjustment,
        estimated=cell_equations(cell, len(labels), cases, weights.values),
    )
    return weights.then(values, step)


def _cases(engine: MemoryEngine, responded: str | None, eligible: str | None, weights: FloatArray) -> Sampled:
    if responded is None and COUNTS not in engine.columns:
        raise WeightingError(
            "It is not said who responded.", remedy='Pass responded="answered", a column that holds for respondents.'
        )
    answered, lost = _condition(engine, responded or COUNTS)
    if lost.any():
        raise WeightingError(f"'{responded}' is missing in {int(lost.sum())} row(s).", remedy="Say it for every case.")
    member, unknown = (
        (np.ones(engine.rows, np.bool_), np.zeros(engine.rows, np.bool_))
        if eligible is None
        else _condition(engine, eligible)
    )
    odd = answered & ~member
    if odd.any():
        raise WeightingError(
            f"{int(odd.sum())} respondent(s) are not eligible, first in row {int(np.flatnonzero(odd)[0]) + 1}.",
            remedy="Respondents are eligible by definition; correct one of the two columns.",
        )
    used = weights != 0
    return Sampled(answered & used, member & used, unknown & used)


def _condition(engine: MemoryEngine, text: str) -> tuple[BoolArray, BoolArray]:
    """Where a condition holds, and where it is missing."""
    expr = Column(text) if text in engine.columns else parse(text)
    for name in names(expr):
        if name not in engine.columns:
            raise ColumnError(name, engine.columns)
    values = engine.evaluate(expr)
    if values.categories is not None or not np.isin(values.data, (0, 1)).all():
        raise WeightingError(
            f"'{text}' is no condition.", remedy="Use True and False, or a comparison as \"x == 'yes'\"."
        )
    missing = np.zeros(engine.rows, np.bool_) if values.valid is None else ~values.valid
    return values.true(), missing


def _taken(feature: Feature, rows: BoolArray) -> Feature:
    return Feature(feature.name, feature.levels, feature.values[rows])


def _crossed(given: Sequence[Feature]) -> tuple[IntArray, list[str]]:
    code: IntArray = np.zeros(len(given[0].values), np.int64)
    texts = [""]
    for one in given:
        if one.levels is None:
            raise WeightingError(
                f"'{one.name}' is a number, and cells need categories.",
                remedy="Cut it into bands, or use method='tree' or 'propensity'.",
            )
        labels = [f"{one.name} = {level}" for level in (*one.levels, "missing")]
        code = combine(code, np.asarray(one.values, np.int64), len(labels))
        texts = [f"{text}, {label}" if text else label for text in texts for label in labels]
    dense, present = dense_codes(code)
    return dense.astype(np.int64), [texts[place] for place in present.tolist()]


def _tree(
    given: Sequence[Feature], cases: Sampled, weights: FloatArray, smallest: int, alpha: float, depth: int
) -> tuple[IntArray, list[str]]:
    """Leaves of a tree grown on the eligible cases; cases of unknown eligibility would need its predictors alike."""
    if cases.unknown.any():
        raise WeightingError(
            f"{int(cases.unknown.sum())} case(s) are of unknown eligibility, which the tree does not place.",
            remedy="Use method='cells', or settle their eligibility first.",
        )
    rows = np.flatnonzero(cases.eligible)
    leaves = response_tree(
        [_taken(one, cases.eligible) for one in given],
        cases.answered[rows],
        weights[rows],
        smallest=smallest,
        alpha=alpha,
        depth=depth,
    )
    cell = np.zeros(len(cases.eligible), np.int64)
    for number, leaf in enumerate(leaves):
        cell[rows[leaf.rows]] = number
    return cell, [leaf.path for leaf in leaves]


def _refuse_unknown(cases: Sampled) -> None:
    if cases.unknown.any():
        raise WeightingError(
            f"{int(cases.unknown.sum())} case(s) are of unknown eligibility, which propensities do not place.",
            remedy="Use method='cells', or settle their eligibility first.",
        )


def _classes(values: FloatArray, cases: Sampled, classes: int) -> tuple[IntArray, list[str]]:
    edges = np.unique(np.quantile(values, np.linspace(0, 1, classes + 1)[1:-1]))
    cell = np.zeros(len(cases.eligible), np.int64)
    cell[cases.eligible] = np.searchsorted(edges, values, side="right")
    bounds = [0.0, *edges.tolist(), 1.0]
    return cell, [f"propensity {low:.3f} to {high:.3f}" for low, high in pairwise(bounds)]


def _refuse_empty(cell: IntArray, labels: Sequence[str], cases: Sampled) -> None:
    inside = cases.eligible | cases.unknown
    everyone = np.bincount(cell[inside], minlength=len(labels))
    respondents = np.bincount(cell[cases.answered], minlength=len(labels))
    places = np.flatnonzero((everyone > 0) & (respondents == 0)).tolist()
    empty = [f"{labels[place]} ({everyone[place]} cases)" for place in places]
    if empty:
        raise WeightingError(
            f"{len(empty)} cell(s) have cases and no respondent: {listing(empty, limit=5)}.",
            remedy="Leave out a predictor, merge levels, or use method='tree', which merges them.",
        )


def _divided(weights: Weights, cases: Sampled, found: Propensities, matrix: FloatArray, detail: str) -> Weights:
    least = float(found.values[cases.answered[cases.eligible]].min())
    if least < _LEAST_PROPENSITY:
        raise WeightingError(
            f"A respondent has a propensity of {least:.4f}, by which its weight would be divided.",
            remedy="Use classes=5, which averages propensities that are alike.",
        )
    factor = np.zeros(len(cases.eligible))
    factor[cases.eligible] = 1 / found.values
    after = weights.values * np.where(cases.answered, factor, 0.0)
    estimated = propensity_equations(found, matrix, cases, weights.values)
    step = replace(
        _step(f"divided by {detail}", cases, weights.values, after),
        adjustment=propensity_adjustment(found, matrix, cases),
        estimated=estimated,
        taken_as_known="" if estimated is not None else f"response propensities ({found.model})",
    )
    return weights.then(after, step)


def _step(detail: str, cases: Sampled, before: FloatArray, after: FloatArray) -> Step:
    ratio = after[cases.answered] / before[cases.answered]
    rate = float(before[cases.answered].sum() / before[cases.eligible].sum())
    facts: dict[str, Any] = {"response_rate": rate, "factors": (float(ratio.min()), float(ratio.max()))}
    text = f"{detail}; weighted response rate {rate:.1%}, factors {ratio.min():.3g} to {ratio.max():.3g}"
    return Step("nonresponse", text, ends_calibration=True, facts=facts)
