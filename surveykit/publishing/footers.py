"""The lines under tables and figures: base, notes, source, marks; made from what the record says."""

from __future__ import annotations

import numpy as np

from surveykit.publishing.numbers import whole
from surveykit.publishing.reliability import is_published
from surveykit.publishing.words import phrase, words
from surveykit.results import Estimate, Heading, Table, TestResult
from surveykit.results.weight_words import UNWEIGHTED

__all__ = ["base_line", "marks_of", "record_notes", "source_line", "topic_of", "unit_text", "weight_name"]


#: How notes of records that say the same begin.
_ILLUSTRATIVE = ("ILLUSTRATIVE POPULATION", "例示の母集団")


def marks_of(record: Table | Estimate, lang: str, *, illustrative: bool = False) -> tuple[str, ...]:
    """Return the marks that a reader must see first."""
    said = words(lang)
    found = [said["synthetic"]] if record.synthetic else []
    return (*found, said["illustrative"]) if illustrative else tuple(found)


def base_line(record: Table | Estimate, lang: str) -> str:
    """Say who is counted, how many, and with which weight; empty for published numbers.

    One n is given where all cells share it or the table has a grand total; a range otherwise.
    """
    if is_published(record):
        return record.base if isinstance(record, Table) else ""
    said = words(lang)
    who = (record.base if isinstance(record, Table) else "") or said["all respondents"]
    parts = [phrase(lang, "base line", who=who, n=_bases(record)) + (said["before"] if weight_name(record) else "")]
    effective = _effective(record)
    named = weight_name(record)
    if effective:
        parts.append(phrase(lang, "effective", n=effective))
    weight = phrase(lang, "weighted by", weight=named) if named else said["unweighted"]
    if isinstance(record, Table) and len({one.above[0].text for one in record.columns if _weighs(one)}) > 1:
        weight = phrase(lang, "weights", weights=record.weight)
    return f"{said['comma'].join(parts)}{'。' if lang == 'ja' else '.'} {weight}"


def _weighs(column: Heading) -> bool:
    """Whether a set of weights stands above a column."""
    return bool(column.above) and column.above[0].kind == "weight"


def weight_name(record: Table | Estimate | TestResult) -> str:
    """Name of the weight; empty where every row counts once."""
    return "" if record.weight == UNWEIGHTED else record.weight


def _bases(record: Table | Estimate) -> str:
    if isinstance(record, Table) and len(record.layers) > 1 and record.layers[0].kind == "model":
        # The same rows under several weights: they are counted once.
        return " / ".join(dict.fromkeys(_bases(record.layer(one.text)) for one in record.layers))
    sizes = record.base_n if isinstance(record, Table) else record.n
    if isinstance(record, Table) and _grand_total(record) is not None:
        layers = _grand_total(record)
        assert layers is not None
        return whole(float(layers.sum())) if layers.size else "0"
    if isinstance(record, Table) and record.base_n.size:
        parts = _groups(record)
        if parts is not None:
            return whole(float(parts.sum()))
    if isinstance(record, Table) and "published" in record.facts:
        sizes = sizes[~record.facts["published"].astype(np.bool_)]
    if not sizes.size:
        return "0"
    totals = [place for place, one in enumerate(getattr(record, "columns", ())) if one.kind == "total"]
    if isinstance(record, Table) and totals and len(record.columns) > len(totals):
        sizes = record.base_n[:, :, totals].max(axis=1)
    low, high = int(sizes.min()), int(sizes.max())
    return whole(low) if low == high else f"{whole(low)}–{whole(high)}"


def _groups(table: Table) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]] | None:
    """Bases that add to the whole: those of the columns or rows of a cross-tab, each of one variable's levels."""
    if table.statistic == "share of table":
        return None
    for axis, side in ((1, table.columns), (2, table.rows)):
        first = np.take(table.base_n, 0, axis=axis)
        same = bool((table.base_n == np.expand_dims(first, axis)).all())
        levels = len({one.variable for one in side}) == 1 and all(one.kind == "level" for one in side)
        if same and levels and len(side) > 1 and table.joint:
            return np.asarray(first, np.int64)
    return None


