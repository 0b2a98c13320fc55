"""Base weights: what each answer stood for when it was sampled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from surveykit.engine import FloatArray
from surveykit.engine.weights import check_weights
from surveykit.errors import ColumnError
from surveykit.expressions import Column, Values
from surveykit.weighting.records import Weights
from surveykit.weighting.rows import Cases, open_rows
from surveykit.weighting.steps import Step

__all__ = ["base_weights"]


def base_weights(
    data: Any, weights: str | FloatArray | None = None, *, name: str | None = None, cases: Cases = "counted"
) -> Weights:
    """Begin with the weights of the sampling design, or with 1 for each row.

    Parameters
    ----------
    data
        A frame, :class:`surveykit.Responses`, or a file.
    weights
        Column of the design weights, or an array ``(n,)``. None gives every row the weight 1.
    name
        Name of the weights in outputs.
    cases
        Cases of a Responses that weigh something: ``"counted"``, those that estimates use, or ``"all"``, as
        :func:`adjust_nonresponse` needs. The others stay as rows of weight zero.

    Returns
    -------
    Weights
        With one step.

    Examples
    --------
    >>> import pandas as pd
    >>> base_weights(pd.DataFrame({"w": [10.0, 20.0]}), "w").values
    array([10., 20.])
    """
    engine, used, synthetic = open_rows(data, cases)
    if weights is None:
        values, label, detail = np.ones(engine.rows), "equal", "every row weighs 1"
    elif isinstance(weights, str):
        if weights not in engine.columns:
            raise ColumnError(weights, engine.columns)
        column = engine.evaluate(Column(weights))
        if used is not None:
            column = replace(
                column,
                data=np.where(used, column.data, 0),
                valid=None if column.valid is None else column.valid | ~used,
            )
        check_weights(column, f"column '{weights}'")
        values, label, detail = np.asarray(column.data, np.float64), weights, f"column '{weights}'"
    else:
        values, label, detail = np.asarray(weights, np.float64), "given", "given as numbers"
        check_weights(Values(values), "the array")
    if used is not None:
        values = np.where(used, values, 0.0)
        detail += f"; {int((~used).sum())} cases that do not count weigh nothing"
    return Weights(
        name or label,
        engine,
        values,
        (Step("base", detail, values=values, facts={"equal": _began_alike(weights, values)}),),
        synthetic=synthetic,
        reasons=used is not None,
        named_by_user=name is not None,
    )


def _began_alike(weights: str | FloatArray | None, values: FloatArray) -> bool:
    """Whether every case that weighs something began with 1; a column is a design's, whatever it holds."""
    return not isinstance(weights, str) and bool(np.isin(values, (0.0, 1.0)).all())
