"""All rows of a model at once, for what must see them in order: risk sets, quantiles, neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray, IntArray
from surveykit.errors import EstimationError
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows
from surveykit.estimation.row_scores import ScoreSums, scan

__all__ = ["RowArrays", "row_arrays"]


@dataclass(frozen=True)
class RowArrays:
    """Rows with a weight and no missing value.

    Parameters
    ----------
    rows
        Where they come from.
    place
        ``(m,)`` number of each row in the data.
    weight, y, offset
        ``(m,)``.
    x
        ``(m, p)``.
    total
        Rows of the data n.
    """

    rows: OutcomeRows
    place: IntArray
    weight: FloatArray
    y: FloatArray
    offset: FloatArray
    x: FloatArray
    total: int

    def score_sums(self, scores: FloatArray) -> ScoreSums:
        """Sums by sampling unit of scores ``(m, q)``, weights not yet included."""
        weighted = np.zeros((self.total, scores.shape[1]))
        weighted[self.place] = scores * self.weight[:, None]
        response = self.rows.matrix.response
        assert response is not None
        exprs = [response.expr, *(factor.expr for factor in self.rows.matrix.factors)]
        if self.rows.offset is not None:
            exprs.append(self.rows.offset)
        sums = ScoreSums(self.rows.survey, scores.shape[1])
        for batch in scan(self.rows.survey, exprs):
            sums.add(batch, weighted[batch.start : batch.start + len(batch.weight)])
        return sums


def row_arrays(rows: OutcomeRows) -> RowArrays:
    """Collect the rows that count.

    Raises
    ------
    EstimationError
        If there are none.
    """
    places: list[IntArray] = []
    weights: list[FloatArray] = []
    ys: list[FloatArray] = []
    offsets: list[FloatArray] = []
    xs: list[FloatArray] = []
    total = 0
    for batch, x, y, offset in rows.batches():
        inside = batch.weight != 0
        places.append(np.flatnonzero(inside) + batch.start)
        for kept, values in ((weights, batch.weight), (ys, y), (offsets, offset), (xs, x)):
            kept.append(values[inside])
        total = max(total, batch.start + len(inside))
    if not any(one.size for one in weights):
        raise EstimationError(f"'{rows.matrix.text}': no row has all variables.", remedy="Check the domain.")
    place, weight = np.concatenate(places), np.concatenate(weights)
    return RowArrays(rows, place, weight, np.concatenate(ys), np.concatenate(offsets), np.vstack(xs), total)
