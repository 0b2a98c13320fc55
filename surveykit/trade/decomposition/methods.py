"""The verb that decomposes gross exports, and the methods it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from surveykit.errors import TradeError, did_you_mean
from surveykit.trade.decomposition.borin_mancini import (
    bilateral_perspective,
    miroudot_ye,
    oecd,
    sink,
    source,
    world_sink,
    world_source,
)
from surveykit.trade.decomposition.kww import koopman_wang_wei
from surveykit.trade.decomposition.parts import Parts, Terms, make_parts
from surveykit.trade.decomposition.wwz import wang_wei_zhu
from surveykit.trade.long_frames import long_frame, repeated
from surveykit.trade.tables import InterCountryTable, region_index, require_sound

__all__ = ["METHODS", "Method", "decompose"]

_By = Literal["country", "partner", "industry", "partner_industry"]


@dataclass(frozen=True)
class Method:
    """A decomposition.

    Parameters
    ----------
    measure
        Terms of one exporter.
    title
        Name and source, as it stands in the column ``method``.
    detail
        Whether it is defined by importer and industry, not only for the country.
    """

    measure: Callable[[Parts, int], Terms]
    title: str
    detail: bool = True


_BM = "borin_mancini"
METHODS: Mapping[tuple[str, str, str], Method] = {
    ("kww", "", ""): Method(koopman_wang_wei, "kww: Koopman, Wang and Wei (2014), 9 terms", detail=False),
    ("wwz", "", ""): Method(wang_wei_zhu, "wwz: Wang, Wei and Zhu (2013), 16 terms"),
    (_BM, "exporter", "source"): Method(source, "borin_mancini: exporter perspective, source approach"),
    (_BM, "exporter", "sink"): Method(sink, "borin_mancini: exporter perspective, sink approach"),
    (_BM, "world", "source"): Method(world_source, "borin_mancini: world perspective, source approach"),
    (_BM, "world", "sink"): Method(world_sink, "borin_mancini: world perspective, sink approach"),
    (_BM, "bilateral", "source"): Method(
        bilateral_perspective, "borin_mancini: bilateral perspective, source approach"
    ),
    ("miroudot_ye", "", ""): Method(miroudot_ye, "miroudot_ye: Miroudot and Ye (2021)"),
    ("oecd", "", ""): Method(oecd, "oecd: contents as in the TiVA indicators", detail=False),
}


def decompose(
    table: InterCountryTable,
    method: str,
    *,
    country: str | Iterable[str] | None = None,
    by: _By = "country",
    perspective: str | None = None,
    approach: str | None = None,
) -> pd.DataFrame:
    """Decompose gross exports into value added and double counting.

    Parameters
    ----------
    table
        Inter-country table.
    method
        ``"kww"`` (9 terms, country), ``"wwz"`` (16 terms), ``"borin_mancini"``, ``"miroudot_ye"`` or ``"oecd"``
        (country).
    country
        Exporters; all when not given.
    by
        ``"country"`` for totals, ``"partner"`` by importer, ``"industry"`` by exporting industry,
        ``"partner_industry"``.
    perspective
        For ``"borin_mancini"``: where value added is counted once - in all exports of the country (``"exporter"``, also
        ``"country"``), in world exports (``"world"``) or in each bilateral flow (``"bilateral"``).
    approach
        For ``"borin_mancini"``: counted the first time it leaves (``"source"``) or the last time (``"sink"``).

    Returns
    -------
    pandas.DataFrame
        Long frame: ``indicator`` is the term, ``method`` the method with its perspective and approach, ``activity`` the
        exporting industry. Where the table keeps taxes on products apart, ``kww`` and ``wwz`` have a term ``TLS``.

    Raises
    ------
    TradeError
        Unknown method, perspective or approach; a breakdown that the method does not define; a table with errors.

    Notes
    -----
    Methods agree on domestic and foreign content in total and differ in what they call counted twice: ``FVA`` of
    ``kww`` is not ``FVA`` of ``borin_mancini``. Never set terms of two methods side by side without the method's name.
    """
    chosen = _method(method, perspective, approach)
    if by not in get_args(_By):
        raise TradeError(f"by='{by}' is unknown.", remedy=did_you_mean(by, get_args(_By)))
    if by != "country" and not chosen.detail:
        raise TradeError(
            f"Method '{method}' is defined for a country's total exports only.",
            remedy="Leave out by=, or use 'wwz', 'borin_mancini' or 'miroudot_ye'.",
        )
    require_sound(table)
    parts = make_parts(table)
    asked = [country] if isinstance(country, str) else country
    exporters = [position for position, span in enumerate(parts.blocks) if span.stop > span.start]
    if asked is not None:
        exporters = [region_index(table, name) for name in asked]
    frames = [_frame(table, parts, chosen, position, by) for position in exporters]
    return pd.concat(frames, ignore_index=True)


def _method(method: str, perspective: str | None, approach: str | None) -> Method:
    names = sorted({name for name, _, _ in METHODS})
    if method not in names:
        raise TradeError(f"Method '{method}' is unknown.", remedy=did_you_mean(method, names))
    if method != _BM:
        if perspective or approach:
            raise TradeError(f"Method '{method}' has no perspective or approach.", remedy="Leave them out.")
        return METHODS[method, "", ""]
    wanted = (_BM, {None: "exporter", "country": "exporter"}.get(perspective, perspective), approach or "source")
    if wanted not in METHODS:
        known = [f"{name}/{way}" for kind, name, way in METHODS if kind == _BM]
        raise TradeError(
            f"Perspective '{perspective}' with approach '{approach}' is not defined.",
            remedy=f"Known are {', '.join(known)}. In a single bilateral flow both approaches give the same total.",
        )
    return METHODS[str(wanted[0]), str(wanted[1]), str(wanted[2])]


def _frame(table: InterCountryTable, parts: Parts, chosen: Method, position: int, by: str) -> pd.DataFrame:
    terms = chosen.measure(parts, position)
    columns: dict[str, object] = {"reporter": table.regions[position], "unit": table.unit, "method": chosen.title}
    values = np.stack(list(terms.values()))
    if "partner" in by:
        keep = np.array([other for other in range(len(table.regions)) if other != position])
        values = values[:, keep]
        partners = [table.regions[other] for other in keep.tolist()]
    else:
        values = values.sum(axis=1, keepdims=True)
    if "industry" in by:
        industries = table.industry_of[parts.blocks[position]]
        codes, at = np.unique(industries, return_inverse=True)
        member = (at[:, None] == np.arange(len(codes))).astype(np.float64)
        values = values @ member
    else:
        values = values.sum(axis=2, keepdims=True)
    index = np.indices(values.shape).reshape(3, -1)
    columns |= {"indicator": repeated(list(terms), index[0]), "value": values.ravel()}
    if "partner" in by:
        columns["partner"] = repeated(partners, index[1])
    if "industry" in by:
        columns["activity"] = repeated([table.industries[code] for code in codes.tolist()], index[2])
    return long_frame(table, columns)
