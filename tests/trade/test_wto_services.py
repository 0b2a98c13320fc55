"""The annual file of WTO Stats: its own layout and encoding, the world by its code, the sixth manual alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveykit.errors import TradeError
from surveykit.trade import composition, read_wto_services

HEADER = (
    "IndicatorCategory,IndicatorCode,Indicator,ReporterCode,ReporterISO3A,Reporter,PartnerCode,PartnerISO3A,Partner,"
    "ProductClassificationCode,ProductClassification,ProductCode,Product,PeriodCode,Period,FrequencyCode,Frequency,"
    "UnitCode,Unit,Year,ValueFlagCode,ValueFlag,Value"
)


def _line(series: str, code: str, iso: str, item: str, value: float, *, partner: str = "000", unit: str = "USM") -> str:
    economy = f"{code},{iso},Türkiye,{partner},,World"
    return f"Commercial Services,{series},x,{economy},BOP6,x,{item},x,A,Annual,A,Annual,{unit},Million,2023,,,{value}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    lines = [HEADER]
    for series, size in (("ITS_CS_AX6", 1.0), ("ITS_CS_AM6", 0.9), ("ITS_CS_AX5", 7.0)):
        for code, iso, share in (("000", "", 1.0), ("842", "USA", 0.15), ("918", "", 0.3)):
            for item, value in (("SOX", 100.0), ("SI", 40.0), ("SD", 60.0)):
                lines.append(_line(series, code, iso, item, value * size * share))
    lines.append(_line("ITS_CS_AX6", "842", "USA", "SI", 1.0, partner="124"))
    target = tmp_path / "services_annual_dataset.csv"
    target.write_bytes("\n".join(lines).encode("cp1252"))
    return target


def test_the_world_and_economies_of_the_sixth_manual(path: Path) -> None:
    found = read_wto_services(path)
    assert set(found["reporter"]) == {"WLD", "USA"}
    assert set(found["partner"]) == {"WLD"}
    exports = found[(found["indicator"] == "EXPORTS") & (found["reporter"] == "WLD")].set_index("activity")["value"]
    assert exports.to_dict() == {"SOX": 100.0, "SI": 40.0, "SD": 60.0}
    parts = composition(found, ["SI", "SD"], total="SOX")
    rest = parts[parts["activity"] == "_REST"]["value"]
    assert (rest == 0).all()


def test_filters_and_refusals(path: Path, tmp_path: Path) -> None:
    found = read_wto_services(path, reporters="United States", items="SI", years=2023)
    assert found["value"].round(6).tolist() == [6.0, 5.4]
    with pytest.raises(TradeError, match="has no 'SX'"):
        read_wto_services(path, items=["SI", "SX"])
    other = tmp_path / "other.csv"
    other.write_text("\n".join([HEADER, _line("ITS_CS_AX6", "000", "", "SI", 1.0, unit="EUR")]), encoding="utf-8")
    with pytest.raises(TradeError, match="Unit 'EUR'"):
        read_wto_services(other)
