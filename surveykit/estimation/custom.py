"""Any statistic of one's own, with the variance of the replicates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from surveykit.engine import FloatArray, Request
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.row_scores import scan
from surveykit.results import Estimate
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["estimate"]

_Columns = Mapping[str, npt.NDArray[Any]]
_Function = Callable[[_Columns, FloatArray], Any]


def estimate(
    survey: Survey, function: _Function, variables: str | Sequence[str], *, name: str = "statistic", level: float = 0.95
) -> Estimate:
    """Estimate what a function makes of columns and weights; it is called once for each replicate.

    Parameters
    ----------
    survey
        A survey with replicate weights in memory.
    function
        From the columns (a mapping of names to arrays ``(m,)``, categories as labels) and weights ``(m,)`` to a
        number, a sequence of numbers, or a mapping of names to numbers.
    variables
        Columns or expressions that it needs. Rows of the domain that have all of them are passed.
    name
        Of the statistic.
    level
        Confidence level.

    Raises
    ------
    EstimationError
        Without replicates, or if the function returns something else than finite numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> survey = sk.replicate(sk.Survey(pd.DataFrame({"sales": [1.0, 2.0, 4.0, 9.0]})), "JK1")
    >>> found = estimate(survey, lambda x, w: (w * x["sales"] ** 2).sum() / w.sum(), "sales")
    >>> float(found.estimate[0])
    25.5
    """
    replicates = survey.replicates
    if replicates is None:
        raise EstimationError(
            "The variance of a function of one's own needs replicate weights.",
            remedy='Make them first: replicate(survey, "bootstrap", seed=1).',
        )
    given = [variables] if isinstance(variables, str) else list(variables)
    exprs = [survey.expression(text) for text in given]
    columns, places, weights = _columns(survey, given)
    names, full = _numbers(function(columns, weights), name, "the full sample")
    estimates = np.full((replicates.replicates, len(full)), np.nan)
    for number in range(replicates.replicates):
        if replicates.rscales[number] > 0:
            own = replicates.weights(number)[places]
            estimates[number] = _numbers(function(columns, own), name, f"replicate {number + 1}")[1]
    total = survey.engine.totals(survey.index, Request((None,), where=survey.domain, complete=tuple(exprs)))
    df = domain_degrees(survey, exprs)
    size = len(full)
    return Estimate(
        statistic=name,
        names=names,
        labels={"statistic": names},
        estimate=full,
        covariance=replicate_covariance(estimates, full, replicates),
        df=np.full(size, df),
        n=np.full(size, total.rows[0]),
        weighted_n=np.full(size, total.sums[0, 0]),
        weight=survey.weight_name,
        level=level,
        notes=selection_note(survey),
        synthetic=survey.synthetic,
    )


def _columns(survey: Survey, given: Sequence[str]) -> tuple[_Columns, npt.NDArray[np.integer[Any]], FloatArray]:
    """Columns, row numbers and weights of the rows that count."""
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in given}
    places, weights = [], []
    for batch in scan(survey, [survey.expression(name) for name in given]):
        inside = np.flatnonzero(batch.weight != 0)
        for name, values in zip(given, batch.values, strict=True):
            data = values.data[inside]
            parts[name].append(data if values.categories is None else np.asarray(values.categories, dtype=object)[data])
        places.append(inside + batch.start)
        weights.append(batch.weight[inside])
    return {name: np.concatenate(part) for name, part in parts.items()}, np.concatenate(places), np.concatenate(weights)


def _numbers(found: Any, name: str, where: str) -> tuple[tuple[str, ...], FloatArray]:
    if isinstance(found, Mapping):
        names, values = tuple(map(str, found)), np.array(list(found.values()), np.float64)
    else:
        values = np.atleast_1d(np.asarray(found, np.float64))
        names = (name,) if len(values) == 1 else tuple(f"{name}{place + 1}" for place in range(len(values)))
    if values.ndim != 1 or not np.isfinite(values).all():
        raise EstimationError(
            f"The function returned {found!r} for {where}.", remedy="It must return finite numbers, the same each time."
        )
    return names, values
