"""Judge a pack: ``python -m tests.oracles --pack FOLDER --json OUT``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.oracles.pack import Pack
from tests.oracles.report import failures_text, table_text
from tests.oracles.verdict import judge_pack

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Print the table by function and write the verdicts."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracles", description=__doc__)
    parser.add_argument("--pack", type=Path, required=True, help="folder that holds oracle.json, data/ and weights/")
    parser.add_argument("--json", type=Path, help="file for the verdicts, one an entry")
    parser.add_argument("--only", default="", help="judge only entries whose call contains this text")
    parser.add_argument("--failures", action="store_true", help="list every failure with its call")
    parser.add_argument("--strict", action="store_true", help="end with 1 if an entry failed")
    options = parser.parse_args(arguments)
    if not (options.pack / "oracle.json").is_file():
        parser.error(f"no oracle.json in '{options.pack}'")
    judged = list(judge_pack(Pack(options.pack), options.only))
    sys.stdout.write(table_text(judged) + "\n")
    if options.failures:
        sys.stdout.write("\n" + failures_text(judged) + "\n")
    if options.json is not None:
        records = {entry.id: verdict.record() for entry, verdict in judged}
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(options.strict and any(verdict.status == "fail" for _, verdict in judged))


if __name__ == "__main__":
    sys.exit(main())
