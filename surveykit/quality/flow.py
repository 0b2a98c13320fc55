"""The exclusion flow: from everybody who started to those who are analysed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from surveykit.errors import ColumnError
from surveykit.instrument import Label, label_text
from surveykit.quality.dispositions import dispositions
from surveykit.quality.levels import levels_of
from surveykit.responses import Responses

__all__ = ["ExclusionFlow", "FlowStep", "exclusion_flow"]

_LABELS: Mapping[str, Label] = {
    "started": {"en": "Interviews started", "ja": "回答開始"},
    "consented": {"en": "Consented", "ja": "調査協力に同意"},
    "in_scope": {"en": "In scope", "ja": "調査対象に該当"},
    "quota_open": {"en": "Quota open", "ja": "割当に空きあり"},
    "completed": {"en": "Complete, or partial with enough answers", "ja": "回答完了（十分な部分回答を含む）"},
    "not_duplicate": {"en": "Without duplicates", "ja": "重複回答を除外"},
    "no_hard": {"en": "Without other hard failures", "ja": "その他の必須基準を満たす"},
    "analysed": {"en": "Analysed: fewer than the limit of soft signals", "ja": "分析対象（疑わしい兆候が上限未満）"},
}


@dataclass(frozen=True)
class FlowStep:
    """One box of the flow.

    Attributes
    ----------
    id, label
        Which step, in words by language.
    n, removed
        Cases left, and taken out since the step before.
    reasons
        Cases taken out by reason, most frequent first; a case with several reasons counts under each.
    by
        Cases left by level of the variable that the flow is split by.
    """

    id: str
    label: Label
    n: int
    removed: int
    reasons: Mapping[str, int]
    by: Mapping[str, int]


@dataclass(frozen=True)
class ExclusionFlow:
    """Counts of cases from the first click to the analysis.

    Attributes
    ----------
    steps
        In order; the first holds everybody.
    language
        Of the level labels.
    by
        Variable that the counts are split by, or None.
    synthetic
        Whether the answers are invented.
    """

    steps: tuple[FlowStep, ...]
    language: str
    by: str | None = None
    synthetic: bool = False

    def to_frame(self, language: str | None = None) -> pd.DataFrame:
        """One row a step: ``step, label, n, removed, reasons`` and one column a level."""
        speak = language or self.language
        return pd.DataFrame(
            [
                {
                    "step": step.id,
                    "label": label_text(step.label, speak),
                    "n": step.n,
                    "removed": step.removed,
                    "reasons": ", ".join(f"{name} {count}" for name, count in step.reasons.items()),
                    **step.by,
                }
                for step in self.steps
            ]
        )

    def __str__(self) -> str:
        """One line a step."""
        mark = ["SYNTHETIC"] if self.synthetic else []
        lines = []
        for step in self.steps:
            why = "; ".join(f"{name} {count}" for name, count in step.reasons.items())
            taken = f"  (-{step.removed}{': ' + why if why else ''})" if step.removed else ""
            lines.append(f"{step.n:>7}  {label_text(step.label, self.language)}{taken}")
        return "\n".join([*mark, *lines])


def exclusion_flow(
    responses: Responses, *, by: str | None = None, quota_filled: str | None = None, language: str | None = None
) -> ExclusionFlow:
    """Counts of the exclusion flow, from everybody who started to those who count.

    Parameters
    ----------
    responses
        Screened answers.
    by
        Column of the answers by whose levels the counts are split as well.
    quota_filled
        Column that is true for who was turned away because a quota was full.
    language
        Of the level labels; the instrument's published one by default.
    """
    if by is not None and by not in responses.frame.columns:
        raise ColumnError(by, map(str, responses.frame.columns), place="the answers")
    speak = language or responses.instrument.published
    name = dispositions(responses, quota_filled=quota_filled)["name"]
    reason = responses.disposition["reason"].astype("str")
    hard = reason.str.startswith("hard: ")
    # Each case leaves at one step, the first that applies.
    leaves = pd.Series("", name.index, dtype="str")
    leaves = leaves.mask(~responses.counted, "analysed").mask(hard & ~responses.counted, "no_hard")
    for step, names in (
        ("consented", ["explicit_refusal", "implicit_refusal"]),
        ("in_scope", ["screened_out"]),
        ("quota_open", ["quota_filled"]),
        ("completed", ["break_off"]),
        ("not_duplicate", ["duplicate"]),
    ):
        leaves = leaves.mask(name.isin(names), step)
    levels = [] if by is None else levels_of(responses.instrument, responses.frame, by, speak)
    left = pd.Series(True, name.index)
    steps = []
    for step, label in _LABELS.items():
        out = leaves == step
        left &= ~out
        if step == "quota_open" and quota_filled is None:
            continue
        counts = {level: int((left & inside).sum()) for level, inside in levels}
        steps.append(FlowStep(step, label, int(left.sum()), int(out.sum()), _reasons(reason[out]), counts))
    return ExclusionFlow(tuple(steps), speak, by, responses.synthetic)


def _reasons(reason: pd.Series) -> dict[str, int]:
    names = reason.str.removeprefix("hard: ").str.removeprefix("soft: ").str.split(", ").explode()
    counts = names[names != ""].value_counts()
    ordered = sorted(zip(counts.index.astype(str), counts.tolist(), strict=True), key=lambda one: (-one[1], one[0]))
    return dict(ordered)
