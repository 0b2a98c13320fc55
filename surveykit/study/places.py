"""Where a study may read and write: its own folder, and folders that its user names.

A study file may come from a stranger. Every path in it passes through :meth:`Places.file`, which refuses absolute
paths, network addresses, patterns, symbolic links and everything that leads out of the allowed folders.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from surveykit.errors import StudyError

__all__ = ["Places", "sha256_of"]

_PATTERN = frozenset(":*?[]{}$~|<>\0\n\r\\")


@dataclass(frozen=True)
class Places:
    """The folder of a study and the folders beside it that may be read.

    Parameters
    ----------
    folder
        Folder of the study file.
    roots
        Folders that the user allowed with ``--root``.
    """

    folder: Path
    roots: tuple[Path, ...] = ()

    @classmethod
    def of(cls, folder: str | Path, roots: Sequence[str | Path] = ()) -> Places:
        """Take the real folders behind the names that the user gave.

        Raises
        ------
        StudyError
            If one of them is not a folder.
        """
        found = []
        for name in (folder, *roots):
            path = Path(name)
            if not path.is_dir():
                raise StudyError(f"'{name}' is not a folder.", remedy="Name the folder that holds study.yaml.")
            found.append(path.resolve())
        return cls(found[0], tuple(found[1:]))

    def file(self, text: str, *, where: str = "") -> Path:
        """Find a file that the study names.

        Parameters
        ----------
        text
            Path relative to the study's folder, with ``/`` between its parts.
        where
            File and line that name it, for messages.

        Raises
        ------
        StudyError
            If the path leads out of the allowed folders or is no plain path.
        """
        refused = self._refusal(text)
        if refused:
            raise StudyError(f"Path '{_shown(text)}' {refused}.", where=where or None, remedy=self._remedy())
        path = Path(os.path.normpath(self.folder / text))
        base = self._base(path)
        if base is None:
            raise StudyError(
                f"Path '{_shown(text)}' leads out of the study's folder.", where=where or None, remedy=self._remedy()
            )
        here = base
        for part in path.relative_to(base).parts:
            here = here / part
            if here.is_symlink():
                raise StudyError(
                    f"Path '{_shown(text)}' passes through the symbolic link '{part}'.",
                    where=where or None,
                    remedy="Put the file itself there: a link could lead anywhere.",
                )
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            raise StudyError(f"'{_shown(text)}' is not a plain file.", where=where or None, remedy="Name a file.")
        return path

    def _base(self, path: Path) -> Path | None:
        """The allowed folder that holds a path, the innermost one."""
        holding = [base for base in (self.folder, *self.roots) if path.is_relative_to(base)]
        return max(holding, key=lambda base: len(base.parts), default=None)

    @staticmethod
    def _refusal(text: str) -> str:
        if not text.strip() or "://" in text or text.startswith("//"):
            return "is a network address or empty"
        if PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute() or PureWindowsPath(text).drive:
            return "is absolute"
        if _PATTERN & set(text):
            return "holds characters that are no part of a plain file name"
        return ""

    def _remedy(self) -> str:
        if self.roots:
            return "Keep files in the study's folder or below a folder given as --root."
        return "Keep files in the study's folder, or allow another one with --root FOLDER."

    def name(self, path: Path) -> str:
        """Name of a file that does not depend on where the folders lie."""
        base = self._base(path)
        if base is None or base == self.folder:
            return path.relative_to(self.folder).as_posix()
        return f"root:{path.relative_to(base).as_posix()}"


def _shown(text: str) -> str:
    return text.encode("unicode_escape").decode()[:120]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
