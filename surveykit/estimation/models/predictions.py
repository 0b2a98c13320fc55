"""What a model predicts for a row, and how that moves with its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from surveykit.engine import FloatArray
from surveykit.estimation.regression.families import Link

__all__ = ["IndexPrediction", "MeanPrediction", "Prediction", "Slopes"]


@runtime_checkable
class Prediction(Protocol):
    """Predictions of K outcomes (the categories, or one mean) from x ``(m, p)`` and the q parameters theta."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Labels of the outcomes ``(K,)``; one empty label for a mean."""

    def predict(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Predictions ``(m, K)``."""

    def gradient(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Derivatives by the parameters ``(m, K, q)``."""

    def gradient_sum(self, x: FloatArray, offset: FloatArray, theta: FloatArray, weight: FloatArray) -> FloatArray:
        """Weighted sum over the rows of the derivatives ``(K, q)``."""


@dataclass(frozen=True)
class Slopes:
    """Derivatives of the predictions of a model with E linear indices ``x' b_e`` and A further parameters.

    Parameters
    ----------
    index
        ``(m, K, E)``.
    extra
        ``(m, K, A)``.
    """

    index: FloatArray
    extra: FloatArray


class IndexPrediction:
    """Derivatives by the parameters ``(b_1, ..., b_E, extra)`` from those by the indices."""

    def slopes(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> Slopes:
        """Derivatives by the indices and the further parameters."""
        raise NotImplementedError

    def gradient(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Derivatives by the parameters ``(m, K, q)``."""
        found = self.slopes(x, offset, theta)
        rows, outcomes, _ = found.index.shape
        blocks = (found.index[:, :, :, None] * x[:, None, None, :]).reshape(rows, outcomes, -1)
        return np.concatenate([blocks, found.extra], axis=2)

    def gradient_sum(self, x: FloatArray, offset: FloatArray, theta: FloatArray, weight: FloatArray) -> FloatArray:
        """Weighted sum over the rows of the derivatives ``(K, q)``."""
        found = self.slopes(x, offset, theta)
        rows, outcomes, _ = found.index.shape
        weighted = (found.index * weight[:, None, None]).reshape(rows, -1)
        blocks = (weighted.T @ x).reshape(outcomes, -1)
        return np.concatenate([blocks, np.tensordot(weight, found.extra, axes=1)], axis=1)


@dataclass(frozen=True)
class MeanPrediction(IndexPrediction):
    """The mean of a generalised linear model.

    Parameters
    ----------
    link
        Its link.
    """

    link: Link

    @property
    def outcomes(self) -> tuple[str, ...]:
        """One mean."""
        return ("",)

    def predict(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> FloatArray:
        """Means ``(m, 1)``."""
        return self.link.inverse(x @ theta + offset)[:, None]

    def slopes(self, x: FloatArray, offset: FloatArray, theta: FloatArray) -> Slopes:
        """Slope of the inverse link."""
        return Slopes(self.link.slope(x @ theta + offset)[:, None, None], np.zeros((len(x), 1, 0)))
