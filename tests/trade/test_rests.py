"""Parts and their rest add to the world; both directions add up; units only scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import TradeError
from surveykit.trade import exports_plus_imports, in_unit, with_rest


def _frame(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["indicator", "reporter", "partner", "value"])
    return frame.assign(activity="SI", year=2023, unit="USD_MN", method="final", source="Invented", edition="1")


ROWS = [("EXPORTS", "WLD", "WLD", 100.0), ("EXPORTS", "IRL", "WLD", 20.0), ("EXPORTS", "IND", "WLD", 15.0)]


def test_parts_and_rest_add_to_the_world() -> None:
    found = with_rest(_frame(ROWS), ["India", "Ireland"])
    assert found["reporter"].tolist() == ["IND", "IRL", "_REST"]
    assert found["value"].sum() == 100.0
    gap = with_rest(_frame([*ROWS[:2], ("EXPORTS", "IND", "WLD", np.nan)]), ["IND", "IRL"])
    assert gap["value"].isna().tolist() == [True, False, True]
    assert gap["reason"].iloc[2] == "an economy or the world is missing"


def test_nobody_trades_with_itself() -> None:
    rows = [("EXPORTS", "IRL", "WLD", 20.0), ("EXPORTS", "IRL", "IND", 5.0), ("EXPORTS", "USA", "WLD", 50.0)]
    rows += [("EXPORTS", "USA", "IND", 10.0), ("EXPORTS", "USA", "IRL", 30.0)]
    found = with_rest(_frame(rows), ["IRL", "IND"], side="partner")
    rest = found[found["partner"] == "_REST"].set_index("reporter")["value"]
    assert rest.to_dict() == {"IRL": 15.0, "USA": 10.0}


def test_both_directions_add_up() -> None:
    rows = [("EXPORTS", "IRL", "WLD", 20.0), ("IMPORTS", "IRL", "WLD", 12.0), ("EXPORTS", "IND", "WLD", 5.0)]
    found = exports_plus_imports(_frame(rows)).set_index("reporter")
    assert found.loc["IRL", "value"] == 32.0
    assert np.isnan(found.loc["IND", "value"])
    assert found.loc["IND", "reason"] == "missing: imports"


def test_units_only_scale() -> None:
    found = in_unit(_frame(ROWS), "USD_BN")
    np.testing.assert_allclose(found["value"], [0.1, 0.02, 0.015], rtol=1e-15)
    assert set(found["unit"]) == {"USD_BN"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: with_rest(_frame(ROWS[1:]), ["IRL"]), "so there is no rest"),
        (lambda: with_rest(_frame([*ROWS, ("EXPORTS", "USA", "WLD", 90.0)]), ["IRL", "USA"]), "more than the world"),
        (lambda: with_rest(_frame(ROWS), ["IRL"], side="item"), "Write 'reporter' or 'partner'"),  # type: ignore[arg-type]
        (lambda: in_unit(_frame(ROWS), "JPY"), "is no money unit"),
    ],
)
def test_refusals(call: object, message: str) -> None:
    with pytest.raises(TradeError, match=message):
        call()  # type: ignore[operator]
