"""Unseen confounders: exact algebra of regressions with the confounder, constructed selection, the jackknife."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import EstimationError
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.robustness.coefficient_stability import oster_bounds
from surveykit.estimation.robustness.confounders import confounder_sensitivity
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS


def sample(rows: int = 300, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["a", "b", "hidden"])
    frame["region"], frame["w"] = rng.integers(0, 3, rows), rng.uniform(1, 5, rows)
    frame["town"] = 100 * frame["region"] + rng.integers(0, 20, rows)
    frame["size"] = np.array(["s", "m", "l"])[rng.integers(0, 3, rows)]
    frame["d"] = 0.5 * frame["a"] - 0.3 * frame["b"] + 0.4 * frame["hidden"] + rng.normal(size=rows)
    frame["y"] = 3 + 0.7 * frame["d"] + frame["a"] + 0.5 * frame["hidden"] + rng.normal(size=rows)
    return frame


def left(column: np.ndarray, others: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Residual of a weighted regression, by least squares on scaled rows."""
    root = np.sqrt(weight)
    beta = np.linalg.lstsq(others * root[:, None], column * root, rcond=None)[0]
    return column - others @ beta


def share(one: np.ndarray, two: np.ndarray, weight: np.ndarray) -> float:
    return float((weight @ (one * two)) ** 2 / ((weight @ one**2) * (weight @ two**2)))


def pieces(frame: pd.DataFrame, hidden: np.ndarray) -> tuple[float, float]:
    """Shares of the variable and of the outcome that a hidden column explains, given the rest."""
    weight = frame["w"].to_numpy()
    x = np.column_stack([np.ones(len(frame)), frame[["a", "b"]]])
    d, y = frame["d"].to_numpy(), frame["y"].to_numpy()
    with_d = np.column_stack([x, d])
    return (
        share(left(d, x, weight), left(hidden, x, weight), weight),
        share(left(y, with_d, weight), left(hidden, with_d, weight), weight),
    )


def test_the_bias_of_a_confounder_is_that_of_the_regression_with_it() -> None:
    frame = sample()
    survey = Survey(frame, weights="w")
    found = confounder_sensitivity(regress(survey, "y ~ d + a + b"), "d")
    full = regress(survey, "y ~ d + a + b + hidden")
    of_variable, of_outcome = pieces(frame, frame["hidden"].to_numpy())
    adjusted = found.adjusted(of_variable, of_outcome)
    assert adjusted[0] == pytest.approx(full.estimate[full.names.index("d")], rel=1e-9)
    assert adjusted[2] - adjusted[1] == pytest.approx(found.high - found.low)


def test_a_confounder_of_the_robustness_value_brings_the_coefficient_to_zero() -> None:
    frame = sample()
    weight = frame["w"].to_numpy()
    found = confounder_sensitivity(regress(Survey(frame, weights="w"), "y ~ d + a + b"), "d")
    value = found.estimate.select("robustness value")
    assert found.adjusted(value, value)[0] == pytest.approx(0, abs=1e-12)
    x = np.column_stack([np.ones(len(frame)), frame[["a", "b"]]])
    d = left(frame["d"].to_numpy(), x, weight)
    y = left(frame["y"].to_numpy(), np.column_stack([x, frame["d"]]), weight)
    rest = left(np.random.default_rng(1).normal(size=len(frame)), np.column_stack([x, d, y]), weight)
    d, y, rest = (one / np.sqrt(weight @ one**2) for one in (d, y, rest))
    inner = np.sqrt(value) * y + np.sqrt(1 - value) * rest
    frame["built"] = np.sqrt(value) * d + np.sqrt(1 - value) * inner
    assert pieces(frame, frame["built"].to_numpy()) == pytest.approx((value, value))
    full = regress(Survey(frame, weights="w"), "y ~ d + a + b + built")
    assert full.estimate[full.names.index("d")] == pytest.approx(0, abs=1e-9)
    limit = found.estimate.select("robustness value of the limit")
    assert found.adjusted(limit, limit)[1] == pytest.approx(0, abs=1e-12)


def test_the_partial_share_is_that_of_t() -> None:
    """With equal weights ``t^2 / (t^2 + df)`` of the classical regression."""
    frame = sample()
    found = confounder_sensitivity(regress(Survey(frame), "y ~ d + a + b"), "d")
    x = np.column_stack([np.ones(300), frame[["d", "a", "b"]]])
    beta, squares = np.linalg.lstsq(x, frame["y"], rcond=None)[:2]
    t = beta[1] / np.sqrt(squares[0] / 296 * np.linalg.inv(x.T @ x)[1, 1])
    assert found.estimate.estimate[0] == pytest.approx(t**2 / (t**2 + 296))


