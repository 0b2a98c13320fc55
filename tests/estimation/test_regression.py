"""Regression: coefficients against numpy and statsmodels, weights as copies of rows, aliases, missing values, parts."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.design import Design
from surveykit.engine.records import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation import row_scores
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.families import FAMILIES
from surveykit.estimation.regression.regression import regress
from surveykit.formulas import compile_formula
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms

_SM_FAMILIES: dict[str, Any] = {
    "gaussian": sm.families.Gaussian,
    "binomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
    "gamma": sm.families.Gamma,
}
_SM_LINKS: dict[str, Any] = {
    "identity": sm.families.links.Identity,
    "log": sm.families.links.Log,
    "logit": sm.families.links.Logit,
    "probit": sm.families.links.Probit,
    "cloglog": sm.families.links.CLogLog,
    "inverse": sm.families.links.InversePower,
    "sqrt": sm.families.links.Sqrt,
}
#: Outcome of each family in the frame, and every link it goes with.
OUTCOMES = {"gaussian": "sales", "binomial": "yes", "poisson": "orders", "gamma": "sales"}
MODELS = [(family, link) for family in OUTCOMES for link in FAMILIES[family].links]


def _frame(rows: int = 400) -> pd.DataFrame:
    frame = firms(rows)
    rng = np.random.default_rng(1)
    chance = 0.15 + 0.1 * (frame["sector"] == "B") + 0.02 * frame["w"]
    frame["yes"] = (rng.random(rows) < chance).astype(float)
    frame["orders"] = rng.poisson(2 + 0.3 * frame["w"])
    frame["staff"] = rng.integers(5, 40, rows)
    return frame


FRAME = _frame()
DUMMIES = np.column_stack([np.ones(len(FRAME)), FRAME["sector"] == "B", FRAME["sector"] == "C", FRAME["w"]]).astype(
    float
)


def _of(found: Model, name: str) -> float:
    return float(found.estimate[found.names.index(name)])


def _statsmodels(family: str, link: str, weights: Any, offset: Any = None) -> Any:
    kind = _SM_FAMILIES[family](link=_SM_LINKS[link]())
    kind.safe_links = [_SM_LINKS[link]]  # statsmodels warns of links that R and the literature use
    model = sm.GLM(FRAME[OUTCOMES[family]].to_numpy(float), DUMMIES, family=kind, var_weights=weights, offset=offset)
    return model.fit(tol=1e-12, maxiter=200)


@pytest.mark.parametrize(("family", "link"), MODELS)
def test_coefficients_and_predictions_are_those_of_statsmodels(family: str, link: str) -> None:
    weights = FRAME["w"].to_numpy() ** 2
    survey = Survey(FRAME.assign(weight=weights), weights="weight")
    expected = _statsmodels(family, link, weights)
    found = regress(survey, f"{OUTCOMES[family]} ~ sector + w", family=family, link=link)
    np.testing.assert_allclose(found.estimate, expected.params, rtol=2e-4 if link != "identity" else 1e-3, atol=1e-5)
    assert (found.family, found.link) == (family, link)
    predicted = found.predict(FRAME[:20])
    np.testing.assert_allclose(predicted.estimate, expected.predict(DUMMIES[:20]), rtol=2e-4)
    assert found.deviance == pytest.approx(expected.deviance / weights.mean(), rel=1e-5)


def test_a_fit_that_leaves_the_possible_means_is_refused() -> None:
    """Under a log link a share may pass 1 on the way, and the step is shortened; where it is 1 the fit has no end."""
    frame = FRAME.assign(yes=(FRAME["w"] > FRAME["w"].median()).astype(float))
    with pytest.raises(EstimationError, match=r"did not converge in 60 rounds.* choose another link"):
        regress(Survey(frame), "yes ~ w", family="binomial", link="log")
    with pytest.raises(EstimationError, match="no coefficients to start from keep the means of the family 'binomial'"):
        regress(Survey(frame), "yes ~ 0 + w", family="binomial", link="identity", offset="w + 5")


def test_linear_coefficients_are_least_squares() -> None:
    survey = Survey(FRAME, weights="w")
    root = np.sqrt(FRAME["w"].to_numpy())
    expected = np.linalg.lstsq(DUMMIES * root[:, None], FRAME["sales"] * root)[0]
    found = regress(survey, "sales ~ sector + w")
    np.testing.assert_allclose(found.estimate, expected, rtol=1e-11)
    error = FRAME["sales"].to_numpy() - DUMMIES @ expected
    scores = DUMMIES * (FRAME["w"].to_numpy() * error)[:, None]
    bread = np.linalg.inv(DUMMIES.T @ (DUMMIES * FRAME["w"].to_numpy()[:, None]))
    n = len(FRAME)
    np.testing.assert_allclose(found.covariance, n / (n - 1) * bread @ scores.T @ scores @ bread, rtol=1e-9)


def test_clustered_scores_make_the_covariance() -> None:
    frame = firms()
    survey = clustered()
    found = regress(survey, "sales ~ w")
    x = np.column_stack([np.ones(len(frame)), frame["w"]])
    weight = frame["w"].to_numpy()
    bread = np.linalg.inv(x.T @ (x * weight[:, None]))
    error = frame["sales"].to_numpy() - x @ found.estimate
    totals = pd.DataFrame(x * (weight * error)[:, None] @ bread).groupby([frame["region"], frame["town"]]).sum()
    expected = np.zeros((2, 2))
    for _, stratum in totals.groupby(level=0):
        centred = stratum.to_numpy() - stratum.to_numpy().mean(axis=0)
        expected += len(stratum) / (len(stratum) - 1) * centred.T @ centred
    np.testing.assert_allclose(found.covariance, expected, rtol=1e-9)
    assert found.df.tolist() == [found.design_df - 1] * 2


@pytest.mark.parametrize("family", list(OUTCOMES))
def test_whole_weights_are_copies_of_rows(family: str) -> None:
    frame = FRAME.assign(times=np.arange(len(FRAME)) % 4)
    copied = frame.loc[frame.index.repeat(frame["times"])]
    weighted = Survey(frame, Design(clusters="firm"), weights="times")
    once = Survey(copied.reset_index(drop=True), Design(clusters="firm"))
    formula = f"{OUTCOMES[family]} ~ sector + w"
    first, second = regress(weighted, formula, family=family), regress(once, formula, family=family)
    np.testing.assert_allclose(first.estimate, second.estimate, rtol=1e-7)
    # Rows of weight zero are still units of the sample, and copies of a row are one unit.
    units, kept = len(frame), frame.loc[frame["times"] > 0, "firm"].nunique()
    ratio = (units / (units - 1)) / (kept / (kept - 1))
    # The information is that of the round before the last, as in R; the two fits do not start from the same means.
    np.testing.assert_allclose(first.covariance, second.covariance * ratio, rtol=1e-5, atol=1e-15)


@given(st.integers(0, 10_000), st.sampled_from(list(DESIGNS)))
@settings(max_examples=15)
def test_a_linear_change_of_a_column_changes_its_coefficient_alone(seed: int, design: str) -> None:
    frame = firms(seed=seed)
    survey = Survey(frame.assign(other=lambda f: 3 - 2 * f["w"]), DESIGNS[design], "w")
    plain, changed = regress(survey, "sales ~ w + sector"), regress(survey, "sales ~ other + sector")
    assert plain.estimate[1] == pytest.approx(-2 * changed.estimate[1], rel=1e-8)
    np.testing.assert_allclose(plain.t[2:], changed.t[2:], rtol=1e-7)
    np.testing.assert_allclose(plain.t[1], -changed.t[1], rtol=1e-7)


def test_dependent_columns_are_left_out_and_said() -> None:
    frame = FRAME.assign(double=2 * FRAME["w"], sum=FRAME["w"] + FRAME["staff"], one=1.0)
    survey = Survey(frame, weights="w")
    found = regress(survey, "sales ~ w + staff + double + sum + one + sector")
    assert found.aliased == ("double", "sum", "one")
    assert found.names == ("Intercept", "w", "staff", "sector[B]", "sector[C]")
    assert "Left out because they depend on other columns: double, sum, one." in found.notes
    plain = regress(survey, "sales ~ w + staff + sector")
    # Sums of products come from matrix products, whose order of adding depends on the number of columns.
    np.testing.assert_allclose(found.covariance, plain.covariance, rtol=1e-12)
    np.testing.assert_array_equal(found.df, plain.df)
    np.testing.assert_allclose(found.predict(frame[:5]).estimate, plain.predict(frame[:5]).estimate)


def test_an_empty_level_is_left_out() -> None:
    frame = FRAME.assign(size=FRAME["size"].cat.add_categories("giant"))
    found = regress(Survey(frame, weights="w"), "sales ~ size")
    assert found.aliased == ("size[giant]",)


def test_columns_of_very_different_sizes() -> None:
    frame = FRAME.assign(huge=FRAME["w"] * 1e9 + 1e9, tiny=FRAME["staff"] * 1e-9)
    survey = Survey(frame, weights="w")
    found, plain = regress(survey, "sales ~ huge + tiny"), regress(survey, "sales ~ w + staff")
    assert not found.aliased
    np.testing.assert_allclose(found.t[1:], plain.t[1:], rtol=1e-6)


def test_categories_keep_their_order_and_the_first_is_the_reference() -> None:
    found = regress(Survey(FRAME, weights="w"), "sales ~ size")
    assert found.names == ("Intercept", "size[medium]", "size[large]")
    groups = FRAME.groupby("size", observed=True).apply(lambda part: np.average(part["sales"], weights=part["w"]))
    np.testing.assert_allclose(
        found.estimate, [groups["small"], *(groups[["medium", "large"]] - groups["small"])], rtol=1e-10
    )


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_a_comparison_is_an_outcome_inside_brackets(family: str) -> None:
    survey = Survey(FRAME.assign(large=(FRAME["size"] == "large").astype(float)), weights="w")
    first = regress(survey, "I(size == 'large') ~ w", family=family)
    second = regress(survey, "large ~ w", family=family)
    np.testing.assert_array_equal(first.estimate, second.estimate)
    np.testing.assert_array_equal(first.covariance, second.covariance)


def test_a_category_of_two_levels_is_a_binomial_outcome() -> None:
    survey = Survey(FRAME, weights="w")
    first = regress(survey, "exporter ~ w", family="binomial")
    second = regress(survey, "I(exporter == 'yes') ~ w", family="binomial")
    np.testing.assert_array_equal(first.estimate, second.estimate)


def test_a_fractional_logit_is_the_binomial_on_shares() -> None:
    survey = Survey(FRAME.assign(share=FRAME["w"] / 10), DESIGNS["clusters"], "w")
    np.testing.assert_array_equal(
        regress(survey, "share ~ staff", family="fractional_logit").covariance,
        regress(survey, "share ~ staff", family="binomial").covariance,
    )


@pytest.mark.parametrize(("family", "link"), [("poisson", "log"), ("gaussian", "identity"), ("binomial", "logit")])
def test_offsets_enter_the_predictor(family: str, link: str) -> None:
    survey = Survey(FRAME, weights="w")
    outcome = OUTCOMES[family]
    shift = np.log(FRAME["staff"].to_numpy())
    argument = regress(survey, f"{outcome} ~ sector + w", family=family, offset="log(staff)")
    term = regress(survey, f"{outcome} ~ sector + w + offset(log(staff))", family=family)
    np.testing.assert_array_equal(argument.estimate, term.estimate)
    expected = _statsmodels(family, link, FRAME["w"].to_numpy(), shift)
    np.testing.assert_allclose(argument.estimate, expected.params, rtol=1e-5)
    predicted = argument.predict(FRAME[:10])
    np.testing.assert_allclose(predicted.estimate, expected.predict(DUMMIES[:10], offset=shift[:10]), rtol=1e-5)
    if family == "gaussian":
        without = regress(Survey(FRAME.assign(rest=FRAME["sales"] - shift), weights="w"), "rest ~ sector + w")
        np.testing.assert_allclose(argument.covariance, without.covariance, rtol=1e-9)


def test_missing_values_are_outside_the_domain() -> None:
    frame = FRAME.copy()
    frame.loc[::7, "staff"] = np.nan
    frame.loc[3:50:9, "sales"] = np.nan
    frame["sector"] = frame["sector"].where(frame.index % 11 != 0)
    survey = Survey(frame, DESIGNS["clusters"], "w")
    found = regress(survey, "sales ~ staff + sector")
    domain = survey.where("not missing(staff) and not missing(sales) and not missing(sector)")
    marked = regress(domain, "sales ~ staff + sector")
    np.testing.assert_array_equal(found.estimate, marked.estimate)
    np.testing.assert_array_equal(found.covariance, marked.covariance)
    assert found.n[0] == len(frame.dropna(subset=["staff", "sales", "sector"]))
    dropped = Survey(frame.dropna(subset=["staff", "sales", "sector"]), DESIGNS["clusters"], "w")
    np.testing.assert_allclose(regress(dropped, "sales ~ staff + sector").estimate, found.estimate, rtol=1e-10)


def test_predictions_keep_levels_and_say_what_is_missing() -> None:
    found = regress(Survey(FRAME, DESIGNS["clusters"], "w"), "sales ~ size * w", family="gamma", link="log")
    new = pd.DataFrame({"size": ["large", "small", None, "medium"], "w": [2.0, 3.0, 1.0, np.nan]})
    predicted = found.predict(new)
    assert np.isnan(predicted.estimate).tolist() == [False, False, True, True]
    intercept, slope = _of(found, "Intercept"), _of(found, "w")
    assert predicted.estimate[1] == pytest.approx(np.exp(intercept + 3 * slope))
    link = found.predict(new, kind="link")
    np.testing.assert_allclose(predicted.se[:2], predicted.estimate[:2] * link.se[:2], rtol=1e-12)
    x = np.zeros(len(found.names))
    x[[found.names.index(name) for name in ("Intercept", "w", "size[large]", "size[large]:w")]] = [1, 2, 1, 2]
    assert link.se[0] == pytest.approx(np.sqrt(x @ found.covariance @ x), rel=1e-12)
    np.testing.assert_allclose(found.predict().estimate[:3], found.predict(FRAME[:3]).estimate)


def test_unknown_levels_are_not_predicted_as_the_reference() -> None:
    found = regress(Survey(FRAME, weights="w"), "sales ~ sector")
    predicted = found.predict(pd.DataFrame({"sector": ["A", "D"]}))
    assert np.isnan(predicted.estimate).tolist() == [False, True]


def test_domains_of_no_row_and_of_one_outcome() -> None:
    survey = clustered(yes=(firms()["exporter"] == "yes").astype(float))
    with pytest.raises(EstimationError, match="no row in the domain 'sales > 1e9' has all variables"):
        regress(survey.where("sales > 1e9"), "yes ~ w", family="binomial")
    with pytest.raises(EstimationError, match="is 1 in every row"):
        regress(survey.where("exporter == 'yes'"), "yes ~ w", family="binomial")


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
@pytest.mark.parametrize("quasi", [False, True])
def test_separation_is_refused_and_named(link: str, quasi: bool) -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"x": rng.normal(size=200), "z": rng.normal(size=200)})
    frame["big"] = (frame["x"] > 0).astype(float)
    frame["yes"] = np.where(frame["big"] > 0, 1.0, (rng.random(200) < 0.5) * float(quasi))
    with pytest.raises(EstimationError, match="separated by 'big'"):
        regress(Survey(frame), "yes ~ big + z", family="binomial", link=link)


def test_few_degrees_of_freedom_are_said() -> None:
    frame = firms(60).assign(region=0, town=lambda f: f.index % 3)
    found = regress(Survey(frame, Design(clusters="town"), "w"), "sales ~ w + sector")
    assert found.df[0] == 3 - 1 + 1 - 4
    assert any(
        note.startswith("No residual degrees of freedom: intervals and p-values are not") for note in found.notes
    )
    assert np.isnan(found.low).all()
    assert np.isnan(found.facts["p"]).all()


FORMULAS = {
    "log(sales) ~ sector * w + exporter": "gaussian",
    "I(exporter == 'yes') ~ log(sales) + sector": "binomial",
    "firm ~ sector + w": "poisson",
}


@pytest.mark.parametrize("formula", FORMULAS)
def test_every_engine_fits_the_same(formula: str, make_survey: Callable[..., Survey]) -> None:
    frame = firms().drop(columns="size")
    expected = regress(Survey(frame, DESIGNS["clusters"], "w"), formula, family=FORMULAS[formula])
    found = regress(make_survey(frame, DESIGNS["clusters"], "w"), formula, family=FORMULAS[formula])
    assert found.names == expected.names
    np.testing.assert_allclose(found.estimate, expected.estimate, rtol=1e-9)
    np.testing.assert_allclose(found.covariance, expected.covariance, rtol=1e-7, atol=1e-16)
    assert found.design_df == expected.design_df


@pytest.mark.parametrize("formula", FORMULAS)
def test_parts_side_by_side_are_one_part(formula: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """200,001 rows are split in parts whose sums are joined; in one part they give the same."""
    rows = 200_001
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(
        {"firm": rng.poisson(3, rows), "w": rng.uniform(1, 3, rows), "region": rng.integers(0, 4, rows)}
    )
    frame["sector"] = rng.choice(["A", "B", "C"], rows)
    frame["exporter"] = np.where(rng.random(rows) < 0.4, "yes", "no")
    frame["sales"] = np.exp(rng.normal(size=rows))
    survey = Survey(frame, Design(strata="region"), "w")
    assert rows >= row_scores.PARTS * row_scores.BATCH
    split = regress(survey, formula, family=FORMULAS[formula])
    monkeypatch.setattr(row_scores, "PARTS", rows)
    whole = regress(survey, formula, family=FORMULAS[formula])
    np.testing.assert_allclose(split.estimate, whole.estimate, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(split.covariance, whole.covariance, rtol=1e-8, atol=1e-14)
    assert split.n[0] == whole.n[0] == rows


def test_a_model_describes_itself() -> None:
    found = regress(Survey(FRAME, weights="w", synthetic=True), "sales ~ w")
    assert repr(found).startswith("SYNTHETIC DATA; sales ~ w (gaussian, identity), weighted by 'w', n = 400")
    assert found.null_deviance > found.deviance
    residual = FRAME["sales"] - found.predict().estimate
    scaled = FRAME["w"] / FRAME["w"].mean()
    assert found.deviance == pytest.approx(float((scaled * residual**2).sum()))
    assert found.weighted_n[0] == pytest.approx(statistics.fsum(FRAME["w"]))


def test_intercept_free_models_report_every_level() -> None:
    survey = Survey(FRAME, weights="w")
    assert regress(survey, "sales ~ 0 + sector + exporter").names == (
        "sector[A]",
        "sector[B]",
        "sector[C]",
        "exporter[yes]",
    )
    assert not compile_formula("sales ~ 0 + w", survey.engine).has_intercept
    through: FloatArray = regress(survey, "sales ~ 0 + w").estimate
    w, y = FRAME["w"], FRAME["sales"]
    assert through[0] == pytest.approx((w * w * y).sum() / (w * w * w).sum())


def test_a_probit_far_in_its_tails_has_standard_errors() -> None:
    """Rows whose density is too small for a float count as the flattest there is, not as nothing divided by nothing."""
    rng = np.random.default_rng(4)
    size = np.concatenate([rng.normal(0, 1, 200), [60.0, 80.0]])
    frame = pd.DataFrame({"size": size, "exports": (size + rng.normal(0, 1, 202) > 0).astype(float)})
    for link in ("probit", "cloglog"):
        model = regress(Survey(frame), "exports ~ size", family="binomial", link=link)
        assert np.isfinite(model.se).all()
        near = regress(Survey(frame[:200]), "exports ~ size", family="binomial", link=link)
        # Both end where the deviance settles, not at the maximum.
        np.testing.assert_allclose([model.estimate, model.se], [near.estimate, near.se], rtol=1e-4)
