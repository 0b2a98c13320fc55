"""The distribution function of a population."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from surveykit.engine import Request
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import assemble, cell_labels
from surveykit.estimation.descriptive import Mean, refuse_missing
from surveykit.estimation.linearise import keys_for, solve, warn_if_empty
from surveykit.expressions import Compare
from surveykit.expressions import Literal as Constant
from surveykit.results import Estimate
from surveykit.survey import Survey

__all__ = ["cdf"]


def cdf(
    survey: Survey,
    variable: str,
    points: float | Sequence[float],
    *,
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
    missing: Literal["drop", "fail"] = "drop",
) -> Estimate:
    """Share of the population at or below given points: the distribution function.

    Parameters
    ----------
    survey
        Rows, design and weights.
    variable
        A column or expression of numbers.
    points
        Values of the variable.
    by
        Columns or expressions whose levels define groups.
    level
        Confidence level.
    missing
        ``"drop"`` leaves rows with the variable missing out as outside the domain, and says how many; ``"fail"``
        refuses.

    Returns
    -------
    Estimate
        Point by point, group by group.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0], "w": [10.0, 10.0, 20.0]})
    >>> cdf(Survey(firms, weights="w"), "sales", [4, 5, 6]).estimate
    array([0.25, 0.5 , 0.5 ])
    """
    limits: npt.NDArray[np.float64] = np.atleast_1d(np.asarray(points, np.float64))
    if not len(limits) or not np.isfinite(limits).all():
        raise EstimationError("The points of a distribution function must be finite numbers.", remedy="Give some.")
    expr, keys = survey.expression(variable), keys_for(survey, by)
    terms = (Compare("<=", expr, Constant(limit)) for limit in limits.tolist())
    request = Request((None, *terms), keys, complete=(expr,))
    solution = solve(survey, request, Mean())
    refuse_missing(solution.total.missing, (variable,), missing)
    warn_if_empty(survey, solution, "distribution function")
    texts = tuple(f"{variable} <= {limit:g}" for limit in limits.tolist())
    labels, _ = cell_labels(keys, texts)
    cells = np.tile(np.arange(request.cells), len(limits))
    named: dict[str, tuple[object, ...]] = {
        "variable": (variable,) * len(cells),
        "point": tuple(limit for limit in limits.tolist() for _ in range(request.cells)),
    }
    _, full = cell_labels(keys, texts if len(texts) > 1 or not keys else (texts[0],))
    return assemble(
        survey,
        solution,
        statistic="distribution function",
        names=full,
        labels=named | {name: column for name, column in labels.items() if name != "variable"},
        estimate=solution.value,
        cells=cells,
        level=level,
    )
