"""Several weights of the same rows side by side: firms, sales, employment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveykit.engine import FloatArray
from surveykit.errors import WeightingError, did_you_mean
from surveykit.expressions import Column, Expr, parse
from surveykit.weighting.auxiliaries import in_memory, refuse_missing, weighing
from surveykit.weighting.records import Weights
from surveykit.weighting.steps import Step

__all__ = ["WeightSets", "times_size"]


@dataclass(frozen=True, eq=False)
class WeightSets:
    """Weights of the same rows by name.

    Parameters
    ----------
    sets
        Names to weights, as ``{"firms": ..., "sales": ...}``.

    Raises
    ------
    WeightingError
        If they belong to different rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit.weighting import base_weights
    >>> firms = base_weights(pd.DataFrame({"sales": [1.0, 1.0, 8.0]}))
    >>> both = WeightSets({"firms": firms, "sales": times_size(firms, "sales")})
    >>> both.describe()["effective_n"].round(2).tolist()
    [3.0, 1.52]
    """

    sets: Mapping[str, Weights]

    def __post_init__(self) -> None:
        if not self.sets:
            raise WeightingError("No weights are given.", remedy='Give for example {"firms": weights}.')
        named = {name: weights.named(name) for name, weights in self.sets.items()}
        object.__setattr__(self, "sets", named)
        first_name, first = next(iter(named.items()))
        for name, weights in named.items():
            if (weights.engine.rows, weights.engine.row_ids) != (first.engine.rows, first.engine.row_ids):
                raise WeightingError(
                    f"The weights '{name}' belong to other rows than '{first_name}'.",
                    remedy="Make all of them from the same data.",
                )

    def __getitem__(self, name: str) -> Weights:
        if name not in self.sets:
            raise WeightingError(f"There are no weights '{name}'.", remedy=did_you_mean(name, self.sets))
        return self.sets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.sets)

    def __len__(self) -> int:
        return len(self.sets)

    def describe(self) -> pd.DataFrame:
        """Set the summaries side by side, one row a set; see :meth:`Weights.describe`."""
        return pd.concat([weights.describe().to_frame() for weights in self.sets.values()], ignore_index=True)

    def to_frame(self) -> pd.DataFrame:
        """Return the weights themselves, one column a set."""
        return pd.DataFrame({name: weights.values for name, weights in self.sets.items()})


def times_size(weights: Weights, size: str) -> Weights:
    """Weights for shares of sales or jobs instead of shares of firms: multiplied by the firm's size.

    A mean under the new weights is a share of the total of `size`; a few large firms dominate it.

    Parameters
    ----------
    weights
        Weights of firms.
    size
        Column or expression of a number that is not negative, as turnover.
    """
    engine = in_memory(weights.engine)
    expr: Expr = Column(size) if size in engine.columns else parse(size)
    values = engine.evaluate(expr)
    if values.categories is not None:
        raise WeightingError(f"'{size}' holds categories.", remedy="Take the middle of a band: mid(...).")
    refuse_missing(f"'{size}'", values.valid, weighing(weights.values))
    data: FloatArray = np.where(weights.values != 0, values.data, 0.0).astype(np.float64)
    if not (np.isfinite(data).all() and (data >= 0).all() and data.any()):
        raise WeightingError(f"'{size}' is negative, infinite or zero throughout.", remedy="Sizes are zero or more.")
    step = Step("size", f"times {size}: shares of it, not of firms", ends_calibration=True)
    return weights.then(weights.values * data, step)
