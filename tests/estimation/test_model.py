"""A fitted model as an estimate: contrasts, intervals and predictions agree with the coefficients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import EstimationError
from surveykit.estimation.regression.regression import regress
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, clustered, firms


def test_coefficients_are_estimates_with_residual_degrees_of_freedom() -> None:
    found = regress(clustered(), "log(sales) ~ size + w")
    frame = found.to_frame()
    assert list(frame.columns) == ["term", "estimate", "se", "low", "high", "df", "n", "weighted_n", "t", "p"]
    np.testing.assert_allclose(found.t, found.estimate / found.se)
    assert found.df.tolist() == [found.design_df + 1 - 4] * 4
    difference = found.contrast({"size[large]": 1, "size[medium]": -1})
    other = regress(
        clustered(size=firms()["size"].cat.reorder_categories(["medium", "small", "large"])), "log(sales) ~ size + w"
    )
    np.testing.assert_allclose(difference.estimate[0], other.estimate[other.names.index("size[large]")], rtol=1e-9)
    np.testing.assert_allclose(difference.se[0], other.se[other.names.index("size[large]")], rtol=1e-9)


def test_a_prediction_is_a_contrast_of_coefficients() -> None:
    found = regress(clustered(), "sales ~ w + exporter")
    predicted = found.predict(pd.DataFrame({"w": [2.0, 3.0], "exporter": ["no", "yes"]}))
    by_hand = found.contrast({"first": [1, 2, 0], "second": [1, 3, 1]})
    np.testing.assert_allclose(predicted.estimate, by_hand.estimate)
    np.testing.assert_allclose(predicted.covariance, by_hand.covariance, rtol=1e-10)
    assert predicted.to_frame()["row"].tolist() == [1, 2]


def test_predictions_of_categories_do_not_depend_on_the_new_rows_own_order() -> None:
    found = regress(Survey(firms(), DESIGNS["rows"], "w"), "sales ~ size")
    plain = found.predict(pd.DataFrame({"size": ["large", "small"]}))
    typed = found.predict(pd.DataFrame({"size": pd.Categorical(["large", "small"], categories=["large", "small"])}))
    np.testing.assert_array_equal(plain.estimate, typed.estimate)
    assert plain.estimate[0] == pytest.approx(found.estimate[0] + found.estimate[2])


def test_too_many_predictions_are_refused() -> None:
    found = regress(clustered(), "sales ~ w")
    with pytest.raises(EstimationError, match="asked for 6000 rows"):
        found.predict(pd.DataFrame({"w": np.ones(6000)}))
