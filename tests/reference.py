"""Where the reference data live: ``shared/reference`` beside the checkout, or ``SURVEYKIT_REFERENCE``."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["REFERENCE"]


def _find() -> Path | None:
    named = os.environ.get("SURVEYKIT_REFERENCE")
    candidates = (
        [Path(named)] if named else [parent / "shared" / "reference" for parent in Path(__file__).resolve().parents]
    )
    return next((path for path in candidates if path.is_dir()), None)


REFERENCE: Path | None = _find()
