"""The SurveyJS export loads in the real library and shows exactly the questions that our routing asks."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from surveykit.instrument import read_instrument
from surveykit.instrument.columns import item_column
from surveykit.instrument.surveyjs import to_surveyjs
from tests.instrument.browsers import chromium
from tests.instrument.examples import FIELD_INSTRUMENTS
from tests.instrument.walks import form_answers, walks

NODE = Path(__file__).parent / "node"
ROWS = 60


@pytest.mark.node
@pytest.mark.parametrize("path", FIELD_INSTRUMENTS, ids=lambda path: path.stem)
def test_shows_what_routing_asks(path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not (NODE / "node_modules" / "survey-core").is_dir():
        pytest.skip("survey-core is not installed: npm ci --prefix tests/instrument/node")
    instrument = read_instrument(path)
    routed = walks(instrument, ROWS, seed=1)
    answers = [form_answers(instrument, routed, row) for row in range(ROWS)]
    request = json.dumps({"survey": to_surveyjs(instrument), "answers": answers})
    run = subprocess.run(
        ["node", "visible.cjs"], cwd=NODE, input=request, capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    visible = json.loads(run.stdout)
    for row in range(ROWS):
        expected: list[str] = []
        for question in instrument.questions:
            if question.type == "hidden" or not routed.asked.iloc[row][question.id]:
                continue
            if question.type != "loop":
                expected.append(question.id)
                continue
            items = instrument.items(question)
            over = instrument.columns.choices(question.over or "")
            chosen = [column.option for column in over if routed.frame.iloc[row][column.name] == 1]
            expected += [item_column(question, item, items) for item in items if not over or item.code in chosen]
        assert visible[row] == expected, answers[row]


PAGE = """<!doctype html><html><head><meta charset="utf-8">
<link rel="stylesheet" href="{base}/survey-core/survey-core.css">
<script src="{base}/survey-core/survey.core.js"></script><script src="{base}/survey-js-ui/survey-js-ui.js"></script>
</head><body><div id="survey"></div><script>
const model = new Survey.Model({survey});
model.questionsOnPageMode = "singlePage";
model.render(document.getElementById("survey"));
</script></body></html>"""


@pytest.mark.node
@pytest.mark.browser
def test_every_instrument_renders_in_a_browser(tmp_path: Path) -> None:
    if not (NODE / "node_modules" / "survey-js-ui").is_dir():
        pytest.skip("survey-js-ui is not installed: npm ci --prefix tests/instrument/node")
    with chromium() as browser:
        for path in FIELD_INSTRUMENTS:
            instrument = read_instrument(path)
            survey = json.dumps(to_surveyjs(instrument), ensure_ascii=False).replace("<", "\\u003c")
            page_file = tmp_path / f"{path.stem}.html"
            page_file.write_text(
                PAGE.replace("{base}", (NODE / "node_modules").as_uri()).replace("{survey}", survey), "utf-8"
            )
            page = browser.new_page(viewport={"width": 1100, "height": 1400})
            errors: list[str] = []
            page.on("pageerror", lambda error, seen=errors: seen.append(str(error)))
            page.goto(page_file.as_uri())
            page.wait_for_selector(".sd-question")
            assert instrument.title["ja"] in page.inner_text("body")
            assert page.locator(".sd-question").count() >= 3
            page.screenshot(path=str(tmp_path / f"{path.stem}.png"))
            assert errors == []
            page.close()


def test_html_and_braces_stay_text() -> None:
    instrument = read_instrument(FIELD_INSTRUMENTS[0])
    page = json.dumps(to_surveyjs(instrument), ensure_ascii=False)
    assert "{item}" not in page
