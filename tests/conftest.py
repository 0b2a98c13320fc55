"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reference import REFERENCE


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of the reference data; the test is skipped where they are absent."""
    if REFERENCE is None:
        pytest.skip("the reference data (shared/reference) are not beside this checkout")
    return REFERENCE
