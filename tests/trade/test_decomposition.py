"""Decompositions against the recorded output of decompr and exvatools, and against what their definitions imply."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import TradeError
from surveykit.trade import decompose, indicators
from tests.trade.layouts import specimen
from tests.trade.reference_tables import LEVEL, expected_frame, reference_table, stems
from tests.trade.test_value_added import CODES, as_table

# method of the recorded file -> how it is asked for here
RECORDED = {
    "bm_src": {"method": "borin_mancini", "approach": "source"},
    "bm_snk": {"method": "borin_mancini", "approach": "sink"},
    "my": {"method": "miroudot_ye"},
    "oecd": {"method": "oecd"},
}


@pytest.mark.parametrize("stem", stems("exvatools.csv"))
@pytest.mark.parametrize("method", RECORDED)
def test_totals_by_exporter(stem: str, method: str) -> None:
    wanted = expected_frame(stem, "exvatools").set_index(["method", "exporter", "term"])["value"].loc[method]
    frame = decompose(reference_table(stem), **RECORDED[method])  # type: ignore[arg-type]
    assert frame["method"].str.startswith(RECORDED[method]["method"]).all()
    got = frame.set_index(["reporter", "indicator"])["value"]
    np.testing.assert_allclose(got.reindex(wanted.index), wanted, rtol=LEVEL)


@pytest.mark.parametrize("stem", stems("exvatools.csv"))
def test_koopman_wang_wei_in_its_broad_terms(stem: str) -> None:
    wanted = expected_frame(stem, "exvatools").set_index(["method", "term", "exporter"])["value"].loc["kww"]
    terms = decompose(reference_table(stem), "kww").pivot(index="reporter", columns="indicator", values="value")
    domestic = terms[["DVA_FIN", "DVA_INT", "DVA_INTrex", "RDV_FIN", "RDV_INT"]].sum(axis=1)
    got = {
        "EXGR": terms.sum(axis=1),
        "DC": domestic + terms["DDC"],
        "DVA": domestic,
        "VAX": terms[["DVA_FIN", "DVA_INT", "DVA_INTrex"]].sum(axis=1),
        "REF": terms[["RDV_FIN", "RDV_INT"]].sum(axis=1),
        "DDC": terms["DDC"],
        "FC": terms[["FVA_FIN", "FVA_INT", "FDC"]].sum(axis=1),
        "FVA": terms["FVA_FIN"] + terms["FVA_INT"],
        "FDC": terms["FDC"],
    }
    assert set(got) == set(wanted.index.get_level_values("term"))
    for name, values in got.items():
        np.testing.assert_allclose(values.reindex(wanted[name].index), wanted[name], rtol=LEVEL, err_msg=name)


@pytest.mark.parametrize("stem", stems("kww.csv"))
def test_the_nine_terms(stem: str) -> None:
    wanted = expected_frame(stem, "kww").set_index("Country").drop(columns="Unnamed: 0")
    got = decompose(reference_table(stem), "kww").pivot(index="reporter", columns="indicator", values="value")
    assert set(got.columns) == set(wanted.columns)
    np.testing.assert_allclose(got.loc[wanted.index, wanted.columns], wanted, rtol=LEVEL)


def _sixteen(stem: str, by: str, wanted: pd.DataFrame) -> None:
    """Compare the sixteen terms, the gross flows beside them and the last column, value added counted once."""
    table = reference_table(stem)
    keys = ["reporter", "partner"] if by == "partner" else ["reporter"]
    got = decompose(table, "wwz", by=by).pivot(index=keys, columns="indicator", values="value").loc[wanted.index]  # type: ignore[arg-type]
    assert got.shape[1] == 16
    np.testing.assert_allclose(got, wanted[got.columns], rtol=LEVEL, atol=LEVEL)
    np.testing.assert_allclose(got.sum(axis=1), wanted["texp"], rtol=LEVEL)
    gross = indicators(
        table, ["EXGR", "EXGR_INT", "EXGR_FNL"], industries="_T", partner="each" if by == "partner" else None
    )
    gross = gross.pivot(index=keys, columns="indicator", values="value").loc[wanted.index]
    for name, column in (("EXGR", "texp"), ("EXGR_INT", "texpint"), ("EXGR_FNL", "texpfd")):
        np.testing.assert_allclose(gross[name], wanted[column], rtol=LEVEL, err_msg=column)
    for column in [name for name in wanted.columns if "diff" in name]:
        np.testing.assert_allclose(
            wanted[column], 0.0, atol=1e-4, err_msg=f"{column}: the recorded terms add to the flow"
        )
    once = decompose(table, "borin_mancini", by=by)  # type: ignore[arg-type]
    once = once[once["indicator"] == "DVA"].set_index(keys)["value"]
    np.testing.assert_allclose(once.loc[wanted.index], wanted["DViX_Fsr"], rtol=LEVEL)


@pytest.mark.parametrize("stem", stems("wwz_bilateral.csv"))
def test_the_sixteen_terms_by_importer(stem: str) -> None:
    wanted = expected_frame(stem, "wwz_bilateral").rename(columns={"exporter": "reporter", "importer": "partner"})
    wanted = wanted[wanted["reporter"] != wanted["partner"]].set_index(["reporter", "partner"])
    _sixteen(stem, "partner", wanted)


@pytest.mark.parametrize("stem", stems("wwz_by_exporter.csv"))
def test_the_sixteen_terms_by_exporter(stem: str) -> None:
    _sixteen(stem, "country", expected_frame(stem, "wwz_by_exporter").set_index("exporter").rename_axis("reporter"))


def wide(table: object, method: str, **options: str) -> pd.DataFrame:
    frame = decompose(table, method, **options)  # type: ignore[arg-type]
    return frame.pivot(index=["reporter", "partner", "activity"], columns="indicator", values="value")


@given(seed=st.integers(0, 10_000), taxes=st.sampled_from([0.0, 0.05]))
@settings(max_examples=8)
def test_what_the_definitions_imply(seed: int, taxes: float) -> None:
    table = as_table(specimen(("JPN", "DEU", "USA", "ROW"), CODES[:4], ("HFCE", "GFCF"), seed=seed, taxes=taxes))
    exports = indicators(table, "EXGR", industries="_T").set_index("reporter")["value"]
    bm = {
        (p, a): wide(table, "borin_mancini", perspective=p, approach=a).droplevel([1, 2])
        for p, a in (("exporter", "source"), ("exporter", "sink"), ("world", "source"), ("world", "sink"))
    }
    for name, f in bm.items():
        np.testing.assert_allclose(
            f["DVA"] + f["DDC"] + f["FVA"] + f["FDC"], exports.loc[f.index], rtol=1e-9, err_msg=str(name)
        )
    shared = ["DVA", "VAX", "REF", "DDC", "FVA", "FDC"]
    np.testing.assert_allclose(bm["exporter", "source"][shared], bm["exporter", "sink"][shared], rtol=1e-8, atol=1e-8)
    if not taxes:
        first, last = (bm["world", way][["DVA", "FVA"]].sum().sum() for way in ("source", "sink"))
        assert first == pytest.approx(last, rel=1e-9)
    for method in ("kww", "wwz"):
        terms = decompose(table, method)
        assert ("TLS" in set(terms["indicator"])) == bool(taxes)
        np.testing.assert_allclose(terms.groupby("reporter")["value"].sum().loc[exports.index], exports, rtol=1e-9)
    one = wide(table, "borin_mancini", perspective="bilateral", by="partner")
    other = wide(table, "borin_mancini", perspective="exporter", by="partner")
    assert (one["DVA"] >= other["DVA"] - 1e-9).all()
    assert (one["DVA"] <= one["DC"] + 1e-9).all()


def test_bilateral_perspective_takes_one_flow_out_of_the_table() -> None:
    s = specimen(("JPN", "DEU", "ROW"), CODES[:3], ("HFCE",), taxes=0.0)
    table = as_table(s)
    A, v, N = s.Z / s.x, s.VA / s.x, 3
    cut = A.copy()
    cut[:N, N : 2 * N] = 0.0
    B = np.linalg.inv(np.eye(len(A)) - cut)
    sold = s.Z[:N, N : 2 * N].sum(axis=1) + s.Y[:N, 1]
    found = wide(table, "borin_mancini", perspective="bilateral", by="partner_industry", country="JPN").loc[
        ("JPN", "DEU")
    ]
    np.testing.assert_allclose(found["DVA"].loc[list(s.industries)], (v[:N] @ B[:N, :N]) * sold, rtol=1e-10)
    np.testing.assert_allclose(found["FVA"].loc[list(s.industries)], (v[N:] @ B[N:, :N]) * sold, rtol=1e-10)


@pytest.mark.parametrize("method", ["wwz", "borin_mancini", "miroudot_ye"])
def test_partners_and_industries_add_to_the_country(method: str) -> None:
    table = as_table(specimen(("JPN", "DEU", "ROW"), CODES, ("HFCE",), taxes=0.0))
    whole = decompose(table, method, country="Japan").set_index("indicator")["value"]
    for by in ("partner", "industry", "partner_industry"):
        parts = decompose(table, method, country="JPN", by=by).groupby("indicator")["value"].sum()  # type: ignore[arg-type]
        np.testing.assert_allclose(parts.loc[whole.index], whole, rtol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "wzw"}, "Did you mean 'wwz'"),
        ({"method": "kww", "by": "partner"}, "country's total exports only"),
        ({"method": "wwz", "approach": "sink"}, "has no perspective or approach"),
        ({"method": "borin_mancini", "perspective": "bilateral", "approach": "sink"}, "is not defined"),
        ({"method": "wwz", "by": "partners"}, "Did you mean 'partner'"),
    ],
)
def test_what_a_method_does_not_define_is_refused(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(TradeError, match=message):
        decompose(reference_table("tiny_wiod13_2011_4x4"), **arguments)  # type: ignore[arg-type]
