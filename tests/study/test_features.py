"""Models of every family, effects, sets of weights, replicates and sensitivity, as a study file declares them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import StudyError
from surveykit.study import build, read_study
from surveykit.study.schema_data import ScreeningSource
from tests.study.studies import firms, store

STUDY = """\
study: rich
title: {en: A study with everything, ja: 全機能の調査}
languages: [en, ja]
data: {file: firms.csv, synthetic: true}
population:
  margins:
    exporter: {"yes": 300, "no": 700}
weights:
  firms: {column: weight, margins: [exporter], name: {en: Firms, ja: 企業数}}
  sales: {of: firms, times: sales, name: {en: Sales, ja: 売上高}}
  staff: {of: firms, times: staff, trim: {upper: 10, relative_to: mean, rerake: false}}
  ready: {column: weight}
tables:
  - {id: sizes, title: {en: Sizes, ja: 規模}, crosstab: size ~ exporter, percent: column, weights: [firms, sales]}
  - {id: large, title: {en: Large, ja: 大企業}, share: [staff > 100, sales > 50], weights: all}
  - {id: by_sales, title: {en: By sales, ja: 売上高}, proportion: size, weights: sales}
  - {id: nobody, title: {en: Unweighted, ja: ウエイトなし}, proportion: size, weights: none}
  - id: robust
    title: {en: How far it depends on the weights, ja: ウエイトへの依存}
    sensitivity: {share: [staff > 100], trims: [3], weights: [sales], leave_out: size, domains: {small: staff < 300}}
    labels: {staff > 100: {en: Over 100 persons, ja: 100人超}, small: {en: Under 300 persons, ja: 300人未満}}
models:
  - {id: ordered, title: {en: Size, ja: 規模}, formula: rank ~ log(sales) + exporter, family: ordered_logit}
  - {id: classes, title: {en: Size, ja: 規模}, formula: size ~ log(sales), family: multinomial}
  - {id: median, title: {en: Median, ja: 中央値}, formula: sales ~ staff, method: quantile_regression,
     options: {probability: 0.5}}
  - {id: cut, title: {en: Cut off, ja: 打ち切り}, formula: over ~ staff, family: tobit, options: {limits: [0, null]}}
  - {id: plain, title: {en: Sales, ja: 売上高}, formula: sales ~ staff,
     labels: {Intercept: {en: Constant, ja: 定数項}, staff: {en: Persons, ja: 従業者数}}}
  - {id: more, title: {en: Sales and size, ja: 売上高と規模}, formula: sales ~ staff + exporter}
  - {id: three, title: {en: Three weights, ja: 三つのウエイト}, formula: sales ~ staff, weights: [firms, sales, none]}
effects:
  - {id: ordered_effects, title: {en: Effects, ja: 効果}, of: ordered, labels: {exporter: {en: Exporter, ja: 輸出企業}}}
  - {id: margins, title: {en: Margins, ja: 予測}, of: ordered, effect: predictive_margins, variables: exporter}
  - {id: curve, title: {en: Curve, ja: 曲線}, of: plain, effect: predictive_margins, at: {staff: [10, 100, 500]}}
model_tables:
  - {id: beside, title: {en: Side by side, ja: 比較}, models: [plain, more],
     headings: {more: {en: With exports, ja: 輸出を含む}}}
figures:
  - {id: figure_effects, kind: dots, of: ordered_effects, title: {en: Effects, ja: 効果}, options: {zero: true}}
  - {id: figure_margins, kind: stacked, of: margins, title: {en: Margins, ja: 予測}, options: {bars: rows}}
numbers:
  small_by_sales: {of: sizes, layer: sales, row: small, column: "yes"}
  slope: {of: beside, row: staff, column: more, format: three}
