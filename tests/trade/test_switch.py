"""Balances under every definition, and the switch of definitions."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from surveykit.classifications import definitions
from surveykit.errors import ClassificationError, TradeError
from surveykit.trade import (
    definition_series,
    definition_switch,
    digital_balances,
    join_series,
    read_balance_of_payments,
    read_batis,
    read_dds,
)
from tests.trade.services_examples import series

ITEMS = {"SF": 1.0, "SG": 2.0, "SH": 10.0, "SI": 20.0, "SJ": 9.0, "SJ2": 5.0, "SK1": 4.0}
BATIS = series(
    [
        (side, "JPN", "WLD", item, year, value * scale)
        for item, value in ITEMS.items()
        for side, year, scale in (
            ("EXPORTS", 2010, 1.0),
            ("EXPORTS", 2023, 3.0),
            ("IMPORTS", 2010, 2.0),
            ("IMPORTS", 2023, 5.0),
        )
    ]
)
TIVA = series(
    [
        (name, "JPN", "W", "J", year, value)
        for name, year, value in (
            ("FFD_DVA", 2010, 5.0),
            ("FFD_DVA", 2023, 6.0),
            ("DFD_FVA", 2010, 4.0),
            ("DFD_FVA", 2023, 9.0),
        )
    ],
    method="leontief",
)
CSIS = {"csis2025": {"exports_first": "1.7", "exports_last": "11.7", "imports_first": "4.6", "imports_last": "23.6"}}


def test_one_call_gives_every_definition() -> None:
    table = digital_balances(BATIS, TIVA, reporter="Japan", year=2023).set_index("definition")
    assert tuple(table.index) == definitions()
    assert table["status"].to_dict() == {
        "matsuse2023": "refused",
        "meti2025": "ok",
        "csis2025": "ok",
        "unctad_dds": "ok",
        "oecd_tiva_J": "ok",
    }
    assert table["balance"]["meti2025"] == 35 * (3.0 - 5.0)
    assert table["balance"]["csis2025"] == 20 * (3.0 - 5.0)
    assert table["balance"]["unctad_dds"] == 46 * (3.0 - 5.0)
    assert table["balance"]["oecd_tiva_J"] == -3.0
    assert "Use 'meti2025' instead" in table["reason"]["matsuse2023"]
    assert table["basis"]["oecd_tiva_J"] == "value added"


def test_the_sample_of_batis_resolves_one_side(reference: Path) -> None:
    frame = read_batis(reference / "trade" / "batis_sample_argentina.csv", value="balanced")
    table = digital_balances(frame, reporter="Argentina", year=2023).set_index("definition")
    assert table["status"]["csis2025"] == "incomplete"
    assert table["reason"]["csis2025"] == "no imports in the data"
    assert table["exports"]["csis2025"] == pytest.approx(1344.518841)
    assert table["status"]["meti2025"] == "refused"


def test_a_refusal_names_the_side_and_the_remedy() -> None:
    with pytest.raises(ClassificationError) as caught:
        definition_series(BATIS, "matsuse2023")
    assert str(caught.value).startswith("Exports: Definition 'matsuse2023' needs 'SH:copyrights'")
    with pytest.raises(ClassificationError, match=r"needs the indicators 'FFD_DVA' and 'DFD_FVA'"):
        definition_series(BATIS, "oecd_tiva_J")


def test_series_of_two_definitions_join_only_by_an_explicit_word() -> None:
    one, two = definition_series(BATIS, "csis2025"), definition_series(BATIS, "meti2025")
    with pytest.raises(TradeError) as caught:
        join_series(one, two)
    assert str(caught.value) == (
        "The series differ in definition: 'csis2025', 'meti2025'. "
        "Pass differing=['definition'] to put them side by side all the same, and say so in the note."
    )
    assert len(join_series(one, two, differing=["definition"])) == len(one) + len(two)
    with pytest.raises(TradeError, match="differ in method: 'balanced', 'final'"):
        join_series(one, one.assign(method="final"))
    with pytest.raises(TradeError, match="is unknown"):
        join_series(one, differing=["colour"])


def test_switch_on_the_published_series(reference: Path) -> None:
    dds = read_dds(reference / "facts" / "unctad_digitally_deliverable_services.csv")
    payments = read_balance_of_payments(reference / "facts" / "bop_services_wdi.csv")
    switch = definition_switch(dds, payments, reporter="Japan", years=(2010, 2023), printed=CSIS, truncated=True)
    rows = switch.table.set_index("definition")
    assert rows["sign"].to_dict() == {
        "matsuse2023": "",
        "meti2025": "",
        "csis2025": "+",
        "unctad_dds": "-",
        "oecd_tiva_J": "",
    }
    assert rows["difference"]["unctad_dds"] == pytest.approx(5.198095647588041 - 6.444688080032468)
    assert rows["low"]["csis2025"] < rows["difference"]["csis2025"] < rows["high"]["csis2025"]
    assert switch.signs_differ
    text = str(switch)
    assert text.startswith("Export growth less import growth, cagr: 100 ((last/first)^(1/periods) - 1), 13 periods\n")
    assert text.endswith(
        "The sign differs between definitions: exports grew faster under csis2025, imports under unctad_dds."
    )
    assert "  csis2025     exports    16.00%  imports    13.40%  difference    +2.59 points [+2.05, +2.86]  +\n" in text


def test_rounding_can_leave_the_sign_open() -> None:
    numbers = {
        "csis2025": {"exports_first": "1.0", "exports_last": "2.0", "imports_first": "1.0", "imports_last": "2.0"}
    }
    switch = definition_switch(printed=numbers, periods=10)
    assert switch.table["sign"].to_list() == ["undecided"]
    assert switch.verdict == "No definition decides the sign. Within rounding either way: csis2025."
    assert not switch.signs_differ


def test_growth_formula_is_passed_on() -> None:
    switch = definition_switch(BATIS, TIVA, reporter="JPN", years=(2010, 2023), method="total")
    rows = switch.table.set_index("definition")
    assert rows["difference"]["csis2025"] == pytest.approx(200.0 - 150.0)
    assert rows["difference"]["oecd_tiva_J"] == pytest.approx(20.0 - 125.0)
    assert switch.signs_differ


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"printed": {"csis2025": {"exports_first": 1}}, "periods": 3},
            "Printed numbers are incomplete: {'csis2025': ['exports_last',",
        ),
        ({"printed": CSIS}, "The number of periods is not given. Pass periods=13 for 2010 to 2023."),
    ],
)
def test_incomplete_questions_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(TradeError) as caught:
        definition_switch(**options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
    with pytest.raises(TradeError, match="Data sets need reporter and years"):
        definition_switch(pd.DataFrame(BATIS))


def test_one_deciding_definition_is_named() -> None:
    switch = definition_switch(printed=CSIS, periods=13)
    assert switch.verdict == "Only csis2025 decides the sign: exports grew faster."
