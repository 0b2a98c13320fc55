"""The ledger: what was done to the answers, one JSON line a step, so that it can be done again and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from surveykit.errors import QualityError, ReadError

__all__ = ["append", "digest", "package_version", "read_ledger"]


def digest(frame: pd.DataFrame) -> str:
    """SHA-256 of a frame's index, column names and values, the same on every machine."""
    text = frame.to_csv(index=True, lineterminator="\n", float_format="%.17g")
    return hashlib.sha256(text.encode()).hexdigest()


def package_version() -> str:
    """Version of surveykit as installed."""
    try:
        return version("surveykit")
    except PackageNotFoundError:
        return "not installed"


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Write one step at the end of a ledger.

    Raises
    ------
    QualityError
        If the folder of the ledger is not there.
    """
    line = json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n"
    if not path.parent.is_dir():
        raise QualityError(f"The folder of the ledger '{path}' is not there.", remedy="Make it first.")
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(line)


def read_ledger(path: str | Path) -> list[dict[str, Any]]:
    """Steps of a ledger, oldest first.

    Raises
    ------
    ReadError
        If the file is not there, or a line is no step.
    """
    file = Path(path)
    if not file.is_file():
        raise ReadError(f"The ledger '{file}' is not there.", remedy="Check the path.")
    steps: list[dict[str, Any]] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            step = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            step = None
        if not isinstance(step, dict) or not isinstance(step.get("step"), str):
            raise ReadError(
                f"Line {number} is no step of a ledger.",
                where=str(file.name),
                remedy="The file was changed or cut; use a copy that nobody has edited.",
            )
        steps.append(step)
    return steps
