"""The house rules hold in the package, and each check can fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import surveykit
from tests import architecture
from tests.architecture import CHECKS, Module, read_package

PACKAGE = Path(surveykit.__file__).parent
FINE = '"""A room."""\n__all__: list[str] = []\n'


@pytest.fixture(scope="module")
def package() -> dict[str, Module]:
    return read_package(PACKAGE)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_package_keeps_the_rule(
    check: Callable[[dict[str, Module]], list[str]], package: dict[str, Module]
) -> None:
    found = check(package)
    assert not found, "\n".join(found)


def _package(folder: Path, files: dict[str, str]) -> dict[str, Module]:
    root = folder / "surveykit"
    for name, text in {"__init__.py": "", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_package(root)


LONG = "def long() -> None:\n" + '    """Doc.\n\n' + "    words\n" * 80 + '    """\n' + "    x = 1\n" * 60

BROKEN: list[tuple[str, dict[str, str], str]] = [
    (
        "import_order",
        {"errors.py": FINE + "from surveykit.survey import Survey\n"},
        "'errors' imports 'survey', which stands below",
    ),
    ("import_order", {"engine/numpy.py": "import surveykit.cli\n"}, "'engine' imports 'cli'"),
    ("import_order", {"cli.py": "from surveykit import mean\n"}, "imports from the public face"),
    ("import_order", {"cli.py": "import surveykit\n"}, "imports from the public face"),
    ("import_order", {"plots.py": FINE}, "room 'plots' is not in the design"),
    ("import_order", {"cli.py": "from surveykit.plots import bar\n"}, "a room that is not in the design"),
    ("branches_that_meet", {"trade/origin.py": "from surveykit.design import Design\n"}, "'trade' imports 'design'"),
    (
        "branches_that_meet",
        {"estimation/industry.py": "from surveykit import trade\n", "trade.py": FINE},
        "'estimation' imports 'trade'",
    ),
    (
        "cycles",
        {"engine/a.py": "from surveykit.engine.b import x\n", "engine/b.py": "from surveykit.engine.a import y\n"},
        "surveykit.engine.a -> surveykit.engine.b",
    ),
    (
        "cycles",
        {"engine/__init__.py": "from surveykit.engine.a import y\n", "engine/a.py": "from surveykit.engine import z\n"},
        "import cycle",
    ),
    (
        "hidden_imports",
        {"cli.py": "def main():\n    from surveykit.study import build\n"},
        "imports 'surveykit.study' inside",
    ),
    (
        "hidden_imports",
        {"cli.py": "def main():\n    import pandas as pd\n"},
        "imports 'pandas' inside the function 'main'",
    ),
    ("large_files", {"cli.py": "x = 1\n" * 451}, "451 lines, limit 450"),
    ("long_functions", {"cli.py": LONG}, "'long' has 61 lines, limit 60"),
    ("parameters", {"cli.py": "class A:\n    def f(self, a, b, c, d, e, f, g, *, h): ...\n"}, "'f' takes 7 positional"),
    ("module_exports", {"cli.py": "def main(): ...\n"}, "has no __all__"),
    ("module_exports", {"cli.py": "__all__ = []\ndef main(): ...\n"}, "defines ['main']"),
    ("module_exports", {"cli.py": "from os import sep\n__all__ = ['sep']\n"}, "lists ['sep']"),
    ("code_from_data", {"cli.py": "eval('1')\n"}, "calls eval()"),
    ("code_from_data", {"cli.py": "frame.eval('a + b')\n"}, "calls .eval()"),
    ("vague_names", {"engine/utils.py": FINE}, "'utils' says nothing"),
    ("vague_names", {"engine/sums_old.py": FINE}, "'sums_old' says nothing"),
]


@pytest.mark.parametrize(("check", "files", "message"), BROKEN)
def test_the_check_finds_what_breaks_the_rule(check: str, files: dict[str, str], message: str, tmp_path: Path) -> None:
    found = getattr(architecture, check)(_package(tmp_path, files))
    assert len(found) == 1
    assert message in found[0]


def test_every_check_is_shown_to_fail() -> None:
    assert {check for check, _, _ in BROKEN} == {check.__name__ for check in CHECKS}


def test_what_keeps_the_rules_passes(tmp_path: Path) -> None:
    fine = _package(
        tmp_path,
        {
            "errors.py": "__all__ = ['Wrong']\nclass Wrong(Exception): ...\n",
            "engine/__init__.py": "from surveykit.engine.sums import add\n__all__ = ['add']\n",
            "engine/sums.py": "from surveykit.errors import Wrong\n__all__ = ['add']\n_x = 1\ndef add(a, *, b): ...\n",
            "publishing/office.py": "__all__ = ['write']\ndef write() -> None:\n    import docx\n",
        },
    )
    assert [line for check in CHECKS for line in check(fine)] == []


def test_the_budget_report_counts_code_without_docstring(tmp_path: Path) -> None:
    package = _package(tmp_path, {"cli.py": LONG.replace("    x = 1\n" * 60, "    x = 1\n" * 40)})
    assert architecture.over_budget(package) == [f"{tmp_path}/surveykit/cli.py:1: 'long' has 41 lines, limit 40"]
