"""The models of tables as text: ``"a*b + c"`` to terms, and terms to columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain, combinations

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import FormulaError, did_you_mean

__all__ = ["Term", "model_columns", "model_terms", "saturated_terms"]

#: Names that interact; one name is a main effect.
Term = tuple[str, ...]

_TOKEN = re.compile(r"`([^`]*)`|([^\W\d]\w*)|([+*:])|(\s+)|(.)")


def saturated_terms(variables: tuple[str, ...]) -> tuple[Term, ...]:
    """All terms of some variables, main effects first."""
    return tuple(term for size in range(1, len(variables) + 1) for term in combinations(variables, size))


def model_terms(text: str, names: tuple[str, ...]) -> tuple[Term, ...]:
    """Expand ``"a*b + c"``; main effects first, then interactions by size, each in the order of the variables."""
    found: set[Term] = set()
    for product in _products(text, names):
        members = [[]] if not product else _crossings(product)
        found |= {tuple(sorted(set(member), key=names.index)) for member in members if member}
    for term in found:
        lacking = [part for size in range(1, len(term)) for part in combinations(term, size) if part not in found]
        if lacking:
            raise FormulaError(
                f"The model {text!r} has {':'.join(term)} without {':'.join(lacking[0])}.",
                remedy=f"Write {'*'.join(term)}, which has both.",
            )
    return tuple(sorted(found, key=lambda term: (len(term), [names.index(name) for name in term])))


def _products(text: str, names: tuple[str, ...]) -> list[list[tuple[str, str]]]:
    """Split at ``+`` into products, each a list of (sign before it, name)."""
    products: list[list[tuple[str, str]]] = [[]]
    sign, wanted = "+", True
    for quoted, plain, operator, _, odd in _TOKEN.findall(text):
        name = quoted or plain
        if odd or (operator and wanted) or (name and not wanted):
            raise FormulaError(
                f"The model {text!r} cannot be read at {odd or operator or name!r}.",
                remedy="Join the variables with +, : and *, and put names that are no plain words between backticks.",
            )
        if name:
            if name not in names:
                raise FormulaError(f"'{name}' is not a variable of this table.", remedy=did_you_mean(name, names))
            products[-1].append((sign, name))
            wanted = False
        elif operator:
            sign, wanted = operator, True
            if operator == "+":
                products.append([])
    if wanted:
        raise FormulaError(f"The model {text!r} ends where a variable should stand.", remedy="Write 'a + b' or 'a*b'.")
    return products


def _crossings(product: list[tuple[str, str]]) -> list[list[str]]:
    """Expand ``a*b:c`` to a, b:c and a:b:c."""
    joined: list[list[str]] = []
    for sign, name in product:
        if sign == ":":
            joined[-1].append(name)
        else:
            joined.append([name])
    sizes = range(1, len(joined) + 1)
    return [[*chain.from_iterable(chosen)] for size in sizes for chosen in combinations(joined, size)]


def model_columns(levels: Mapping[str, tuple[object, ...]], terms: tuple[Term, ...]) -> tuple[FloatArray, list[str]]:
    """Model matrix ``(cells, p - 1)`` in deviation contrasts, last variable fastest, with the names of its columns."""
    blocks: list[FloatArray] = [np.zeros((int(np.prod([len(one) for one in levels.values()])), 0))]
    names: list[str] = []
    for term in terms:
        block: FloatArray = np.ones((1, 1))
        labels = [""]
        for variable, values in levels.items():
            size = len(values)
            inside = variable in term
            part: FloatArray = np.vstack([np.eye(size - 1), -np.ones((1, size - 1))]) if inside else np.ones((size, 1))
            block = np.kron(block, part).astype(np.float64)
            if inside:
                own = [f"{variable}[{value}]" for value in values[:-1]]
                labels = [f"{label}:{one}" if label else one for label in labels for one in own]
        blocks.append(block)
        names.extend(labels)
    return np.hstack(blocks), names
