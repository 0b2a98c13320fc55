"""Propensities from scikit-learn classifiers, each row predicted by a model that has not seen it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from surveykit.engine import FloatArray
from surveykit.errors import WeightingError, listing
from surveykit.expressions.values import BoolArray

__all__ = ["Classifier", "ModelName", "Propensities", "propensities"]

ModelName = Literal["logistic", "boosting", "forest"]
_NAMES = ("logistic", "boosting", "forest")


class Classifier(Protocol):
    """What scikit-learn calls a classifier."""

    def fit(self, matrix: Any, outcome: Any, sample_weight: Any = None) -> Any:
        """Learn."""

    def predict_proba(self, matrix: Any) -> Any:
        """Probabilities ``(n, 2)``."""


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
    """

    values: FloatArray
    model: str
    auc: float


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
    scaled = weights / weights.mean()
    found = np.empty(len(outcome))
    if folds == 1:
        found = _fitted(classifier, matrix, outcome, scaled).predict_proba(matrix)[:, 1]
    else:
        smallest = int(min(outcome.sum(), (~outcome).sum()))
        if smallest < folds:
            raise WeightingError(
                f"Only {smallest} rows have the rarer outcome, fewer than {folds} parts.", remedy="Use fewer folds."
            )
        for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(matrix, outcome):
            own = _fitted(clone(classifier), matrix[train], outcome[train], scaled[train])
            found[test] = own.predict_proba(matrix[test])[:, 1]
    return Propensities(found, name, float(roc_auc_score(outcome, found, sample_weight=scaled)))


def _classifier(model: ModelName | Classifier, seed: int | None) -> tuple[str, Any]:
    if model == "logistic":
        return "logistic", LogisticRegression(C=np.inf, max_iter=1000, tol=1e-8)
    if model == "boosting":
        return "boosting", HistGradientBoostingClassifier(random_state=seed)
    if model == "forest":
        return "forest", RandomForestClassifier(500, min_samples_leaf=20, random_state=seed)
    if hasattr(model, "fit") and hasattr(model, "predict_proba"):
        return type(model).__name__, model
    raise WeightingError(
        f"model={model!r} is not known.", remedy=f"Choose one of {listing(_NAMES)}, or pass a classifier."
    )


def _fitted(classifier: Any, matrix: FloatArray, outcome: BoolArray, weights: FloatArray) -> Any:
    return classifier.fit(matrix, outcome, sample_weight=weights)
