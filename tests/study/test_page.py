"""The page in a real Chromium: languages, sorting, keyboard, no error, no request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from surveykit.study import build
from tests.study.chromium import AXE, MARKS, chromium, opened, violations
from tests.study.studies import firms, small_study, store

pytestmark = MARKS

BANNER = """\
study: tabs
title: Tabs
data: {file: firms.csv, synthetic: true}
tables:
  - {id: tabs, title: Tabs, banner: [exporter], questions: [size], statistics: [n], minimum_base: 0}
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = small_study(tmp_path_factory.mktemp("page") / "small")
    build(folder, store=store(folder.parent))
    return (folder / "out" / "index.html").as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    with opened(browser, address) as page:
        yield page


def test_the_language_switch_changes_every_text(page: Any) -> None:
    assert page.locator("h1 .l-en").is_visible()
    page.click("button[data-language=ja]")
    assert page.evaluate("document.documentElement.lang") == "ja"
    assert page.title() == "小さな調査"
    assert page.locator("h1 .l-ja").is_visible()
    assert page.locator(".l-en:visible").count() == 0
    assert page.locator("button[data-language=ja]").get_attribute("aria-pressed") == "true"


def test_a_table_sorts_and_keeps_its_totals(page: Any) -> None:
    rows = "#sizes .l-en .sk-table:first-child tbody tr"
    first = [text.split("\t")[0] for text in page.locator(rows).all_inner_texts()]
    page.click("#sizes .l-en .sk-table:first-child thead tr:last-child th:nth-child(2) button")
    values = page.eval_on_selector_all(
        "#sizes .l-en .sk-table:first-child tbody tr:not([class])",
        "rows => rows.map(row => Number(row.cells[1].dataset.value))",
    )
    assert values == sorted(values)
    page.click("#sizes .l-en .sk-table:first-child thead tr:last-child th:nth-child(2) button")
    assert page.locator("#sizes .l-en th[aria-sort=descending]").count() == 1
    last = [text.split("\t")[0] for text in page.locator(rows).all_inner_texts()]
    assert last[3:] == first[3:]
    assert set(last) == set(first)


def test_the_keyboard_reaches_language_numbers_and_sorting(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.tagName"))
        if page.evaluate("document.activeElement.tagName") == "DATA":
            assert "n = " in page.locator("#about-number").inner_text()
    assert {"BUTTON", "A", "DATA"} <= seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_schemes_have_contrast(browser: Any, address: str, scheme: Any) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    colours = page.evaluate("() => { const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]; }")
    levels = [_luminance(colour) for colour in colours]
    assert (max(levels) + 0.05) / (min(levels) + 0.05) > 7
    context.close()


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci --prefix tests/study/node")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_axe_finds_no_serious_violation(browser: Any, address: str, scheme: str, language: str) -> None:
    with opened(browser, address, color_scheme=scheme, bypass_csp=True) as page:
        page.click(f"button[data-language={language}]")
        assert violations(page) == []


def test_a_wide_table_is_reached_by_keyboard_and_a_narrow_one_is_no_stop(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        assert page.locator(".sk-table[tabindex]").count() == 0
    with opened(browser, address, viewport={"width": 300, "height": 800}) as page:
        page.wait_for_selector(".sk-table[tabindex='0']")
        assert page.locator(".sk-table[tabindex='0']").first.get_attribute("aria-label")


def test_every_number_says_what_it_rests_on(page: Any) -> None:
    bare = """cells => cells.filter(cell => !cell.title
      && !cell.closest("table").tHead.rows[cell.closest("table").tHead.rows.length - 1].cells[cell.cellIndex]
        .classList.contains("sk-base")).map(cell => cell.outerHTML)"""
    cells = ".l-en .sk-table table:not(.words) tbody tr:not(.sk-base):not(.sk-total) td[data-value]"
    assert page.eval_on_selector_all(cells, bare) == []
    page.locator("#sizes .l-en td[title]").first.click()
    assert "n = " in page.locator("#about-number").inner_text()


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_nothing_overflows_a_small_screen_or_paper(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 400, "height": 800})
    page = context.new_page()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert len(page.pdf(format="A4")) > 10_000
    context.close()


def test_lines_of_a_banner_sort_with_what_stands_below_them(browser: Any, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "tabs", BANNER)
    build(folder, store=store(tmp_path))
    with opened(browser, (folder / "out" / "index.html").as_uri()) as page:
        table = "#tabs .l-en .sk-table:first-of-type"
        page.locator(f"{table} thead tr:last-child th:nth-child(2) button").first.click()
        rows = page.eval_on_selector_all(
            f"{table} tbody tr",
            "rows => rows.map(row => [row.className, row.cells[0].textContent, Number(row.cells[1].dataset.value)])",
        )
        body = rows[:6]
        assert [name for name, _, _ in body] == ["", "sk-statistic"] * 3
        values = [value for name, _, value in body if not name]
        assert values == sorted(values)
        sizes = {label: size for (_, label, _), (_, _, size) in zip(body[::2], body[1::2], strict=True)}
        assert sizes == dict(firms()["size"].value_counts())
        assert [name for name, _, _ in rows[6:]] == ["sk-base"] * (len(rows) - 6)
