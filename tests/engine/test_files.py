"""Files: what they may be, what they are typed as, and what is said when they are not what their name says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.engine import DuckEngine, MemoryEngine, open_engine
from surveykit.errors import ColumnError, ReadError, SurveykitError
from surveykit.estimation.descriptive import mean, proportion
from surveykit.expressions import Column
from surveykit.survey import Survey

CORRECT = "Correct that line, its quotes and its separators, or save the file again as UTF-8."
ENDING = "Give it its true ending."
OTHER = "Give a Parquet or CSV file, or read it with pandas or surveykit's response readers first."
ENGINE_NAMES = ("memory", "duckdb")


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def mean_of_all(path: Path, engine: str) -> None:
    survey = Survey(path, engine=engine)
    mean(survey, survey.engine.columns)


def message(path: Path, engine: str = "duckdb") -> str:
    with pytest.raises(ReadError) as caught:
        mean_of_all(path, engine)
    return str(caught.value).replace(str(path), path.name)


BROKEN: dict[str, tuple[str, str | bytes, str]] = {
    "too few fields": (
        "a.csv",
        "a,b,c\n1,2,3\n4,5\n6,7,8\n",
        f"a.csv: line 3 cannot be read: it has 2 fields, the header has 3. {CORRECT}",
    ),
    "too many fields": (
        "a.csv",
        "a,b\n1,2\n1,2,3\n",
        f"a.csv: line 3 cannot be read: it has 3 fields, the header has 2. {CORRECT}",
    ),
    "open quote": (
        "a.csv",
        'a,b\n1,"2\n3,4\n',
        f"a.csv: line 2 cannot be read: a quote is not closed. {CORRECT}",
    ),
    "not UTF-8": (
        "a.csv",
        "a,b\n1,é\n".encode("latin-1"),
        "a.csv: byte 7 is not UTF-8 text. Save the file again as UTF-8.",
    ),
    "two columns of one name": (
        "a.csv",
        "a,b,a\n1,2,3\n",
        "a.csv: two columns have the same name: 'a'. Rename one of them.",
    ),
    "workbook": (
        "a.csv",
        b"PK\x03\x04rest",
        f"a.csv: the name says text, but the file is a zip archive or an Excel workbook. {ENDING}",
    ),
    "binary": (
        "a.csv",
        b"a\x00b\x00",
        "a.csv: the name says text, but the file is a binary file or UTF-16 text. Save it as UTF-8 text.",
    ),
    "text as Parquet": (
        "a.parquet",
        "a,b\n1,2\n",
        f"a.parquet: the name says Parquet, but the file does not begin as a Parquet file does. {ENDING}",
    ),
    "empty": ("a.csv", "", "a.csv: the file is empty."),
    "other ending": (
        "a.docx",
        "a",
        f"a.docx: files ending in '.docx' are not read here. {OTHER}",
    ),
}


@pytest.mark.parametrize("engine", ENGINE_NAMES)
@pytest.mark.parametrize("case", BROKEN)
def test_broken_files(case: str, engine: str, tmp_path: Path) -> None:
    name, content, expected = BROKEN[case]
    assert message(write(tmp_path / name, content), engine) == expected


def test_bad_bytes_far_below_the_header(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"a,b\n" + b"1,x\n" * 400_000 + b"2,\xe9\n")
    assert message(path).startswith("a.csv: line 400002 cannot be read: it is not UTF-8 text.")


def test_a_truncated_parquet_file(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pd.DataFrame({"a": np.arange(1000)}).to_parquet(whole)
    path = write(tmp_path / "cut.parquet", whole.read_bytes()[:-100])
    assert message(path).startswith("cut.parquet: this Parquet file is damaged or incomplete (")


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"there is no file '.*nothing\.csv'\. Check the spelling and the folder\."):
        open_engine(tmp_path / "nothing.csv")


@pytest.mark.parametrize("url", ["https://example.org/a.parquet", "s3://bucket/a.csv"])
def test_no_network(url: str) -> None:
    with pytest.raises(ReadError, match="there is no file"):
        open_engine(url, "duckdb")


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_what_csv_columns_are(engine: str, tmp_path: Path) -> None:
    text = (
        "whole,real,code,truth,text,mixed,none,small\n"
        "1,1.5,01,TRUE,NA,1,,2\n"
        " 2,NA,02,false,é;x,x,,\n"
        "-3,2e3,10,,,3,,NaN\n"
    )
    path = write(tmp_path / "a b.csv", "\ufeff" + text.replace("\n", "\r\n"))
    opened = open_engine(path, engine)
    assert opened.columns == ("whole", "real", "code", "truth", "text", "mixed", "none", "small")
    kinds = {name: opened.describe(Column(name)) for name in opened.columns}
    assert {name for name, kind in kinds.items() if kind.categories is not None} == {"code", "text", "mixed"}
    assert kinds["code"].categories == ("01", "02", "10")
    # In text only an empty field is missing: 'NA' may be Namibia.
    assert kinds["text"].categories == ("NA", "é;x")
    assert opened.levels(Column("truth")) == (False, True)
    assert opened.levels(Column("whole")) == (-3, 1, 2)
    assert opened.levels(Column("real")) == (1.5, 2000)
    assert opened.levels(Column("none")) == ()
    assert opened.levels(Column("small")) == (2,)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_separators(delimiter: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f'"a, b"{delimiter}c\n1{delimiter}2\n3{delimiter}4\n')
    assert mean(Survey(path, engine="duckdb"), ["a, b", "c"]).estimate.tolist() == [2, 3]


def test_hostile_file_names(tmp_path: Path) -> None:
    for name in ("a'b.csv", "a*b.csv", "a[1].csv", "a?.csv", 'a";drop.csv'):
        path = write(tmp_path / name, "x\n1\n3\n")
        write(tmp_path / "a1.csv", "x\n100\n")
        assert mean(Survey(path, engine="duckdb"), "x").estimate.tolist() == [2]


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_folders_and_patterns(engine: str, tmp_path: Path) -> None:
    for year in (2020, 2021):
        pd.DataFrame({"y": [1.0 * year, 2.0], "g": pd.Categorical(["b", "a"], ["b", "a"])}).to_parquet(
            tmp_path / f"{year}.parquet"
        )
    for path in (tmp_path, str(tmp_path / "*.parquet"), tmp_path / "20*.parquet"):
        survey = Survey(path, engine=engine)
        assert survey.engine.rows == 4
        assert mean(survey, "y").estimate.tolist() == [(2020 + 2021 + 4) / 4]
        assert proportion(survey, "g").names == ("b", "a")
    pd.DataFrame({"z": [1.0, 2.0]}).to_parquet(tmp_path / "odd.parquet")
    with pytest.raises(ReadError, match=r"its columns are not those of 2020\.parquet"):
        mean(Survey(tmp_path, engine=engine), "y")


def test_mixed_folder(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "a\n1\n")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(ReadError, match="Parquet and CSV files are mixed"):
        open_engine(tmp_path)


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_names_that_differ_in_case_only(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"Sales": [1.0, 3.0], "sales": [10.0, 30.0], "c0": [5.0, 5.0]}).to_parquet(path)
    survey = Survey(path, engine=engine)
    assert mean(survey, ["sales", "Sales", "c0"]).estimate.tolist() == [20, 2, 5]
    with pytest.raises(ColumnError, match="Did you mean"):
        mean(survey, "SALES")


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_categories_of_a_parquet_file_keep_their_order(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    size = pd.Categorical(["small", "large", None, "small"], ["small", "medium", "large"], ordered=True)
    pd.DataFrame({"size": size, "y": [1.0, 2.0, 3.0, 4.0]}).to_parquet(path, row_group_size=1)
    survey = Survey(path, engine=engine)
    assert survey.engine.levels(Column("size")) == ("small", "medium", "large")
    assert mean(survey.where("size >= 'medium'"), "y").estimate.tolist() == [2.0]


def test_the_engine_follows_the_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"y": np.arange(1000.0)}).to_parquet(path)
    assert isinstance(open_engine(path), MemoryEngine)
    monkeypatch.setattr("surveykit.engine.open._memory", lambda: 10_000)
    assert isinstance(open_engine(path), DuckEngine)
    assert isinstance(open_engine(path, "memory"), MemoryEngine)


def test_unknown_engine() -> None:
    with pytest.raises(SurveykitError, match=r"engine='spark' is not known\. Choose 'auto', 'memory' or 'duckdb'\."):
        open_engine({"a": [1]}, "spark")  # type: ignore[arg-type]


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "a.csv", "a,b\n1,x\n2,y\n")
    mean(Survey(path, engine="duckdb"), "a", by="b")
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
