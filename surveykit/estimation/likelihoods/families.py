"""From a formula to a multinomial, negative binomial, interval or censored regression."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from surveykit.engine import FloatArray, Request
from surveykit.errors import EstimationError
from surveykit.estimation.likelihoods.censored import CensoredLikelihood
from surveykit.estimation.likelihoods.likelihood_model import likelihood_model
from surveykit.estimation.likelihoods.maximise import RowLikelihood, maximise
from surveykit.estimation.likelihoods.multinomial import MultinomialLikelihood
from surveykit.estimation.likelihoods.negative_binomial import NegativeBinomialLikelihood
from surveykit.estimation.likelihoods.outcome_levels import outcome_levels, outcome_shares
from surveykit.estimation.likelihoods.outcome_rows import OutcomeRows, outcome_rows
from surveykit.estimation.likelihoods.standard_distributions import Standard
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.rows import model_rows
from surveykit.estimation.regression.families import family_and_link
from surveykit.estimation.regression.scoring import fit
from surveykit.expressions import Arithmetic, Expr
from surveykit.expressions.values import BoolArray
from surveykit.formulas import DesignMatrix
from surveykit.survey import Survey

__all__ = [
    "band_edges",
    "fit_interval",
    "fit_multinomial",
    "fit_negative_binomial",
    "fit_tobit",
    "outcome_moments",
]

#: Below this the negative binomial is a Poisson in all digits that matter.
_LOG_ALPHA = -11.5


def fit_multinomial(survey: Survey, matrix: DesignMatrix, offset: Expr | None, level: float) -> Model:
    """Fit a multinomial logit against the first level of the outcome."""
    rows = _rows(survey, matrix, offset)
    levels = outcome_levels(matrix, "a multinomial logit needs categories")
    shares = outcome_shares(rows, levels)
    names = tuple(map(str, levels))
    initial = np.zeros((len(levels) - 1, len(matrix.columns)))
    if "Intercept" in matrix.names:
        initial[:, matrix.names.index("Intercept")] = np.log(shares[1:] / shares[0])
    likelihood = MultinomialLikelihood(matrix.names, names[1:], (), initial.reshape(-1), names)
    return _model(rows, likelihood, family="multinomial", link="logit", level=level)


def fit_negative_binomial(survey: Survey, matrix: DesignMatrix, offset: Expr | None, level: float) -> Model:
    """Fit a negative binomial regression with log link."""
    rows = _rows(survey, matrix, offset)
    mean, variance = outcome_moments(rows)
    _refuse_outcomes(rows, lambda y: (y < 0) | (y != np.floor(y)), "counts: whole numbers, zero or more")
    if mean <= 0:
        raise EstimationError(f"The outcome of '{matrix.text}' is zero in every row.", remedy="Check its coding.")
    initial = _level_start(matrix, np.log(mean))
    alpha: float = max((variance - mean) / mean**2, 0.05)
    likelihood = NegativeBinomialLikelihood(matrix.names, ("",), ("log(alpha)",), np.append(initial, np.log(alpha)))
    none = EstimationError(
        f"'{matrix.text}': log(alpha) has no finite estimate, the counts do not vary more than Poisson counts.",
        remedy='Use family="poisson"; its standard errors here do not rest on the Poisson variance.',
    )
    try:
        model = _model(rows, likelihood, family="negative binomial", link="log", level=level)
    except EstimationError:
        if _beyond_poisson(rows) > 0:
            raise
        raise none from None
    if model.estimate[-1] < _LOG_ALPHA:
        raise none
    return model


def _beyond_poisson(rows: OutcomeRows) -> float:
    """Weighted sum of ``(y - mu)^2 - y`` at the Poisson fit: the slope of the likelihood in alpha at zero."""
    poisson = model_rows(rows.survey, rows.matrix, *family_and_link("poisson", "log"), rows.offset)
    found = fit(poisson)
    total = 0.0
    for batch, x, y, offset in poisson.batches():
        mu = np.exp(x[:, found.kept] @ found.coefficients + offset)
        total += float(batch.weight @ ((y - mu) ** 2 - y))
    return total


def fit_interval(
    survey: Survey,
    matrix: DesignMatrix,
    offset: Expr | None,
    level: float,
    *,
    open_end: float | None = None,
    distribution: str = "normal",
) -> Model:
    """Fit a regression of a banded outcome, its likelihood the probability of the observed band.

    Parameters
    ----------
    open_end
        Upper edge to put in place of the open end of the last band, for a look at how much it matters.
    distribution
        ``"normal"`` or ``"logistic"`` errors.
    """
    low, high = band_edges(survey, matrix, open_end)
    rows = _rows(survey, matrix, offset)
    assert matrix.response is not None
    assert matrix.response.levels is not None
    shares = outcome_shares(rows, matrix.response.levels, empty=True)
    middle = _middles(low, high)
    mean = float(shares @ middle)
    spread = float(np.sqrt(max(float(shares @ (middle - mean) ** 2), 1e-12)))
    initial = np.append(_level_start(matrix, mean), np.log(spread))
    likelihood = CensoredLikelihood(
        matrix.names, ("",), ("log(sigma)",), initial, Standard(distribution), "bands", low, high
    )
    return _model(rows, likelihood, family="interval", link="identity", level=level)


def fit_tobit(
    survey: Survey,
    matrix: DesignMatrix,
    offset: Expr | None,
    level: float,
    *,
    limits: tuple[float | None, float | None],
) -> Model:
    """Fit a censored normal regression; rows at or beyond a limit only say that they are."""
    low = -np.inf if limits[0] is None else float(limits[0])
    high = np.inf if limits[1] is None else float(limits[1])
    if not low < high:
        raise EstimationError(f"limits={limits!r} leave nothing between them.", remedy="Give (low, high), low < high.")
    rows = _rows(survey, matrix, offset)
    mean, variance = outcome_moments(rows)
    between = _count(rows, lambda y: (y > low) & (y < high))
    if between == 0:
        raise EstimationError(
            f"No row of '{matrix.text}' is between the limits {low:g} and {high:g}.", remedy="Check limits=."
        )
    initial = np.append(_level_start(matrix, mean), 0.5 * np.log(max(variance, 1e-12)))
    likelihood = CensoredLikelihood(
        matrix.names,
        ("",),
        ("log(sigma)",),
        initial,
        Standard("normal"),
        "limits",
        np.array([low]),
        np.array([high]),
    )
    return _model(rows, likelihood, family="tobit", link="identity", level=level)


def outcome_moments(rows: OutcomeRows) -> tuple[float, float]:
    """Weighted mean and variance of a numeric outcome.

    Raises
    ------
    EstimationError
        If it is a category, constant, or there are no rows.
    """
    response = rows.matrix.response
    assert response is not None
    if response.levels is not None:
        raise EstimationError(
            f"The outcome '{response.name}' is a category, and this family needs numbers.",
            remedy='Use mid() for bands, or family="interval".',
        )
    square = Arithmetic("*", response.expr, response.expr)
    complete = tuple(factor.expr for factor in rows.matrix.factors)
    request = Request((None, response.expr, square), where=rows.survey.domain, complete=complete)
    weight, total, squares = rows.survey.engine.totals(rows.survey.index, request).sums[0].tolist()
    if not weight > 0:
        raise EstimationError(f"'{rows.matrix.text}': no row has all variables.", remedy="Check the domain.")
    mean = total / weight
    variance = squares / weight - mean**2
    if variance <= 1e-14 * mean**2:
        raise EstimationError(
            f"The outcome of '{rows.matrix.text}' is {mean:g} in every row, so there is nothing to explain.",
            remedy="Check the coding of the outcome, or the domain.",
        )
    return mean, variance


def _rows(survey: Survey, matrix: DesignMatrix, offset: Expr | None) -> OutcomeRows:
    return outcome_rows(survey, matrix, offset)


def _model(rows: OutcomeRows, likelihood: RowLikelihood, *, family: str, link: str, level: float) -> Model:
    found = maximise(rows, likelihood)
    slopes = len(rows.matrix.columns) - int(rows.matrix.has_intercept)
    return likelihood_model(rows, likelihood, found, family=family, link=link, slopes=slopes, level=level)


def _level_start(matrix: DesignMatrix, value: float) -> FloatArray:
    initial = np.zeros(len(matrix.columns))
    for place, column in enumerate(matrix.columns):
        if not column.parts:
            initial[place] = value
    return initial


def _refuse_outcomes(rows: OutcomeRows, bad: Callable[[FloatArray], BoolArray], allowed: str) -> None:
    for batch, _, y, _ in rows.batches():
        wrong = bad(y) & (batch.weight != 0)
        if wrong.any():
            raise EstimationError(
                f"The outcome of '{rows.matrix.text}' takes the value {float(y[wrong][0]):g}; "
                f"this family allows {allowed}.",
                remedy="Recode the outcome, or choose another family.",
            )


def _count(rows: OutcomeRows, which: Callable[[FloatArray], BoolArray]) -> int:
    return sum(int(np.count_nonzero(which(y) & (batch.weight != 0))) for batch, _, y, _ in rows.batches())


def band_edges(survey: Survey, matrix: DesignMatrix, open_end: float | None) -> tuple[FloatArray, FloatArray]:
    """Ends of the outcome's bands in the order of its levels, checked."""
    response = matrix.response
    info = None if response is None else survey.engine.describe(response.expr)
    if response is None or response.levels is None or info is None or info.edges is None or info.categories is None:
        raise EstimationError(
            f"The outcome of '{matrix.text}' has no band edges.",
            remedy="Declare the bands with their edges in the instrument, or give a column of pandas Intervals.",
        )
    places = [info.categories.index(level) for level in response.levels]
    low, high = (np.asarray(info.edges[name], np.float64)[places] for name in ("lo", "hi"))
    low, high = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    if open_end is not None:
        last = int(np.argmax(low))
        if np.isfinite(high[last]) or open_end <= low[last]:
            raise EstimationError(
                f"open_end={open_end:g} does not close the last band of '{response.name}', "
                f"from {low[last]:g} to {high[last]:g}.",
                remedy="Give it for an open last band, above that band's lower edge.",
            )
        high = high.copy()
        high[last] = open_end
    order = np.argsort(low, kind="stable")
    bad = [
        f"'{response.levels[one]}' and '{response.levels[two]}'"
        for one, two in zip(order.tolist(), order[1:].tolist(), strict=False)
        if high[one] > low[two] or (low[one] == low[two] and high[one] == high[two])
    ]
    if bad:
        raise EstimationError(f"Bands of '{response.name}' overlap: {'; '.join(bad)}.", remedy="Mend their edges.")
    return low, high


def _middles(low: FloatArray, high: FloatArray) -> FloatArray:
    """Middle of each band; the inner edge of an open one."""
    with np.errstate(invalid="ignore"):
        middle = (low + high) / 2
    middle = np.where(np.isneginf(low), high, np.where(np.isposinf(high), low, middle))
    return np.where(np.isfinite(middle), middle, 0.0)
