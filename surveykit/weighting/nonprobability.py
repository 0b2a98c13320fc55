"""Weights of a sample that chose itself, from a reference sample that was drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.engine import FloatArray, MemoryEngine
from surveykit.errors import WeightingError
from surveykit.expressions import Column, Expr, parse
from surveykit.weighting.auxiliaries import in_memory
from surveykit.weighting.calibrate import calibrate
from surveykit.weighting.distances import CalibrationMethod
from surveykit.weighting.features import Feature, feature_matrix, features, shared_levels
from surveykit.weighting.propensity import Classifier, ModelName, propensities
from surveykit.weighting.records import Weights
from surveykit.weighting.steps import Step

__all__ = ["doubly_robust", "inverse_propensity"]

_LEAST = 1e-6


def inverse_propensity(
    weights: Weights,
    reference: Weights,
    *,
    predictors: str | Sequence[str],
    model: ModelName | Classifier = "logistic",
    folds: int = 5,
    seed: int | None = None,
    classes: int | None = None,
) -> Weights:
    """Weight an opt-in sample by the inverse of its estimated propensity to take part.

    Both samples are stacked, the reference with its weights. The odds of belonging to the opt-in sample then estimate
    the share of such firms that take part (adjusted logistic propensity; Wang, Valliant and Li 2021), and the weights
    are its inverse. They hold if taking part is ignorable given the predictors, and every kind of firm can take part.

    Parameters
    ----------
    weights
        Of the opt-in sample, usually equal.
    reference
        Of the reference sample; they add to the population.
    predictors
        Columns or expressions that both samples have.
    model, folds, seed
        ``"logistic"``, ``"boosting"``, ``"forest"`` or a classifier of scikit-learn; each row is predicted by a model
        fitted to the other parts of both samples.
    classes
        Average the propensities in so many classes; None uses them as they are.

    Raises
    ------
    WeightingError
        If the samples code a predictor differently, firms of the opt-in sample have no like in the reference, or a
        seed is missing.

    References
    ----------
    Wang, Valliant and Li (2021), *Statistics in Medicine* 40, 5237-5250; Elliott and Valliant (2017), *Statistical
    Science* 32, 249-264.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit.weighting import base_weights
    >>> panel = base_weights(pd.DataFrame({"size": list("ssll")}))
    >>> drawn = base_weights(pd.DataFrame({"size": list("ssl"), "w": [40.0, 40.0, 20.0]}), "w")
    >>> inverse_propensity(panel, drawn, predictors="size", folds=1).values.round(1)
    array([40., 40., 10., 10.])
    """
    own, other = in_memory(weights.engine), in_memory(reference.engine)
    stacked = _stacked(own, other, predictors)
    inside = np.concatenate([np.ones(own.rows, np.bool_), np.zeros(other.rows, np.bool_)])
    both = np.concatenate([weights.values, reference.values])
    used = both != 0
    found = propensities(
        feature_matrix([Feature(one.name, one.levels, one.values[used]) for one in stacked]),
        inside[used],
        both[used],
        model,
        folds=folds,
        seed=seed,
    )
    share = np.ones(len(both))
    share[used] = found.values / np.maximum(1 - found.values, _LEAST)
    mine = share[: own.rows]
    if classes is not None:
        mine = _averaged(mine, share[own.rows :], weights.values, reference.values, classes)
    least = float(mine[weights.values != 0].min())
    if least < _LEAST:
        raise WeightingError(
            f"A firm of the opt-in sample has a propensity of {least:.2g}, so its weight has no bound.",
            remedy="Pass classes=10, or leave out a predictor that tells the samples apart completely.",
        )
    values = np.where(weights.values != 0, weights.values / mine, 0.0)
    scale = reference.values.sum() / values.sum()
    detail = (
        f"inverse propensity of taking part against '{reference.name}' "
        f"({found.model}, {folds} folds, AUC {found.auc:.3f})"
        + (f" in {classes} classes" if classes else "")
        + f", scaled by {scale:.3f} to the reference's total"
    )
    facts = {"auc": found.auc, "scale": float(scale)}
    step = Step("inverse propensity", detail, ends_calibration=True, facts=facts)
    return weights.then(values * scale, step, illustrative=reference.illustrative)


def doubly_robust(
    weights: Weights,
    reference: Weights,
    *,
    predictors: str | Sequence[str],
    model: ModelName | Classifier = "logistic",
    folds: int = 5,
    seed: int | None = None,
    classes: int | None = None,
    method: CalibrationMethod = "raking",
) -> Weights:
    """Inverse-propensity weights calibrated to the reference sample's totals of the predictors.

    A mean under these weights is right if either the propensities are, or the outcome is linear in the predictors
    (Chen, Li and Wu 2020). The totals are estimates: their own variance is that of the reference sample and is not in
    the standard errors.

    Parameters
    ----------
    weights, reference, predictors, model, folds, seed, classes
        As in :func:`inverse_propensity`; predictors are columns without missing values.
    method
        Distance of the calibration, as in :func:`calibrate`.

    References
    ----------
    Chen, Li and Wu (2020), *JASA* 115, 2011-2021.
    """
    first = inverse_propensity(
        weights, reference, predictors=predictors, model=model, folds=folds, seed=seed, classes=classes
    )
    names = [predictors] if isinstance(predictors, str) else list(predictors)
    own, other = in_memory(weights.engine), in_memory(reference.engine)
    formula = "~ " + " + ".join(
        f"`{name}`" if name in own.columns and not name.isidentifier() else name for name in names
    )
    totals = {"Intercept": float(reference.values.sum())}
    for one in features(other, names, _own_levels(own, names)):
        if one.missing[reference.values != 0].any():
            raise WeightingError(
                f"'{one.name}' is missing in the reference sample.", remedy="Impute it, or leave it out."
            )
        if one.levels is None:
            totals[one.name] = float(reference.values @ one.values)
        else:
            sums = np.bincount(np.asarray(one.values, np.int64), weights=reference.values, minlength=len(one.levels))
            totals |= {f"{one.name}[{level}]": float(sums[code]) for code, level in enumerate(one.levels) if code}
    return calibrate(first, totals, formula=formula, method=method)


def _own_levels(engine: MemoryEngine, names: Sequence[str]) -> dict[str, tuple[object, ...]]:
    found = {}
    for name in names:
        expr: Expr = Column(name) if name in engine.columns else parse(name)
        if engine.evaluate(expr).categories is not None:
            found[name] = engine.levels(expr)
    return found


def _stacked(own: MemoryEngine, other: MemoryEngine, predictors: str | Sequence[str]) -> list[Feature]:
    """Predictors of both samples, the opt-in sample first."""
    levels = shared_levels(own, other, predictors)
    pairs = zip(features(own, predictors, levels), features(other, predictors, levels), strict=True)
    found = []
    for mine, theirs in pairs:
        if mine.levels is not None:
            unlike = set(np.unique(mine.values).tolist()) - set(np.unique(theirs.values).tolist())
            if unlike:
                label = (*mine.levels, "missing")[min(unlike)]
                raise WeightingError(
                    f"Firms with {mine.name} = {label} are in the opt-in sample and not in the reference sample.",
                    remedy="Merge that level with another in both samples.",
                )
        found.append(Feature(mine.name, mine.levels, np.concatenate([mine.values, theirs.values])))
    return found


def _averaged(
    own: FloatArray, other: FloatArray, own_weights: FloatArray, other_weights: FloatArray, classes: int
) -> FloatArray:
    """Share that takes part in each class of the propensity: weight of the opt-in sample over that of the reference."""
    edges = np.unique(np.quantile(own, np.linspace(0, 1, classes + 1)[1:-1]))
    mine, theirs = np.searchsorted(edges, own, side="right"), np.searchsorted(edges, other, side="right")
    size = len(edges) + 1
    taking = np.bincount(mine, weights=own_weights, minlength=size)
    everyone = np.bincount(theirs, weights=other_weights, minlength=size)
    if not everyone[np.unique(mine)].all():
        raise WeightingError(
            "A class of the propensity has no firm of the reference sample.", remedy="Use fewer classes."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        found: FloatArray = (taking / everyone)[mine]
    return found
