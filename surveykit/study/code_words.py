"""Words for the codes of trade data: economies, services, modes, and what is left over."""

from __future__ import annotations

import re
from collections.abc import Mapping

from surveykit.classifications.countries import find_country
from surveykit.classifications.services import service_item
from surveykit.errors import ClassificationError
from surveykit.study.lexicon import frame_words
from surveykit.study.names_ja import japanese_name

__all__ = ["code_word", "definition_in", "indicator_in", "unit_in"]

_AREAS = ("reporter", "partner", "origin_area", "origin", "destination", "iso3")
# Shorter than the official names, which would fill a figure.
_SHORT_AREAS = {
    "HKG": "Hong Kong",
    "KOR": "Korea",
    "GBR": "United Kingdom",
    "USA": "United States",
    "WLD": "World",
    "W": "World",
    "TWN": "Chinese Taipei",
    "RUS": "Russia",
    "VNM": "Viet Nam",
}
_JAPANESE_ITEMS: Mapping[str, str] = {
    "S": "サービス",
    "SOX": "商業サービス",
    "G": "財",
    "SA": "委託加工サービス",
    "SB": "維持修理サービス",
    "SC": "輸送",
    "SD": "旅行",
    "SE": "建設",
    "SF": "保険・年金サービス",
    "SG": "金融サービス",
    "SFSG": "保険・金融サービス",
    "SH": "知的財産権等使用料",
    "SI": "通信・コンピュータ・情報サービス",
    "SI1": "通信サービス",
    "SI2": "コンピュータサービス",
    "SI3": "情報サービス",
    "SJ": "その他業務サービス",
    "SJ1": "研究開発サービス",
    "SJ2": "専門・経営コンサルティングサービス",
    "SK": "個人・文化・娯楽サービス",
    "SL": "公的サービス等",
    "DDS": "デジタル提供可能サービス",
    "SH2": "研究開発成果の使用許諾",
    "SH3": "ソフトウェアの複製・頒布許諾",
}
_ITEMS = {
    "G": "Goods",
    "S": "Services",
    "SOX": "Commercial services",
    "DDS": "Digitally deliverable services",
    "SH2": "Outcomes of research and development",
    "SH3": "Software, to reproduce or distribute",
}
_REST = {"area": ("Other economies", "その他の国・地域"), "item": ("Other", "その他")}
_SUBTOTAL = ("Subtotal", "小計")
_METHODS = {
    "published": "公表値",
    "balanced": "調整済み(balanced)",
    "final": "補完済み(final)",
    "reported": "報告値",
    "share of world": "世界に占める割合",
    "printed": "印刷値",
    "share of modes 1 to 4": "第1～4モードに占める割合",
    "share of SI": "SIに占める割合",
}


def code_word(variable: str, code: str, language: str) -> str:
    """Word for a code of a column of trade data; empty where there is none.

    Examples
    --------
    >>> code_word("reporter", "KOR", "en"), code_word("partner", "_REST", "ja"), code_word("size", "KOR", "en")
    ('Korea', 'その他の国・地域', '')
    """
    japanese = language == "ja"
    if variable not in (*_AREAS, "activity", "origin_activity"):
        return ""
    if code == "_REST":
        return _REST["area" if variable in _AREAS else "item"][japanese]
    if code == "_SUBTOTAL":
        return _SUBTOTAL[japanese]
    if variable in _AREAS:
        return _area(code, japanese)
    return _item(code, japanese)


def _area(code: str, japanese: bool) -> str:
    found = find_country(code)
    name = _SHORT_AREAS.get(code) or (found.name if found is not None and found.iso3 == code else "")
    return japanese_name(name) if japanese else name


def _item(code: str, japanese: bool) -> str:
    if japanese and code in _JAPANESE_ITEMS:
        return _JAPANESE_ITEMS[code]
    if code in _ITEMS:
        return _ITEMS[code]
    try:
        return service_item(code).name
    except ClassificationError:
        return ""


def definition_in(language: str, definition: str) -> str:
    """Say what every number of a trade result has in common: ``"reporter JPN, year 2020"``.

    The name of a file, and that numbers are published ones, are left out: they stand beside it.

    Examples
    --------
    >>> definition_in("en", "reporter JPN, partner WLD, year 2023"), definition_in("ja", "reporter JPN, year 2020")
    ('Economy Japan, Partner World, Year 2023', '国・地域 日本、年 2020')
    """
    japanese, said, parts = language == "ja", frame_words(language), []
    for part in definition.split(", "):
        name, space, value = part.partition(" ")
        if name == "edition" and re.search(r"\.(csv|zip|gz|parquet)$", value):
            continue
        if (name, value) == ("method", "published"):
            continue
        word = code_word(name, value, language) or (_METHODS.get(value, value) if japanese else value)
        parts.append(f"{said.get(name, name)}{space}{word}")
    return ("、" if japanese else ", ").join(parts)


_UNITS: Mapping[str, tuple[str, str]] = {
    "USD_MN": ("USD million", "百万米ドル"),
    "USD_BN": ("USD billion", "10億米ドル"),
    "USD_100MN": ("USD 100 million", "億米ドル"),
    "USD million": ("USD million", "百万米ドル"),
    "USD bn": ("USD billion", "10億米ドル"),
    "USD billion": ("USD billion", "10億米ドル"),
    "JPY billion": ("JPY billion", "10億円"),
    "economies": ("economies", "国・地域"),
    "PCT": ("%", "%"),
    "PCT_GDP": ("% of GDP", "対GDP比、%"),
    "percent": ("%", "%"),
    "actions": ("actions", "件"),
    "2005=1": ("2005 = 1", "2005年 = 1"),
    "USD 100 million": ("USD 100 million", "億米ドル"),
}
_INDICATORS: Mapping[str, tuple[str, str]] = {
    "EXPORTS": ("Exports", "輸出"),
    "IMPORTS": ("Imports", "輸入"),
    "BALANCE": ("Balance", "収支"),
    "TRADE": ("Exports plus imports", "輸出入計"),
    "EXGR": ("Gross exports", "総輸出"),
    "EXGR_DVA": ("Domestic value added in exports", "輸出に含まれる国内付加価値"),
    "FFD_DVA": ("Value added in foreign final demand", "外国最終需要に含まれる付加価値"),
}


def unit_in(unit: str, language: str) -> str:
    """A unit of trade data in words; others as they are.

    Examples
    --------
    >>> unit_in("USD_MN", "en"), unit_in("USD bn", "ja"), unit_in("Tbit/s", "ja")
    ('USD million', '10億米ドル', 'Tbit/s')
    """
    return _UNITS[unit][language == "ja"] if unit in _UNITS else unit


def indicator_in(indicator: str, language: str) -> str:
    """An indicator of trade data in words; others as they are."""
    return _INDICATORS[indicator][language == "ja"] if indicator in _INDICATORS else indicator
