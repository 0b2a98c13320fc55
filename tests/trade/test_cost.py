"""One country's question costs a fraction of the whole inverse, in time and in memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

from surveykit.trade import InterCountryTable, origin_of_value_added
from tests.trade.layouts import specimen
from tests.trade.test_activities import codes
from tests.trade.test_value_added import as_table


def made(regions: int) -> InterCountryTable:
    s = specimen(
        [f"R{k:02d}" for k in range(regions)], codes("icio2023"), ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")
    )
    return as_table(s)


def question(table: InterCountryTable) -> None:
    origin_of_value_added(table, country="R03", industries="C", origin_industry="J")


def test_memory_beyond_the_table_stays_below_two_more_of_it() -> None:
    table = made(20)
    size = table.intermediate.nbytes + table.final_demand.nbytes
    tracemalloc.start()
    question(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * size  # with the table itself: below 2.5, the promise is 3


@pytest.mark.slow
def test_an_oecd_sized_question_takes_less_than_half_of_an_inversion() -> None:
    table = made(81)

    def invert() -> None:
        np.linalg.inv(np.eye(len(table.output)) - table.intermediate / table.output)

    def best(call: Callable[[], None]) -> float:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        return min(times)

    asked = best(lambda: question(table))
    assert asked < 0.5 * best(invert)
