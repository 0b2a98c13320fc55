"""Make ``synthetic_icio_2020.csv``: an inter-country table that looks like the real ones and describes no country.

Sizes and structures are round numbers chosen by hand (which economy is large, which one exports machines, which one
hosts software), spread with a fixed seed and balanced. No cell is an observation: use the table to learn and to test,
never to state a finding. Run ``python data/trade/make_synthetic_icio.py``; the same bytes come out every time.

The layout is that of the OECD Inter-Country Input-Output tables: rows and columns ``JPN_C26_27``, final demand
``JPN_HFCE``, rows ``TLS`` (taxes less subsidies on products), ``VA`` and ``OUT``, a column ``OUT``; USD million.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SEED = 20200101
DIGITS = 1
# Region: gross domestic product (USD million), openness to trade, weight of manufacturing, weight of information.
REGIONS = {
    "JPN": (5_000_000, 0.8, 1.25, 0.9),
    "KOR": (1_600_000, 1.4, 1.50, 0.9),
    "CHN": (14_500_000, 0.7, 1.60, 0.7),
    "USA": (21_000_000, 0.6, 0.70, 1.4),
    "DEU": (3_800_000, 1.5, 1.35, 0.9),
    "IRL": (420_000, 3.5, 1.80, 4.0),
    "ROW": (38_000_000, 0.5, 0.90, 0.8),
}
# Industry: share of value added, value added per unit of output, share bought from abroad.
INDUSTRIES = {
    "A": (0.04, 0.50, 0.12),
    "B": (0.03, 0.60, 0.35),
    "C10T15": (0.04, 0.28, 0.20),
    "C16T25": (0.06, 0.30, 0.28),
    "C26_27": (0.03, 0.32, 0.45),
    "C28T33": (0.05, 0.32, 0.38),
    "D_E": (0.03, 0.45, 0.02),
    "F": (0.06, 0.42, 0.02),
    "G": (0.12, 0.62, 0.08),
    "H_I": (0.07, 0.48, 0.14),
    "J58T60": (0.01, 0.50, 0.10),
    "J61": (0.02, 0.52, 0.05),
    "J62_63": (0.03, 0.58, 0.16),
    "K_L": (0.16, 0.68, 0.06),
    "M_N": (0.10, 0.60, 0.12),
    "O_P_Q_R_S_T": (0.15, 0.66, 0.02),
}
# Final demand: share of it, and the industries it does not buy from.
DEMANDS = {"HFCE": 0.57, "NPISH": 0.02, "GGFC": 0.17, "GFCF": 0.23, "INVNT": 0.01}
DIGITAL = ("J58T60", "J61", "J62_63")
INVESTED = {"C26_27": 6.0, "C28T33": 8.0, "F": 12.0, "J62_63": 6.0, "M_N": 3.0}
GOVERNED = {"O_P_Q_R_S_T": 30.0, "H_I": 0.5}

Matrix = NDArray[np.float64]


def value_added(rng: np.random.Generator) -> Matrix:
    """Value added by region and industry `(G, N)`."""
    weights = np.array([share for share, _, _ in INDUSTRIES.values()])
    found = []
    for product, _, made, informed in REGIONS.values():
        tilt = np.array([made if code.startswith("C") else informed if code in DIGITAL else 1.0 for code in INDUSTRIES])
        share = weights * tilt * rng.lognormal(0.0, 0.15, len(weights))
        found.append(product * share / share.sum())
    return np.array(found)


def recipes(rng: np.random.Generator) -> Matrix:
    """What each industry buys from each, before trade `(N, N)`: much from itself, services from all."""
    names = list(INDUSTRIES)
    weights = np.array([share for share, _, _ in INDUSTRIES.values()])
    found = weights[:, None] * rng.lognormal(0.0, 0.5, (len(names), len(names)))
    found[np.diag_indices(len(names))] *= 6
    for code in DIGITAL:
        found[names.index(code)] *= 1.5
        found[np.ix_([names.index(code)], [names.index("J62_63"), names.index("K_L"), names.index("M_N")])] *= 3
    return found / found.sum(axis=0)


def sources(rng: np.random.Generator) -> Matrix:
    """Share of each region in what another buys of an industry `(N, G seller, G buyer)`."""
    sizes = np.array([product for product, _, _, _ in REGIONS.values()], dtype=float)
    found = np.zeros((len(INDUSTRIES), len(sizes), len(sizes)))
    for k, (code, (_, _, abroad)) in enumerate(INDUSTRIES.items()):
        special = [
            made if code.startswith("C") else informed if code in DIGITAL else 1.0
            for _, _, made, informed in REGIONS.values()
        ]
        pull = sizes**0.8 * np.array(special) ** 2
        for buyer, (_, openness, _, _) in enumerate(REGIONS.values()):
            share = pull * rng.lognormal(0.0, 0.3, len(sizes))
            share[buyer] = 0.0
            bought = min(0.85, abroad * openness)
            found[k, :, buyer] = bought * share / share.sum()
            found[k, buyer, buyer] = 1.0 - bought
    return found


def wanted(rng: np.random.Generator) -> Matrix:
    """What each category of final demand buys, before trade `(N, C)`."""
    weights = np.array([share for share, _, _ in INDUSTRIES.values()])
    found = []
    for category in DEMANDS:
        tilt = {"GFCF": INVESTED, "GGFC": GOVERNED, "NPISH": GOVERNED}.get(category, {})
        plain = 0.05 if category in {"GFCF", "GGFC", "NPISH"} else 1.0
        share = (
            weights * np.array([tilt.get(code, plain) for code in INDUSTRIES]) * rng.lognormal(0.0, 0.2, len(weights))
        )
        found.append(share / share.sum())
    return np.array(found).T


def balance(flows: Matrix, rows: Matrix, columns: Matrix) -> Matrix:
    """Scale rows and columns in turn until both add up to their totals."""
    for _ in range(2000):
        flows = flows * (rows / flows.sum(axis=1))[:, None]
        flows = flows * (columns / flows.sum(axis=0))
        if np.abs(flows.sum(axis=1) - rows).max() < 1e-6:
            return flows
    raise ArithmeticError("The totals cannot be reached.")


def make_table() -> pd.DataFrame:
    """Build the table and label it."""
    rng = np.random.default_rng(SEED)
    areas, codes, uses = len(REGIONS), len(INDUSTRIES), len(DEMANDS)
    added = value_added(rng)
    output = added / np.array([ratio for _, ratio, _ in INDUSTRIES.values()])
    taxes = 0.02 * (output - added)
    bought, origin, asked = recipes(rng), sources(rng), wanted(rng)
    inputs = np.einsum("ij,irs,sj->risj", bought, origin, output - added - taxes).reshape(areas * codes, areas * codes)
    spending = added.sum(axis=1) * (added.sum() + taxes.sum()) / added.sum()
    demand = np.einsum("ic,irs,s,c->risc", asked, origin, spending, np.array(list(DEMANDS.values()))).reshape(
        areas * codes, areas * uses
    )
    columns = np.concatenate([(output - added - taxes).ravel(), demand.sum(axis=0)])
    cells = np.round(balance(np.hstack([inputs, demand]), output.ravel(), columns), DIGITS)
    total = cells.sum(axis=1).round(DIGITS)
    paid = np.round(taxes.ravel(), DIGITS)
    left = (total - cells[:, : areas * codes].sum(axis=0) - paid).round(DIGITS)
    rows = [f"{region}_{code}" for region in REGIONS for code in INDUSTRIES]
    names = [*rows, *(f"{region}_{code}" for region in REGIONS for code in DEMANDS), "OUT"]
    frame = pd.DataFrame(np.column_stack([cells, total]), index=pd.Index(rows, name="V1"), columns=names)
    nothing = np.zeros(areas * uses + 1)
    for name, values in (("TLS", paid), ("VA", left), ("OUT", total)):
        frame.loc[name] = np.concatenate([values, nothing])
    return frame


if __name__ == "__main__":
    target = Path(__file__).with_name("synthetic_icio_2020.csv")
    make_table().to_csv(target, float_format=f"%.{DIGITS}f", lineterminator="\n")
