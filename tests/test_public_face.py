"""The public face resolves to what it lists, loads nothing before it is used, and its stub says the same."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

import surveykit
from tests.public_face import STUB, stub_text


@pytest.mark.parametrize("name", surveykit._FACE)
def test_every_public_name_resolves_to_a_documented_thing_of_its_room(name: str) -> None:
    value = getattr(surveykit, name)
    module = importlib.import_module(f"surveykit.{surveykit._FACE[name]}")
    assert value is getattr(module, name)
    assert not inspect.ismodule(value), f"'{name}' is a module: list it in _MODULES"
    if inspect.isclass(value) or inspect.isroutine(value):
        assert (value.__doc__ or "").strip(), f"{name} has no docstring"
        assert name in module.__all__, f"{name} is public in surveykit but not in {module.__name__}.__all__"


def test_every_public_module_resolves_and_says_what_it_is() -> None:
    for name in surveykit._MODULES:
        module = getattr(surveykit, name)
        assert inspect.ismodule(module), f"'{name}' is no module: list it in _FACE"
        assert (module.__doc__ or "").strip(), f"{module.__name__} has no docstring"


def test_all_and_dir_list_the_face() -> None:
    assert surveykit.__all__ == ["__version__", *surveykit._FACE, *surveykit._MODULES]
    assert len(set(surveykit.__all__)) == len(surveykit.__all__)
    assert set(surveykit.__all__) <= set(dir(surveykit))
    assert not set(surveykit._FACE) & set(surveykit._MODULES)


def test_the_stub_is_the_list() -> None:
    expected = stub_text(surveykit._FACE, surveykit._MODULES)
    assert STUB.read_text(encoding="utf-8") == expected, "the stub is old: run `make format`"


def test_the_stub_imports_whole_modules_under_their_public_names() -> None:
    text = stub_text({"mean": "estimation.descriptive"}, {"trade": "trade", "figure": "publishing.figures"})
    assert "from surveykit.estimation.descriptive import mean as mean\n" in text
    assert "from surveykit import trade as trade\n" in text
    assert "from surveykit.publishing import figures as figure\n" in text


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'surveykit' has no attribute 'maen'"):
        surveykit.maen  # type: ignore[attr-defined]  # noqa: B018


def test_a_verb_may_have_the_name_of_a_room() -> None:
    """Importing the room must not put the module in the place of the verb."""
    script = (
        "import sys, surveykit\n"
        "surveykit._FACE['errors'] = 'errors'\n"
        "import surveykit.errors\n"
        "assert 'errors' not in vars(surveykit)\n"
        "from surveykit.errors import did_you_mean\n"
        "import surveykit.expressions\n"
        "assert vars(surveykit)['expressions'] is sys.modules['surveykit.expressions']\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
