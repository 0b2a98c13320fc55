"""Direct standardisation: means of groups as if all had the same composition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, Request
from surveykit.errors import EstimationError, listing
from surveykit.estimation.assemble import assemble, cell_labels
from surveykit.estimation.linearise import keys_for, solve, warn_if_empty
from surveykit.expressions import Expr
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["standardised_mean"]


def standardised_mean(
    survey: Survey,
    variables: str | Sequence[str],
    *,
    by: str,
    population: Mapping[object, float],
    over: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Means as if every group had the same distribution of `by`: ``sum over a of share_a x mean in a``.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variables
        Numbers; for a share, a 0/1 column or a condition.
    by
        Variable whose distribution is made equal.
    population
        Level of `by` to its count or share in the standard population; shares are made of them.
    over
        Groups to compare; their crossed levels.
    level
        Confidence level.

    Returns
    -------
    Estimate
        One estimate a variable and group; missing where a group has no row in a level of `by` that counts. The standard
        population has no sampling error.

    Raises
    ------
    EstimationError
        If levels of `by` and of the population differ.

    References
    ----------
    Korn and Graubard (1999), *Analysis of Health Surveys*, sec. 2.6.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"size": list("sslssl"), "land": list("aaabbb"), "y": [1.0, 2.0, 6.0, 2.0, 4.0, 9.0]})
    >>> standardised_mean(sk.Survey(firms), "y", by="size", population={"s": 90, "l": 10}, over="land").estimate
    array([1.95, 3.6 ])
    """
    names = [variables] if isinstance(variables, str) else list(variables)
    exprs = tuple(survey.expression(name) for name in names)
    _refuse_categories(survey, names, exprs)
    keys, (inner,) = keys_for(survey, over), keys_for(survey, by)
    shares = _shares(by, inner.levels, population)
    statistic = _Standardised(shares, len(names))
    solution = solve(survey, Request((None, *exprs), (*keys, inner)), statistic)
    warn_if_empty(survey, solution, "standardised mean")
    cells = len(solution.total.rows) // len(shares)
    labels, shown = cell_labels(keys, tuple(names))
    estimate = np.where(np.isfinite(solution.value), solution.value, np.nan)
    return assemble(
        survey,
        solution,
        statistic=f"mean standardised by {by}",
        names=shown,
        labels=labels,
        estimate=estimate,
        cells=np.tile(np.arange(cells) * len(shares), len(names)),
        groups=np.repeat(np.arange(cells), len(shares)),
        level=level,
    )


@dataclass(frozen=True)
class _Standardised:
    """Cells are groups crossed with the standard variable, which runs fastest.

    Parameters
    ----------
    shares
        ``(A,)`` standard shares.
    variables
        Number of variables.
    """

    shares: FloatArray
    variables: int

    def value(self, sums: FloatArray) -> FloatArray:
        table = sums.reshape(*sums.shape[:-2], -1, len(self.shares), sums.shape[-1])
        means = table[..., 1:] / table[..., :1]
        # A level that the standard population does not have may be empty.
        means = np.where(self.shares[:, None] > 0, means, 0.0)
        found = np.einsum("...gav,a->...vg", means, self.shares)
        return np.asarray(found.reshape(*sums.shape[:-2], -1))

    def scores(self, sums: FloatArray, at: FloatArray) -> FloatArray:
        shape = (-1, len(self.shares), at.shape[-1])
        table, total = sums.reshape(*sums.shape[:-2], *shape), at.reshape(shape)
        means = total[..., 1:] / total[..., :1]
        each = (table[..., 1:] - table[..., :1] * means) / total[..., :1]
        each = np.where(self.shares[:, None] > 0, each, 0.0)
        found = np.einsum("...gav,a->...vg", each, self.shares)
        return np.asarray(found.reshape(*sums.shape[:-2], -1))


def _refuse_categories(survey: Survey, names: Sequence[str], exprs: Sequence[Expr]) -> None:
    bad = [name for name, expr in zip(names, exprs, strict=True) if survey.engine.describe(expr).categories is not None]
    if bad:
        raise EstimationError(
            f"{listing(bad)} is a category, and a mean needs numbers.", remedy="Use mid(), or a condition for a share."
        )


def _shares(by: str, levels: tuple[object, ...], population: Mapping[object, float]) -> FloatArray:
    unknown, absent = [one for one in population if one not in levels], [one for one in levels if one not in population]
    if unknown or absent:
        what = f"no row has {listing(unknown)}" if unknown else f"it lacks {listing(absent)}"
        raise EstimationError(
            f"The standard population of '{by}' does not fit the data: {what}.",
            remedy=f"Give a count for each of {listing(levels)}; 0 leaves a level out.",
        )
    counts = np.array([float(population[one]) for one in levels])
    if not (np.isfinite(counts).all() and (counts >= 0).all() and counts.sum() > 0):
        raise EstimationError(f"The standard population of '{by}' has negative or no counts.", remedy="Check it.")
    return np.asarray(counts / counts.sum())
