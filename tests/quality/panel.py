"""A small questionnaire with two batteries, traps, rules and paradata, and answers to it with planted faults."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from surveykit.instrument import Instrument, parse_instrument
from surveykit.responses import Responses, code_answers

TEXT = """
instrument: panel
version: 1.0.0
title: {en: A panel, ja: 調査}
unit: firm
languages: [en, ja]
lists:
  agree:
    - {code: 1, label: {en: Strongly disagree, ja: 全くそう思わない}}
    - {code: 2, label: {en: Disagree, ja: そう思わない}}
    - {code: 3, label: {en: Neither, ja: どちらでもない}}
    - {code: 4, label: {en: Agree, ja: そう思う}}
    - {code: 5, label: {en: Strongly agree, ja: 強くそう思う}}
questions:
  - {id: P_id, type: hidden, unique: true, label: {en: Respondent, ja: 回答者}}
  - {id: P_pub, type: hidden, label: {en: Publisher, ja: 媒体}}
  - {id: P_dev, type: hidden, label: {en: Device, ja: 端末}}
  - {id: P_ipc, type: hidden, label: {en: Country, ja: 国}}
  - {id: P_t0, type: hidden, ask: date, label: {en: Start, ja: 開始}}
  - {id: P_dur, type: hidden, ask: number, unit: seconds, minimum: 0, label: {en: Seconds, ja: 秒}}
  - {id: P_pg, type: hidden, label: {en: Pages, ja: ページ}}
  - {id: P_lang, type: hidden, label: {en: Language, ja: 言語}}
  - {id: P_ord, type: hidden, label: {en: Order, ja: 順}}
  - {id: P_hp, type: hidden, label: {en: Honeypot, ja: ハニーポット}}
  - {id: P_cap, type: hidden, ask: number, minimum: 0, label: {en: Bot score, ja: スコア}}
  - id: S0
    type: single
    label: {en: Take part, ja: 協力}
    options:
      - {code: 1, label: {en: "Yes", ja: はい}}
      - {code: 2, end: refusal, label: {en: "No", ja: いいえ}}
  - id: S1
    type: single
    label: {en: Sector, ja: 業種}
    options:
      - {code: 1, label: {en: Makers, ja: 製造}}
      - {code: 2, label: {en: Services, ja: サービス}}
      - {code: 9, end: screen_out, label: {en: Neither, ja: 対象外}}
  - id: F1
    type: band
    unit: persons
    whole: true
    label: {en: Persons, ja: 従業者}
    options:
      - {code: 1, lo: 1, hi: 10, closed: both, label: {en: 1-10, ja: 1～10人}}
      - {code: 2, lo: 11, hi: 50, closed: both, label: {en: 11-50, ja: 11～50人}}
      - {code: 3, lo: 51, closed: left, label: {en: 51 and more, ja: 51人以上}}
    offer: [-98]
  - id: X1
    type: single
    label: {en: Sells abroad, ja: 輸出}
    options: {1: {en: "No", ja: いいえ}, 2: {en: "Yes", ja: はい}}
  - {id: X2, type: number, unit: percent, minimum: 0, maximum: 100, label: {en: Share, ja: 輸出比率}, offer: [-98]}
  - id: X3
    type: number
    ask_if: X1 == 2
    else: 0
    minimum: 0
    label: {en: Countries, ja: 国数}
  - id: A
    type: grid
    ordered: true
    label: {en: Opinions, ja: 意見}
    options: agree
    rows:
      - {code: 1, label: {en: a, ja: あ}}
      - {code: 2, label: {en: b, ja: い}}
      - {code: 3, label: {en: c, ja: う}}
      - {code: 4, label: {en: d, ja: え}}
      - {code: 5, label: {en: e, ja: お}}
      - {code: 6, label: {en: f, ja: か}}
  - id: B
    type: grid
    ordered: true
    order: rotate
    label: {en: More opinions, ja: 意見2}
    options: agree
    rows:
      - {code: 1, label: {en: g, ja: き}}
      - {code: 2, label: {en: h, ja: く}}
      - {code: 3, label: {en: i, ja: け}}
      - {code: 4, label: {en: j, ja: こ}}
      - {code: 5, reverse: true, label: {en: k, ja: さ}}
      - {code: 6, label: {en: l, ja: し}}
      - {code: 7, name: T, trap: 2, label: {en: choose disagree, ja: 確認}}
  - id: T2
    type: trap
    ask: multi
    fail_if: selected(T2, 2)
    label: {en: Brands, ja: ブランド}
    options:
      - {code: 1, label: {en: Real, ja: 実在}}
      - {code: 2, label: {en: Invented, ja: 架空}}
      - {code: 98, exclusive: true, label: {en: None, ja: なし}}
  - id: T3
    type: trap
    ask: number
    unit: persons
    whole: true
    minimum: 0
    fail_if: T3 < 0.8 * lo(F1) or T3 > 1.2 * hi(F1)
    label: {en: Persons again, ja: 人数}
    offer: [-98]
  - {id: T4, type: text, label: {en: How do you use it, ja: 使い方}}
