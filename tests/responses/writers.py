"""The same coded answers written the way each platform exports them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import numpy as np
import pandas as pd

__all__ = ["TINY", "WRITERS", "answers", "as_qualtrics", "table"]

TINY = """
instrument: tiny
version: 1.0.0
title: {en: Tiny, ja: 小}
unit: firm
languages: [ja, en]
fielded: ja
published: en
questions:
  - id: X1
    type: single
    label: {en: "Do you export?", ja: 輸出していますか}
    options: {1: {en: "Yes, always", ja: はい}, 2: {en: "No", ja: いいえ}}
  - id: X2
    type: band
    label: {en: Share of sales abroad, ja: 海外売上比率}
    ask_if: X1 == 1
    else: 0
    unit: percent
    options:
      - {code: 0, lo: 0, hi: 0, closed: both, mid: 0, label: {en: None at all, ja: なし}}
      - {code: 1, lo: 0, hi: 25, closed: right, mid: 12.5, label: {en: "Up to 25", ja: 25以下}}
      - {code: 2, lo: 25, hi: 100, closed: right, mid: 62.5, label: {en: "Over 25", ja: 25超}}
  - id: U1
    type: multi
    label: {en: "Which services do you use?", ja: 利用サービス}
    options:
      - {code: 1, label: {en: "Cloud, hosted", ja: クラウド}}
      - {code: 2, label: {en: Video, ja: 会議}}
      - {code: 97, text: true, label: {en: Other, ja: その他}}
  - id: V4
    type: grid
    ordered: true
    label: {en: "How good are they?", ja: 評価}
    rows: {1: {en: Quality, ja: 品質}, 2: {en: Price, ja: 価格}}
    options: {1: {en: Bad, ja: 悪い}, 2: {en: Good, ja: 良い}, 3: {en: Very good, ja: とても良い}}
  - {id: N1, type: number, minimum: 0, label: {en: Staff, ja: 従業員}}
  - {id: T1, type: text, label: {en: Remarks, ja: 備考}}
