"""Evaluating one entry of a pack: names, plain R, and translated functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from tests.oracles import functions
from tests.oracles.answers import Fields
from tests.oracles.calls import TRANSLATIONS, bind
from tests.oracles.pack import Entry, Pack
from tests.oracles.sample import Sample
from tests.oracles.syntax import Call, Constant, Function, Name, Node, Text, parse
from tests.oracles.values import FUNCTIONS, Listing, UnsupportedError, Vector, take

__all__ = ["Session"]

assert functions.__all__ is not None  # importing the translations registers them


@dataclass
class Session:
    """What an entry can see: the data sets and designs of its pack, under its options.

    Parameters
    ----------
    pack
        The pack.
    options
        R options in force.
    designs
        Designs made so far, shared by the entries of a pack; keyed by id and options.
    """

    pack: Pack
    options: Mapping[str, Any]
    designs: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)
    bindings: dict[str, Any] = field(default_factory=dict, repr=False)
    making: tuple[str, ...] = ()

    @classmethod
    def of(cls, pack: Pack, entry: Entry, designs: dict[tuple[str, str], Any]) -> Session:
        """The session of one entry."""
        declared = pack.designs.get(entry.design_id, {}).get("options") or {}
        return cls(pack, {**declared, **entry.options}, designs)

    def answer(self, entry: Entry) -> Any:
        """What surveykit makes of an entry's call."""
        return self.evaluate(parse(entry.call))

    def evaluate(self, node: Node, frame: pd.DataFrame | None = None) -> Any:
        """Value of an expression; columns of `frame` come before everything else."""
        match node:
            case Constant(value):
                return value
            case Text(value):
                return value
            case Function():
                return node
            case Name(name):
                return self.lookup(name, frame)
            case Call():
                return self.apply(node, frame)

    def lookup(self, name: str, frame: pd.DataFrame | None) -> Any:
        if frame is not None and name in frame.columns:
            return frame[name]
        if name in self.bindings:
            return self.bindings[name]
        if name in self.pack.designs:
            return self.design(name)
        if name in self.pack.datasets:
            return self.pack.frame(name)
        raise UnsupportedError(f"object '{name}' not found")

    def design(self, name: str) -> Any:
        """A design of the pack, made once for each set of options."""
        key = (name, repr(sorted(self.options.items())))
        if key not in self.designs:
            record = self.pack.designs[name]
            inner = Session(self.pack, self.options, self.designs, making=(*self.making, name))
            made = inner.evaluate(parse(str(record["call"])))
            self.designs[key] = made.named() if isinstance(made, Sample) else made
        return self.designs[key]

    @property
    def record(self) -> Mapping[str, Any]:
        """The pack's record of the design that is being made; empty inside a call."""
        return self.pack.designs[self.making[-1]] if self.making else {}

    def formula(self, node: Node) -> Call:
        """A formula: written in place, or the value of a name."""
        found = node if isinstance(node, Call) and node.name == "~" else self.evaluate(node)
        if not (isinstance(found, Call) and found.name == "~"):
            raise UnsupportedError("a formula that is not written as one")
        return found

    def apply(self, call: Call, frame: pd.DataFrame | None) -> Any:
        name = call.name
        if name == "~":
            return call
        if name == "quote":
            return call.operands[0]
        if name in ("c", "list"):
            values = tuple(self.evaluate(operand, frame) for operand in call.operands)
            names = tuple(argument.name for argument in call.arguments)
            return _joined(values, names) if name == "c" else Listing(values, names)
        if name in ("$", "[["):
            return self.element(call, frame)
        if name == "[":
            return take(*(self.evaluate(operand, frame) for operand in call.operands[:2]))
        if name == "data.frame":
            return self.data_frame(call)
        if name in TRANSLATIONS and frame is None:
            translation = TRANSLATIONS[name]
            return translation.function(bind(self, call, translation.parameters))
        if name in FUNCTIONS:
            named = {a.name: self.evaluate(a.value, frame) for a in call.arguments if a.name and a.value is not None}
            placed = [self.evaluate(a.value, frame) for a in call.arguments if not a.name and a.value is not None]
            return FUNCTIONS[name](*placed, **named)
        if not name:
            return self.applied_value(call)
        raise UnsupportedError(f"R's {name}() has no counterpart here")

    def applied_value(self, call: Call) -> Any:
        """A call of what another call returned, as a distribution function applied to points."""
        function = self.evaluate(call.function)
        if not callable(function):
            raise UnsupportedError("a call of something that is no function")
        return function(*(self.evaluate(operand) for operand in call.operands))

    def element(self, call: Call, frame: pd.DataFrame | None) -> Any:
        holder, selector = self.evaluate(call.operands[0], frame), call.operands[1]
        key = selector.text if call.name == "$" and isinstance(selector, Name) else self.evaluate(selector, frame)
        if isinstance(holder, pd.DataFrame):
            return holder[key] if isinstance(key, str) else holder.iloc[:, int(key) - 1]
        if isinstance(key, str):
            if hasattr(holder, "get"):
                found = holder.get(key)
                return Fields({"estimates": [found]}, "probability") if key in ("p", "p.value") else found
            raise UnsupportedError(f"the element '{key}' of a result")
        if isinstance(holder, Listing):
            return holder.items[int(key) - 1]
        if isinstance(holder, Vector):
            return holder.values[int(key) - 1]
        if callable(getattr(holder, "element", None)):
            return holder.element(int(key))
        raise UnsupportedError("an element of a result by place")

    def data_frame(self, call: Call) -> pd.DataFrame:
        columns = {}
        for argument in call.arguments:
            if argument.name is None or argument.value is None:
                raise UnsupportedError("data.frame with a column without a name")
            value = self.evaluate(argument.value)
            items = list(value.values) if isinstance(value, Vector) else value
            columns[argument.name] = items if isinstance(items, list | pd.Series | np.ndarray) else [items]
        return pd.DataFrame(columns)


def _joined(values: tuple[Any, ...], names: tuple[str | None, ...]) -> Vector:
    flat: list[Any] = []
    labels: list[str | None] = []
    for value, name in zip(values, names, strict=True):
        inner = value.values if isinstance(value, Vector) else (value,)
        flat.extend(inner)
        given = value.names if isinstance(value, Vector) and value.names else (name,) * len(inner)
        labels.extend(given)
    return Vector(tuple(flat), tuple(labels))
