"""Expressions on NumPy columns, with the missing-value logic of SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from surveykit.errors import ExpressionError, did_you_mean, listing
from surveykit.expressions.nodes import (
    Arithmetic,
    Boolean,
    Call,
    Choose,
    Column,
    Compare,
    Expr,
    Literal,
    Membership,
    Negate,
    Not,
)
from surveykit.expressions.values import BoolArray, Values

__all__ = ["evaluate", "label_position"]

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRROR = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_UNARY: Mapping[str, Callable[[Any], Any]] = {
    "log": np.log,
    "log10": np.log10,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "floor": np.floor,
    "ceil": np.ceil,
}


def evaluate(expr: Expr, columns: Callable[[str], Values]) -> Values:
    """Compute an expression.

    Missing values follow SQL: a comparison or arithmetic with a missing value is missing, ``and`` and ``or`` are
    three-valued. Results that are not finite numbers (division by zero, logarithm of zero) are missing.

    Parameters
    ----------
    expr
        A parsed expression without ``any``, ``count`` or ``selected`` (see :func:`expand_choices`).
    columns
        Gives the :class:`Values` of a column by name.

    Returns
    -------
    Values
        Numbers, truth values or categories, ``(n,)``; a constant expression gives a scalar.

    Raises
    ------
    ExpressionError
        If an operation does not fit its operands, as arithmetic on categories.

    Examples
    --------
    >>> import numpy as np
    >>> from surveykit.expressions import parse
    >>> size = Values(np.array([1.0, 5.0, 9.0]), np.array([True, True, False]))
    >>> evaluate(parse("size > 2"), {"size": size}.__getitem__).true()
    array([False,  True, False])
    """
    return _Evaluator(columns).of(expr)


class _Evaluator:
    def __init__(self, columns: Callable[[str], Values]) -> None:
        self.columns = columns

    def of(self, expr: Expr) -> Values:
        match expr:
            case Column(name):
                return self.columns(name)
            case Literal(value):
                return (
                    Values(np.asarray(value))
                    if not isinstance(value, str)
                    else Values(np.asarray(0), categories=(value,))
                )
            case Negate(operand):
                number = _number(self.of(operand), "-")
                return Values(-number.data, number.valid)
            case Not(operand):
                truth = _truth(self.of(operand))
                return Values(~truth.data, truth.valid)
            case Arithmetic(symbol, left, right):
                return _arithmetic(symbol, _number(self.of(left), symbol), _number(self.of(right), symbol))
            case Compare(symbol, left, right):
                return _compare(symbol, self.of(left), self.of(right))
            case Boolean(symbol, operands):
                return _boolean(symbol, [_truth(self.of(operand)) for operand in operands])
            case Membership(operand, options, negated):
                return _membership(self.of(operand), options, negated)
            case Choose(condition, then, otherwise):
                return _choose(_truth(self.of(condition)), self.of(then), self.of(otherwise))
            case Call(function, arguments):
                return self._call(function, arguments)

    def _call(self, function: str, arguments: tuple[Expr, ...]) -> Values:
        if function in ("any", "count", "selected", "shown"):
            raise ExpressionError(
                f"{function}() belongs to a questionnaire, and these data do not come with one.",
                remedy="Compare the columns themselves, as in  U1_07 == 1.",
            )
        values = [self.of(argument) for argument in arguments]
        if function == "missing":
            valid = values[0].valid
            return Values(np.zeros(values[0].data.shape, np.bool_) if valid is None else ~valid)
        if function in ("mid", "lo", "hi"):
            return _edge(function, values[0])
        numbers = [_number(value, f"{function}()") for value in values]
        if function in ("min", "max"):
            pick = np.minimum if function == "min" else np.maximum
            data = numbers[0].data
            for number in numbers[1:]:
                data = pick(data, number.data)
            return Values(data, _both(*(number.valid for number in numbers)))
        if function == "round":
            return _round(numbers)
        with np.errstate(all="ignore"):
            return _finite(_UNARY[function](numbers[0].data.astype(np.float64, copy=False)), numbers[0].valid)


def _both(*masks: BoolArray | None) -> BoolArray | None:
    given = [mask for mask in masks if mask is not None]
    if not given:
        return None
    joined = given[0]
    for mask in given[1:]:
        joined = joined & mask
    return joined


def _finite(data: npt.NDArray[np.float64], valid: BoolArray | None) -> Values:
    finite = np.isfinite(data)
    if finite.all():
        return Values(data, valid)
    return Values(np.where(finite, data, 0.0), finite if valid is None else finite & valid)


def _number(values: Values, what: str) -> Values:
    if values.categories is None:
        data = values.data
        return (
            Values(data.astype(np.float64), values.valid)
            if data.dtype == np.bool_ or data.dtype.kind in "iu"
            else values
        )
    if (
        all(isinstance(label, int | float) and not isinstance(label, bool) for label in values.categories)
        and not values.ordered
        and values.edges is None
    ):
        lookup = np.asarray(values.categories, np.float64)
        return (
            Values(lookup[_codes(values)], values.valid)
            if lookup.size
            else Values(np.zeros(values.data.shape), values.valid)
        )
    raise ExpressionError(*_category_message(values, what)[:1], remedy=_category_message(values, what)[1])


def _category_message(values: Values, what: str) -> tuple[str, str]:
    thing = f"Column {values.name!r}" if values.name else "A text or category"
    if values.edges is not None:
        return (
            f"{thing} holds bands, and {what} needs numbers.",
            f"Use mid({values.name}), lo({values.name}) or hi({values.name}).",
        )
    return (
        f"{thing} holds categories, and {what} needs numbers.",
        "Compare it with a label, or derive a number from it first.",
    )


def _codes(values: Values) -> npt.NDArray[np.intp]:
    codes = values.data.astype(np.intp, copy=False)
    return codes if values.valid is None else np.where(values.valid, codes, 0)


def _truth(values: Values) -> Values:
    if values.data.dtype == np.bool_ and values.categories is None:
        return values
    if values.categories is not None and set(values.categories) <= {True, False} and values.categories:
        return Values(np.asarray(values.categories, np.bool_)[_codes(values)], values.valid)
    number = _number(values, "a condition")
    return Values(number.data != 0, number.valid)


def _arithmetic(symbol: str, left: Values, right: Values) -> Values:
    valid = _both(left.valid, right.valid)
    a, b = left.data, right.data
    with np.errstate(all="ignore"):
        if symbol == "+":
            return Values(a + b, valid)
        if symbol == "-":
            return Values(a - b, valid)
        if symbol == "*":
            return Values(a * b, valid)
        if symbol == "/":
            return _finite(np.asarray(np.divide(a, b)), valid)
        if symbol == "%":
            return _finite(np.asarray(np.mod(np.asarray(a, np.float64), b)), valid)
        return _finite(np.asarray(np.power(np.asarray(a, np.float64), b)), valid)


def label_position(values: Values, label: object) -> int | None:
    """Return the code of a label among the categories, or None if it is not one of them."""
    categories = values.categories or ()
    for code, category in enumerate(categories):
        if category == label and isinstance(category, str) == isinstance(label, str):
            return code
    if isinstance(label, bool | str):
        return None
    texts = [str(category) for category in categories if isinstance(category, str)]
    return list(categories).index(str(label)) if str(label) in texts else None


def _is_text_literal(values: Values) -> bool:
    return values.data.ndim == 0 and values.categories is not None and len(values.categories) == 1 and not values.name


def _compare(symbol: str, left: Values, right: Values) -> Values:
    if left.categories is None and right.categories is None:
        return Values(np.asarray(_COMPARE[symbol](left.data, right.data)), _both(left.valid, right.valid))
    if _is_constant(right) and left.categories is not None:
        return _compare_label(symbol, left, _constant(right))
    if _is_constant(left) and right.categories is not None:
        return _compare_label(_MIRROR[symbol], right, _constant(left))
    if left.categories is not None and right.categories is not None:
        return _compare_categories(symbol, left, right)
    text = left if left.categories is not None else right
    return (
        _compare(symbol, _number(left, symbol), _number(right, symbol))
        if not _is_text_literal(text)
        else _refuse_mixed(text)
    )


def _refuse_mixed(text: Values) -> Values:
    label = text.categories[0] if text.categories else ""
    raise ExpressionError(
        f"A column of numbers is compared with the text {label!r}.", remedy="Compare it with a number."
    )


def _is_constant(values: Values) -> bool:
    return values.data.ndim == 0 and (values.categories is None or _is_text_literal(values))


def _constant(values: Values) -> object:
    return values.categories[0] if values.categories else values.data.item()


def _compare_label(symbol: str, values: Values, label: object) -> Values:
    if symbol in ("==", "!="):
        position = label_position(values, label)
        same = np.zeros(values.data.shape, np.bool_) if position is None else values.data == position
        return Values(same if symbol == "==" else ~same, values.valid)
    if not values.ordered:
        if isinstance(label, str):
            raise ExpressionError(
                f"Column {values.name!r} has categories without an order, so {symbol!r} {label!r} has no meaning.",
                remedy="Use == or in (...), or declare the order of the categories.",
            )
        return _compare(symbol, _number(values, symbol), Values(np.asarray(label)))
    position = label_position(values, label)
    if position is None:
        raise ExpressionError(
            f"{label!r} is not a category of {values.name!r}, so {symbol!r} has no meaning.",
            remedy=did_you_mean(str(label), map(str, values.categories or ())),
        )
    return Values(_COMPARE[symbol](values.data, position), values.valid)


def _compare_categories(symbol: str, left: Values, right: Values) -> Values:
    if left.categories == right.categories and (symbol in ("==", "!=") or left.ordered):
        return Values(_COMPARE[symbol](left.data, right.data), _both(left.valid, right.valid))
    if symbol not in ("==", "!="):
        raise ExpressionError(
            f"Columns {left.name!r} and {right.name!r} have different categories, so {symbol!r} has no meaning."
        )
    labels = list(right.categories or ())
    recode = np.array([labels.index(label) if label in labels else -1 for label in left.categories or ()], np.intp)
    same = recode[_codes(left)] == right.data
    return Values(same if symbol == "==" else ~same, _both(left.valid, right.valid))


def _boolean(symbol: str, operands: list[Values]) -> Values:
    result = operands[0]
    for other in operands[1:]:
        combine = np.logical_and if symbol == "and" else np.logical_or
        data = combine(result.data, other.data)
        if result.valid is None and other.valid is None:
            result = Values(data)
            continue
        # A known False decides an "and", a known True an "or", whatever the other side is.
        decided = [_known(side, symbol == "or") for side in (result, other)]
        valid = (decided[0] | decided[1]) | _all_valid(result, other)
        settled = decided[0] | decided[1]
        result = Values(np.where(settled, symbol == "or", data), valid)
    return result


def _known(values: Values, wanted: bool) -> BoolArray:
    found: BoolArray = values.data == wanted
    return found if values.valid is None else found & values.valid


def _all_valid(left: Values, right: Values) -> BoolArray:
    both = _both(left.valid, right.valid)
    assert both is not None
    return both


def _membership(values: Values, options: tuple[Literal, ...], negated: bool) -> Values:
    held = np.zeros(values.data.shape, np.bool_)
    for option in options:
        if values.categories is None and isinstance(option.value, str):
            raise ExpressionError(
                f"Column {values.name!r} holds numbers and is compared with the text {option.value!r}.",
                remedy=f"List numbers, not {listing([option.value])}.",
            )
        held |= _compare("==", values, _literal(option)).data.astype(np.bool_)
    return Values(~held if negated else held, values.valid)


def _literal(option: Literal) -> Values:
    return (
        Values(np.asarray(0), categories=(option.value,))
        if isinstance(option.value, str)
        else Values(np.asarray(option.value))
    )


def _choose(condition: Values, then: Values, otherwise: Values) -> Values:
    if then.categories is not None or otherwise.categories is not None:
        return _choose_labels(condition, then, otherwise)
    data = np.where(condition.data, then.data, otherwise.data)
    if condition.valid is None and then.valid is None and otherwise.valid is None:
        return Values(data)
    return Values(data, _chosen_valid(condition, then, otherwise))


def _chosen_valid(condition: Values, then: Values, otherwise: Values) -> BoolArray:
    valid: BoolArray = np.where(
        condition.data, True if then.valid is None else then.valid, True if otherwise.valid is None else otherwise.valid
    )
    return valid if condition.valid is None else valid & condition.valid


def _choose_labels(condition: Values, then: Values, otherwise: Values) -> Values:
    if then.categories is None or otherwise.categories is None:
        raise ExpressionError(
            "One branch of if/else gives text and the other a number.",
            remedy="Give labels in both branches, or numbers in both.",
        )
    categories = tuple(dict.fromkeys((*then.categories, *otherwise.categories)))
    position = {label: code for code, label in enumerate(categories)}
    recoded = [
        np.array([position[label] for label in side.categories or ()], np.intp)[_codes(side)]
        for side in (then, otherwise)
    ]
    data = np.where(condition.data, recoded[0], recoded[1])
    ordered = then.ordered and then.categories == otherwise.categories
    return Values(data, _both(_chosen_valid(condition, then, otherwise)), categories, ordered)


def _edge(which: str, values: Values) -> Values:
    if values.edges is None:
        raise ExpressionError(
            f"{which}({values.name or '...'}) needs a band question; {values.name or 'this'!r} has no band edges.",
            remedy="Declare lo and hi for its options in the instrument, or use a column of intervals.",
        )
    return _finite(np.asarray(values.edges[which][_codes(values)], np.float64), values.valid)


def _round(numbers: list[Values]) -> Values:
    digits = 0
    if len(numbers) == 2:
        if numbers[1].data.ndim != 0:
            raise ExpressionError("round(x, digits) needs a constant number of digits.")
        digits = int(numbers[1].data)
    return Values(np.round(numbers[0].data.astype(np.float64, copy=False), digits), numbers[0].valid)
