"""Built pages in a real Chromium: what browser tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

__all__ = ["AXE", "CHROMIUM", "LATIN_ONLY", "MARKS", "chromium", "opened", "violations"]

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]

#: Visible texts of a page, and of its hovers and alternative texts, that hold Latin words and nothing Japanese.
LATIN_ONLY = """() => {
  const latin = (text) => /[A-Za-z]{2}/.test(text) && !/[\\u3040-\\u30ff\\u4e00-\\u9fff]/.test(text);
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, text = node.textContent.trim(), inside = node.parentElement;
    if (!text || !latin(text) || !inside.checkVisibility()) continue;
    if (inside.closest("script, style, code, .files, .question b, [lang=en]")) continue;
    if (inside.closest("#about-inputs, #about-outputs")) continue;
    found.add(text);
  }
  for (const part of document.querySelectorAll("[title], [alt], [aria-label]")) {
    if (!part.checkVisibility() || part.closest("[lang=en]")) continue;
    for (const name of ["title", "alt", "aria-label"]) {
      const text = part.getAttribute(name);
      if (text && latin(text)) found.add(text);
    }
  }
  return [...found];
}"""


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


@contextmanager
def opened(browser: Any, address: str, **options: Any) -> Iterator[Any]:
    """A page that fails if it says anything on the console, throws, or asks for anything but itself."""
    context = browser.new_context(**({"viewport": {"width": 1200, "height": 900}} | options))
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("request", lambda request: heard.append(request.url) if not request.url.startswith("data:") else None)
    page.goto(address)
    yield page
    assert heard == [address], heard
    context.close()


def violations(page: Any) -> list[str]:
    """What axe-core calls a serious or critical violation; the page must have been opened with ``bypass_csp``."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
