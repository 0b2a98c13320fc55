"""The code lists that ship inside the package: read once, as plain rows of text."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any

import yaml

__all__ = ["read_rows", "read_yaml"]


@cache
def read_rows(name: str) -> tuple[dict[str, str], ...]:
    """Rows of a shipped CSV file, every cell as text.

    Parameters
    ----------
    name
        File name inside ``surveykit/classifications/data``.

    Examples
    --------
    >>> read_rows("jsic.csv")[6]["name"]
    'Information and communications'
    """
    text = files("surveykit.classifications").joinpath("data", name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(StringIO(text)))


@cache
def read_yaml(name: str) -> Any:
    """Content of a shipped YAML file, read with the safe loader."""
    text = files("surveykit.classifications").joinpath("data", name).read_text(encoding="utf-8")
    return yaml.safe_load(text)
