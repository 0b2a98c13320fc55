"""Make the population files of this folder.

``japan_enterprises_2014.csv`` is the published cross-table of ``data/facts/japan_enterprises_by_size_industry.csv``
in the form that ``read_population`` takes. ``ILLUSTRATIVE_japan_firms_size4_sector3.csv`` is invented: nobody
publishes the size classes of the questionnaire, so its shares were chosen to be of the right order and to add up.
Replace it by a tabulation of the Economic Census before any number is used. Run ``python
data/population/make_population.py``.
"""

from __future__ import annotations

import csv
from pathlib import Path

__all__ = ["illustrative", "published"]

HERE = Path(__file__).parent
FACTS = HERE.parent / "facts" / "japan_enterprises_by_size_industry.csv"
BANDS = {"of which small (shokibo) enterprise": "small", "medium = SME minus small": "medium", "large": "large"}
TOTAL = 3_000_000
# Invented shares; see the docstring.
SIZES = {"1-10": 0.860, "11-50": 0.110, "51-500": 0.027, "501+": 0.003}
SECTORS = {
    "1-10": (0.11, 0.15, 0.74),
    "11-50": (0.20, 0.12, 0.68),
    "51-500": (0.27, 0.13, 0.60),
    "501+": (0.30, 0.17, 0.53),
}
SECTOR_NAMES = ("Manufacturing", "Digital services", "Other services")


def published() -> list[dict[str, str]]:
    """Enterprises by legal size and JSIC section, 2014."""
    with FACTS.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return [
        {
            "size3": BANDS[row["size_band"]],
            "jsic": row["jsic"],
            "count": row["enterprises"],
            "name": "Enterprises of Japan 2014 by legal size and industry",
            "source": row["source"],
            "year": row["ref_year"],
            "licence": row["licence"],
            "note": row["note"],
        }
        for row in rows
        if row["ref_year"] == "2014" and len(row["jsic"]) == 1 and row["size_band"] in BANDS
    ]


def illustrative() -> list[dict[str, str]]:
    """Invented counts by the questionnaire's size class and sector."""
    return [
        {
            "size4": size,
            "sector3": sector,
            "count": str(round(TOTAL * share * part)),
            "name": "ILLUSTRATIVE firms of Japan (invented)",
            "source": "invented for examples and tests; not a statistic",
            "year": "none",
            "licence": "CC0 1.0",
            "illustrative": "true",
        }
        for size, share in SIZES.items()
        for sector, part in zip(SECTOR_NAMES, SECTORS[size], strict=True)
    ]


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    _write(HERE / "japan_enterprises_2014.csv", published())
    _write(HERE / "ILLUSTRATIVE_japan_firms_size4_sector3.csv", illustrative())
