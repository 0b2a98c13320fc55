"""Weighting and replicates beside the peers: raking to three margins, bootstrap replicates; benchmarks/WEIGHTING.md.

usage: python -m benchmarks --only weighting [--sizes 1e4,1e5,1e6] [--repeats 3]
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.page import line
from benchmarks.sample import write

__all__ = ["OPERATIONS", "PEERS", "command", "page", "write_margins"]

HERE = Path(__file__).parent
OPERATIONS = {
    "rake": "Raking to three margins (10, 5 and 5 levels), to 1e-6",
    "boot200": "200 bootstrap replicates and means by 10 domains",
    "boot1000": "1,000 bootstrap replicates and means by 10 domains",
    "model1000": "Linear regression over 1,000 bootstrap replicates",
    "median200": "Median over 200 bootstrap replicates, from their own medians",
}
PEERS = {
    "rake": ("surveykit", "balance", "svy", "ipfn"),
    "boot200": ("surveykit", "svy", "r"),
    "boot1000": ("surveykit",),
    "model1000": ("surveykit",),
    "median200": ("surveykit",),
}
_NEEDS = {
    "balance": ("balance==0.23.0", "numpy==1.26.4", "pandas==3.0.6"),
    "svy": ("svy==0.35.0", "pyarrow"),
    "ipfn": ("ipfn==1.4.4", "pandas", "pyarrow"),
}
_HEAD = (
    "# Weighting and replicates beside the peers",
    "",
    "Written by `python -m benchmarks --only weighting`. Columns are integer codes. *Warm*: data, design and, for",
    "raking, the codes in the form that the peer wants are ready; *fresh*: from the data frame on, with coding, and",
    "for replicates the survey too. Median of the repeats with their range; `x` is the peer's time over surveykit's in",
    "the same run; memory is what the run added at its highest. One process a cell, peers in turn. *Off*: largest",
    "relative error of a margin; or difference of the means from those of surveykit (the draws of replicates differ).",
    "",
)
_COLUMNS = "| rows | peer | warm | x | fresh | x | memory | off |"


def write_margins(rows: int, folder: Path) -> Path:
    """Write margins that the sample of so many rows has not: its own, each level moved by up to a quarter."""
    target = folder / f"margins-{rows}.json"
    if not target.exists():
        table = pq.read_table(folder / f"sample-{rows}.parquet", columns=["dom", "c1", "c2", "w"])
        weight, rng = table["w"].to_numpy(), np.random.default_rng(rows)
        margins = {}
        for name, levels in (("dom", 10), ("c1", 5), ("c2", 5)):
            counts = np.bincount(table[name].to_numpy(), weight, levels) * rng.uniform(0.8, 1.25, levels)
            margins[name] = (counts * weight.sum() / counts.sum()).tolist()
        target.write_text(json.dumps(margins), encoding="utf-8")
    return target


def _python(peer: str) -> str:
    """Python of an environment of its own for a peer, made on first use."""
    given = os.environ.get(f"{peer.upper()}_PYTHON")
    if given:
        return given
    home = HERE.parent / ".bench" / peer
    if not (home / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin" / "pip"), "install", "-q", *_NEEDS[peer]], check=True)
    return str(home / "bin" / "python")


def command(peer: str, folder: Path, rows: int, operation: str, repeats: int) -> list[str] | None:
    """Return the command that times one peer; None where it is not installed."""
    write(rows, folder)
    sample, margins = str(folder / f"sample-{rows}.parquet"), str(write_margins(rows, folder))
    if peer == "r":
        script = str(HERE / "peers" / "weighting_r.R")
        return ["Rscript", script, str(folder), str(rows), str(repeats)] if shutil.which("Rscript") else None
    script = str(HERE / "peers" / f"weighting_{peer}.py")
    return [sys.executable if peer == "surveykit" else _python(peer), script, sample, margins, operation, str(repeats)]


def page(found: dict[tuple[str, int, str], dict], machine: str, noise: str) -> str:
    """Make the page of all results."""
    lines = [*_HEAD, f"{machine} balance 0.23.0, svy 0.35.0, ipfn 1.4.4, R survey as packaged by the system. {noise}"]
    for operation, label in OPERATIONS.items():
        lines += ["", f"## {label}", "", _COLUMNS, "|---|---|---|---|---|---|---|---|"]
        for rows in sorted({size for _, size, name in found if name == operation}):
            ours = found.get(("surveykit", rows, operation), {})
            for peer in PEERS[operation]:
                if (peer, rows, operation) in found:
                    lines.append(
                        line(rows, peer, found[peer, rows, operation], ours, _off(found[peer, rows, operation], ours))
                    )
    return "\n".join(lines) + "\n"


def _off(result: dict, ours: dict) -> str:
    if "margins" in result:
        return f"{result['margins']:.0e}"
    first, second = result["results"], ours.get("results", [])
    if ours is result or len(first) != len(second):
        return ""
    return f"{max(abs(a / b - 1) for a, b in zip(first, second, strict=True)):.0e}"
