"""Figures: drawn in both languages and all themes without overlap or cut, as their records say, equal to the byte."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from surveykit.errors import PublishingError
from surveykit.estimation.comparisons.adjusted import adjusted_comparison
from surveykit.estimation.descriptive import mean
from surveykit.estimation.effects.marginal import average_marginal_effects, predictive_margins
from surveykit.estimation.inequality.inequality import lorenz
from surveykit.estimation.survival.curves import kaplan_meier
from surveykit.publishing import figure, fonts, render
from surveykit.publishing.figure import Figure
from surveykit.publishing.layout import Ruler
from surveykit.publishing.layout_check import layout_problems
from surveykit.publishing.themes import theme_of
from surveykit.results import Table
from tests.publishing import records

TITLE = {
    "en": "Firms in every sector see imported digital services as a help, and the largest firms most of all",
    "ja": "どの業種の企業も海外のデジタルサービスを競争力の源泉とみており、とりわけ大企業で顕著である",
}
NUMBER = {"en": "Figure 8", "ja": "図 8"}


def _options(lang: str, theme: str = "plain") -> dict[str, Any]:
    return {"title": TITLE[lang], "number": NUMBER[lang], "lang": lang, "theme": theme, "year": "2024"}


def _answer(lang: str, place: int) -> str:
    return records.ANSWERS[lang][place]


# One of each function, on twelve sectors with long names where it takes categories.
KINDS: dict[str, Callable[[str, dict[str, Any]], Figure]] = {
    "stacked": lambda lang, o: figure.stacked(records.answers(lang), colours="diverging", **o),
    "stacked by layer": lambda lang, o: figure.stacked(records.sizes(lang), colours="sequential", **o),
    "stacked estimate": lambda lang, o: figure.stacked(records.shares(lang), colours="sequential", **o),
    "likert split": lambda lang, o: figure.likert(
        records.answers(lang), centre="split", outside=_answer(lang, 5), **o
    ),
    "likert aside": lambda lang, o: figure.likert(
        records.answers(lang), centre="aside", outside=_answer(lang, 5), **o
    ),
    "bars": lambda lang, o: figure.bars(records.answers(lang), series=_answer(lang, 3), ci=True, sort=True, **o),
    "bars vertical": lambda lang, o: figure.bars(
        records.exports(lang), series=records.COUNTRIES[lang][0], orientation="vertical", **o
    ),
    "grouped": lambda lang, o: figure.grouped(records.answers(lang), series=records.ANSWERS[lang][1:4], ci=True, **o),
    "grouped vertical": lambda lang, o: figure.grouped(
        records.two_years(lang), bars="columns", orientation="vertical", **o
    ),
    "diverging": lambda lang, o: figure.diverging(
        records.balances(lang), separate=[records.COUNTRIES[lang][3]], sort=True, **o
    ),
    "diverging vertical": lambda lang, o: figure.diverging(records.balances(lang), orientation="vertical", **o),
    "dots": lambda lang, o: figure.dots(records.means(lang), sort=True, **o),
    "lines": lambda lang, o: figure.lines(records.exports(lang), index=2005, band=(2020, 2021, "COVID-19"), **o),
    "lines highlighted": lambda lang, o: figure.lines(
        records.exports(lang), highlight=[records.COUNTRIES[lang][0]], zero=False, **o
    ),
    "slope": lambda lang, o: figure.slope(records.two_years(lang), **o),
    "waterfall": lambda lang, o: figure.waterfall(
        records.steps(lang), totals=[records.steps(lang).rows[0].text, records.steps(lang).rows[2].text], **o
    ),
    "treemap": lambda lang, o: figure.treemap(records.single(lang, 1, "%"), **o),
    "bubble": lambda lang, o: figure.bubble(
        records.single(lang, 1, "%"), records.single(lang, 2, "%"), size=records.single(lang, 3, "USD"), **o
    ),
    "flows": lambda lang, o: figure.flows(records.flows(lang), **o),
    "heat": lambda lang, o: figure.heat(records.answers(lang), bars="columns", **o),
    "area": lambda lang, o: figure.area(
        records.by_economy(lang), rest=records.ECONOMIES[lang][-1], band=(2020, 2021, "COVID-19"), **o
    ),
    "stacked columns": lambda lang, o: figure.stacked_columns(
        records.by_economy(lang), rest=records.ECONOMIES[lang][-1], share_of=records.ECONOMIES[lang][:-1],
        share_name={"en": "Share of the eleven economies", "ja": "11か国・地域の占める割合"}[lang], **o
    ),
    "stacked columns around zero": lambda lang, o: figure.stacked_columns(
        records.trade_balance(lang), line=records.trade_balance(lang).columns[2].text,
        below=[records.trade_balance(lang).columns[1].text], **o
    ),
    "growth": lambda lang, o: figure.growth(
        records.exports(lang), series=records.COUNTRIES[lang][0],
        spans=[(2005, 2010), (2010, 2023), (2005, 2023)], show=["percent", "percent", "times"], **o
    ),
    "segments": lambda lang, o: figure.segments(records.providers(lang), **o),
    "dot matrix of symbols": lambda lang, o: figure.dot_matrix(
        records.definitions(lang), symbols=records.MEANINGS[lang], **o
    ),
    "dot matrix of sizes": lambda lang, o: figure.dot_matrix(records.answers(lang), bars="columns", **o),
    "dumbbell": lambda lang, o: figure.dumbbell(
        records.answers(lang), series=[_answer(lang, 1), _answer(lang, 3)], sort=True, **o
    ),
    "exclusion flow": lambda lang, o: figure.exclusion_flow(records.exclusions(lang), **o),
    "weight distribution": lambda lang, o: figure.weight_distribution(
        {name: records.weights(lang) for name in records.SIZES[lang][:2]}, **o
    ),
    "margin targets": lambda lang, o: figure.margin_targets(records.weights(lang), **o),
    "love plot": lambda lang, o: figure.love_plot(records.weights(lang), **o),
    "effects of categories": lambda lang, o: figure.effects(
        average_marginal_effects(records.outcome_model(lang)), percent=True, **o
    ),
    "effects over a grid": lambda lang, o: figure.effects(
        predictive_margins(records.outcome_model(lang), at={"sales": [1, 2, 5, 10, 20]}), along="sales", percent=True,
        log=True, **o
    ),
    "contrasts": lambda lang, o: figure.contrasts(
        mean(records.survey(lang), "sales", by="sector").contrast(
            {f"{name} - {records.SECTORS[lang][1]}": {name: 1, records.SECTORS[lang][1]: -1}
             for name in records.SECTORS[lang][2:]}
        ), sort=True, **o
    ),
    "survival": lambda lang, o: figure.survival(
        kaplan_meier(records.closures(lang), "years ~ size", event="closed"), **o
    ),
    "lorenz": lambda lang, o: figure.lorenz(lorenz(records.survey(lang), "sales", 20, by="size"), **o),
    "specification curve": lambda lang, o: figure.specification_curve(records.specifications(lang), **o),
    "overlap": lambda lang, o: figure.overlap(
        adjusted_comparison(records.closures(lang), "age", "adopter", "sales + C(size)"), **o
    ),
    "small multiples of lines": lambda lang, o: figure.small_multiples(records.exports(lang), **o),
    "small multiples of bars": lambda lang, o: figure.small_multiples(
        records.sizes(lang), kind="bars", across=2, series=records.SIZES[lang][:2], **o
    ),
    "coefficients": lambda lang, o: figure.coefficients(dict(zip("AB", records.models(lang), strict=True)), **o),
    "effects": lambda lang, o: figure.effects(
        records.models(lang)[0].predict(pd.DataFrame({"age": [10, 20, 30], "size": [records.SIZES[lang][0]] * 3})),
        labels=["10", "20", "30"], along="age", **o,
    ),
}  # fmt: skip


def _made(kind: str, lang: str, theme: str = "plain") -> Figure:
    return KINDS[kind](lang, _options(lang, theme))


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_cut_or_lies_on_another(kind: str, lang: str) -> None:
    assert layout_problems(_made(kind, lang).compose()) == []


@pytest.mark.parametrize("theme", ["think_tank", "ministry", "oecd_like"])
@pytest.mark.parametrize("kind", ["stacked", "likert split", "grouped", "lines"])
def test_every_theme_can_be_read(kind: str, theme: str) -> None:
    for lang in ("en", "ja"):
        assert layout_problems(_made(kind, lang).with_style(theme=theme, width=5.0).compose()) == []


def test_the_layout_check_finds_what_is_wrong() -> None:
    page = _made("stacked", "en").compose()
    page.text(0.3, 0.3, "on the title")
    page.text(page.width - 0.1, 2.0, "beyond the edge")
    found = layout_problems(page)
    assert any("lies on" in line for line in found)
    assert "'beyond the edge' is cut off at the edge of the page" in found


def test_drawn_numbers_are_those_of_the_table() -> None:
    table = records.answers()
    data = figure.stacked(table).data
    assert len(data) == 6 * 13
    for _, line in data.iterrows():
        cell = table.cell(line["series"], line["category"])
        assert line["value"] == 100 * cell["estimate"]  # type: ignore[operator]
        assert line["n"] == cell["base_n"]
    wanted = records.means().to_frame()
    drawn = figure.dots(records.means()).data
    assert sorted(drawn["value"]) == sorted(wanted["estimate"])
    assert sorted(drawn["low"]) == sorted(wanted["low"])


def test_printed_numbers_are_those_of_the_table() -> None:
    table = records.answers()
    svg = figure.stacked(table, decimals=1).to_bytes("svg").decode()
    printed = set(re.findall(r">(\d+\.\d)</text>", svg))
    assert {f"{100 * value:.1f}" for value in table.estimate[0, :-1].ravel()} >= printed
    assert len(printed) > 30


def test_the_csv_is_what_is_drawn(tmp_path: Path) -> None:
    made = figure.likert(records.answers(), centre="split", outside="Don't know")
    paths = made.save(tmp_path / "figure-8")
    assert [path.name for path in paths] == [f"figure-8.{name}" for name in ("png", "svg", "pdf", "csv")]
    frame = pd.read_csv(tmp_path / "figure-8.csv")
    np.testing.assert_array_equal(frame["value"], made.data["value"])
    assert set(frame["weight"]) == {"w"}
    assert [one.name for one in made.save(tmp_path / "other.png")] == ["other.png", "other.csv"]


def test_small_bases_are_not_drawn() -> None:
    made = figure.dots(records.shares(), minimum_base=190, flag_base=10_000)
    hidden = made.data[made.data["standing"] == "suppressed"]
    assert len(hidden)
    assert hidden["value"].isna().all()
    assert (hidden["n"] < 190).all()
    assert ".. not shown, n below 190." in dict(made.words.footer)["Note"]
    assert "* small base" in dict(made.words.footer)["Note"]


@pytest.mark.parametrize("kind", ["stacked", "flows", "lines"])
def test_equal_figures_give_equal_bytes(kind: str) -> None:
    for name in ("png", "svg", "pdf", "csv"):
        assert _made(kind, "ja").to_bytes(name) == _made(kind, "ja").to_bytes(name)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_svg_keeps_text_as_text(lang: str) -> None:
    made = _made("bars", lang)
    root = ET.fromstring(made.to_bytes("svg"))
    texts = "".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))
    assert records.SECTORS[lang][1] in texts
    assert root.get("role") == "img"
    assert root.find("{http://www.w3.org/2000/svg}desc").text == made.alt  # type: ignore[union-attr]
    if lang == "ja":
        assert b"Noto Sans CJK JP" in made.to_bytes("svg")


def test_png_has_300_dots_an_inch_and_the_width_asked_for() -> None:
    data = figure.bars(records.single("en", 1, "%"), width=5.0).to_bytes("png")
    assert int.from_bytes(data[16:20], "big") == 1500


def test_synthetic_figures_are_titled_by_topic_and_marked() -> None:
    table = replace(records.answers(), synthetic=True)
    made = figure.stacked(table, title="Imports make firms stronger", topic="Views on imported services")
    assert made.words.heading == "Views on imported services"
    assert "Imports make firms stronger" not in made.to_bytes("svg").decode()
    assert ">SYNTHETIC DATA<" in made.to_bytes("svg").decode()
    assert made.alt.startswith("[SYNTHETIC DATA]")
    assert made.data["synthetic"].all()
    assert figure.stacked(table, title="A finding").words.heading == "answer by sector"
    assert ">合成データ<" in figure.stacked(table, lang="ja").to_bytes("svg").decode()
    assert ">ILLUSTRATIVE<" in figure.bars(records.single("en", 1, "%"), illustrative=True).to_bytes("svg").decode()


def test_layout_block_says_base_note_source() -> None:
    made = figure.dots(records.answers(), title="T", note="One more.", year="2024")
    footer = dict(made.words.footer)
    assert footer["Base"] == "all respondents; n = 2,400 (unweighted), effective n 2,091. Weighted by 'w'."
    assert footer["Note"] == "Whiskers: 95% intervals. One more."
    assert footer["Source"] == "Example survey (2024)"
    assert made.words.subtitle == "Imported digital services make our firm more competitive."


def test_alt_text_names_highest_and_lowest() -> None:
    made = figure.bars(records.steps(), title="Value added")
    assert made.alt == "Bars. Value added. highest Gross exports 100.0, lowest Foreign value added −18.5."
    assert figure.bars(records.steps("ja"), lang="ja").alt.endswith("最大は 総輸出 100.0、最小は 外国分 −18.5。")


def test_hostile_labels_are_drawn_as_they_are_or_refused() -> None:
    made = figure.stacked(records.hostile_table(), title=records.HOSTILE[0], colours="nominal")
    svg = made.to_bytes("svg").decode()
    root = ET.fromstring(svg)
    assert {node.tag.split("}")[1] for node in root.iter()} <= {
        "svg", "title", "desc", "metadata", "RDF", "Work", "type", "format", "creator", "Agent", "defs", "style", "g",
        "path", "text", "tspan", "use", "clipPath", "rect", "pattern",
    }  # fmt: skip
    assert "<script" not in svg
    assert layout_problems(made.compose()) == []
    cells = re.findall(r"(?:^|,)\"?([=+@])", made.to_bytes("csv").decode(), re.MULTILINE)
    assert cells == []
    assert made.to_bytes("pdf")
    with pytest.raises(PublishingError, match=r"'🙂' \(U\+1F642\) in 'a smile 🙂'"):
        figure.bars(records.single("en", 1, "%"), title="a smile 🙂").to_bytes("png")


def test_nothing_global_is_touched() -> None:
    before = dict(mpl.rcParams)
    figure.bars(records.single("ja", 1, "%"), lang="ja").to_bytes("png")
    assert dict(mpl.rcParams) == before
    with mpl.rc_context({"font.size": 40.0, "axes.facecolor": "red", "text.usetex": True}):
        inside = figure.bars(records.single("ja", 1, "%"), lang="ja").to_bytes("svg")
    assert inside == figure.bars(records.single("ja", 1, "%"), lang="ja").to_bytes("svg")


def test_pages_do_not_stay_in_memory() -> None:
    for _ in range(3):
        figure.bars(records.single("en", 1, "%")).compose()
    gc.collect()
    assert not [one for one in gc.get_objects() if type(one).__name__ == "Page"]


def test_likert_centres() -> None:
    table = records.answers()
    split = figure.likert(table, centre="split", outside="Don't know", sort=False)
    parts = split.data.pivot(index="category", columns="series", values="value").loc[list(split.plot.grid.categories)]  # type: ignore[attr-defined]
    against, neutral = parts["Strongly disagree"] + parts["Disagree"], parts["Neither"]
    np.testing.assert_allclose(split.plot.lead, against + neutral / 2, rtol=1e-12)  # type: ignore[attr-defined]
    net = parts["Agree"] + parts["Strongly agree"] - against
    np.testing.assert_allclose(split.plot.net, net, rtol=1e-12)  # type: ignore[attr-defined]
    ordered = figure.likert(table, centre="aside", outside="Don't know").plot
    assert list(ordered.net[:-1]) == sorted(ordered.net[:-1], reverse=True)  # type: ignore[attr-defined]
    assert ordered.grid.categories[-1] == "Total"  # type: ignore[attr-defined]
    assert ordered.inside == 4  # type: ignore[attr-defined]
    with pytest.raises(PublishingError, match="not in the middle"):
        figure.likert(table, centre="split", neutral="Agree", outside="Don't know")
    with pytest.raises(TypeError, match="centre"):
        figure.likert(table)  # type: ignore[call-arg]


def test_scales_of_their_own_and_cut_axes_are_disclosed() -> None:
    apart = figure.diverging(records.balances(), separate=["Ireland"])
    assert "Ireland: drawn on a scale of its own" in dict(apart.words.footer)["Note"]
    cut = figure.lines(records.exports(), index=2005)
    assert "does not begin at zero" in dict(cut.words.footer)["Note"]
    np.testing.assert_allclose(cut.data[cut.data["category"] == "2005"]["value"], 100, rtol=1e-15)
    whole = figure.lines(records.exports())
    assert "Note" not in dict(whole.words.footer)


def test_waterfalls_must_add_up() -> None:
    table = records.steps()
    figure.waterfall(table, totals=["Gross exports", "Domestic value added"])
    wrong = replace(table, estimate=np.array([[[100.0], [-18.5], [80.0]]]))
    with pytest.raises(PublishingError, match=r"is 80.0000; the steps before it add up to 81.5"):
        figure.waterfall(wrong, totals=["Gross exports", "Domestic value added"])


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a frame": (lambda: figure.bars(pd.DataFrame({"a": [1]})), r"sk.published"),  # type: ignore[arg-type]
    "several series": (lambda: figure.bars(records.answers()), "figure.grouped"),
    "unknown series": (lambda: figure.bars(records.answers(), series="Agre"), "Did you mean 'Agree'"),
    "unknown option": (lambda: figure.bars(records.steps(), titel="x"), "Did you mean 'title'"),  # type: ignore[call-arg]
    "unknown theme": (lambda: figure.bars(records.steps(), theme="plane"), "Did you mean 'plain'"),
    "negative part": (lambda: figure.stacked(records.balances()), "figure.diverging"),
    "three points": (lambda: figure.slope(records.exports()), "two categories"),
    "negative tile": (lambda: figure.treemap(records.steps()), "negative area"),
    "no base year": (lambda: figure.lines(records.exports(), index=1999), "not a category"),
    "unknown term": (lambda: figure.coefficients(records.models()[0], terms=["agee"]), "Did you mean 'age'"),
    "width": (lambda: figure.bars(records.steps(), width=200.0), "inches"),
    "labels under columns": (
        lambda: figure.grouped(records.answers(), orientation="vertical", width=3.0).compose(),
        'orientation="horizontal"',
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_the_remedy(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(PublishingError, match=message):
        call()


def test_records_that_are_printed_are_those_drawn() -> None:
    table: Table = records.answers()
    made = figure.stacked(table, decimals=1)
    cells = set(re.findall(r"\d+\.\d", render(table, "markdown", show="estimate")))
    assert {made.plot.grid.text(row, column) for row in range(13) for column in range(6)} <= cells  # type: ignore[attr-defined]


def test_no_line_of_japanese_begins_with_a_closing_bracket_or_a_small_kana() -> None:
    fonts.register()
    ruler = Ruler(theme_of("plain"), "ja")
    text = "デジタルトランスフォーメーション\uff08DX\uff09の推進"
    for width in np.arange(0.4, 3.0, 0.05):
        lines = ruler.wrap(text, float(width))
        assert "".join(lines) == text
        if width > 0.6:
            assert not any(line[0] in "\uff09ョォー" for line in lines), lines
            assert not any(line[-1] == "\uff08" for line in lines), lines
