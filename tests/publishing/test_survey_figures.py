"""Exclusion flow and weights as figures: their numbers are those of the records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import seaborn as sns

from surveykit.errors import PublishingError
from surveykit.publishing import figure
from surveykit.weighting import base_weights
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
