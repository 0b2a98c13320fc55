"""A study builds whole, twice alike, and only what changed; what fails, fails alone."""

from __future__ import annotations

import hashlib
import json
import re
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import StudyError
from surveykit.responses import read_export
from surveykit.study import build, json_schema, new_study
from tests.reference import REFERENCE
from tests.study.studies import STUDY, firms, small_study, store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_study(tmp_path_factory.mktemp("study") / "small")
    outcome = build(folder, store=store(folder.parent))
    assert outcome.failed == {}
    return folder


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_tables_agree_with_the_verbs_to_the_last_digit(built: Path) -> None:
    table = sk.crosstab(sk.Survey(firms(), weights="weight"), "size ~ exporter", percent="column")
    written = pd.read_csv(built / "out" / "tables" / "sizes.csv")
    np.testing.assert_array_equal(written["estimate"].to_numpy(), table.to_frame()["estimate"].to_numpy())
    np.testing.assert_array_equal(written["se"].to_numpy(), table.to_frame()["se"].to_numpy())


def test_a_second_run_computes_nothing_and_gives_the_same_bytes(built: Path) -> None:
    before = _digests(built / "out")
    again = build(built, store=store(built.parent))
    assert again.made == ()
    assert _digests(built / "out") == before


def test_from_nothing_the_bytes_are_the_same(built: Path, tmp_path: Path) -> None:
    before = _digests(built / "out")
    other = small_study(tmp_path / "elsewhere")
    build(other, store=store(tmp_path))
    assert _digests(other / "out") == before


