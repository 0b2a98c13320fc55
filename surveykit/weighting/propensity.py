"""Propensities from scikit-learn classifiers, each row predicted by a model that has not seen it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from scipy import special
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import WeightingError, listing
from surveykit.expressions.values import BoolArray
from surveykit.weighting.logistic import fit_logistic

__all__ = ["Classifier", "ModelName", "Part", "Propensities", "propensities"]

ModelName = Literal["logistic", "boosting", "forest"]
_NAMES = ("logistic", "boosting", "forest")


class Classifier(Protocol):
    """What scikit-learn calls a classifier."""

    def fit(self, matrix: Any, outcome: Any, sample_weight: Any = None) -> Any:
        """Learn."""

    def predict_proba(self, matrix: Any) -> Any:
        """Probabilities ``(n, 2)``."""


@dataclass(frozen=True, eq=False)
class Part:
    """Numbers of the rows that one model predicts, and of those that it is fitted to."""

    predicted: IntArray = field(repr=False)
    fitted: IntArray = field(repr=False)


@dataclass(frozen=True)
class Propensities:
    """Predicted probabilities.

    Parameters
    ----------
    values
        ``(n,)``.
    model
        Name of the model.
    auc
        Area under the curve of predictions for rows that the model had not seen (in-sample without cross-fitting).
    parts
        One a model.
    coefficients
        Of logistic models, one ``(1 + q,)`` a part with the constant first; empty for other models.
    again
        From other weights ``(n,)`` to what the same models fitted with them predict and their coefficients.
    """

    values: FloatArray
    model: str
    auc: float
    parts: tuple[Part, ...] = field(repr=False)
    coefficients: tuple[FloatArray, ...] = field(repr=False)
    again: Callable[[FloatArray], tuple[FloatArray, tuple[FloatArray, ...]]] = field(repr=False)


def propensities(
    matrix: FloatArray,
    outcome: BoolArray,
    weights: FloatArray,
    model: ModelName | Classifier,
    *,
    folds: int,
    seed: int | None,
) -> Propensities:
    """Predict the probability of an outcome.

    Parameters
    ----------
    matrix
        ``(n, q)`` predictors.
    outcome, weights
        ``(n,)`` what happened; how much each row counts.
    model
        ``"logistic"`` (without penalty), ``"boosting"``, ``"forest"``, or a classifier of scikit-learn.
    folds
        Parts of the sample; each is predicted by a model fitted to the others. 1 fits once to all (logistic only).
    seed
        Seed of the parts and of the models.
    """
    if not outcome.any() or outcome.all():
        raise WeightingError(
            f"All {len(outcome)} rows have the same outcome, so there is nothing to predict.",
            remedy="Check the column that says who responded.",
        )
    if folds < 1:
        raise WeightingError(f"folds={folds!r} must be at least 1.", remedy="Usually 5.")
    if folds > 1 and seed is None:
        raise WeightingError("Cross-fitting draws the parts at random and needs a seed.", remedy="Pass seed=1.")
    name, classifier = _classifier(model, seed)
    if folds == 1 and name != "logistic":
        raise WeightingError(
            f"The model '{name}' predicts its own rows too well.", remedy="Use folds=5, or model='logistic'."
        )
    parts = _parts(matrix, outcome, folds, seed)
    if classifier is None:
        models: _Models = _Logistic(np.column_stack([np.ones(len(matrix)), matrix]), outcome, parts)
    else:
        models = _Learned(classifier, matrix, outcome, parts)
    values, coefficients = models.fit(weights)
    auc = float(roc_auc_score(outcome, values, sample_weight=weights / weights.mean()))
    return Propensities(
        values, name, auc, parts, coefficients, lambda other: models.fit(other, start=coefficients or None)
    )


def _parts(matrix: FloatArray, outcome: BoolArray, folds: int, seed: int | None) -> tuple[Part, ...]:
    if folds == 1:
        every = np.arange(len(outcome))
        return (Part(every, every),)
    smallest = int(min(outcome.sum(), (~outcome).sum()))
    if smallest < folds:
        raise WeightingError(
            f"Only {smallest} rows have the rarer outcome, fewer than {folds} parts.", remedy="Use fewer folds."
        )
    split = StratifiedKFold(folds, shuffle=True, random_state=seed).split(matrix, outcome)
    return tuple(Part(predicted, fitted) for fitted, predicted in split)


def _classifier(model: ModelName | Classifier, seed: int | None) -> tuple[str, Any]:
    """Name and scikit-learn classifier; None for the logistic regression of this package."""
    if model == "logistic":
        return "logistic", None
    if model == "boosting":
        return "boosting", HistGradientBoostingClassifier(random_state=seed)
    if model == "forest":
        return "forest", RandomForestClassifier(500, min_samples_leaf=20, random_state=seed)
    if hasattr(model, "fit") and hasattr(model, "predict_proba"):
        return type(model).__name__, model
    raise WeightingError(
        f"model={model!r} is not known.", remedy=f"Choose one of {listing(_NAMES)}, or pass a classifier."
    )


class _Models(Protocol):
    def fit(
        self, weights: FloatArray, start: tuple[FloatArray, ...] | None = None
    ) -> tuple[FloatArray, tuple[FloatArray, ...]]:
        """Propensities ``(n,)`` and coefficients."""


@dataclass(frozen=True)
class _Logistic:
    x: FloatArray
    outcome: BoolArray
    parts: tuple[Part, ...]

    def fit(
        self, weights: FloatArray, start: tuple[FloatArray, ...] | None = None
    ) -> tuple[FloatArray, tuple[FloatArray, ...]]:
        values, coefficients = np.empty(len(self.x)), []
        for number, part in enumerate(self.parts):
            rows = part.fitted
            begin = None if start is None else start[number]
            found = fit_logistic(self.x[rows], self.outcome[rows], weights[rows] / weights.mean(), begin)
            coefficients.append(found)
            values[part.predicted] = special.expit(self.x[part.predicted] @ found)
        return values, tuple(coefficients)


@dataclass(frozen=True)
class _Learned:
    classifier: Any
    x: FloatArray
    outcome: BoolArray
    parts: tuple[Part, ...]

    def fit(
        self, weights: FloatArray, start: tuple[FloatArray, ...] | None = None
    ) -> tuple[FloatArray, tuple[FloatArray, ...]]:
        values, scaled = np.empty(len(self.x)), weights / weights.mean()
        for part in self.parts:
            rows = part.fitted[scaled[part.fitted] != 0]
            own = clone(self.classifier).fit(self.x[rows], self.outcome[rows], sample_weight=scaled[rows])
            values[part.predicted] = own.predict_proba(self.x[part.predicted])[:, 1]
        return values, start or ()
