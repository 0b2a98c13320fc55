"""Run every peer on every operation and size, side by side, and write benchmarks/RESULTS.md.

usage: python -m benchmarks [--sizes 1e4,1e5,1e6] [--peers surveykit,svy,r] [--repeats 5] [--large] [--only weighting]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
import pandas as pd

from benchmarks import weighting
from benchmarks.page import duration, line
from benchmarks.sample import write

__all__ = ["main"]

HERE = Path(__file__).parent
OPERATIONS = {
    "mean": "mean",
    "domains": "mean by 10 domains",
    "crosstab": "5 x 5 cross-tab with Rao-Scott F",
    "linear": "linear regression, 5 covariates",
    "logistic": "logistic regression, 5 covariates",
    "median": "median with interval",
}
_TIMEOUT = 400
_HEAD = (
    "# Speed and memory beside the peers",
    "",
    "Written by `make bench`. Median of repeat calls with the design prepared (warm) and of the first call on a fresh",
    "sample, its preparation included (fresh); `x` is the peer's time over surveykit's (in memory) in the same run;",
    "range in brackets; memory is what the whole run added at its highest. One process a cell, peers in turn.",
    "",
)
_COLUMNS = "| rows | peer | warm | x | fresh | x | memory | agrees with surveykit |"


def main() -> None:
    """Time the peers in turn, operation by operation, so that drift of the machine hits all alike."""
    options = _options()
    sizes = [int(float(size)) for size in options.sizes.split(",")]
    peers = options.peers.split(",")
    folder = Path(options.data or tempfile.gettempdir()) / "surveykit-bench"
    if options.only:
        _weighting(folder, sizes, options.repeats)
        return
    found: dict[tuple[str, int, str], dict] = {}
    for size in sizes + ([10_000_000] if options.large else []):
        write(size, folder)
        for operation in OPERATIONS:
            for peer in peers if size in sizes else [name for name in peers if name.startswith("surveykit")]:
                command = _command(peer, folder, size, operation, options.repeats)
                found[peer, size, operation] = _run(command)
                _say(peer, size, operation, found[peer, size, operation])
    (HERE / "RESULTS.md").write_text(_page(found, peers), encoding="utf-8")


def _weighting(folder: Path, sizes: list[int], repeats: int) -> None:
    """Time weighting and replicates, and write benchmarks/WEIGHTING.md; some operations at the largest size alone."""
    found: dict[tuple[str, int, str], dict] = {}
    loads = [os.getloadavg()[0]]
    for size in sizes:
        for operation, peers in weighting.PEERS.items():
            for peer in peers if operation in ("rake", "boot200") or size == max(sizes) else ():
                found[peer, size, operation] = _run(weighting.command(peer, folder, size, operation, repeats))
                _say(peer, size, operation, found[peer, size, operation])
                loads.append(os.getloadavg()[0])
    noise = f"Load of the machine during the run: {min(loads):.1f} to {max(loads):.1f}."
    (HERE / "WEIGHTING.md").write_text(weighting.page(found, _machine(), noise), encoding="utf-8")


def _machine() -> str:
    machine = f"Machine: {platform.machine()}, {os.cpu_count()} processors."
    return f"{machine} Python {platform.python_version()}, NumPy {np.__version__}, pandas {pd.__version__},"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1e4,1e5,1e6")
    parser.add_argument("--peers", default="surveykit,surveykit-duckdb,svy,r")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="add 1e7 rows for surveykit alone")
    parser.add_argument("--only", choices=["weighting"], help="raking and replicates alone, into WEIGHTING.md")
    parser.add_argument("--data", help="folder for the generated samples")
    return parser.parse_args()


def _svy_python() -> str:
    """Python of an environment of its own for svy, made on first use."""
    given = os.environ.get("SVY_PYTHON")
    if given:
        return given
    home = HERE.parent / ".bench" / "svy"
    if not (home / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin" / "pip"), "install", "-q", "svy==0.35.0", "pyarrow"], check=True)
    return str(home / "bin" / "python")


def _command(peer: str, folder: Path, size: int, operation: str, repeats: int) -> list[str] | None:
    sample = str(folder / f"sample-{size}.parquet")
    tail = [operation, str(repeats)]
    if peer.startswith("surveykit"):
        engine = "duckdb" if peer.endswith("duckdb") else "memory"
        return [sys.executable, str(HERE / "peers" / "surveykit_peer.py"), sample, *tail, engine]
    if peer == "svy":
        return [_svy_python(), str(HERE / "peers" / "svy_peer.py"), sample, *tail]
    if shutil.which("Rscript") is None:
        return None
    return ["Rscript", str(HERE / "peers" / "r_survey.R"), str(folder), str(size), *tail]


def _run(command: list[str] | None) -> dict:
    if command is None:
        return {"error": "not installed"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"more than {_TIMEOUT} s"}
    lines = [line[4:] for line in done.stdout.splitlines() if line.startswith("JSON")]
    return json.loads(lines[-1]) if lines else {"error": (done.stderr.strip().splitlines() or ["no output"])[-1][:120]}


def _say(peer: str, size: int, operation: str, result: dict) -> None:
    shown = result.get("error") or f"warm {duration(median(result['warm']))}, fresh {duration(median(result['fresh']))}"
    sys.stdout.write(f"{size:>9} {operation:10} {peer:18} {shown}\n")
    sys.stdout.flush()


def _page(found: dict[tuple[str, int, str], dict], peers: list[str]) -> str:
    sizes = sorted({size for _, size, _ in found})
    lines = [
        *_HEAD,
        f"{_machine()} DuckDB {duckdb.__version__}, svy 0.35.0, R survey as packaged by the system.",
    ]
    for operation, label in OPERATIONS.items():
        lines += ["", f"## {label}", "", _COLUMNS, "|---|---|---|---|---|---|---|---|"]
        for size in sizes:
            ours = found.get(("surveykit", size, operation), {})
            lines += [
                line(size, peer, found[peer, size, operation], ours, _agreement(found[peer, size, operation], ours))
                for peer in peers
                if (peer, size, operation) in found
            ]
    return "\n".join(lines) + "\n"


def _agreement(result: dict, ours: dict) -> str:
    first, second = result.get("results", []), ours.get("results", [])
    if ours is result or not first or len(first) != len(second):
        return ""
    worst = max(abs(a - b) / max(abs(b), 1e-300) for a, b in zip(first, second, strict=True))
    return f"{worst:.0e}"


if __name__ == "__main__":
    main()
