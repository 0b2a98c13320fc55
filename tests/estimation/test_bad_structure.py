"""What two-level models, structure, unseen confounders and decompositions refuse or warn of, as golden text.

``SURVEYKIT_GOLDEN=write python -m pytest tests/estimation/test_bad_structure.py`` writes the text anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from surveykit.design import Design
from surveykit.estimation.comparisons.mediation import mediation
from surveykit.estimation.comparisons.nonlinear_decomposition import fairlie
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.robustness.coefficient_stability import oster_bounds
from surveykit.estimation.robustness.confounders import confounder_sensitivity
from surveykit.estimation.structure.factors import factor_analysis
from surveykit.estimation.structure.forests import forest_importance
from surveykit.estimation.structure.polychoric import polychoric_correlation
from surveykit.estimation.structure.segments import segments
from surveykit.estimation.two_level.random_intercepts import random_intercepts
from surveykit.survey import Survey
from tests.estimation.test_bad_models import frame, words

GOLDEN = Path(__file__).parent.parent / "golden" / "bad_structure.txt"

FRAME = frame().assign(
    area=np.arange(400) % 40,
    uneven=np.arange(400) % 7 + 1,
    alone=np.arange(400),
    never=0,
    same=1.0,
    kind=lambda one: np.array(["x", "y", "z"])[one["area"] % 3],
    land=lambda one: np.where(one["z"] == 1, "east", "west"),
)
FRAME["moved"] = FRAME["number"] + np.random.default_rng(1).normal(size=40)[FRAME["area"]]
AREAS = Survey(FRAME, Design(clusters="area"))
ROWS = Survey(FRAME)
TOWNS = Survey(FRAME, Design(clusters="town"))


def two_level(survey: Survey = AREAS, formula: str = "moved ~ x", **options: Any) -> object:
    given: dict[str, Any] = {"group": "area", "group_weights": 1, "scaling": "size"} | options
    return random_intercepts(survey, formula, **given)


BAD: dict[str, Callable[[], object]] = {
    "groups that do not differ": lambda: two_level(formula="noise ~ 1"),
    "groups in several sampling units": lambda: two_level(ROWS),
    "group weights that differ": lambda: two_level(group_weights="uneven"),
    "group weights that are none": lambda: two_level(group_weights=0),
    "groups of one row": lambda: two_level(ROWS, group="alone"),
    "one group": lambda: two_level(Survey(FRAME, Design(clusters="never")), group="never"),
    "few groups": lambda: two_level(TOWNS, formula="I(number + town) ~ x", group="town"),
    "separated, two levels": lambda: two_level(formula="yes ~ z + big", family="binomial"),
    "collinear, two levels": lambda: two_level(formula="moved ~ x + twice"),
    "coarse quadrature": lambda: two_level(formula="I(moved > 0) ~ x", family="binomial", points=2),
    "no order behind a category": lambda: polychoric_correlation(ROWS, ["level", "kind"]),
    "one decides the other": lambda: polychoric_correlation(ROWS, ["yes", "big"]),
    "no variation": lambda: polychoric_correlation(ROWS, ["level", "same"]),
    "factors of a singular matrix": lambda: factor_analysis(ROWS, ["x", "twice", "noise"], 1, correlation="polychoric"),
    "segments that cannot be told": lambda: segments(ROWS, ["yes", "z"], 2, seed=1, starts=3),
    "segments that collapse": lambda: segments(ROWS, ["C(town)", "never + town"], 3, seed=1, starts=3),
    "too many segments": lambda: segments(ROWS, ["x", "noise"], 200, seed=1),
    "a forest of few units": lambda: forest_importance(TOWNS, "number", ["x"], seed=1),
    "a level in one fold": lambda: forest_importance(ROWS, "alone == 3", ["x"], seed=1),
    "explained variance of a logit": lambda: confounder_sensitivity(regress(ROWS, "yes ~ x", family="binomial"), "x"),
    "no such benchmark": lambda: confounder_sensitivity(regress(ROWS, "number ~ x + z"), "x", benchmarks=["noise"]),
    "no controls": lambda: oster_bounds(regress(ROWS, "number ~ x"), "x"),
    "explains less than the model": lambda: oster_bounds(regress(ROWS, "number ~ x + z"), "x", r_squared_max=0.01),
    "three groups": lambda: fairlie(ROWS, "yes ~ x", group="kind"),
    "separated, decomposed": lambda: fairlie(ROWS, "yes ~ x + big", group="land"),
    "a treatment that is a category": lambda: mediation(ROWS, "number", "land", "x"),
    "a mediator among the covariates": lambda: mediation(ROWS, "number", "z", "x", "twice"),
}


def test_bad_structure_is_refused_in_these_words() -> None:
    found = "".join(f"{name}\n    {words(bad)}\n" for name, bad in BAD.items())
    if os.environ.get("SURVEYKIT_GOLDEN") == "write":
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")
