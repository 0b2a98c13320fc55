"""Records for the tests of publishing: made by the verbs from small invented data, or by hand where that is shorter."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from surveykit.estimation.crosstabs.crosstab import crosstab
from surveykit.estimation.descriptive import mean, proportion
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.robustness.specifications import specification_curve
from surveykit.publishing import published
from surveykit.quality import ExclusionFlow, FlowStep
from surveykit.results import CELL_ARRAYS, Estimate, Heading, Table
from surveykit.survey import Survey
from surveykit.weighting import Weights, base_weights, rake

__all__ = [
    "ANSWERS",
    "COUNTRIES",
    "ECONOMIES",
    "HOSTILE",
    "MEANINGS",
    "SECTORS",
    "SIZES",
    "answers",
    "balances",
    "by_economy",
    "closures",
    "definitions",
    "exclusions",
    "exports",
    "firms",
    "flows",
    "hostile_table",
    "means",
    "models",
    "outcome_model",
    "providers",
    "shares",
    "single",
    "sizes",
    "specifications",
    "steps",
    "survey",
    "trade_balance",
    "two_years",
    "weights",
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
    arrays = {name: getattr(table, name)[:, kept] for name in CELL_ARRAYS}
    return replace(table, rows=tuple(table.rows[place] for place in kept), facts={}, **arrays)


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


#: Economies in a stack of columns, the rest of the world last.
ECONOMIES = {
    "en": (
        "United States", "United Kingdom", "Germany", "Ireland", "France", "China", "Netherlands", "Singapore", "India",
        "Japan", "Republic of Korea", "Other economies",
    ),
    "ja": (
        "米国", "英国", "ドイツ", "アイルランド", "フランス", "中国", "オランダ", "シンガポール", "インド", "日本",
        "韓国", "その他の国・地域",
    ),
}  # fmt: skip


@cache
def by_economy(lang: str = "en") -> Table:
    rng = np.random.default_rng(3)
    parts = [
        pd.DataFrame(
            {"year": range(2005, 2024), "reporter": name, "value": start * np.cumprod(rng.normal(1.07, 0.03, 19))}
        )
        for name, start in zip(ECONOMIES[lang], (60, 20, 18, 15, 12, 5, 10, 6, 4, 8, 3, 50), strict=True)
    ]
    frame = pd.concat(parts).assign(unit="USD billion", source="Example source", indicator="Exports of services")
    return published(frame, rows="year", columns="reporter")


@cache
def trade_balance(lang: str = "en") -> Table:
    names = {"en": ("Exports", "Imports", "Balance"), "ja": ("輸出", "輸入", "収支")}[lang]
    years = np.arange(2010, 2024)
    exports, imports = np.linspace(1.7, 11.7, 14), np.linspace(4.6, 23.6, 14)
    parts = [
        pd.DataFrame({"year": years, "item": name, "value": values})
        for name, values in zip(names, (exports, imports, exports - imports), strict=True)
    ]
    return published(
        pd.concat(parts), rows="year", columns="item", unit="USD billion", source="Example", statistic="Trade"
    )


@cache
def providers(lang: str = "en") -> Table:
    rng = np.random.default_rng(4)
    origins = {"en": ("United States", "EU", "Other"), "ja": ("米国", "EU", "その他")}[lang]
    parts = [
        pd.DataFrame({"service": SECTORS[lang], "origin": name, "value": rng.uniform(2, most, 12)})
        for name, most in zip(origins, (40, 25, 15), strict=True)
    ]
    return published(
        pd.concat(parts), rows="service", columns="origin", unit="%", source="Example", statistic="Share of firms"
    )


#: What the codes of :func:`definitions` mean.
MEANINGS = {
    "en": {1: "in the definition", 0.5: "in part", 0: "not in it"},
    "ja": {1: "定義に含まれる", 0.5: "一部", 0: "含まれない"},
}


@cache
def definitions(lang: str = "en") -> Table:
    rng = np.random.default_rng(6)
    columns = {
        "en": (
            "This paragraph",
            "Digital-related balance",
            "Goods-related balance",
            "People-related",
            "Money",
            "Others",
        ),
        "ja": ("本項", "デジタル関連収支", "モノ関連収支", "ヒト関連", "カネ関連", "その他"),
    }[lang]
    parts = [
        pd.DataFrame({"item": SECTORS[lang], "column": name, "value": rng.choice([1, 0.5, 0, np.nan], 12)})
        for name in columns
    ]
    return published(pd.concat(parts), rows="item", columns="column", source="Example", statistic="Definition")


@cache
def exclusions(lang: str = "en") -> ExclusionFlow:
    words = {
        "en": ("Interviews started", "In scope", "Complete, or partial with enough answers to count", "Analysed"),
        "ja": ("回答開始", "調査対象に該当", "回答完了(十分な部分回答を含む)", "分析対象(疑わしい兆候が上限未満)"),
    }[lang]
    out, left = (0, 121, 64, 37), (1234, 1113, 1049, 1012)
    reasons: tuple[dict[str, int], ...] = (
        {},
        {"no foreign digital service": 100, "fewer than five staff": 21},
        {"break_off": 64},
        {
            "speeding": 20,
            "straight_lining": 12,
            "trap_question": 9,
            "duplicate_text": 4,
            "contradiction": 3,
            "other": 2,
        },
    )
    steps = [
        FlowStep(
            str(place),
            {"en": words[place], "ja": words[place]},
            left[place],
            out[place],
            reasons[place],
            dict(zip(SIZES[lang], (left[place] - 300, 200, 100), strict=True)),
        )
        for place in range(4)
    ]
    return ExclusionFlow(tuple(steps), lang, "size")


@cache
def weights(lang: str = "en") -> Weights:
    sector = dict(zip(SECTORS[lang], np.linspace(2000.0, 300.0, 12).tolist(), strict=True))
    total = sum(sector.values())
    size = {name: share * total for name, share in zip(SIZES[lang], (0.8, 0.15, 0.05), strict=True)}
    return rake(base_weights(firms(lang)), {"size": size, "sector": sector})


@cache
def outcome_model(lang: str = "en") -> Model:
    return regress(survey(lang), "answer ~ log(sales) + C(size) + C(exporter)", family="multinomial")


@cache
def closures(lang: str = "en") -> Survey:
    rng = np.random.default_rng(9)
    frame = firms(lang).assign(years=rng.exponential(6.0, 2400).round(1) + 0.1, closed=rng.integers(0, 2, 2400))
    return Survey(frame.assign(adopter=(frame["sales"] + rng.normal(0, 9, 2400) > 6).astype(int)), weights="w")


@cache
def specifications(lang: str = "en") -> pd.DataFrame:
    found = closures(lang)
    return specification_curve(
        {"all": found, "large": found.where("sales > 3")},
        {"adopter": "adopter", "closed": "closed"},
        "log(sales)",
        covariates=["C(size)", "age", "C(exporter)"],
        family="binomial",
    )


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
