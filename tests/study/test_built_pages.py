"""The pages of the studies of this repository: whole, accessible, silent, and Japanese where they say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from surveykit.study import build
from surveykit.study.loading import Study, read_study, words_in
from tests.study.chromium import AXE, LATIN_ONLY, MARKS, chromium, opened, violations

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.parent.name for path in (ROOT / "analyses").glob("*/study.yaml"))

pytestmark = MARKS

#: Latin texts that belong on a Japanese page: ids of questions, letters of columns, formats, brands, conditions.
ALLOWED = re.compile(
    r"""
    English | MISSING | SHA-256 | EU | WTO | OECD | TiVA | BaTiS
    | [A-Z]{1,5}\d*[a-z]?(_\w+)? | [a-z]*[A-Z]*
    | (World\ Bank|UNCTAD|WTO|METI|CSIS|OECD)\b.*                       # sources
    | [\w,\ ]+\(\d{4}\)                                                 # citations
    | Adobe\ Creative\ Cloud | YouTube | Unity
    | Microsoft\ 365 | Google\ Workspace | Nexorvia\ Cloud | Zoom | Slack
    | .*\.csv | iso3                                                   # files and columns to put there
    | II-1-2-\d+ | [★～]+（STAR-[\d～]+）                               # numbers of figures, the label of the ministry
    """,
    re.VERBOSE,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module", params=STUDIES)
def folder(request: pytest.FixtureRequest) -> Path:
    found = ROOT / "analyses" / str(request.param)
    outcome = build(found, roots=[ROOT])
    assert outcome.failed == {}
    assert outcome.missing == ()
    return found


@pytest.fixture
def address(folder: Path) -> str:
    return (folder / "out" / "index.html").as_uri()


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci --prefix tests/study/node")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(browser: Any, address: str, scheme: str) -> None:
    with opened(browser, address, color_scheme=scheme, bypass_csp=True) as page:
        for language in ("en", "ja"):
            page.click(f"button[data-language={language}]")
            assert violations(page) == []


def test_the_page_switches_sorts_and_tabs_without_a_word_on_the_console(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        page.click("button[data-language=ja]")
        assert page.locator(".l-en:visible").count() == 0
        button = page.locator(".l-ja .sk-table th button:visible").first
        button.click()
        assert page.locator(".l-ja th[aria-sort=ascending]").count() == 1
        seen = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            seen.add(page.evaluate("document.activeElement.tagName"))
        assert {"BUTTON", "A"} <= seen
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_japanese_page_is_japanese(browser: Any, address: str, folder: Path) -> None:
    quoted = _quoted(read_study(folder, [ROOT]))
    with opened(browser, address) as page:
        page.click("button[data-language=ja]")
        found = page.evaluate(LATIN_ONLY)
    left = [text for text in found if not ALLOWED.fullmatch(text) and not any(one in text for one in quoted)]
    assert not left, "\n".join(left)


def _quoted(study: Study) -> set[str]:
    """What others printed in their own language: numbers as published, and the sources of published tables."""
    shape = study.shape
    found = {words_in(line.published, "ja") for comparison in shape.comparisons for line in comparison.lines}
    found |= {words_in(one.source, "ja") for one in (*shape.tables, *shape.figures, *shape.comparisons) if one.source}
    found |= {words_in(shape.source, "ja")} if shape.source else set()
    for path in study.files():
        if path.suffix == ".csv" and path.is_file():
            frame = pd.read_csv(path, dtype="str", keep_default_na=False, comment="#", nrows=5_000)
            found |= set(frame["source"]) if "source" in frame.columns else set()
    return {text for text in found if len(text) > 3}
