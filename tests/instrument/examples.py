"""Small instruments that the tests of this room share."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FIELD_INSTRUMENTS", "HEAD", "INSTRUMENTS", "TINY"]

INSTRUMENTS = Path(__file__).resolve().parents[2] / "instruments"
FIELD_INSTRUMENTS = sorted(INSTRUMENTS.glob("*.yaml"))

HEAD = """
instrument: tiny
version: 1.0.0
title: {en: Tiny, ja: 小}
unit: firm
languages: [ja, en]
"""

TINY = (
    HEAD
    + """
modules:
  - {id: S, title: {en: Screener, ja: 予備調査}}
  - {id: U, title: {en: Use, ja: 利用}}
  - {id: X, title: {en: Exports, ja: 輸出}}
  - {id: V, title: {en: Value, ja: 価値}, ask_if: count(U1) > 0}
lists:
  services:
    - {code: 1, label: {en: Mail, ja: メール}}
    - {code: 7, label: {en: Storage, ja: 保管}}
    - {code: 20, label: {en: Cloud, ja: クラウド}}
    - {code: 97, text: true, label: {en: Other, ja: その他}}
    - {code: 98, exclusive: true, label: {en: None, ja: なし}}
questions:
  - id: S1
    type: single
    label: {en: Where, ja: どこ}
    options:
      - {code: 1, label: {en: Japan, ja: 日本}}
      - {code: 2, end: screen_out, label: {en: Elsewhere, ja: 国外}}
  - {id: U1, type: multi, label: {en: Which services, ja: どのサービス}, options: services}
  - id: U2
    type: loop
    over: U1
    ask: multi
    limit: 2
    label: {en: "Origin of {item}", ja: "{item}の国"}
    options: {1: {en: US, ja: 米国}, 2: {en: EU, ja: EU}}
  - id: X1
    type: single
    label: {en: Exports, ja: 輸出の有無}
    options: {1: {en: "No", ja: いいえ}, 2: {en: "Yes", ja: はい}}
  - id: X2
    type: band
    unit: percent
    ask_if: X1 == 2
    else: 0
    offer: [-98]
    label: {en: Share, ja: 割合}
    options:
      - {code: 0, lo: 0, hi: 0, closed: both, mid: 0, label: {en: None, ja: なし}}
      - {code: 1, lo: 0, hi: 25, closed: right, mid: 12.5, label: {en: Up to 25, ja: 25以下}}
      - {code: 2, lo: 25, hi: 100, closed: right, mid: 50, label: {en: Over 25, ja: 25超}}
  - {id: X3, type: number, unit: countries, minimum: 0, ask_if: X2 > 0, label: {en: Countries, ja: 国の数}}
  - id: V1
    type: grid
    ordered: true
    label: {en: Agree, ja: 同意}
    rows:
      - {code: 1, label: {en: Cheaper, ja: 安い}}
      - {code: 2, label: {en: Better, ja: 良い}}
      - {code: 3, name: T, trap: 2, label: {en: Choose no, ja: 「いいえ」を選択}}
    options: {1: {en: "Agree", ja: はい}, 2: {en: "Disagree", ja: いいえ}}
  - id: V2
    type: rank
    limit: 2
    label: {en: Rank, ja: 順位}
    options: {1: {en: Price, ja: 価格}, 2: {en: Quality, ja: 品質}, 3: {en: Support, ja: 支援}}
  - {id: V3, type: text, min_length: 3, label: {en: Why, ja: なぜ}}
derived:
  - {id: n_services, value: count(U1), label: {en: Number, ja: 数}}
  - {id: us_any, value: "selected(U2, 1)", label: {en: Any US, ja: 米国あり}}
  - id: size
    ordered: true
    label: {en: Export class, ja: 輸出区分}
    cases:
      - {code: 1, when: X2 == 0, label: {en: None, ja: なし}}
      - {code: 2, when: X2 > 0, label: {en: Some, ja: あり}}
checks:
  - {id: K1, severity: error, when: X1 == 1, require: X2 == 0, message: {en: No exports but a share, ja: 矛盾}}
  - {id: K2, severity: warning, require: mid(X2) <= 90, message: {en: High, ja: 高い}}
"""
)
