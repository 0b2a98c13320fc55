"""What the weights of a study do: their spread, margins before and after, as tables and figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from surveykit.publishing.figure import Figure, love_plot, margin_targets, weight_distribution
from surveykit.publishing.report import Block, Grid, Picture
from surveykit.study.loading import Study, words_in
from surveykit.study.methods_plain import picture
from surveykit.study.preparing import Prepared
from surveykit.study.weighing import ONE_SET, weight_sources
from surveykit.weighting import Weights, WeightSummary

__all__ = ["weights_blocks"]

_QUANTILES = {
    "min": ("Smallest weight", "最小のウエイト"),
    "p1": ("1st percentile", "1パーセンタイル"),
    "p25": ("Lower quartile", "第1四分位"),
    "median": ("Median", "中央値"),
    "p75": ("Upper quartile", "第3四分位"),
    "p99": ("99th percentile", "99パーセンタイル"),
    "max": ("Largest weight", "最大のウエイト"),
}
_PLOTS: Mapping[str, Callable[..., Figure]] = {"targets": margin_targets, "differences": love_plot}


def weights_blocks(study: Study, prepared: Prepared, files: dict[str, bytes]) -> list[Block]:
    """Tables and figures of every set of weights that the study made.

    Parameters
    ----------
    study
        The study, with the sample in the place of its own.
    prepared
        The sample.
    files
        Files of the figures are added to it.
    """
    made = {name: one.weights for name, one in prepared.sets.items() if one.weights is not None}
    blocks: list[Block] = []
    sets = {name: weights for name, weights in made.items() if name in weight_sources(study)}
    if len(sets) > 1:
        blocks.append(_side_by_side(study, sets))
    for name, weights in sets.items():
        summary = weights.describe()
        stem = "weights" if name == ONE_SET else f"weights-{name}"
        blocks.append(_spread(study, name, summary, stem, weights))
        if len(summary.margins):
            blocks.append(_margins(study, prepared, summary, name, weights))
            blocks += [_margin_plot(study, prepared, kind, name, weights, files) for kind in _PLOTS]
    if sets:
        blocks.append(_distribution(study, sets, files))
    return blocks


def _distribution(study: Study, sets: Mapping[str, Weights], files: dict[str, bytes]) -> Picture:
    """How the weights are spread, set by set."""

    def drawn(language: str) -> Figure:
        only = next(iter(sets.values()))
        named = {_named(study, name, language): weights for name, weights in sets.items()}
        return weight_distribution(only if len(sets) == 1 else named, **_style(study, language))

    return picture("weights-distribution", study.languages, drawn, files)


def _margin_plot(
    study: Study, prepared: Prepared, kind: str, name: str, weights: Weights, files: dict[str, bytes]
) -> Picture:
    """Margins against their targets, or standardised differences."""

    def drawn(language: str) -> Figure:
        labels: dict[str, str] = {}
        for margin in weights.describe().margins["margin"].unique():
            known = prepared.lexicon.levels.get(language, {}).get(margin, {})
            labels[str(margin)] = prepared.lexicon.short(str(margin), language) or str(margin)
            labels |= {str(level): text for level, text in known.items()}
        return _PLOTS[kind](weights, labels=labels, **_style(study, language, _named(study, name, language)))

    stem = kind if name == ONE_SET else f"{name}-{kind}"
    return picture(f"weights-{stem}", study.languages, drawn, files)


def _style(study: Study, language: str, note: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"theme": study.shape.theme, "lang": language}
    return found | ({"subtitle": note} if note else {})


def _named(study: Study, name: str, language: str) -> str:
    return words_in(weight_sources(study)[name].name, language) or ("" if name == ONE_SET else name)


def _heading(study: Study, name: str, what: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for language in study.languages:
        own = _named(study, name, language)
        quoted = f"「{own}」" if language == "ja" else f" '{own}'"
        found[language] = f"{what[language]}{quoted if own else ''}"
    return found


def _side_by_side(study: Study, made: Mapping[str, Weights]) -> Grid:
    rows: dict[str, list[Sequence[str]]] = {language: [] for language in study.languages}
    for name, weights in made.items():
        summary = weights.describe()
        numbers = (f"{summary.n:,}", f"{summary.effective_n:,.1f}", f"{summary.design_effect:.2f}")
        for language in study.languages:
            rows[language].append((_named(study, name, language), *numbers, f"{summary.largest_share:.1%}"))
    return Grid(
        "about-weight-sets",
        {"en": "Sets of weights side by side", "ja": "ウエイトの比較"},
        {
            "en": ("Weights", "Cases", "Effective n (Kish)", "Design effect", "Share of the largest hundredth"),
            "ja": ("ウエイト", "件数", "有効標本規模(Kish)", "デザイン効果", "上位1%の割合"),
        },
        rows,
    )


def _spread(study: Study, name: str, summary: WeightSummary, stem: str, weights: Weights) -> Grid:
    facts = [
        ("Weighted cases", "ウエイト付き件数", f"{summary.n:,}"),
        ("Effective n (Kish)", "有効標本規模(Kish)", f"{summary.effective_n:,.1f}"),
        ("Design effect of weighting", "ウエイトのデザイン効果", f"{summary.design_effect:.3f}"),
        *((*_QUANTILES.get(part, (part, part)), f"{value:,.4g}") for part, value in summary.distribution.items()),
        ("Share of the largest hundredth", "上位1%の割合", f"{summary.largest_share:.1%}"),
    ]
    return Grid(
        f"about-{stem}",
        _heading(study, name, {"en": "Weights", "ja": "ウエイト"}),
        {"en": ("Fact", "Value"), "ja": ("項目", "値")},
        {"en": [(en, value) for en, _, value in facts], "ja": [(ja, value) for _, ja, value in facts]},
        _illustrative(weights),
    )


def _margins(study: Study, prepared: Prepared, summary: WeightSummary, name: str, weights: Weights) -> Grid:
    rows: dict[str, list[Sequence[str]]] = {language: [] for language in study.languages}
    for line in summary.margins.to_dict("records"):
        shares = (f"{100 * line[share]:.1f}" for share in ("target_share", "before_share", "after_share"))
        numbers = (f"{line['n']:,}", *shares)
        for language in study.languages:
            rows[language].append((_level(prepared, line, language), *numbers))
    return Grid(
        "about-margins" if name == ONE_SET else f"about-{name}-margins",
        _heading(study, name, {"en": "Margins before and after weighting", "ja": "ウエイト前後の構成比"}),
        {
            "en": ("Level", "n", "Population, %", "Before, %", "After, %"),
            "ja": ("区分", "n", "母集団(%)", "前(%)", "後(%)"),
        },
        rows,
        _illustrative(weights),
    )


def _level(prepared: Prepared, line: Mapping[Any, Any], language: str) -> str:
    known = prepared.lexicon.levels.get(language, {}).get(line["margin"], {})
    label = prepared.lexicon.short(line["margin"], language) or line["margin"]
    return f"{label}: {known.get(line['level'], line['level'])}"


def _illustrative(weights: Weights) -> Mapping[str, str]:
    if not weights.illustrative:
        return {}
    return {
        "en": "ILLUSTRATIVE POPULATION: the counts are invented and describe no country.",
        "ja": "例示:母集団の構成比は架空の値である。",
    }
