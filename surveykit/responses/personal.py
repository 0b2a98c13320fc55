"""Personal data in an export: which columns hold e-mail addresses, IP addresses, names, places.

Columns are recognised by heading and by content. Only names of columns and counts ever leave this
module, never a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from surveykit.responses.export import Column

__all__ = ["find_personal"]

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")
_IPV4 = re.compile(r"(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}")
_IPV6 = re.compile(r"(?=(?:.*:){3})[0-9A-Fa-f:]{3,39}")
_POINT = re.compile(r"-?\d{1,2}\.\d+[ ,]\s?-?\d{1,3}\.\d+( -?\d+(\.\d+)?){0,2}")
_SAMPLE = 20_000

_HEADINGS: dict[str, str] = {
    "e-mail address": r"""(recipient|your\ |contact\ |respondent\ )?(e[-_\ ]?mail|mail)([-_\ ]?(address|adresse))?
        |correo(\ electr.nico)?|direcci.n\ de\ correo\ electr.nico
        |(adresse\ )?(courriel|e-?mail)|メール(アドレス)?|電子メール""",
    "IP address": r"ip([-_\ ]?(addr(ess)?|adresse?))?|adresse\ ip|direcci.n\ ip|ipaddr|IP\ ?アドレス",
    "name": r"""((recipient|respondent|your|my|contact|full|first|last|middle|family|given|sur)[-_\ ]?)*names?
        |name[-_\ ](first|last|full)|vorname|nachname|pr.nom|nom|nombre|apellidos?|氏名|お?名前|姓|名|担当者名
        |.*[-_\ ]contact[-_\ ]name|.*_(fn|ln)""",
    "coordinates": r""".*(latitude|longitude|altitude)|(location)?accuracy
        |_?.*_?(gps|geopoint|geolocation)(_(precision|altitude))?|lat|lon|lng|緯度|経度""",
    "telephone number": r""".*(tele?phone|phone[-_\ ]?(number|no)?|phonenum(ber)?|mobile|電話(番号)?)(_\d+)?
        |.*[-_\ ]phone|tel\.?\w*""",
    "address": r"""(street|home|postal|mailing|your|full)?[-_\ ]?address|.*[-_\ ]contact[-_\ ]address
        |(zip|post(al)?)[-_\ ]?(code)?|住所|郵便番号""",
    "date of birth": r"dob|birth[-_\ ]?(date|day)|date\ of\ birth|geburtsdatum|生年月日",
    "device or account": r"""device\ ?id|subscriberid|simserial|simid|devicephonenum|username|_?submitted_by
        |prolific_?(pid|id)|mturk.*|worker_?id""",
}
_BY_HEADING = tuple((kind, re.compile(pattern, re.IGNORECASE | re.VERBOSE)) for kind, pattern in _HEADINGS.items())


def find_personal(frame: pd.DataFrame, columns: Sequence[Column]) -> tuple[dict[str, str], list[str]]:
    """Columns that hold personal data, with the kind; and notes on e-mail addresses inside free text.

    Returns
    -------
    tuple
        Kind by column name, and notes (column names and counts only).
    """
    kinds: dict[str, str] = {}
    notes: list[str] = []
    for position, column in enumerate(columns):
        kind, inside = _content(frame.iloc[:, position])
        kind = kind or _heading(column)
        if kind:
            kinds[column.name] = kind
        elif inside:
            kinds[column.name] = "e-mail address inside text"
            notes.append(f"Column '{column.name}': {inside} answers contain an e-mail address.")
    return kinds, notes


def _heading(column: Column) -> str:
    last = re.split(r"[/]", column.header)[-1].strip().rstrip("?:*").strip()
    for candidate in (last, column.label.strip().rstrip("?:*").strip()):
        for kind, pattern in _BY_HEADING:
            if candidate and len(candidate) <= 40 and pattern.fullmatch(candidate):
                return kind
    return ""


def _content(column: pd.Series) -> tuple[str, int]:
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "", 0
    values = [str(value) for value in column.iloc[:_SAMPLE].dropna().unique()]
    if not values:
        return "", 0
    for kind, pattern, enough in (
        ("e-mail address", _EMAIL, 0.5),
        ("IP address", _IPV4, 0.8),
        ("IP address", _IPV6, 0.8),
        ("coordinates", _POINT, 0.8),
    ):
        if sum(1 for value in values if pattern.fullmatch(value.strip())) > enough * len(values):
            return kind, 0
    return "", sum(1 for value in values if "@" in value and _EMAIL.search(value))