"""


def rich(folder: Path, text: str = STUDY) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    _frame().to_csv(folder / "firms.csv", index=False)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return folder


def _frame() -> pd.DataFrame:
    frame = firms()
    frame["rank"] = frame["size"].map({"small": "1 small", "medium": "2 medium", "large": "3 large"})
    frame["over"] = (frame["sales"] - 100).clip(lower=0)
    return frame


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = rich(tmp_path_factory.mktemp("rich") / "rich")
    outcome = build(folder, store=store(folder.parent))
    assert outcome.failed == {}
    return folder / "out"


def _surveys() -> dict[str, sk.Survey]:
    frame = _frame()
    base = sk.base_weights(frame, "weight")
    by_firms = sk.rake(base, {"exporter": {"yes": 300, "no": 700}}, margins=["exporter"])
    return {
        "firms": sk.Survey(frame, weights=by_firms, synthetic=True),
        "sales": sk.Survey(frame, weights=sk.times_size(by_firms, "sales"), synthetic=True),
    }


def _read(built: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(built / "tables" / f"{name}.csv")


def test_sets_of_weights_stand_side_by_side_and_agree_with_the_verbs(built: Path) -> None:
    written = _read(built, "sizes")
    assert written["layer"].unique().tolist() == ["firms", "sales"]
    for name, survey in _surveys().items():
        wanted = sk.crosstab(survey, "size ~ exporter", percent="column").to_frame()
        part = written[written["layer"] == name]
        np.testing.assert_allclose(part["estimate"], wanted["estimate"], rtol=1e-12)
        np.testing.assert_allclose(part["se"], wanted["se"], rtol=1e-12)
    shares = _read(built, "large")
    assert shares["column"].unique().tolist() == ["firms", "sales", "staff", "ready"]
    page = (built / "index.html").read_text(encoding="utf-8")
    assert "企業数" in page
    assert "売上高" in page


def test_models_of_every_family_agree_with_the_verbs(built: Path) -> None:
    survey = _surveys()["firms"]
    wanted = {
        "ordered": sk.regress(survey, "rank ~ log(sales) + exporter", family="ordered_logit"),
        "classes": sk.regress(survey, "size ~ log(sales)", family="multinomial"),
        "median": sk.quantile_regression(survey, "sales ~ staff", probability=0.5),
        "cut": sk.regress(survey, "over ~ staff", family="tobit", limits=(0, None)),
    }
    for name, model in wanted.items():
        np.testing.assert_allclose(_read(built, name)["estimate"], model.estimate, rtol=1e-9)


def test_effects_have_one_column_a_category(built: Path) -> None:
    survey = _surveys()["firms"]
    model = sk.regress(survey, "rank ~ log(sales) + exporter", family="ordered_logit")
    wanted = sk.average_marginal_effects(model)
    np.testing.assert_allclose(_read(built, "ordered_effects")["estimate"], wanted.estimate, rtol=1e-9)
    page = (built / "index.html").read_text(encoding="utf-8")
    block = page[page.index('id="ordered_effects"') : page.index('id="margins"')]
    assert "3 large" in block
    assert "輸出企業" in block
    assert len(_read(built, "curve")) == 3


def test_models_stand_side_by_side(built: Path) -> None:
    wide = _read(built, "beside")
    assert set(wide["column"]) == {"plain", "more"}
    page = (built / "index.html").read_text(encoding="utf-8")
    assert "With exports" in page
    assert "従業者数" in page


def test_sensitivity_has_a_row_for_each_choice(built: Path) -> None:
    rows = _read(built, "robust")["row"].tolist()
    assert rows[:3] == ["as analysed", "unweighted", "trimmed at 3 x mean"]
    assert "weights 'sales'" in rows
    assert "small" in rows
    page = (built / "index.html").read_text(encoding="utf-8")
    assert "平均の3倍で上限を設定" in page


def test_unknown_weights_and_models_are_refused_with_their_line(tmp_path: Path) -> None:
    text = STUDY.replace("weights: none}", "weights: firm}").replace("of: ordered, labels", "of: orderd, labels")
    with pytest.raises(StudyError) as error:
        read_study(rich(tmp_path / "rich", text))
    assert "names the weights 'firm', which do not exist. Did you mean 'firms'?" in str(error.value)
    assert "are effects of 'orderd', which is no model. Did you mean 'ordered'" in str(error.value)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        (
            "{column: weight, margins",
            "{colum: weight, margins",
            "'colum' is not known in weights.firms. Did you mean 'column'?",
        ),
        ("effect: predictive_margins, variables", "efect: predictive_margins, variables", "Did you mean 'effect'?"),
        ("sensitivity: {share", "sensitivity: {shares", "Did you mean 'share'?"),
        ("model_tables:", "model_table:", "Did you mean 'model_tables'?"),
    ],
)
def test_unknown_keys_are_refused_with_what_was_meant(good: str, bad: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as error:
        read_study(rich(tmp_path / "rich", STUDY.replace(good, bad)))
    assert said in str(error.value)


def test_replicates_are_made_and_taken_from_columns(tmp_path: Path) -> None:
    text = """\
study: replicated
title: Replicates
data: {file: firms.csv, synthetic: true}
weights: {column: weight}
replicates: REPLICATES
tables:
  - {id: staff, title: Staff, mean: [staff]}
"""
    frame = firms()
    rng = np.random.default_rng(3)
    draws = rng.multinomial(len(frame), np.full(len(frame), 1 / len(frame)), size=20).T
    for number in range(20):
        frame[f"rep_{number}"] = frame["weight"] * draws[:, number]
    survey = sk.Survey(frame, weights="weight")
    supplied = sk.replicate_weights(frame, "rep_[0-9]+", base="weight", kind="bootstrap")
    wanted = {
        "{kind: bootstrap, replicates: 50, seed: 1}": sk.replicate(survey, "bootstrap", replicates=50, seed=1),
        "{kind: bootstrap, columns: rep_*}": sk.Survey(frame, weights=supplied),
    }
    for number, (given, replicated) in enumerate(wanted.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        frame.to_csv(folder / "firms.csv", index=False)
        (folder / "study.yaml").write_text(text.replace("REPLICATES", given), encoding="utf-8")
        assert build(folder, store=store(tmp_path)).failed == {}
        found = pd.read_csv(folder / "out" / "tables" / "staff.csv")
        np.testing.assert_allclose(found["se"], sk.mean(replicated, "staff").se, rtol=1e-12)


def test_the_rules_of_screening_have_the_keys_of_the_study_file() -> None:
    assert set(ScreeningSource.model_fields) == {one.name for one in fields(sk.Rules)}
