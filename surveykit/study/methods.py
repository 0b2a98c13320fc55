"""The methods section, the questionnaire and the data appendix of a report."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from surveykit.instrument.codebook import codebook
from surveykit.instrument.question import label_text
from surveykit.publishing.report import Block, Grid, Section
from surveykit.publishing.tables_csv import frame_csv
from surveykit.quality import screen
from surveykit.responses import Responses
from surveykit.study.disclosure import Item, disclosure_items
from surveykit.study.loading import Study, words_in
from surveykit.study.preparing import Prepared, read_answers, screening_rules
from surveykit.study.records import Workshop
from surveykit.study.store import Made

__all__ = ["data_section", "make_methods", "section_of"]

_FLOW = (
    ("started", "Interviews started", "回答開始"),
    ("refused", "Declined to take part", "調査に不同意"),
    ("screened_out", "Outside the population, by an answer of the screener", "対象外(スクリーニング)"),
    ("hard", "Broke a rule that excludes", "除外規則に該当"),
    ("soft", "Several signs of poor quality", "品質上の問題が複数"),
    ("other", "Not complete enough", "回答不十分"),
    ("analysed", "Analysed", "集計対象"),
)


def make_methods(workshop: Workshop) -> Made:
    """Methods and questionnaire of every sample as plain data, with the tables behind them."""
    files: dict[str, bytes] = {}
    facts: dict[str, Any] = {"sections": [], "items": [], "synthetic": False, "illustrative": False, "weights": {}}
    for sample in workshop.samples:
        study, prepared = workshop.study.of_sample(sample), workshop.prepared_of(sample)
        items = disclosure_items(study, prepared)
        sections = [_methods_section(study, prepared, items), _questionnaire_section(study, prepared)]
        named = [asdict(_of_sample(study, sample, section)) for section in sections if section is not None]
        facts["sections"] += named
        facts["items"] += [asdict(item) for item in items]
        facts["synthetic"] |= prepared.survey.synthetic
        facts["illustrative"] |= prepared.survey.illustrative
        stem = "data/" if sample is None else f"data/{sample}_"
        files |= {f"{stem}{name}": content for name, content in _sample_files(study, prepared).items()}
        if prepared.weights is not None:
            described = _weights_facts(prepared)
            facts["weights"] |= described if sample is None else {sample: described}
    return Made(files, facts)


def _of_sample(study: Study, sample: str | None, section: Section) -> Section:
    """Name a section, and the anchors in it, after its sample where the study has several."""
    if sample is None:
        return section
    said = next(one.title for one in study.shape.samples if one.id == sample)
    joint = {"en": ": ", "ja": ":"}
    title = {language: f"{text}{joint[language]}{words_in(said, language)}" for language, text in section.title.items()}
    blocks = (replace(block, anchor=f"{sample}_{block.anchor}") for block in section.blocks if isinstance(block, Grid))
    return replace(section, anchor=f"{section.anchor}-{sample}", title=title, blocks=tuple(blocks))


def _sample_files(study: Study, prepared: Prepared) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    if prepared.responses is not None:
        flow = pd.DataFrame(_flow(prepared.responses).items(), columns=["step", "cases"])
        files["exclusion_flow.csv"] = frame_csv(flow).encode("utf-8")
        files |= _screening_ledger(study)
    if prepared.weights is not None:
        files["margins.csv"] = frame_csv(prepared.weights.describe().margins).encode("utf-8")
    return files


def _weights_facts(prepared: Prepared) -> dict[str, Any]:
    assert prepared.weights is not None
    summary = prepared.weights.describe()
    return {
        "name": summary.name,
        "n": summary.n,
        "effective_n": summary.effective_n,
        "design_effect": summary.design_effect,
        "sha256": hashlib.sha256(prepared.weights.values.astype("<f8").tobytes()).hexdigest(),
    }


def _screening_ledger(study: Study) -> dict[str, bytes]:
    """What the screening did, in the form that ``replay`` reads."""
    rules = screening_rules(study)
    if rules is None:
        return {}
    unscreened = read_answers(study)
    assert unscreened is not None, "a study with screening has responses"
    with TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.jsonl"
        screen(unscreened, rules, ledger=ledger)
        return {"screening.jsonl": ledger.read_bytes()}


def section_of(plain: Mapping[str, Any]) -> Section:
    """Read a section of :func:`make_methods` back."""
    blocks = tuple(Grid(**block) for block in plain["blocks"])
    return Section(plain["anchor"], plain["title"], blocks)


def _methods_section(study: Study, prepared: Prepared, items: Sequence[Item]) -> Section:
    """Exclusion flow, weights, disclosure items."""
    blocks: list[Block] = []
    if prepared.responses is not None:
        blocks.append(_flow_grid(study, prepared.responses))
    blocks += _weights_grids(study, prepared)
    blocks.append(_disclosure_grid(study, items))
    return Section("about-methods", {"en": "Methods", "ja": "調査方法"}, tuple(blocks))


def _flow(responses: Responses) -> dict[str, int]:
    """Cases that started, those removed by the first reason that holds, and those analysed."""
    state = responses.disposition["state"]
    reason = responses.disposition["reason"].astype("str")
    left = ~responses.counted
    found = {"started": len(state)}
    for name in ("refused", "screened_out"):
        found[name] = int((left & (state == name)).sum())
        left &= state != name
    for name in ("hard", "soft"):
        found[name] = int((left & reason.str.startswith(name)).sum())
        left &= ~reason.str.startswith(name)
    return found | {"other": int(left.sum()), "analysed": int(responses.counted.sum())}


def _flow_grid(study: Study, responses: Responses) -> Grid:
    """From everybody who started to those who count."""
    flow = _flow(responses)
    rows: dict[str, list[Sequence[str]]] = {language: [] for language in study.languages}
    for name, english, japanese in _FLOW:
        shown = f"{flow[name]:,}"
        ends = name in ("started", "analysed")
        if not ends and not flow[name]:
            continue
        for language in study.languages:
            label = japanese if language == "ja" else english
            rows[language].append((label, shown if ends else "", "" if ends else shown))
    return Grid(
        "about-exclusion-flow",
        {"en": "From interviews started to cases analysed", "ja": "回答開始から集計対象まで"},
        {"en": ("Step", "Cases", "Removed"), "ja": ("段階", "件数", "除外")},
        rows,
    )


def _weights_grids(study: Study, prepared: Prepared) -> list[Grid]:
    """Spread of the weights, and each margin before and after."""
    if prepared.weights is None:
        return []
    summary = prepared.weights.describe()
    facts = [
        ("Weighted cases", "ウエイト付き件数", f"{summary.n:,}"),
        ("Effective n (Kish)", "有効標本規模(Kish)", f"{summary.effective_n:,.1f}"),
        ("Design effect of weighting", "ウエイトのデザイン効果", f"{summary.design_effect:.3f}"),
        *((f"Weight, {name}", f"ウエイト {name}", f"{value:,.4g}") for name, value in summary.distribution.items()),
        ("Share of the largest hundredth", "上位1%の割合", f"{summary.largest_share:.1%}"),
    ]
    spread = Grid(
        "about-weights",
        {"en": f"Weights '{summary.name}'", "ja": f"ウエイト「{summary.name}」"},
        {"en": ("Fact", "Value"), "ja": ("項目", "値")},
        {"en": [(en, value) for en, _, value in facts], "ja": [(ja, value) for _, ja, value in facts]},
        _illustrative(prepared),
    )
    rows: dict[str, list[Sequence[str]]] = {language: [] for language in study.languages}
    for line in summary.margins.to_dict("records"):
        shares = (f"{100 * line[name]:.1f}" for name in ("target_share", "before_share", "after_share"))
        numbers = (f"{line['n']:,}", *shares)
        for language in study.languages:
            known = prepared.lexicon.levels.get(language, {}).get(line["margin"], {})
            label = prepared.lexicon.question(line["margin"], language) or line["margin"]
            rows[language].append((f"{label}: {known.get(line['level'], line['level'])}", *numbers))
    margins = Grid(
        "about-margins",
        {"en": "Margins before and after weighting", "ja": "ウエイト前後の構成比"},
        {
            "en": ("Level", "n", "Population, %", "Before, %", "After, %"),
            "ja": ("区分", "n", "母集団(%)", "前(%)", "後(%)"),
        },
        rows,
        _illustrative(prepared),
    )
    return [spread, margins]


def _illustrative(prepared: Prepared) -> Mapping[str, str]:
    if prepared.weights is None or not prepared.weights.illustrative:
        return {}
    return {
        "en": "ILLUSTRATIVE POPULATION: the counts are invented and describe no country.",
        "ja": "例示:母集団の構成比は架空の値である。",
    }


def _disclosure_grid(study: Study, items: Sequence[Item]) -> Grid:
    """Items of disclosure, the missing ones named."""
    rows = {
        language: [(f"{item.number}. {item.name[language]}", item.text[language]) for item in items]
        for language in study.languages
    }
    return Grid(
        "about-disclosure",
        {"en": "Disclosure (AAPOR transparency items)", "ja": "開示事項(AAPOR 透明性項目)"},
        {"en": ("Item", "Answer"), "ja": ("項目", "内容")},
        rows,
    )


def _questionnaire_section(study: Study, prepared: Prepared) -> Section | None:
    """Every question with its wording, base and codes."""
    if prepared.responses is None:
        return None
    instrument = prepared.responses.instrument
    rows: dict[str, list[Sequence[str]]] = {language: [] for language in study.languages}
    for entry in codebook(instrument):
        for language in study.languages:
            answers = "; ".join(
                f"{code} {label_text(label, language)}{f' {band}' if band else ''}" for code, band, label in entry.codes
            )
            rows[language].append((entry.id, label_text(entry.label, language), answers, entry.base))
    grid = Grid(
        "about-wordings",
        {
            language: f"{label_text(instrument.title, language)} ({instrument.name} {instrument.version})"
            for language in study.languages
        },
        {"en": ("Id", "Wording", "Answers", "Asked if"), "ja": ("番号", "質問文", "回答選択肢", "質問する条件")},
        rows,
    )
    return Section("about-questionnaire", {"en": "Questionnaire", "ja": "調査票"}, (grid,))


def data_section(study: Study, inputs: Mapping[str, str], outputs: Sequence[str]) -> Section:
    """Which files went in, which came out."""
    rows = [(name, digest) for name, digest in inputs.items()]
    into = Grid(
        "about-inputs",
        {"en": "Files read", "ja": "入力ファイル"},
        {"en": ("File", "SHA-256"), "ja": ("ファイル", "SHA-256")},
        dict.fromkeys(study.languages, rows),
    )
    made = Grid(
        "about-outputs",
        {"en": "Files written", "ja": "出力ファイル"},
        {"en": ("File",), "ja": ("ファイル",)},
        {language: [(name,) for name in outputs] for language in study.languages},
        {"en": "Their SHA-256 are in manifest.json.", "ja": "SHA-256 は manifest.json に記載。"},
    )
    return Section("about-data", {"en": "Data", "ja": "データ"}, (into, made))
