"""Fixtures that every room's tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pytest

from tests.engines import ENGINES, open_as
from tests.reference import REFERENCE

if TYPE_CHECKING:
    from surveykit.survey import Survey

EngineData = Callable[[pd.DataFrame], tuple[Any, str]]


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of the reference data; the test is skipped where they are absent."""
    if REFERENCE is None:
        pytest.skip("the reference data (shared/reference) are not beside this checkout")
    return REFERENCE


@pytest.fixture(params=ENGINES)
def engine_data(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineData]:
    """Turn a pandas frame into what an engine opens: ``(data, engine)`` for ``Survey(data, engine=engine)``.

    A test that asks for it, or for `make_survey`, runs on every engine of :data:`tests.engines.ENGINES`.
    """
    connection = duckdb.connect()
    made: list[int] = []

    def give(frame: pd.DataFrame) -> tuple[Any, str]:
        made.append(len(frame))
        return open_as(request.param, frame, tmp_path / f"rows {len(made)}", connection)

    yield give
    connection.close()


@pytest.fixture
def make_survey(engine_data: EngineData) -> Callable[..., Survey]:
    """``Survey`` of a pandas frame on each engine in turn; further arguments are those of Survey."""

    # Imported here: the tests of rooms that a survey is not made of need not wait for it.
    from surveykit.survey import Survey  # noqa: PLC0415

    def make(frame: pd.DataFrame, *arguments: Any, **options: Any) -> Survey:
        data, engine = engine_data(frame)
        return Survey(data, *arguments, engine=engine, **options)

    return make
