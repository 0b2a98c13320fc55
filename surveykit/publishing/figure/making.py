"""What all figure functions share: from record, plot and style to the record of a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveykit.publishing.figure.grid import Grid
from surveykit.publishing.figure.record import Figure, Plot, Words
from surveykit.publishing.figure.style import FigureStyle
from surveykit.publishing.footers import base_line, marks_of, record_notes, source_line, topic_of, unit_text
from surveykit.publishing.reliability import is_published
from surveykit.publishing.words import phrase, words
from surveykit.results import Estimate, Table

__all__ = ["alt_text", "data_behind", "make_figure", "standing_notes"]


def make_figure(
    kind: str,
    record: Table | Estimate,
    plot: Plot,
    style: FigureStyle,
    grid: Grid,
    *,
    notes: Sequence[str] = (),
    intervals: bool = False,
    also: Sequence[Grid] = (),
    said: str = "",
    told: str = "",
) -> Figure:
    """Put a plot between its words.

    Parameters
    ----------
    kind
        Name of the figure's function.
    record
        What it was made of: base, weight, source, marks.
    plot
        What is drawn.
    style
        What was chosen.
    grid
        The numbers drawn.
    notes
        What a reader must know about this drawing.
    intervals
        Whether whiskers are drawn.
    also
        Further numbers drawn, as a line over columns.
    said, told
        Alternative text after that of the numbers, and instead of it.
    """
    known = words(style.lang)
    all_notes = [*record_notes(record, style.lang, illustrative=style.illustrative), *notes]
    all_notes += standing_notes(grid, style)
    if intervals and grid.sampled:
        all_notes.append(phrase(style.lang, "whisker", level=grid.level))
    all_notes += [style.note] if style.note else []
    footer = [(known["base"], base_line(record, style.lang))]
    definition = record.definition if isinstance(record, Table) else ""
    footer.append((known["definition"], definition))
    joint = "" if style.lang == "ja" else " "
    footer.append((known["note"], joint.join(all_notes)))
    footer.append((known["year"], style.year if not source_line(record, style.source, "") else ""))
    footer.append((known["source"], source_line(record, style.source, style.year)))
    topic = style.topic or topic_of(record, style.lang)
    heading = topic if record.synthetic else style.title or topic
    text = Words(
        marks=marks_of(record, style.lang, illustrative=style.illustrative),
        number=style.number,
        heading=heading,
        subtitle=style.subtitle or _question(record) or unit_text(record, style.lang),
        footer=tuple((label, line) for label, line in footer if line),
    )
    return Figure(
        kind=kind,
        words=text,
        alt=_marked_alt(alt_text(kind, heading, (grid, *also), style.lang, said=said, told=told), text.marks),
        data=pd.concat([data_behind(record, one, style) for one in (grid, *also)], ignore_index=True),
        plot=plot,
        style=style,
        synthetic=record.synthetic,
    )


def _question(record: Table | Estimate) -> str:
    if not isinstance(record, Table):
        return ""
    asked = {one.question for one in (*record.rows, *record.columns) if one.question}
    return next(iter(asked)) if len(asked) == 1 else ""


def standing_notes(grid: Grid, style: FigureStyle) -> list[str]:
    """Notes on small bases that the drawing shows."""
    notes = []
    if (grid.standing == "flagged").any():
        notes.append(phrase(style.lang, "flagged", limit=style.flag_base))
    if (grid.standing == "suppressed").any():
        notes.append(phrase(style.lang, "suppressed", limit=style.minimum_base))
    return notes


def data_behind(record: Table | Estimate, grid: Grid, style: FigureStyle) -> pd.DataFrame:
    """Drawn numbers with what they rest on, for the CSV."""
    frame = grid.frame()
    shared: dict[str, str | float | bool] = {"statistic": record.statistic, "weight": record.weight}
    if isinstance(record, Table):
        shared |= {"base": record.base, "definition": record.definition}
    if not is_published(record):
        shared["level"] = record.level
    shared |= {"year": style.year, "source": source_line(record, style.source, "")}
    shared |= {"synthetic": record.synthetic, "illustrative": style.illustrative}
    for name, value in shared.items():
        frame[name] = value
    return frame


# Names of the figures' kinds in alternative texts.
_KINDS: Mapping[str, Mapping[str, str]] = {
    "stacked": {"en": "Stacked bars", "ja": "積み上げ棒グラフ"},
    "bars": {"en": "Bars", "ja": "棒グラフ"},
    "grouped": {"en": "Grouped bars", "ja": "集合棒グラフ"},
    "likert": {"en": "Stacked bars around a centre", "ja": "中心を揃えた積み上げ棒グラフ"},
    "dots": {"en": "Dots", "ja": "ドットチャート"},
    "slope": {"en": "Slope chart", "ja": "スロープチャート"},
    "lines": {"en": "Lines", "ja": "折れ線グラフ"},
    "diverging": {"en": "Stacked bars on both sides of zero", "ja": "ゼロの両側の積み上げ棒グラフ"},
    "treemap": {"en": "Treemap", "ja": "ツリーマップ"},
    "waterfall": {"en": "Waterfall", "ja": "ウォーターフォール図"},
    "bubble": {"en": "Bubbles", "ja": "バブルチャート"},
    "flows": {"en": "Flow map", "ja": "フロー図"},
    "heat": {"en": "Heat table", "ja": "ヒートマップ表"},
    "small_multiples": {"en": "Small multiples", "ja": "並列した小さなグラフ"},
    "coefficients": {"en": "Coefficients with intervals", "ja": "係数と信頼区間"},
    "effects": {"en": "Effects with intervals", "ja": "効果と信頼区間"},
    "area": {"en": "Stacked areas", "ja": "積み上げ面グラフ"},
    "stacked_columns": {"en": "Stacked columns", "ja": "積み上げ縦棒グラフ"},
    "growth": {"en": "Columns with growth", "ja": "伸び率付き縦棒グラフ"},
    "segments": {"en": "Ranked bars with segments", "ja": "内訳付き横棒グラフ(降順)"},
    "dot_matrix": {"en": "Dot matrix", "ja": "ドットマトリックス"},
    "dumbbell": {"en": "Pairs of dots", "ja": "ダンベルチャート"},
    "exclusion_flow": {"en": "Flow of boxes", "ja": "フローチャート"},
    "weight_distribution": {"en": "Histogram", "ja": "ヒストグラム"},
    "margin_targets": {"en": "Dots against targets", "ja": "目標と実績の点図"},
    "survival": {"en": "Survival curves", "ja": "生存曲線"},
    "lorenz": {"en": "Lorenz curves", "ja": "ローレンツ曲線"},
    "contrasts": {"en": "Differences with intervals", "ja": "差と信頼区間"},
    "specification_curve": {"en": "Specification curve", "ja": "特定化曲線"},
    "overlap": {"en": "Densities", "ja": "密度曲線"},
    "love_plot": {"en": "Pairs of dots", "ja": "標準化差の点図"},
}


def alt_text(kind: str, heading: str, grids: Sequence[Grid], lang: str, *, said: str = "", told: str = "") -> str:
    """Say what a figure shows from its numbers: kind, heading, size, highest and lowest value of each series.

    At most six series of each grid are named one by one. `said` follows that, `told` replaces it.
    """
    japanese = lang == "ja"
    named = _KINDS[kind][lang]
    parts = [f"{named}。{heading}。" if japanese else f"{named}. {heading}."]
    for one in grids if not told else ():
        parts += _extremes(one, lang)
    parts += [text for text in (told, said) if text]
    return ("" if japanese else " ").join(parts)


def _extremes(grid: Grid, lang: str) -> list[str]:
    japanese, parts = lang == "ja", []
    for column, series in enumerate(grid.series[:6]):
        values = grid.values[:, column]
        known = np.flatnonzero(np.isfinite(values))
        if not known.size:
            continue
        top, bottom = known[np.argmax(values[known])], known[np.argmin(values[known])]
        one = f"{grid.categories[top]} {grid.text(top, column, suffix=True)}"
        other = f"{grid.categories[bottom]} {grid.text(bottom, column, suffix=True)}"
        lead = f"{series}{words(lang)['colon']}" if series else ""
        if top == bottom:
            parts.append(f"{lead}{one}{'。' if japanese else '.'}")
        elif japanese:
            parts.append(f"{lead}最大は {one}、最小は {other}。")
        else:
            parts.append(f"{lead}highest {one}, lowest {other}.")
    if len(grid.series) > 6:
        rest = len(grid.series) - 6
        parts.append(f"ほか {rest} 系列。" if japanese else f"{rest} more series.")
    return parts


def _marked_alt(alt: str, marks: Sequence[str]) -> str:
    return f"[{'; '.join(marks)}] {alt}" if marks else alt
