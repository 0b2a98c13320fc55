"""Wang, Wei and Zhu: sixteen terms of exports, by importer and exporting industry."""

from __future__ import annotations

import numpy as np

from surveykit.trade.decomposition.parts import Matrix, Parts, Terms, coefficients, columns_of, others
from surveykit.trade.leontief import solve

__all__ = ["WWZ_TERMS", "wang_wei_zhu"]

WWZ_TERMS = {
    "DVA_FIN": "domestic value added in final exports",
    "DVA_INT": "in intermediate exports, absorbed by the direct importer",
    "DVA_INTrexI1": "in intermediate exports, re-exported as intermediates that third countries absorb",
    "DVA_INTrexF": "in intermediate exports, re-exported as final products to third countries",
    "DVA_INTrexI2": "in intermediate exports, re-exported as intermediates for third countries' final exports",
    "RDV_INT": "returned home in intermediate imports and absorbed there",
    "RDV_FIN": "returned home in final imports from the direct importer",
    "RDV_FIN2": "returned home in final imports from third countries",
    "OVA_FIN": "other countries' value added in final exports",
    "MVA_FIN": "the direct importer's value added in final exports",
    "OVA_INT": "other countries' value added in intermediate exports absorbed by the importer",
    "MVA_INT": "the direct importer's value added in intermediate exports absorbed by it",
    "DDC_FIN": "domestic content counted twice, for final exports",
    "DDC_INT": "domestic content counted twice, for intermediate exports",
    "ODC": "other countries' content counted twice",
    "MDC": "the direct importer's content counted twice",
}


def wang_wei_zhu(parts: Parts, position: int) -> Terms:
    """Decompose the gross exports of one country to every importer, by exporting industry.

    Parameters
    ----------
    parts
        Shared multipliers.
    position
        Exporter, as position in the regions of the table.

    Returns
    -------
    dict
        Term -> values by importer and exporting industry `(G, N_s)`; the row of the exporter is zero. Where the table
        keeps taxes on products apart, a seventeenth entry ``TLS`` holds them.

    References
    ----------
    Wang, Wei and Zhu (2013, revised 2018), Quantifying International Production Sharing at the Bilateral and Sector
    Levels, NBER Working Paper 19677, equation 37.
    """
    span, flows = parts.blocks[position], parts.flows
    size = (len(parts.blocks), span.stop - span.start)
    terms = {name: np.zeros(size) for name in WWZ_TERMS}
    own, local, foreign = parts.own[span], parts.local[span], parts.foreign[span]
    uses = _uses(parts, position)
    importer_content = _content_of_importers(parts, position)
    for other in others(parts, position):
        there = parts.blocks[other]
        block = coefficients(parts, span, there)
        final = flows.final_to[span, other]
        for name, output in _importer_output(parts, uses, position, other).items():
            terms[name][other] = local * (block @ output)
        absorbed = block @ (parts.local_inverses[other] @ flows.final_to[there, other])
        sent_on = block @ (parts.local_inverses[other] @ flows.exports[there])
        importer, third = importer_content[other], foreign - importer_content[other]
        terms["DVA_FIN"][other] = own * final
        terms["DDC_INT"][other] = (own - local) * (block @ parts.table.output[there])
        for prefix, content in (("M", importer), ("O", third)):
            terms[f"{prefix}VA_FIN"][other] = content * final
            terms[f"{prefix}VA_INT"][other] = content * absorbed
            terms[f"{prefix}DC"][other] = content * sent_on
    if parts.taxes.any():
        terms["TLS"] = parts.taxes[span] * flows.exports_to[span].T
    return terms


def _uses(parts: Parts, position: int) -> dict[str, Matrix]:
    """Output of the world for sets of final sales, all `(K, G)` or `(K,)`.

    ``home``: B_.t Y_tt in column t; ``abroad``: B_.t (final exports of t) in column t; ``to``: output for final
    exports of all others to the exporter; ``direct``: B_.r Y_rs in column r.
    """
    regions = parts.table.region_of
    rows = np.arange(len(regions))
    final = parts.flows.final_to
    home, abroad, direct = (np.zeros_like(final) for _ in range(3))
    home[rows, regions] = final[rows, regions]
    abroad[rows, regions] = final.sum(axis=1) - final[rows, regions]
    direct[rows, regions] = final[:, position]
    direct[parts.blocks[position]] = 0.0
    groups = len(parts.blocks)
    solved = solve(parts.factors, np.column_stack([home, abroad, direct]))
    home, abroad, direct = (solved[:, k * groups : (k + 1) * groups] for k in range(3))
    return {"home": home, "abroad": abroad, "direct": direct, "to": direct.sum(axis=1)}


def _importer_output(parts: Parts, uses: dict[str, Matrix], exporter: int, importer: int) -> dict[str, Matrix]:
    """Output of the importer's industries that each use of the exporter's intermediates serves, term by term.

    In column t of ``abroad`` stand all final exports of t; what t sells to the exporter itself belongs to the terms of
    returned value, so it is taken out.
    """
    there = parts.blocks[importer]
    home, abroad = uses["home"][there], uses["abroad"][there]
    direct, returned = uses["direct"][there, importer], uses["to"][there]
    third_home = home.sum(axis=1) - home[:, importer] - home[:, exporter]
    third_abroad = abroad.sum(axis=1) - abroad[:, importer] - abroad[:, exporter] - (returned - direct)
    return {
        "DVA_INT": home[:, importer],
        "DVA_INTrexI1": third_home,
        "DVA_INTrexF": abroad[:, importer] - direct,
        "DVA_INTrexI2": third_abroad,
        "RDV_FIN": direct,
        "RDV_FIN2": returned - direct,
        "RDV_INT": home[:, exporter],
        "DDC_FIN": abroad[:, exporter],
    }


def _content_of_importers(parts: Parts, position: int) -> Matrix:
    """Value added of every region in a unit of each product of the exporter, ``V_r B_rs`` `(G, N_s)`."""
    content = parts.flows.value_added_share[:, None] * columns_of(parts, parts.blocks[position])
    summed = np.zeros((len(parts.blocks), content.shape[1]))
    np.add.at(summed, parts.table.region_of, content)
    return summed
