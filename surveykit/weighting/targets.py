"""Population counts matched to the levels found in the sample, with every mismatch named before anything is solved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Literal

import numpy as np

from surveykit.engine import FloatArray, IntArray, MemoryEngine
from surveykit.engine.grouping import combine
from surveykit.errors import ColumnError, WeightingError, listing
from surveykit.expressions import Boolean, Column, Expr, Values, parse
from surveykit.expressions import names as names_of
from surveykit.expressions.values import BoolArray
from surveykit.weighting.auxiliaries import Margin, margin_of, refuse_missing
from surveykit.weighting.population import Population

__all__ = ["Missing", "complete", "crossed_margin", "margin_facts", "margin_targets"]

Missing = Literal["fail", "share"]
_MISSING = ("fail", "share")


def crossed_margin(engine: MemoryEngine, variables: Sequence[str], used: BoolArray | None = None) -> Margin:
    """Code one variable, or several crossed; rows that weigh nothing may be missing in them."""
    parts = [margin_of(engine, name, _expression(engine, name), used) for name in variables]
    if len(parts) == 1:
        return parts[0]
    codes = parts[0].codes
    lost = [part.missing for part in parts if part.missing is not None]
    for part in parts[1:]:
        codes = combine(codes, part.codes, len(part.levels))
    levels = tuple(product(*(part.levels for part in parts)))
    conditions = tuple(Boolean("and", combination) for combination in product(*(part.conditions for part in parts)))
    missing = None if not lost else np.logical_or.reduce(lost)
    return Margin(" x ".join(variables), levels, codes, conditions, missing)


def complete(margin: Margin, missing: Missing) -> Margin:
    """Refuse rows without a level, or give them one of their own, the last, called None.

    Raises
    ------
    WeightingError
        With the number of rows, for ``missing="fail"``.
    """
    if missing not in _MISSING:
        raise WeightingError(f"missing={missing!r} is not known.", remedy=f"Choose one of {listing(_MISSING)}.")
    if margin.missing is None:
        return margin
    if missing == "fail":
        refuse_missing(
            f"'{margin.name}'",
            ~margin.missing,
            None,
            "Impute it, give these rows weight zero, or rake with missing='share', which lets them keep their share.",
        )
    size = len(margin.levels)
    codes = np.where(margin.missing, size, margin.codes)
    names = [f"__surveykit_{margin.name}_{code}" for code in range(size + 1)]
    columns = {name: Values(codes == code) for code, name in enumerate(names)}
    conditions: tuple[Expr, ...] = tuple(Column(name) for name in names)
    return Margin(margin.name, (*margin.levels, None), codes, conditions, None, columns)


def _expression(engine: MemoryEngine, text: str) -> Expr:
    if text in engine.columns:
        return Column(text)
    expr = parse(text)
    for name in names_of(expr):
        if name not in engine.columns:
            raise ColumnError(name, engine.columns)
    return expr


def margin_targets(
    margin: Margin,
    variables: Sequence[str],
    population: Population,
    *,
    rows: IntArray | None = None,
    partial: bool = False,
    unknown_share: float = 0.0,
) -> FloatArray:
    """Population count of each level of a margin ``(L,)``.

    Levels that neither the sample nor the population has are given zero.

    Parameters
    ----------
    rows
        ``(L,)`` rows of each level that weigh something; counted here by default.
    partial
        Allow levels of the population that no respondent has; they are left out.
    unknown_share
        Share of the weight without a level; the last level, None, keeps it, and the others share the rest.

    Raises
    ------
    WeightingError
        If a level has respondents and no population count, or a count and no respondent; all are listed.
    """
    counts = population.counts(variables)
    by_text = {tuple(str(level) for level in key): value for key, value in counts.items()}
    levels = [level for level in margin.levels if level is not None]
    keys = [level if isinstance(level, tuple) and len(variables) > 1 else (level,) for level in levels]
    texts = [tuple(str(part) for part in key) for key in keys]
    found = (margin.counts() if rows is None else rows).tolist()[: len(levels)]
    unknown = [text for text, count in zip(texts, found, strict=True) if count and text not in by_text]
    if unknown:
        raise WeightingError(
            f"Margin '{margin.name}' has respondents without a population count: {_names(unknown)}.",
            remedy="Add their counts, or merge them with another level.",
        )
    known = {text for text, count in zip(texts, found, strict=True) if count}
    empty = [text for text, value in by_text.items() if value > 0 and text not in known]
    if empty and not partial:
        share = sum(by_text[text] for text in empty) / population.total
        raise WeightingError(
            f"Margin '{margin.name}' has population without a respondent: {_names(empty)} ({share:.1%} of the "
            "population).",
            remedy="Merge these levels with neighbours in the population and the sample, or leave them out of the "
            "population.",
        )
    wanted = [by_text.get(text, 0.0) * (1 - unknown_share) for text in texts]
    return np.array(wanted if len(levels) == len(margin.levels) else [*wanted, population.total * unknown_share])


def margin_facts(
    margins: Sequence[Margin], variables: Sequence[Sequence[str]], targets: Sequence[FloatArray]
) -> dict[str, object]:
    """What a step remembers of its margins: the variables, and the target of each level."""
    return {
        "variables": tuple(tuple(names) for names in variables),
        "margins": {
            margin.name: dict(zip(margin.levels, wanted.tolist(), strict=True))
            for margin, wanted in zip(margins, targets, strict=True)
        },
    }


def _names(texts: Sequence[tuple[str, ...]]) -> str:
    return listing([" x ".join(text) for text in texts])
