"""All replicates scored at once give what one fit after the other gives."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation import replicated
from surveykit.estimation.regression import replicate_scoring, scoring
from surveykit.estimation.regression.regression import regress
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS, firms

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "logit": ("yes ~ sector + log(sales)", {"family": "binomial"}),
    "probit": ("yes ~ sector + log(sales)", {"family": "binomial", "link": "probit"}),
    "cloglog": ("yes ~ sector + log(sales)", {"family": "binomial", "link": "cloglog"}),
    "shares": ("share ~ sector + w", {"family": "fractional_logit"}),
    "poisson": ("orders ~ sector + w", {"family": "poisson", "offset": "log(sales)"}),
    "gamma": ("sales ~ sector + w", {"family": "gamma", "link": "log"}),
    "gaussian": ("sales ~ sector + w", {"family": "gaussian", "link": "log"}),
}


def survey() -> Survey:
    frame = firms()
    rng = np.random.default_rng(2)
    frame["yes"] = (frame["exporter"] == "yes").astype(float)
    frame["orders"], frame["share"] = rng.poisson(frame["sales"]), rng.beta(2, 3, len(frame))
    frame.loc[[3, 50], "sales"] = np.nan
    return Survey(frame, DESIGNS["clusters"], weights="w")


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", ["JKn", "bootstrap"])
def test_together_is_one_by_one(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    formula, options = MODELS[name]
    whole = replicate(survey(), kind, **({"replicates": 30, "seed": 1} if kind == "bootstrap" else {}))  # type: ignore[arg-type]
    for one in (whole, whole.where("sector != 'C' or w > 3")):
        monkeypatch.setattr(replicate_scoring, "_NUMBERS", 1_000)  # several blocks of replicates
        together = regress(one, formula, **options)
        monkeypatch.setattr(replicated, "may_go_together", lambda rows: False)
        monkeypatch.setattr(replicated, "refit", partial(scoring.refit, tolerance=1e-13))
        by_one = regress(one, formula, **options)
        monkeypatch.undo()
        scale = np.outer(by_one.se, by_one.se)
        # Both end within a hundred-thousandth of a standard error of the maximum, which scoring nears by steps.
        assert together.covariance / scale == pytest.approx(by_one.covariance / scale, abs=1e-5)
        assert together.df.tolist() == by_one.df.tolist()


def test_a_column_lost_in_a_replicate_is_named() -> None:
    frame = pd.DataFrame({"town": np.arange(60) // 6, "x": np.arange(60) % 7, "y": np.arange(60) % 2})
    frame["alone"] = (frame["town"] == 3) & (frame["x"] > 2)
    with pytest.raises(EstimationError, match="the column 'alone' has no rows of its own"):
        regress(replicate(Survey(frame, Design(clusters="town")), "JK1"), "y ~ x + alone", family="binomial")
