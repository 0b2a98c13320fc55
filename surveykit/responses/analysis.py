"""Responses as an analysis sees them: words instead of codes, missing codes missing, numbers only on request.

A single choice becomes a category, a rating or band an ordered one. The edges of bands come along, so that
``mid(FS1)``, ``lo(FS1)`` and ``hi(FS1)`` are the only ways to a number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.engine import Engine, open_engine
from surveykit.expressions import Values
from surveykit.instrument import Column, Derived, label_text
from surveykit.responses.records import Responses

__all__ = ["Analysis", "for_analysis"]

_FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Analysis:
    """Answers ready for estimation.

    Attributes
    ----------
    frame
        Categories for choices (ordered for ratings and bands), True/False/missing for boxes and conditions, floats
        for numbers, text as it is; same rows and names as the coded frame.
    reasons
        Missing code of each missing cell, 0 where there is an answer; coded columns only, ``int8``.
    edges
        ``lo``, ``hi`` and ``mid`` of each category by band column, arrays in the order of the categories; an open edge
        is infinite, a band without a middle has NaN.
    labels
        Wording of each column.
    counted
        Rows that estimates use.
    synthetic
        Whether the answers are invented.
    """

    frame: pd.DataFrame = field(repr=False)
    reasons: pd.DataFrame = field(repr=False)
    edges: Mapping[str, Mapping[str, _FloatArray]] = field(repr=False)
    labels: Mapping[str, str] = field(repr=False)
    counted: pd.Series[bool] = field(repr=False)
    synthetic: bool = False

    def engine(self) -> Engine:
        """The rows for :class:`surveykit.Survey`, with band edges, so that ``mid()``, ``lo()`` and ``hi()`` work."""
        return open_engine(self.frame).with_columns(self.values())

    def values(self) -> dict[str, Values]:
        """The band columns for the expression language, with their edges, ``(n,)`` each."""
        found = {}
        for name, edges in self.edges.items():
            column = self.frame[name]
            codes = column.cat.codes.to_numpy()
            valid = codes >= 0
            categories = tuple(str(label) for label in column.cat.categories)
            found[name] = Values(codes, None if valid.all() else valid, categories, True, dict(edges), name)
        return found


def for_analysis(responses: Responses, language: str | None = None) -> Analysis:
    """Turn codes into categories.

    Parameters
    ----------
    responses
        The coded answers.
    language
        Language of the labels; the instrument's published one where left out.

    Returns
    -------
    Analysis
        Frame, reasons for missing cells, band edges and wordings.
    """
    instrument = responses.instrument
    language = language or instrument.published
    shown: dict[str, pd.Series[Any]] = {}
    reasons: dict[str, pd.Series[Any]] = {}
    edges: dict[str, Mapping[str, _FloatArray]] = {}
    labels: dict[str, str] = {}
    derived = {each.id: each for each in instrument.derived}
    for name in responses.frame.columns:
        column = responses.frame[name]
        if name in derived:
            shown[name] = _derived(derived[name], column, language)
            labels[name] = label_text(derived[name].label, language)
        elif name in instrument.columns:
            known = instrument.columns[name]
            shown[name], why = _column(known, column, language)
            labels[name] = label_text(known.label, language)
            if why is not None:
                reasons[name] = why
            if known.bands:
                edges[name] = _edges(known)
        else:
            shown[name] = column
            labels[name] = name
    index = responses.frame.index
    return Analysis(
        pd.DataFrame(shown, index=index),
        pd.DataFrame(reasons, index=index),
        edges,
        labels,
        responses.counted,
        responses.synthetic,
    )


def _column(known: Column, column: pd.Series[Any], language: str) -> tuple[pd.Series[Any], pd.Series[Any] | None]:
    if known.kind in ("text", "date"):
        return column, None
    numbers = column.astype("Float64")
    missing = numbers.isna() | numbers.between(-99, -93)
    reasons = numbers.where(missing, 0).fillna(0).astype("int8")
    if known.kind in ("number", "rank"):
        return numbers.mask(missing).astype("float64"), reasons
    if known.kind == "indicator":
        return numbers.mask(missing).eq(1).mask(missing).astype("boolean"), reasons
    order = _order(known)
    words = _words(known, order, language)
    place = {code: position for position, code in enumerate(order)}
    codes = numbers.map(lambda code: place.get(int(code), -1), na_action="ignore").fillna(-1).astype(int)
    ordered = known.kind in ("ordered", "band")
    return pd.Series(pd.Categorical.from_codes(codes.to_numpy(), pd.Index(words), ordered), index=column.index), reasons


def _order(known: Column) -> list[int]:
    """Codes in the order of the scale: bands by their lower edge, others as declared."""
    if not known.bands:
        return list(known.values)

    def lower(code: int) -> tuple[float, float]:
        band = known.bands[code]
        return (-np.inf if band.lo is None else band.lo, np.inf if band.hi is None else band.hi)

    return sorted((code for code in known.values if code in known.bands), key=lower)


def _words(known: Column, order: list[int], language: str) -> list[str]:
    """Labels of the codes, told apart by the code where two are worded alike."""
    words = [label_text(known.values[code], language) or str(code) for code in order]
    repeated = {word for word, count in Counter(words).items() if count > 1}
    return [f"{word} ({code})" if word in repeated else word for word, code in zip(words, order, strict=True)]


def _edges(known: Column) -> dict[str, _FloatArray]:
    bands = [known.bands[code] for code in _order(known)]
    return {
        "lo": np.array([-np.inf if band.lo is None else band.lo for band in bands], np.float64),
        "hi": np.array([np.inf if band.hi is None else band.hi for band in bands], np.float64),
        "mid": np.array([np.nan if band.mid is None else band.mid for band in bands], np.float64),
    }


def _derived(derived: Derived, column: pd.Series[Any], language: str) -> pd.Series[Any]:
    if derived.cases:
        order = [case.code for case in derived.cases]
        words = [label_text(case.label, language) or str(case.code) for case in derived.cases]
        if derived.missing_as is not None and derived.missing_as not in order:
            order.append(derived.missing_as)
            words.append(str(derived.missing_as))
        place = {code: position for position, code in enumerate(order)}
        codes = column.map(lambda code: place.get(int(code), -1), na_action="ignore").fillna(-1).astype(int)
        return pd.Series(
            pd.Categorical.from_codes(codes.to_numpy(), pd.Index(words), derived.ordered), index=column.index
        )
    if str(column.dtype) == "Int32":
        return column.eq(1).mask(column.isna()).astype("boolean")
    return column.astype("float64")
