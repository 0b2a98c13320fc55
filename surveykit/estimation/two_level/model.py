"""A two-level model: coefficients, variance between and within groups, predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.model import Model
from surveykit.results import Estimate
from surveykit.results.estimate import t_quantile

__all__ = ["BETWEEN", "WITHIN", "TwoLevelModel"]

#: Names of the parameters beside the coefficients.
BETWEEN, WITHIN = "log(sd between groups)", "log(sd within groups)"

_SHARE = "intraclass correlation"

#: Points at which the predictions of a logistic model are averaged over groups.
_POINTS = 30


@dataclass(frozen=True, eq=False, repr=False)
class TwoLevelModel(Model):
    """A regression with a random intercept for each group.

    Besides what every :class:`Model` has:

    Parameters
    ----------
    group
        Column of the groups.
    groups
        Their number.
    scaling
        What was done to the weights within groups.
    loglik
        Weighted log-likelihood, the weights of groups as given.
    """

    group: str = ""
    groups: int = 0
    scaling: str = ""
    loglik: float = float("nan")

    @property
    def _logistic(self) -> bool:
        return self.link == "logit"

    def variances(self) -> Estimate:
        """Variance between groups, variance within, and the intraclass correlation: the share between.

        Of a logistic model the variance within is that of the latent logistic, pi^2 / 3. Intervals are made on the
        logarithmic and the logistic scale, so that they stay where variances and shares can be.

        Returns
        -------
        Estimate
            ``between``, ``within`` (not of a logistic model) and ``intraclass correlation``.
        """
        place = self.names.index(BETWEEN)
        logs = self.estimate[place:]
        t2 = float(np.exp(2 * logs[0]))
        s2 = np.pi**2 / 3 if self._logistic else float(np.exp(2 * logs[1]))
        share = t2 / (t2 + s2)
        # Each is a smooth function of 2 log sd: itself, or the difference of the two, on the logistic scale.
        rows = [[2.0], [2.0]] if self._logistic else [[2.0, 0.0], [0.0, 2.0], [2.0, -2.0]]
        value = np.array([t2, share]) if self._logistic else np.array([t2, s2, share])
        names = ("between", _SHARE) if self._logistic else ("between", "within", _SHARE)
        slope = np.where(np.array(names) == _SHARE, value * (1 - value), value)
        inner = np.array(rows) @ self.covariance[place:, place:] @ np.array(rows).T
        df = np.full(len(value), self.design_df)
        half = t_quantile((1 + self.level) / 2, df) * np.sqrt(np.diagonal(inner))
        shares = np.array(names) == _SHARE
        centre = np.where(shares, special.logit(np.where(shares, value, 0.5)), np.log(value))
        ends = [np.where(shares, special.expit(centre + one), np.exp(centre + one)) for one in (-half, half)]
        return Estimate(
            statistic="variance of two levels",
            names=names,
            labels={"part": names},
            estimate=value,
            covariance=inner * np.outer(slope, slope),
            df=df,
            n=np.full(len(value), self.n[0]),
            weighted_n=np.full(len(value), self.weighted_n[0]),
            weight=self.weight,
            level=self.level,
            interval=(ends[0], ends[1]),
            method="logarithmic; logistic for the correlation",
            notes=self.notes,
            synthetic=self.synthetic,
        )

    def predict(self, data: Any = None, *, kind: Literal["response", "link"] = "response") -> Estimate:
        """Expected values with their standard errors, averaged over groups.

        Parameters
        ----------
        data, kind
            As in :meth:`Model.predict`. ``"link"`` is the linear predictor of a group at the middle.
        """
        if kind not in ("response", "link"):
            raise EstimationError(f"kind={kind!r} is not known.", remedy="Choose 'response' or 'link'.")
        x, offset, complete = self._new_rows(data)
        size = x.shape[1]
        eta = x @ self.estimate[:size] + offset
        mapping = np.zeros((len(x), len(self.names)))
        if kind == "link" or not self._logistic:
            value, mapping[:, :size] = eta, x
        else:
            value, by_index, by_log_sd = _averaged(eta, float(np.exp(self.estimate[size])))
            mapping[:, :size], mapping[:, size] = x * by_index[:, None], by_log_sd
        value = np.where(complete, value, np.nan)
        return self._predicted(value, mapping, {"row": tuple(range(1, len(x) + 1))}, f"predicted {kind}")


def _averaged(eta: FloatArray, deviation: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean of the logistic over the groups' effects, and its derivatives by eta and the log of their deviation."""
    z, weight = np.polynomial.hermite_e.hermegauss(_POINTS)
    weight = weight / weight.sum()
    mean = special.expit(eta[:, None] + deviation * z)
    slope = mean * (1 - mean)
    return mean @ weight, slope @ weight, slope @ (weight * deviation * z)
