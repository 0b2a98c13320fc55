"""Made-up files in the layouts in which the WTO and the OECD publish: what the study on services trade asks for."""

from __future__ import annotations

import io
import zipfile
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["write_all"]

_ISO = {
    "US": "USA", "GB": "GBR", "DE": "DEU", "IE": "IRL", "NL": "NLD", "FR": "FRA", "CN": "CHN", "IN": "IND", "SG": "SGP",
    "JP": "JPN", "KR": "KOR", "CH": "CHE",
}  # fmt: skip
_YEARS = range(2005, 2024)
_WTO_COLUMNS = (
    "IndicatorCategory", "IndicatorCode", "Indicator", "ReporterCode", "ReporterISO3A", "Reporter", "PartnerCode",
    "PartnerISO3A", "Partner", "ProductClassificationCode", "ProductClassification", "ProductCode", "Product",
    "PeriodCode", "Period", "FrequencyCode", "Frequency", "UnitCode", "Unit", "Year", "ValueFlagCode", "ValueFlag",
    "Value",
)  # fmt: skip


def write_all(folder: Path) -> None:
    """Write every file that the study waits for into its folder ``data``."""
    folder.mkdir(parents=True)
    _batis(folder / "OECD-WTO_BATIS_data_BPM6.zip")
    _wto(folder / "services_annual_dataset.zip")
    _tismos(folder / "Tismos_exports.zip")
    _tiva(folder / "OECD_TIVA_MAINLV.csv", folder / "OECD_TIVA_EXGRVA.csv")
    costs = pd.DataFrame(
        product(range(2000, 2019), ("services", "manufacturing", "agriculture")), columns=["year", "sector"]
    )
    costs.assign(value=np.linspace(4.0, 2.5, len(costs))).to_csv(folder / "trade_cost_index.csv", index=False)
    effects = pd.DataFrame({"trade": ["all", "digitally_deliverable"], "value": [2.1, 2.4]})
    effects.to_csv(folder / "connectivity_effects.csv", index=False)


def _zipped(path: Path, frame: pd.DataFrame) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(path.with_suffix(".csv").name, frame.to_csv(index=False, lineterminator="\n"))


def _batis(path: Path) -> None:
    """Reporter to partner by item and year; the world is what all add up to, and a third more."""
    rng = np.random.default_rng(1)
    items = {"SH": 30.0, "SI1": 5.0, "SI2": 40.0, "SI3": 4.0, "SJ2": 35.0, "S": 300.0}
    sizes = dict(zip(_ISO, np.linspace(12.0, 2.0, len(_ISO)), strict=True))
    rows = []
    for one, other, (item, level), year in product(_ISO, _ISO, items.items(), _YEARS):
        if one != other:
            value = level * sizes[one] * sizes[other] * 1.06 ** (year - 2005) * rng.uniform(0.5, 1.5)
            rows.append((one, other, item, year, value))
    flows = pd.DataFrame(rows, columns=["Reporter", "Partner", "Item_code", "Year", "value"])
    parts = flows[flows["Item_code"].str.startswith("SI")].groupby(["Reporter", "Partner", "Year"], as_index=False)
    flows = pd.concat([flows, parts["value"].sum().assign(Item_code="SI")], ignore_index=True)
    keys = ["Item_code", "Year"]
    out = flows.groupby(["Reporter", *keys], as_index=False)["value"].sum().assign(Partner="WL")
    out["value"] *= 1.3
    into = flows.groupby(["Partner", *keys], as_index=False)["value"].sum().rename(columns={"Partner": "Reporter"})
    into["value"] *= 1.25
    world = out.groupby(keys, as_index=False)["value"].sum().assign(Reporter="WL", Partner="WL")
    world["value"] *= 1.4
    exports = pd.concat([flows, out, world]).assign(Flow="X")
    imports = pd.concat([into.assign(Partner="WL"), world]).assign(Flow="M")
    both = pd.concat([exports, imports], ignore_index=True)
    _zipped(
        path,
        pd.DataFrame(
            {
                "Reporter": both["Reporter"], "type_Reporter": "c", "Partner": both["Partner"], "type_Partner": "c",
                "Flow": both["Flow"], "Item_code": both["Item_code"], "type_Item": "s", "Year": both["Year"],
                "Reported_value": both["value"], "Final_value": both["value"], "Final_value_methodology": "R",
                "Balanced_value": both["value"],
            }
        ),
    )  # fmt: skip


