"""Make ``SYNTHETIC_digital_services_japan.csv``: invented answers to ``instruments/digital_services_firm.yaml``.

No firm was asked. 600 invented firms complete the interview and 60 end in the screener; size classes follow the
published composition of the sample (27, 11, 24 and 28 percent; a tenth does not say), and two invented traits, how
digital a firm is and how far it looks abroad, make the answers depend on each other. Use the file to show and to test
the software, never to state a finding. Run ``python data/synthetic/make_digital_services_japan.py``; the same bytes
come out every time. Columns and codes are the instrument's, routing is obeyed, and blanks are questions that were not
put.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from surveykit.instrument import read_instrument

SEED = 20240705
COMPLETE = 600
ENDED = 60
HERE = Path(__file__).parent
TARGET = HERE / "SYNTHETIC_digital_services_japan.csv"
INSTRUMENT = HERE.parents[1] / "instruments" / "digital_services_firm.yaml"

SERVICES = (*range(1, 21), 97)
# How common each service is, on the logit scale; the order is the instrument's.
COMMON = (
    1.6,
    1.2,
    0.2,
    0.6,
    0.1,
    0.8,
    1.0,
    -0.1,
    -0.9,
    0.3,
    -0.2,
    -0.1,
    -0.4,
    0.3,
    -0.8,
    -0.3,
    -0.7,
    -0.6,
    -0.9,
    -1.0,
    -3.0,
)
SENTENCES = (
    "海外のクラウドを使って設計データを取引先と共有しています。",
    "We run our order system on a foreign cloud platform.",
    "ウェブ会議とチャットで海外拠点と毎日連絡を取っています。",
    "海外の生成AIで英文の提案書を下書きしています。",
    "Foreign analytics software shows us which products sell abroad.",
    "顧客管理に海外のCRMを導入しています。",
)
# Positions of respondents in the smallest firms, and in others.
POSITIONS = ((0.25, 0.2, 0.25, 0.25, 0.05), (0.1, 0.25, 0.35, 0.3, 0.0))
PERSONS = ((1, 10), (11, 50), (51, 500), (501, 9000))
# Codes of markets abroad, the most common first.
MARKETS = (1, 4, 7, 2, 6, 5, 8, 9, 3, 13, 11, 10, 12)
Answers = dict[str, Any]


def _band(rng: np.random.Generator, latent: float, cuts: tuple[float, ...], noise: float = 0.7) -> int:
    """Number of cuts below a latent value with noise."""
    return int(np.searchsorted(cuts, latent + noise * rng.standard_normal()))


def _yes(rng: np.random.Generator, logit: float) -> bool:
    return bool(rng.random() < 1 / (1 + np.exp(-logit)))


def _screened(rng: np.random.Generator) -> Answers:
    """One interview that an answer of the screener ended."""
    ends = int(rng.integers(4))
    if ends == 0:
        return {"S0": 2}
    if ends == 1:
        return {"S0": 1, "S1": 2}
    if ends == 2:
        return {"S0": 1, "S1": 1, "S2": int(rng.integers(1, 6)), "S3": 90}
    return {"S0": 1, "S1": 1, "S2": 4, "S3": int(rng.choice([11, 15, 21, 27])), "S4": 5}


def _firm(rng: np.random.Generator) -> tuple[Answers, float, float]:
    """Screener, firm and exports of one firm, and its two traits: digital and outward-looking."""
    size = int(rng.choice(4, p=np.array([27, 11, 24, 28]) / 90))
    sector = int(rng.choice([11, 12, 13, 14, 15, 16, 21, 22, 23, 24, 25, 26, 27, 28, 29]))
    digital = 0.25 * size + 0.7 * (sector in (21, 22, 23, 24)) + rng.standard_normal() - 0.5
    outward = 0.3 * size + 0.3 * (sector in (11, 12, 13, 23, 24)) + 0.3 * digital + rng.standard_normal() - 0.6
    exports = _band(rng, outward, (0.1, 0.7, 1.2, 1.8, 2.4), 0.4)
    kind = (
        1 if not exports else int(rng.choice([2, 4], p=[0.7, 0.3]) if sector < 20 else rng.choice([3, 4], p=[0.8, 0.2]))
    )
    founded = int(np.clip(2024 - rng.gamma(2.0, 9 + 8 * size), 1880, 2023))
    revenue = int(np.clip(1 + (0.9, 2.2, 3.6, 5.2)[size] + 0.6 * rng.standard_normal(), 1, 7))
    answers: Answers = {
        "S0": 1,
        "S1": 1,
        "S2": int(rng.choice([1, 2, 3, 4, 5], p=POSITIONS[size > 0])),
        "S3": sector,
        "S4": int(rng.choice([1, 2, 3, 4], p=[0.25, 0.3, 0.3, 0.15])),
        "F1": -98 if rng.random() < 0.1 else size + 1,
        "F2": -98 if rng.random() < 0.06 else revenue,
        "F3": founded,
        "F4": int(rng.choice([1, 2, 3], p=[0.8, 0.15, 0.05] if size < 2 else [0.45, 0.43, 0.12])),
        "F5": int(rng.choice(range(1, 8), p=[0.07, 0.16, 0.34, 0.15, 0.16, 0.06, 0.06])),
        "F6": 1 if founded > 2014 and digital > 0.3 and rng.random() < 0.5 else 2,
        "X1": kind,
        "T3": -98 if rng.random() < 0.1 else int(np.exp(rng.uniform(*np.log(PERSONS[size])))),
    }
    if exports:
        answers |= {"X2": -98 if rng.random() < 0.02 else exports}
    if answers.get("X2", 0) > 0:
        places = {f"X3_{code:02d}": int(_yes(rng, 0.5 * outward - 0.25 * place)) for place, code in enumerate(MARKETS)}
        places["X3_97"] = 0
        if not any(places.values()):
            places["X3_01"] = 1
        answers |= places
    if kind in (3, 4) or (sector >= 21 and answers.get("X2", 0) > 0):
        logits = (1.2, -0.8, -0.5, -0.7, -1.2)
        ways = {f"X4_{code}": int(_yes(rng, logit)) for code, logit in enumerate(logits, start=1)}
        answers |= ways if any(ways.values()) else ways | {"X4_1": 1}
    return answers, digital, outward


def _boxes(name: str, ticked: set[int], codes: tuple[int, ...], width: int) -> Answers:
    return {f"{name}_{code:0{width}d}": int(code in ticked) for code in codes}


def _use(rng: np.random.Generator, answers: Answers, digital: float, outward: float) -> None:
    """Spending on digital services, and which are used."""
    spending = -98 if rng.random() < 0.03 else _band(rng, digital, (-2.4, -1.1, -0.1, 0.8, 1.8, 2.9))
    answers["D1"] = spending
    answers["U3"] = 1 + _band(rng, digital, (-0.6, 0.0, 0.6, 1.5))
    if answers["U3"] >= 3:
        uses = {code for code in range(1, 7) if _yes(rng, 0.4 * digital - 0.3)}
        answers |= _boxes("U4", uses or {98}, (*range(1, 7), 97, 98), 1)
    if spending == 0:
        return
    if spending > 0:
        answers["D2"] = -98 if rng.random() < 0.02 else 1 + _band(rng, digital, (-2.2, -1.0, 0.4, 1.6))
        home = {code for code, common in zip(SERVICES, COMMON, strict=True) if _yes(rng, common - 0.4 + 0.3 * digital)}
        answers |= _boxes("D3", home or {98}, (*SERVICES, 98, 99), 2)
        if 97 in home:
            answers["D3_97t"] = "海上輸送の予約"
    reach = 0.55 * digital + 0.75 * outward
    used = {code for code, common in zip(SERVICES, COMMON, strict=True) if _yes(rng, common - 1.2 + 0.8 * reach)}
    answers |= _boxes("U1", used or {98}, (*SERVICES, 98, 99), 2)
    if 97 in used:
        answers["U1_97t"] = "地図情報サービス"
    brands = {
        code for code, logit in zip((1, 2, 3, 5), (1.4, 0.6, 0.9, -0.3), strict=True) if _yes(rng, logit + 0.3 * reach)
    }
    if rng.random() < 0.03:
        brands.add(4)
    answers |= _boxes("T2", brands or {98}, (1, 2, 3, 4, 5, 98), 1)
    for code in rng.permutation(sorted(used))[:6]:
        origins = (
            {1}
            if _yes(rng, 1.3)
            else {int(rng.choice([2, 3, 4, 5, 6, 7, 8, 99], p=[0.3, 0.1, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05]))}
        )
        if origins == {1} and rng.random() < 0.2:
            origins.add(2)
        answers |= {f"U2_{code:02d}_{origin}": int(origin in origins) for origin in (*range(1, 9), 99)}
    if used and spending > 0:
        answers["FS1"] = (
            -98 if rng.random() < 0.03 else max(1, _band(rng, outward + 0.25 * digital, (-2.5, -0.2, 0.75, 1.6, 2.5)))
        )
    if used:
        _value(rng, answers, outward + 0.35 * digital)


def _value(rng: np.random.Generator, answers: Answers, worth: float) -> None:
    """What foreign services are worth to a firm that uses them."""
    ballot = 2 if rng.random() < 0.15 else 1
    answers["P_bal"] = ballot
    scale = _band(rng, worth, (-1.7, -0.9, 0.2, 1.3)) + 1
    if ballot == 1:
        answers["V1"] = -98 if rng.random() < 0.02 else scale
        answers["V2"] = -98 if rng.random() < 0.04 else 1 + _band(rng, worth, (-2.3, -1.4, -0.6, 0.2, 1.0, 2.0))
    else:
        answers["V1r"] = scale
    if answers.get("X2", 0) > 0:
        answers["V3"] = -98 if rng.random() < 0.04 else 1 + _band(rng, worth, (-2.3, -1.4, -0.6, 0.1, 0.9, 1.9))
    for row, ease in enumerate((0.1, 0.4, 0.2, -0.2, 0.1), start=1):
        answers[f"V4_{row}"] = 1 + _band(rng, worth + ease, (-1.9, -1.0, 0.1, 1.3))
    answers["V4_6"] = 5 - _band(rng, worth, (-1.6, -0.6, 0.4, 1.6))
    answers["V4_T"] = 2 if rng.random() > 0.04 else int(rng.choice([1, 3, 4, 5]))
    logits = (0.0, -0.2, -0.5, -0.7, -1.0, -0.3, -1.2, -1.3, -1.5, -0.6)
    reasons = {code for code, logit in enumerate(logits, start=1) if _yes(rng, logit + 0.3 * worth)}
    answers |= _boxes("R1", reasons or {98}, (*range(1, 11), 97, 98, 99), 2)
    if len(reasons) > 1:
        answers["R2"] = int(rng.choice(sorted(reasons)))
    answers["C1"] = -98 if rng.random() < 0.03 else 1 + _band(rng, worth, (-1.2, 0.1, 0.9, 1.8))
    logits = (-0.1, -0.3, -0.6, -0.6, -0.5, -0.7, -0.9, -1.4)
    losses = {code for code, logit in enumerate(logits, start=1) if _yes(rng, logit + 0.5 * worth)}
    answers |= _boxes("C2", losses or {98}, (*range(1, 9), 97, 98, 99), 1)
    answers["C3"] = -98 if rng.random() < 0.04 else 1 + _band(rng, worth, (-1.6, 0.0, 1.1, 2.2))
    answers["T4"] = str(rng.choice(SENTENCES))


def make() -> pd.DataFrame:
    """Answers of all invented firms, ``(660, columns)``."""
    rng = np.random.default_rng(SEED)
    rows: list[Answers] = []
    for number in range(COMPLETE + ENDED):
        answers: Answers = {"P_id": f"SYNTHETIC-{number + 1:04d}", "P_bal": 1, "P_lang": "ja"}
        if number % 11 == 10:
            answers |= _screened(rng) | {"P_dur": int(rng.uniform(15, 60))}
        else:
            firm, digital, outward = _firm(rng)
            answers |= firm
            _use(rng, answers, digital, outward)
            answers["P_dur"] = int(np.exp(rng.normal(6.4, 0.35)) * (0.6 if "V4_1" not in answers else 1))
        rows.append(answers)
    frame = pd.DataFrame(rows)
    order = [name for name in read_instrument(INSTRUMENT).columns.names if name in frame.columns]
    frame = frame[order]
    whole = [name for name in order if pd.api.types.is_numeric_dtype(frame[name])]
    return frame.astype(dict.fromkeys(whole, "Int64"))


if __name__ == "__main__":
    make().to_csv(TARGET, index=False, lineterminator="\n")
