"""What was made before, kept under the hash of everything it depends on; outside the study, so no stranger fills it."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import platform
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import surveykit.errors
from surveykit.publishing.writing import write_files

__all__ = ["Made", "Store", "key_of", "library_versions", "source_hash"]

_LIBRARIES = ("duckdb", "formulaic", "matplotlib", "numpy", "pandas", "pyarrow", "scipy", "statsmodels", "xlsxwriter")
_KEPT_DAYS = 30
_DATE = (1980, 1, 1, 0, 0, 0)


@functools.cache
def source_hash() -> str:
    """SHA-256 over the package's own files, names and contents."""
    root = Path(surveykit.errors.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that numbers and pictures come from."""
    return {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}


def key_of(parts: Any) -> str:
    """SHA-256 of plain data, equal for equal data.

    Examples
    --------
    >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class Made:
    """One finished output.

    Parameters
    ----------
    files
        Content by name below the study's output folder.
    facts
        What the page, the manifest and named numbers need of it; plain data.
    """

    files: Mapping[str, bytes]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Write all in one archive; equal outputs give equal bytes."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            facts = json.dumps(self.facts, ensure_ascii=False)
            archive.writestr(zipfile.ZipInfo("facts.json", _DATE), facts)
            for name, content in self.files.items():
                archive.writestr(zipfile.ZipInfo(f"files/{name}", _DATE), content)
        return target.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Made:
        """Read what :meth:`to_bytes` wrote."""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            facts = json.loads(archive.read("facts.json"))
            names = [name for name in archive.namelist() if name.startswith("files/")]
            return cls({name.removeprefix("files/"): archive.read(name) for name in names}, facts)


@dataclass(frozen=True)
class Store:
    """Folder of finished outputs.

    Parameters
    ----------
    folder
        The user's cache folder by default.
    """

    folder: Path

    @classmethod
    def of_user(cls) -> Store:
        """Use ``$SURVEYKIT_CACHE``, or surveykit's folder in the user's cache folder."""
        named = os.environ.get("SURVEYKIT_CACHE")
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return cls(Path(named) if named else Path(base) / "surveykit" / "studies")

    def get(self, key: str) -> Made | None:
        """Return what was kept under a key; None where there is nothing, or nothing whole."""
        path = self.folder / f"{key}.zip"
        try:
            content = path.read_bytes()
            made = Made.from_bytes(content)
            os.utime(path)
        except (OSError, zipfile.BadZipFile, KeyError, ValueError):
            return None
        return made

    def put(self, key: str, made: Made) -> None:
        """Keep an output under its key."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_files({self.folder / f"{key}.zip": made.to_bytes()})

    def prune(self) -> None:
        """Remove what nobody asked for in a month."""
        if not self.folder.is_dir():
            return
        oldest = time.time() - _KEPT_DAYS * 86_400
        for path in self.folder.glob("*.zip"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
