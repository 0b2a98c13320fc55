"""What the weights of a study do: their spread, margins before and after, as tables and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from surveykit.engine import FloatArray
from surveykit.publishing import figure as figures
from surveykit.publishing.figure import Figure
from surveykit.publishing.published_numbers import published
from surveykit.publishing.report import Block, Grid, Picture
from surveykit.results import Table
from surveykit.study.loading import Study, words_in
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
_STAGES = (
    ("target_share", "Population", "母集団"),
    ("before_share", "Sample before weighting", "ウエイト前"),
    ("after_share", "After weighting", "ウエイト後"),
)
_BINS = 12


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
    if len(made) > 1:
        blocks.append(_side_by_side(study, made))
    for name, weights in made.items():
        if name not in weight_sources(study):
            continue
        summary = weights.describe()
        stem = "weights" if name == ONE_SET else f"weights-{name}"
        blocks.append(_spread(study, name, summary, stem, weights))
        blocks.append(_drawn(study, _histogram(weights.values), name, f"{stem}-spread", weights, files))
        if len(summary.margins):
            blocks.append(_margins(study, prepared, summary, stem, weights))
            blocks.append(
                _drawn(study, _margin_tables(study, prepared, summary), name, f"{stem}-margins", weights, files)
            )
    return blocks


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
        if name not in weight_sources(study):
            continue
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


def _margins(study: Study, prepared: Prepared, summary: WeightSummary, stem: str, weights: Weights) -> Grid:
    rows: dict[str, list[Sequence[str]]] = {language: [] for language in study.languages}
    for line in summary.margins.to_dict("records"):
        shares = (f"{100 * line[name]:.1f}" for name, _, _ in _STAGES)
        numbers = (f"{line['n']:,}", *shares)
        for language in study.languages:
            rows[language].append((_level(prepared, line, language), *numbers))
    return Grid(
        f"about-{stem}-margins",
        _heading(
            study,
            stem.removeprefix("weights-") if stem != "weights" else ONE_SET,
            {"en": "Margins before and after weighting", "ja": "ウエイト前後の構成比"},
        ),
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


def _histogram(values: FloatArray) -> dict[str, tuple[str, Table]]:
    """Cases by weight relative to the mean weight, in bands of equal width."""
    positive = values[values != 0]
    relative = positive / positive.mean()
    top = float(np.quantile(relative, 0.99))
    width = max(float(f"{max(top, 1e-9) / (_BINS - 1):.1g}"), 1e-9)
    edges = width * np.arange(_BINS)
    counts = [int(((relative >= low) & (relative < low + width)).sum()) for low in edges[:-1]]
    counts.append(int((relative >= edges[-1]).sum()))
    labels = [f"{low:.3g}–{low + width:.3g}" for low in edges[:-1]] + [f"≥ {edges[-1]:.3g}"]
    frame = pd.DataFrame({"band": labels, "value": np.array(counts, np.float64)})
    said = {
        "en": ("Cases by weight, relative to the mean weight", "Cases"),
        "ja": ("ウエイト(平均=1)の分布", "件数"),
    }
    return {
        language: (title, published(frame, rows="band", statistic=unit, unit="", source=""))
        for language, (title, unit) in said.items()
    }


def _margin_tables(study: Study, prepared: Prepared, summary: WeightSummary) -> dict[str, tuple[str, Table]]:
    """Shares of every level in the population, and before and after weighting."""
    found = {}
    for language in study.languages:
        lines = [
            {
                "level": _level(prepared, line, language),
                "stage": words[1 + (language == "ja")],
                "value": 100 * line[words[0]],
            }
            for line in summary.margins.to_dict("records")
            for words in _STAGES
        ]
        title = {"en": "Margins before and after weighting", "ja": "ウエイト前後の構成比"}[language]
        word = {"en": "Share", "ja": "構成比"}[language]
        frame = pd.DataFrame(lines)
        found[language] = (
            title,
            published(frame, rows="level", columns="stage", statistic=word, unit="%", source=""),
        )
    return found


def _drawn(
    study: Study,
    tables: Mapping[str, tuple[str, Table]],
    name: str,
    stem: str,
    weights: Weights,
    files: dict[str, bytes],
) -> Picture:
    """Draw a figure of the weights in every language."""
    svg: dict[str, bytes] = {}
    alt: dict[str, str] = {}
    titles: dict[str, str] = {}
    names = []
    for language in study.languages:
        title, table = tables[language]
        own = _named(study, name, language)
        options: dict[str, Any] = {
            "title": title,
            "topic": title,
            "subtitle": own,
            "theme": study.shape.theme,
            "lang": language,
            "illustrative": weights.illustrative,
        }
        drawn: Figure = figures.dots(table, **options) if stem.endswith("margins") else figures.bars(table, **options)
        path = f"figures/{stem}" + ("" if language == study.languages[0] else f".{language}")
        for kind in ("svg", "png"):
            files[f"{path}.{kind}"] = drawn.to_bytes(kind)
            names.append(f"{path}.{kind}")
        svg[language], alt[language], titles[language] = files[f"{path}.svg"], drawn.alt, title
    return Picture(f"about-{stem}-figure", titles, svg, alt, tuple(names))
