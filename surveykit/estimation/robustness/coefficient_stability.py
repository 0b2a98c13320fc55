"""Bounds on a coefficient from its movement when controls are added (Oster 2019)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.model import Model
from surveykit.estimation.robustness.second_moments import linear_moments, residual_squares
from surveykit.results import Estimate

__all__ = ["oster_bounds"]


def oster_bounds(model: Model, variable: str, *, r_squared_max: float | None = None, delta: float = 1.0) -> Estimate:
    """Coefficient that would be left if unseen variables matter as much as those seen.

    From the coefficient without controls to that with them, R squared rises; if selection on what is unseen is `delta`
    times that on the controls, and all together explain `r_squared_max`, the coefficient would move on to the bound.

    Parameters
    ----------
    model
        A linear model of :func:`regress` with all controls.
    variable
        Name of the coefficient.
    r_squared_max
        R squared with everything unseen, up to 1; 1.3 times the model's own by default, at most 1.
    delta
        Selection on the unseen over selection on the controls.

    Returns
    -------
    Estimate
        ``without controls``, ``with controls``, ``bound``, and ``delta for zero``: how strong selection on the unseen
        must be for a coefficient of zero. R squared of both regressions is among the notes. Errors are those of
        weighted moments under the design; the default `r_squared_max` moves with the model's R squared. Where several
        coefficients go with delta, the one nearest to the model's is the bound and a note has the others.

    Raises
    ------
    EstimationError
        If the model is not linear, has no controls, or controls change neither coefficient nor R squared.

    References
    ----------
    Oster (2019), *Journal of Business and Economic Statistics* 37, 187-204, propositions 2 and 3.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> rng = np.random.default_rng(1)
    >>> firms = pd.DataFrame({"size": rng.normal(size=400)})
    >>> firms["cloud"] = 0.5 * firms["size"] + rng.normal(size=400)
    >>> firms["output"] = firms["cloud"] + firms["size"] + rng.normal(size=400)
    >>> model = sk.regress(sk.Survey(firms), "output ~ cloud + size")
    >>> found = sk.oster_bounds(model, "cloud")
    >>> bool(found.select("without controls") > found.select("with controls") > found.select("bound"))
    True
    """
    parts = linear_moments(model, variable)
    size = len(parts.controls)
    if size < 2:
        raise EstimationError(
            f"'{model.formula}' has no controls.", remedy="Add them: the bound rests on their effect."
        )
    intercept = parts.controls.index("Intercept")
    whole = _pieces(parts.matrix(), intercept)
    if r_squared_max is not None and not whole.long_r <= r_squared_max <= 1:
        raise EstimationError(
            f"r_squared_max={r_squared_max!r} is not between the model's {whole.long_r:.4g} and 1.",
            remedy="Give a share that all variables together could explain.",
        )
    if abs(whole.long_r - whole.short_r) < 1e-10:
        raise EstimationError("The controls explain nothing, so they say nothing of the unseen.", remedy="Use others.")
    root = _bound(whole, _limit(whole, r_squared_max), delta, None)

    def bounds(moments: FloatArray) -> FloatArray:
        here = _pieces(moments, intercept)
        most = _limit(here, r_squared_max)
        bound = here.long - _bound(here, most, delta, root)
        top, bottom = _polynomials(here, most)
        zero = np.polyval(top, here.long) / np.polyval(bottom, here.long)
        return np.array([parts.unit * here.short, parts.unit * here.long, parts.unit * bound, zero])

    value, covariance = parts.smooth(bounds)
    names = ("without controls", "with controls", "bound", "delta for zero")
    most = _limit(whole, r_squared_max)
    note = (
        f"Oster bounds: R squared {whole.short_r:.3f} without and {whole.long_r:.3f} with controls, {most:.3f} with "
        f"everything unseen; delta = {delta:g}. It supposes that what is unseen is related to the variable as the "
        "controls are."
    )
    others = [parts.unit * (whole.long - one) for one in _roots(whole, most, delta).tolist() if one != root]
    if others:
        note += f" Other coefficients go with this delta, too: {', '.join(f'{one:.4g}' for one in others)}."
    return Estimate(
        statistic="coefficient stability",
        names=names,
        labels={"measure": names},
        estimate=value,
        covariance=covariance,
        df=np.full(4, float(model.design_df)),
        n=np.full(4, model.n[0]),
        weighted_n=np.full(4, model.weighted_n[0]),
        weight=model.weight,
        level=model.level,
        notes=(*model.notes, note),
        synthetic=model.synthetic,
    )


@dataclass(frozen=True)
class _Pieces:
    """Coefficients and R squared without and with controls; variances of outcome, variable, variable given controls."""

    short: float
    short_r: float
    long: float
    long_r: float
    outcome: float
    variable: float
    rest: float


def _pieces(moments: FloatArray, intercept: int) -> _Pieces:
    size = len(moments) - 2
    plain = residual_squares(moments, [intercept], [size, size + 1])
    given = residual_squares(moments, list(range(size)), [size, size + 1])
    long = given[0, 1] / given[0, 0]
    left = given[1, 1] - given[0, 1] * long
    return _Pieces(
        plain[0, 1] / plain[0, 0],
        plain[0, 1] ** 2 / (plain[0, 0] * plain[1, 1]),
        long,
        1 - left / plain[1, 1],
        plain[1, 1],
        plain[0, 0],
        given[0, 0],
    )


def _limit(here: _Pieces, given: float | None) -> float:
    return min(1.3 * here.long_r, 1.0) if given is None else given


def _polynomials(here: _Pieces, most: float) -> tuple[FloatArray, FloatArray]:
    """Delta is a ratio of two cubics in v, the coefficient with controls less the true one: highest power first."""
    move = here.short - here.long
    cubic = here.rest * here.variable - here.rest**2
    gain = (here.long_r - here.short_r) * here.outcome
    unseen = (most - here.long_r) * here.outcome
    top = [cubic, 2 * here.rest * move * here.variable, gain * here.rest + here.variable * here.rest * move**2, 0.0]
    bottom = [
        cubic,
        here.rest * move * here.variable,
        unseen * (here.variable - here.rest),
        unseen * move * here.variable,
    ]
    return np.array(top), np.array(bottom)


def _roots(here: _Pieces, most: float, delta: float) -> FloatArray:
    """All real v that go with delta."""
    top, bottom = _polynomials(here, most)
    roots = np.roots(top - delta * bottom)
    found: FloatArray = roots[np.abs(roots.imag) < 1e-7 * np.maximum(np.abs(roots), 1.0)].real
    return found


def _bound(here: _Pieces, most: float, delta: float, near: float | None) -> float:
    """The v that goes with delta: the root nearest to none, or nearest to a given one."""
    real = _roots(here, most, delta)
    if not len(real):
        raise EstimationError("No coefficient goes with this delta.", remedy="Choose a smaller delta or r_squared_max.")
    centre = 0.0 if near is None else near
    return float(real[np.argmin(np.abs(real - centre))])
