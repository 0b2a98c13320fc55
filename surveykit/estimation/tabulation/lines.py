"""Lines of a banner table in all its columns, with everything that a cell of a table carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from surveykit.engine import FloatArray, IntArray, Request
from surveykit.estimation.crosstabs.cells import share_intervals
from surveykit.estimation.proportion_intervals import IntervalMethod
from surveykit.estimation.row_scores import ScoreSums
from surveykit.estimation.tabulation.asked import Asked
from surveykit.estimation.tabulation.comparisons import mark_columns, pairwise_tests
from surveykit.estimation.tabulation.freedom import Freedom
from surveykit.estimation.tabulation.rows import BannerRows
from surveykit.estimation.tabulation.sums import add_terms
from surveykit.estimation.tabulation.variances import (
    Tabulated,
    group_covariance,
    log_odds_errors,
    ratios,
    side_sums,
)
from surveykit.results import Estimate, Heading
from surveykit.results.column_comparisons import Adjustment
from surveykit.results.estimate import t_quantile

__all__ = ["Choices", "Lines", "Tabulator"]


@dataclass(frozen=True)
class Choices:
    """How lines are judged.

    Parameters
    ----------
    level, method
        Of the intervals.
    adjust, levels
        Of the comparisons.
    minimum_base
        Columns whose unweighted base is smaller are not compared.
    compare_total
        Whether columns are compared with the total too.
    """

    level: float = 0.95
    method: IntervalMethod = "logit"
    adjust: Adjustment = "holm"
    levels: tuple[float, float] = (0.05, 0.10)
    minimum_base: int = 30
    compare_total: bool = False


@dataclass(frozen=True)
class Lines:
    """Lines of one table: headings ``(K,)`` and arrays ``(K, C)`` by their name in a table."""

    headings: tuple[Heading, ...]
    arrays: Mapping[str, npt.NDArray[Any]]
    missing: int

    def taking(self, order: Sequence[int]) -> Lines:
        """Return some of the lines, in this order."""
        places = list(order)
        return replace(
            self,
            headings=tuple(self.headings[place] for place in places),
            arrays={name: array[places] for name, array in self.arrays.items()},
        )


@dataclass(frozen=True)
class _Tested:
    """What is compared: columns ``(c,)`` of a group, their arrays ``(K, c)`` and covariance ``(K, c, c)``."""

    covariance: FloatArray
    estimate: FloatArray
    df: FloatArray
    base_n: npt.NDArray[np.int64]
    columns: IntArray


class Tabulator:
    """Makes the lines of one question after the other from rows that were read once.

    Parameters
    ----------
    rows
        The rows.
    choices
        How to judge.
    names
        ``(C,)`` letters of the columns.
    """

    def __init__(self, rows: BannerRows, choices: Choices, names: Sequence[str]) -> None:
        self.rows = rows
        self.choices = choices
        self.names = names
        self._sides: ScoreSums | None = side_sums(rows)
        self._freedom = Freedom(rows)
        self._domain = int(np.count_nonzero(rows.weight))

    def lines(self, number: int, question: Asked) -> Lines:
        """Tabulate a question.

        Parameters
        ----------
        number
            Its place among those whose rows were read.
        question
            What to make.
        """
        measures = question.measures
        bases = sorted({one.counted for one in measures})
        sums = add_terms(self.rows, number, question, bases)
        found = ratios(sums, measures, bases)
        df = self._freedom.of(number, question, sums, bases)[found.place]
        counted = np.array([one.counted for one in measures])
        base_n = sums.rows[counted].round().astype(np.int64)
        indicator = np.array([[one.indicator or one.share] for one in measures])
        n = np.where(indicator, sums.rows[found.top], base_n).round().astype(np.int64)
        weighted = np.where(indicator, sums.total[found.top], sums.total[counted])
        with np.errstate(divide="ignore", invalid="ignore"):
            effective = sums.total[counted] ** 2 / sums.squares[found.place]
        done = Tabulated(sums, found, lambda: question.terms(self.rows.coded[number]))
        se, letters = self._compared(done, df, base_n)
        flags = np.where(base_n == 0, "empty base", np.where(n == 0, "empty cell", ""))
        shift = np.array([[one.shift] for one in measures])
        estimate = np.where(base_n > 0, found.estimate + shift, np.nan)
        se = np.where(base_n > 0, se, np.nan)
        arrays: dict[str, npt.NDArray[Any]] = {"estimate": estimate, "se": se, "df": df, "flags": flags}
        arrays |= {"n": n, "weighted_n": weighted, "base_n": base_n, "base_weighted_n": sums.total[counted]}
        arrays |= {"effective_n": effective, "letters": letters.astype(np.str_)}
        arrays["low"], arrays["high"] = self._intervals(question, arrays, log_odds_errors(self.rows, sums, found))
        return Lines(tuple(one.heading for one in measures), arrays, self._domain - round(float(sums.rows[0].max())))

    def _compared(
        self, done: Tabulated, df: FloatArray, base_n: npt.NDArray[np.int64]
    ) -> tuple[FloatArray, npt.NDArray[np.object_]]:
        """Standard errors ``(K, C)`` and letters ``(K, C)``, group by group."""
        grid, choices, found = self.rows.grid, self.choices, done.found
        se = np.full(found.estimate.shape, np.nan)
        letters = np.full(found.estimate.shape, "", dtype=object)
        for place, (group, start) in enumerate(zip(grid.groups, grid.starts, strict=False)):
            own = np.arange(start, start + len(group.headings))
            beside = choices.compare_total and place > 0
            columns = np.append(0, own) if beside else own
            matrix = group_covariance(self.rows, done, columns, 0 if beside else place, self._sides)
            with np.errstate(invalid="ignore"):
                se[:, own] = np.sqrt(np.maximum(np.diagonal(matrix, axis1=1, axis2=2), 0.0))[:, -len(own) :]
            tested = _Tested(matrix, found.estimate[:, columns], df[:, columns], base_n[:, columns], columns)
            for inside in group.compared:
                chosen = [one + (1 if beside else 0) for one in inside]
                self._mark(letters, tested, list(combinations(chosen, 2)))
                self._mark(letters, tested, [(0, one) for one in chosen] if beside else [])
        return se, letters

    def _mark(self, letters: npt.NDArray[np.object_], tested: _Tested, pairs: Sequence[tuple[int, int]]) -> None:
        """Add the letters of one set of pairs, but for columns that are too small."""
        choices = self.choices
        large = np.all(tested.base_n >= choices.minimum_base, axis=0)
        kept = [pair for pair in pairs if large[pair[0]] and large[pair[1]]]
        if not kept:
            return
        tests = pairwise_tests(tested.estimate, tested.covariance, tested.df, kept)
        names = [self.names[place] for place in tested.columns.tolist()]
        marks = mark_columns(tests, kept, names, adjust=choices.adjust, levels=choices.levels)
        between = "," if any(len(name) > 1 for name in names) else ""
        own = letters[:, tested.columns]
        joined = np.where((own != "") & (marks != ""), between, "")
        letters[:, tested.columns] = own + joined + marks

    def _intervals(
        self, question: Asked, arrays: Mapping[str, npt.NDArray[Any]], odds: FloatArray | None
    ) -> tuple[FloatArray, FloatArray]:
        """Ends of the intervals ``(K, C)``: of shares by their method, of means with t."""
        choices = self.choices
        half = t_quantile((1 + choices.level) / 2, arrays["df"]) * arrays["se"]
        low, high = arrays["estimate"] - half, arrays["estimate"] + half
        shares = np.array([one.share for one in question.measures])
        if not shares.any():
            return low, high
        flat = {name: arrays[name][shares].ravel() for name in arrays}
        made = Estimate(
            statistic="proportion",
            names=tuple(map(str, range(flat["estimate"].size))),
            labels={},
            estimate=flat["estimate"],
            covariance=np.diag(flat["se"] ** 2),
            df=flat["df"],
            n=flat["base_n"],
            weighted_n=flat["base_weighted_n"],
            level=choices.level,
        )
        ends = share_intervals(
            self.rows.survey,
            Request((None,)),
            made,
            effective=flat["effective_n"],
            odds=None if odds is None else odds[shares].ravel(),
            method=choices.method,
        )
        low[shares], high[shares] = (end.reshape(-1, low.shape[1]) for end in ends)
        return low, high
