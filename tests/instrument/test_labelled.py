"""SPSS, Stata, DDI and Table Schema: codes, labels and missing codes come out and come back."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pandas as pd
import pyreadstat
import pytest

from surveykit.errors import ReadError
from surveykit.instrument import Instrument, parse_instrument, read_instrument
from surveykit.instrument.ddi import to_ddi
from surveykit.instrument.labelled import STATA_MISSING, write_dta, write_sav
from surveykit.instrument.labelled_reading import read_labelled
from surveykit.instrument.spss import to_spss_syntax, write_spss_syntax
from surveykit.instrument.table_schema import to_table_schema
from surveykit.instrument.writing import instrument_of
from tests.instrument.examples import FIELD_INSTRUMENTS, INSTRUMENTS, TINY
from tests.instrument.walks import walks

DDI = "{ddi:codebook:2_5}"
# Sequence of the elements of a variable in the schema of DDI-Codebook 2.5, as far as they are written here.
VAR_ORDER = ["labl", "qstn", "valrng", "invalrng", "universe", "catgry", "concept", "derivation", "varFormat", "notes"]


@pytest.fixture(params=FIELD_INSTRUMENTS, ids=lambda path: path.stem, scope="module")
def instrument(request: pytest.FixtureRequest) -> Instrument:
    return read_instrument(request.param)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("suffix", ["sav", "zsav", "dta"])
def test_columns_codes_labels_and_missing_codes_come_back(
    instrument: Instrument, tmp_path: Path, suffix: str, language: str
) -> None:
    frame = walks(instrument, 12, seed=5).frame
    write = write_dta if suffix == "dta" else write_sav
    path = write(instrument, frame, tmp_path / f"data.{suffix}", language=language)
    draft = read_labelled(path, language=language)
    again = instrument_of(draft).columns
    limit = 80 if suffix == "dta" else 255
    for column in instrument.columns:
        assert column.name in again.names
        read = again[column.name]
        if not column.coded:
            continue
        assert sorted(read.values) == sorted(column.values), column.name
        if read.kind != "indicator":
            assert {code: label[language] for code, label in read.values.items()} == {
                code: label[language] for code, label in column.values.items()
            }
            if len(column.label[language] if suffix == "dta" else column.label[language].encode()) <= limit:
                assert read.label[language] == column.label[language]
        assert {code: label[language] for code, label in read.missing.items()} == {
            code: label[language] for code, label in column.missing.items()
        }


def test_values_survive(tmp_path: Path) -> None:
    instrument = parse_instrument(TINY)
    frame = walks(instrument, 40, seed=9).frame
    data, meta = pyreadstat.read_sav(str(write_sav(instrument, frame, tmp_path / "a.sav")), user_missing=True)
    for column in instrument.columns:
        if column.coded:
            assert data[column.name].to_list() == frame[column.name].astype(float).to_list()
    assert meta.missing_ranges["X2"] == [{"lo": -99.0, "hi": -93.0}]
    stata, meta = pyreadstat.read_dta(str(write_dta(instrument, frame, tmp_path / "a.dta")), user_missing=True)
    expected = [STATA_MISSING.get(int(value), float(value)) for value in frame["X2"]]
    assert [value if isinstance(value, str) else float(value) for value in stata["X2"]] == expected


def test_spss_syntax(instrument: Instrument, tmp_path: Path) -> None:
    text = to_spss_syntax(instrument, "data.csv")
    for column in instrument.columns:
        assert f"VARIABLE LABELS {column.name} '" in text
        assert (f"MISSING VALUES {column.name} (-99 THRU -93)." in text) == (column.kind not in ("text", "date"))
    sets = {column.name.rsplit("_", 1)[0] for column in instrument.columns if column.kind == "indicator"}
    assert text.count("MRSETS /MDGROUP") == len(sets)
    assert write_spss_syntax(instrument, tmp_path / "a.sps", "data.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_no_label_can_end_an_spss_command() -> None:
    text = TINY.replace("{en: Where,", """{en: "a'. ERASE FILE='x'.\\nEXECUTE.", """)
    text = text.replace("{en: Mail,", """{en: "it's",""")
    syntax = to_spss_syntax(parse_instrument(text), "it's.csv")
    assert "VARIABLE LABELS S1 'a''. ERASE FILE=''x''. EXECUTE.'." in syntax
    assert "'Which services - it''s'" in syntax
    assert "/FILE='it''s.csv'" in syntax


def test_ddi(instrument: Instrument) -> None:
    book = ET.fromstring(to_ddi(instrument))
    variables = {variable.get("name"): variable for variable in book.iter(f"{DDI}var")}
    assert list(variables) == [*instrument.columns.names, *(derived.id for derived in instrument.derived)]
    for variable in variables.values():
        order = [VAR_ORDER.index(child.tag.removeprefix(DDI)) for child in variable]
        assert order == sorted(order), "the standard prescribes the sequence of elements"
    identifiers = [element.get("ID") for element in book.iter() if element.get("ID")]
    assert len(identifiers) == len(set(identifiers))
    for column in instrument.columns:
        categories = variables[column.name].findall(f"{DDI}catgry")
        codes = {int(c.findtext(f"{DDI}catValu") or 0): c.get("missing") == "Y" for c in categories}
        expected = dict.fromkeys(column.values, False) | dict.fromkeys(column.missing, True)
        assert codes == (expected if column.coded else {})
    for group in book.iter(f"{DDI}varGrp"):
        assert set((group.get("var") or "").split()) <= set(identifiers)


def test_ddi_says_who_was_asked_and_where_bands_end() -> None:
    text = to_ddi(read_instrument(INSTRUMENTS / "digital_services_firm.yaml"))
    assert "<preQTxt>Asked if X1 in (2, 3, 4)</preQTxt>" in text
    assert "3: (25, 50]" in text
    assert "3: [25, 50)" in text
    assert 'xml:lang="ja"' in text


def test_table_schema(instrument: Instrument) -> None:
    schema = to_table_schema(instrument)
    json.dumps(schema)
    assert [field["name"] for field in schema["fields"]] == list(instrument.columns.names)
    for field in schema["fields"]:
        column = instrument.columns[field["name"]]
        if column.coded:
            assert field["constraints"]["enum"] == sorted(column.values)
            jsonschema.validate(next(iter(column.values)), {"enum": field["constraints"]["enum"]})
    assert {entry["value"] for entry in schema["missingValues"]} == {"", *(str(code) for code in range(-99, -92))}


@pytest.mark.parametrize(
    "name", ["spss_alltypes_mrsets.sav", "spss_cola_mrsets.sav", "spss_ilock_qualtrics.sav", "spss_sample.zsav",
             "spss_sample_usermissing.sav", "ona_children_main.sav", "stata_hfc_backcheck.dta",
             "stata_sample_labels.dta", "stata_tagged_na_int.dta"],
)  # fmt: skip
def test_real_files_become_drafts(reference: Path, name: str) -> None:
    draft = read_labelled(reference / "exports" / name)
    rules = {finding.rule for finding in draft.findings if finding.severity == "error"}
    assert rules <= {"same-label", "duplicate-column"}, draft.findings


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.sav").write_bytes(b"no data")
    with pytest.raises(ReadError, match="cannot be read"):
        read_labelled(tmp_path / "a.sav")
    with pytest.raises(ReadError, match=r"is no \.sav, \.zsav or \.dta file"):
        read_labelled(tmp_path / "a.csv")


def test_a_frame_without_any_column(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="Code the answers to the instrument first"):
        write_sav(parse_instrument(TINY), pd.DataFrame({"x": [1]}), tmp_path / "a.sav")
