"""Writing files whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from surveykit.errors import PublishingError

__all__ = ["write_files"]


def write_files(contents: Mapping[Path, bytes]) -> tuple[Path, ...]:
    """Write files so that each is there whole or as it was before.

    All contents are first written to temporary files beside their targets; only when every one is on disk are they put
    in place.

    Raises
    ------
    PublishingError
        If a folder is missing or cannot be written; nothing half-written stays behind.
    """
    waiting: dict[Path, Path] = {}
    at = next(iter(contents), Path())
    try:
        for path, content in contents.items():
            at = path
            temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}")
            waiting[path] = temporary
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for path, temporary in waiting.items():
            at = path
            temporary.replace(path)
    except OSError as error:
        remedy = "Make the folder first." if not at.parent.is_dir() else "Check the path and its permissions."
        raise PublishingError(f"'{at}' cannot be written: {error.strerror or error}.", remedy=remedy) from None
    finally:
        for temporary in waiting.values():
            temporary.unlink(missing_ok=True)
    return tuple(contents)
