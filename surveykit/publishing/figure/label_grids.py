"""From an estimate to a grid by its label columns: which of them lies along an axis, which tell series apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surveykit.errors import PublishingError, did_you_mean
from surveykit.publishing.figure.grid import Grid, decimals_of
from surveykit.publishing.figure.style import FigureStyle
from surveykit.publishing.footers import unit_text
from surveykit.publishing.inert import clean
from surveykit.publishing.reliability import standing
from surveykit.results import Estimate

__all__ = ["grid_by_labels"]


def grid_by_labels(
    record: Estimate,
    style: FigureStyle,
    *,
    along: str | Sequence[str],
    series: Sequence[str],
    groups: str = "",
    factor: float = 1.0,
    axis_factor: float = 1.0,
    labels: Mapping[str, str] | None = None,
    percent: bool | None = None,
) -> Grid:
    """Arrange an estimate by its labels.

    Parameters
    ----------
    along
        Label columns whose levels are the categories; those of one numeric column in rising order.
    series
        Label columns whose levels, joined, are the series; those that do not vary are left out.
    groups
        Label column that stands above the categories.
    factor, axis_factor
        What estimates, and numbers along the axis, are multiplied by, as 100 for percentages.
    labels
        Level to what is printed for it.
    percent
        Whether values are percentages; where `factor` is 100 when None.

    Raises
    ------
    PublishingError
        If a label column is not there.
    """
    names = [along] if isinstance(along, str) else list(along)
    for name in (*names, *series, *([groups] if groups else [])):
        if name not in record.labels:
            raise PublishingError(f"'{name}' is no label of the estimate.", remedy=did_you_mean(name, record.labels))
    count, words = len(record.names), labels or {}
    varying = [name for name in series if len({str(one) for one in record.labels[name]}) > 1]
    keys: list[tuple[str, object]]
    if len(names) == 1 and all(_is_number(one) for one in record.labels[names[0]]):
        keys = [("", round(float(str(one)) * axis_factor, 12)) for one in record.labels[names[0]]]
        order = sorted(dict.fromkeys(keys), key=lambda key: float(str(key[1])))
    else:
        heads = _joined(record, [groups] if groups else [], words)
        keys = list(zip(heads, _joined(record, names, words), strict=True))
        order = list(dict.fromkeys(keys))
    said = _joined(record, varying, words)
    columns = list(dict.fromkeys(said))
    at = ([order.index(key) for key in keys], [columns.index(said[place]) for place in range(count)])
    shape = (len(order), len(columns))
    status = standing(record, style.minimum_base, style.flag_base)
    hidden = np.isin(status, ("suppressed", "empty"))
    arrays = {}
    for name in ("estimate", "low", "high"):
        arrays[name] = np.full(shape, np.nan)
        arrays[name][at] = np.where(hidden, np.nan, factor * getattr(record, name))
    sizes, state = np.zeros(shape, np.int64), np.full(shape, "absent", dtype="<U10")
    sizes[at], state[at] = record.n, status
    shares = factor == 100.0 if percent is None else percent
    return Grid(
        categories=tuple(f"{key[1]:g}" if isinstance(key[1], float) else str(key[1]) for key in order),
        series=tuple(columns),
        groups=tuple(key[0] for key in order),
        values=arrays["estimate"],
        low=arrays["low"],
        high=arrays["high"],
        n=sizes,
        standing=state,
        percent=shares,
        decimals=decimals_of(arrays["estimate"], shares, "", style),
        unit=unit_text(record, style.lang),
        totals=(False,) * len(order),
        category_name=", ".join(names),
        series_name=", ".join(varying),
        sampled=True,
        level=record.level,
    )


def _joined(record: Estimate, columns: Sequence[str], words: Mapping[str, str]) -> list[str]:
    """Levels of some label columns in the words given, joined, one text an estimate."""
    return [
        ", ".join(clean(words.get(str(record.labels[name][place]), record.labels[name][place])) for name in columns)
        for place in range(len(record.names))
    ]


def _is_number(value: object) -> bool:
    if isinstance(value, bool):
        return False
    try:
        float(str(value))
    except ValueError:
        return False
    return True
