"""The rows of a model: outcome, design matrix and weight, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass

from surveykit.engine import FloatArray, Request
from surveykit.errors import EstimationError
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows, outcome_rows
from surveykit.estimation.regression.families import Family, Link
from surveykit.expressions import Expr
from surveykit.formulas import DesignMatrix
from surveykit.survey import Survey

__all__ = ["ModelRows", "batch_deviance", "harmless", "model_rows"]


@dataclass(frozen=True)
class ModelRows(OutcomeRows):
    """The rows of a generalised linear model.

    Besides those of :class:`OutcomeRows`:

    Parameters
    ----------
    family, link
        Distribution and link.
    scale
        Factor that scales the weights of the domain to mean one.
    binary
        Whether every outcome is known to be 0 or 1.
    """

    family: Family
    link: Link
    scale: float
    binary: bool = False

    @property
    def linear(self) -> bool:
        """Whether least squares solve the model."""
        return self.family.name == "gaussian" and self.link.name == "identity"

    @property
    def logistic(self) -> bool:
        """Whether this is a logistic regression, of outcomes that may also be shares."""
        return self.family.name == "binomial" and self.link.name == "logit"


def model_rows(survey: Survey, matrix: DesignMatrix, family: Family, link: Link, offset: Expr | None) -> ModelRows:
    """Check the outcome's kind and bundle the parts of a model."""
    response = outcome_rows(survey, matrix, offset).matrix.response
    assert response is not None
    if response.levels is not None and (family.name != "binomial" or len(response.levels) != 2):
        raise EstimationError(
            f"The outcome '{response.name}' is a category with {len(response.levels)} level(s), and the family "
            f"'{family.name}' needs numbers.",
            remedy="Use mid() for bands, a condition as in  I(size == 'large') ~ x, or family=\"ordered_logit\".",
        )
    total = survey.engine.totals(survey.index, Request((None,), where=survey.domain))
    scale = float(total.rows[0] / total.sums[0, 0]) if total.rows[0] else 1.0
    return ModelRows(survey, matrix, offset, family, link, scale)


def harmless(rows: ModelRows) -> float:
    """Outcome that is possible under the family, to stand in rows that do not count."""
    return 0.5 if rows.family.name == "binomial" else 1.0


def batch_deviance(rows: ModelRows, weight: FloatArray, y: FloatArray, mu: FloatArray) -> float:
    """Weighted deviance of the rows of a batch that count."""
    if not weight.all():
        inside = weight != 0
        weight, y, mu = weight[inside], y[inside], mu[inside]
    return float(weight @ rows.family.deviance(y, mu))
