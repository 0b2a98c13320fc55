"""A first instrument from an export: what a newcomer with only a file of answers starts from.

The draft holds the questions, options and texts that the export tells of. What it cannot tell (routing,
band edges, translations, options nobody chose) is left to the author, and said so at the top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
import yaml

from surveykit.responses.building import is_other
from surveykit.responses.export import Export, Question
from surveykit.responses.matching import plain_text

__all__ = ["draft_instrument"]

_LONGEST_ID = 24


def draft_instrument(export: Export, *, name: str | None = None, language: str = "en") -> str:
    r"""Write a first instrument as YAML.

    Parameters
    ----------
    export
        What :func:`read_export` returned.
    name
        Name of the instrument; made from the file's name where left out.
    language
        Language of the texts in the export.

    Returns
    -------
    str
        YAML that :func:`read_instrument` accepts.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from surveykit.responses import read_export
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "answers.csv"
    >>> _ = file.write_text("firm,size\nA,small\nB,large\nC,small\n")
    >>> print(draft_instrument(read_export(file)).split("questions:")[1].strip())
    - id: firm
      type: text
      label: firm
    - id: size
      type: single
      label: size
      options:
      - code: 1
        label: small
      - code: 2
        label: large
    """
    title = re.sub(r"\.\w+$", "", export.path)
    identifiers = _identifiers(export)
    left: list[str] = []
    lists: dict[str, list[dict[str, Any]]] = {}
    questions = []
    for position in range(len(export.questions)):
        question = export.question_at(position)
        if question.type == "loop":
            left.append(f"repeat '{question.id}'")
            continue
        entry = _entry(question, identifiers[position], export)
        if entry["type"] == "loop":
            lists[entry["over"]] = _options(question.rows or question.columns, [])
        questions.append(entry)
    document = {
        "instrument": name or _identifier(title, "survey")[:32],
        "version": "0.1.0",
        "title": title,
        "unit": "firm",
        "languages": [language],
        "missing": "default",
        **({"lists": lists} if lists else {}),
        "questions": questions or [{"id": "Q1", "type": "text", "label": "(no question found)"}],
    }
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return "".join(f"# {line}\n" for line in _header(export, left)) + "\n" + body


def _header(export: Export, left: Sequence[str]) -> Iterator[str]:
    yield f"Draft made from {export.path} ({export.platform}, {export.layout}), sha256 {export.sha256[:16]}."
    yield "It holds what the answers show. Complete it: options nobody chose, the order of scales (ordered: true),"
    yield "band edges (type: band with lo, hi, closed), routing (ask_if), translations, checks. unit: firm is a guess."
    if export.metadata:
        yield _one_line(f"Paradata, not questions: {', '.join(export.metadata)}.")
    if left:
        yield _one_line(f"Left out: {', '.join(left)}.")


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 400 else f"{flat[:397]}..."


def _identifiers(export: Export) -> list[str]:
    """One identifier per question: the platform's own where it can be one, else Q1, Q2 ... by position."""
    used: set[str] = set()
    names = []
    for position, raw in enumerate(export.questions["id"], start=1):
        short = raw if len(raw) <= 60 else ""
        candidate = _identifier(short.rpartition("/")[2], f"Q{position}")[:_LONGEST_ID]
        number = 1
        unique = candidate
        while unique.casefold() in used:
            number += 1
            unique = f"{candidate}x{number}"
        used.add(unique.casefold())
        names.append(unique)
    return names


def _identifier(text: str, otherwise: str) -> str:
    """Turn a short name into an identifier; a sentence gets the given one."""
    bare = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")
    plain = bare and bare[0].isalpha() and len(text.split()) <= 3 and text.isascii()
    return bare if plain else otherwise


def _entry(question: Question, identifier: str, export: Export) -> dict[str, Any]:
    text = question.text.strip() or question.id
    entry: dict[str, Any] = {"id": identifier, "type": question.type, "label": text[:3900]}
    if question.type == "rank":
        entry["options"] = _options(question.rows, [])
    elif question.type in ("single", "multi", "grid"):
        write_in = bool(question.other or question.separator)
        entry["options"] = _options(question.options, question.codes, write_in=write_in)
    if question.type == "grid":
        entry["rows"] = _options(question.rows or question.columns, [])
    elif question.type in ("text", "number", "date") and len(question.columns) > 1:
        entry["ask"], entry["type"] = entry["type"], "loop"
        entry["over"] = f"{identifier}_items"
    if question.type == "number":
        entry.update(_lower_bound(export, question))
    if any(column in export.personal for column in question.columns):
        entry["personal"] = True
    return entry


def _options(labels: Sequence[str], codes: Sequence[str], *, write_in: bool = False) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = []
    seen: set[str] = set()
    labels = labels if codes else _counted_up(labels)
    for number, label in zip(_numbers(labels, codes), labels, strict=True):
        wording = plain_text(label)
        if wording in seen:
            # "Stata" and "stata" are one option; coding compares wordings the same way.
            continue
        seen.add(wording)
        option: dict[str, Any] = {"code": number, "label": label.strip()[:3900] or str(number)}
        if write_in and is_other(label) and not any(each.get("text") for each in options):
            option["text"] = True
        options.append(option)
    taken = {option["code"] for option in options}
    if write_in and not any(each.get("text") for each in options):
        options.append(
            {"code": next(code for code in (97, *range(197, 999)) if code not in taken), "label": "Other", "text": True}
        )
    while len(options) < 2:
        options.append({"code": next(code for code in range(1, 99) if code not in taken), "label": "(another answer)"})
        taken = {option["code"] for option in options}
    return options


def _counted_up(labels: Sequence[str]) -> Sequence[str]:
    """Labels in the order of the numbers that they begin with, where each begins with one of its own.

    Examples
    --------
    >>> _counted_up(["2 - Often", "1 - Never"]), _counted_up(["Often", "1 - Never"])
    (['1 - Never', '2 - Often'], ['Often', '1 - Never'])
    """
    found = [re.match(r"\s*\(?(\d+)\b", label) for label in labels]
    numbers = [int(one[1]) for one in found if one is not None]
    if len(numbers) != len(labels) or len(set(numbers)) != len(numbers):
        return labels
    return [label for _, label in sorted(zip(numbers, labels, strict=True))]


def _lower_bound(export: Export, question: Question) -> dict[str, Any]:
    """A minimum, because a number must never look like a missing code; a text where it does already."""
    declared = [each for name in question.columns for each in export.missing_values.get(name, ())]
    least = 0.0
    for name in question.columns:
        numbers = pd.to_numeric(export.frame[name].astype("str").str.replace(",", "."), errors="coerce")
        for each in declared:
            if isinstance(each.lo, float) and isinstance(each.hi, float):
                numbers = numbers.mask(numbers.between(each.lo, each.hi))
        least = min(least, float(numbers.min()) if numbers.notna().any() else 0.0)
    return {"minimum": float(int(least) - (least < 0))} if least > -90 else {"type": "text"}


def _numbers(labels: Sequence[str], codes: Sequence[str]) -> list[int]:
    """The platform's codes where they are whole numbers that are free, else 1, 2, 3 ..."""
    whole = [re.fullmatch(r"-?\d{1,6}(\.0)?", code) for code in codes]
    if codes and len(codes) == len(labels) and all(whole):
        numbers = [int(float(code)) for code in codes]
        if len(set(numbers)) == len(numbers) and all(0 <= number <= 999_999 for number in numbers):
            return numbers
    return list(range(1, len(labels) + 1))
