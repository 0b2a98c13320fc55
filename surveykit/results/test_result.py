"""What a test returns: :class:`TestResult`, data only."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.results.weight_words import weighted_by

__all__ = ["TestResult"]


@dataclass(frozen=True, eq=False)
class TestResult:
    """One hypothesis test with what it rests on.

    Parameters
    ----------
    hypothesis
        What is tested, as ``"size and exporter are independent"``.
    method
        How, in words.
    statistic_name, statistic
        ``"F"``, ``"t"``, ``"X-squared"`` and its value.
    df
        Degrees of freedom of the numerator, or of t or chi-square; not always whole. NaN where the distribution has
        none.
    ddf
        Degrees of freedom of the denominator; infinite without one.
    p_value
        Probability of a statistic at least as extreme if the hypothesis holds.
    estimates
        Name to estimate, as the difference in means.
    interval
        Confidence interval of a single estimate, ``(low, high)``.
    level
        Its confidence level.
    n, weighted_n
        Rows behind the test and the sum of their weights.
    weight
        Name of the weight.
    facts
        Further arrays: ``"observed"`` and ``"expected"`` (adding to n), ``"eigenvalues"``.
    notes
        What a reader must know.
    synthetic
        Whether it rests on invented data.
    """

    __test__: ClassVar[bool] = False

    hypothesis: str
    method: str
    statistic_name: str
    statistic: float
    df: float
    p_value: float
    ddf: float = math.inf
    estimates: Mapping[str, float] = field(default_factory=dict)
    interval: tuple[float, float] | None = None
    level: float = 0.95
    n: int = 0
    weighted_n: float = math.nan
    weight: str = ""
    facts: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def to_frame(self) -> pd.DataFrame:
        """Return a frame of one row: statistic, degrees of freedom, p-value, estimates and bases."""
        low, high = self.interval or (math.nan, math.nan)
        row: dict[str, object] = {"hypothesis": self.hypothesis, "method": self.method}
        row |= {"statistic_name": self.statistic_name, "statistic": self.statistic, "df": self.df, "ddf": self.ddf}
        row |= {"p_value": self.p_value, **self.estimates}
        if self.interval is not None:
            row |= {"low": low, "high": high, "level": self.level}
        row |= {"n": self.n, "weighted_n": self.weighted_n}
        return pd.DataFrame([row])

    def summary(self) -> str:
        """Say the result in one line, as it is printed under a table."""
        freedom = ", ".join(f"{value:.6g}" for value in (self.df, self.ddf) if math.isfinite(value))
        p = "p < 0.0001" if self.p_value < 1e-4 else f"p = {self.p_value:.4f}"
        return f"{self.statistic_name}{f'({freedom})' if freedom else ''} = {self.statistic:.4f}, {p}"

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        lines = [("SYNTHETIC DATA; " if self.synthetic else "") + self.method, f"Hypothesis: {self.hypothesis}"]
        lines.append(self.summary())
        for name, value in self.estimates.items():
            ends = (
                f", {self.level:.0%} interval {self.interval[0]:.6g} to {self.interval[1]:.6g}" if self.interval else ""
            )
            lines.append(f"{name}: {value:.6g}{ends}")
        lines.append(f"Base: n = {self.n}{weighted_by(self.weight)}.")
        return [*lines, *(f"Note: {note}" for note in self.notes)]

    def _repr_html_(self) -> str:
        return "<p>" + "<br>".join(html.escape(line) for line in self._lines()) + "</p>"
