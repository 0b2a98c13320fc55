"""Koopman, Wang and Wei: nine terms of a country's gross exports."""

from __future__ import annotations

import numpy as np

from surveykit.trade.decomposition.parts import Matrix, Parts, Terms, coefficients, others
from surveykit.trade.leontief import solve_rows

__all__ = ["KWW_TERMS", "koopman_wang_wei"]

KWW_TERMS = {
    "DVA_FIN": "domestic value added in final exports",
    "DVA_INT": "domestic value added in intermediate exports absorbed by the direct importer",
    "DVA_INTrex": "domestic value added in intermediate exports re-exported to third countries",
    "RDV_FIN": "domestic value added that returns home in final imports",
    "RDV_INT": "domestic value added that returns home in intermediate imports, absorbed at home",
    "DDC": "domestic content counted twice",
    "FVA_FIN": "foreign content in final exports",
    "FVA_INT": "foreign content in intermediate exports absorbed by the direct importer",
    "FDC": "foreign content counted twice: in intermediates that the importer re-exports",
}


def koopman_wang_wei(parts: Parts, position: int) -> Terms:
    """Decompose the gross exports of one country.

    Parameters
    ----------
    parts
        Shared multipliers.
    position
        Exporter, as position in the regions of the table.

    Returns
    -------
    dict
        Term -> value, each `(1, 1)`: the method is defined for a country's total exports. Where the table keeps taxes
        on products apart, a tenth entry ``TLS`` holds them.

    References
    ----------
    Koopman, Wang and Wei (2014), Tracing Value-Added and Double Counting in Gross Exports, American Economic Review
    104(2), 459-494, equation 36.
    """
    span, flows = parts.blocks[position], parts.flows
    exporter = _reach(parts, position)
    final, foreign = flows.final_to, parts.foreign[span]
    totals = dict.fromkeys(KWW_TERMS, 0.0)
    home = parts.local_inverses[position] @ final[span, position]
    home_again = parts.local_inverses[position] @ flows.exports[span]
    totals["DVA_FIN"] = float(parts.own[span] @ np.delete(final[span], position, axis=1).sum(axis=1))
    totals["FVA_FIN"] = float(foreign @ np.delete(final[span], position, axis=1).sum(axis=1))
    for other in others(parts, position):
        there = parts.blocks[other]
        reach = exporter[there]
        sold = final[there]
        totals["DVA_INT"] += float(reach @ sold[:, other])
        totals["DVA_INTrex"] += float(reach @ np.delete(sold, [other, position], axis=1).sum(axis=1))
        totals["RDV_FIN"] += float(reach @ sold[:, position])
        back = reach @ coefficients(parts, there, span)
        totals["RDV_INT"] += float(back @ home)
        totals["DDC"] += float(back @ home_again)
        sent = foreign @ coefficients(parts, span, there) @ parts.local_inverses[other]
        totals["FVA_INT"] += float(sent @ sold[:, other])
        totals["FDC"] += float(sent @ flows.exports[there])
    if parts.taxes.any():
        totals["TLS"] = float(parts.taxes[span] @ flows.exports[span])
    return {name: np.array([[value]]) for name, value in totals.items()}


def _reach(parts: Parts, position: int) -> Matrix:
    """Value added of one country in a unit of every product of the world, ``V_s B_s.`` `(K,)`."""
    content = np.where(parts.table.region_of == position, parts.flows.value_added_share, 0.0)
    return solve_rows(parts.factors, content)
