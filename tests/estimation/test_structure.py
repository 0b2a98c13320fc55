"""Standardised means, components and factors: recorded numbers, scikit-learn, identities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest
from sklearn.decomposition import PCA

from surveykit.errors import EstimationError
from surveykit.estimation.agreement import cronbach_alpha
from surveykit.estimation.descriptive import mean
from surveykit.estimation.standardise import standardised_mean
from surveykit.estimation.structure.components import principal_components
from surveykit.estimation.structure.factors import factor_analysis, omega
from surveykit.replication import replicate
from surveykit.survey import Survey
from tests.estimation.firms import clustered, firms
from tests.estimation.recorded import entry, survey_of

ITEMS = ["a", "b", "c", "d", "e", "f"]


def test_factor_analysis_is_that_of_r() -> None:
    recorded = entry("api.fa")
    found = factor_analysis(survey_of("dclus2"), recorded["rows"], 2, tolerance=1e-5)
    assert found.correlation == pytest.approx(np.array(recorded["correlation"]), rel=1e-10)
    assert found.uniquenesses == pytest.approx(recorded["uniquenesses"], rel=1e-4)
    assert np.abs(found.loadings) == pytest.approx(np.abs(recorded["loadings"]), rel=1e-4)
    assert found.freedom == recorded["dof"]
    assert "Heywood" in found.notes[0]


def items(rows: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    common = rng.normal(size=(rows, 2))
    loadings = np.array([[0.8, 0], [0.7, 0.1], [0.6, 0], [0, 0.8], [0.1, 0.7], [0, 0.6]])
    frame = pd.DataFrame(common @ loadings.T + rng.normal(size=(rows, 6)) * 0.6, columns=ITEMS)
    return frame.assign(w=rng.integers(1, 4, rows))


def test_components_of_equal_weights_are_those_of_scikit_learn() -> None:
    frame = items()
    own = principal_components(Survey(frame), ITEMS)
    values = frame[ITEMS].to_numpy()
    other = PCA().fit((values - values.mean(axis=0)) / values.std(axis=0, ddof=1))
    assert own.variances == pytest.approx(other.explained_variance_)
    assert np.abs(own.rotation) == pytest.approx(np.abs(other.components_.T))


def test_integer_weights_are_rows_repeated() -> None:
    frame = items()
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    weighted, plain = Survey(frame, weights="w"), Survey(repeated)
    assert principal_components(weighted, ITEMS).variances == pytest.approx(
        principal_components(plain, ITEMS).variances
    )
    assert factor_analysis(weighted, ITEMS, 2).loadings == pytest.approx(
        factor_analysis(plain, ITEMS, 2).loadings, abs=1e-6
    )


def test_omega_of_equal_items_is_alpha() -> None:
    rng = np.random.default_rng(2)
    common = rng.normal(size=20_000)
    frame = pd.DataFrame({name: common + rng.normal(size=20_000) for name in "abcd"})
    correlation = frame.corr().to_numpy()
    average = (correlation.sum() - 4) / 12
    assert omega(Survey(frame), list("abcd")) == pytest.approx(4 * average / (1 + 3 * average), abs=1e-3)


def test_standardised_means_are_those_of_r() -> None:
    recorded = entry("std.by")
    survey = survey_of("dnh")
    counts = dict(zip(survey.engine.levels(survey.expression("agecat")), [55901, 77670, 72816, 45364], strict=True))
    found = standardised_mean(survey, "HI_CHOL", by="agecat", population=counts, over=["race", "sex"])
    names = [name.replace(".", ":") for name in recorded["names"]]
    order = [found.names.index(name) for name in names]
    assert found.estimate[order] == pytest.approx(recorded["estimates"], rel=1e-8)
    assert found.se[order] == pytest.approx(recorded["ses"], rel=1e-6)


def test_standardising_to_the_own_composition_changes_no_mean() -> None:
    survey, frame = clustered(), firms()
    own = frame.groupby("size", observed=True)["w"].sum().to_dict()
    found = standardised_mean(survey, "sales", by="size", population=own)
    assert found.estimate == pytest.approx(mean(survey, "sales").estimate)
    jackknife = standardised_mean(replicate(survey, "JKn"), "sales", by="size", population=own, over="exporter")
    linear = standardised_mean(survey, "sales", by="size", population=own, over="exporter")
    assert jackknife.se == pytest.approx(linear.se, rel=0.05)


def test_what_has_no_structure_is_refused() -> None:
    survey = Survey(items().assign(same=1.0, word="x", double=lambda frame: 2 * frame["a"]))
    with pytest.raises(EstimationError, match="'same' is the same"):
        principal_components(survey, ["a", "same"])
    with pytest.raises(EstimationError, match="'word' is a category"):
        principal_components(survey, ["a", "word"])
    with pytest.raises(EstimationError, match="too many for 3"):
        factor_analysis(survey, ["a", "b", "c"], 2)
    with pytest.raises(EstimationError, match="singular"):
        factor_analysis(survey, ["a", "b", "double"], 1)
    with pytest.raises(EstimationError, match="no row has 'huge'"):
        standardised_mean(clustered(), "sales", by="size", population={"small": 1, "medium": 1, "large": 1, "huge": 1})


def test_alpha_of_equal_weights_is_that_of_pingouin() -> None:
    frame = items()
    own = cronbach_alpha(Survey(frame), ITEMS)
    assert own.estimate[0] == pytest.approx(pingouin.cronbach_alpha(frame[ITEMS])[0])
    weighted = cronbach_alpha(Survey(frame, weights="w"), ITEMS)
    repeated = frame.loc[frame.index.repeat(frame["w"]), ITEMS]
    assert weighted.estimate[0] == pytest.approx(pingouin.cronbach_alpha(repeated)[0])
