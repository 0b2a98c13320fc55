"""The preview page: the same routing as ours, nothing but text from labels, no network, and it works when clicked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from surveykit.instrument import check_answers, derive, parse_instrument, read_instrument
from surveykit.instrument.preview import to_preview, write_preview
from surveykit.instrument.preview_data import preview_data
from tests.instrument.browsers import chromium
from tests.instrument.examples import FIELD_INSTRUMENTS, INSTRUMENTS, TINY
from tests.instrument.walks import walks

ROWS = 60


@pytest.mark.node
@pytest.mark.parametrize("path", FIELD_INSTRUMENTS, ids=lambda path: path.stem)
def test_routing_in_javascript_equals_ours(path: Path) -> None:
    """Codes, derived variables and rules broken agree for random respondents, missing codes included."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    instrument = read_instrument(path)
    routed = walks(instrument, ROWS, seed=2)
    columns = [column for column in instrument.columns if column.kind not in ("text", "date")]
    offered = {column.name: set(column.offered) for column in columns}
    answers = [
        {name: float(value) for name, value in row.items() if pd.notna(value) and (value > 0 or value in offered[name]
         or (value == 0 and instrument.columns[name].kind in ("band", "single", "ordered")
             and routed.asked.loc[index, instrument.columns[name].question]))}
        for index, row in routed.frame[[column.name for column in columns]].astype(float).iterrows()
    ]  # fmt: skip
    request = json.dumps({"instrument": preview_data(instrument), "answers": answers})
    script = Path(__file__).parent / "node" / "route.cjs"
    run = subprocess.run(["node", str(script)], input=request, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    derived, broken = derive(instrument, routed.frame), check_answers(instrument, routed.frame)
    rules = {check.id for check in instrument.checks}
    for row, found in enumerate(json.loads(run.stdout)):
        ours = routed.frame.iloc[row]
        for column in columns:
            if instrument.question(column.question).type != "hidden":
                assert found["codes"][column.name] == ours[column.name], (row, column.name)
        for name in derived:
            value = derived.iloc[row][name]
            assert (found["derived"][name] is None) == bool(pd.isna(value)), (row, name)
            assert pd.isna(value) or found["derived"][name] == pytest.approx(float(value))
        assert set(found["broken"]) == {name for name in broken if broken.iloc[row][name] and name in rules}
        assert found["ended"] == routed.ended.iloc[row]


def test_labels_are_only_ever_text() -> None:
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    quoted = json.dumps(hostile)
    text = TINY.replace("{en: Where,", f"{{en: {quoted},").replace("{en: Mail,", f"{{en: {quoted},")
    page = to_preview(parse_instrument(text))
    assert page.count("<script") == 2
    assert "<img" not in page
    assert "onerror=alert(1)&gt;" in page


def test_page_names_exactly_its_own_style_and_script() -> None:
    page = to_preview(parse_instrument(TINY))
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert not re.search(r'(src|href)="', page)
    assert not re.search(r'\sstyle="|\son[a-z]+="', page)


def test_same_page_each_time() -> None:
    assert to_preview(parse_instrument(TINY)) == to_preview(parse_instrument(TINY))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as window:
        yield window


@pytest.mark.browser
def test_clicked_in_a_real_browser(browser: Any, tmp_path: Path) -> None:
    path = write_preview(read_instrument(INSTRUMENTS / "digital_services_firm.yaml"), tmp_path / "a.html")
    page = browser.new_page()
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    off = lambda name: "off" in (page.locator(f"#q-{name}").get_attribute("class") or "")  # noqa: E731
    assert off("X2")
    page.locator("input[name=X1][value='4']").check()
    assert not off("X2")
    assert off("X3")
    page.locator("input[name=X2][value='3']").check()
    assert not off("X3")
    page.locator("input[name=D1][value='3']").check()
    assert off("V1")
    page.locator("[data-column=U1_06]").check()
    assert not off("V1")
    assert "off" not in (page.locator("[data-item=U2_06]").get_attribute("class") or "")
    assert "off" in (page.locator("[data-item=U2_07]").get_attribute("class") or "")
    page.locator("input[name=V1][value='1']").check()
    assert not page.locator("[data-rule=K7]").is_visible()
    page.locator("input[name=V2][value='6']").check()
    assert page.locator("[data-rule=K7]").is_visible(), "not valuable, yet 20 % more competitive"
    page.locator("[data-column=U1_98]").check()
    assert not page.locator("[data-column=U1_06]").is_checked(), "an exclusive box clears the others"
    assert off("V1")
    page.locator("input[name=X1][value='1']").check()
    assert page.locator("tr:has(> td:text-is('exporter')) td").last.inner_text() == "0"
    assert not page.locator("#q-X2 .code").first.is_visible()
    page.locator("[data-toggle=codes]").check()
    assert page.locator("#q-X2 .code").first.is_visible()
    page.locator("[data-language=en]").click()
    assert not page.locator("#q-X1 h3 [lang=ja]").is_visible()
    page.locator("[data-toggle=hide]").check()
    assert not page.locator("#q-X2").is_visible()
    page.locator("#reset").click()
    page.locator("input[name=S1][value='2']").check()
    assert page.locator("#ended").is_visible()
    assert requests == [path.as_uri()]
    assert errors == []
    page.close()
