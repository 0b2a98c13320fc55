"""Adjustment for firms that were sampled and did not answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from surveykit.weighting.newton import Solved
from surveykit.weighting.propensity import Classifier, ModelName, propensities
from surveykit.weighting.records import Weights
from surveykit.weighting.response_trees import response_tree
from surveykit.weighting.rows import COUNTS
from surveykit.weighting.steps import Adjustment, Step
from surveykit.weighting.take_again import adjusted

__all__ = ["NonresponseMethod", "adjust_nonresponse"]

NonresponseMethod = Literal["cells", "propensity", "tree"]
_METHODS = ("cells", "propensity", "tree")
_KINDS = 4
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
        found = propensities(
            feature_matrix([_taken(one, cases.eligible) for one in given]),
            cases.answered[cases.eligible],
            weights.values[cases.eligible],
            model,
            folds=folds,
            seed=seed,
        )
        detail = f"propensities ({found.model}, {folds} folds, AUC {found.auc:.3f})"
        if classes is None:
            return _divided(weights, cases, found.values, detail)
        cell, labels = _classes(found.values, cases, classes)
        detail = f"{len(labels)} classes of {detail}"
    _refuse_empty(cell, labels, cases)
    adjustment = Adjustment(_KINDS * len(labels), _KINDS * cell + cases.kind, _Ratios(len(labels)).solve)
    values = adjusted(adjustment, weights.values)
    return weights.then(values, _step(detail, cases, weights.values, values, adjustment))


@dataclass(frozen=True)
class _Cases:
    """What is known of each case, ``(n,)``."""

    answered: BoolArray
    eligible: BoolArray
    unknown: BoolArray

    @property
    def kind(self) -> IntArray:
        """0 for respondents, 1 for eligible nonrespondents, 2 for unknown eligibility, 3 for the ineligible."""
        kind: IntArray = np.select([self.answered, self.eligible, self.unknown], [0, 1, 2], 3)
        return kind


@dataclass(frozen=True)
class _Ratios:
    """Factors by cell and kind of case, from their weights."""

    cells: int

    def solve(self, sums: FloatArray) -> Solved:
        respondents, others, unknown, ineligible = sums.reshape(self.cells, _KINDS).T
        known = respondents + others + ineligible
        with np.errstate(divide="ignore", invalid="ignore"):
            shared = 1 + np.where(known > 0, unknown / known, 0.0)
            factor = shared * np.where(respondents > 0, (respondents + others) / respondents, 0.0)
        factors = np.zeros((self.cells, _KINDS))
        factors[:, 0] = factor
        return Solved(factors.reshape(-1), 0.0, np.zeros(0), 1)


def _cases(engine: MemoryEngine, responded: str | None, eligible: str | None, weights: FloatArray) -> _Cases:
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
    return _Cases(answered & used, member & used, unknown & used)


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
    given: Sequence[Feature], cases: _Cases, weights: FloatArray, smallest: int, alpha: float, depth: int
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


def _classes(values: FloatArray, cases: _Cases, classes: int) -> tuple[IntArray, list[str]]:
    if cases.unknown.any():
        raise WeightingError(
            f"{int(cases.unknown.sum())} case(s) are of unknown eligibility, which propensities do not place.",
            remedy="Use method='cells', or settle their eligibility first.",
        )
    edges = np.unique(np.quantile(values, np.linspace(0, 1, classes + 1)[1:-1]))
    cell = np.zeros(len(cases.eligible), np.int64)
    cell[cases.eligible] = np.searchsorted(edges, values, side="right")
    bounds = [0.0, *edges.tolist(), 1.0]
    return cell, [f"propensity {low:.3f} to {high:.3f}" for low, high in pairwise(bounds)]


def _refuse_empty(cell: IntArray, labels: Sequence[str], cases: _Cases) -> None:
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


def _divided(weights: Weights, cases: _Cases, values: FloatArray, detail: str) -> Weights:
    least = float(values[cases.answered[cases.eligible]].min())
    if least < _LEAST_PROPENSITY:
        raise WeightingError(
            f"A respondent has a propensity of {least:.4f}, by which its weight would be divided.",
            remedy="Use classes=5, which averages propensities that are alike.",
        )
    factor = np.zeros(len(cases.eligible))
    factor[cases.eligible] = 1 / values
    after = weights.values * np.where(cases.answered, factor, 0.0)
    return weights.then(after, _step(f"divided by {detail}", cases, weights.values, after, None))


def _step(detail: str, cases: _Cases, before: FloatArray, after: FloatArray, adjustment: Adjustment | None) -> Step:
    ratio = after[cases.answered] / before[cases.answered]
    rate = float(before[cases.answered].sum() / before[cases.eligible].sum())
    facts: dict[str, Any] = {"response_rate": rate, "factors": (float(ratio.min()), float(ratio.max()))}
    text = f"{detail}; weighted response rate {rate:.1%}, factors {ratio.min():.3g} to {ratio.max():.3g}"
    return Step("nonresponse", text, ends_calibration=True, facts=facts, adjustment=adjustment)
