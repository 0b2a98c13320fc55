"""Estimates, models and tests as printed tables."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from surveykit.publishing.footers import (
    base_line,
    marks_of,
    record_notes,
    source_line,
    topic_of,
    unit_text,
    weight_name,
)
from surveykit.publishing.numbers import bounded, decimals_for, number, whole
from surveykit.publishing.presentation import Block, Cell, CellKind, Column, Line, Presentation
from surveykit.publishing.reliability import standing
from surveykit.publishing.style import TableStyle
from surveykit.publishing.words import model_text, phrase, words
from surveykit.results import Estimate, TestResult
from surveykit.results.estimate import two_sided_p

__all__ = ["estimate_labels", "is_model", "is_share", "p_text", "present_estimate", "present_test"]


def is_share(estimate: Estimate) -> bool:
    """Whether an estimate holds shares (0-1), printed as percentages."""
    return estimate.statistic == "proportion"


def is_model(estimate: Estimate) -> bool:
    """Whether an estimate holds the coefficients of a model."""
    return bool(getattr(estimate, "formula", ""))


def estimate_labels(estimate: Estimate) -> tuple[str, ...]:
    """Labels of estimates ``(p,)``: the label columns that vary, joined; the names of coefficients."""
    varying = [values for values in estimate.labels.values() if len({str(value) for value in values}) > 1]
    if not varying or is_model(estimate):
        return tuple(str(name) for name in estimate.names)
    return tuple(", ".join(str(value) for value in line) for line in zip(*varying, strict=True))


def p_text(p: float) -> str:
    """Print a p-value.

    Examples
    --------
    >>> p_text(0.03456), p_text(1e-9)
    ('0.035', '<0.001')
    """
    if math.isnan(p):
        return "-"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def present_estimate(estimate: Estimate, style: TableStyle) -> Presentation:
    """Turn estimates into one row each: estimate, standard error, interval, p-value of coefficients, bases."""
    said, model = words(style.lang), is_model(estimate)
    kind: CellKind = "share" if is_share(estimate) else "number"
    decimals = style.decimals if style.decimals is not None else decimals_for(estimate.estimate, kind)
    decimals = 3 if model and style.decimals is None else decimals
    status = standing(estimate, style.minimum_base, style.flag_base)
    names = [said["estimate"], said["se"], said["low"], said["high"], *([said["p"]] if model else [])]
    columns = [Column(name) for name in names]
    bases = {} if model else {said["n"]: estimate.n.astype(np.float64)}
    if weight_name(estimate) and not model:
        bases[said["weighted n"]] = estimate.weighted_n
    columns += [Column(name, kind="base") for name in bases]
    p = two_sided_p(estimate.estimate / np.where(estimate.se == 0, np.nan, estimate.se), estimate.df)
    lines = []
    for place, label in enumerate(estimate_labels(estimate)):
        hover = _hover(estimate, place, kind, decimals, style.lang)
        cells = _numbers(estimate, place, kind, decimals, str(status[place]), hover=hover)
        shown = cells[0].value is not None
        if model:
            cells.append(
                Cell(p_text(float(p[place])), value=float(p[place]), decimals=3, hover=hover) if shown else cells[0]
            )
        for sizes in bases.values():
            cells.append(Cell(whole(float(sizes[place])), value=float(sizes[place]), kind="base"))
        lines.append(Line(label, tuple(cells), kind="coefficient" if model else "level"))
    return Presentation(
        number=style.number,
        title=style.title or topic_of(estimate, style.lang),
        subtitle=style.subtitle,
        marks=marks_of(estimate, style.lang, illustrative=style.illustrative),
        unit=_unit(estimate, style),
        stub=_stub(estimate, style.lang),
        columns=tuple(columns),
        blocks=(Block("", tuple(lines)),),
        footer=_footer(estimate, style, status),
        lang=style.lang,
    )


def _hover(estimate: Estimate, place: int, kind: CellKind, decimals: int, lang: str) -> str:
    """What a number rests on: its interval, base and weight."""
    said = words(lang)
    factor, printed = (100.0, bounded) if kind == "share" else (1.0, number)
    low, high = float(estimate.low[place]), float(estimate.high[place])
    ends = f"{printed(low * factor, decimals)}–{printed(high * factor, decimals)}"
    parts = [] if math.isnan(low) else [f"{phrase(lang, 'confidence interval', level=estimate.level)} {ends}"]
    parts.append(f"n = {whole(float(estimate.n[place]))}")
    if weight_name(estimate):
        parts.append(f"{said['weighted n']} = {whole(float(estimate.weighted_n[place]))}")
        parts.append(phrase(lang, "weighted by", weight=estimate.weight).rstrip(".。"))
    return "; ".join(parts)


def _numbers(estimate: Estimate, place: int, kind: CellKind, decimals: int, status: str, *, hover: str) -> list[Cell]:
    if status in ("suppressed", "empty"):
        return [Cell(".." if status == "suppressed" else "-", kind=kind)] * 4
    factor = 100.0 if kind == "share" else 1.0
    values = [float(array[place]) for array in (estimate.estimate, estimate.se, estimate.low, estimate.high)]
    found: list[Cell] = []
    for value in values:
        known = not math.isnan(value)
        text = (bounded if kind == "share" else number)(value * factor, decimals)
        mark = "*" if status == "flagged" and not found else ""
        found.append(Cell(text, value=value if known else None, kind=kind, decimals=decimals, mark=mark, hover=hover))
    return found


def _unit(estimate: Estimate, style: TableStyle) -> str:
    if is_model(estimate):
        return model_text(getattr(estimate, "family", ""), getattr(estimate, "link", ""), style.lang)
    return unit_text(estimate, style.lang)


def _stub(estimate: Estimate, lang: str) -> str:
    if is_model(estimate):
        return ""
    varying = [name for name, values in estimate.labels.items() if len({str(value) for value in values}) > 1]
    shown = [words(lang)["variable"] if name == "variable" else name for name in varying]
    return ", ".join(name for name in shown if name)


def _footer(estimate: Estimate, style: TableStyle, status: npt.NDArray[np.str_]) -> tuple[tuple[str, str], ...]:
    said, lang = words(style.lang), style.lang
    lines = [(said["base"], base_line(estimate, lang))]
    notes = list(record_notes(estimate, lang, illustrative=style.illustrative))
    notes.append(phrase(lang, "confidence interval", level=estimate.level) + f": {estimate.method}")
    if (status == "flagged").any():
        notes.append(phrase(lang, "flagged", limit=style.flag_base))
    if (status == "suppressed").any():
        notes.append(phrase(lang, "suppressed", limit=style.minimum_base))
    lines += [(said["note"], note) for note in notes]
    lines.append((said["year"], style.year if not source_line(estimate, style.source, "") else ""))
    lines.append((said["source"], source_line(estimate, style.source, style.year)))
    return tuple((label, text) for label, text in lines if text)


def present_test(test: TestResult, style: TableStyle) -> Presentation:
    """Turn a test into one row: statistic, degrees of freedom, p-value, estimates, base."""
    said = words(style.lang)
    named = {test.statistic_name: test.statistic, said["df"]: test.df}
    if math.isfinite(test.ddf):
        named[said["ddf"]] = test.ddf
    columns = [Column(name) for name in named] + [Column(said["p"])]
    weight = phrase(style.lang, "weighted by", weight=test.weight) if weight_name(test) else said["unweighted"]
    hover = f"n = {whole(test.n)}; {weight}".rstrip(".。")
    cells = [Cell(f"{value:.4g}", value=value, decimals=3, hover=hover) for value in named.values()]
    cells.append(Cell(p_text(test.p_value), value=test.p_value, decimals=3, hover=hover))
    for name, value in test.estimates.items():
        columns.append(Column(name))
        cells.append(Cell(f"{value:.4g}", value=value, decimals=3, hover=hover))
    columns.append(Column(said["n"], kind="base"))
    cells.append(Cell(whole(test.n), value=float(test.n), kind="base"))
    footer = [(said["base"], f"n = {whole(test.n)}. {weight}")]
    footer += [(said["note"], note) for note in test.notes]
    if test.synthetic:
        footer.append((said["note"], said["synthetic note"]))
    if style.source:
        footer.append((said["source"], style.source))
    return Presentation(
        number=style.number,
        title=style.title or test.method,
        subtitle=style.subtitle,
        marks=(said["synthetic"],) if test.synthetic else (),
        unit=said["test"],
        stub="",
        columns=tuple(columns),
        blocks=(Block("", (Line(test.hypothesis, tuple(cells)),)),),
        footer=tuple(footer),
        lang=style.lang,
    )
