"""Named numbers: one cell of one table each, printed in texts with what they rest on. A look-up, not a language."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from surveykit.errors import StudyError, did_you_mean
from surveykit.publishing.inert import clean
from surveykit.publishing.numbers import bounded, number
from surveykit.publishing.report import Run
from surveykit.results import Estimate, Table
from surveykit.results.estimate import two_sided_p
from surveykit.results.weight_words import UNWEIGHTED
from surveykit.study.schema import NumberSource

__all__ = ["brief", "cell_of", "filled", "hover_of", "printed", "refuse_unknown_names"]

_NAME = re.compile(r"\{([a-z][a-z0-9_]{0,47})\}")
_SMALLEST_BASE = 30


def cell_of(record: Table | Estimate, wanted: NumberSource) -> dict[str, Any]:
    """Return the facts of the cell that a named number stands for.

    Raises
    ------
    SurveykitError
        If there is no such cell, or too few firms are behind it.
    """
    if wanted.fact == "rows":
        return _row_count(record)
    if isinstance(record, Table):
        facts = dict(record.cell(wanted.row, wanted.column, layer=wanted.layer))
        facts |= {"level": record.level, "weight": record.weight, "share": record.unit == "share", "unit": record.unit}
        facts["published"] = record.interval == "published"
        facts["source"] = record.source
    else:
        facts = _estimate_facts(record, wanted)
    base = facts["base_n"]
    if not facts["published"] and wanted.fact not in ("n", "base_n") and base < _SMALLEST_BASE:
        raise StudyError(
            f"The cell rests on n = {base}, too few to be quoted.",
            remedy=f"Quote cells with at least {_SMALLEST_BASE}.",
        )
    return {name: _plain(value) for name, value in facts.items()}


def _row_count(record: Table | Estimate) -> dict[str, Any]:
    """How many rows a table has, which rests on no sample."""
    count = sum(one.kind == "level" for one in record.rows) if isinstance(record, Table) else len(record.names)
    counted = {"rows": float(count), "base_n": count, "share": False, "unit": "", "weight": ""}
    return counted | {"published": True, "source": f"{count} rows" if not isinstance(record, Table) else record.source}


def _estimate_facts(record: Estimate, wanted: NumberSource) -> dict[str, Any]:
    names = [str(name) for name in record.names]
    term = wanted.term if wanted.term is not None else ("" if wanted.row is None else str(wanted.row))
    if term not in names:
        labelled = _by_label(record, term)
        if labelled is None and (len(names) != 1 or term):
            raise StudyError(f"There is no '{term}'.", remedy=did_you_mean(term, names))
        place = labelled or 0
    else:
        place = names.index(term)
    p = two_sided_p(record.estimate / np.where(record.se == 0, np.nan, record.se), record.df)
    return {
        "estimate": record.estimate[place],
        "se": record.se[place],
        "low": record.low[place],
        "high": record.high[place],
        "n": record.n[place],
        "base_n": record.n[place],
        "weighted_n": record.weighted_n[place],
        "p": p[place],
        "level": record.level,
        "weight": record.weight,
        "share": record.statistic == "proportion",
        "unit": "",
        "published": False,
        "source": "",
    }


def _by_label(record: Estimate, term: str) -> int | None:
    """Place of the estimate one of whose labels is the wanted one, where only one has it."""
    found = [
        place for place in range(len(record.names)) if term in {str(values[place]) for values in record.labels.values()}
    ]
    return found[0] if len(found) == 1 else None


def _plain(value: Any) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def printed(facts: Mapping[str, Any], wanted: NumberSource) -> str:
    """Print one fact of a cell in the format that its name asks for.

    Examples
    --------
    >>> printed({"estimate": 0.3512, "share": True}, NumberSource(of="t", format="percent"))
    '35 %'
    """
    value = facts.get(wanted.fact)
    percent = wanted.format.startswith("percent")
    if wanted.format == "interval":
        if facts.get("low") is None or facts.get("high") is None:
            raise StudyError("The cell has no interval.", remedy="Ask for another format.")
        factor, digits, sign = (100.0, 0, " %") if facts["share"] else (1.0, 1, "")
        return f"{number(facts['low'] * factor, digits)} to {number(facts['high'] * factor, digits)}{sign}"
    if value is None:
        raise StudyError(f"The cell has no {wanted.fact}.", remedy="Ask for another fact.")
    if percent and not facts["share"] and facts["unit"] not in ("%", "percent"):
        raise StudyError("The cell holds no share.", remedy="Use the format whole, one, two or three.")
    if percent:
        factor = 100.0 if facts["share"] else 1.0
        return f"{bounded(value * factor, 1 if wanted.format == 'percent1' else 0)} %"
    return number(float(value), {"whole": 0, "one": 1, "two": 2, "three": 3}[wanted.format])


def hover_of(facts: Mapping[str, Any], language: str) -> str:
    """Say what a number rests on."""
    if facts["published"]:
        return str(facts["source"])
    parts = _rests_on(facts, language)
    if facts["weight"] and facts["weight"] != UNWEIGHTED:
        parts.append(f"ウエイト:{facts['weight']}" if language == "ja" else f"weighted by '{facts['weight']}'")
    return "; ".join(parts)


def _rests_on(facts: Mapping[str, Any], language: str) -> list[str]:
    """Interval, where there is one, and base."""
    parts = []
    if facts.get("low") is not None and facts.get("high") is not None:
        factor, sign = (100.0, " %") if facts["share"] else (1.0, "")
        ends = f"{number(facts['low'] * factor, 1)}–{number(facts['high'] * factor, 1)}{sign}"
        parts.append(f"{facts['level']:.0%} {'信頼区間' if language == 'ja' else 'interval'} {ends}")
    return [*parts, f"n = {facts['base_n']:,}"]


def brief(facts: Mapping[str, Any], language: str) -> str:
    """Interval and base of a number, for a cell of a table."""
    if facts.get("published") or "base_n" not in facts:
        return ""
    return "; ".join(_rests_on(facts, language)[: 2 if facts.get("low") is not None else 1])


def filled(text: str, numbers: Mapping[str, Mapping[str, Any]], language: str) -> list[Run]:
    """Replace ``{name}`` by numbers; each keeps what it rests on.

    Parameters
    ----------
    text
        Prose of the study file.
    numbers
        ``{name: {"text", "hover": {language: text}, "value"}}``.
    language
        Of the prose.
    """
    runs: list[Run] = []
    at = 0
    for match in _NAME.finditer(text):
        found = numbers[match[1]]
        runs.append(Run(clean(text[at : match.start()])))
        runs.append(Run(found["text"], found["hover"][language], found["value"]))
        at = match.end()
    runs.append(Run(clean(text[at:])))
    return [run for run in runs if run.text]


def refuse_unknown_names(text: str, known: Mapping[str, object]) -> Iterator[str]:
    """Say which names of a text are no named number."""
    for match in _NAME.finditer(text):
        if match[1] not in known:
            yield f"'{{{match[1]}}}' is no named number. {did_you_mean(match[1], known)}".strip()
