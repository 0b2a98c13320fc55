"""The noun that estimates are made of: rows, design and weights together."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from surveykit.design import Design, Structure, resolve
from surveykit.engine import Engine, RowIndex, open_engine
from surveykit.errors import ColumnError, DataError
from surveykit.expressions import Boolean, Column, Expr, names, parse

__all__ = ["Selection", "Survey"]

Selection = Literal["probability", "opt-in"]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, init=False)
class Survey:
    """Responses with the way they were drawn and what each stands for.

    Parameters
    ----------
    data
        A pandas, Polars or Arrow frame, a path to a Parquet or CSV file, or a DuckDB relation; it is never changed.
    design
        How the sample was drawn; without one, rows were drawn independently.
    weights
        Column of the weights. Without one they follow from the design's ``fpc``, or are all 1.
    selection
        ``"opt-in"`` for a sample that chose itself: intervals are then labelled model-based.
    synthetic
        Whether the data are invented; every output then says so.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, 9.0], "w": [10.0, 10.0, 20.0]})
    >>> Survey(firms, weights="w")
    Survey of 3 rows, weights 'w', rows are the sampling units
    """

    engine: Engine = field(repr=False)
    design: Design
    structure: Structure = field(repr=False)
    index: RowIndex = field(repr=False)
    weight_name: str
    selection: Selection
    domain: Expr | None
    domain_text: str
    synthetic: bool

    def __init__(
        self,
        data: Any,
        design: Design | None = None,
        weights: str | None = None,
        *,
        selection: Selection = "probability",
        synthetic: bool = False,
    ) -> None:
        if selection not in ("probability", "opt-in"):
            raise DataError(f"selection={selection!r} is not known.", remedy="Choose 'probability' or 'opt-in'.")
        engine = open_engine(data)
        design = Design() if design is None else design
        for name in (*design.strata, *design.clusters, *design.fpc, weights, design.order):
            if name is not None and name not in engine.columns:
                raise ColumnError(name, engine.columns)
        index, structure, expansion = resolve(design, engine)
        if weights is not None:
            index = engine.weigh(index, Column(weights))
            label = weights
        elif expansion is not None:
            index = engine.weigh(index, expansion)
            label = "from fpc"
        else:
            label = "unweighted"
        values = {"engine": engine, "design": design, "structure": structure, "index": index, "weight_name": label}
        self._set(values | {"selection": selection, "domain": None, "domain_text": "", "synthetic": synthetic})

    def _set(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def where(self, condition: str | Expr) -> Survey:
        """Mark a domain. No row is dropped: rows outside add zero to every score.

        Parameters
        ----------
        condition
            An expression, as ``"export_share > 0.25"``. Rows where it is missing are outside.

        Raises
        ------
        ColumnError
            If it names a column that is not there.
        """
        expr = self.expression(condition)
        joined = expr if self.domain is None else Boolean("and", (self.domain, expr))
        text = condition if isinstance(condition, str) else repr(condition)
        other = copy.copy(self)
        other._set({"domain": joined, "domain_text": f"{self.domain_text} and {text}" if self.domain_text else text})
        return other

    def expression(self, text: str | Expr) -> Expr:
        """Parse a variable of this survey: a column name, whatever its characters, or an expression of columns."""
        if isinstance(text, str) and text in self.engine.columns:
            return Column(text)
        expr = parse(text) if isinstance(text, str) else text
        for name in names(expr):
            if name not in self.engine.columns:
                raise ColumnError(name, self.engine.columns)
        self.engine.describe(expr)
        return expr

    def pipe(self, function: Callable[Concatenate[Survey, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Apply a verb, as ``survey.pipe(sk.mean, "sales")``."""
        return function(self, *args, **kwargs)

    def __repr__(self) -> str:
        domain = f", domain {self.domain_text}" if self.domain_text else ""
        synthetic = ", SYNTHETIC" if self.synthetic else ""
        return f"Survey of {self.engine.rows} rows, weights '{self.weight_name}', {self.design.describe()}{domain}{synthetic}"
