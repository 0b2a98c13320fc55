"""Population counts matched to the levels found in the sample, with every mismatch named before anything is solved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from surveykit.engine import FloatArray, MemoryEngine
from surveykit.engine.grouping import combine
from surveykit.errors import WeightingError, listing
from surveykit.expressions import Boolean, Column, parse
from surveykit.weighting.auxiliaries import Margin, margin_of
from surveykit.weighting.population import Population

__all__ = ["crossed_margin", "margin_targets"]


def crossed_margin(engine: MemoryEngine, variables: Sequence[str]) -> Margin:
    """Code one variable, or several crossed."""
    parts = [margin_of(engine, name, Column(name) if name in engine.columns else parse(name)) for name in variables]
    if len(parts) == 1:
        return parts[0]
    codes = parts[0].codes
    for part in parts[1:]:
        codes = combine(codes, part.codes, len(part.levels))
    levels = tuple(product(*(part.levels for part in parts)))
    conditions = tuple(Boolean("and", combination) for combination in product(*(part.conditions for part in parts)))
    return Margin(" x ".join(variables), levels, codes, conditions)


def margin_targets(
    margin: Margin, variables: Sequence[str], population: Population, *, partial: bool = False
) -> FloatArray:
    """Population count of each level of a margin ``(L,)``.

    Levels that neither the sample nor the population has are given zero.

    Parameters
    ----------
    partial
        Allow levels of the population that no respondent has; they are left out.

    Raises
    ------
    WeightingError
        If a level has respondents and no population count, or a count and no respondent; all are listed.
    """
    counts = population.counts(variables)
    by_text = {tuple(str(level) for level in key): value for key, value in counts.items()}
    keys = [level if isinstance(level, tuple) and len(variables) > 1 else (level,) for level in margin.levels]
    texts = [tuple(str(part) for part in key) for key in keys]
    found = margin.counts()
    unknown = [text for text, rows in zip(texts, found.tolist(), strict=True) if rows and text not in by_text]
    if unknown:
        raise WeightingError(
            f"Margin '{margin.name}' has respondents without a population count: {_names(unknown)}.",
            remedy="Add their counts, or merge them with another level.",
        )
    known = {text for text, rows in zip(texts, found.tolist(), strict=True) if rows}
    empty = [text for text, value in by_text.items() if value > 0 and text not in known]
    if empty and not partial:
        share = sum(by_text[text] for text in empty) / population.total
        raise WeightingError(
            f"Margin '{margin.name}' has population without a respondent: {_names(empty)} ({share:.1%} of the population).",
            remedy="Merge these levels with neighbours in the population and the sample, or leave them out of the population.",
        )
    return np.array([by_text.get(text, 0.0) for text in texts])


def _names(texts: Sequence[tuple[str, ...]]) -> str:
    return listing([" x ".join(text) for text in texts])
