"""What models refuse or warn of, in the words that they use (golden text): never a result that is none.

``SURVEYKIT_GOLDEN=write python -m pytest tests/estimation/test_bad_models.py`` writes the text anew.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.errors import EstimationError, SurveykitError, SurveykitWarning
from surveykit.estimation.comparisons.adjusted import adjusted_comparison
from surveykit.estimation.industry import attach_industry, two_level_regression
from surveykit.estimation.likelihoods.proportional_odds import proportional_odds_test
from surveykit.estimation.models.tests import wald_test
from surveykit.estimation.regression.instrumental import instrumental
from surveykit.estimation.regression.nonlinear import nonlinear
from surveykit.estimation.regression.quantile_regression import quantile_regression
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.survival.cox import cox
from surveykit.estimation.survival.parametric import survival_regression
from surveykit.survey import Survey

GOLDEN = Path(__file__).parent.parent / "golden" / "bad_models.txt"
OUTCOMES = {
    "gaussian": "number",
    "binomial": "yes",
    "poisson": "count",
    "gamma": "positive",
    "negative_binomial": "count",
    "fractional_logit": "share",
    "ordered_logit": "level",
    "ordered_probit": "level",
    "multinomial": "level",
    "interval": "band",
    "tobit": "cut",
}


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(31)
    rows = 400
    x, z = rng.normal(size=rows), rng.integers(0, 2, rows)
    number = 0.5 + 0.8 * x - 0.5 * z + rng.logistic(size=rows)
    found = pd.DataFrame({"x": x, "z": z, "number": number, "twice": 2 * x, "cut": number.clip(0, 4)})
    found["positive"], found["share"] = np.exp(number), 1 / (1 + np.exp(-number))
    found["yes"], found["count"] = (number > 0).astype(int), rng.poisson(np.exp(0.5 * x) * rng.gamma(2, 0.5, rows))
    found["level"] = pd.cut(number, [-np.inf, -1, 1, np.inf], labels=["low", "mid", "high"])
    found["four"] = found["level"].cat.add_categories(["top"])
    found["band"] = pd.cut(number, [-np.inf, -1, 0, 1, 3, np.inf])
    crossing = [pd.Interval(0, 2), pd.Interval(1, 3)]
    found["crossing"] = pd.Categorical([crossing[one] for one in z], categories=pd.Index(crossing))
    found["size"] = pd.Categorical(np.where(x > 0, "large", "small"), categories=["small", "medium", "large"])
    found["time"], found["seen"] = rng.weibull(1.5, rows) * np.exp(x), rng.integers(0, 2, rows)
    found["big"] = ((found["yes"] == 1) & (x > 0.5)).astype(int)
    found["none"] = ((found["count"] == 0) & (z == 1)).astype(int)
    found["highest"], found["lowest"] = (found["level"] == "high").astype(int), (found["cut"] == 0).astype(int)
    found["first"], found["alive"] = (found["band"].cat.codes == 0).astype(int), (found["seen"] == 0).astype(int)
    found["town"], found["sector"] = np.arange(rows) % 4, (np.arange(rows) % 7).astype(str)
    found["noise"], found["even"] = rng.normal(size=rows), rng.binomial(8, 0.5, rows)
    return found


SURVEY = Survey(frame())
FEW = Survey(frame(), Design(clusters="town"))
FOUR = "x + z + noise + even"


def fitted(family: str, terms: str, survey: Survey = SURVEY, **options: Any) -> object:
    limits: dict[str, Any] = {"limits": (0, 4)} if family == "tobit" else {}
    return regress(survey, f"{OUTCOMES[family]} ~ {terms}", family=family, **limits, **options)


LINEAR = ("gaussian", "binomial", "poisson", "gamma", "fractional_logit")
SEPARATED = {
    "binomial": "big",
    "poisson": "none",
    "negative_binomial": "none",
    "ordered_logit": "highest",
    "ordered_probit": "highest",
    "multinomial": "highest",
    "interval": "first",
    "tobit": "lowest",
}
BAD: dict[str, Callable[[], object]] = {
    **{f"separated, {family}": partial(fitted, family, f"x + {column}") for family, column in SEPARATED.items()},
    "separated, fractional logit": lambda: regress(SURVEY, "yes ~ z + big", family="fractional_logit"),
    "separated, partial proportional": partial(fitted, "ordered_logit", "x + highest", non_proportional="x"),
    "separated, cox": lambda: cox(SURVEY, "time ~ x + alive", event="seen"),
    "separated, weibull": lambda: survival_regression(SURVEY, "time ~ x + alive", event="seen"),
    "separated groups": lambda: adjusted_comparison(SURVEY, "number", "big", "yes"),
    **{f"collinear, {family}": partial(fitted, family, "x + twice") for family in OUTCOMES if family not in LINEAR},
    "collinear, Firth": partial(fitted, "binomial", "x + twice", penalty="firth"),
    "collinear, absorbed": partial(fitted, "gaussian", "x + twice", absorb="sector"),
    "collinear, partial proportional": partial(fitted, "ordered_logit", "x + twice", non_proportional="x"),
    "collinear, cox": lambda: cox(SURVEY, "time ~ x + twice", event="seen"),
    "collinear, weibull": lambda: survival_regression(SURVEY, "time ~ x + twice", event="seen"),
    "collinear, median": lambda: quantile_regression(SURVEY, "number ~ x + twice"),
    "collinear, instruments": lambda: instrumental(SURVEY, "number ~ x + twice", "noise + z"),
    "collinear, non-linear": lambda: nonlinear(
        SURVEY, "number ~ a + b * x + c * twice", start={"a": 0, "b": 1, "c": 1}
    ),
    "no case of an outcome, ordered": lambda: regress(SURVEY, "four ~ x", family="ordered_logit"),
    "no case of an outcome, multinomial": lambda: regress(SURVEY, "four ~ x", family="multinomial"),
    "no case of a level, ordered": partial(fitted, "ordered_logit", "x + size"),
    "no case of a level, multinomial": partial(fitted, "multinomial", "x + size"),
    "no case of a level, cox": lambda: cox(SURVEY, "time ~ z + size", event="seen"),
    "no event": lambda: cox(SURVEY, "time ~ x", event="seen == 2"),
    "one outcome": lambda: regress(SURVEY.where("yes == 1"), "yes ~ x", family="binomial"),
    "impossible means, binomial log": lambda: regress(SURVEY, "yes ~ x + z", family="binomial", link="log"),
    "no convergence, non-linear": lambda: nonlinear(SURVEY, "number ~ a * exp(b * x)", start={"a": 1, "b": 40}),
    "no overdispersion": lambda: regress(SURVEY, "even ~ x", family="negative_binomial"),
    "bands that overlap": lambda: regress(SURVEY, "crossing ~ x", family="interval"),
    "no bands": lambda: regress(SURVEY, "level ~ x", family="interval"),
    "weak instruments": lambda: instrumental(SURVEY, "number ~ x + z", "noise + z"),
    "too few instruments": lambda: instrumental(SURVEY, "number ~ x + z", "noise + 0"),
    "no instrument that moves": lambda: instrumental(SURVEY, "number ~ x + z", "z + I(2 * z) + 1"),
    "too few clusters for a test": lambda: wald_test(fitted("gaussian", "x + sector", FEW), "sector"),  # type: ignore[arg-type]
    "too few clusters for proportional odds": lambda: proportional_odds_test(fitted("ordered_logit", FOUR, FEW)),  # type: ignore[arg-type]
    "one cluster": lambda: regress(Survey(frame().assign(one=1), Design(clusters="one")), "number ~ x"),
    "too few industries": lambda: two_level_regression(
        attach_industry(
            SURVEY, pd.DataFrame({"industry": list("0123456"), "value": np.arange(7.0)}), on="sector", key="industry",
            definition="share of value added", year=2020, source="made up",
        ),
        "number ~ x + value",
    ),
}  # fmt: skip


def words(bad: Callable[[], object]) -> str:
    """The error or the warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            bad()
        except SurveykitError as error:
            return str(error)
    assert caught, "neither an error nor a warning"
    assert all(issubclass(one.category, SurveykitWarning) for one in caught)
    return "\n    ".join(f"Warning: {one.message}" for one in caught)


