"""What is missing from the answers, before and after screening."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from surveykit.publishing.report import Grid
from surveykit.quality import item_nonresponse, outcome_rates
from surveykit.responses import Responses
from surveykit.study.loading import Study

__all__ = ["nonresponse_grids", "outcome_grid"]

_RATES = {
    "COMR": "完了率(適格な回答開始のうち完了)",
    "BOR": "中断率(適格な回答開始のうち中断)",
    "SOR": "対象外率(同意者のうち対象外)",
    "PR": "参加率(依頼のうち有効回答)",
}

_COUNTS = ("eligible", "valid", "refused", "dont_know", "unanswered", "removed")


def outcome_grid(study: Study, responses: Responses) -> Grid:
    """Dispositions of all cases, and the rates that an opt-in sample allows."""
    found = outcome_rates(responses)
    counts = [one for one in found.counts.to_dict("records") if one["n"]]
    opted = study.shape.design.selection == "opt-in"
    rows: dict[str, list[Sequence[str]]] = {}
    for language in study.languages:
        rows[language] = [(str(one["code"]), str(one[f"label_{language}"]), f"{one['n']:,}", "") for one in counts]
        for one in found.rates.to_dict("records") if opted else []:
            name = _RATES.get(str(one["rate"]), str(one["name"])) if language == "ja" else str(one["name"])
            share = _percent(one["share"])
            rows[language].append((str(one["rate"]), name, f"{one['numerator']:g} / {one['denominator']:g}", share))
    note = {"en": found.statement, "ja": "回答率は算出できない:公募型の標本であり、依頼を見た人数が分からない。"}
    return Grid(
        "about-outcomes",
        {"en": "Outcomes of all interviews (AAPOR codes)", "ja": "全調査票の処理結果(AAPOR コード)"},
        {"en": ("Code", "Outcome", "Cases", "%"), "ja": ("コード", "結果", "件数", "%")},
        rows,
        note if opted else {},
    )


def nonresponse_grids(study: Study, responses: Responses) -> list[Grid]:
    """Item nonresponse of every question that lacks answers, of all interviews and of those that count."""
    screened = study.shape.screening is not None
    rows: dict[str, list[Sequence[str]]] = {}
    complete = 0
    for language in study.languages:
        after = _questions(item_nonresponse(responses, language=language))
        before = _questions(item_nonresponse(responses, everybody=True, language=language))
        pairs = list(zip(after, before, strict=True))
        lacking = [(one, two) for one, two in pairs if one["valid"] < one["eligible"] or two["valid"] < two["eligible"]]
        complete = len(pairs) - len(lacking)
        rows[language] = [_line(one, two, language, screened=screened) for one, two in lacking]
    heads: dict[str, tuple[str, ...]] = {
        "en": ("Question", "Asked", "Answered", "Refused or don't know", "Blank", "Not answered, %"),
        "ja": ("質問", "質問数", "回答数", "回答拒否・わからない", "無回答", "非回答率(%)"),
    }
    if screened:
        heads["en"] = (*heads["en"], "Before screening, %")
        heads["ja"] = (*heads["ja"], "除外前(%)")
    grid = Grid(
        "about-nonresponse",
        {"en": "Questions that were asked and not answered", "ja": "項目無回答"},
        heads,
        rows,
        {
            "en": f"Of the cases that count; what routing skips is not missing. {complete} further questions "
            "were answered by everybody who was asked.",
            "ja": f"集計対象の回答について。分岐により質問されなかった項目は含まない。他の{complete}問は全員が回答。",
        },
    )
    return [grid] if any(rows.values()) else []


def _questions(found: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """One line a question or grid row; the items of a loop, whose wording has a gap for them, are added up."""
    loop = found["label"].str.contains("{item}", regex=False)
    lines = found[~loop].to_dict("records")
    for (question, label), part in found[loop].groupby(["question", "label"], sort=False):
        line: dict[Hashable, Any] = {"question": question, "label": str(label).replace("{item}", "…")}
        line |= {name: int(part[name].sum()) for name in _COUNTS}
        line["rate"] = 1 - line["valid"] / line["eligible"] if line["eligible"] else math.nan
        lines.append(line)
    return lines


def _line(after: Mapping[Any, Any], before: Mapping[Any, Any], language: str, *, screened: bool) -> Sequence[str]:
    code, label = str(after["question"]), str(after["label"])
    mark = "" if label.startswith(code) else f"{code} "
    counts = [f"{after[name]:,}" for name in ("eligible", "valid")]
    unsure = after["refused"] + after["dont_know"]
    blank = after["unanswered"] + after["removed"]
    rates = [_percent(after["rate"]), *([_percent(before["rate"])] if screened else [])]
    return (_cut(f"{mark}{label}", 60 if language == "ja" else 110), *counts, f"{unsure:,}", f"{blank:,}", *rates)


def _percent(rate: float) -> str:
    return "–" if math.isnan(rate) else f"{100 * rate:.1f}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