def test_a_benchmark_is_the_confounder_that_is_as_strong() -> None:
    """A hidden twin of a covariate: the share of the variable is exact, that of the outcome an upper bound."""
    basis = np.linalg.qr(np.column_stack([np.ones(200), np.random.default_rng(5).normal(size=(200, 4))]))[0] * 200**0.5
    frame = pd.DataFrame(basis[:, 1:], columns=["a", "b", "u", "e"]).assign(w=1.0)
    frame["d"] = 0.4 * frame["a"] + 0.4 * frame["b"] + frame["u"]
    frame["y"] = frame["d"] + 0.3 * frame["a"] + 0.3 * frame["b"] + 2 * frame["e"]
    found = confounder_sensitivity(regress(Survey(frame), "y ~ d + a"), "d", benchmarks=["a"], multiples=[1, 9])
    one, two = found.benchmarks.iloc[0], found.benchmarks.iloc[1]
    with_a = np.column_stack([np.ones(200), frame["a"]])
    d, b = (left(frame[name].to_numpy(), with_a, np.ones(200)) for name in ("d", "b"))
    assert one["variable_share"] == pytest.approx(share(d, b, np.ones(200)))
    assert one["estimate"] <= 1.0 + 1e-9
    assert np.isnan(two["estimate"])
    assert two["variable_share"] > 1


@pytest.mark.parametrize("name", ["rows", "clusters"])
def test_the_jackknife_agrees_with_the_linearisation(name: str) -> None:
    survey = Survey(sample(), DESIGNS[name], weights="w")
    copies = replicate(survey, "JK1") if name == "rows" else replicate(survey, "JKn")
    formula = "y ~ d + a + b + size"
    linear, jackknife = (confounder_sensitivity(regress(one, formula), "d").estimate for one in (survey, copies))
    assert jackknife.estimate[:2] == pytest.approx(linear.estimate[:2])
    assert jackknife.se[:2] == pytest.approx(linear.se[:2], rel=0.08)
    one, two = (oster_bounds(regress(survey_, formula), "d") for survey_ in (survey, copies))
    assert two.estimate == pytest.approx(one.estimate)
    assert two.se[:3] == pytest.approx(one.se[:3], rel=0.1)


def test_coefficients_of_the_bounds_are_those_of_the_regressions() -> None:
    survey = Survey(sample(), DESIGNS["clusters"], weights="w")
    model, short = regress(survey, "y ~ d + a + size"), regress(survey, "y ~ d")
    found = oster_bounds(model, "d", r_squared_max=1.0)
    place = model.names.index("d")
    assert found.estimate[:2] == pytest.approx([short.estimate[1], model.estimate[place]])
    assert found.se[:2] == pytest.approx([short.se[1], model.se[place]], rel=1e-6)


@pytest.mark.parametrize("strength", [0.3, 1.0, 2.0])
def test_a_constructed_selection_gives_the_true_coefficient_back(strength: float) -> None:
    """Seen and unseen indices of known variance, exactly orthogonal: the bound at the true delta is the truth."""
    basis = np.linalg.qr(np.column_stack([np.ones(400), np.random.default_rng(2).normal(size=(400, 4))]))[0] * 20
    seen, unseen, u, e = basis[:, 1:].T
    frame = pd.DataFrame({"seen": seen})
    frame["d"] = 0.6 * seen + 0.6 / 1.3 * 0.7 * strength * unseen + u
    frame["y"] = 0.5 * frame["d"] + 1.3 * seen + 0.7 * unseen + e
    most = 1 - 1 / float(frame["y"].var(ddof=0))
    model = regress(Survey(frame), "y ~ d + seen")
    assert oster_bounds(model, "d", r_squared_max=most, delta=strength).select("bound") == pytest.approx(0.5, rel=1e-8)
    zero = oster_bounds(model, "d", r_squared_max=most).select("delta for zero")
    at_zero = oster_bounds(model, "d", r_squared_max=most, delta=zero)
    if strength < 2:
        assert at_zero.select("bound") == pytest.approx(0, abs=1e-8)
    else:  # the coefficient nearest to the model's is another; a note has that of zero
        assert "Other coefficients go with this delta" in at_zero.notes[-1]


def refusals() -> list[tuple[Model, str, str]]:
    frame = sample()
    survey = Survey(frame.assign(yes=(frame["y"] > 3).astype(int)))
    return [
        (regress(survey, "yes ~ d", family="binomial"), "d", "linear model, and this one is binomial"),
        (regress(survey, "y ~ d + a"), "c", "'c' is not a coefficient"),
        (regress(survey, "y ~ 0 + d + a"), "d", "has no intercept"),
    ]


def test_models_without_explained_variance_are_refused() -> None:
    for model, variable, message in refusals():
        for verb in (confounder_sensitivity, oster_bounds):
            with pytest.raises(EstimationError, match=message):
                verb(model, variable)
    survey = Survey(sample())
    with pytest.raises(EstimationError, match="has no controls"):
        oster_bounds(regress(survey, "y ~ d"), "d")
    with pytest.raises(EstimationError, match=r"r_squared_max=0\.01 is not between"):
        oster_bounds(regress(survey, "y ~ d + a"), "d", r_squared_max=0.01)
    with pytest.raises(EstimationError, match="'zz' is not another term"):
        confounder_sensitivity(regress(survey, "y ~ d + a"), "d", benchmarks=["zz"])
    with pytest.raises(EstimationError, match="not both shares"):
        confounder_sensitivity(regress(survey, "y ~ d + a"), "d").adjusted(1.0, 0.5)
