"""Indicators against the recorded values of four tools, the toy solvable by hand, and their identities."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import TradeError
from surveykit.trade import INDICATORS, InterCountryTable, indicators
from surveykit.trade.long_frames import COLUMNS
from surveykit.trade.tables import make_table
from tests.trade.layouts import Specimen, specimen
from tests.trade.reference_tables import LEVEL, POINTS, expected_frame, expected_json, folder, reference_table, stems

CODES = ("A01_02", "C10T12", "C26", "D", "J61", "J62_63")


def as_table(s: Specimen) -> InterCountryTable:
    return make_table(
        s.rows,
        labels=[f"{region}_{code}" for region, code in s.rows],
        intermediate=s.Z,
        final_demand=s.Y,
        demands=s.demands,
        accounts={"value_added": s.VA, "taxes": s.TLS, "output": s.x},
        year=2020,
    )


@pytest.fixture(scope="module")
def table() -> InterCountryTable:
    return as_table(specimen(("JPN", "DEU", "USA", "ROW"), CODES, ("HFCE", "GFCF"), taxes=0.0))


@pytest.mark.parametrize("stem", stems("country.json"))
def test_every_country_indicator_of_the_reference(stem: str) -> None:
    found = indicators(reference_table(stem), industries="_T").set_index(["reporter", "indicator"])
    assert found.index.is_unique
    for country, wanted in expected_json(stem, "country").items():
        for name, value in wanted.items():
            row = found.loc[(country, name)]
            tolerance = {"abs": POINTS} if row["unit"] == "PCT" else {"rel": LEVEL}
            assert row["value"] == pytest.approx(value, **tolerance), (country, name)


@pytest.mark.parametrize("stem", stems("industry.csv"))
def test_every_industry_indicator_of_the_reference(stem: str) -> None:
    found = indicators(reference_table(stem)).set_index(["indicator", "reporter", "activity"])["value"]
    wanted = expected_frame(stem, "industry").melt(["country", "industry"])
    got = found.reindex(pd.MultiIndex.from_frame(wanted[["variable", "country", "industry"]]))
    np.testing.assert_allclose(got.to_numpy(), wanted["value"].to_numpy(), rtol=LEVEL, atol=LEVEL)


@pytest.mark.parametrize("stem", stems("bilateral.csv"))
def test_every_bilateral_flow_of_the_reference(stem: str) -> None:
    wanted = expected_frame(stem, "bilateral").set_index(["exporter", "importer"])
    table = reference_table(stem)
    total = indicators(table, ["EXGR", "EXGR_DVA", "FFD_DVA"], industries="_T", partner="each")
    parts = {"EXGR": "EXGR", "EXGR_DVA": "EXGR_DVA", "VAX_absorbed": "FFD_DVA"}
    frames = {name: total[total["indicator"] == code] for name, code in parts.items()}
    frames["MANUF_EXGR"] = indicators(table, "EXGR", industries="MANUF", partner="each")
    frames["SERV_EXGR"] = indicators(table, "EXGR", industries="SERV", partner="each")
    assert set(frames) == set(wanted.columns)
    for name, frame in frames.items():
        got = frame.set_index(["reporter", "partner"])["value"].reindex(wanted.index)
        np.testing.assert_allclose(got, wanted[name], rtol=LEVEL, atol=LEVEL, err_msg=name)


@pytest.mark.parametrize("stem", ["tiny_wiod13_2011_4x4"])
def test_the_tiny_table_has_its_levels_and_no_sections(stem: str) -> None:
    found = indicators(reference_table(stem), industries="_T").set_index(["reporter", "indicator"])
    for country, wanted in expected_json(stem, "").items():
        for name in {"EXGR", "EXGR_DVA", "EXGR_FVA", "FFD_DVA", "DFD_FVA"} & set(wanted):
            assert found.loc[(country, name), "value"] == pytest.approx(wanted[name], rel=LEVEL)
        mode5 = found.loc[(country, "MODE5_DOM")]
        assert np.isnan(mode5["value"])
        assert "carry no ISIC sections" in mode5["reason"]


def test_the_toy_that_is_solvable_by_hand() -> None:
    toy = json.loads((folder() / "toy_2x1_closed_form.json").read_text())
    x, Y = np.array(toy["x"]), np.array(toy["Y"], dtype=float)
    table = make_table(
        [("c0", "S0"), ("c1", "S0")],
        labels=["c0_S0", "c1_S0"],
        intermediate=np.array(toy["A"]) * x,
        final_demand=Y,
        demands=[("c0", "FD"), ("c1", "FD")],
        accounts={"value_added": np.array(toy["v"]) * x, "taxes": np.zeros(2), "output": x},
    )
    found = indicators(table, industries="_T").set_index(["indicator", "reporter"])["value"]
    for name in ("EXGR", "EXGR_DVA", "EXGR_FVA", "FFD_DVA", "DFD_FVA", "VALU"):
        assert found[name].to_list() == pytest.approx(toy[name], rel=1e-12), name


@given(seed=st.integers(0, 10_000), taxes=st.sampled_from([0.0, 0.05]))
@settings(max_examples=15)
def test_identities_hold_on_any_table(seed: int, taxes: float) -> None:
    table = as_table(specimen(("JPN", "DEU", "ROW"), CODES, ("HFCE", "GFCF"), seed=seed, taxes=taxes))
    f = indicators(table, industries="_T").pivot(index="reporter", columns="indicator", values="value")

    def close(one: pd.Series, other: pd.Series) -> None:
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)

    close(f["EXGR_DDC"] + f["EXGR_IDC"] + f["EXGR_RIM"], f["EXGR_DVA"])
    close(f["EXGR_DVA"] + f["EXGR_FVA"], f["EXGR"])
    close(f["EXGR_INT"] + f["EXGR_FNL"], f["EXGR"])
    close(f["DFD_DVA"] + f["DFD_FVA"], f["FD_VA"])
    close(f["FFD_DVA"] + f["DFD_DVA"], f["VALU"])
    assert f["BALVAFD"].sum() == pytest.approx(0, abs=1e-7)
    assert f["EXGR"].sum() == pytest.approx(f["IMGR"].sum(), rel=1e-12)
    assert f["FEXDVA"].sum() == pytest.approx((f["EXGR_FVA"]).sum(), rel=1e-9) or taxes
    if not taxes:
        close(f["BALVAFD"], f["EXGR"] - f["IMGR"])
    assert (f[["UPSTREAMNESS_OUTPUT", "DOWNSTREAMNESS_OUTPUT"]] >= 1).all(axis=None)


def test_industries_and_partners_add_to_the_total(table: InterCountryTable) -> None:
    additive = [name for name, item in INDICATORS.items() if not item.denominator]
    total = indicators(table, additive, industries="_T").set_index(["indicator", "reporter"])["value"]
    by_industry = indicators(table, additive)
    summed = by_industry[by_industry["activity"] != "_T"].groupby(["indicator", "reporter"])["value"].sum()
    pd.testing.assert_series_equal(summed, total.sort_index(), rtol=1e-10)
    by_partner = indicators(table, additive, industries="_T", partner="each")
    summed = by_partner.groupby(["indicator", "reporter"])["value"].sum()
    assert {"EXGR", "IMGR", "FFD_DVA", "BALVAFD", "FEXDVA"} <= set(summed.index.get_level_values(0))
    pd.testing.assert_series_equal(summed, total.reindex(summed.index), rtol=1e-10)


def test_backward_and_forward_participation_name_the_same_partner(table: InterCountryTable) -> None:
    names = ["DEXFVAPSH", "FEXDVA", "EXGR"]
    world = indicators(table, names, industries="_T").set_index(["indicator", "reporter"])["value"]
    each = indicators(table, names, industries="_T", partner="each").set_index(["indicator", "reporter", "partner"])[
        "value"
    ]
    np.testing.assert_allclose(each["DEXFVAPSH"].groupby("reporter").sum(), world["DEXFVAPSH"].sort_index(), rtol=1e-10)
    for exporter, origin in (("JPN", "DEU"), ("USA", "ROW")):
        inside = each["FEXDVA", origin, exporter]
        assert each["DEXFVAPSH", exporter, origin] == pytest.approx(100 * inside / world["EXGR", exporter], rel=1e-10)


def test_the_long_frame_has_its_columns_and_types(table: InterCountryTable) -> None:
    frame = indicators(
        table, ["EXGR", "EXGR_DVASH"], country="Japan", industries=["C26", "J61"], partner=["DEU", "USA"]
    )
    assert list(frame.columns) == list(COLUMNS)
    assert frame["activity"].unique().tolist() == ["C26+J61"]
    assert frame["partner"].unique().tolist() == ["DEU", "USA"]
    assert frame["reporter"].unique().tolist() == ["JPN"]
    assert frame["unit"].unique().tolist() == ["USD_MN", "PCT"]
    assert frame["year"].unique().tolist() == [2020]


def test_an_undefined_share_is_missing_with_its_reason(table: InterCountryTable) -> None:
    s = specimen(("JPN", "ROW"), ("C26", "J61"), ("HFCE",), taxes=0.0)
    Z, Y = s.Z.copy(), s.Y.copy()
    Z[1, 2:], Y[1, 1] = 0.0, 0.0
    x = Z.sum(axis=1) + Y.sum(axis=1)
    closed = as_table(Specimen(s.regions, s.industries, s.categories, Z, Y, x - Z.sum(axis=0), s.TLS, x))
    frame = indicators(closed, ["EXGR_DVASH", "VAX_RATIO"], country="JPN", industries="J61")
    assert frame["value"].isna().all()
    assert frame["reason"].tolist() == ["no exports: the ratio is not defined"] * 2
    whole = indicators(reference_table("wiod13_2011_11reg"))
    assert not np.isinf(whole["value"]).any()
    assert (whole["value"].isna() == (whole["reason"] != "")).all()


def test_taxes_apart_are_said_and_can_be_counted_as_value_added() -> None:
    table = as_table(specimen(("JPN", "ROW"), CODES, ("HFCE",), taxes=0.05))
    frame = indicators(table, "EXGR_FVA", industries="_T")
    assert frame["method"].str.contains("includes taxes less subsidies").all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"names": "EXGR_DVAA"}, "Did you mean 'EXGR_DVA'"),
        ({"names": "EXGR_BSCI"}, "Use origin_of_value_added"),
        ({"country": "JPM"}, "Did you mean 'JPN'"),
        ({"industries": "C27"}, "C27"),
        ({"industries": []}, "empty list"),
    ],
)
def test_what_the_table_cannot_answer_is_refused(
    arguments: dict[str, object], message: str, table: InterCountryTable
) -> None:
    with pytest.raises(TradeError, match=message):
        indicators(table, **arguments)  # type: ignore[arg-type]
