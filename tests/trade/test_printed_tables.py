"""METI's printed tables reproduce, and rounding is told apart from error."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from surveykit.trade import check_ranking_table, compare_printed


def _table(reference: Path, flow: str) -> pd.DataFrame:
    raw = pd.read_csv(reference / "trade" / f"seed_batis_top20_{flow}.csv", dtype="str")
    values = raw["value_2023_usd_bn"].str.removesuffix(".0")
    return pd.DataFrame(
        {"code": raw["iso3"], "value": values, "share": raw["share_pct"], "growth": raw["aagr_2005_2023_pct"]}
    )


@pytest.mark.parametrize("flow", ["exports", "imports"])
def test_table_2_reproduces(reference: Path, flow: str) -> None:
    checks = check_ranking_table(_table(reference, flow), periods=18)
    assert len(checks) == 43
    assert not (checks["verdict"] == "error").any()
    rounding = checks.loc[checks["verdict"] == "rounding", "what"]
    assert list(rounding) == ["_SUBTOTAL value", "_SUBTOTAL share added"]


@pytest.mark.parametrize(
    ("code", "column", "value", "broken"),
    [
        ("JPN", "share", "2.7", {"JPN share"}),
        ("_SUBTOTAL", "value", "5552", {"_SUBTOTAL share", "_SUBTOTAL value"}),
        ("_SUBTOTAL", "growth", "6.9", {"_SUBTOTAL growth"}),
    ],
)
def test_an_error_is_found(reference: Path, code: str, column: str, value: str, broken: set[str]) -> None:
    table = _table(reference, "exports")
    table.loc[table["code"] == code, column] = value
    checks = check_ranking_table(table, periods=18)
    assert set(checks.loc[checks["verdict"] == "error", "what"]) == broken


@pytest.mark.parametrize(
    ("stated", "value", "half", "verdict"),
    [
        ("2.5", 2.549, 0.0, "exact"),
        ("2.5", 2.551, 0.01, "rounding"),
        ("2.5", 2.56, 0.001, "error"),
        ("-3", -2.6, 0.0, "exact"),
    ],
)
def test_verdicts(stated: str, value: float, half: float, verdict: str) -> None:
    assert compare_printed("number", stated, value, value - half, value + half).verdict == verdict
