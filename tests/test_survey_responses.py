"""A survey of responses: categories and band edges, those that count, and the synthetic mark."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import DataError, SurveykitError
from surveykit.responses import Responses, for_analysis, read_responses

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "synthetic" / "SYNTHETIC_digital_services_japan.csv"


@pytest.fixture(scope="module")
def responses() -> Responses:
    return read_responses(SAMPLE, ROOT / "instruments" / "digital_services_firm.yaml", synthetic=True)


def test_only_those_that_count_enter_and_nobody_is_dropped(responses: Responses) -> None:
    survey = sk.Survey(responses)
    assert survey.engine.rows == len(responses.frame) == 660
    table = sk.crosstab(survey, "S3")
    assert table.base == "responses that count"
    assert int(table.n.max()) == int(responses.counted.sum()) == 600


def test_screening_changes_the_domain_and_not_the_rows(responses: Responses) -> None:
    disposition = responses.disposition.assign(counts=responses.counted & (responses.frame["size4"] == 1).fillna(False))
    survey = sk.Survey(replace(responses, disposition=disposition))
    whole = sk.Survey(responses).where("size4 == '1-10'")
    few, many = (sk.mean(one, "mid(FS1)", missing="drop") for one in (survey, whole))
    np.testing.assert_allclose(few.estimate, many.estimate, rtol=1e-14)
    np.testing.assert_allclose(few.se, many.se, rtol=1e-14)


def test_labels_and_edges_come_along(responses: Responses) -> None:
    survey = sk.Survey(responses)
    table = sk.crosstab(survey, "FS1 ~ X2", percent="column")
    assert table.rows[1].text == "Under 10 %"
    assert table.columns[0].text == "None"
    codes = responses.frame.loc[responses.counted & (responses.frame["FS1"] >= 0), "FS1"]
    middle = codes.map({0: 0, 1: 5, 2: 17.5, 3: 37.5, 4: 62.5, 5: 87.5}).mean()
    np.testing.assert_allclose(sk.mean(survey, "mid(FS1)").estimate, [middle], rtol=1e-12)


def test_a_band_is_no_number(responses: Responses) -> None:
    with pytest.raises(SurveykitError, match="mid"):
        sk.mean(sk.Survey(responses), "FS1")


def test_the_synthetic_mark_travels(responses: Responses) -> None:
    survey = sk.Survey(responses)
    assert survey.synthetic
    assert sk.crosstab(survey, "S3").synthetic
    assert not sk.Survey(replace(responses, synthetic=False)).synthetic


def test_weights_of_the_same_rows_are_taken(responses: Responses) -> None:
    stated = responses.counted & responses.frame["size4"].notna()
    engine = for_analysis(responses).engine()
    counts = {"size4": {"1-10": 860.0, "11-50": 110.0, "51-500": 27.0, "501+": 3.0}}
    weights = sk.rake(sk.base_weights(engine, stated.to_numpy(np.float64)), counts)
    table = sk.crosstab(sk.Survey(responses, weights=weights), "size4")
    np.testing.assert_allclose(table.estimate[0, :4, 0], list(counts["size4"].values()), rtol=1e-9)


def test_weights_of_other_rows_are_refused(responses: Responses) -> None:
    weights = sk.base_weights(pd.DataFrame({"a": [1.0, 2.0]}))
    with pytest.raises(SurveykitError, match="belong to"):
        sk.Survey(responses, weights=weights)


def test_responses_are_in_memory(responses: Responses) -> None:
    with pytest.raises(DataError, match="rows in memory"):
        sk.Survey(responses, engine="duckdb")


def test_the_sample_is_what_its_script_makes() -> None:
    script = SAMPLE.parent / "make_digital_services_japan.py"
    space: dict[str, object] = {"__name__": "script", "__file__": str(script)}
    exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), space)
    made = space["make"]().to_csv(index=False, lineterminator="\n")  # type: ignore[operator]
    assert made.encode("utf-8") == SAMPLE.read_bytes()


def test_the_sample_obeys_the_routing(responses: Responses) -> None:
    assert responses.report is not None
    assert len(responses.report.conflicts) == 0
    assert len(responses.report.unknown) == 0