def _grand_total(table: Table) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]] | None:
    """Unweighted n of the grand total of each layer, where the table shows one."""
    rows = [place for place, one in enumerate(table.rows) if one.kind == "total"]
    columns = [place for place, one in enumerate(table.columns) if one.kind == "total"]
    if len(rows) != 1 or len(columns) != 1:
        return None
    return np.asarray(table.n[:, rows[0], columns[0]])


def _effective(record: Table | Estimate) -> str:
    """Return the effective size of the base, where all cells share one and the weights vary."""
    if not isinstance(record, Table) or not weight_name(record) or not record.effective_n.size:
        return ""
    sizes = record.effective_n[np.isfinite(record.effective_n)]
    bases = record.base_n
    if "published" in record.facts:
        return ""
    if not sizes.size or len(record.layers) > 1:
        return ""
    if np.ptp(bases) == 0:
        return f"{sizes.max():,.0f}"
    rows = [place for place, one in enumerate(record.rows) if one.kind == "total"]
    columns = [place for place, one in enumerate(record.columns) if one.kind == "total"]
    if len(rows) == 1 and len(columns) == 1:
        value = record.effective_n[0, rows[0], columns[0]]
        return f"{value:,.0f}" if np.isfinite(value) else ""
    return ""


def record_notes(record: Table | Estimate, lang: str, *, illustrative: bool = False) -> tuple[str, ...]:
    """Notes of the record, and what its marks mean."""
    said = words(lang)
    found = [said["synthetic note"]] if record.synthetic else []
    if illustrative and not any(note.startswith(_ILLUSTRATIVE) for note in record.notes):
        found.append(said["illustrative note"])
    return (*found, *record.notes)


def source_line(record: Table | Estimate, given: str, year: str) -> str:
    """Source with its year; empty without a source."""
    source = given or (record.source if isinstance(record, Table) else "")
    return f"{source} ({year})" if source and year and year not in source else source


def topic_of(record: Table | Estimate, lang: str) -> str:
    """Say what a record is about from its variables: ``"size by exporter"``."""
    if isinstance(record, Table):
        sides = [_names_of(record.rows), _names_of(record.columns)]
        sides = [side for side in sides if side]
        text = phrase(lang, "by", row=sides[0], column=sides[1]) if len(sides) == 2 else "".join(sides)
        if record.layered and record.layers[0].variable:
            text = phrase(lang, "by", row=text, column=record.layers[0].variable)
        return text or record.statistic
    formula = getattr(record, "formula", "")
    if formula:
        return str(formula)
    text = unit_text(record, lang)
    subject = ", ".join(dict.fromkeys(str(one) for one in record.labels.get("variable", ())))
    groups = ", ".join(name for name in record.labels if name != "variable")
    text = f"{text}{words(lang)['colon']}{subject}" if subject else text
    return phrase(lang, "by", row=text, column=groups) if groups else text


def _names_of(headings: tuple[object, ...]) -> str:
    names = list(dict.fromkeys(str(getattr(one, "variable", "")) for one in headings))
    names = [name for name in names if name]
    return ", ".join(names[:3]) + ("" if len(names) <= 3 else " …")


def unit_text(record: Table | Estimate, lang: str) -> str:
    """Say what the numbers are: ``"Percent of column"``, ``"Mean"``, with the unit."""
    said = words(lang)
    statistic = record.statistic
    text = said.get(f"statistic {statistic}", statistic[:1].upper() + statistic[1:])
    if not isinstance(record, Table):
        return text
    if record.unit == "share":
        if f"statistic {statistic}, share" in said:
            return said[f"statistic {statistic}, share"]
        known = f"statistic {statistic}" in said
        return text if known and (lang == "en" or "割合" in text) else phrase(lang, "of", statistic=text)
    if not text:
        return record.unit
    return text if record.unit in ("", "count") else f"{text}{said['comma']}{record.unit}"
