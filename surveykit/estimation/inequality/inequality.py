"""Inequality and concentration: Gini, share ratios, Atkinson, Lorenz curve, top shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray, Request
from surveykit.errors import EstimationError, listing
from surveykit.estimation.assemble import assemble, cell_labels
from surveykit.estimation.descriptive import refuse_missing
from surveykit.estimation.inequality.measures import (
    Convention,
    Gini,
    KernelShareRatio,
    Lorenz,
    ShareRatio,
    TopShare,
)
from surveykit.estimation.inequality.scores import Make, refuse_below_zero, solve_measure
from surveykit.estimation.linearise import Solution, keys_for, solve, warn_if_empty
from surveykit.expressions import Arithmetic, Call, Expr
from surveykit.expressions import Literal as Constant
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["atkinson", "gini", "lorenz", "quantile_share_ratio", "top_share"]

_Missing = Literal["drop", "fail"]
_By = str | Sequence[str] | None


def gini(
    survey: Survey,
    variable: str,
    *,
    by: _By = None,
    convention: Convention = "langel-tille",
    missing: _Missing = "drop",
    level: float = 0.95,
) -> Estimate:
    """Gini coefficient: 0 where all have the same, near 1 where one has all.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variable
        A column or expression of numbers, none negative.
    by
        Columns or expressions whose levels define groups.
    convention
        ``"langel-tille"``: a row of weight w stands for w equal units, so that the scale of the weights does not matter
        and equal values give 0. ``"osier"``: the estimator of Osier (2009), as in R convey; it depends on the scale of
        the weights by terms of order 1 / N.
    missing
        ``"drop"`` leaves rows with the variable missing out as outside the domain, and says how many; ``"fail"``
        refuses.
    level
        Confidence level.

    Returns
    -------
    Estimate
        Group by group.

    References
    ----------
    Langel and Tillé (2013), *JRSS A* 176, 521-540; Osier (2009), *Survey Research Methods* 3, 167-195.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0], "w": [10.0, 10.0, 20.0]})
    >>> gini(Survey(firms, weights="w"), "sales").estimate.round(4)
    array([0.2115])
    """
    _check_convention(convention)
    return _measured(
        survey, variable, "Gini coefficient", lambda rows: Gini(rows, convention), by=by, missing=missing, level=level
    )


def quantile_share_ratio(
    survey: Survey,
    variable: str,
    *,
    share: float = 0.2,
    by: _By = None,
    convention: Convention = "langel-tille",
    missing: _Missing = "drop",
    level: float = 0.95,
) -> Estimate:
    """Total of the largest `share` of units over that of the smallest; 0.2 gives the quintile share ratio S80/S20.

    Parameters
    ----------
    share
        Share of the population at each end, below 0.5.
    convention
        ``"langel-tille"``: from the Lorenz curve; its variance needs no density. ``"osier"``: whole rows above and up
        to the quantiles, and densities estimated by kernels (Osier 2009), as in R convey; for very skewed variables the
        wide kernel inflates the standard error.

    Other parameters are those of :func:`gini`.

    References
    ----------
    Langel and Tillé (2011), *Survey Methodology* 37, 47-60.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [1.0, 2.0, 3.0, 4.0, 5.0]})
    >>> quantile_share_ratio(Survey(firms), "sales").estimate
    array([5.])
    """
    _check_convention(convention)
    if not 0 < share < 0.5:
        raise EstimationError(f"share={share!r} is not between 0 and 0.5.", remedy="Give for example 0.2.")
    kind = ShareRatio if convention == "langel-tille" else KernelShareRatio
    return _measured(
        survey, variable, "quantile share ratio", lambda rows: kind(rows, share), by=by, missing=missing, level=level
    )


def top_share(
    survey: Survey,
    variable: str,
    *,
    share: float = 0.1,
    by: _By = None,
    missing: _Missing = "drop",
    level: float = 0.95,
) -> Estimate:
    """Share of the total that belongs to the largest `share` of units: concentration.

    Parameters
    ----------
    share
        Share of the population, between 0 and 1.

    Other parameters are those of :func:`gini`.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [1.0, 2.0, 3.0, 4.0]})
    >>> top_share(Survey(firms), "sales", share=0.25).estimate
    array([0.4])
    """
    if not 0 < share < 1:
        raise EstimationError(f"share={share!r} is not between 0 and 1.", remedy="Give for example 0.1.")
    return _measured(
        survey, variable, "top share", lambda rows: TopShare(rows, share), by=by, missing=missing, level=level
    )


def lorenz(
    survey: Survey,
    variable: str,
    points: int | Sequence[float] = 10,
    *,
    by: _By = None,
    missing: _Missing = "drop",
    level: float = 0.95,
) -> Estimate:
    """Ordinates of the Lorenz curve: shares of the total that the smallest hold.

    Parameters
    ----------
    points
        Shares of the population; a whole number k gives 0, 1/k, ..., 1.

    Other parameters are those of :func:`gini`.

    Returns
    -------
    Estimate
        Point by point, group by group.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [1.0, 2.0, 3.0, 4.0]})
    >>> lorenz(Survey(firms), "sales", 4).estimate
    array([0. , 0.1, 0.3, 0.6, 1. ])
    """
    if isinstance(points, int):
        if points < 1:
            raise EstimationError(f"points={points!r} is not positive.", remedy="Give for example 10.")
        shares = tuple(place / points for place in range(points + 1))
    else:
        shares = tuple(float(point) for point in points)
    bad = [point for point in shares if not 0 <= point <= 1]
    if bad or not shares:
        raise EstimationError(f"points={listing(bad)} are not shares.", remedy="Give numbers between 0 and 1.")
    return _measured(
        survey,
        variable,
        "Lorenz ordinate",
        lambda rows: Lorenz(rows, shares),
        points=shares,
        by=by,
        missing=missing,
        level=level,
    )


@dataclass(frozen=True)
class _Atkinson:
    """``1 - (mean of x^(1 - e))^(1 / (1 - e)) / mean``, and with e = 1 the geometric mean.

    Terms are the constant, x, and x^(1 - e) or log x.
    """

    epsilon: float

    def _parts(self, at: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        mean, power = at[..., 1] / at[..., 0], at[..., 2] / at[..., 0]
        if self.epsilon == 1:
            equal = np.exp(power)
            return mean, power, equal, equal
        equal = power ** (1 / (1 - self.epsilon))
        return mean, power, equal, equal / power / (1 - self.epsilon)

    def value(self, sums: FloatArray) -> FloatArray:
        mean, _, equal, _ = self._parts(sums)
        return 1 - equal / mean

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        mean, power, equal, slope = self._parts(at)
        x = sums[..., 1] - mean * sums[..., 0]
        transformed = sums[..., 2] - power * sums[..., 0]
        return (equal / mean**2 * x - slope / mean * transformed) / at[:, 0]


def atkinson(
    survey: Survey,
    variable: str,
    *,
    epsilon: float = 1.0,
    by: _By = None,
    missing: _Missing = "drop",
    level: float = 0.95,
) -> Estimate:
    """Atkinson's index: the share of the mean that could be given up for equality (Atkinson 1970).

    Parameters
    ----------
    variable
        A column or expression of numbers, none negative, and none zero if epsilon is 1 or more.
    epsilon
        Aversion to inequality, positive.

    Other parameters are those of :func:`gini`.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [1.0, 4.0]})
    >>> atkinson(Survey(firms), "sales", epsilon=0.5).estimate.round(4)
    array([0.1])
    """
    if not epsilon > 0 or not np.isfinite(epsilon):
        raise EstimationError(f"epsilon={epsilon!r} is not positive.", remedy="Give for example 0.5 or 1.")
    expr, keys = survey.expression(variable), keys_for(survey, by)
    refuse_below_zero(survey, expr, variable, "Atkinson index", zero_too=epsilon >= 1)
    transformed: Expr = Call("log", (expr,)) if epsilon == 1 else Arithmetic("**", expr, Constant(float(1 - epsilon)))
    request = Request((None, expr, transformed), keys, complete=(expr,))
    solution = solve(survey, request, _Atkinson(float(epsilon)))
    return _estimate(survey, solution, variable, "Atkinson index", keys=keys, missing=missing, level=level)


def _check_convention(convention: str) -> None:
    if convention not in ("langel-tille", "osier"):
        raise EstimationError(f"convention={convention!r} is not known.", remedy="Choose 'langel-tille' or 'osier'.")


def _measured(
    survey: Survey,
    variable: str,
    statistic: str,
    make: Make,
    *,
    points: tuple[float, ...] = (),
    by: _By,
    missing: _Missing,
    level: float,
) -> Estimate:
    expr, keys = survey.expression(variable), keys_for(survey, by)
    refuse_below_zero(survey, expr, variable, statistic)
    solution = solve_measure(survey, expr, keys, make)
    return _estimate(survey, solution, variable, statistic, points=points, keys=keys, missing=missing, level=level)


def _estimate(
    survey: Survey,
    solution: Solution,
    variable: str,
    statistic: str,
    *,
    points: tuple[float, ...] = (),
    keys: tuple[object, ...],
    missing: _Missing,
    level: float,
) -> Estimate:
    refuse_missing(solution.total.missing, (variable,), missing)
    warn_if_empty(survey, solution, statistic)
    texts = tuple(f"L({point:g})" for point in points) or (variable,)
    labels, names = cell_labels(keys, texts)  # type: ignore[arg-type]
    cells = len(solution.total.sums)
    named: dict[str, tuple[object, ...]] = {"variable": (variable,) * len(solution.value)}
    if points:
        named["point"] = tuple(point for point in points for _ in range(cells))
    value = np.where(np.isfinite(solution.value), solution.value, np.nan)
    found = assemble(
        survey,
        solution,
        statistic=statistic,
        names=names,
        labels=named | {name: column for name, column in labels.items() if name != "variable"},
        estimate=value,
        cells=np.tile(np.arange(cells), len(texts)),
        level=level,
    )
    undefined = np.isnan(value) & (found.n > 0)
    if not undefined.any():
        return found
    which = ", ".join(name for name, one in zip(names, undefined.tolist(), strict=True) if one)
    return replace(found, notes=(*found.notes, f"Not defined (the total it is divided by is zero): {which}."))
