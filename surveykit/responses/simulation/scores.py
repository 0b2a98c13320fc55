"""Latent scores: traits tied together by a Gaussian copula, and the score with which one question is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveykit.errors import DataError

__all__ = ["Traits", "draw_traits"]

_FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Traits:
    """Standard normal traits of each respondent.

    Attributes
    ----------
    names
        Of the traits.
    values
        ``(n, traits)``.
    correlation
        ``(traits, traits)``.
    """

    names: tuple[str, ...]
    values: _FloatArray
    correlation: _FloatArray

    def score(self, along: Mapping[str, float], rng: np.random.Generator) -> _FloatArray:
        """Standard normal score ``(n,)`` with these loadings on the traits; the rest is noise.

        Raises
        ------
        DataError
            The loadings explain more than everything.
        """
        noise: _FloatArray = rng.standard_normal(len(self.values))
        if not along:
            return noise
        loadings = np.array([along.get(name, 0.0) for name in self.names])
        explained = float(loadings @ self.correlation @ loadings)
        if explained > 1 + 1e-12:
            raise DataError(
                f"The loadings {dict(along)} explain a variance of {explained:.2f}, more than 1.",
                remedy="Take smaller loadings: traits that go together add up.",
            )
        return np.asarray(self.values @ loadings + np.sqrt(max(0.0, 1 - explained)) * noise)


def draw_traits(paths: Mapping[str, Mapping[str, float]], rows: int, rng: np.random.Generator) -> Traits:
    """Draw the traits of `rows` respondents from their path coefficients.

    Each trait is ``sum(path * earlier trait) + sqrt(1 - explained) * noise``, so that all have variance one.
    """
    names = tuple(paths)
    correlation = np.eye(len(names))
    values = np.empty((rows, len(names)))
    for place, name in enumerate(names):
        weights = np.array([paths[name].get(other, 0.0) for other in names[:place]])
        earlier = correlation[:place, :place]
        explained = float(weights @ earlier @ weights)
        if explained > 1 + 1e-12:
            raise DataError(
                f"Trait '{name}': its paths explain a variance of {explained:.2f}, more than 1.",
                remedy="Take smaller path coefficients.",
            )
        correlation[place, :place] = correlation[:place, place] = earlier @ weights
        values[:, place] = values[:, :place] @ weights + np.sqrt(max(0.0, 1 - explained)) * rng.standard_normal(rows)
    return Traits(names, values, correlation)
