"""From averages to an :class:`Estimate` with its labels and bases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from surveykit.engine import FloatArray, Key
from surveykit.estimation.effects.averages import Averages
from surveykit.estimation.models.model import Model
from surveykit.results import Estimate
from surveykit.results.estimate import two_sided_p

__all__ = ["ASSOCIATION", "effects_estimate"]

#: Said of every effect: what a regression of a survey can and cannot show.
ASSOCIATION = (
    "Effects are associations given the other variables of the model; they are causal only if the design makes them so."
)


def effects_estimate(
    model: Model,
    averages: Averages,
    keys: tuple[Key, ...],
    *,
    statistic: str,
    labels: Mapping[str, Sequence[object]],
    outcomes: tuple[str, ...],
    level: float,
    tested: bool,
) -> Estimate:
    """Label averages.

    Parameters
    ----------
    keys
        Grouping variables, slowest.
    labels
        Column name to one label a combination.
    outcomes
        Labels of the outcomes, fastest; not shown if there is one.
    tested
        Whether zero is a hypothesis, so that t and p are given.
    """
    cells = list(product(*(key.levels for key in keys)))
    count = len(next(iter(labels.values())))
    shown: dict[str, tuple[object, ...]] = {}
    for place, key in enumerate(keys):
        shown[key.name] = tuple(cell[place] for cell in cells for _ in range(count * len(outcomes)))
    for name, values in labels.items():
        shown[name] = tuple(value for _ in cells for value in values for _ in outcomes)
    if len(outcomes) > 1:
        shown["outcome"] = tuple(outcome for _ in cells for _ in range(count) for outcome in outcomes)
    size = len(averages.value)
    df = np.full(size, float(model.design_df))
    facts: dict[str, FloatArray] = {}
    if tested:
        with np.errstate(divide="ignore", invalid="ignore"):
            t = averages.value / np.sqrt(np.maximum(np.diagonal(averages.covariance), 0.0))
        facts = {"t": t, "p": two_sided_p(t, df)}
    each = count * len(outcomes)
    return Estimate(
        statistic=statistic,
        names=_names(shown, size),
        labels=shown,
        estimate=averages.value,
        covariance=averages.covariance,
        df=df,
        n=np.repeat(averages.n, each).astype(np.int64),
        weighted_n=np.repeat(averages.weight, each),
        weight=model.weight,
        level=level,
        facts=facts,
        notes=(*model.notes, ASSOCIATION) if tested else model.notes,
        synthetic=model.synthetic,
    )


def _names(labels: Mapping[str, tuple[object, ...]], size: int) -> tuple[str, ...]:
    """Labels that vary, joined by colons."""
    varying = [values for values in labels.values() if len(set(map(str, values))) > 1]
    columns = varying or list(labels.values())[-1:]
    return tuple(":".join(str(values[place]) for values in columns) for place in range(size))
