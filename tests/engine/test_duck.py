"""What DuckDB must do as memory does: refuse the same inputs, zero-fill, keep rows in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from surveykit.design import Design
from surveykit.engine import DuckEngine, Request, open_engine
from surveykit.errors import DataError, SurveykitError
from surveykit.estimation.descriptive import mean, proportion, total
from surveykit.estimation.linearise import keys_for
from surveykit.estimation.quantiles.quantiles import quantile
from surveykit.expressions import Column, Values, parse
from surveykit.survey import Survey


def sample(rows: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"h": np.arange(rows) % 3, "psu": rng.integers(0, 5, rows), "w": rng.random(rows) + 0.5})
    frame["y"] = rng.normal(5, 2, rows)
    frame["g"] = rng.choice(["b", "a"], rows)
    return frame


def refused(make: Callable[[], Any]) -> str:
    with pytest.raises(SurveykitError) as caught:
        make()
    return str(caught.value)


def changed(name: str, rows: Any, value: Any) -> pd.DataFrame:
    frame = sample().astype({"w": float, "y": float, "h": float, "psu": float})
    frame["fpc"] = 200.0
    frame.loc[rows, name] = value
    return frame


STRATA = Design(strata="h", clusters="psu", nest=True)
BAD: dict[str, tuple[pd.DataFrame, Design, str | None]] = {
    "negative weights": (changed("w", [4, 7], -1.0), Design(), "w"),
    "many negative weights": (changed("w", slice(0, 20), -1.0), Design(), "w"),
    "missing weights": (changed("w", [9], np.nan), Design(), "w"),
    "weights all zero": (changed("w", slice(None), 0.0), Design(), "w"),
    "infinite weights": (changed("w", [3], np.inf), Design(), "w"),
    "weights of text": (sample(), Design(), "g"),
    "missing stratum": (changed("h", [1, 2], np.nan), STRATA, "w"),
    "missing cluster": (changed("psu", [1], np.nan), STRATA, "w"),
    "clusters cross strata": (sample(), Design(strata="h", clusters="psu"), "w"),
    "fpc below the sample": (changed("fpc", slice(None), 2.0), Design(strata="h", fpc="fpc"), None),
    "fpc of text": (sample(), Design(strata="h", fpc="g"), None),
    "fpc missing": (changed("fpc", [5], np.nan), Design(strata="h", fpc="fpc"), None),
    "two fpc in a stratum": (changed("fpc", [5], 300.0), Design(strata="h", fpc="fpc"), None),
    "fpc not positive": (changed("fpc", slice(None), -4.0), Design(strata="h", fpc="fpc"), None),
    "unknown column": (sample(), Design(strata="hh"), None),
    "no rows": (sample().head(0), Design(), None),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_designs_and_weights_are_refused_alike(case: str, tmp_path: Path) -> None:
    frame, design, weights = BAD[case]
    path = tmp_path / "rows.parquet"
    frame.to_parquet(path)
    expected = refused(lambda: Survey(frame, design, weights))
    assert refused(lambda: Survey(path, design, weights, engine="duckdb")) == expected


ASKED: dict[str, Callable[[Survey], Any]] = {
    "infinite values": lambda survey: mean(survey, "infinite"),
    "infinite values in a condition": lambda survey: survey.where("infinite > 3"),
    "text has no mean": lambda survey: mean(survey, "g"),
    "too many levels": lambda survey: mean(survey, "h", by="many"),
    "unknown": lambda survey: mean(survey, "yy"),
    "arithmetic on text": lambda survey: mean(survey, "g + 1"),
    "order of text": lambda survey: survey.where("g > 'a'"),
}


@pytest.mark.parametrize("case", ASKED)
def test_bad_questions_are_refused_alike(case: str, tmp_path: Path) -> None:
    frame = sample(10_001).assign(many=np.arange(10_001) / 7)
    frame["infinite"] = frame.y
    frame.loc[[5, 9], "infinite"] = [np.inf, -np.inf]
    path = tmp_path / "rows.parquet"
    frame.to_parquet(path, row_group_size=1000)
    expected = refused(lambda: ASKED[case](Survey(frame)))
    assert refused(lambda: ASKED[case](Survey(path, engine="duckdb"))) == expected


def test_dates_are_refused_only_when_used(make_survey: Callable[..., Survey]) -> None:
    survey = make_survey(sample().assign(day=pd.Timestamp("2024-01-01")), weights="w")
    assert len(mean(survey, "y")) == 1
    with pytest.raises(DataError, match=r"Column 'day' .*"):
        mean(survey, "day")


def test_hostile_column_names(make_survey: Callable[..., Survey]) -> None:
    names = ['a"b', "a'b", "a;--", "c0", "t.c1", "SELECT", "x y", "é(1)", "__w", "100%", "a\\b"]
    frame = sample()
    for place, name in enumerate(names):
        frame[name] = frame.y + place
    survey = make_survey(frame, Design(strata="h", clusters="psu", nest=True), "w")
    expected = mean(Survey(frame, Design(strata="h", clusters="psu", nest=True), "w"), names)
    found = mean(survey, names)
    np.testing.assert_allclose(found.estimate, expected.estimate, rtol=1e-12)
    np.testing.assert_allclose(found.se, expected.se, rtol=1e-10)
    assert total(survey.where("`SELECT` > 8"), 'a"b').n[0] == (frame.SELECT > 8).sum()


def test_hostile_labels(make_survey: Callable[..., Survey]) -> None:
    labels = ["a'b", 'a"b', "a;--", "NULL", "é", "a\\b", " a", "A", "a"]
    frame = pd.DataFrame({"g": labels * 3, "y": np.arange(27.0)})
    survey = make_survey(frame)
    assert mean(survey, "y", by="g").labels["g"] == tuple(sorted(labels))
    assert mean(survey.where("""g == "a'b" or g == 'é'"""), "y").n.tolist() == [6]


def test_units_without_a_row_in_the_domain_have_zeros(make_survey: Callable[..., Survey]) -> None:
    survey = make_survey(sample(), STRATA, "w")
    condition = survey.expression("psu == 1")
    sums = survey.engine.unit_sums(survey.index, Request((None, Column("y")), keys_for(survey, "g"), condition))
    assert sums.sums.shape == (15, 2, 2)
    assert (sums.sums[:, 0, 0] != 0).sum() == 3


def test_rows_come_in_order(engine_data: Callable[..., tuple[Any, Any]]) -> None:
    frame = sample(5000).assign(row=np.arange(5000))
    engine = open_engine(*engine_data(frame))
    index = engine.weigh(Survey(engine, STRATA).index, Column("w"))
    np.testing.assert_array_equal(engine.weights(index), frame.w)
    start = 0
    for batch in engine.scan(index, [Column("row"), Column("g"), parse("y > 5")], where=parse("w > 1"), size=600):
        rows = slice(start, start + len(batch.weight))
        assert batch.start == start
        np.testing.assert_array_equal(batch.values[0].data, frame.row[rows])
        assert [batch.values[1].categories[code] for code in batch.values[1].data] == frame.g[rows].tolist()
        np.testing.assert_array_equal(batch.values[2].data, frame.y[rows] > 5)
        np.testing.assert_array_equal(batch.full_weight, frame.w[rows])
        np.testing.assert_array_equal(batch.weight, frame.w[rows].where(frame.w[rows] > 1, 0))
        np.testing.assert_array_equal(batch.stratum, frame.h[rows])
        np.testing.assert_array_equal(batch.unit, frame.h[rows] * 5 + frame.psu[rows])
        start = rows.stop
    assert start == 5000


def test_questions_while_rows_are_walked(tmp_path: Path) -> None:
    frame = sample(5000)
    frame.to_parquet(tmp_path / "a.parquet")
    survey = Survey(tmp_path / "a.parquet", STRATA, "w", engine="duckdb")
    seen = 0
    for batch in survey.engine.scan(survey.index, [Column("y")], where=None, size=1000):
        seen += len(batch.weight)
        assert mean(survey, "y").n[0] == 5000
    assert seen == 5000


def test_columns_beside_the_rows(engine_data: Callable[..., tuple[Any, Any]]) -> None:
    frame = sample(4000)
    engine = open_engine(*engine_data(frame))
    rng = np.random.default_rng(1)
    valid = rng.random(4000) > 0.2
    extra = {
        "z": Values(rng.normal(size=4000), valid),
        "k": Values(rng.integers(0, 2, 4000), None, ("no", "yes"), ordered=True),
        "y": Values(rng.random(4000) > 0.5),
    }
    found = Survey(engine.with_columns(extra), STRATA, "w")
    plain = frame.assign(z=np.where(valid, extra["z"].data, np.nan), y=extra["y"].data)
    plain["k"] = pd.Categorical.from_codes(extra["k"].data, ["no", "yes"], ordered=True)
    expected = Survey(plain, STRATA, "w")
    for survey_mean in (
        lambda survey: mean(survey.where("k >= 'yes'"), ["z", "y"], by="g"),
        lambda survey: proportion(survey, ["k", "g"]),
    ):
        np.testing.assert_allclose(survey_mean(found).estimate, survey_mean(expected).estimate, rtol=1e-12)
        np.testing.assert_allclose(survey_mean(found).se, survey_mean(expected).se, rtol=1e-10)
    assert frame.y.mean() == pytest.approx(mean(Survey(engine), "y").estimate[0])


def test_a_relation_that_answers_in_another_order_each_time_is_copied_once() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT range AS r, hash(range) % 7 AS g FROM range(50000)")
    engine = open_engine(connection.sql("SELECT g, SUM(r) AS s, r % 1000 AS k FROM t GROUP BY ALL"))
    assert isinstance(engine, DuckEngine)
    sums = engine.column("s").data
    more = engine.with_columns({"again": Values(sums)})
    assert (more.column("again").data == more.column("s").data).all()
    assert mean(Survey(more), "again - s").estimate.tolist() == [0]
    tables = "SELECT COUNT(*) FROM duckdb_tables() WHERE table_name LIKE 'surveykit%'"
    assert connection.sql(tables).fetchall() == [(1,)]
    del engine, more
    assert connection.sql(tables).fetchall() == [(0,)]


def test_weights_by_row(make_survey: Callable[..., Survey]) -> None:
    frame = sample()
    weights = np.random.default_rng(8).random(300)
    for design in (Design(), Design(strata="h")):
        survey = make_survey(frame, design)
        index = survey.engine.weigh(survey.index, weights)
        np.testing.assert_array_equal(survey.engine.weights(index), weights)
        request = Request((None, Column("y")), keys_for(survey, "g"))
        expected = np.array([[weights[frame.g == g].sum(), (weights * frame.y)[frame.g == g].sum()] for g in "ab"])
        np.testing.assert_allclose(survey.engine.totals(index, request).sums, expected, rtol=1e-12)


def test_very_many_rows_are_counted_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = sample().assign(fpc=400)
    frame.to_parquet(tmp_path / "a.parquet")
    design = Design(strata="h", fpc="fpc")
    expected = mean(Survey(frame, design), "y", by="g")
    monkeypatch.setattr("surveykit.engine.duck.MAX_ROW_TABLE", 100)
    survey = Survey(tmp_path / "a.parquet", design, engine="duckdb")
    assert len(survey.index.stages[0].stratum) == 0
    found = mean(survey, "y", by="g")
    np.testing.assert_allclose(found.estimate, expected.estimate, rtol=1e-12)
    np.testing.assert_allclose(found.se, expected.se, rtol=1e-10)
    assert found.df.tolist() == expected.df.tolist()


def test_too_many_groups_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample().to_parquet(tmp_path / "a.parquet")
    survey = Survey(tmp_path / "a.parquet", STRATA, "w", engine="duckdb")
    monkeypatch.setattr("surveykit.engine.duck.MAX_GROUPS", 20)
    with pytest.raises(DataError, match="15 sampling units or strata by 2 cells are 30 sums, too many to hold"):
        mean(survey, "y", by="g")


def test_windows_of_values_on_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = sample(60_000)
    frame.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr("surveykit.engine.duck_values._FEW_ROWS", 1000)
    monkeypatch.setattr("surveykit.engine.duck_values._SAMPLE", 5000)
    expected, found = (
        Survey(data, STRATA, "w", engine=engine) for data, engine in ((frame, "memory"), (tmp_path, "duckdb"))
    )
    for by in (None, "g"):
        first, second = quantile(expected, "y", [0.05, 0.5], by=by), quantile(found, "y", [0.05, 0.5], by=by)
        np.testing.assert_allclose(second.estimate, first.estimate, rtol=1e-12)
        np.testing.assert_allclose(second.low, first.low, rtol=1e-12)


def test_deterministic_sums_are_the_same_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pa.table({"y": rng.normal(size=600_000), "g": rng.integers(0, 3, 600_000)})
    pa.parquet.write_table(table, tmp_path / "a.parquet", row_group_size=20_000)
    survey = Survey(open_engine(tmp_path / "a.parquet", "duckdb", deterministic=True))
    found = {mean(survey, "y * 1.1", by="g").covariance.tobytes() for _ in range(8)}
    assert len(found) == 1


def test_a_relation_cannot_promise_bytes() -> None:
    with pytest.raises(DataError, match="adds in the order of its own connection"):
        open_engine(duckdb.connect().sql("SELECT 1 AS y"), deterministic=True)


def test_connections_spill_into_folders_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, folders = duckdb.connect, []

    def heard(*arguments: Any, config: dict[str, Any]) -> Any:
        folders.append(config["temp_directory"])
        return connect(*arguments, config=config)

    monkeypatch.setattr(duckdb, "connect", heard)
    for _ in range(2):
        open_engine(sample(), "duckdb")
    assert len(set(folders)) == len(folders) == 2