"""


def answers(rows: int = 60, seed: int = 1) -> pd.DataFrame:
    """Coded answers that obey the routing, with items left blank."""
    rng = np.random.default_rng(seed)
    x1 = rng.choice([1, 2, -96], rows, p=[0.6, 0.3, 0.1])
    frame = pd.DataFrame({"X1": x1})
    frame["X2"] = np.where(x1 == 1, rng.choice([1, 2, -96], rows), np.where(x1 == 2, 0, -97))
    boxes = rng.random((rows, 3)) < [0.6, 0.5, 0.2]
    any_box = boxes.any(axis=1)
    for place, name in enumerate(("U1_1", "U1_2", "U1_97")):
        frame[name] = np.where(any_box, boxes[:, place].astype(int), -96)
    for name in ("V4_1", "V4_2"):
        frame[name] = rng.choice([1, 2, 3, -96], rows, p=[0.3, 0.3, 0.3, 0.1])
    frame["N1"] = np.where(rng.random(rows) < 0.1, -96.0, rng.integers(1, 5000, rows))
    return frame


LABELS = {
    "X1": {1: "Yes, always", 2: "No"},
    "X2": {1: "Up to 25", 2: "Over 25"},
    "V4": {1: "Bad", 2: "Good", 3: "Very good"},
    "U1": {"U1_1": "Cloud, hosted", "U1_2": "Video", "U1_97": "Other"},
}


def word(name: str, value: float) -> str:
    return LABELS[name.partition("_")[0]].get(int(value), "")  # type: ignore[call-overload, no-any-return]


def number(value: float) -> str:
    return "" if value < 0 else str(int(value))


def table(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def as_codes(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False)


def as_qualtrics(frame: pd.DataFrame) -> str:
    names = ["StartDate", "Status", "Finished", "ResponseId", "X1", "X2", "U1_1", "U1_2", "U1_97", "V4_1", "V4_2", "N1"]
    texts = ["Start Date", "Response Type", "Finished", "Response ID", "Do you export?", "Share of sales abroad"]
    texts += [f"Which services do you use? - {label}" for label in LABELS["U1"].values()]
    texts += ["How good are they? - Quality", "How good are they? - Price", "Staff"]
    ids = [
        "startDate",
        "status",
        "finished",
        "_recordId",
        "QID1",
        "QID2",
        "QID3_1",
        "QID3_2",
        "QID3_3",
        "QID4_1",
        "QID4_2",
        "QID5_TEXT",
    ]
    rows = [names, texts, [f'{{"ImportId":"{each}"}}' for each in ids]]
    for number_of_row, row in frame.iterrows():
        start = ["2026-07-05 09:00:00", "IP Address", "True", f"R_{number_of_row}"]
        boxes = [label if row[name] == 1 else "" for name, label in LABELS["U1"].items()]  # type: ignore[index]
        shown_x2 = word("X2", row["X2"]) if row["X1"] == 1 else ""
        rows.append(
            [
                *start,
                word("X1", row["X1"]),
                shown_x2,
                *boxes,
                word("V4_1", row["V4_1"]),
                word("V4_2", row["V4_2"]),
                number(row["N1"]),
            ]
        )
    return table(rows)


def as_google(frame: pd.DataFrame) -> str:
    head = [
        "Timestamp",
        "Do you export?",
        "Share of sales abroad",
        "Which services do you use?",
        "How good are they? [Quality]",
        "How good are they? [Price]",
        "Staff",
    ]
    rows = [head]
    for _, row in frame.iterrows():
        boxes = ", ".join(label for name, label in LABELS["U1"].items() if row[name] == 1)  # type: ignore[index]
        shown_x2 = word("X2", row["X2"]) if row["X1"] == 1 else ""
        rows.append(
            [
                "7/25/2026 9:00:00",
                word("X1", row["X1"]),
                shown_x2,
                boxes,
                word("V4_1", row["V4_1"]),
                word("V4_2", row["V4_2"]),
                number(row["N1"]),
            ]
        )
    return table(rows)


def as_surveymonkey(frame: pd.DataFrame) -> str:
    first = [
        "Respondent ID",
        "Collector ID",
        "Do you export?",
        "Share of sales abroad",
        "Which services do you use?",
        "",
        "",
        "How good are they?",
        "",
        "Staff",
    ]
    second = [
        "",
        "",
        "Response",
        "Response",
        *map(str, LABELS["U1"].values()),
        "Quality",
        "Price",
        "Open-Ended Response",
    ]
    rows = [first, second]
    for number_of_row, row in frame.iterrows():
        boxes = [label if row[name] == 1 else "" for name, label in LABELS["U1"].items()]  # type: ignore[index]
        shown_x2 = word("X2", row["X2"]) if row["X1"] == 1 else ""
        rows.append(
            [
                f"114000{number_of_row}",
                "1",
                word("X1", row["X1"]),
                shown_x2,
                *boxes,
                word("V4_1", row["V4_1"]),
                word("V4_2", row["V4_2"]),
                number(row["N1"]),
            ]
        )
    return table(rows)


def as_limesurvey(frame: pd.DataFrame) -> str:
    head = [
        "id",
        "submitdate",
        "lastpage",
        "startlanguage",
        "X1",
        "X2",
        "U1[1]",
        "U1[2]",
        "U1[97]",
        "V4[1]",
        "V4[2]",
        "N1",
    ]
    rows = [head]
    for number_of_row, row in frame.iterrows():
        boxes = ["Y" if row[name] == 1 else "" for name in LABELS["U1"]]
        codes = [number(row[name]) for name in ("X1", "X2")]
        codes[1] = codes[1] if row["X1"] == 1 else ""
        rows.append(
            [
                str(number_of_row),
                "2026-07-05 10:00:00",
                "3",
                "en",
                *codes,
                *boxes,
                number(row["V4_1"]),
                number(row["V4_2"]),
                number(row["N1"]),
            ]
        )
    return table(rows)


def as_redcap(frame: pd.DataFrame) -> str:
    head = ["record_id", "x1", "x2", "u1___1", "u1___2", "u1___97", "v4_1", "v4_2", "n1", "firm_complete"]
    rows = [head]
    for number_of_row, row in frame.iterrows():
        boxes = ["1" if row[name] == 1 else "0" for name in LABELS["U1"]]
        codes = [number(row["X1"]), number(row["X2"]) if row["X1"] == 1 else ""]
        rows.append(
            [str(number_of_row), *codes, *boxes, number(row["V4_1"]), number(row["V4_2"]), number(row["N1"]), "2"]
        )
    return table(rows)


def as_kobo(frame: pd.DataFrame) -> str:
    head = [
        "firm/X1",
        "firm/X2",
        "firm/U1",
        "firm/U1/1",
        "firm/U1/2",
        "firm/U1/97",
        "V4/1",
        "V4/2",
        "N1",
        "_id",
        "_uuid",
        "_submission_time",
    ]
    rows = [head]
    for number_of_row, row in frame.iterrows():
        chosen = [name.rpartition("_")[2].lstrip("0") for name in LABELS["U1"] if row[name] == 1]
        boxes = ["1" if row[name] == 1 else "0" for name in LABELS["U1"]]
        codes = [number(row["X1"]), number(row["X2"]) if row["X1"] == 1 else ""]
        rows.append(
            [
                *codes,
                " ".join(chosen),
                *boxes,
                number(row["V4_1"]),
                number(row["V4_2"]),
                number(row["N1"]),
                str(number_of_row),
                "u",
                "2026-07-05T00:00:00",
            ]
        )
    return table(rows)


WRITERS: dict[str, Callable[[pd.DataFrame], str]] = {
    "csv": as_codes,
    "qualtrics": as_qualtrics,
    "google-forms": as_google,
    "surveymonkey": as_surveymonkey,
    "limesurvey": as_limesurvey,
    "redcap": as_redcap,
    "kobo": as_kobo,
}
