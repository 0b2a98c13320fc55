"""Fetch TiVA data from the OECD: offline by default, pinned data flows, a cache that checks what it holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from surveykit.errors import MissingDependencyError, TradeError, did_you_mean

__all__ = ["TIVA_FLOWS", "fetch_tiva", "tiva_query"]

_ROOT = "https://sdmx.oecd.org/sti-public/rest/data"
# Pinned data flows of the 2025 edition and the order of their dimensions in a key.
TIVA_FLOWS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "main": (
        "OECD.STI.PIE,DSD_TIVA_MAINLV@DF_MAINLV,1.1",
        ("MEASURE", "REF_AREA", "ACTIVITY", "COUNTERPART_AREA", "UNIT_MEASURE", "FREQ"),
    ),
    "shares": (
        "OECD.STI.PIE,DSD_TIVA_MAINSH@DF_MAINSH,1.1",
        ("MEASURE", "REF_AREA", "ACTIVITY", "COUNTERPART_AREA", "UNIT_MEASURE", "FREQ"),
    ),
    "exports_origin": (
        "OECD.STI.PIE,DSD_TIVA_EXGRVA@DF_EXGRVA,1.1",
        (
            "MEASURE",
            "VALUE_ADDED_SOURCE_AREA",
            "VALUE_ADDED_SOURCE_ACTIVITY",
            "EXPORTING_AREA",
            "EXPORTING_ACTIVITY",
            "UNIT_MEASURE",
            "FREQ",
        ),
    ),
    "final_demand_origin": (
        "OECD.STI.PIE,DSD_TIVA_FDVA@DF_FDVA,1.1",
        (
            "MEASURE",
            "VALUE_ADDED_SOURCE_AREA",
            "VALUE_ADDED_SOURCE_ACTIVITY",
            "FINAL_DEMAND_AREA",
            "FINAL_DEMAND_ACTIVITY",
            "UNIT_MEASURE",
            "FREQ",
        ),
    ),
}


def tiva_query(
    flow: str, dimensions: Mapping[str, str | Sequence[str]] | None = None, *, years: tuple[int, int] | None = None
) -> str:
    """Address of a TiVA query, as SDMX-CSV.

    Parameters
    ----------
    flow
        ``"main"``, ``"shares"``, ``"exports_origin"`` or ``"final_demand_origin"``.
    dimensions
        Dimension -> code or codes; what is left out is not restricted.
    years
        First and last year.

    Examples
    --------
    >>> tiva_query("exports_origin", {"EXPORTING_AREA": "JPN", "VALUE_ADDED_SOURCE_ACTIVITY": "J"}, years=(2015, 2020))
    'https://.../data/OECD.STI.PIE,DSD_TIVA_EXGRVA@DF_EXGRVA,1.1/..J.JPN...?startPeriod=2015&endPeriod=2020&...'
    """
    if flow not in TIVA_FLOWS:
        raise TradeError(f"TiVA data flow '{flow}' is unknown.", remedy=did_you_mean(flow, TIVA_FLOWS))
    name, order = TIVA_FLOWS[flow]
    asked = dict(dimensions or {})
    unknown = [key for key in asked if key not in order]
    if unknown:
        raise TradeError(f"Dimension '{unknown[0]}' is not in '{flow}'.", remedy=did_you_mean(unknown[0], order))
    parts = [asked.get(key, "") for key in order]
    key = ".".join(part if isinstance(part, str) else "+".join(part) for part in parts)
    period = f"startPeriod={years[0]}&endPeriod={years[1]}&" if years is not None else ""
    return f"{_ROOT}/{name}/{key}?{period}dimensionAtObservation=AllDimensions&format=csvfile"


def fetch_tiva(
    flow: str,
    dimensions: Mapping[str, str | Sequence[str]] | None = None,
    *,
    years: tuple[int, int] | None = None,
    cache: str | Path,
    download: bool = False,
) -> Path:
    """Return the file of a TiVA query from the cache; with ``download=True`` fetch it when it is not there.

    Parameters
    ----------
    flow, dimensions, years
        As in :func:`tiva_query`.
    cache
        Folder of downloaded files; each has a note with its address and SHA-256, checked on every use.
    download
        Allow the network. Needs the package ``sdmx1``.

    Raises
    ------
    TradeError
        The file is not in the cache and ``download`` is off (the message gives the address), the network fails, or
        the file was changed since.
    """
    address = tiva_query(flow, dimensions, years=years)
    folder = Path(cache)
    path = folder / f"tiva-{flow}-{hashlib.sha256(address.encode()).hexdigest()[:16]}.csv"
    note = path.with_suffix(".json")
    if path.is_file() and note.is_file():
        stated = json.loads(note.read_text(encoding="utf-8"))["sha256"]
        if hashlib.sha256(path.read_bytes()).hexdigest() != stated:
            raise TradeError(
                f"'{path}' was changed after it was downloaded.", remedy="Delete it and its note, and fetch again."
            )
        return path
    if not download:
        raise TradeError(
            f"The TiVA data are not in the cache '{folder}', and downloading is off.",
            remedy=f"Pass download=True, or save {address} and read it with read_tiva.",
        )
    try:
        sdmx = import_module("sdmx")
    except ImportError:
        raise MissingDependencyError("sdmx1", "sdmx", "Downloading TiVA data") from None
    # The client's session asks; its reader is left out, because it wants the structure where read_tiva does not.
    try:
        response = sdmx.Client("OECD").session.get(address)
        response.raise_for_status()
    except OSError as error:  # every failure of the session is one
        raise TradeError(
            f"The OECD did not deliver the TiVA data: {error}.", remedy=f"Try later, or save {address} by hand."
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(response.content)
    digest = hashlib.sha256(response.content).hexdigest()
    note.write_text(json.dumps({"address": address, "sha256": digest}, indent=1), encoding="utf-8")
    return path
