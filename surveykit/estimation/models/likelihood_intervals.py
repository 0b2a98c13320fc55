"""Intervals of regression coefficients from the profile of the working likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import optimize

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.rows import ModelRows
from surveykit.estimation.models.tests import rows_of, with_columns
from surveykit.estimation.regression.scoring import fit
from surveykit.expressions import Arithmetic, Expr
from surveykit.expressions import Literal as Constant
from surveykit.results.estimate import t_quantile

__all__ = ["profile_intervals"]

_FURTHEST = 60


def profile_intervals(model: Model, *, level: float | None = None) -> Model:
    """Intervals that hold the values which the working likelihood ratio does not reject.

    For each coefficient the deviance is minimised over the others with this one fixed; the interval ends where it has
    risen by ``d t^2``, with d the ratio of the design-based variance to that of the likelihood (Rao and Scott 1984)
    and t the quantile of Student's t with the residual degrees of freedom; for an outcome of 0 and 1 times the
    estimated dispersion, which tends to 1 and corrects small samples (n / (n - 1) for a proportion). Unlike estimate
    -/+ t se, such an interval follows the curvature of the likelihood.

    Parameters
    ----------
    model
        A regression.
    level
        Confidence level; the model's own by default.

    Returns
    -------
    Model
        The same model with these intervals.

    Raises
    ------
    EstimationError
        If the deviance never rises enough on a side, as where the outcome is nearly separated.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"y": [0, 0, 1, 0, 1, 1], "x": [1.0, 2.0, 2.5, 3.0, 2.0, 5.0]})
    >>> model = sk.regress(sk.Survey(firms), "y ~ x", family="binomial")
    >>> bool(profile_intervals(model).low[1] < model.estimate[1])
    True
    """
    wanted = model.level if level is None else level
    if not 0 < wanted < 1:
        raise EstimationError(
            f"level={wanted!r} is not a confidence level.", remedy="Give a number between 0 and 1, as 0.95."
        )
    rows = rows_of(model)
    t = t_quantile((1 + wanted) / 2, model.df)
    naive = np.diagonal(model.bread) / rows.scale
    rise = np.diagonal(model.covariance) / naive * t**2 * (model.dispersion if _is_binary(rows) else 1.0)
    low, high = np.empty(len(model)), np.empty(len(model))
    for place in range(len(model)):
        profile = _profile(model, rows, place)
        low[place] = _end(model, place, profile, float(rise[place]), -1.0)
        high[place] = _end(model, place, profile, float(rise[place]), 1.0)
    return replace(model, interval=(low, high), level=wanted, method="profile of the working likelihood")


def _is_binary(rows: ModelRows) -> bool:
    if rows.family.name != "binomial":
        return False
    return all(bool(np.isin(y[batch.weight != 0], (0.0, 1.0)).all()) for batch, _, y, _ in rows.batches())


def _profile(model: Model, rows: ModelRows, place: int) -> Callable[[float], float]:
    """Deviance as a function of one coefficient, the others at their best."""
    kept = np.array([at for at, name in enumerate(rows.matrix.names) if name not in model.aliased])
    own = rows.matrix.column_expr(int(kept[place]))
    others = np.delete(kept, place)

    def deviance(value: float) -> float:
        shifted = replace(rows, offset=_shifted(rows.offset, own, value))
        if not len(others):
            return _deviance_of_offset(shifted)
        return fit(with_columns(shifted, others)).deviance * rows.scale

    return deviance


def _shifted(offset: Expr | None, column: Expr | None, value: float) -> Expr:
    constant = Constant(float(value))
    shift: Expr = constant if column is None else Arithmetic("*", constant, column)
    return shift if offset is None else Arithmetic("+", offset, shift)


def _deviance_of_offset(rows: ModelRows) -> float:
    total = 0.0
    for batch, _, y, offset in rows.batches():
        inside = batch.weight != 0
        mean: FloatArray = rows.link.inverse(offset[inside])
        total += float(batch.weight[inside] @ rows.family.deviance(y[inside], mean))
    return total * rows.scale


def _end(model: Model, place: int, profile: Callable[[float], float], rise: float, side: float) -> float:
    """Where the profile has risen by `rise`, looking outwards from the estimate."""
    centre, step = float(model.estimate[place]), float(model.se[place])
    if step == 0 or not np.isfinite(rise):
        return centre if step == 0 else float("nan")

    def above(value: float) -> float:
        return profile(value) - model.deviance - rise

    inner, outer = centre, centre + 2 * side * step
    for _ in range(_FURTHEST):
        if above(outer) > 0:
            break
        inner, outer = outer, outer + (outer - inner)
    else:
        raise EstimationError(
            f"The likelihood of '{model.formula}' does not bound the coefficient of '{model.names[place]}'.",
            remedy="Use the model's own intervals, estimate -/+ t se.",
        )
    return float(optimize.brentq(above, min(inner, outer), max(inner, outer), xtol=1e-10 * step, rtol=1e-13))
