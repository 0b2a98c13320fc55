"""The methods section of a report: who was left out, whom the answers stand for, what must be disclosed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from surveykit.publishing.report import Block, Grid, Prose, Section
from surveykit.publishing.tables_csv import frame_csv
from surveykit.quality import screen
from surveykit.responses import Responses
from surveykit.study.disclosure import Item, disclosure_items
from surveykit.study.loading import Study, words_in
from surveykit.study.methods_answers import nonresponse_grid
from surveykit.study.methods_plain import plain_section, renamed
from surveykit.study.methods_weights import weights_blocks
from surveykit.study.preparing import Prepared, read_answers, screening_rules
from surveykit.study.questionnaire import questionnaire_section
from surveykit.study.records import Workshop
from surveykit.study.store import Made
from surveykit.study.weighing import ONE_SET

__all__ = ["make_methods"]

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
        stem = "" if sample is None else f"{sample}_"
        items = disclosure_items(study, prepared)
        drawn: dict[str, bytes] = {}
        sections = [_methods_section(study, prepared, items, drawn), questionnaire_section(study, prepared)]
        named = [_of_sample(study, sample, section) for section in sections if section is not None]
        files |= {renamed(name, stem): content for name, content in drawn.items()}
        facts["sections"] += [plain_section(section, stem) for section in named]
        facts["items"] += [asdict(item) for item in items]
        facts["synthetic"] |= prepared.survey.synthetic
        facts["illustrative"] |= prepared.survey.illustrative
        files |= {f"data/{stem}{name}": content for name, content in _sample_files(study, prepared).items()}
        described = _weights_facts(prepared)
        facts["weights"] |= described if sample is None else ({sample: described} if described else {})
    return Made(files, facts)


def _of_sample(study: Study, sample: str | None, section: Section) -> Section:
    """Name a section, and the anchors in it, after its sample where the study has several."""
    if sample is None:
        return section
    said = next(one.title for one in study.shape.samples if one.id == sample)
    joint = {"en": ": ", "ja": ":"}
    title = {language: f"{text}{joint[language]}{words_in(said, language)}" for language, text in section.title.items()}
    blocks = (
        block if isinstance(block, Prose) else replace(block, anchor=f"{sample}_{block.anchor}")
        for block in section.blocks
    )
    return replace(section, anchor=f"{section.anchor}-{sample}", title=title, blocks=tuple(blocks))


def _sample_files(study: Study, prepared: Prepared) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    if prepared.responses is not None:
        flow = pd.DataFrame(_flow(prepared.responses).items(), columns=["step", "cases"])
        files["exclusion_flow.csv"] = frame_csv(flow).encode("utf-8")
        files |= _screening_ledger(study)
    made = {name: one.weights for name, one in prepared.sets.items() if one.weights is not None}
    for name, weights in made.items():
        stem = "" if len(made) == 1 else f"{name}_"
        files[f"{stem}margins.csv"] = frame_csv(weights.describe().margins).encode("utf-8")
    return files


def _weights_facts(prepared: Prepared) -> dict[str, Any]:
    """What the manifest says of the weights: the only set as it is, several by name."""
    found: dict[str, Any] = {}
    made = {name: one.weights for name, one in prepared.sets.items() if one.weights is not None}
    for name, weights in made.items():
        summary = weights.describe()
        found[name] = {
            "name": summary.name,
            "n": summary.n,
            "effective_n": summary.effective_n,
            "design_effect": summary.design_effect,
            "sha256": hashlib.sha256(weights.values.astype("<f8").tobytes()).hexdigest(),
        }
    return found[ONE_SET] if list(found) == [ONE_SET] else found


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


def _methods_section(study: Study, prepared: Prepared, items: Sequence[Item], files: dict[str, bytes]) -> Section:
    """Exclusion flow, answers that are missing, weights, disclosure items; figures are added to `files`."""
    blocks: list[Block] = []
    if prepared.responses is not None:
        blocks.append(_flow_grid(study, prepared.responses))
        blocks.append(nonresponse_grid(study, prepared.responses))
    blocks += weights_blocks(study, prepared, files)
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
