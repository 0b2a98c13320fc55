"""Published numbers become records, or say why they cannot."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import ColumnError, PublishingError
from surveykit.publishing import published

FRAME = pd.DataFrame(
    {
        "indicator": "EXPORTS",
        "reporter": ["JPN", "JPN", "DEU", "DEU"],
        "partner": "WLD",
        "year": [2020, 2010, 2020, 2010],
        "value": [4.0, 3.0, 8.0, 6.0],
        "unit": "USD_BN",
        "source": "Example",
    }
)


def test_cells_are_the_numbers_of_the_frame() -> None:
    table = published(FRAME, rows="reporter", columns="year")
    assert table.cell("JPN", 2010)["estimate"] == 3.0
    assert [heading.level for heading in table.columns] == [2010, 2020]
    assert [heading.level for heading in table.rows] == ["JPN", "DEU"]
    assert (table.statistic, table.unit, table.source) == ("EXPORTS", "USD_BN", "Example")
    assert table.definition == "reporter WLD".replace("reporter", "partner")
    layered = published(FRAME, rows="year", layers="reporter")
    assert layered.cell(2020, layer="DEU")["estimate"] == 8.0


def test_missing_cells_are_missing() -> None:
    table = published(FRAME.iloc[:3], rows="reporter", columns="year")
    assert np.isnan(table.estimate[0, 1, 0])


def test_several_numbers_in_a_cell_are_refused_with_what_varies() -> None:
    with pytest.raises(PublishingError, match="These vary too: 'year'"):
        published(FRAME, rows="reporter")
    with pytest.raises(PublishingError, match="Units differ: 'USD_BN', 'EUR_BN'"):
        published(FRAME.assign(unit=["USD_BN", "EUR_BN"] * 2), rows="reporter", columns="year")
    with pytest.raises(ColumnError, match="Did you mean 'reporter'"):
        published(FRAME, rows="reportr")
    with pytest.raises(PublishingError, match="no rows"):
        published(FRAME.iloc[:0], rows="reporter", columns="year")
    with pytest.raises(PublishingError, match="'reporter' has missing values"):
        published(FRAME.assign(reporter=[None, "a", "b", "c"]), rows="reporter", columns="year")


def test_synthetic_travels() -> None:
    assert published(FRAME, rows="reporter", columns="year", synthetic=True).synthetic
