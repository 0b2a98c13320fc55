"""The shipped analyses: every table computes, both languages are there, nothing invented is stated as a finding."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from surveykit.results import Table
from surveykit.study import build
from surveykit.study.computed import computed_numbers
from surveykit.study.depending import behind
from surveykit.study.loading import Study, read_study, words_in
from surveykit.study.numbers import cell_of, printed
from surveykit.study.records import Workshop
from tests.study.studies import store

ROOT = Path(__file__).resolve().parents[2]
ANALYSES = sorted(path.parent.name for path in (ROOT / "analyses").glob("*/study.yaml"))
INVENTED = {"en": ("invented", "synthetic"), "ja": ("架空", "合成")}
#: Percentages that define a band of the questionnaires.
_EDGES = {"10", "20", "25"}
_NAME = re.compile(r"\{([a-z][a-z0-9_]{0,47})\}")


@pytest.fixture(scope="module", params=ANALYSES)
def workshop(request: pytest.FixtureRequest) -> Workshop:
    return Workshop(read_study(ROOT / "analyses" / request.param, [ROOT]))


def _numbers(workshop: Workshop) -> dict[str, dict[str, Any]]:
    """Every named number that does not wait for a file, with whether it rests on invented data."""
    study, found = workshop.study, {}
    for name, wanted in study.shape.numbers.items():
        if wanted.of is None or _waits(study, wanted.of):
            continue
        record = workshop.record(wanted.of)
        facts = cell_of(record, wanted)
        value = repr(facts[wanted.fact])
        found[name] = {"text": printed(facts, wanted), "hover": {}, "value": value, "facts": facts}
    return computed_numbers(study.shape.numbers, found, study.languages)


def _waits(study: Study, name: str) -> bool:
    return behind(study, study.shapes[name]).waiting(study) is not None


def _synthetic(workshop: Workshop, name: str) -> bool:
    """Whether a named number rests on invented data."""
    wanted = workshop.study.shape.numbers[name]
    if wanted.of is None:
        assert wanted.compute is not None
        return any(_synthetic(workshop, one) for one in workshop.study.shape.numbers if _uses(wanted.compute, one))
    if _waits(workshop.study, wanted.of):
        return False
    return workshop.record(wanted.of).synthetic and wanted.fact != "rows"


def _uses(compute: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", compute) is not None


def test_every_table_and_model_computes(workshop: Workshop) -> None:
    study = workshop.study
    for name, shape in study.shapes.items():
        if getattr(shape, "topline", None) is None and not _waits(study, name):
            assert workshop.record(name) is not None


def test_every_number_has_a_value(workshop: Workshop) -> None:
    study = workshop.study
    numbers = study.shape.numbers
    waiting = {name for name, one in numbers.items() if one.of is not None and _waits(study, one.of)}
    for name, one in numbers.items():  # what is computed comes after its parts
        if one.compute is not None and any(_uses(one.compute, part) for part in waiting):
            waiting.add(name)
    assert set(_numbers(workshop)) | waiting == set(study.shape.numbers)


def test_no_invented_number_is_stated_as_a_finding(workshop: Workshop) -> None:
    for text in workshop.study.shape.texts:
        for language, words in INVENTED.items():
            said = words_in(text.text, language)
            used = [name for name in _NAME.findall(said) if _synthetic(workshop, name)]
            if used:
                assert any(word in said.casefold() for word in words), f"{used} stand in {said!r} without a mark"


def test_no_invented_number_stands_in_a_title(workshop: Workshop) -> None:
    study = workshop.study
    for shape in (*study.shapes.values(), *study.shape.figures):
        name = shape.id if shape.id in study.shapes else str(getattr(shape, "of", ""))
        if _waits(study, name) or getattr(study.shapes[name], "topline", None) is not None:
            continue
        record = workshop.record(name)
        for language in study.languages if record.synthetic else ():
            found = re.findall(r"(\d+(?:\.\d+)?) ?[%％]", words_in(shape.title, language))
            assert set(found) <= _EDGES, words_in(shape.title, language)


def test_comparisons_with_invented_numbers_say_so(workshop: Workshop) -> None:
    for comparison in workshop.study.shape.comparisons:
        rebuilt = [line.rebuilt for line in comparison.lines if line.rebuilt]
        if any(_synthetic(workshop, name) for name in rebuilt):
            for language, words in INVENTED.items():
                source = words_in(comparison.source, language).casefold()
                assert any(word in source for word in words), comparison.id


def test_every_label_is_in_both_languages(workshop: Workshop) -> None:
    assert list(workshop.study.languages) == ["en", "ja"]
    lacking = [where for where, label in _labels(workshop.study.source.data, "") if set(label) != {"en", "ja"}]
    assert not lacking


def _labels(part: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(part, dict):
        if part and set(part) <= {"en", "ja"}:
            yield where, part
        for name, value in part.items():
            yield from _labels(value, f"{where}.{name}")
    if isinstance(part, list):
        for number, value in enumerate(part):
            yield from _labels(value, f"{where}.{number}")


def test_stated_counts_of_economies_are_those_of_the_document() -> None:
    found = _numbers(Workshop(read_study(ROOT / "analyses" / "digital_trade_rules", [ROOT])))
    stated = {name: found[name]["text"] for name in found if name.startswith(("flow", "localisation", "source"))}
    assert stated == {
        "flow_support": "62",
        "flow_counted": "90",
        "flow_share": "68.9 %",
        "localisation_support": "47",
        "localisation_counted": "80",
        "localisation_share": "58.8 %",
        "source_support": "52",
        "source_counted": "77",
        "source_share": "67.5 %",
    }


def test_rebuilt_trade_numbers_of_the_paper() -> None:
    found = _numbers(Workshop(read_study(ROOT / "analyses" / "digital_services_japan", [ROOT])))
    wanted = {
        "exports_2010": "1.78",
        "exports_2023": "11.76",
        "exports_linear": "43.1 %",
        "exports_cagr": "15.6 %",
        "imports_linear": "31.8 %",
        "imports_cagr": "13.4 %",
        "ratio_2023": "2.01",
        "anime_share": "49.8 %",
        "creators_n": "41",
    }
    assert {name: found[name]["text"] for name in wanted} == wanted


def test_the_actions_of_the_manual_are_asked_about() -> None:
    found = _numbers(Workshop(read_study(ROOT / "analyses" / "data_risk", [ROOT])))
    asked = {name: found[name]["text"] for name in ("actions_asked", "monitoring_asked", "pre_asked", "post_asked")}
    assert asked == {"actions_asked": "14", "monitoring_asked": "3", "pre_asked": "6", "post_asked": "5"}


def test_figure_1_is_built_whole_when_its_imports_are_there(tmp_path: Path) -> None:
    for folder in ("data", "instruments", "analyses/digital_services_japan"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("out", "__pycache__"))
    own = tmp_path / "analyses" / "digital_services_japan" / "data"
    own.mkdir()
    rows = ["JPN,BX.GSR.CCIS.CD,2023,11760000000,USD", "JPN,BM.GSR.CCIS.CD,2023,23600000000,USD"]
    rows += ["JPN,BX.GSR.CCIS.CD,2022,11203000000,USD", "JPN,BM.GSR.CCIS.CD,2022,21000000000,USD"]
    text = "\n".join(["iso3,indicator,year,value,unit", *rows]) + "\n"
    (own / "information_services_imports.csv").write_text(text, encoding="utf-8")
    given = Workshop(read_study(own.parent, [tmp_path]))
    assert not _waits(given.study, "information_balance")
    table = given.record("information_balance")
    assert isinstance(table, Table)
    assert table.cell(2023)["estimate"] == pytest.approx(11760 - 23600)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["data_risk", "digital_services_japan", "digital_trade_rules"])
def test_a_study_builds_whole_and_twice_alike(name: str, tmp_path: Path) -> None:
    pages = []
    for copy in ("one", "two"):
        root = tmp_path / copy
        for folder in ("data", "instruments", f"analyses/{name}"):
            shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("out", "__pycache__"))
        outcome = build(root / "analyses" / name, roots=[root], store=store(tmp_path / f"store-{copy}"))
        assert not outcome.failed
        assert not outcome.missing
        files = sorted(path for path in outcome.folder.rglob("*") if path.is_file())
        pages.append({path.relative_to(outcome.folder).as_posix(): path.read_bytes() for path in files})
    assert pages[0] == pages[1]
    page = pages[0]["index.html"].decode("utf-8")
    for words in ("SYNTHETIC DATA", "合成データ", "Published", "公表値", "Rebuilt here", "本ページの値"):
        assert words in page