def _wto(path: Path) -> None:
    items = {
        "SOX": 1400.0, "SC": 180.0, "SD": 220.0, "SF": 30.0, "SG": 90.0, "SH": 70.0, "SI": 110.0, "SJ": 230.0,
        "SH1": 5.0, "SH2": 35.0, "SH3": 22.0, "SH4": 8.0,
    }  # fmt: skip
    economies = (("000", ""), ("842", "USA"), ("918", ""))
    rows = []
    for (code, iso), series, (item, level), year in product(
        economies, ("ITS_CS_AX6", "ITS_CS_AM6", "ITS_CS_AX5"), items.items(), _YEARS
    ):
        growth = 1.07 if item in ("SI", "SJ") else 1.05
        rows.append(
            {
                **dict.fromkeys(_WTO_COLUMNS, ""),
                "IndicatorCategory": "Trade in Commercial Services",
                "IndicatorCode": series,
                "ReporterCode": code,
                "ReporterISO3A": iso,
                "Reporter": "Côte d'Exemple",
                "PartnerCode": "000",
                "Partner": "World",
                "ProductCode": item,
                "UnitCode": "USM",
                "Year": year,
                "Value": round(level * 1000 * growth ** (year - 2005) / (4 if iso else 1)),
            }
        )
    text = io.StringIO()
    pd.DataFrame(rows).to_csv(text, index=False, lineterminator="\n")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("services_annual_dataset.csv", text.getvalue().encode("latin-1"))  # as the WTO encodes it


def _tismos(path: Path) -> None:
    sizes = enumerate((3000.0, 900.0, 5000.0, 120.0), start=1)
    rows = [
        ("X", "World", "WLD", "SOXSW", year, f"M{mode}", size * 1000 * 1.05 ** (year - 2005), "E")
        for year, (mode, size) in product(range(2005, 2023), sizes)
    ]
    names = ["FLOW", "REPORTER", "PARTNER", "INDICATOR", "YEAR", "MODE", "VALUE", "METH"]
    _zipped(path, pd.DataFrame(rows, columns=names))


def _tiva(main: Path, origins: Path) -> None:
    areas = ["USA", "GBR", "DEU", "IRL", "NLD", "FRA", "CHN", "IND", "SGP", "JPN", "KOR"]
    head = "DATAFLOW,MEASURE,REF_AREA,ACTIVITY,COUNTERPART_AREA,UNIT_MEASURE,FREQ,TIME_PERIOD,OBS_VALUE,UNIT_MULT"
    lines = [
        f"OECD.STI.PIE:DSD_TIVA_MAINLV@DF_MAINLV(1.1),{measure},{area},J,W,USD,A,2020,{size * share},6"
        for size, area in zip(
            (90000.0, 60000, 40000, 150000, 30000, 30000, 60000, 80000, 20000, 8000, 9000), areas, strict=True
        )
        for measure, share in (("EXGR", 1.0), ("EXGR_DVA", 0.45 if area == "IRL" else 0.9))
    ]
    main.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    head = (
        "DATAFLOW,MEASURE,VALUE_ADDED_SOURCE_AREA,VALUE_ADDED_SOURCE_ACTIVITY,EXPORTING_AREA,EXPORTING_ACTIVITY,"
        "UNIT_MEASURE,FREQ,TIME_PERIOD,OBS_VALUE,UNIT_MULT"
    )
    flow = "OECD.STI.PIE:DSD_TIVA_EXGRVA@DF_EXGRVA(1.1)"
    sizes = dict.fromkeys([*areas, "CHE", "ROW"], 2.0) | {"IRL": 40.0, "USA": 20.0, "NLD": 8.0, "JPN": 7.6, "ROW": 8.4}
    sections = "ABCDEFGHIJKLMNOPQRST"
    total = sum(sizes.values())
    lines = [
        f"{flow},EXGR_BSCI,{area},{section},IRL,J,USD,A,2020,{size * (5 if section == 'J' else 1)},6"
        for area, size in (*sizes.items(), ("W", total))
        for section in sections
    ]
    origins.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
