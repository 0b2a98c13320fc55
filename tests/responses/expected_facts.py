"""The verified facts about the reference exports, each with the check that holds it, or the reason why there is none.

``python -m tests.responses.expected_facts`` prints the list of what is not supported, for the docs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from surveykit.responses import Export, read_export
from tests.reference import REFERENCE

__all__ = ["DEFINITIONS", "expected", "facts", "read", "unsupported"]

DEFINITIONS = {
    ".qsf": "a Qualtrics survey definition: what was asked, not what was answered; it belongs to read_instrument",
    ".lss": "a LimeSurvey definition: it belongs to read_instrument",
    "_dictionary.csv": "a REDCap data dictionary: it belongs to read_instrument",
    "_form.xlsx": "an XLSForm: it belongs to read_instrument",
    "xlsform": "an XLSForm: it belongs to read_instrument",
}
PROSE = {"note": "a remark for people; what it says is checked by the other facts of the file"}


def expected() -> dict[str, dict[str, Any]]:
    if REFERENCE is None:
        return {}
    loaded: dict[str, dict[str, Any]] = json.loads(
        (REFERENCE / "exports" / "EXPECTED.json").read_text(encoding="utf-8")
    )
    return loaded


def unsupported(file: str, key: str) -> str | None:
    """Why a fact has no check here, or None when it has one."""
    for mark, reason in DEFINITIONS.items():
        if file.endswith(mark) or file.startswith(mark):
            return reason
    return PROSE.get(key)


def facts() -> Iterator[tuple[str, str]]:
    """Every (file, fact) of the reference data."""
    for file, known in expected().items():
        for key in known:
            yield file, key


@cache
def read(file: str) -> Export:
    """The export with preview and test rows kept: the facts count all rows."""
    assert REFERENCE is not None
    folder = REFERENCE / "exports"
    rosters = {}
    if file == "ona_children_main.csv":
        rosters = {"children": folder / "ona_children_children.csv", "cartoons": folder / "ona_children_cartoons.csv"}
    return read_export(folder / file, keep_preview=True, keep_test=True, rosters=rosters)


def unsupported_table() -> str:
    """The list of what is not supported, as Markdown."""
    reasons: dict[str, list[str]] = {}
    for file, key in facts():
        reason = unsupported(file, key)
        if reason and key not in PROSE:
            reasons.setdefault(reason, [])
            if Path(file).name not in reasons[reason]:
                reasons[reason].append(Path(file).name)
    return "\n".join(
        [
            "| files | why they are not read as answers |",
            "|---|---|",
            *(f"| {', '.join(files)} | {reason} |" for reason, files in reasons.items()),
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(unsupported_table() + "\n")
