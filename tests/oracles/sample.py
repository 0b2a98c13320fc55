"""A design as the harness holds it: the data, the Survey made of them, and how to make it again with another column."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from surveykit.survey import Survey
from tests.oracles.expressions import Translator, extended, strip
from tests.oracles.syntax import Call, Name, Node, deparse
from tests.oracles.verbs import verb

__all__ = ["Sample", "Variable", "label"]


@dataclass(frozen=True)
class Variable:
    """One term of a formula in surveykit's words.

    Parameters
    ----------
    label
        The term as R prints it.
    text
        What a verb takes for it: the column's own name, or an expression.
    quoted
        The same inside a larger expression.
    levels
        Labels where it is categorical; None for numbers.
    parts
        Expressions of the crossed factors where it is an interaction; otherwise `text` alone.
    """

    label: str
    text: str
    quoted: str
    levels: tuple[str, ...] | None
    parts: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of R's columns for this term."""
        return (self.label,) if self.levels is None else tuple(f"{self.label}{level}" for level in self.levels)


@dataclass(frozen=True)
class Sample:
    """A survey design of a pack.

    Parameters
    ----------
    frame
        Its data.
    build
        Makes the Survey from data that hold at least these columns.
    evaluate
        Computes an R expression on data.
    conditions
        Domains in force, as expressions.
    whole
        The design as the pack names it, before ``subset`` inside a call; None if it is that design itself.
    facts
        What a translation may need to know: kind of replicates and so on.
    """

    frame: pd.DataFrame
    build: Callable[[pd.DataFrame], Survey]
    evaluate: Callable[[Node, pd.DataFrame], Any]
    conditions: tuple[str, ...] = ()
    whole: Sample | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def survey(self) -> Survey:
        survey = self.build(self.frame)
        for condition in self.conditions:
            survey = survey.where(condition)
        return survey

    @property
    def precision(self) -> str:
        """Row of tolerances for closed-form estimates of this design."""
        return str(self.facts.get("precision", "closed"))

    @cached_property
    def df(self) -> float:
        """Degrees of freedom of the design that the pack names."""
        named = self if self.whole is None else self.whole
        return named.own_df

    @cached_property
    def own_df(self) -> float:
        """Degrees of freedom of this design, its domains included; strata with one unit do not matter for them."""
        survey = copy.copy(self.survey)
        object.__setattr__(survey, "structure", replace(survey.structure, lonely="remove"))
        return float(verb("count")(survey).df[0])

    def named(self) -> Sample:
        """This design as one that the pack names."""
        return replace(self, whole=None)

    def subset(self, condition: Node) -> Sample:
        """The design with a further domain."""
        translator = Translator(self.frame, self.evaluate)
        text = translator.text(condition)
        named = self if self.whole is None else self.whole
        frame = extended(self.frame, translator.derived)
        return replace(self, frame=frame, conditions=(*self.conditions, text), whole=named)

    def variables(self, nodes: Sequence[Node]) -> tuple[Sample, list[Variable]]:
        """Formula terms in surveykit's words, and the design with the columns that they needed."""
        translator = Translator(self.frame, self.evaluate)
        found = [_variable(node, translator) for node in nodes]
        return self.with_columns(translator.derived), found

    def with_columns(self, derived: Mapping[str, pd.Series]) -> Sample:
        """The design with further columns."""
        return replace(self, frame=extended(self.frame, derived)) if derived else self

    def fields(self) -> dict[str, Any]:
        """The design itself as a result: its weights and degrees of freedom."""
        weights = self.survey.engine.weights(self.survey.index)
        replicates = self.survey.replicates
        if replicates is not None:
            return {
                "n": len(weights),
                "sum_weights": weights.sum(),
                "nrep": replicates.replicates,
                "df": self.own_df,
                "scale": replicates.scale,
                "rscales": replicates.rscales,
            }
        return {
            "n": len(weights),
            "sum_weights": weights.sum(),
            "min_weight": weights.min(),
            "max_weight": weights.max(),
            "sum_sq_weights": (weights**2).sum(),
            "df": self.own_df,
            "weights": weights,
        }

    def values(self, node: Node) -> pd.Series:
        """What R makes of an expression on all rows."""
        return Translator(self.frame, self.evaluate).values(node)


def _variable(node: Node, translator: Translator) -> Variable:
    bare = strip(node)
    if isinstance(bare, Call) and bare.name == "interaction":
        levels = _levels(translator.values(node))
        parts = tuple(translator.text(operand) for operand in bare.operands)
        return Variable(deparse(node), parts[0], parts[0], levels, parts)
    quoted = translator.text(node)
    text = bare.text if isinstance(bare, Name) and bare.text in translator.frame.columns else quoted
    unknown = isinstance(bare, Name) and not translator.known(bare.text)
    levels = None if unknown else _levels(translator.values(node))
    return Variable(deparse(node), text, quoted, levels, (text,))


def _levels(values: pd.Series) -> tuple[str, ...] | None:
    """R's columns for a variable: levels of a factor, of text in order, of truth values; None for numbers."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return tuple(str(label) for label in values.cat.categories)
    if pd.api.types.is_bool_dtype(values.dtype):
        return ("FALSE", "TRUE")
    if pd.api.types.is_string_dtype(values.dtype) and not pd.api.types.is_numeric_dtype(values.dtype):
        return tuple(sorted(values.dropna().unique()))
    return None


def label(value: object) -> str:
    """A level as R prints it."""
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
