"""From a record to what a figure draws: categories by series, in the unit that is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.errors import PublishingError, did_you_mean, listing
from surveykit.publishing.figure.style import FigureStyle
from surveykit.publishing.footers import unit_text
from surveykit.publishing.inert import clean
from surveykit.publishing.numbers import bounded, decimals_for
from surveykit.publishing.presenting import heading_text
from surveykit.publishing.presenting_estimates import is_model, is_share
from surveykit.publishing.reliability import is_published, standing
from surveykit.results import Estimate, Heading, Table

__all__ = ["FloatArray", "Grid", "Side", "chosen_series", "decimals_of", "grid_of", "merged"]

Side = Literal["rows", "columns"]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grid:
    """What is drawn: values ``(C, S)`` of categories by series, shares in percent.

    Parameters
    ----------
    categories, series
        Labels.
    groups
        ``(C,)`` heading above each category, as the layer it belongs to; empty without.
    values, low, high
        ``(C, S)``; NaN where there is none or its base is too small.
    n
        ``(C, S)`` unweighted bases.
    standing
        ``(C, S)`` ``""``, ``"flagged"``, ``"suppressed"``, ``"empty"``; ``"absent"`` where a series has no
        such category.
    percent
        Whether values are percentages.
    decimals
        Decimals of printed values.
    unit
        What the values are.
    totals
        ``(C,)`` which categories are totals.
    category_name, series_name
        Variables.
    sampled
        Whether there are bases and intervals.
    level
        Level of the intervals.
    """

    categories: tuple[str, ...]
    series: tuple[str, ...]
    groups: tuple[str, ...]
    values: FloatArray
    low: FloatArray
    high: FloatArray
    n: npt.NDArray[np.int64]
    standing: npt.NDArray[np.str_]
    percent: bool
    decimals: int
    unit: str
    totals: tuple[bool, ...]
    category_name: str
    series_name: str
    sampled: bool
    level: float

    @property
    def suffix(self) -> str:
        """Unit after a number."""
        return " %" if self.percent else ""

    def text(self, category: int, series: int, *, suffix: bool = False) -> str:
        """Print one value with its mark; ``..`` where its base is too small."""
        status = str(self.standing[category, series])
        if status in ("suppressed", "absent"):
            return ".." if status == "suppressed" else ""
        value = float(self.values[category, series])
        if np.isnan(value):
            return "–"
        shown = bounded(value, self.decimals).replace("-", "\u2212")
        return shown + (self.suffix if suffix else "") + ("*" if status == "flagged" else "")

    @property
    def bases(self) -> tuple[str, ...]:
        """Unweighted base of each category, where its series share one; empty texts without bases."""
        if not self.sampled:
            return ("",) * len(self.categories)
        return tuple(f"{int(line[0]):,}" if (line == line[0]).all() else "" for line in self.n)

    def take(self, categories: Sequence[int] | None = None, series: Sequence[int] | None = None) -> Grid:
        """Keep some categories and series, in the order given."""
        rows = list(range(len(self.categories))) if categories is None else list(categories)
        columns = list(range(len(self.series))) if series is None else list(series)
        inner = np.ix_(rows, columns)
        arrays: dict[str, Any] = {
            name: getattr(self, name)[inner] for name in ("values", "low", "high", "n", "standing")
        }
        return replace(
            self,
            categories=tuple(self.categories[row] for row in rows),
            groups=tuple(self.groups[row] for row in rows),
            totals=tuple(self.totals[row] for row in rows),
            series=tuple(self.series[column] for column in columns),
            **arrays,
        )

    def frame(self) -> pd.DataFrame:
        """Drawn numbers, one row a value, in the order of the drawing."""
        rows, columns = (place.ravel() for place in np.indices(self.values.shape))
        frame = pd.DataFrame({"group": [self.groups[row] for row in rows]}) if any(self.groups) else pd.DataFrame()
        frame["category"] = [self.categories[row] for row in rows]
        frame["series"] = [self.series[column] for column in columns]
        frame["value"] = self.values.ravel()
        if self.sampled:
            frame["low"], frame["high"] = self.low.ravel(), self.high.ravel()
            frame["n"] = self.n.ravel()
        frame["standing"] = self.standing.ravel()
        frame["unit"] = "%" if self.percent else self.unit
        return frame


def grid_of(record: Table | Estimate, style: FigureStyle, *, bars: Side | None = None, whole: bool = False) -> Grid:
    """Arrange a record as categories by series.

    Parameters
    ----------
    record
        Table or estimate.
    style
        Rules for small bases, language, decimals.
    bars
        Which side of a table gives the categories; by its percentages when None: the side that they are percentages
        of, else its rows.
    whole
        Whether the series must be parts of a whole: totals among the series are left out in any case.
    """
    if isinstance(record, Table):
        return _table_grid(record, style, bars)
    if isinstance(record, Estimate):
        if bars is not None:
            raise PublishingError("An estimate has no rows and columns.", remedy="Leave bars= out.")
        return _estimate_grid(record, style, whole)
    raise PublishingError(
        f"A {type(record).__name__} cannot be drawn.",
        remedy="Give a Table or an Estimate; wrap published numbers by sk.published().",
    )


def _side(table: Table, bars: Side | None) -> Side:
    if bars not in ("rows", "columns", None):
        raise PublishingError(f"bars={bars!r} is not known.", remedy="Choose 'rows' or 'columns'.")
    if bars is not None:
        return bars
    return "columns" if table.statistic == "share of column" and len(table.columns) > 1 else "rows"


def _table_grid(table: Table, style: FigureStyle, bars: Side | None) -> Grid:
    by_columns = _side(table, bars) == "columns"
    status = standing(table, style.minimum_base, style.flag_base)
    percent = table.unit in ("share", "%")
    factor = 100.0 if table.unit == "share" else 1.0
    across, along = (table.columns, table.rows) if by_columns else (table.rows, table.columns)

    def arranged(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        turned = array.transpose(0, 2, 1) if by_columns else array
        return turned.reshape(-1, len(along))

    hidden = np.isin(arranged(status), ("suppressed", "empty"))
    drawn = {
        name: np.where(hidden, np.nan, factor * arranged(getattr(table, name))) for name in ("estimate", "low", "high")
    }
    labels = tuple(clean(heading_text(one, style.lang)) for one in across)
    single = len(along) == 1 and along[0].kind == "total" and not along[0].variable
    layers = [clean(heading_text(one, style.lang)) if table.layered else "" for one in table.layers]
    grid = Grid(
        categories=labels * len(layers),
        series=("",) if single else tuple(clean(heading_text(one, style.lang)) for one in along),
        groups=tuple(layer for layer in layers for _ in labels),
        values=drawn["estimate"],
        low=drawn["low"],
        high=drawn["high"],
        n=arranged(table.base_n),
        standing=arranged(status),
        percent=percent,
        decimals=decimals_of(drawn["estimate"], percent, table.unit, style),
        unit=unit_text(table, style.lang),
        totals=tuple(one.kind == "total" for _ in layers for one in across),
        category_name=across[0].variable,
        series_name=along[0].variable,
        sampled=not is_published(table),
        level=table.level,
    )
    return _without_totals(grid, table, across, along, by_columns)


def _without_totals(
    grid: Grid, table: Table, across: Sequence[Heading], along: Sequence[Heading], by_columns: bool
) -> Grid:
    """Leave out totals that are sums of what is drawn; keep the total that stands beside its groups."""
    series = [place for place, one in enumerate(along) if one.kind != "total"] or [0]
    fixed = "share of row" if by_columns else "share of column"
    drop = table.unit == "count" or table.statistic in (fixed, "share of table") or len(table.columns) == 1
    categories = [place for place, total in enumerate(grid.totals) if not (total and drop and len(across) > 1)]
    return grid.take(categories, series)


def decimals_of(values: FloatArray, percent: bool, unit: str, style: FigureStyle) -> int:
    """Decimals of printed values: those chosen, none for percentages, else by size."""
    if style.decimals is not None:
        return style.decimals
    return 0 if percent else decimals_for(values, unit)


def _estimate_grid(estimate: Estimate, style: FigureStyle, whole: bool) -> Grid:
    percent = is_share(estimate)
    factor = 100.0 if percent else 1.0
    names = [name for name, values in estimate.labels.items() if len({str(value) for value in values}) > 1]
    if is_model(estimate) or not names:
        keys: list[tuple[str, ...]] = [(clean(name),) for name in estimate.names]
        names = [""]
    else:
        keys = [
            tuple(clean(value) for value in line)
            for line in zip(*(estimate.labels[name] for name in names), strict=True)
        ]
    last = len(names) > 1 or (whole and len(names) == 1)
    outer = [", ".join(key[:-1] if last else key) for key in keys]
    inner = [key[-1] if last else "" for key in keys]
    categories, series = tuple(dict.fromkeys(outer)), tuple(dict.fromkeys(inner))
    place = ([categories.index(one) for one in outer], [series.index(one) for one in inner])
    status = standing(estimate, style.minimum_base, style.flag_base)
    hidden = np.isin(status, ("suppressed", "empty"))
    shape = (len(categories), len(series))
    filled = {name: np.full(shape, np.nan) for name in ("estimate", "low", "high")}
    for name, array in filled.items():
        array[place] = np.where(hidden, np.nan, factor * getattr(estimate, name))
    sizes, state = np.zeros(shape, np.int64), np.full(shape, "empty", dtype="<U10")
    sizes[place], state[place] = estimate.n, status
    return Grid(
        categories=categories,
        series=series,
        groups=("",) * len(categories),
        values=filled["estimate"],
        low=filled["low"],
        high=filled["high"],
        n=sizes,
        standing=state,
        percent=percent,
        decimals=decimals_of(filled["estimate"], percent, "", style),
        unit=unit_text(estimate, style.lang),
        totals=(False,) * len(categories),
        category_name=", ".join(names[:-1] if last else names),
        series_name=names[-1] if last else "",
        sampled=True,
        level=estimate.level,
    )


def chosen_series(grid: Grid, wanted: str | Sequence[str] | None, *, single: bool = False) -> Grid:
    """Keep the series that are named; without a name the only one.

    Parameters
    ----------
    wanted
        One label or several.
    single
        Whether the figure draws one series only.
    """
    if wanted is None:
        if single and len(grid.series) > 1:
            raise PublishingError(
                f"This figure draws one series and the table has {len(grid.series)}: {listing(grid.series)}.",
                remedy="Name one by series=, or draw figure.grouped().",
            )
        return grid
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    places = []
    for name in names:
        if clean(name) not in grid.series:
            raise PublishingError(f"'{name}' is not a series of the table.", remedy=did_you_mean(name, grid.series))
        places.append(grid.series.index(clean(name)))
    if single and len(places) != 1:
        raise PublishingError(f"This figure draws one series, and {len(places)} are named.", remedy="Name one.")
    return grid.take(None, places)


def merged(grids: Mapping[str, Grid]) -> Grid:
    """Set grids of one series each side by side, as series with the names given; categories by their labels."""
    categories = tuple(dict.fromkeys(label for grid in grids.values() for label in grid.categories))
    shape = (len(categories), len(grids))
    first = next(iter(grids.values()))
    arrays: dict[str, Any] = {name: np.full(shape, np.nan) for name in ("values", "low", "high")}
    arrays["n"] = np.zeros(shape, np.int64)
    arrays["standing"] = np.full(shape, "absent", dtype="<U10")
    for column, grid in enumerate(grids.values()):
        rows = [categories.index(label) for label in grid.categories]
        for name, array in arrays.items():
            array[rows, column] = getattr(grid, name)[:, 0]
    return replace(
        first,
        categories=categories,
        series=tuple(clean(name) for name in grids),
        groups=("",) * len(categories),
        totals=(False,) * len(categories),
        decimals=max(grid.decimals for grid in grids.values()),
        **arrays,
    )
