"""The methods section of a report: who was left out, whom the answers stand for, what must be disclosed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from surveykit.instrument.question import label_text
from surveykit.publishing.figure import Figure
from surveykit.publishing.figure import exclusion_flow as flow_figure
from surveykit.publishing.report import Block, Grid, Prose, Section
from surveykit.publishing.tables_csv import frame_csv
from surveykit.quality import exclusion_flow, screen
from surveykit.responses import Responses
from surveykit.study.disclosure import Item, disclosure_items
from surveykit.study.flags import flag_words, reason_labels
from surveykit.study.loading import Study, words_in
from surveykit.study.methods_answers import nonresponse_grids, outcome_grid
from surveykit.study.methods_plain import picture, plain_section, renamed
from surveykit.study.methods_weights import weights_blocks
from surveykit.study.preparing import Prepared, read_answers, screening_rules
from surveykit.study.questionnaire import questionnaire_section
from surveykit.study.records import Workshop
from surveykit.study.store import Made
from surveykit.study.weighing import ONE_SET

__all__ = ["make_methods"]


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
        flow = exclusion_flow(prepared.responses).to_frame(study.languages[0])
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
        blocks += _flow_blocks(study, prepared.responses, files)
        blocks += [outcome_grid(study, prepared.responses), *nonresponse_grids(study, prepared.responses)]
    blocks += weights_blocks(study, prepared, files)
    blocks.append(_disclosure_grid(study, items))
    return Section("about-methods", {"en": "Methods", "ja": "調査方法"}, tuple(blocks))


def _flow_blocks(study: Study, responses: Responses, files: dict[str, bytes]) -> list[Block]:
    """From everybody who started to those who count, as a figure and as a table with the reasons."""
    flow = exclusion_flow(responses)
    if flow.steps[0].n == flow.steps[-1].n:
        return []

    def drawn(language: str) -> Figure:
        options: dict[str, Any] = {"theme": study.shape.theme, "lang": language}
        reasons = {reason for step in flow.steps for reason in step.reasons}
        return flow_figure(flow, labels=reason_labels(reasons, language), **options)

    rows: dict[str, list[Sequence[str]]] = {}
    for language in study.languages:
        rows[language] = [
            (
                label_text(step.label, language),
                f"{step.n:,}",
                f"{step.removed:,}" if step.removed else "",
                "; ".join(f"{flag_words(name, language)} {count:,}" for name, count in step.reasons.items()),
            )
            for step in flow.steps
            if step.removed or step in (flow.steps[0], flow.steps[-1])
        ]
    grid = Grid(
        "about-exclusion-flow",
        {"en": "From interviews started to cases analysed", "ja": "回答開始から集計対象まで"},
        {"en": ("Step", "Cases left", "Removed", "Reasons"), "ja": ("段階", "残る件数", "除外", "理由")},
        rows,
    )
    return [picture("exclusion-flow", study.languages, drawn, files), grid]


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
