"""Effects on the scale of the outcome: R's predictive margins, statsmodels' marginal effects, identities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.effects.marginal import average_marginal_effects, marginal_means, predictive_margins
from surveykit.estimation.regression.regression import regress
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.estimation.firms import clustered, firms
from tests.estimation.recorded import entry, survey_of


def test_predictive_margins_are_those_of_r() -> None:
    recorded = entry("ict.predmarg")
    model = regress(survey_of("dict"), "big ~ lemp + size", family="binomial")
    margins = predictive_margins(model, "size", variance="additive")
    order = [margins.names.index(name) for name in recorded["names"]]
    assert margins.estimate[order] == pytest.approx(recorded["estimates"], rel=1e-8)
    assert margins.covariance[np.ix_(order, order)] == pytest.approx(np.array(recorded["vcov"]), rel=1e-6)


def test_the_full_linearisation_is_the_variance_of_replicates() -> None:
    """R adds the variance of the coefficients and that of the rows; a jackknife shows that they are not independent."""
    frame = firms(900, seed=3)
    survey = Survey(frame, Design(strata="region"), weights="w")
    formula = "exporter ~ log(sales) + size"
    linear = predictive_margins(regress(survey, formula, family="binomial"), "size")
    jackknife = predictive_margins(regress(replicate(survey, "JKn"), formula, family="binomial"), "size")
    assert jackknife.estimate == pytest.approx(linear.estimate, rel=1e-8)
    assert jackknife.se == pytest.approx(linear.se, rel=0.02)


@pytest.mark.parametrize(
    ("family", "formula"), [("binomial", "yes ~ sales + size"), ("poisson", "count ~ sales + size")]
)
def test_equal_weights_give_the_marginal_effects_of_statsmodels(family: str, formula: str) -> None:
    frame = firms()
    frame["yes"] = (frame["exporter"] == "yes").astype(int)
    frame["count"] = np.floor(frame["sales"] / 4)
    survey = Survey(frame)
    effects = average_marginal_effects(regress(survey, formula, family=family), "sales", variance="conditional")
    x = np.column_stack([np.ones(len(frame)), frame["sales"], frame["size"] == "medium", frame["size"] == "large"])
    y = frame[formula.split(" ~ ", maxsplit=1)[0]]
    fitted = (sm.Logit(y, x) if family == "binomial" else sm.Poisson(y, x)).fit(disp=0)
    assert effects.estimate[0] == pytest.approx(fitted.get_margeff().margeff[0], rel=1e-6)


def test_an_effect_goes_through_every_term_that_mentions_the_variable() -> None:
    model = regress(clustered(), "sales ~ log(w) + I(w * w) + size:w")
    slope = average_marginal_effects(model, "w")
    b = dict(zip(model.names, model.estimate.tolist(), strict=True))
    frame = firms()
    each = b["log(w)"] / frame["w"] + 2 * b["w * w"] * frame["w"]
    for level in ("small", "medium", "large"):
        each += b[f"size[{level}]:w"] * (frame["size"] == level)
    assert slope.estimate[0] == pytest.approx(np.average(each, weights=frame["w"]), rel=1e-9)


@pytest.mark.parametrize("family", ["ordered_logit", "ordered_probit", "multinomial"])
def test_effects_on_the_probabilities_of_categories_add_to_zero(family: str) -> None:
    model = regress(clustered(), "size ~ log(sales) + sector + exporter", family=family)
    effects = average_marginal_effects(model)
    frame = effects.to_frame()
    sums = frame.groupby(["variable", "contrast"])["estimate"].sum()
    assert np.abs(sums).max() < 1e-10
    margins = predictive_margins(model, "sector").to_frame()
    assert margins.groupby("sector")["estimate"].sum().to_numpy() == pytest.approx(1.0)
    assert effects.df[0] == model.design_df


def test_a_contrast_of_margins_is_the_effect_with_its_standard_error() -> None:
    model = regress(clustered(), "exporter ~ log(sales) * size", family="binomial")
    margins = predictive_margins(model, "size")
    effect = average_marginal_effects(model, "size")
    contrast = margins.contrast({"l": {"medium": 1, "small": -1}, "m": {"large": 1, "small": -1}})
    assert contrast.estimate == pytest.approx(effect.estimate)
    assert contrast.se == pytest.approx(effect.se)


def test_the_margin_without_a_variable_is_the_weighted_mean() -> None:
    """A canonical link with an intercept fits the weighted total: the average prediction is the mean."""
    survey = clustered(yes=(firms()["exporter"] == "yes").astype(float))
    margin = predictive_margins(regress(survey, "yes ~ log(sales) + size", family="binomial"))
    frame = firms()
    assert margin.estimate[0] == pytest.approx(np.average(frame["exporter"] == "yes", weights=frame["w"]), rel=1e-9)
    from_mean = regress(survey, "yes ~ 1")
    assert margin.se[0] == pytest.approx(from_mean.se[0], rel=1e-6)


def test_effects_by_group_and_at_a_value() -> None:
    survey = clustered()
    model = regress(survey, "sales ~ log(w) * exporter")
    by = average_marginal_effects(model, "exporter", by="sector")
    whole = average_marginal_effects(model, "exporter")
    weights = np.array([firms().query(f"sector == '{one}'")["w"].sum() for one in by.labels["sector"]])
    assert np.average(by.estimate, weights=weights) == pytest.approx(whole.estimate[0])
    at = average_marginal_effects(model, "exporter", at={"w": 2.0})
    b = dict(zip(model.names, model.estimate.tolist(), strict=True))
    assert at.estimate[0] == pytest.approx(b["exporter[yes]"] + np.log(2) * b["log(w):exporter[yes]"])
    curve = predictive_margins(model, at={"w": [1.0, 4.0]})
    assert curve.labels["w"] == (1.0, 4.0)


def test_marginal_means_balance_the_other_categories() -> None:
    model = regress(clustered(), "sales ~ w + size + sector")
    means = marginal_means(model, "size")
    frame = firms()
    mean = np.average(frame["w"], weights=frame["w"])
    grid = pd.DataFrame({"size": "large", "sector": ["A", "B", "C"], "w": mean})
    grid["size"] = pd.Categorical(grid["size"], categories=["small", "medium", "large"], ordered=True)
    assert means.estimate[2] == pytest.approx(model.predict(grid).estimate.mean())


@given(factor=st.floats(0.01, 100))
def test_scaling_the_weights_changes_nothing(factor: float) -> None:
    frame = firms(120)
    one = average_marginal_effects(regress(Survey(frame, weights="w"), "exporter ~ log(sales)", family="binomial"))
    frame["w"] *= factor
    two = average_marginal_effects(regress(Survey(frame, weights="w"), "exporter ~ log(sales)", family="binomial"))
    assert two.estimate == pytest.approx(one.estimate, rel=1e-7)
    assert two.se == pytest.approx(one.se, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda model: average_marginal_effects(model, "sale"), "'sale' is not a variable"),
        (lambda model: predictive_margins(model, "sales"), "needs values|need values"),
        (lambda model: predictive_margins(model, at={"size": "huge"}), "has no level 'huge'"),
        (lambda model: average_marginal_effects(model, "sales", at={"sales": 1.0}), "cannot be held"),
        (lambda model: average_marginal_effects(model, compare="all"), "compare='all' is not known"),
        (lambda model: average_marginal_effects(model, variance="robust"), "variance='robust' is not known"),
        (lambda model: predictive_margins(model, at={"sales": 0.0}), "leaves the range"),
    ],
)
def test_what_cannot_be_averaged_is_refused(call: object, message: str) -> None:
    model = regress(clustered(), "exporter ~ log(sales) + size", family="binomial")
    with pytest.raises(EstimationError, match=message):
        call(model)  # type: ignore[operator]


def test_effects_at_several_values_of_another_variable_show_the_interaction() -> None:
    survey = clustered()
    model = regress(survey, "sales ~ w * exporter + size")
    found = average_marginal_effects(model, "w", at={"exporter": ["no", "yes"]})
    assert found.labels["exporter"] == ("no", "yes")
    slope, crossed = (model.names.index(name) for name in ("w", "w:exporter[yes]"))
    assert found.estimate == pytest.approx([model.estimate[slope], model.estimate[slope] + model.estimate[crossed]])
    change = found.contrast([-1.0, 1.0])
    assert change.estimate[0] == pytest.approx(model.estimate[crossed])
    assert change.se[0] == pytest.approx(model.se[crossed], rel=1e-6)
    with pytest.raises(EstimationError, match="has no value for 'exporter'"):
        average_marginal_effects(model, "w", at={"exporter": []})


def test_a_logit_has_an_interaction_of_its_own_making() -> None:
    """Second differences of predicted shares: margins crossed and contrasted give the same as effects at values."""
    model = regress(clustered(), "exporter ~ log(sales) + size", family="binomial")
    effects = average_marginal_effects(model, "size", at={"sales": [5.0, 50.0]})
    margins = predictive_margins(model, "size", at={"sales": [5.0, 50.0]})
    names = dict(zip(margins.names, margins.estimate, strict=True))
    assert effects.estimate[0] == pytest.approx(names["medium:5.0"] - names["small:5.0"])
    assert effects.estimate[2] == pytest.approx(names["medium:50.0"] - names["small:50.0"])