def test_progress_is_told_of_what_is_computed_and_of_what_is_kept(built: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    outcome = build(built, store=store(built.parent), progress=lambda *told: heard.append(told))
    assert outcome.made == ()
    assert [name for name, _, _ in heard] == [*outcome.kept]
    assert [at for _, at, _ in heard] == list(range(1, len(heard) + 1))
    assert {total for _, _, total in heard} == {len(heard)}


def test_a_figure_whose_input_is_missing_fails_alone(tmp_path: Path) -> None:
    more = "  - {id: printed, title: Printed, published: nothing.csv, rows: a}\nmodels:\n"
    text = STUDY.replace("models:\n", more).replace(
        "figures:\n", "figures:\n  - {id: lost, kind: bars, of: printed, title: Lost}\n"
    )
    folder = small_study(tmp_path / "small", text)
    outcome = build(folder, store=store(tmp_path))
    assert set(outcome.failed) == {"printed", "lost"}
    assert outcome.status == 1
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    lost = page[page.index('id="lost"') :]
    assert "nothing.csv" in lost[: lost.index("</div>")]
    assert (folder / "out" / "figures" / "figure_sizes.svg").is_file()


def test_only_what_changed_is_computed(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "small")
    build(folder, store=store(tmp_path))
    (folder / "study.yaml").write_text(STUDY.replace("title: Staff", "title: Persons"), encoding="utf-8")
    assert build(folder, store=store(tmp_path)).made == ("staff",)
    with (folder / "firms.csv").open("a", encoding="utf-8") as file:
        file.write("small,yes,5,10.0,3.0\n")
    assert "sizes" in build(folder, store=store(tmp_path)).made


def test_the_manifest_names_inputs_outputs_and_versions(built: Path) -> None:
    manifest = json.loads((built / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"]["firms.csv"] == hashlib.sha256((built / "firms.csv").read_bytes()).hexdigest()
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((built / "out" / name).read_bytes()).hexdigest() == digest
    assert manifest["synthetic"] is True
    assert "numpy" in manifest["libraries"]
    assert str(built) not in json.dumps(manifest)


def test_the_page_is_one_file_that_may_load_nothing(built: Path) -> None:
    page = (built / "out" / "index.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert page.count("<th scope=") > 10
    assert "SYNTHETIC DATA" in page
    assert 'lang="ja"' in page
    assert all(re.search(r'alt="[^"]{10,}"', image) for image in re.findall(r"<img [^>]*>", page))


def test_every_number_hovers_its_base(built: Path) -> None:
    page = (built / "out" / "index.html").read_text(encoding="utf-8")
    assert re.search(r'<data value="0\.\d+" title="95% interval [^"]+; n = \d+; weighted by &#x27;weight&#x27;"', page)


def test_what_fails_fails_alone_with_its_reason_on_the_page(tmp_path: Path) -> None:
    text = STUDY.replace("formula: sales ~ staff", "formula: sales ~ persons")
    folder = small_study(tmp_path / "small", text)
    outcome = build(folder, store=store(tmp_path))
    assert set(outcome.failed) == {"sales_model"}
    assert outcome.status == 1
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    assert "Column &#x27;persons&#x27; is not in the data" in page
    assert (folder / "out" / "figures" / "figure_sizes.png").is_file()


def test_a_file_that_may_not_be_shipped_is_asked_for(tmp_path: Path) -> None:
    needs = "needs: {file: rows.csv, download: Download rows.csv.}"
    text = STUDY + f"  - text: Nothing.\nsource: none\ntrade:\n  - {{id: rows, read: gdp, file: rows.csv, {needs}}}\n"
    text = text.replace("models:\n", "  - {id: waits, trade: rows}\nmodels:\n")
    folder = small_study(tmp_path / "small", text)
    outcome = build(folder, store=store(tmp_path))
    assert outcome.waiting == {"waits": "Download rows.csv."}
    assert outcome.failed == {}
    assert "Download rows.csv." in (folder / "out" / "index.html").read_text(encoding="utf-8")


def test_missing_disclosure_items_are_named_and_give_a_status(built: Path) -> None:
    outcome = build(built, store=store(built.parent))
    assert "Limitations" in outcome.missing
    assert outcome.status == 3
    assert "MISSING" in (built / "out" / "index.html").read_text(encoding="utf-8")


def test_small_bases_are_not_quoted(tmp_path: Path) -> None:
    text = STUDY.replace("crosstab: size ~ exporter", "where: staff < 3, crosstab: size ~ exporter").replace(
        ", test: F, letters: true", ""
    )
    outcome = build(small_study(tmp_path / "small", text), store=store(tmp_path))
    assert "too few to be quoted" in outcome.failed["sizes"]


def test_a_folder_that_no_build_wrote_is_not_replaced(tmp_path: Path) -> None:
    folder = small_study(tmp_path / "small")
    (folder / "out").mkdir()
    (folder / "out" / "thesis.doc").write_text("three years of work", encoding="utf-8")
    with pytest.raises(StudyError, match="holds files that no build wrote"):
        build(folder, store=store(tmp_path))
    assert (folder / "out" / "thesis.doc").is_file()


def test_the_published_schema_is_in_step() -> None:
    shipped = json.loads((ROOT / "analyses" / "study.schema.json").read_text(encoding="utf-8"))
    assert shipped == json_schema(), "run surveykit.study.write_json_schema('analyses/study.schema.json')"


EXPORTS = [
    "googleforms_spack2020.csv",
    "limesurvey_cpp_packages.csv",
    "ona_children_main.csv",
    "kobo_grouped_labels_en.csv",
    "qualtrics_climate_prolific.csv",
    "redcap_simple_data.csv",
    "spss_cola_mrsets.sav",
    "stata_hfc_backcheck.dta",
    "surveygizmo_jupyter_ux2015.csv",
    "surveymonkey_starwars.csv",
]


@pytest.mark.skipif(REFERENCE is None, reason="the reference data (shared/reference) are not beside this checkout")
@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_becomes_a_topline_in_two_commands(name: str, tmp_path: Path) -> None:
    assert REFERENCE is not None
    begun = new_study(tmp_path / "begun", REFERENCE / "exports" / name)
    outcome = build(begun.folder, store=store(tmp_path))
    assert outcome.failed == {}
    page = (begun.folder / "out" / "index.html").read_text(encoding="utf-8")
    assert page.count("<caption>") >= 5
    export = read_export(REFERENCE / "exports" / name)
    shown = page[: page.index('id="about-questionnaire"')]
    for column in export.personal:
        values = [str(one) for one in export.frame[column].dropna().unique()] if column in export.frame else []
        told = [one for one in values if len(one) > 8 and escape(one) in shown]
        assert len(values) < 3 or told == [], column
    wordings = " ".join(export.questions["text"].astype("str"))
    texts = export.questions.loc[export.questions["type"] == "text", "id"]
    for column in sorted(set(texts) & set(export.frame.columns)):
        values = [str(one) for one in export.frame[column].dropna().unique()]
        assert [one for one in values if len(one) > 40 and escape(one) in shown and one not in wordings] == [], column


def test_a_study_begins_from_an_instrument(tmp_path: Path) -> None:
    begun = new_study(tmp_path / "begun", ROOT / "instruments" / "creators.yaml")
    assert set(begun.files) == {"instrument.yaml", "study.yaml"}
    with pytest.raises(StudyError, match="exists already"):
        new_study(tmp_path / "begun", ROOT / "instruments" / "creators.yaml")
