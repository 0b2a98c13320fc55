"""Numbers recorded from R's package survey, entry by entry: the project's own pack, and the reference data's."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.oracles.__main__ import main
from tests.oracles.own.generate import DATA, firms
from tests.oracles.pack import Entry, Pack
from tests.oracles.verdict import Verdict, judge_entry
from tests.reference import REFERENCE

OWN = Pack(DATA.parent.parent)
PACKS = {"own": OWN} | ({"reference": Pack(REFERENCE / "oracle")} if REFERENCE is not None else {})
CASES = [pytest.param(name, entry, id=f"{name}:{entry.id}") for name, pack in PACKS.items() for entry in pack.entries]


@pytest.fixture(scope="module")
def designs() -> dict[str, dict[tuple[str, str], Any]]:
    return {name: {} for name in PACKS}


@pytest.mark.parametrize(("pack", "entry"), CASES)
def test_a_recorded_call_gives_the_recorded_answer(
    pack: str, entry: Entry, designs: dict[str, dict[tuple[str, str], Any]]
) -> None:
    verdict = judge_entry(PACKS[pack], entry, designs[pack])
    if verdict.status == "unsupported":
        pytest.skip(verdict.why)
    if verdict.status == "fail" and not entry.firm and not verdict.why.startswith("crash"):
        pytest.xfail(f"R warns, or its versions disagree: {verdict.why}")
    assert verdict.status in ("pass", "better"), f"{entry.call}: {verdict.why}"


def test_the_reference_pack_is_judged_where_it_is_present(reference: Path) -> None:
    assert len(Pack(reference / "oracle").entries) > 600


def test_the_own_sample_is_what_its_script_makes() -> None:
    pd.testing.assert_frame_equal(pd.read_csv(DATA), firms(), check_dtype=False, check_exact=True)
    assert DATA.stat().st_size < 100_000


@pytest.mark.rlang
def test_r_still_gives_the_committed_numbers(tmp_path: Path) -> None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("Rscript is not installed")
    found = tmp_path / "oracle.json"
    done = subprocess.run(
        [rscript, str(OWN.folder / "oracle.R"), str(OWN.folder), str(found)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "there is no package" in done.stderr:
        pytest.skip("R has no package survey or jsonlite")
    assert done.returncode == 0, done.stderr
    again = json.loads(found.read_text(encoding="utf-8"))["entries"]
    committed = OWN.content["entries"]
    assert [entry["call"] for entry in again] == [entry["call"] for entry in committed]
    for one, other in zip(again, committed, strict=True):
        assert list(_numbers(one)) == pytest.approx(list(_numbers(other)), rel=1e-9, abs=1e-12), one["call"]


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float):
        yield float(value)


def test_nothing_in_the_harness_is_keyed_on_an_entry_or_a_data_set() -> None:
    folder = Path(__file__).parent / "oracles"
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py") if "own" not in path.parts)
    for pack in PACKS.values():
        named = [name for name in (*pack.datasets, *pack.designs) if f'"{name}"' in source and len(name) > 4]
        assert not named, f"the harness names {named}"
        assert not [entry.id for entry in pack.entries if f'"{entry.id}"' in source]


def test_the_command_prints_a_table_and_writes_the_verdicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "verdicts.json"
    code = main(["--pack", str(OWN.folder), "--json", str(out), "--only", "svymean(", "--strict"])
    printed = capsys.readouterr().out
    written = json.loads(out.read_text(encoding="utf-8"))
    assert "svymean" in printed.splitlines()[1]
    assert set(next(iter(written.values()))) == {"status", "worst", "why"}
    counts = Counter(record["status"] for record in written.values())
    assert set(counts) <= {"pass", "better", "fail", "unsupported"}
    assert code == (1 if counts["fail"] else 0)


def test_a_wrong_number_fails(designs: dict[str, dict[tuple[str, str], Any]]) -> None:
    entry = next(entry for entry in OWN.entries if entry.call.startswith("svymean(") and not entry.error)
    assert _judged(entry, designs).status == "pass"
    wrong = dict(entry.record) | {"estimates": [value * (1 + 1e-6) for value in entry.record["estimates"]]}
    verdict = _judged(Entry(wrong), designs)
    assert verdict.status == "fail"
    assert "estimates" in verdict.why


def test_a_number_that_is_not_there_fails(designs: dict[str, dict[tuple[str, str], Any]]) -> None:
    entry = next(entry for entry in OWN.entries if entry.call.startswith("svymean(") and not entry.error)
    verdict = _judged(Entry(dict(entry.record) | {"kurtosis": [3.0]}), designs)
    assert (verdict.status, "no such number" in verdict.why) == ("fail", True)


def _judged(entry: Entry, designs: dict[str, dict[tuple[str, str], Any]]) -> Verdict:
    return judge_entry(OWN, entry, designs["own"])
