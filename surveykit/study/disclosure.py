"""The disclosure items of AAPOR's transparency initiative: filled from instrument, screening and weights, or MISSING.

The items are those for immediate disclosure of the Code of Professional Ethics and Practices (AAPOR 2021, III.A).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveykit.instrument.question import label_text
from surveykit.study.flags import flag_words
from surveykit.study.lexicon import translated
from surveykit.study.loading import Study, words_in
from surveykit.study.preparing import Prepared, screening_rules
from surveykit.study.schema_parts import LabelSource
from surveykit.study.weighing import ONE_SET, weight_sources

__all__ = ["MISSING", "Item", "disclosure_items"]

MISSING = "MISSING"
_DONE = {
    "rake": "レイキング",
    "post-stratify": "事後層化",
    "calibrate": "キャリブレーション",
    "trim": "上限・下限の設定",
    "nonresponse": "無回答調整",
    "size": "企業規模を乗じる",
    "begin": "他のウエイトから開始",
}
_NAMES: Mapping[str, Sequence[str]] = {
    "en": (
        "Data collection strategy",
        "Sponsor and conductor of the research",
        "Measurement tools",
        "Population under study",
        "How the sample was generated and recruited",
        "Method and mode of data collection",
        "Dates of data collection",
        "Sample sizes and precision",
        "How the data were weighted",
        "Processing and procedures to ensure quality",
        "Limitations",
    ),
    "ja": (
        "データ収集の方法",
        "調査の依頼者と実施者",
        "測定手段(調査票)",
        "対象母集団",
        "標本の抽出・募集方法",
        "調査方法・使用言語",
        "調査期間",
        "標本の大きさと精度",
        "ウエイト付けの方法",
        "データ処理と品質管理",
        "限界",
    ),
}


@dataclass(frozen=True)
class Item:
    """One disclosure item, by language.

    Parameters
    ----------
    number
        1 to 11.
    name, text
        By language; a text is :data:`MISSING` where neither the study nor a file says it.
    """

    number: int
    name: Mapping[str, str]
    text: Mapping[str, str]

    @property
    def missing(self) -> bool:
        """Whether nobody has said it."""
        return any(text == MISSING for text in self.text.values())


def disclosure_items(study: Study, prepared: Prepared) -> tuple[Item, ...]:
    """Fill the eleven items."""
    said = study.shape.disclosure
    own: tuple[LabelSource | None, ...] = (
        *(said.strategy, said.sponsor, None, said.population, said.recruitment, said.mode, said.dates),
        *(said.precision, None, said.processing, said.limitations),
    )
    found = {language: _known(study, prepared, language) for language in study.languages}
    items = []
    for place, label in enumerate(own):
        texts = {}
        for language in study.languages:
            parts = [found[language].get(place + 1, ""), translated(label, language)]
            texts[language] = " ".join(part for part in parts if part) or MISSING
        names = {language: _NAMES[language][place] for language in study.languages}
        items.append(Item(place + 1, names, texts))
    return tuple(items)


def _known(study: Study, prepared: Prepared, language: str) -> dict[int, str]:
    """What the files themselves tell, by item."""
    found = {8: _sizes(prepared, language), 9: _weighting(study, prepared, language)}
    if prepared.responses is not None:
        instrument = prepared.responses.instrument
        title = label_text(instrument.title, language)
        found[3] = {
            "en": f"Questionnaire '{title}', version {instrument.version}; exact wordings in the appendix.",
            "ja": f"調査票「{title}」第{instrument.version}版。質問文は付録に掲載。",
        }[language]
        found[10] = _screening(study, prepared, language)
    return found


def _sizes(prepared: Prepared, language: str) -> str:
    survey = prepared.survey
    counted = survey.engine.rows if prepared.responses is None else int(prepared.responses.counted.sum())
    summary = prepared.weights.describe() if prepared.weights is not None else None
    effective = "" if summary is None else f"{summary.effective_n:,.0f}"
    if language == "ja":
        text = f"有効回答 {counted:,} 件"
        text += f"、うちウエイト付与 {summary.n:,} 件、有効標本規模 {effective}。" if summary else "。"
        if survey.selection == "opt-in":
            text += "公募型の標本であり、標本誤差は定義されない。区間はモデルに基づく。"
        return text
    text = f"{counted:,} cases count"
    text += f"; {summary.n:,} of them are weighted, with an effective size of {effective}." if summary else "."
    if survey.selection == "opt-in":
        text += (
            " The sample chose itself: there is no margin of sampling error. Intervals are model-based and hold if "
            "selection is ignorable given the weighting margins."
        )
    return text


def _weighting(study: Study, prepared: Prepared, language: str) -> str:
    """How each set of weights was made, and what it does."""
    sources = weight_sources(study)
    if not sources:
        return {"en": "The data are not weighted.", "ja": "ウエイトは用いていない。"}[language]
    joint = "" if language == "ja" else " "
    parts = [_one_set(study, prepared, name, language) for name in sources]
    for name, count in prepared.unweighted.items():
        shown = prepared.lexicon.short(name, language) or name
        parts.append(
            f"{shown} が不明の {count} 件はウエイトを持たない。"
            if language == "ja"
            else f"{count} cases without '{shown}' weigh nothing."
        )
    return joint.join(parts)


def _one_set(study: Study, prepared: Prepared, name: str, language: str) -> str:
    source, made = weight_sources(study)[name], prepared.sets[name]
    own = words_in(source.name, language) or ("" if name == ONE_SET else name)
    if made.weights is None:
        column = source.column or ""
        return f"ウエイト変数「{column}」。" if language == "ja" else f"By the column '{column}' of the data."
    summary = made.weights.describe()
    population = source.population or study.shape.population
    benchmark = "" if population is None else " ".join(one for one in (population.source, population.year) if one)
    if language == "ja":
        done = "、".join(_DONE.get(step.kind, step.kind) for step in made.weights.steps[1:])
        text = f"{own}:" if own else ""
        text += f"{done}。デザイン効果 {summary.design_effect:.2f}。" + (f"資料:{benchmark}。" if benchmark else "")
        return text + ("母集団の構成比は例示のための架空の値である。" if made.weights.illustrative else "")
    done = "; ".join(summary.steps)
    text = f"{own}: " if own else ""
    text += f"{done[:1].upper()}{done[1:]}. Design effect of weighting {summary.design_effect:.2f}."
    text += f" Benchmarks: {benchmark}." if benchmark else ""
    return text + (" The benchmarks are ILLUSTRATIVE: invented." if made.weights.illustrative else "")


def _screening(study: Study, prepared: Prepared, language: str) -> str:
    rules = screening_rules(study)
    assert prepared.responses is not None
    out = int((~prepared.responses.counted).sum())
    if language == "ja":
        head = f"{len(prepared.responses.frame):,} 件のうち {out} 件を集計から除外(削除はしていない)。"
        if rules is None:
            return head
        hard = "、".join(flag_words(one, language) for one in rules.hard)
        return f"{head}事前に定めた規則:{hard}、または品質上の兆候 {rules.soft_limit} 件以上。"
    head = f"{out} of {len(prepared.responses.frame):,} cases do not count; none was deleted."
    if rules is None:
        return head
    hard = ", ".join(flag_words(one, language) for one in rules.hard)
    return f"{head} Rules set beforehand: any of {hard}; or {rules.soft_limit} signs of poor quality."
