"""Records for the tests of publishing: made by the verbs from small invented data, or by hand where that is shorter."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from surveykit.estimation.crosstab import crosstab
from surveykit.estimation.descriptive import mean, proportion
from surveykit.estimation.regression import regress
from surveykit.publishing import published
from surveykit.results import Estimate, Heading, Table
from surveykit.survey import Survey

__all__ = [
    "ANSWERS",
    "COUNTRIES",
    "HOSTILE",
    "SECTORS",
    "SIZES",
    "answers",
    "balances",
    "exports",
    "firms",
    "flows",
    "hostile_table",
    "means",
    "models",
    "shares",
    "single",
    "sizes",
    "steps",
    "survey",
    "two_years",
]

ANSWERS = {
    "en": ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree", "Don't know"),
    "ja": ("全くそう思わない", "そう思わない", "どちらでもない", "そう思う", "強くそう思う", "わからない"),
}
SECTORS = {
    "en": (
        "Manufacturing of machinery, electrical equipment and transport equipment",
        "Information and communication",
        "Wholesale and retail trade, repair of motor vehicles and motorcycles",
        "Finance",
        "Construction",
        "Professional services",
        "Transport",
        "Accommodation and food",
        "Education",
        "Health",
        "Real estate and rental",
        "Supercalifragilisticexpialidocious-antidisestablishmentarianism",
    ),
    "ja": (
        "電気機械・情報通信機械・輸送用機械器具製造業(自動車及び同附属品を含む)",
        "情報通信業",
        "卸売業・小売業",
        "金融業",
        "建設業",
        "学術研究,専門・技術サービス業",
        "運輸業",
        "宿泊業,飲食サービス業",
        "教育",
        "医療",
        "不動産業,物品賃貸業",
        "その他サービス",
    ),
}
SIZES = {"en": ("Small", "Medium", "Large (250 or more)"), "ja": ("小企業", "中企業", "大企業(250人以上)")}
COUNTRIES = {"en": ("Japan", "Germany", "Korea", "Ireland"), "ja": ("日本", "ドイツ", "韓国", "アイルランド")}

#: Labels of a stranger.
HOSTILE = (
    "<script>alert('x')</script>",
    '"><img src=x onerror=alert(1)>',
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "+1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "\t=1+1",
    "\\input{/etc/passwd} \\write18{rm} $x_1$ 50% & # ~ ^ {",
    "[b]bold[/b] [link](javascript:alert(1)) | **x** `y`",
    "\x1b[31mred\x1b[0m \x00\x07\u202egnp.exe",
    "line\nbreak\r\nand\u2028more",
    "_leading and $\\frac{",
)  # fmt: skip


@cache
def firms(lang: str = "en", count: int = 2400) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    answers, sectors, sizes = ANSWERS[lang], SECTORS[lang], SIZES[lang]
    return pd.DataFrame(
        {
            "answer": pd.Categorical(
                rng.choice(answers, count, p=[0.1, 0.15, 0.2, 0.3, 0.15, 0.1]), answers, ordered=True
            ),
            "sector": pd.Categorical(rng.choice(sectors, count), sectors),
            "size": pd.Categorical(rng.choice(sizes, count, p=[0.6, 0.3, 0.1]), sizes, ordered=True),
            "exporter": rng.choice(["no", "yes"], count),
            "sales": rng.gamma(2.0, 3.0, count),
            "age": rng.normal(20, 5, count),
            "w": rng.uniform(1.0, 5.0, count),
        }
    )


@cache
def survey(lang: str = "en") -> Survey:
    return Survey(firms(lang), weights="w")


@cache
def answers(lang: str = "en") -> Table:
    table = crosstab(survey(lang), "answer ~ sector", percent="column")
    asked = {
        "en": "Imported digital services make our firm more competitive.",
        "ja": "海外のデジタルサービスは競争力を高める。",
    }
    return table.annotate(questions={"answer": asked[lang]}, source={"en": "Example survey", "ja": "例示調査"}[lang])


@cache
def sizes(lang: str = "en") -> Table:
    return crosstab(survey(lang), "size ~ exporter | answer", percent="column")


@cache
def means(lang: str = "en") -> Estimate:
    return mean(survey(lang), "sales", by=["sector", "exporter"])


@cache
def shares(lang: str = "en") -> Estimate:
    return proportion(survey(lang), "size", by="sector")


@cache
def models(lang: str = "en") -> tuple[Estimate, Estimate]:
    return regress(survey(lang), "sales ~ age + C(size)"), regress(survey(lang), "sales ~ age + C(exporter)")


@cache
def exports(lang: str = "en") -> Table:
    rng = np.random.default_rng(2)
    years = range(2005, 2024)
    parts = [
        pd.DataFrame({"reporter": name, "year": years, "value": start * np.cumprod(1 + rng.normal(0.05, 0.05, 19))})
        for name, start in zip(COUNTRIES[lang], (150, 162, 90, 330), strict=True)
    ]
    frame = pd.concat(parts).assign(unit="USD billion", source="Example source", indicator="Exports of services")
    return published(frame, rows="year", columns="reporter")


@cache
def two_years(lang: str = "en") -> Table:
    table = exports(lang)
    kept = [0, len(table.rows) - 1]
    arrays = {
        name: getattr(table, name)[:, kept]
        for name in (
            "estimate",
            "se",
            "low",
            "high",
            "n",
            "weighted_n",
            "base_n",
            "base_weighted_n",
            "effective_n",
            "df",
        )
    }
    return replace(
        table, rows=tuple(table.rows[place] for place in kept), flags=table.flags[:, kept], facts={}, **arrays
    )


@cache
def balances(lang: str = "en") -> Table:
    items = {"en": ("Travel", "Digital", "Other"), "ja": ("旅行", "デジタル", "その他")}[lang]
    numbers = ((2, -4, -1, 0.5), (-5, 3, -2, 60), (1, -1, -2, -40))
    frame = pd.concat(
        pd.DataFrame({"reporter": COUNTRIES[lang], "item": item, "value": values})
        for item, values in zip(items, numbers, strict=True)
    )
    return published(frame, rows="reporter", columns="item", unit="USD billion", source="Example", statistic="Balance")


@cache
def steps(lang: str = "en") -> Table:
    names = {
        "en": ("Gross exports", "Foreign value added", "Domestic value added"),
        "ja": ("総輸出", "外国分", "国内分"),
    }
    frame = pd.DataFrame({"step": names[lang], "value": [100.0, -18.5, 81.5]})
    return published(frame, rows="step", unit="USD billion", source="Example", statistic="Value added")


@cache
def flows(lang: str = "en") -> Table:
    rng = np.random.default_rng(5)
    names = COUNTRIES[lang]
    pairs = [(one, other, rng.gamma(1, 20)) for one in names for other in names if one != other]
    frame = pd.DataFrame(pairs, columns=["reporter", "partner", "value"])
    return published(frame, rows="reporter", columns="partner", unit="100m USD", source="Example", statistic="Exports")


def single(lang: str, seed: int, unit: str) -> Table:
    values = np.random.default_rng(seed).gamma(4, 8, 12)
    frame = pd.DataFrame({"sector": SECTORS[lang], "value": values})
    return published(frame, rows="sector", unit=unit, source="Example", statistic=f"Measure {seed}")


@cache
def hostile_table() -> Table:
    frame = pd.DataFrame({"label": np.repeat(HOSTILE, 40), "answer": ["<b>yes</b>", "=no()"] * (20 * len(HOSTILE))})
    table = crosstab(Survey(frame), "answer ~ label", percent="column")
    return replace(
        table,
        base=HOSTILE[0],
        source=HOSTILE[2],
        definition=HOSTILE[7],
        notes=(HOSTILE[1], HOSTILE[9]),
        rows=(Heading(HOSTILE[8], HOSTILE[0], question=HOSTILE[1]), *table.rows[1:]),
    )
