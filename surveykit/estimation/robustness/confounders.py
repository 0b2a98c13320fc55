"""How strong an unseen confounder of a linear model would have to be (Cinelli and Hazlett 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, did_you_mean
from surveykit.estimation.models.model import Model
from surveykit.estimation.robustness.second_moments import LinearMoments, linear_moments, residual_squares
from surveykit.results import Estimate

__all__ = ["ConfounderSensitivity", "confounder_sensitivity"]


@dataclass(frozen=True, eq=False)
class ConfounderSensitivity:
    """What an unseen confounder would have to explain.

    Parameters
    ----------
    estimate
        ``partial R2`` of the variable with the outcome given the rest, ``robustness value``: the share of what is left
        of both variable and outcome that a confounder must explain to bring the coefficient to zero, ``robustness value
        of the limit``: to bring the nearer end of the interval to zero (its error takes the limit's share of the
        coefficient as given).
    benchmarks
        One row a term and multiple: shares that a confounder so many times as strong as the term would explain, and
        the coefficient with its interval that would be left.
    coefficient, low, high
        As the model has it.
    spread
        Standard deviation of the outcome left by all columns over that of the variable left by the others.
    """

    estimate: Estimate
    benchmarks: pd.DataFrame
    coefficient: float
    low: float
    high: float
    spread: float

    def adjusted(self, variable_share: float, outcome_share: float) -> tuple[float, float, float]:
        """Coefficient and interval left by a confounder against it, ``(estimate, low, high)``.

        ``bias = spread x sqrt(outcome_share x variable_share / (1 - variable_share))``; the interval moves with it and
        keeps its length.

        Parameters
        ----------
        variable_share
            Share of what the other columns leave of the variable that the confounder explains.
        outcome_share
            Share of what all columns leave of the outcome that it explains.
        """
        if not (0 <= variable_share < 1 and 0 <= outcome_share <= 1):
            raise EstimationError(
                f"{variable_share!r} and {outcome_share!r} are not both shares.", remedy="Give numbers from 0 to 1."
            )
        bias = self.spread * float(np.sqrt(outcome_share * variable_share / (1 - variable_share)))
        shift = -np.sign(self.coefficient) * bias
        return self.coefficient + shift, self.low + shift, self.high + shift

    def __repr__(self) -> str:
        return f"{self.estimate!r}\n{self.benchmarks.to_string(index=False)}"


def confounder_sensitivity(
    model: Model, variable: str, *, benchmarks: Sequence[str] = (), multiples: Sequence[float] = (1.0, 2.0, 3.0)
) -> ConfounderSensitivity:
    """Sensitivity of a coefficient of a linear model to an unseen confounder, in shares of variance.

    All variances are weighted, so that the algebra of omitted variables is that of the weighted regression; standard
    errors of the shares and the interval of the coefficient are those of the design. Adding a confounder would change
    the interval's length, too: here it keeps it.

    Parameters
    ----------
    model
        A linear model of :func:`regress`.
    variable
        Name of the coefficient.
    benchmarks
        Terms of the model to compare a confounder with, as the formula has them.
    multiples
        How many times as strong as a benchmark.

    Returns
    -------
    ConfounderSensitivity

    Raises
    ------
    EstimationError
        If the model is not linear, or has no such coefficient or term.

    References
    ----------
    Cinelli and Hazlett (2020), *JRSS B* 82, 39-67, eq. 7, 14, 17-19 and theorem 4.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> rng = np.random.default_rng(1)
    >>> firms = pd.DataFrame({"size": rng.normal(size=200), "noise": rng.normal(size=200)})
    >>> firms["cloud"] = firms["size"] + rng.normal(size=200)
    >>> firms["output"] = firms["cloud"] + firms["size"] + firms["noise"]
    >>> model = sk.regress(sk.Survey(firms), "output ~ cloud + size")
    >>> found = sk.confounder_sensitivity(model, "cloud", benchmarks=["size"])
    >>> found.estimate.names
    ('partial R2', 'robustness value', 'robustness value of the limit')
    """
    parts = linear_moments(model, variable)
    size = len(parts.controls)
    place = model.names.index(variable)
    coefficient = float(model.estimate[place])
    low, high = float(model.low[place]), float(model.high[place])
    nearer = min(abs(low), abs(high)) / abs(coefficient) if low * high > 0 else 0.0

    def shares(moments: FloatArray) -> FloatArray:
        left = residual_squares(moments, list(range(size)), [size, size + 1])
        explained = left[0, 1] ** 2 / (left[0, 0] * left[1, 1])
        odds = explained / (1 - explained)
        return np.array([explained, _robustness(odds), _robustness(nearer**2 * odds)])

    value, covariance = parts.smooth(shares)
    names = ("partial R2", "robustness value", "robustness value of the limit")
    estimate = _estimate(model, names, value, covariance)
    moments = parts.matrix()
    left = residual_squares(moments, list(range(size)), [size, size + 1])
    outcome = left[1, 1] - left[0, 1] ** 2 / left[0, 0]
    spread = parts.unit * float(np.sqrt(outcome / left[0, 0]))
    found = ConfounderSensitivity(estimate, pd.DataFrame(), coefficient, low, high, spread)
    rows = [_benchmark(parts, moments, found, term, multiple) for term in benchmarks for multiple in multiples]
    columns = ["benchmark", "multiple", "variable_share", "outcome_share", "estimate", "low", "high"]
    return replace(found, benchmarks=pd.DataFrame(rows, columns=columns))


def _robustness(odds: float) -> float:
    """``(sqrt(f^4 + 4 f^2) - f^2) / 2`` with f^2 the odds of the partial R2."""
    return float((np.sqrt(odds**2 + 4 * odds) - odds) / 2)


def _estimate(model: Model, names: tuple[str, ...], value: FloatArray, covariance: FloatArray) -> Estimate:
    size = len(names)
    note = (
        "Shares of weighted variance that an unseen confounder must explain of both variable and outcome; the interval "
        "of the coefficient is moved, not made longer."
    )
    return Estimate(
        statistic="sensitivity to a confounder",
        names=names,
        labels={"measure": names},
        estimate=value,
        covariance=covariance,
        df=np.full(size, float(model.design_df)),
        n=np.full(size, model.n[0]),
        weighted_n=np.full(size, model.weighted_n[0]),
        weight=model.weight,
        level=model.level,
        notes=(*model.notes, note),
        synthetic=model.synthetic,
    )


def _benchmark(
    parts: LinearMoments, moments: FloatArray, found: ConfounderSensitivity, term: str, multiple: float
) -> dict[str, object]:
    """Bounds of a confounder that is so many times as strong as a term."""
    if not multiple > 0:
        raise EstimationError(f"A benchmark taken {multiple!r} times is none.", remedy="Give numbers above zero.")
    size = len(parts.controls)
    own = _columns_of(parts, term)
    rest = [place for place in range(size) if place not in own]
    without = residual_squares(moments, rest, [size])[0, 0]
    of_variable = 1 - residual_squares(moments, list(range(size)), [size])[0, 0] / without
    outcome = residual_squares(moments, [*rest, size], [size + 1])[0, 0]
    of_outcome = 1 - residual_squares(moments, list(range(size + 1)), [size + 1])[0, 0] / outcome
    variable_share = multiple * of_variable / (1 - of_variable)
    row: dict[str, object] = {"benchmark": term, "multiple": multiple, "variable_share": variable_share}
    shared = multiple * of_variable**2 / ((1 - multiple * of_variable) * (1 - of_variable))
    if variable_share >= 1 or not 0 <= shared < 1:
        # No confounder can be so many times as strong: it would explain more than all.
        return row | {"outcome_share": np.nan, "estimate": np.nan, "low": np.nan, "high": np.nan}
    stretch = (np.sqrt(multiple) + np.sqrt(shared)) / np.sqrt(1 - shared)
    outcome_share = min(float(stretch**2 * of_outcome / (1 - of_outcome)), 1.0)
    estimate, low, high = found.adjusted(variable_share, outcome_share)
    return row | {"outcome_share": outcome_share, "estimate": estimate, "low": low, "high": high}


def _columns_of(parts: LinearMoments, term: str) -> list[int]:
    bare = term[2:-1] if term.startswith("C(") and term.endswith(")") else term
    matrix = parts.model.matrix
    by_name = {column.name: matrix.terms[column.term].name for column in matrix.columns}
    own = [place for place, name in enumerate(parts.controls) if by_name[name] == bare and name != "Intercept"]
    if not own:
        every = sorted({by_name[name] for name in parts.controls if name != "Intercept"})
        raise EstimationError(f"'{term}' is not another term of the model.", remedy=did_you_mean(bare, every))
    return own
