"""Exclusion flow and weights as figures: their numbers are those of the records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from matplotlib.colors import same_color

from surveykit.errors import PublishingError
from surveykit.estimation.comparisons.adjusted import adjusted_comparison
from surveykit.estimation.descriptive import mean
from surveykit.estimation.effects.marginal import average_marginal_effects, predictive_margins
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.survival.curves import kaplan_meier
from surveykit.publishing import figure
from surveykit.weighting import base_weights
from tests.estimation.firms import clustered
from tests.publishing import records


def test_boxes_hold_the_counts_of_the_flow() -> None:
    flow = records.exclusions()
    made = figure.exclusion_flow(flow)
    parts = made.data.pivot(index="category", columns="series", values="value")
    by_step = {step.label["en"]: (step.n, step.removed) for step in flow.steps}
    assert {name: (line["Left"], line["Taken out"]) for name, line in parts.iterrows()} == by_step
    svg = made.to_bytes("svg").decode()
    assert ">n = 1,012<" in svg
    assert ">other reasons 5<" in svg
    assert ">other reasons" not in figure.exclusion_flow(flow, reasons=9).to_bytes("svg").decode()
    renamed = figure.exclusion_flow(flow, labels={"speeding": "too fast"}).to_bytes("svg").decode()
    assert ">too fast 20<" in renamed
    marked = figure.exclusion_flow(replace(flow, synthetic=True), title="A finding", topic="Who counts")
    assert marked.words.heading == "Who counts"
    assert marked.words.marks == ("SYNTHETIC DATA",)


def test_bars_of_weights_are_those_that_seaborn_draws() -> None:
    weights = records.weights()
    made = figure.weight_distribution(weights)
    assert made.data["value"].sum() == weights.describe().n
    page = made.compose()
    (axes,) = page.drawing.axes[1:]
    assert [bar.get_height() for bar in axes.patches] == made.data["value"].tolist()
    relative = weights.values / weights.values.mean()
    np.testing.assert_allclose(axes.patches[-1].get_x() + axes.patches[-1].get_width(), relative.max(), rtol=1e-9)
    assert "effective n 1,658" in made.alt
    assert sns.axes_style()["axes.facecolor"] == "white"
    with pytest.raises(PublishingError, match="Give 5 to 60"):
        figure.weight_distribution(weights, bins=2)


def test_margins_and_differences_are_those_of_the_summary() -> None:
    weights = records.weights()
    margins = weights.describe().margins
    made = figure.margin_targets(weights)
    for when, column in (("Target", "target_share"), ("Before", "before_share"), ("After", "after_share")):
        drawn = made.data[made.data["series"] == when]["value"]
        np.testing.assert_allclose(drawn, 100 * margins[column], rtol=1e-12)
    love = figure.love_plot(weights)
    np.testing.assert_array_equal(love.data[love.data["series"] == "Before"]["value"], margins["asmd_before"])
    assert "After: highest" in love.alt
    assert "1e" not in love.alt
    labelled = figure.love_plot(weights, labels={"size": "Size of firm", "Small": "1 to 49"})
    assert {"Size of firm"} <= set(labelled.data["group"])
    assert "1 to 49" in set(labelled.data["category"])
    with pytest.raises(PublishingError, match="fitted to no margin"):
        figure.margin_targets(base_weights(pd.DataFrame({"a": [1, 2]})))


def test_effects_are_those_of_the_estimate() -> None:
    model = records.outcome_model()
    found = average_marginal_effects(model)
    drawn = figure.effects(found, percent=True).data
    np.testing.assert_allclose(sorted(drawn["value"]), sorted(100 * found.estimate), rtol=1e-12)
    assert set(drawn["group"]) == {"sales", "size", "exporter"}
    assert set(drawn["unit"]) == {"percentage points"}
    margins = predictive_margins(model, at={"sales": [20, 5, 10]})
    curve = figure.effects(margins, along="sales", percent=True)
    assert list(curve.data["category"].unique()) == ["5", "10", "20"]
    assert curve.plot.places == (5.0, 10.0, 20.0)  # type: ignore[attr-defined]
    one = curve.data[(curve.data["category"] == "10") & (curve.data["series"] == "Agree")]["value"].item()
    assert one == pytest.approx(100 * margins.estimate[list(margins.names).index("10:Agree")], rel=1e-12)
    with pytest.raises(PublishingError, match="does not hold numbers"):
        figure.effects(average_marginal_effects(model), along="contrast")


def test_contrasts_stand_around_zero() -> None:
    means = mean(records.survey(), "sales", by="size")
    found = means.contrast({"Medium - Small": {"Medium": 1, "Small": -1}})
    made = figure.contrasts(found)
    assert made.data["value"].item() == found.estimate.item()
    assert made.data["low"].item() == found.low.item()
    with pytest.raises(PublishingError, match=r"estimate\.contrast"):
        figure.contrasts(means)


def test_survival_begins_with_everybody() -> None:
    found = kaplan_meier(records.closures(), "years ~ size", event="closed", times=[1, 5, 10])
    made = figure.survival(found)
    first = made.data[made.data["category"] == "0"]
    assert (first["value"] == 100).all()
    rest = made.data[made.data["category"] != "0"]
    np.testing.assert_allclose(sorted(rest["value"]), sorted(100 * found.estimate), rtol=1e-12)
    with pytest.raises(PublishingError, match=r"sk\.kaplan_meier"):
        figure.survival(mean(records.survey(), "sales"))


def test_a_specification_curve_counts_what_it_draws() -> None:
    curve = records.specifications()
    made = figure.specification_curve(curve, labels={"C(size)": "Size of firm"})
    assert made.data["value"].tolist() == curve["estimate"].tolist()
    apart = int(((curve["low"] > 0) | (curve["high"] < 0)).sum())
    assert (
        f"32 specifications, median {curve['estimate'].median():.3f}; {apart} with an interval without zero."
        in dict(made.words.footer)["Note"]
    )
    assert ("Covariates", "Size of firm") in made.plot.choices  # type: ignore[attr-defined]
    assert made.plot.made.sum(axis=1).tolist() == [16] * 7  # type: ignore[attr-defined]
    with pytest.raises(PublishingError, match="as it is"):
        figure.specification_curve(pd.DataFrame({"estimate": [1.0]}))


def test_densities_of_propensities_are_those_that_seaborn_draws() -> None:
    found = adjusted_comparison(records.closures(), "age", "adopter", "sales + C(size)")
    made = figure.overlap(found, labels={"treated": "Adopters"})
    (axes,) = made.compose().drawing.axes[1:]
    (line,) = (one for one in axes.lines if same_color(one.get_color(), made.plot.colours[0]))  # type: ignore[attr-defined]
    np.testing.assert_allclose(line.get_ydata(), made.data[made.data["series"] == "Adopters"]["value"], rtol=1e-12)
    for drawn in axes.lines:
        assert np.trapezoid(drawn.get_ydata(), drawn.get_xdata()) == pytest.approx(1.0, abs=0.02)
    propensities = found.propensities
    assert propensities.groupby("group").size().to_dict() == found.overlap.set_index("group")["n"].to_dict()
    assert figure.love_plot(found).data["value"].ge(0).all()


def test_effects_of_numbers_and_categories_are_drawn_as_coefficients() -> None:
    """Contrasts differ between variables, so that the labels make no full grid."""
    model = regress(clustered(), "sales ~ w + size + exporter")
    effects = average_marginal_effects(model)
    made = figure.coefficients(effects, title="Effects")
    assert len(made.data) == len(effects.names) == 4
