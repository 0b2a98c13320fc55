"""Matching the arguments of an R call to the parameters of the function, and the table of translations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.oracles.sample import Sample
from tests.oracles.syntax import Argument, Call, Constant, Node
from tests.oracles.values import UnsupportedError

if TYPE_CHECKING:
    from tests.oracles.session import Session

__all__ = ["TRANSLATIONS", "Bound", "Translation", "bind", "terms", "translates"]


@dataclass(frozen=True)
class Bound:
    """A call with its arguments matched, none evaluated yet."""

    session: Session
    call: Call
    given: Mapping[str, Node]
    rest: tuple[Argument, ...] = ()

    def has(self, name: str) -> bool:
        return name in self.given or any(argument.name == name for argument in self.rest)

    def node(self, name: str) -> Node:
        """The argument as written."""
        if name in self.given:
            return self.given[name]
        for argument in self.rest:
            if argument.name == name and argument.value is not None:
                return argument.value
        raise UnsupportedError(f"{self.call.name} without its argument '{name}'")

    def value(self, name: str, default: Any = None) -> Any:
        """The argument evaluated, or the default."""
        return self.session.evaluate(self.node(name)) if self.has(name) else default

    def flag(self, name: str, default: bool = False) -> bool:
        return bool(self.value(name, default))

    def sample(self, name: str = "design") -> Sample:
        """The argument as a design."""
        found = self.value(name)
        if not isinstance(found, Sample):
            raise UnsupportedError(f"{self.call.name} on something that is not a design")
        return found

    def terms(self, name: str) -> list[Node]:
        """Terms of a one-sided formula."""
        return terms(self.session.formula(self.node(name)).operands[-1])


@dataclass(frozen=True)
class Translation:
    """A function of R: its parameters in order (``...`` where the rest goes) and what it means here."""

    parameters: tuple[str, ...]
    function: Callable[[Bound], Any]


#: Functions that have a translation, by name.
TRANSLATIONS: dict[str, Translation] = {}


def translates(names: str, parameters: str) -> Callable[[Callable[[Bound], Any]], Callable[[Bound], Any]]:
    """Register a translation of one or several functions of R."""

    def register(function: Callable[[Bound], Any]) -> Callable[[Bound], Any]:
        for name in names.split():
            TRANSLATIONS[name] = Translation(tuple(parameters.split()), function)
        return function

    return register


def bind(session: Session, call: Call, parameters: tuple[str, ...]) -> Bound:
    """Match arguments as R does: exact names, then unique beginnings, then places."""
    given: dict[str, Node] = {}
    open_arguments: list[Argument] = []
    before = parameters[: parameters.index("...")] if "..." in parameters else parameters
    for argument in call.arguments:
        name = _matched(argument.name, parameters, before)
        if name is None:
            open_arguments.append(argument)
        elif argument.value is not None:
            given[name] = argument.value
    places = [name for name in before if name not in given]
    rest: list[Argument] = []
    for argument in open_arguments:
        if argument.name is None and places and argument.value is not None:
            given[places.pop(0)] = argument.value
        else:
            rest.append(argument)
    if rest and "..." not in parameters:
        shown = rest[0].name or "one too many"
        raise UnsupportedError(f"{call.name} with the argument {shown}")
    return Bound(session, call, given, tuple(rest))


def _matched(name: str | None, parameters: tuple[str, ...], before: tuple[str, ...]) -> str | None:
    if name is None:
        return None
    if name in parameters:
        return name
    near = [parameter for parameter in before if parameter.startswith(name)]
    return near[0] if len(near) == 1 else None


def terms(node: Node) -> list[Node]:
    """Terms joined by ``+``; ``1`` and ``-1`` and ``0`` are no variables."""
    if isinstance(node, Call) and node.name in ("+", "-") and len(node.operands) == 2:
        left, right = node.operands
        return terms(left) + (terms(right) if node.name == "+" else [])
    if isinstance(node, Call) and node.name == "(":
        return terms(node.operands[0])
    if isinstance(node, Constant) and node.value in (0.0, 1.0):
        return []
    return [node]
