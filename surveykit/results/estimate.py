"""An estimate with its covariance: what every design-based verb returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.results.contrasts import Contrast, contrast_matrix, delta
from surveykit.results.weight_words import weighted_by

__all__ = ["Estimate", "t_quantile", "two_sided_p"]


def t_quantile(probability: float, df: npt.ArrayLike) -> FloatArray:
    """Quantile of Student's t, of the normal where df is infinite, NaN where df is not positive."""
    freedom = np.asarray(df, np.float64)
    finite = np.isfinite(freedom) & (freedom > 0)
    quantile = special.stdtrit(np.where(finite, freedom, 1.0), probability)
    return np.where(finite, quantile, np.where(np.isposinf(freedom), special.ndtri(probability), np.nan))


def two_sided_p(statistic: npt.ArrayLike, df: npt.ArrayLike) -> FloatArray:
    """Two-sided p-value of a t statistic; normal where df is infinite."""
    size = -np.abs(np.asarray(statistic, np.float64))
    freedom = np.broadcast_to(np.asarray(df, np.float64), size.shape)
    finite = np.isfinite(freedom) & (freedom > 0)
    p = 2 * special.stdtr(np.where(finite, freedom, 1.0), size)
    return np.where(finite, p, np.where(np.isposinf(freedom), 2 * special.ndtr(size), np.nan))


