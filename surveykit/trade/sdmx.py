"""Read observations from SDMX files: SDMX-CSV by header, SDMX-ML by streaming, without network or other package."""

from __future__ import annotations

from pathlib import Path
from typing import IO
from xml.parsers import expat

import pandas as pd

from surveykit.errors import ReadError
from surveykit.trade.delimited import open_bytes, read_filtered, read_header

__all__ = ["read_sdmx_observations"]

_MAX_ROWS = 20_000_000
_CHUNK_BYTES = 1 << 20


def read_sdmx_observations(path: str | Path) -> pd.DataFrame:
    """Read every observation of an SDMX data file as text, one column per dimension and attribute.

    Parameters
    ----------
    path
        SDMX-CSV, or SDMX-ML 2.1 and 3.0 (generic or structure-specific), also gzip or zip with one file.

    Returns
    -------
    pandas.DataFrame
        Columns named by the ids of the data structure (``REF_AREA``, ``TIME_PERIOD``, ``OBS_VALUE`` ...), all text.

    Raises
    ------
    ReadError
        Not an SDMX data file, damaged, or an SDMX-ML file with a document type (never needed, and a way to attack).
    """
    with open_bytes(path) as handle:
        start = handle.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        return _read_markup(path)
    header, _ = read_header(path)
    lacking = [name for name in ("TIME_PERIOD", "OBS_VALUE") if name not in header]
    if lacking:
        raise ReadError(
            f"'{Path(path).name}' is no SDMX-CSV file: it has no column {' and '.join(lacking)}.",
            remedy="Download the data as SDMX-CSV or SDMX-ML.",
        )
    codes = {name: name for name in header if name == name.upper() and name}
    table = read_filtered(path, codes, keep={}, max_rows=_MAX_ROWS)
    frame: pd.DataFrame = table.to_pandas()
    return frame


class _Markup:
    """Collects observations while the parser walks through the file."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self.series: dict[str, str] = {}
        self.dataset: dict[str, str] = {}
        self.current: dict[str, str] | None = None
        self.inside: list[str] = []
        self.has_data = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        plain = {key: value for key, value in attributes.items() if ":" not in key and key != "xmlns"}
        self.inside.append(local)
        if local == "DataSet":
            self.has_data = True
            self.dataset = {key: value for key, value in plain.items() if key == key.upper()}
        elif local in ("Series", "Group") and self.has_data:
            self.series = dict(plain) if local == "Series" else {}
        elif local == "Obs":
            self.current = dict(plain)
        elif local == "Value" and {"id", "value"} <= plain.keys():
            self._value(plain["id"], plain["value"])
        elif local == "ObsDimension" and self.current is not None:
            self.current[plain.get("id", "TIME_PERIOD")] = plain.get("value", "")
        elif local == "ObsValue" and self.current is not None:
            self.current["OBS_VALUE"] = plain.get("value", "")

    def _value(self, key: str, value: str) -> None:
        if self.current is not None:
            self.current[key] = value
        elif "SeriesKey" in self.inside or ("Attributes" in self.inside and "Series" in self.inside):
            self.series[key] = value

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        self.inside.pop()
        if local == "Obs" and self.current is not None:
            self.rows.append({**self.dataset, **self.series, **self.current})
            if len(self.rows) > _MAX_ROWS:
                raise ReadError(
                    f"The file holds more than {_MAX_ROWS:,} observations.",
                    remedy="Download it as SDMX-CSV, or in parts.",
                )
            self.current = None
        elif local == "Series":
            self.series = {}


def _read_markup(path: str | Path) -> pd.DataFrame:
    place = Path(path).name
    collected = _Markup()
    parser = expat.ParserCreate()
    parser.StartElementHandler = collected.start
    parser.EndElementHandler = collected.end

    def refuse(*_: object) -> None:
        raise ReadError(
            f"'{place}' declares a document type, which SDMX files never need.", remedy="Do not use this file."
        )

    parser.StartDoctypeDeclHandler = refuse
    with open_bytes(path) as handle:
        try:
            _feed(parser, handle)
        except expat.ExpatError as error:
            raise ReadError(f"'{place}' is damaged or no XML: {error}.", remedy="Download it again.") from error
    if not collected.has_data or not collected.rows:
        raise ReadError(
            f"'{place}' holds no SDMX observations.", remedy="Download data (not the structure) as SDMX-ML or SDMX-CSV."
        )
    return pd.DataFrame(collected.rows).fillna("").astype("str")


def _feed(parser: expat.XMLParserType, handle: IO[bytes]) -> None:
    while block := handle.read(_CHUNK_BYTES):
        parser.Parse(block, False)
    parser.Parse(b"", True)
