"""The stub of the public face, written from the list in ``surveykit/__init__.py``.

``python -m tests.public_face`` (part of ``make format``) writes it; a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import surveykit

__all__ = ["STUB", "stub_text"]

STUB = Path(surveykit.__file__).with_suffix(".pyi")


def stub_text(face: Mapping[str, str], modules: Mapping[str, str]) -> str:
    """Write the face as the imports that it stands for, so that editors and type checkers see every name."""
    lines = ["# Written by `make format` from the list in __init__.py: change it there.", ""]
    lines += sorted(
        [f"from surveykit.{module} import {name} as {name}" for name, module in face.items()]
        + [_module_import(name, path) for name, path in modules.items()]
    )
    names = ["__version__", *face, *modules]
    lines += ["", "__version__: str", "_FACE: dict[str, str]", "_MODULES: dict[str, str]"]
    return "\n".join([*lines, "__all__ = [", *(f'    "{name}",' for name in names), "]", ""])


def _module_import(name: str, path: str) -> str:
    package, _, module = f"surveykit.{path}".rpartition(".")
    return f"from {package} import {module} as {name}"


if __name__ == "__main__":
    STUB.write_text(stub_text(surveykit._FACE, surveykit._MODULES), encoding="utf-8")
