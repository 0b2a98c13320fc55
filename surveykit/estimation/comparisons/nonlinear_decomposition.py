"""Decomposition of a gap in shares between two groups (Fairlie), with design-based standard errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, listing
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.comparisons.weighted_functions import covariance_of
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.linearise import keys_for
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.expressions import Compare
from surveykit.expressions import Literal as Constant
from surveykit.expressions.values import BoolArray
from surveykit.formulas import Factor, MatrixColumn, compile_formula
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["fairlie"]

_ROUNDS = 60


def fairlie(
    survey: Survey, formula: str, *, group: str, reference: Literal["first", "second"] = "second", level: float = 0.95
) -> Estimate:
    """Split the gap between two groups' shares into a part that goes with characteristics and a rest, by a logit.

    ``share_1 - share_2 = [mean_1 F(x'b_r) - mean_2 F(x'b_r)] + rest`` with F the logistic and b_r the coefficients of
    the reference group. The explained part is given to terms in proportion to ``(x_1 - x_2) b_r`` at the means of x
    (Yun), which depends on no order and no random matching. It describes an association.

    Parameters
    ----------
    survey
        Rows, design and weights.
    formula
        ``"y ~ terms"`` with an outcome of 0 and 1 (or a condition) and an intercept.
    group
        Variable of two levels; the gap is the first less the second.
    reference
        Whose coefficients value the difference in characteristics.
    level
        Confidence level.

    Returns
    -------
    Estimate
        ``gap``, ``explained``, ``unexplained``, and ``explained: term`` for each column; the variance has the sampling
        of coefficients and of both groups' rows.

    Raises
    ------
    EstimationError
        If the group has not two levels, or the reference group's logit cannot be fitted.

    References
    ----------
    Fairlie (2005), *Journal of Economic and Social Measurement* 30, 305-316, eq. 2; Yun (2004), *Economics Letters* 82,
    275-280.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> rng = np.random.default_rng(1)
    >>> firms = pd.DataFrame({"land": np.repeat(["east", "west"], 200), "staff": rng.normal(size=400)})
    >>> firms["exports"] = (firms["staff"] + (firms["land"] == "west") + rng.logistic(size=400) > 0).astype(int)
    >>> parts = fairlie(sk.Survey(firms), "exports ~ staff", group="land")
    >>> bool(np.isclose(parts.estimate[0], parts.estimate[1] + parts.estimate[2]))
    True
    """
    (key,) = keys_for(survey, group)
    if len(key.levels) != 2 or reference not in ("first", "second"):
        raise EstimationError(
            f"'{group}' has {len(key.levels)} levels, and reference is {reference!r}.",
            remedy="Two levels are compared; the reference is 'first' or 'second'.",
        )
    chosen = 0 if reference == "first" else 1
    inside = survey.where(Compare("==", key.expr, Constant(key.levels[chosen])))  # type: ignore[arg-type]
    model = regress(inside, formula, family="binomial")
    if model.aliased or "Intercept" not in model.names:
        lost = model.aliased or ("Intercept",)
        raise EstimationError(
            f"Where '{group}' is {key.levels[chosen]!r}, {listing(lost)} is not estimated.",
            remedy="Leave dependent columns out, and the intercept in.",
        )
    matrix = compile_formula(formula, survey.engine)
    factors = (*matrix.factors, Factor(group, key.expr, key.levels))
    code = MatrixColumn(group, ((len(matrix.factors), None),), -1)
    joint = replace(matrix, factors=factors, columns=(*matrix.columns, code))
    with one_thread():
        arrays = row_arrays(outcome_rows(survey, joint, matrix.offset))
        gap = _Gap(arrays, arrays.x[:, -1] == 0, arrays.x[:, :-1], chosen, model.estimate)
        value = gap.value(arrays.weight)
        covariance, df = covariance_of(arrays, value, gap.influence(), gap.value)
    terms = [name for name in matrix.names if name != "Intercept"]
    names = ("gap", "explained", "unexplained", *(f"explained: {name}" for name in terms))
    size = len(names)
    notes = (
        *selection_note(survey),
        f"Gap: '{key.levels[0]}' less '{key.levels[1]}'; valued by the logit of '{key.levels[chosen]}'.",
        "Terms have parts in proportion to their difference in means times their coefficient.",
        "The unexplained part holds all that the formula leaves out; it is an association.",
    )
    return Estimate(
        statistic="decomposition",
        names=names,
        labels={"part": names},
        estimate=value,
        covariance=covariance,
        df=np.full(size, df),
        n=np.full(size, len(arrays.weight)),
        weighted_n=np.full(size, arrays.weight.sum()),
        weight=survey.weight_name,
        level=level,
        notes=notes,
        synthetic=survey.synthetic,
    )


@dataclass(frozen=True, eq=False)
class _Gap:
    """Two groups' rows and the coefficients of one of them."""

    arrays: RowArrays
    first: BoolArray
    x: FloatArray
    chosen: int
    start: FloatArray

    @property
    def _groups(self) -> tuple[BoolArray, BoolArray]:
        return self.first, ~self.first

    @property
    def _slopes(self) -> list[int]:
        columns = self.arrays.rows.matrix.columns[: self.x.shape[1]]
        return [place for place, column in enumerate(columns) if column.parts]

    def _fit(self, weight: FloatArray) -> FloatArray:
        """Coefficients of the reference group by Newton's method."""
        own = self._groups[self.chosen]
        x, y, w, offset = self.x[own], self.arrays.y[own], weight[own], self.arrays.offset[own]
        beta = self.start
        for _ in range(_ROUNDS):
            mean = special.expit(x @ beta + offset)
            gram = (x * (w * mean * (1 - mean))[:, None]).T @ x
            step = np.linalg.solve(gram, x.T @ (w * (y - mean)))
            beta = beta + step
            if np.abs(step).max() < 1e-10 * max(1.0, float(np.abs(beta).max())):
                return beta
        raise EstimationError(
            "The logit of a replicate did not converge.", remedy="Merge levels with few cases, or use fewer terms."
        )

    def _pieces(self, weight: FloatArray, beta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Of both groups: shares, predicted shares, their derivatives by beta, means of x."""
        mean = special.expit(self.x @ beta + self.arrays.offset)
        each = []
        for own in self._groups:
            share = np.where(own, weight, 0.0) / weight[own].sum()
            slope = (share * mean * (1 - mean)) @ self.x
            each.append((share @ self.arrays.y, share @ mean, slope, share @ self.x))
        shares, predicted, slopes, means = (np.array(one) for one in zip(*each, strict=True))
        return shares, predicted, slopes, means

    def value(self, weight: FloatArray) -> FloatArray:
        """Gap, explained, unexplained, explained by each column ``(3 + t,)``."""
        beta = self._fit(weight)
        shares, predicted, _, means = self._pieces(weight, beta)
        return self._parts(shares, predicted, means, beta)

    def _parts(self, shares: FloatArray, predicted: FloatArray, means: FloatArray, beta: FloatArray) -> FloatArray:
        gap, explained = shares[0] - shares[1], predicted[0] - predicted[1]
        each = ((means[0] - means[1]) * beta)[self._slopes]
        return np.array([gap, explained, gap - explained, *(explained * each / each.sum())])

    def influence(self) -> FloatArray:
        """Derivatives of the parts by the weight of each row ``(m, 3 + t)``."""
        weight, y = self.arrays.weight, self.arrays.y
        beta = self._fit(weight)
        shares, predicted, slopes, means = self._pieces(weight, beta)
        mean = special.expit(self.x @ beta + self.arrays.offset)
        own = self._groups[self.chosen]
        inside = np.where(own, weight * mean * (1 - mean), 0.0)
        bread = np.linalg.inv((self.x * inside[:, None]).T @ self.x)
        of_beta = np.where(own[:, None], self.x * (y - mean)[:, None], 0.0) @ bread
        of_shares, of_predicted, of_means = [], [], []
        for place, rows in enumerate(self._groups):
            over = np.where(rows, 1.0, 0.0) / weight[rows].sum()
            of_shares.append(over * (y - shares[place]))
            of_predicted.append(over * (mean - predicted[place]) + of_beta @ slopes[place])
            of_means.append(over[:, None] * (self.x - means[place]))
        gap, explained = of_shares[0] - of_shares[1], of_predicted[0] - of_predicted[1]
        columns = self._slopes
        each = ((means[0] - means[1]) * beta)[columns]
        moved = ((of_means[0] - of_means[1]) * beta + (means[0] - means[1]) * of_beta)[:, columns]
        ratio = each / each.sum()
        of_ratio = (moved - moved.sum(axis=1, keepdims=True) * ratio) / each.sum()
        parts = explained[:, None] * ratio + (predicted[0] - predicted[1]) * of_ratio
        return np.column_stack([gap, explained, gap - explained, parts])