derived:
  - {id: exporter, value: X2 > 0, label: {en: Exporter, ja: 輸出企業}}
checks:
  - {id: K1, severity: error, when: X1 == 1, require: X2 == 0, message: {en: Contradiction, ja: 矛盾}}
  - {id: K2, severity: warning, when: X1 == 2, require: X2 > 0, message: {en: Odd, ja: 不自然}}
"""
SENTENCES = (
    "海外のクラウドを使って設計データを取引先と共有しています。",
    "We run our order system on a foreign cloud platform.",
    "Customer records are kept in a tool from abroad.",
    "毎週の会議に使っています。",
    "英語のマニュアルを翻訳している",
    "Payments from shops in Europe go through it",
)


@cache
def instrument() -> Instrument:
    return parse_instrument(TEXT)


def answers(rows: int = 60, seed: int = 1) -> pd.DataFrame:
    """Honest answers: nobody breaks a rule by construction, apart from chance."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 4, rows)
    exports = rng.integers(1, 3, rows)
    frame: dict[str, Any] = {
        "P_id": [f"r{number}" for number in range(rows)],
        "P_pub": np.where(np.arange(rows) % 3 == 0, "north", "south"),
        "P_dev": [f"d{number}" for number in range(rows)],
        "P_ipc": "JP",
        "P_t0": [f"2024-08-{1 + number % 28:02d}T{number % 24:02d}:{number % 60:02d}:00" for number in range(rows)],
        "P_dur": rng.uniform(300, 700, rows).round(),
        "P_lang": np.where(np.arange(rows) % 2 == 0, "ja", "en"),
        "P_cap": 0.9,
        "S0": 1,
        "S1": rng.integers(1, 3, rows),
        "F1": size,
        "X1": exports,
        "X2": np.where(exports == 1, 0, rng.integers(1, 90, rows)),
        "X3": np.where(exports == 1, np.nan, 3.0),
        "T2_1": 1,
        "T3": np.array([0, 5, 30, 80])[size],
        "T4": [f"{SENTENCES[number % 6]} {number}" for number in range(rows)],
    }
    for row in range(1, 7):
        frame[f"A_{row}"] = rng.integers(1, 6, rows)
        frame[f"B_{row}"] = rng.integers(1, 6, rows)
    frame["A_2"] = np.where(frame["A_2"] == frame["A_1"], frame["A_1"] % 5 + 1, frame["A_2"])
    frame["B_2"] = np.where(frame["B_2"] == frame["B_1"], frame["B_1"] % 5 + 1, frame["B_2"])
    frame["B_5"] = np.where(frame["B_5"] > 3, 3, frame["B_5"])
    frame["B_T"] = 2
    return pd.DataFrame(frame)


def responses(frame: pd.DataFrame | None = None, **planted: dict[int, Any]) -> Responses:
    """Answers with faults: ``responses(P_hp={3: "bot"})`` writes into row 3."""
    table = answers() if frame is None else frame.copy()
    for name, cells in planted.items():
        if name not in table.columns:
            table[name] = pd.Series([None] * len(table), dtype="object" if name.startswith("P_") else "float64")
        for row, value in cells.items():
            table.loc[row, name] = value
    return code_answers(table, instrument(), synthetic=True)
