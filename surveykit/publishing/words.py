"""The words that renderers and figures add to what the records say, in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from surveykit.errors import PublishingError, listing

__all__ = ["Language", "model_text", "phrase", "words"]

Language = Literal["en", "ja"]

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "all respondents": "all respondents",
        "base": "Base",
        "base line": "{who}; n = {n}",
        "before": " (unweighted)",
        "by": "{row} by {column}",
        "colon": ": ",
        "comma": ", ",
        "confidence interval": "{level:.0%} interval",
        "count": "count",
        "ddf": "ddf",
        "definition": "Definition",
        "df": "df",
        "effective": "effective n {n}",
        "empty": "no firm in this cell",
        "estimate": "Estimate",
        "flagged": "* small base, n below {limit}: read with care.",
        "high": "High",
        "illustrative": "ILLUSTRATIVE",
        "illustrative note": "Illustrative figures, not measured.",
        "intervals": "{level:.0%} intervals in brackets.",
        "low": "Low",
        "n": "n",
        "net": "Net",
        "note": "Note",
        "of": "{statistic}, %",
        "p": "p",
        "rounded": "Percentages are rounded so that they add to 100.",
        "rounding": "Percentages do not add to 100 because of rounding.",
        "se": "SE",
        "se note": "Standard errors in parentheses.",
        "se share": "Standard errors in parentheses, in percentage points.",
        "statistic share": "Percent",
        "statistic share of column": "Percent of column",
        "statistic share of row": "Percent of row",
        "statistic share of table": "Percent of table",
        "statistic population count": "Population count",
        "statistic average marginal effect": "Average marginal effect",
        "statistic average marginal effect, share": "Average marginal effect, percentage points",
        "statistic coefficient": "Coefficient",
        "statistic count": "Count",
        "statistic distribution function": "Share at or below",
        "statistic marginal mean": "Marginal mean",
        "statistic mean": "Mean",
        "statistic predictive margin": "Predictive margin",
        "statistic proportion": "Percent",
        "statistic quantile": "Quantile",
        "statistic ratio": "Ratio",
        "statistic total": "Total",
        "source": "Source",
        "suppressed": ".. not shown, n below {limit}.",
        "uncertain": "† standard error above {limit:.0%} of the estimate: read with care.",
        "effective n": "Effective n",
        "cv": "CV",
        "mean mean": "Mean",
        "median median": "Median",
        "mean responses per respondent": "Responses per respondent",
        "net Top two": "Top two",
        "net Bottom two": "Bottom two",
        "level answered": "Gave an answer",
        "response respondents": "Percent of respondents",
        "response responses": "Percent of responses",
        "statistic share of respondents": "Percent of respondents",
        "statistic share of responses": "Percent of responses",
        "synthetic": "SYNTHETIC DATA",
        "synthetic note": "Synthetic data, made for demonstration; nothing here is a finding.",
        "test": "Test",
        "title": "Table",
        "figure": "Figure",
        "total": "Total",
        "unweighted": "Unweighted.",
        "variable": "",
        "weighted by": "Weighted by '{weight}'.",
        "weighted n": "Weighted n",
        "weights": "Sets of weights: {weights}.",
        "whisker": "Whiskers: {level:.0%} intervals.",
        "year": "Year",
    },
    "ja": {
        "all respondents": "全回答企業",
        "base": "集計対象",
        "base line": "{who}、n = {n}",
        "before": "(ウエイト前)",
        "by": "{column}別 {row}",
        "colon": ":",
        "comma": "、",
        "confidence interval": "{level:.0%} 信頼区間",
        "count": "企業数",
        "ddf": "分母の自由度",
        "definition": "定義",
        "df": "自由度",
        "effective": "有効 n {n}",
        "empty": "該当企業なし",
        "estimate": "推定値",
        "flagged": "* 回答数が少ない(n が {limit} 未満)ため注意。",
        "high": "上限",
        "illustrative": "例示",
        "illustrative note": "例示のための数値であり、実測値ではない。",
        "intervals": "角括弧内は {level:.0%} 信頼区間。",
        "low": "下限",
        "n": "n",
        "net": "差引",
        "note": "注",
        "of": "{statistic}(%)",
        "p": "p 値",
        "rounded": "合計が 100 になるように丸めている。",
        "rounding": "四捨五入のため合計は 100 にならない。",
        "se": "標準誤差",
        "se note": "括弧内は標準誤差。",
        "se share": "括弧内は標準誤差(パーセントポイント)。",
        "statistic share": "割合",
        "statistic share of column": "列の構成比",
        "statistic share of row": "行の構成比",
        "statistic share of table": "全体の構成比",
        "statistic population count": "母集団企業数",
        "statistic average marginal effect": "平均限界効果",
        "statistic average marginal effect, share": "平均限界効果(パーセントポイント)",
        "statistic coefficient": "係数",
        "statistic count": "数",
        "statistic distribution function": "以下の割合",
        "statistic marginal mean": "限界平均",
        "statistic mean": "平均",
        "statistic predictive margin": "予測値",
        "statistic proportion": "割合",
        "statistic predicted response": "予測値",
        "statistic quantile": "分位点",
        "statistic ratio": "比率",
        "statistic total": "合計",
        "source": "資料",
        "suppressed": ".. は n が {limit} 未満のため非表示。",
        "uncertain": "† 標準誤差が推定値の {limit:.0%} を超えるため注意。",
        "effective n": "有効 n",
        "cv": "変動係数",
        "mean mean": "平均",
        "median median": "中央値",
        "mean responses per respondent": "1 社当たり回答数",
        "net Top two": "上位 2 区分",
        "net Bottom two": "下位 2 区分",
        "level answered": "回答あり",
        "response respondents": "回答企業に占める割合",
        "response responses": "回答総数に占める割合",
        "statistic share of respondents": "回答企業に占める割合",
        "statistic share of responses": "回答総数に占める割合",
        "synthetic": "合成データ",
        "synthetic note": "説明用に作成した合成データであり、調査結果ではない。",
        "test": "検定",
        "title": "表",
        "figure": "図",
        "total": "計",
        "unweighted": "ウエイトなし。",
        "variable": "",
        "weighted by": "ウエイト:{weight}。",
        "weighted n": "ウエイト付き n",
        "weights": "ウエイトの種類:{weights}。",
        "whisker": "ひげは {level:.0%} 信頼区間。",
        "year": "年",
    },
}


#: Families and links of models, as they stand under the title of a table.
_MODELS = {
    "absorbed": "固定効果を除去",
    "binomial": "二項",
    "cauchit": "コーシット",
    "cloglog": "補対数対数",
    "cox": "コックス比例ハザード",
    "Firth": "ファース補正",
    "fractional logit": "割合ロジット",
    "gamma": "ガンマ",
    "gaussian": "正規",
    "identity": "恒等",
    "instrumental": "操作変数",
    "interval": "区間回帰",
    "inverse": "逆数",
    "inverse gaussian": "逆ガウス",
    "inverse squared": "逆数の2乗",
    "log": "対数",
    "logit": "ロジット",
    "multinomial": "多項",
    "negative binomial": "負の二項",
    "nonlinear": "非線形",
    "ordered logit": "順序ロジット",
    "ordered probit": "順序プロビット",
    "poisson": "ポアソン",
    "probit": "プロビット",
    "tobit": "トービット",
}


def model_text(family: str, link: str, lang: str) -> str:
    """Family and link of a model in a language; names that are not known stay.

    Examples
    --------
    >>> model_text("binomial", "logit", "en"), model_text("binomial", "logit", "ja")
    ('binomial, logit', '二項、ロジット')
    """
    if lang != "ja":
        return f"{family}, {link}"
    parts = [_MODELS.get(part, part.replace("quantile", "分位点回帰")) for part in (*family.split(", "), link)]
    return "、".join(parts)


def words(lang: str) -> Mapping[str, str]:
    """Return the words of a language.

    Raises
    ------
    PublishingError
        If the language is not one of those known.
    """
    if lang not in _WORDS:
        raise PublishingError(f"lang={lang!r} is not a language of the renderers.", remedy=f"Use {listing(_WORDS)}.")
    return _WORDS[lang]


def phrase(lang: str, key: str, **values: object) -> str:
    """Fill one phrase.

    Examples
    --------
    >>> phrase("en", "suppressed", limit=30), phrase("ja", "weighted by", weight="w")
    ('.. not shown, n below 30.', 'ウエイト:w。')
    """
    return words(lang)[key].format(**values)
