"""What a walk over the rows of a model sees of its outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.models.rows import ModelRows
from surveykit.estimation.regression.row_blocks import Block

__all__ = ["Outcomes"]


@dataclass
class Outcomes:
    """Outcomes of the rows that count.

    Parameters
    ----------
    one
        The first of them.
    vary
        Whether another differs.
    rows, weight
        How many they are.
    binary
        Whether every one is 0 or 1.
    """

    one: float = np.nan
    vary: bool = False
    rows: int = 0
    weight: float = 0.0
    binary: bool = True

    def add(self, rows: ModelRows, block: Block) -> bool:
        """Look at a block; return whether each of its outcomes is 0 or 1.

        Raises
        ------
        EstimationError
            If an outcome is impossible under the family.
        """
        used = block.y if block.whole else block.y[block.batch.weight != 0]
        self.rows += len(used)
        if not len(used):
            return self.binary
        self.weight += float(block.batch.weight.sum())
        if not self.vary:
            self.one = float(used[0]) if np.isnan(self.one) else self.one
            self.vary = bool((used != self.one).any())
        binary = rows.family.name == "binomial" and bool(np.array_equal(used == 1, used))
        self.binary = self.binary and binary
        if not (rows.linear or binary):
            _refuse_impossible(rows, used)
        return binary

    def refuse(self, rows: ModelRows) -> None:
        """Refuse outcomes that leave nothing to explain."""
        if self.weight == 0:
            domain = f" in the domain {rows.survey.domain_text!r}" if rows.survey.domain_text else ""
            raise EstimationError(
                f"'{rows.matrix.text}': no row{domain} has all variables.",
                remedy="Check for missing values and the domain.",
            )
        if not self.vary:
            raise EstimationError(
                f"The outcome of '{rows.matrix.text}' is {self.one:g} in every row, so there is nothing to explain.",
                remedy="Check the coding of the outcome, or the domain.",
            )


def _refuse_impossible(rows: ModelRows, y: FloatArray) -> None:
    bad = ~rows.family.valid(y).astype(np.bool_)
    if bad.any():
        raise EstimationError(
            f"The outcome of '{rows.matrix.text}' takes the value {float(y[bad][0]):g}; the family "
            f"'{rows.family.name}' allows {rows.family.support}.",
            remedy="Recode the outcome, or choose another family.",
        )
