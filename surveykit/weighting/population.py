"""The population that a sample is weighted to: counts by the categories of one or several variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from surveykit.errors import ReadError, WeightingError, did_you_mean, listing

__all__ = ["Counts", "Population", "PopulationLike", "as_population", "read_population"]

_AGREE = 1e-6
_FACTS = ("source", "year", "licence", "illustrative", "name")

Counts = Mapping[tuple[object, ...], float]


@dataclass(frozen=True)
class Population:
    """Counts of a population.

    Parameters
    ----------
    tables
        Variables (in order) to the counts of their crossed levels: ``{("size",): {("small",): 900.0, ("large",):
        100.0}}``.
    name, source, year
        For outputs.
    illustrative
        Whether the counts are invented; every output then says so.

    Raises
    ------
    WeightingError
        If a count is negative or missing, or tables disagree on the total.
    """

    tables: Mapping[tuple[str, ...], Counts]
    name: str = "population"
    source: str = ""
    year: str = ""
    illustrative: bool = False
    total: float = field(init=False)

    def __post_init__(self) -> None:
        if not self.tables:
            raise WeightingError("The population has no counts.", remedy="Give counts by at least one variable.")
        totals = {}
        for variables, counts in self.tables.items():
            for levels, value in counts.items():
                if not np.isfinite(value) or value < 0:
                    what = " x ".join(f"{name} = {level}" for name, level in zip(variables, levels, strict=True))
                    raise WeightingError(
                        f"The population count of {what} is {value}.", remedy="Counts are zero or more."
                    )
            totals[" x ".join(variables)] = float(sum(counts.values()))
        self._refuse_disagreement(totals)
        object.__setattr__(self, "total", next(iter(totals.values())))

    @staticmethod
    def _refuse_disagreement(totals: Mapping[str, float]) -> None:
        first, wanted = next(iter(totals.items()))
        if wanted <= 0:
            raise WeightingError(f"The population counts of '{first}' add to {wanted:g}.", remedy="Check the file.")
        off = {name: total for name, total in totals.items() if abs(total - wanted) > _AGREE * wanted}
        if off:
            shown = "; ".join(f"'{name}' adds to {total:,.6g}" for name, total in off.items())
            raise WeightingError(
                f"The margins disagree on the size of the population: '{first}' adds to {wanted:,.6g}; {shown}.",
                remedy="Take them from one source and year, or scale them to one total first.",
            )

    def counts(self, variables: Sequence[str]) -> dict[tuple[object, ...], float]:
        """Counts of some variables crossed, summed from a finer table where needed.

        Raises
        ------
        WeightingError
            If no table holds all of them.
        """
        wanted = tuple(variables)
        holding = [names for names in self.tables if set(wanted) <= set(names)]
        if not holding:
            known = dict.fromkeys(name for names in self.tables for name in names)
            missing = next((name for name in wanted if name not in known), None)
            if missing is not None:
                raise WeightingError(
                    f"The population has no counts by '{missing}'.", remedy=did_you_mean(missing, known)
                )
            raise WeightingError(
                f"The population has no table of {' x '.join(wanted)} crossed.",
                remedy="Use them as margins, with rake().",
            )
        names = min(holding, key=len)
        places = [names.index(name) for name in wanted]
        found: dict[tuple[object, ...], float] = {}
        for levels, value in self.tables[names].items():
            key = tuple(levels[place] for place in places)
            found[key] = found.get(key, 0.0) + value
        return found


#: A population, or margins written out: ``{"size": {"small": 900, "large": 100}}``.
PopulationLike = Population | Mapping[str, Mapping[Any, float]]


def as_population(given: PopulationLike) -> Population:
    """Accept margins written out as a mapping."""
    if isinstance(given, Population):
        return given
    if not _is_margins(given):
        raise WeightingError(
            f"A population of type {type(given).__name__} is not understood.",
            remedy='Give read_population(...), or margins such as {"size": {"small": 900, "large": 100}}.',
        )
    tables: dict[tuple[str, ...], Counts] = {}
    for name, counts in given.items():
        tables[(name,)] = {(level,): _number(value, name, level) for level, value in counts.items()}
    return Population(tables)


def _is_margins(given: Any) -> bool:
    return isinstance(given, Mapping) and all(isinstance(counts, Mapping) for counts in given.values())


def _number(value: Any, name: str, level: object) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise WeightingError(
            f"The population count of {name} = {level} is {value!r}.", remedy="Counts are numbers."
        ) from None


def read_population(
    data: str | Path | pd.DataFrame,
    *,
    by: Sequence[str] | None = None,
    weights: str | None = None,
    name: str | None = None,
) -> Population:
    """Read population counts.

    Parameters
    ----------
    data
        A CSV file or a frame, in one of three forms. Margins: columns ``variable, level, count``. A cross-table: the
        variables and ``count``. Microdata, with `by`: one row a member of the population (or of a reference sample
        with `weights`). Constant columns ``name, source, year, licence, illustrative`` describe it.
    by
        Variables to count in microdata.
    weights
        Column of weights of microdata.
    name
        Name in outputs.

    Examples
    --------
    >>> counts = pd.DataFrame({"size": ["small", "large"], "count": [900, 100]})
    >>> read_population(counts).total
    1000.0
    """
    if isinstance(data, pd.DataFrame):
        frame, label = data, "population"
    else:
        path = Path(data)
        if not path.is_file():
            raise ReadError(f"The population file '{path}' is not there.", remedy="Check the path.")
        try:
            frame = pd.read_csv(path, comment="#", encoding="utf-8-sig")
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
            raise ReadError(
                f"The population file '{path}' cannot be read: {error}.", remedy="Save it as UTF-8 CSV."
            ) from None
        label = path.stem
    facts = {key: str(frame[key].iloc[0]) for key in _FACTS if key in frame.columns and len(frame)}
    tables = _tables(frame.drop(columns=[key for key in _FACTS if key in frame.columns]), by, weights)
    return Population(
        tables,
        name=name or facts.get("name", label),
        source=facts.get("source", ""),
        year=facts.get("year", ""),
        illustrative=facts.get("illustrative", "").casefold() in ("true", "1", "yes")
        or "illustrative" in label.casefold(),
    )


def _tables(frame: pd.DataFrame, by: Sequence[str] | None, weights: str | None) -> dict[tuple[str, ...], Counts]:
    if by is not None:
        return {tuple(by): _count(frame, list(by), weights)}
    if "count" not in frame.columns:
        raise ReadError(
            f"The population has no column 'count'; its columns are {listing(frame.columns)}.",
            remedy="Name the column of counts 'count', or pass by= for microdata.",
        )
    if {"variable", "level"} <= set(frame.columns):
        groups = frame.groupby("variable", sort=False)
        return {
            (str(variable),): {
                (level,): float(value) for level, value in zip(part["level"], part["count"], strict=True)
            }
            for variable, part in groups
        }
    variables = [str(column) for column in frame.columns if column != "count"]
    return {tuple(variables): _count(frame, variables, "count")}


def _count(frame: pd.DataFrame, by: list[str], weights: str | None) -> Counts:
    for column in (*by, *([weights] if weights else [])):
        if column not in frame.columns:
            raise WeightingError(
                f"The population has no column '{column}'.", remedy=did_you_mean(column, map(str, frame.columns))
            )
    if frame[by].isna().any(axis=None):
        raise WeightingError(
            f"The population has rows without {' or '.join(by)}.", remedy="Leave them out, or name their level."
        )
    values = np.ones(len(frame)) if weights is None else frame[weights].to_numpy(np.float64)
    found: dict[tuple[object, ...], float] = {}
    for key, value in zip(frame[by].itertuples(index=False, name=None), values.tolist(), strict=True):
        found[key] = found.get(key, 0.0) + value
    return found