def test_bad_models_are_refused_in_these_words() -> None:
    found = "".join(f"{name}\n    {words(bad)}\n" for name, bad in BAD.items())
    if os.environ.get("SURVEYKIT_GOLDEN") == "write":
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("family", LINEAR)
def test_dependent_columns_and_empty_levels_are_left_out_and_said(family: str) -> None:
    """As R does for generalised linear models; the others refuse them, in the words above."""
    for terms, lost in (("x + twice", "twice"), ("x + size", "size[medium]")):
        model: Any = fitted(family, terms)
        assert model.aliased == (lost,)
        assert f"Left out because they depend on other columns: {lost}." in model.notes


def test_few_clusters_are_said() -> None:
    none = regress(FEW, "number ~ x + z + noise")
    assert any(note.startswith("No residual degrees of freedom") and "leave terms out" in note for note in none.notes)
    assert np.isnan(none.low).all()
    for family in ("gaussian", "ordered_logit"):
        few: Any = fitted(family, "x", FEW)
        assert any(note.startswith("Few sampling units (3 design degrees of freedom)") for note in few.notes)
    assert not any(note.startswith("Few sampling") for note in regress(SURVEY, "number ~ x").notes)


def test_a_log_link_that_keeps_its_means_is_fitted() -> None:
    rng = np.random.default_rng(3)
    z = rng.integers(0, 2, 500)
    rare = pd.DataFrame({"z": z, "y": (rng.random(500) < 0.1 + 0.1 * z).astype(int)})
    model = regress(Survey(rare), "y ~ z", family="binomial", link="log")
    shares = rare.groupby("z")["y"].mean()
    assert model.estimate == pytest.approx([np.log(shares[0]), np.log(shares[1] / shares[0])], rel=1e-6)
    with pytest.raises(EstimationError, match="'none' has no finite estimate"):
        regress(
            Survey(rare.assign(none=(rare["y"] == 0) & (rare["z"] == 1))), "y ~ none", family="binomial", link="log"
        )
