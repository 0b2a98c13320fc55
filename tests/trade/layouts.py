"""A balanced random table, and its files in the layout of every source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = [
    "Specimen",
    "adb_grid",
    "figaro_flat",
    "icio_frame",
    "specimen",
    "wiod13_grid",
    "wiod16_frame",
    "wiod16_grid",
    "write_grid",
]


@dataclass(frozen=True, eq=False)
class Specimen:
    regions: tuple[str, ...]
    industries: tuple[str, ...]
    categories: tuple[str, ...]
    Z: np.ndarray
    Y: np.ndarray
    VA: np.ndarray
    TLS: np.ndarray
    x: np.ndarray

    @property
    def rows(self) -> list[tuple[str, str]]:
        return [(region, code) for region in self.regions for code in self.industries]

    @property
    def demands(self) -> list[tuple[str, str]]:
        return [(region, code) for region in self.regions for code in self.categories]


def specimen(
    regions: Sequence[str], industries: Sequence[str], categories: Sequence[str], *, seed: int = 1, taxes: float = 0.03
) -> Specimen:
    """Random flows, mostly domestic; output is the sum of uses and value added what is left of it."""
    rng = np.random.default_rng(seed)
    G, N, C = len(regions), len(industries), len(categories)
    home = np.where(np.eye(G, dtype=bool), 1.0, 0.15)
    Z = rng.gamma(1.0, 10.0, (G * N, G * N)) * np.kron(home, np.ones((N, N)))
    Y = rng.gamma(1.0, 40.0 * N / C, (G * N, G * C)) * np.kron(home, np.ones((N, C)))
    x = Z.sum(axis=1) + Y.sum(axis=1)
    Z *= np.minimum(1.0, 0.6 * x / Z.sum(axis=0))
    x = Z.sum(axis=1) + Y.sum(axis=1)
    for _ in range(50):
        if (Z.sum(axis=0) <= 0.71 * x).all():
            break
        Z *= np.minimum(1.0, 0.7 * x / Z.sum(axis=0))
        x = Z.sum(axis=1) + Y.sum(axis=1)
    TLS = taxes * Z.sum(axis=0)
    return Specimen(tuple(regions), tuple(industries), tuple(categories), Z, Y, x - Z.sum(axis=0) - TLS, TLS, x)


def icio_frame(s: Specimen) -> pd.DataFrame:
    """Labels ``JPN_C26``, rows TLS, VA, OUT, a column OUT."""
    rows = [f"{region}_{code}" for region, code in s.rows]
    demands = [f"{region}_{code}" for region, code in s.demands]
    body = np.column_stack([s.Z, s.Y, s.x])
    zeros = np.zeros(len(demands) + 1)
    frame = pd.DataFrame(body, index=rows, columns=[*rows, *demands, "OUT"])
    for name, values in (("TLS", s.TLS), ("VA", s.VA), ("OUT", s.x)):
        frame.loc[name] = np.concatenate([values, zeros])
    frame.index.name = "V1"
    return frame


def figaro_flat(s: Specimen) -> pd.DataFrame:
    records = []
    for i, (region, code) in enumerate(s.rows):
        for j, (other, use) in enumerate([*s.rows, *s.demands]):
            value = s.Z[i, j] if j < len(s.rows) else s.Y[i, j - len(s.rows)]
            records.append((region, code, other, use, value))
    for j, (other, use) in enumerate(s.rows):
        records.append(("W2", "D21X31", other, use, s.TLS[j]))
        records.append(("W2", "D1", other, use, 0.6 * s.VA[j]))
        records.append(("W2", "D29X39", other, use, 0.1 * s.VA[j]))
        records.append(("W2", "B2A3G", other, use, 0.3 * s.VA[j]))
    return pd.DataFrame(records, columns=["refArea", "rowIi", "counterpartArea", "colIi", "obsValue"])


def _grid(
    s: Specimen,
    use_codes: list[str],
    row_codes: list[str],
    accounts: list[tuple[str, str, np.ndarray]],
    lines: list[list[str]],
) -> list[list[object]]:
    """Lines of labels, then the rows: name, region and code before the numbers."""
    blank = [None] * 4
    regions = [region for region, _ in [*s.rows, *s.demands]]
    grid: list[list[object]] = [[title] for title in lines[0]]
    grid += [[*blank, *([f"name of {code}" for code in use_codes]), "total"]]
    grid += [[*blank, *regions, "TOT"], [*blank, *use_codes, None]]
    for k, (region, _) in enumerate(s.rows):
        grid.append([None, f"name of {row_codes[k]}", region, row_codes[k], *s.Z[k], *s.Y[k], s.x[k]])
    padding = [0.0] * (len(s.demands) + 1)
    for name, code, values in accounts:
        grid.append([None, name, "TOT", code, *values, *padding])
    return grid


def adb_grid(s: Specimen) -> list[list[object]]:
    uses = [f"c{k + 1}" for _ in s.regions for k in range(len(s.industries))]
    demands = [f"F{k + 1}" for _ in s.regions for k in range(len(s.categories))]
    accounts = [
        ("Intermediate input total", "r60", s.Z.sum(axis=0)),
        ("Taxes less subsidies on products", "r99", 0.7 * s.TLS),
        ("Value added at basic prices", "r64", s.VA),
        ("International Transport Margins", "trs", 0.3 * s.TLS),
        ("TOTAL", "r69", s.x),
    ]
    return _grid(s, uses + demands, uses, accounts, [["Multiregional Input-Output Table 2020", "In millions of US$"]])


def wiod13_grid(s: Specimen) -> list[list[object]]:
    uses = [f"c{k + 1}" for _ in s.regions for k in range(len(s.industries))]
    demands = [code for _ in s.regions for code in ("c37", "c38", "c39", "c41", "c42")]
    accounts = [
        ("Total intermediate consumption", "r60", s.Z.sum(axis=0)),
        ("taxes less subsidies on products", "r61", 0.5 * s.TLS),
        ("Cif/ fob adjustments on exports", "r62", 0.1 * s.TLS),
        ("Direct purchases abroad by residents", "r63", 0.0 * s.TLS),
        ("Value added at basic prices", "r64", s.VA),
        ("International Transport Margins", "r65", 0.4 * s.TLS),
        ("Output at basic prices", "r69", s.x),
    ]
    return _grid(s, uses + demands, uses, accounts, [["Intercountry Input-Output Table", "(industry-by-industry)"]])


_WIOD16_ACCOUNTS = ("II_fob", "TXSP", "EXP_adj", "PURR", "PURNR", "VA", "IntTTM", "GO")


def _wiod16_accounts(s: Specimen) -> dict[str, np.ndarray]:
    zero = 0.0 * s.TLS
    values = (s.Z.sum(axis=0), 0.6 * s.TLS, zero, zero, zero, s.VA, 0.4 * s.TLS, s.x)
    return dict(zip(_WIOD16_ACCOUNTS, values, strict=True))


def wiod16_frame(s: Specimen, year: int) -> pd.DataFrame:
    """Layout of the R files of the 2016 release, saved as CSV."""
    N = len(s.industries)
    columns = [f"{r}{k + 1}" for r in s.regions for k in range(N)] + [
        f"{r}{57 + k}" for r in s.regions for k in range(5)
    ]
    records = [
        [code, f"name of {code}", region, k % N + 1, year, *s.Z[k], *s.Y[k], s.x[k]]
        for k, (region, code) in enumerate(s.rows)
    ]
    for k, (name, values) in enumerate(_wiod16_accounts(s).items()):
        records.append([name, name, "TOT", 65 + k, year, *values, *[0.0] * (len(s.demands) + 1)])
    labels = ["IndustryCode", "IndustryDescription", "Country", "RNr", "Year"]
    return pd.DataFrame(records, columns=[*labels, *columns, "TOT"])


def wiod16_grid(s: Specimen) -> list[list[object]]:
    """Layout of the workbooks of the 2016 release."""
    N, uses = len(s.industries), [*s.rows, *s.demands]
    blank = [None] * 4
    numbers = [f"c{k + 1}" for _ in s.regions for k in range(N)] + [f"c{57 + k}" for _ in s.regions for k in range(5)]
    grid: list[list[object]] = [["World Input-Output Table"], ["(industry-by-industry)"]]
    grid.append([*blank, *[code for _, code in uses], "GO"])
    grid.append([*blank, *[f"name of {code}" for _, code in uses], "total"])
    grid.append([*blank, *[region for region, _ in uses], "TOT"])
    grid.append([*blank, *numbers, "c62"])
    for k, (region, code) in enumerate(s.rows):
        grid.append([code, f"name of {code}", region, f"r{k % N + 1}", *s.Z[k], *s.Y[k], s.x[k]])
    for k, (name, values) in enumerate(_wiod16_accounts(s).items()):
        grid.append([name, name, "TOT", f"r{65 + k}", *values, *[0.0] * (len(s.demands) + 1)])
    return grid


def write_grid(grid: list[list[object]], path: Path) -> Path:
    width = max(len(line) for line in grid)
    padded = [[*line, *[None] * (width - len(line))] for line in grid]
    pd.DataFrame(padded).to_excel(path, header=False, index=False)
    return path
