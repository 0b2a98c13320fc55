"""The six instruments of the field: sound, bilingual, and with the cut points that the sources fix."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from surveykit import classifications
from surveykit.instrument import check_instrument, json_schema, read_instrument
from tests.instrument.examples import FIELD_INSTRUMENTS, INSTRUMENTS

NAMES = ["creators", "data_risk", "dfft_experts", "digital_services_firm", "overseas_barriers", "rule_positions"]


def test_all_six_are_here() -> None:
    assert [path.stem for path in FIELD_INSTRUMENTS] == NAMES


@pytest.mark.parametrize("path", FIELD_INSTRUMENTS, ids=lambda path: path.stem)
def test_sound_without_a_single_finding(path: Path) -> None:
    instrument, findings = check_instrument(path)
    assert findings == ()
    assert instrument is not None
    assert instrument.languages == ("ja", "en")
    assert (instrument.fielded, instrument.published) == ("ja", "en")


@pytest.mark.parametrize("path", FIELD_INSTRUMENTS, ids=lambda path: path.stem)
def test_header_says_what_is_fixed_and_what_is_reconstruction(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header = text[: text.index("\ninstrument:")]
    assert "WHAT THE SOURCE FIXES" in header
    assert "WHAT IS RECONSTRUCTION" in header
    about = read_instrument(path).about
    assert about is not None
    assert about.fixed
    assert about.reconstructed


def test_cut_points_of_the_published_figures() -> None:
    """Figure 8 needs 'over 25' of exports and '25 or more' of spending; Figure 13 'over 25' of spending."""
    a = read_instrument(INSTRUMENTS / "digital_services_firm.yaml").columns
    b = read_instrument(INSTRUMENTS / "creators.yaml").columns
    assert (a["X2"].bands[3].lo, a["X2"].bands[3].closed) == (25, "right")
    assert (a["FS1"].bands[3].lo, a["FS1"].bands[3].closed) == (25, "left")
    assert (b["CR6"].bands[3].lo, b["CR6"].bands[3].closed) == (25, "right")
    assert (a["D1"].bands[3].lo, a["D1"].bands[3].hi, a["D1"].bands[3].closed) == (5, 10, "left")
    assert (a["V2"].bands[6].lo, a["V2"].bands[6].closed) == (20, "left")
    assert (b["V2"].bands[5].lo, b["V2"].bands[5].closed) == (10, "left")
    assert (a["C1"].bands[3].lo, a["C1"].bands[3].closed) == (10, "right")
    assert (a["C1"].bands[5].lo, a["C1"].bands[5].closed) == (40, "neither")
    assert [(band.lo, band.hi) for band in a["F1"].bands.values()] == [(1, 10), (11, 50), (51, 500), (501, None)]


def test_the_action_table_is_ragged() -> None:
    """14 actions stand in 13 of the 18 cells of aim x kind."""
    actions = read_instrument(INSTRUMENTS / "data_risk.yaml").lists["actions"]
    assert len(actions) == 14
    assert len({(action.tags["phase"], action.tags["aim"], action.tags["kind"]) for action in actions}) == 13
    assert len({(action.tags["phase"], action.tags["aim"]) for action in actions}) * 3 == 18


def test_names_used_elsewhere() -> None:
    a = read_instrument(INSTRUMENTS / "digital_services_firm.yaml")
    assert {"FS1", "X2", "V1", "F1", "S3", "D1", "P_dur"} <= set(a.columns.names)
    derived = {variable.id for variable in a.derived}
    assert {
        "exporter", "export_intensive", "size4", "sector3", "n_foreign", "n_foreign_ge5", "us_any",
        "foreign_share_ge25",
        "v_extremely", "gain_ge10", "gain_ge20", "cost_gt10", "cost_gt40",
    } == derived  # fmt: skip
    assert [check.id for check in a.checks] == [f"K{number}" for number in range(1, 13)]


@pytest.mark.parametrize("path", FIELD_INSTRUMENTS, ids=lambda path: path.stem)
def test_classification_codes_exist(path: Path) -> None:
    instrument = read_instrument(path)
    for question in instrument.questions:
        for option in question.options:
            for scheme, codes in option.maps_to.items():
                if scheme == "iso3":
                    assert [classifications.country(code).iso3 for code in codes] == list(codes)
                else:
                    known = classifications_codes(scheme)
                    assert set(codes) <= known, (question.id, option.code, scheme)


def classifications_codes(scheme: str) -> set[str]:
    folder = Path(classifications.__file__).parent / "data"
    if scheme == "icio2023":
        lines = (folder / "industries.csv").read_text(encoding="utf-8").splitlines()
        return {line.split(",")[2] for line in lines if line.startswith("icio2023,")}
    return {line.split(",")[0] for line in (folder / f"{scheme}.csv").read_text(encoding="utf-8").splitlines()[1:]}


def test_json_schema_for_editors_is_in_step() -> None:
    published = json.loads((INSTRUMENTS / "instrument.schema.json").read_text(encoding="utf-8"))
    assert published == json_schema()
    for path in FIELD_INSTRUMENTS:
        assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=instrument.schema.json\n")