@dataclass(frozen=True, eq=False)
class Estimate:
    """Estimates ``(p,)`` with their covariance, and what they rest on.

    Parameters
    ----------
    statistic
        What was estimated: ``"mean"``, ``"total"`` ...
    names
        ``(p,)`` name of each estimate, used in contrasts.
    labels
        Column name to ``(p,)`` labels: the groups, variables and levels, for :meth:`to_frame`.
    estimate
        ``(p,)``; NaN where it is not defined.
    covariance
        ``(p, p)``.
    df
        ``(p,)`` design degrees of freedom.
    n
        ``(p,)`` rows behind each estimate.
    weighted_n
        ``(p,)`` sum of their weights.
    weight
        Name of the weight.
    level
        Confidence level of `low` and `high`.
    interval
        Ends of intervals that are not symmetric, ``(low, high)``; None for estimate -/+ t x se.
    method
        How the interval was made.
    facts
        Further columns ``(p,)``, as design effects.
    notes
        What a reader must know.
    synthetic
        Whether it rests on invented data.
    """

    statistic: str
    names: tuple[str, ...]
    labels: Mapping[str, tuple[object, ...]]
    estimate: FloatArray
    covariance: FloatArray
    df: FloatArray
    n: npt.NDArray[np.integer[Any]]
    weighted_n: FloatArray
    weight: str = ""
    level: float = 0.95
    interval: tuple[FloatArray, FloatArray] | None = None
    method: str = "t"
    facts: Mapping[str, FloatArray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def se(self) -> FloatArray:
        """Standard errors ``(p,)``."""
        return np.sqrt(np.maximum(np.diagonal(self.covariance), 0.0))

    @property
    def cv(self) -> FloatArray:
        """Coefficients of variation ``(p,)``: se / estimate; NaN where the estimate is zero."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.estimate == 0, np.nan, self.se / self.estimate)

    @property
    def low(self) -> FloatArray:
        """Lower ends of the intervals ``(p,)``."""
        return self._ends(None, None)[0]

    @property
    def high(self) -> FloatArray:
        """Upper ends of the intervals ``(p,)``."""
        return self._ends(None, None)[1]

    def _ends(self, level: float | None, df: float | None) -> tuple[FloatArray, FloatArray]:
        wanted = self.level if level is None else level
        if not 0 < wanted < 1:
            raise EstimationError(
                f"level={wanted!r} is not a confidence level.", remedy="Give a number between 0 and 1, as 0.95."
            )
        if self.interval is not None:
            if wanted != self.level or df is not None:
                raise EstimationError(
                    f"These intervals were made by the method '{self.method}' at level {self.level:g}.",
                    remedy="Call the verb again with the level you want.",
                )
            return self.interval
        half = t_quantile((1 + wanted) / 2, self.df if df is None else np.full(len(self.names), df)) * self.se
        return self.estimate - half, self.estimate + half

    def confint(self, level: float | None = None, *, df: float | None = None) -> pd.DataFrame:
        """Confidence intervals.

        Parameters
        ----------
        level
            Confidence level; the estimate's own by default.
        df
            Degrees of freedom instead of the design's; ``float("inf")`` gives normal intervals.

        Returns
        -------
        DataFrame
            Columns ``low, high``, one row an estimate.
        """
        low, high = self._ends(level, df)
        return pd.DataFrame({"low": low, "high": high}, index=pd.Index(self.names, name="name"))

    def contrast(self, contrasts: Contrast | Mapping[str, Contrast]) -> Estimate:
        """Linear combinations or smooth functions of the estimates, with their covariance.

        Parameters
        ----------
        contrasts
            One contrast, or a mapping of names to contrasts. A contrast is a mapping ``{"large": 1, "small": -1}``, a
            sequence of
            coefficients in order, or an expression of the names such as ``"log(exports / sales)"`` (delta method).
        """
        named = self._named_contrasts(contrasts)
        values = np.empty(len(named))
        gradient = np.zeros((len(named), len(self.names)))
        for row, one in enumerate(named.values()):
            if isinstance(one, str):
                values[row], gradient[row] = delta(one, self.names, self.estimate)
            else:
                gradient[row] = contrast_matrix(one, self.names)
                used = gradient[row] != 0
                values[row] = gradient[row][used] @ self.estimate[used]
        used_any = (gradient != 0).any(axis=0)
        inner = gradient[:, used_any]
        covariance = inner @ self.covariance[np.ix_(used_any, used_any)] @ inner.T
        df = np.array([self.df[row != 0].min(initial=np.inf) for row in gradient])
        n = np.array([self.n[row != 0].sum() if (row != 0).any() else 0 for row in gradient])
        weighted = np.array([self.weighted_n[row != 0].sum() for row in gradient])
        return replace(
            self,
            statistic=f"contrast of {self.statistic}s",
            names=tuple(named),
            labels={"contrast": tuple(named)},
            estimate=values,
            covariance=covariance,
            df=df,
            n=n,
            weighted_n=weighted,
            interval=None,
            method="t",
            facts={},
        )

    def _named_contrasts(self, contrasts: Contrast | Mapping[str, Contrast]) -> Mapping[str, Contrast]:
        if isinstance(contrasts, str):
            return {contrasts: contrasts}
        if isinstance(contrasts, Mapping):
            if all(isinstance(value, int | float) for value in contrasts.values()):
                return {"contrast": contrasts}  # type: ignore[dict-item]
            return contrasts  # type: ignore[return-value]
        if isinstance(contrasts, Sequence | np.ndarray):
            return {"contrast": contrasts}
        raise EstimationError(
            f"A contrast of type {type(contrasts).__name__} is not understood.",
            remedy="Give a mapping, a sequence or an expression.",
        )

    def select(self, name: str) -> float:
        """Return one estimate by name."""
        if name not in self.names:
            raise EstimationError(f"'{name}' is not one of the estimates.", remedy=f"They are {listing(self.names)}.")
        return float(self.estimate[self.names.index(name)])

    def to_frame(self) -> pd.DataFrame:
        """Return a frame with one row an estimate.

        Its columns are the labels, then ``estimate, se, low, high, df, n, weighted_n`` and further facts.
        """
        low, high = self._ends(None, None)
        columns: dict[str, Any] = {name: list(values) for name, values in self.labels.items()}
        columns |= {"estimate": self.estimate, "se": self.se, "low": low, "high": high, "df": self.df, "n": self.n}
        columns |= {"weighted_n": self.weighted_n, **self.facts}
        return pd.DataFrame(columns)

    def __len__(self) -> int:
        return len(self.names)

    def _heading(self) -> str:
        interval = f"{self.level:.0%} interval: {self.method}"
        parts = [f"{self.statistic}{weighted_by(self.weight)}", interval]
        return ("SYNTHETIC DATA; " if self.synthetic else "") + "; ".join(parts)

    def __repr__(self) -> str:
        lines = [self._heading(), self.to_frame().to_string(index=False, float_format=lambda value: f"{value:,.6g}")]
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(index=False, float_format=lambda value: f"{value:,.6g}")
