"""Which variables matter for predicting an outcome: random forests and weighted permutation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from surveykit.engine import FloatArray, IntArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.regression.small_sample import first_stage_units
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.structure.items import Item, Items, item_rows
from surveykit.results import Estimate
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["forest_importance"]

_NOTE = (
    "Importance: share of the outcome's spread, out of sample, that is no longer predicted when a variable's answers "
    "are drawn anew. Forests are taken as given; variables that go together share their importance; an association."
)


def forest_importance(
    survey: Survey,
    outcome: str,
    variables: Sequence[str],
    *,
    seed: int,
    trees: int = 300,
    folds: int = 5,
    draws: int = 5,
    leaf: int = 5,
    level: float = 0.95,
) -> Estimate:
    """Importance of variables for an outcome by random forests, weighted and out of sample.

    Sampling units are split into folds; a forest grown on the others with their weights predicts each fold, once as it
    is and several times with one variable's answers replaced by those of rows drawn by weight. Losses are squared
    errors (of the indicators of a category: Brier's score) over those of the weighted mean, so that `all variables` is
    R squared out of sample.

    Parameters
    ----------
    survey
        Rows, design and weights; rows that miss a variable are left out.
    outcome
        A number, a category or 0/1.
    variables
        Numbers, categories, 0/1; ``C(number)`` makes ordered categories of a number.
    seed
        Of folds, forests and draws.
    trees, leaf
        Trees of a forest, and smallest number of rows in a leaf.
    folds
        Number of folds.
    draws
        Times that each variable's answers are drawn anew.
    level
        Confidence level.

    Returns
    -------
    Estimate
        ``all variables``, then each, with errors of the design for the forests as given.

    Raises
    ------
    EstimationError
        If there are fewer sampling units than folds, or options are out of range.

    References
    ----------
    Breiman (2001), *Machine Learning* 45, 5-32; Fisher, Rudin and Dominici (2019), *JMLR* 20 (177), 1-81.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> rng = np.random.default_rng(1)
    >>> firms = pd.DataFrame(rng.normal(size=(200, 2)), columns=["staff", "noise"])
    >>> firms["sales"] = 2 * firms["staff"] + rng.normal(size=200)
    >>> found = sk.forest_importance(sk.Survey(firms), "sales", ["staff", "noise"], seed=1, trees=50)
    >>> bool(found.select("staff") > 10 * abs(found.select("noise")))
    True
    """
    if folds < 2 or trees < 1 or draws < 1 or leaf < 1:
        raise EstimationError(
            f"folds={folds}, trees={trees}, draws={draws}, leaf={leaf} is no forest.",
            remedy="Give two folds or more, and one or more of the others.",
        )
    items = item_rows(survey, [outcome, *variables], ordered=False)
    with one_thread():
        losses, spread = _losses(
            survey, items, np.random.default_rng(seed), trees=trees, folds=folds, draws=draws, leaf=leaf
        )
    weight = items.weight
    size = losses.shape[1]
    value = weight @ losses / (weight @ spread)
    if survey.replicates is None:
        scores = (losses - spread[:, None] * value) / (weight @ spread)
        sums = items.score_sums(survey, scores)
        covariance, df = sums.covariance(np.eye(size)), sums.degrees_of_freedom()
    else:
        found = np.full((survey.replicates.replicates, size), np.nan)
        for number in np.flatnonzero(survey.replicates.rscales > 0).tolist():
            own = survey.replicates.weights(number)[items.place]
            found[number] = own @ losses / (own @ spread)
        covariance, df = replicate_covariance(found, value, survey.replicates), domain_degrees(survey, items.exprs)
    names = ("all variables", *variables)
    return Estimate(
        statistic="importance",
        names=names,
        labels={"variable": names},
        estimate=value,
        covariance=covariance,
        df=np.full(size, df),
        n=np.full(size, len(weight)),
        weighted_n=np.full(size, weight.sum()),
        weight=survey.weight_name,
        level=level,
        notes=(*selection_note(survey), f"'{outcome}', {trees} trees, {folds} folds, seed {seed}.", _NOTE),
        synthetic=survey.synthetic,
    )


@dataclass(frozen=True, eq=False)
class _Features:
    """Columns of a forest, and which of them belong to which variable."""

    x: FloatArray
    owner: IntArray

    @staticmethod
    def of(survey: Survey, items: Items) -> _Features:
        """A column a number or ordered category; an indicator a level of other categories."""
        parts, owner = [], []
        for place, (item, expr) in enumerate(zip(items.columns[1:], items.exprs[1:], strict=True)):
            info = survey.engine.describe(expr)
            ordered = info.categories is None or info.ordered or item.categories < 3
            columns = item.values[:, None] if ordered else (item.codes[:, None] == np.arange(item.categories)) * 1.0
            parts.append(columns)
            owner += [place] * columns.shape[1]
        return _Features(np.hstack(parts), np.array(owner))


def _losses(
    survey: Survey,
    items: Items,
    rng: np.random.Generator,
    *,
    trees: int,
    folds: int,
    draws: int,
    leaf: int,
) -> tuple[FloatArray, FloatArray]:
    """Gains in loss of each row ``(m, 1 + p)``: of the forest over the mean, of each variable; and the mean's loss."""
    features, outcome, weight = _Features.of(survey, items), items.columns[0], items.weight
    target = outcome.codes[:, None] == np.arange(outcome.categories) if outcome.categories else outcome.values[:, None]
    target = np.asarray(target, np.float64)
    spread = ((target - weight @ target / weight.sum()) ** 2).sum(axis=1)
    fold = _folds(survey, items, rng, folds)
    count = int(features.owner.max()) + 1
    found = np.empty((len(weight), 1 + count))
    for number in range(folds):
        test, rest = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        forest = _grow(features.x[rest], outcome, rest, weight[rest], (trees, leaf, int(rng.integers(2**31))))
        plain = _loss(forest, features.x[test], target[test])
        found[test, 0] = spread[test] - plain
        chance = weight[test] / weight[test].sum()
        for place in range(count):
            own = features.owner == place
            total = np.zeros(len(test))
            for _ in range(draws):
                moved = features.x[test]
                moved[:, own] = features.x[rng.choice(test, len(test), p=chance)][:, own]
                total += _loss(forest, moved, target[test])
            found[test, 1 + place] = total / draws - plain
    return found, spread


def _folds(survey: Survey, items: Items, rng: np.random.Generator, folds: int) -> IntArray:
    """Fold of each row; sampling units stay whole."""
    units = first_stage_units(survey, items)
    if len(units) < folds:
        raise EstimationError(
            f"{len(units)} sampling unit(s) cannot be split into {folds} folds.", remedy="Give fewer folds."
        )
    fold: IntArray = np.empty(len(items.weight), np.int64)
    for place, unit in enumerate(rng.permutation(len(units)).tolist()):
        fold[units[unit]] = place % folds
    return fold


def _grow(
    x: FloatArray, outcome: Item, rows: IntArray, weight: FloatArray, options: tuple[int, int, int]
) -> RandomForestClassifier | RandomForestRegressor:
    trees, leaf, seed = options
    if not outcome.categories:
        forest = RandomForestRegressor(trees, min_samples_leaf=leaf, max_features=1 / 3, random_state=seed)
        return forest.fit(x, outcome.values[rows], sample_weight=weight / weight.mean())
    codes = outcome.codes[rows]
    if len(np.unique(codes)) < outcome.categories:
        raise EstimationError(
            f"A level of '{outcome.name}' is in one fold alone.", remedy="Merge rare levels, or give fewer folds."
        )
    forest = RandomForestClassifier(trees, min_samples_leaf=leaf, max_features="sqrt", random_state=seed)
    return forest.fit(x, codes, sample_weight=weight / weight.mean())


def _loss(forest: RandomForestClassifier | RandomForestRegressor, x: FloatArray, target: FloatArray) -> FloatArray:
    """Squared error of each row ``(m,)``, added up over the levels of a category."""
    if isinstance(forest, RandomForestRegressor):
        return np.asarray((target[:, 0] - forest.predict(x)) ** 2)
    return np.asarray(((target - forest.predict_proba(x)) ** 2).sum(axis=1))
