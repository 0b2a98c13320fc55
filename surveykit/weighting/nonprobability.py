"""Weights of a sample that chose itself, from a reference sample that was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surveykit.design import Design
from surveykit.engine import FloatArray, MemoryEngine
from surveykit.errors import WeightingError
from surveykit.expressions import Column, Expr, parse
from surveykit.formulas import compile_terms
from surveykit.weighting.auxiliaries import in_memory
from surveykit.weighting.calibrate import calibrate
from surveykit.weighting.distances import CalibrationMethod
from surveykit.weighting.features import Feature, feature_matrix, features, shared_levels
from surveykit.weighting.participation import Classes, Reference, Stacked
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
    reference_design: Design | None = None,
) -> Weights:
    """Weight an opt-in sample by the inverse of its estimated propensity to take part.

    Both samples are stacked, the reference with its weights. The odds of belonging to the opt-in sample then estimate
    the share of such firms that take part (adjusted logistic propensity; Wang, Valliant and Li 2021), and the weights
    are its inverse. They hold if taking part is ignorable given the predictors, and every kind of firm can take part.

    Standard errors follow the equations of the propensities through both samples; what varies in the reference sample
    is part of them. Other models than the logistic, without classes, are taken as known, and estimates say so.
    Replicates with ``recalibrate=True`` fit the model again, with the reference sample as it is.

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
        Average the propensities in so many classes, which standard errors take as fixed; None uses them as they are.
    reference_design
        How the reference sample was drawn; its rows one by one if not said.

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
    given = _stacked(own, other, predictors)
    both = np.concatenate([weights.values, reference.values])
    used = np.flatnonzero(both)
    matrix = feature_matrix([Feature(one.name, one.levels, one.values[used]) for one in given])
    found = propensities(matrix, used < own.rows, both[used], model, folds=folds, seed=seed)
    drawn = Reference.of(other, reference_design, reference.values)
    stacked = Stacked(found, matrix, used, own.rows, drawn)
    share = stacked.shares(found.values, _LEAST)
    mine, groups = share[: own.rows], None
    if classes is not None:
        groups = _classes(mine, share[own.rows :], reference.values, classes)
        mine = _averaged(groups, weights.values)
    least = float(mine[weights.values != 0].min())
    if least < _LEAST:
        raise WeightingError(
            f"A firm of the opt-in sample has a propensity of {least:.2g}, so its weight has no bound.",
            remedy="Pass classes=10, or leave out a predictor that tells the samples apart completely.",
        )
    values = np.where(weights.values != 0, weights.values / mine, 0.0)
    scale = reference.values.sum() / values.sum()
    values = values * scale
    detail = (
        f"inverse propensity of taking part against '{reference.name}' "
        f"({found.model}, {folds} folds, AUC {found.auc:.3f})"
        + (f" in {classes} classes" if classes else "")
        + f", scaled by {scale:.3f} to the reference's total"
    )
    known = groups is None and not found.coefficients
    step = Step(
        "inverse propensity",
        detail,
        ends_calibration=True,
        facts={"auc": found.auc, "scale": float(scale)},
        adjustment=stacked.adjustment(_LEAST) if groups is None else groups.adjustment(),
        estimated=stacked.estimated(weights.values, values) if groups is None else groups.estimated(values, drawn),
        taken_as_known=f"propensities of taking part ({found.model})" if known else "",
    )
    return weights.then(values, step, illustrative=reference.illustrative)


def doubly_robust(
    weights: Weights,
    reference: Weights,
    *,
    predictors: str | Sequence[str],
    model: ModelName | Classifier = "logistic",
    folds: int = 5,
    seed: int | None = None,
    classes: int | None = None,
    reference_design: Design | None = None,
    method: CalibrationMethod = "raking",
) -> Weights:
    """Inverse-propensity weights calibrated to the reference sample's totals of the predictors.

    A mean under these weights is right if either the propensities are, or the outcome is linear in the predictors
    (Chen, Li and Wu 2020). The totals are estimates of the reference sample, and standard errors count that.

    Parameters
    ----------
    weights, reference, predictors, model, folds, seed, classes, reference_design
        As in :func:`inverse_propensity`; predictors are columns without missing values.
    method
        Distance of the calibration, as in :func:`calibrate`.

    References
    ----------
    Chen, Li and Wu (2020), *JASA* 115, 2011-2021.
    """
    first = inverse_propensity(
        weights,
        reference,
        predictors=predictors,
        model=model,
        folds=folds,
        seed=seed,
        classes=classes,
        reference_design=reference_design,
    )
    names = [predictors] if isinstance(predictors, str) else list(predictors)
    own, other = in_memory(weights.engine), in_memory(reference.engine)
    formula = "~ " + " + ".join(
        f"`{name}`" if name in own.columns and not name.isidentifier() else name for name in names
    )
    columns = {"Intercept": np.ones(other.rows)}
    for one in features(other, names, _own_levels(own, names)):
        if one.missing[reference.values != 0].any():
            raise WeightingError(
                f"'{one.name}' is missing in the reference sample.", remedy="Impute it, or leave it out."
            )
        if one.levels is None:
            columns[one.name] = np.nan_to_num(one.values)
        else:
            levels = enumerate(one.levels)
            columns |= {f"{one.name}[{level}]": (one.values == code).astype(float) for code, level in levels if code}
    totals = {name: float(reference.values @ column) for name, column in columns.items()}
    met = calibrate(first, totals, formula=formula, method=method)
    return _totals_estimated(met, [columns[name] for name in compile_terms(formula, own).names], reference.values)


def _totals_estimated(weights: Weights, columns: Sequence[FloatArray], reference: FloatArray) -> Weights:
    """Say in the last step, a calibration, that its totals come from the reference sample of the step before."""
    before, last = weights.steps[-2:]
    assert before.estimated is not None
    assert before.estimated.outside is not None
    assert last.projection is not None
    drawn = before.estimated.outside
    outside = Reference(drawn.structure, drawn.units, reference).outside(-np.column_stack(columns) * reference[:, None])
    step = replace(last, projection=replace(last.projection, outside=outside))
    return replace(weights, steps=(*weights.steps[:-1], step))


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


def _classes(own: FloatArray, other: FloatArray, other_weights: FloatArray, classes: int) -> Classes:
    edges = np.unique(np.quantile(own, np.linspace(0, 1, classes + 1)[1:-1]))
    mine, theirs = np.searchsorted(edges, own, side="right"), np.searchsorted(edges, other, side="right")
    everyone = np.bincount(theirs, weights=other_weights, minlength=len(edges) + 1).astype(np.float64)
    if not everyone[np.unique(mine)].all():
        raise WeightingError(
            "A class of the propensity has no firm of the reference sample.", remedy="Use fewer classes."
        )
    return Classes(mine, theirs, everyone)


def _averaged(classes: Classes, weights: FloatArray) -> FloatArray:
    """Share that takes part in each class: weight of the opt-in sample over that of the reference."""
    taking = np.bincount(classes.own, weights=weights, minlength=len(classes.everyone))
    with np.errstate(divide="ignore", invalid="ignore"):
        found: FloatArray = (taking / classes.everyone)[classes.own]
    return found
