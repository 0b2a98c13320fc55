"""The pages of the studies of this repository: whole, accessible, silent, and Japanese where they say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from surveykit.study import build
from tests.study.chromium import AXE, LATIN_ONLY, MARKS, chromium, opened, violations

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.parent.name for path in (ROOT / "analyses").glob("*/study.yaml"))

pytestmark = MARKS

#: Latin texts that belong on a Japanese page: names, codes, units, formats, and what others printed in English.
ALLOWED = re.compile(
    r"""
    English | MISSING | SHA-256 | [A-Z]{1,5}\d*(_\w+)? | [a-z]?[A-Z]{1,3}          # ids of questions, letters, formats
    | (Microsoft|Google|Zoom|Slack|Nexorvia|Amazon|AWS|Salesforce)\b.* # brands
    | \d?[\d,.]*\s?(USD|JPY|US\$|Tb/s|GB)\b.*
    | .*\.(csv|zip|xlsx|pdf)                                          # a file as a source
    """,
    re.VERBOSE,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module", params=STUDIES)
def address(request: pytest.FixtureRequest) -> str:
    outcome = build(ROOT / "analyses" / request.param, roots=[ROOT])
    assert outcome.failed == {}
    assert outcome.missing == ()
    return (outcome.folder / "index.html").as_uri()


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


def test_the_japanese_page_is_japanese(browser: Any, address: str) -> None:
    with opened(browser, address) as page:
        page.click("button[data-language=ja]")
        left = [text for text in page.evaluate(LATIN_ONLY) if not ALLOWED.fullmatch(text) and not _quoted(text)]
        assert left == []


def _quoted(text: str) -> bool:
    """Whether a study's file quotes it: the words of a source in the language in which it was printed."""
    folders = [ROOT / "analyses", ROOT / "data"]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".yaml", ".csv")]
    return any(text in path.read_text(encoding="utf-8") for path in files if "out" not in path.parts)
