"""The frame of services trade is the one in which value added leaves the room."""

from __future__ import annotations

import pandas as pd
import pytest

from surveykit.errors import ColumnError, TradeError
from surveykit.trade import long_frames
from surveykit.trade.frames import NOT_APPLICABLE, SERVICES_COLUMNS, chosen, require_columns, services_frame
from surveykit.trade.units import to_usd_million, unit_from_name


def test_both_halves_of_the_room_share_one_frame() -> None:
    assert long_frames.COLUMNS == SERVICES_COLUMNS
    assert long_frames.NOT_APPLICABLE == NOT_APPLICABLE


def test_types_are_fixed_whatever_comes_in() -> None:
    frame = services_frame([{"reporter": "JPN", "year": "2023", "value": "1"}], unit="USD_MN")
    assert str(frame["year"].dtype) == "Int64"
    assert frame["value"].item() == 1.0
    assert frame["origin_area"].item() == NOT_APPLICABLE


def test_selection_takes_names_and_refuses_what_is_not_there() -> None:
    frame = pd.DataFrame({"reporter": ["JPN", "KOR"], "year": [2022, 2023]})
    assert chosen(frame, "reporter", ["ROK"], place="The data")["year"].to_list() == [2023]
    with pytest.raises(TradeError) as caught:
        chosen(frame, "year", 2024, place="The data")
    assert str(caught.value) == "The data has no year 2024. It has 2022, 2023."
    with pytest.raises(ColumnError, match=r"Column 'valu' is not in the data\. Did you mean 'value'"):
        require_columns(pd.DataFrame(columns=["value"]), ["valu"], place="the data")


def test_units_are_known_or_refused() -> None:
    assert unit_from_name("value_usd_bn") == "USD_BN"
    with pytest.raises(TradeError, match="Unit 'JPY tn' is unknown"):
        to_usd_million("JPY tn")
