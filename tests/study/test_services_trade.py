"""The study on services trade: what ships is built, what waits is built when its file is there, numbers are right."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from surveykit.study import Outcome, build
from tests.study.made_up_trade import write_all
from tests.study.studies import store

ROOT = Path(__file__).resolve().parents[2]


def _copied(folder: Path) -> Path:
    """The study with the data it reads, under another root."""
    target = folder / "analyses" / "services_trade"
    shutil.copytree(ROOT / "analyses" / "services_trade", target, ignore=shutil.ignore_patterns("out", "data"))
    for name in ("facts", "meti2025", "quoted"):
        shutil.copytree(ROOT / "data" / name, folder / "data" / name)
    return target


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    root = tmp_path_factory.mktemp("shipped")
    return build(_copied(root), roots=[root], store=store(root))


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    root = tmp_path_factory.mktemp("complete")
    folder = _copied(root)
    write_all(folder / "data")
    return build(folder, roots=[root], store=store(root))


def test_what_ships_is_built_and_the_rest_says_what_to_download(shipped: Outcome) -> None:
    assert shipped.failed == {}
    assert len(shipped.waiting) >= 30
    for reason in shipped.waiting.values():
        assert "data/" in reason
        assert "build again" in reason
    page = (shipped.folder / "index.html").read_text(encoding="utf-8")
    for number in range(1, 34):
        assert f"II-1-2-{number}<" in page, f"figure II-1-2-{number} is not in the list"


@pytest.mark.slow
def test_every_figure_is_built_when_its_file_is_there(complete: Outcome) -> None:
    assert complete.failed == {}
    assert complete.waiting == {}
    drawn = {path.stem for path in (complete.folder / "figures").glob("*.pdf")}
    numbers = {int(match[1]) for name in drawn if (match := re.match(r"figure_(\d+)", name))}
    assert numbers == set(range(1, 33))


@pytest.mark.slow
def test_rebuilt_numbers_are_those_of_the_made_up_files(complete: Outcome) -> None:
    origins = pd.read_csv(complete.folder / "tables" / "irish_origins.csv")
    assert origins.loc[origins["row"] == "JPN", "estimate"].item() == pytest.approx(7.6)
    parts = pd.read_csv(complete.folder / "tables" / "property_parts.csv")
    assert parts["estimate"].sum() == pytest.approx(100)
    exports = pd.read_csv(complete.folder / "tables" / "property_exports.csv")
    last = exports[exports["row"] == 2023].set_index("column")["estimate"]
    assert len(last) == 12
    page = (complete.folder / "index.html").read_text(encoding="utf-8")
    assert page.count("7.6") >= 2


def test_definitions_are_those_of_the_printed_table() -> None:
    printed = pd.read_csv(ROOT / "data" / "meti2025" / "table_II-1-2-15.csv").set_index("ebops2010_item")
    cells = pd.read_csv(ROOT / "analyses" / "services_trade" / "definitions.csv")
    meant = cells[(cells["value"] == 1) & (cells["column"] != "this_paragraph")].set_index("item")["column"]
    assert meant.to_dict() == printed["matsuse2023_probable_original"].to_dict()
    chosen = set(cells[(cells["value"] == 1) & (cells["column"] == "this_paragraph")]["item"])
    assert chosen == set(printed.index[printed["meti2025_digital_related"] == 1])
    beside = cells[cells["value"] == 0].set_index("item")["column"].to_dict()
    differ = printed["matsuse2023_as_printed_in_METI_EN"] != printed["matsuse2023_probable_original"]
    assert beside == printed.loc[differ, "matsuse2023_as_printed_in_METI_EN"].to_dict()


def test_the_japanese_page_has_no_codes_and_no_english_units(shipped: Outcome) -> None:
    svg = "".join(path.read_text(encoding="utf-8") for path in sorted((shipped.folder / "figures").glob("*.ja.svg")))
    texts = set(re.findall(r">([^<>]+)</text>", svg))
    assert not {text for text in texts if re.fullmatch(r"[A-Z]{3}|_[A-Z]+|USD.*|Mode \d", text)}
