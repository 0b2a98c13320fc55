"""Whether a fit that has stopped is one: its coefficients must have stopped too."""

from __future__ import annotations

from surveykit.estimation.likelihoods.runaway import refuse_runaway
from surveykit.estimation.models.rows import ModelRows
from surveykit.estimation.regression.scoring_walks import Fit

__all__ = ["refuse_unsettled"]


def refuse_unsettled(rows: ModelRows, found: Fit) -> None:
    """Refuse a fit under a log link whose deviance settled while a coefficient still ran away.

    A level whose outcomes are all zero has no finite coefficient there: its mean nears zero, and each round moves the
    coefficient by about one.

    Raises
    ------
    EstimationError
        Naming the columns.
    """
    if rows.link.name == "log":
        names = tuple(rows.matrix.names[place] for place in found.kept.tolist())
        refuse_runaway(rows, names, found.coefficients, found.bread @ found.scores.total())
