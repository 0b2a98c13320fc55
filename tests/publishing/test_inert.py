"""Labels, wordings and notes of strangers come out inert in every format."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from openpyxl import load_workbook

from surveykit.publishing import render
from surveykit.publishing.inert import clean, escape_html, escape_latex, escape_markdown, escape_spreadsheet
from tests.publishing import records

OPTIONS = {
    "title": records.HOSTILE[0],
    "number": records.HOSTILE[2],
    "subtitle": records.HOSTILE[7],
    "show": "estimate",
}
TEXT = ("terminal", "html", "notebook", "latex", "markdown", "csv")


class _Reader(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("kind", TEXT)
def test_no_control_characters_leave(kind: str) -> None:
    made = render(records.hostile_table(), kind, **OPTIONS)  # type: ignore[call-overload]
    hidden = [one for one in made if unicodedata.category(one) in ("Cc", "Cf", "Cs") and one != "\n"]
    assert hidden == []


def test_html_holds_no_tag_of_a_label() -> None:
    reader = _Reader()
    reader.feed(render(records.hostile_table(), "html", **OPTIONS))  # type: ignore[call-overload]
    assert reader.tags <= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "sup", "p", "strong"}
    assert reader.attributes <= {"class", "lang", "scope", "colspan", "title", "data-value"}
    assert "<script>alert('x')</script>" in reader.text


def test_latex_holds_no_command_of_a_label() -> None:
    made = render(records.hostile_table(), "latex", **OPTIONS)  # type: ignore[call-overload]
    assert not re.search(r"\\(input|write|frac)", made)
    rows = [line for line in made.splitlines() if line.endswith(r"\\") and "multicolumn" not in line]
    assert len({len(re.findall(r"(?<!\\)&", line)) for line in rows}) == 1
    assert not any(line.lstrip().startswith(("[", "*")) for line in made.splitlines())


def test_markdown_becomes_text_only() -> None:
    made = render(records.hostile_table(), "markdown", **OPTIONS)  # type: ignore[call-overload]
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(made)
    reader = _Reader()
    reader.feed(page)
    assert reader.tags <= {"p", "table", "thead", "tbody", "tr", "th", "td", "strong", "em"}
    assert "[link](javascript:alert(1))" in reader.text


def test_spreadsheets_hold_no_formula() -> None:
    cells = [cell for row in csv.reader(io.StringIO(render(records.hostile_table(), "csv", **OPTIONS))) for cell in row]  # type: ignore[call-overload]
    texts = [cell for cell in cells if not re.fullmatch(r"-?[\d.e-]+", cell)]
    assert not [cell for cell in texts if re.match(r"\s*[=+@-]", cell)]
    made = render(records.hostile_table(), "xlsx", **OPTIONS)  # type: ignore[call-overload]
    book = load_workbook(io.BytesIO(made))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if isinstance(cell.value, str):
                    assert not re.match(r"\s*[=+@-]", cell.value) or cell.value == "-"
                if cell.hyperlink:
                    assert cell.hyperlink.target is None


@given(st.text(max_size=30))
def test_escapes_keep_what_can_be_shown(text: str) -> None:
    shown = clean(text)
    assert clean(shown) == shown
    reader = _Reader()
    reader.feed(f'<p title="{escape_html(text)}">{escape_html(text)}</p>')
    assert reader.tags == {"p"}
    assert not escape_spreadsheet(text).lstrip().startswith(("=", "+", "-", "@"))
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(f"x {escape_markdown(text)}")
    inner = _Reader()
    inner.feed(page)
    assert inner.tags == {"p"}
    assert inner.text.split() == ["x", *shown.split()]


@given(st.text(alphabet="\\{}$&#%_~^<>|\"'`[]*-ab ", max_size=20))
def test_latex_has_balanced_groups_and_no_bare_special(text: str) -> None:
    made = escape_latex(text)
    bare = re.sub(r"\\(text[a-z]+|[{}$&#%_])", "", made)
    assert not set(bare) & set("\\$&#%_~^")
    assert bare.count("{") == bare.count("}")
