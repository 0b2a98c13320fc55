"""Models side by side and how far they rest on choices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.effects.marginal import average_marginal_effects
from surveykit.estimation.models.table import model_table
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.robustness.bands import band_sensitivity
from surveykit.estimation.robustness.e_values import e_value
from surveykit.estimation.robustness.specifications import (
    adjust_p_values,
    leave_one_out,
    placebo_outcomes,
    specification_curve,
)
from surveykit.survey import Survey
from tests.estimation.firms import clustered


def test_cells_are_the_models_own_numbers_and_empty_where_a_term_is_missing() -> None:
    survey = clustered()
    one, two = regress(survey, "sales ~ exporter"), regress(survey, "sales ~ exporter + size")
    table = model_table({"(1)": one, "(2)": two})
    assert table.cell("exporter[yes]", "(2)")["estimate"] == two.estimate[two.names.index("exporter[yes]")]
    assert table.cell("exporter[yes]", "(1)")["se"] == one.se[1]
    assert np.isnan(table.cell("size[large]", "(1)")["estimate"])
    assert any("sales ~ exporter + size (gaussian, identity); n = 240" in note for note in table.notes)
    assert "exporter[yes]" in repr(table)
    assert table.to_frame().shape[0] == 8


def test_effects_stand_side_by_side_and_not_beside_coefficients() -> None:
    survey = clustered()
    model = regress(survey, "exporter ~ log(sales)", family="binomial")
    effects = average_marginal_effects(model)
    assert model_table({"effects": effects}).statistic == "average marginal effect"
    with pytest.raises(EstimationError, match="side by side"):
        model_table({"a": model, "b": effects})
    with pytest.raises(EstimationError, match="in none of the models"):
        model_table({"a": model}, terms=["size"])
    with pytest.raises(EstimationError, match="No model"):
        model_table({})


def test_every_specification_is_the_regression_that_it_names() -> None:
    survey = clustered()
    curve = specification_curve(
        {"all": survey, "large": survey.where("size != 'small'")},
        {"level": "sales", "log": "log(sales)"},
        "exporter",
        covariates=["size", "sector"],
    )
    assert len(curve) == 16
    assert curve["estimate"].is_monotonic_increasing
    row = curve.query("survey == 'large' and outcome == 'log' and covariates == 'size + sector'").iloc[0]
    model = regress(survey.where("size != 'small'"), "log(sales) ~ exporter + size + sector")
    assert row["estimate"] == model.estimate[model.names.index("exporter[yes]")]


def test_a_specification_that_cannot_be_fitted_says_why() -> None:
    survey = clustered(constant=1.0)
    curve = specification_curve(survey, {"sales": "sales", "constant": "constant"}, "exporter")
    assert curve["estimate"].isna().sum() == 1
    assert "nothing to explain" in curve["why"].iloc[-1]
    with pytest.raises(EstimationError, match="No specification could be fitted"):
        specification_curve(survey, "constant", "exporter")
    with pytest.raises(EstimationError, match="several coefficients"):
        specification_curve(survey, "sales", "sector")


def test_leaving_a_group_out_is_the_domain_without_it() -> None:
    survey = clustered()
    model = regress(survey, "sales ~ exporter + size")
    frame = leave_one_out(model, "exporter", by="sector")
    without = regress(survey.where("sector != 'B'"), "sales ~ exporter + size")
    row = frame.set_index("left_out").loc["B"]
    assert row["estimate"] == without.estimate[without.names.index("exporter[yes]")]
    assert row["se"] == without.se[without.names.index("exporter[yes]")]
    assert frame["left_out"].tolist() == ["", "A", "B", "C"]


def test_placebo_outcomes_have_the_same_right_hand_side() -> None:
    rng = np.random.default_rng(1)
    survey = clustered(noise=rng.normal(size=240), other=rng.normal(size=240))
    frame = placebo_outcomes(regress(survey, "sales ~ exporter + size"), "exporter", ["noise", "other"])
    assert frame["outcome"].tolist() == ["sales", "noise", "other"]
    assert frame["p_adjusted"][1:].tolist() == adjust_p_values(frame["p"][1:].tolist(), adjust="holm")
    assert (frame["p"][1:] > 0.01).all()


@pytest.mark.parametrize(("adjust", "other"), [("bh", "fdr_bh"), ("holm", "holm"), ("bonferroni", "bonferroni")])
def test_adjusted_p_values_are_those_of_statsmodels(adjust: str, other: str) -> None:
    p = np.random.default_rng(3).uniform(size=20) ** 2
    assert adjust_p_values(p.tolist(), adjust=adjust) == pytest.approx(multipletests(p, method=other)[1])  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match=r"1\.5 is not a p-value"):
        adjust_p_values([0.1, 1.5])


def test_e_values_are_those_of_the_paper() -> None:
    """VanderWeele and Ding (2017): risk ratio 3.9 (1.8 to 8.7); 0.80 (0.71 to 0.91)."""
    assert e_value(3.9, 1.8, 8.7).estimate == pytest.approx(7.26, abs=0.005)
    assert e_value(3.9, 1.8, 8.7).limit == pytest.approx(3.0, abs=0.005)
    protective = e_value(0.80, 0.71, 0.91)
    assert (protective.estimate, protective.limit) == (pytest.approx(1.81, abs=0.005), pytest.approx(1.43, abs=0.005))
    assert e_value(1.2, 0.9, 1.6).limit == 1.0
    assert e_value(4.0, 2.0, 8.0, scale="odds ratio", common=True).risk_ratio == pytest.approx(2.0)
    for arguments, message in (
        ((1.0, 2.0, 3.0), "does not hold"),
        ((0.5, -0.1, 1.0), "not positive"),
    ):
        with pytest.raises(EstimationError, match=message):
            e_value(*arguments)


def banded(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"x": rng.normal(size=rows), "w": rng.uniform(1, 3, rows), "town": np.arange(rows) // 8})
    frame["exact"] = 12 + 6 * frame["x"] + 4 * rng.normal(size=rows)
    frame["share"] = pd.cut(frame["exact"], [-np.inf, 0, 5, 15, 25, np.inf])
    return frame


def test_an_interval_regression_stands_beside_edges_and_middles() -> None:
    survey = Survey(banded(), Design(clusters="town"), weights="w")
    table = band_sensitivity(survey, "share ~ x", open_start=-10, open_end=40)
    interval = regress(survey, "share ~ x", family="interval")
    assert table.cell("x", "interval regression")["se"] == interval.se[1]
    ends = [-10.0, 0.0, 5.0, 15.0, 25.0, 40.0]
    code = banded()["share"].cat.codes.to_numpy()
    for heading, values in (("lower edge", ends[:-1]), ("upper edge", ends[1:]), ("middle", [-5, 2.5, 10, 20, 32.5])):
        own = Survey(banded().assign(number=np.array(values)[code]), Design(clusters="town"), weights="w")
        by_hand = regress(own, "number ~ x")
        assert table.cell("x", heading)["estimate"] == pytest.approx(by_hand.estimate[1])
        assert table.cell("x", heading)["se"] == pytest.approx(by_hand.se[1])
        assert table.cell("x", heading)["n"] == 400
    assert any(note.startswith("lower edge: lower edge of share ~ x") for note in table.notes)


def test_an_open_band_needs_a_number() -> None:
    survey = Survey(banded())
    with pytest.raises(EstimationError, match=r"'\(-inf, 0.0\]' of 'share' is open, and open_start is not given"):
        band_sensitivity(survey, "share ~ x", open_end=40)
    with pytest.raises(EstimationError, match=r"'\(25.0, inf\]' of 'share' is open, and open_end is not given"):
        band_sensitivity(survey, "share ~ x", open_start=-10)
    with pytest.raises(EstimationError, match="would go from 25 to 20"):
        band_sensitivity(survey, "share ~ x", open_start=-10, open_end=20)
    with pytest.raises(EstimationError, match="has no band edges"):
        band_sensitivity(clustered(), "sector ~ sales")
