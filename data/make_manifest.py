"""Write manifest.csv: every published file of this folder with rows, SHA-256, sources and licences.

Run `python data/make_manifest.py` after a file changed; the test tests/trade/test_shipped_data.py compares.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

__all__ = ["FOLDERS", "manifest_rows"]

HERE = Path(__file__).parent
FOLDERS = ("facts", "meti2025", "population", "quoted")
COLUMNS = ("file", "rows", "sha256", "licence", "source")


def manifest_rows(root: Path = HERE) -> list[dict[str, str]]:
    """Describe every CSV file of the published folders, in order of name."""
    rows = []
    for path in sorted(path for folder in FOLDERS for path in (root / folder).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            records = list(csv.DictReader(handle))
        row = {"file": path.relative_to(root).as_posix(), "rows": str(len(records))}
        row["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        for column in ("licence", "source"):
            row[column] = " | ".join(dict.fromkeys(record[column] for record in records))
        rows.append(row)
    return rows


if __name__ == "__main__":
    with (HERE / "manifest.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(manifest_rows())
