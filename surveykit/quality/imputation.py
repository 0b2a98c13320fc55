"""Imputation: m plausible values for each answer that was asked for and not given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from surveykit.engine import FloatArray
from surveykit.errors import ColumnError, QualityError, listing
from surveykit.expressions.values import BoolArray
from surveykit.instrument import check_answers
from surveykit.quality.imputation_chained import Target, chain
from surveykit.quality.imputation_consistency import Cells, consistent
from surveykit.quality.imputation_donors import Drawn, draw_nearest, draw_within
from surveykit.quality.imputation_records import Imputed
from surveykit.responses import Responses

__all__ = ["ASKED_WITHOUT_ANSWER", "ImputationMethod", "impute"]

#: Missing codes of questions that were put: refused, don't know, shown but unanswered, removed. Routing codes
#: (-97, -95, -94) say that nothing was asked, and are never imputed.
ASKED_WITHOUT_ANSWER = (-99, -98, -96, -93)

ImputationMethod = Literal["hotdeck", "bootstrap", "nearest", "mice"]
_METHODS = ("hotdeck", "bootstrap", "nearest", "mice")
_LEAST_CODE, _LAST_CODE = -99, -93
_TRIES = 20


def impute(
    data: pd.DataFrame | Responses,
    variables: str | Sequence[str],
    *,
    method: ImputationMethod = "hotdeck",
    within: str | Sequence[str] = (),
    predictors: str | Sequence[str] = (),
    k: int = 5,
    m: int = 5,
    seed: int | None = None,
    codes: Sequence[int] = ASKED_WITHOUT_ANSWER,
    weights: str | None = None,
    rounds: int = 10,
) -> Imputed:
    """Impute missing answers.

    Of Responses, draws that break a rule of the instrument (severity ``error``) or answer what was not asked are drawn
    again, for chained equations from the other imputations; where none fits, the cells stay missing (-93), and the
    notes say so. A question that an imputed answer would have led to stays missing as not administered (-94).

    Parameters
    ----------
    data
        A frame whose missing values are blank, or Responses, of which only cells with one of `codes` are imputed and
        only cases that count take part. The answers are never overwritten.
    variables
        Columns to impute.
    method
        ``"hotdeck"``: a donor drawn within cells; ``"bootstrap"``: the same from a bootstrap sample of the donors,
        which suits Rubin's rules; ``"nearest"``: one of the k nearest donors by the predictors; ``"mice"``: chained
        equations. Hot decks take all variables of a row from one donor, which keeps them consistent with each other.
    within
        Columns of the cells of the hot decks, the most important first; cells with fewer than k donors give up the
        last.
    predictors
        Columns that predict, without missing values: for ``"nearest"`` and ``"mice"``. Strata and clusters of the
        design belong among them.
    k
        Fewest donors of a cell, or number of nearest donors drawn from.
    m
        Number of imputations.
    seed
        Seed; required.
    codes
        Missing codes of Responses that are imputed.
    weights
        Column of the weights, which then predicts too (``"mice"``).
    rounds
        Times that the chained equations go through the variables.

    Raises
    ------
    QualityError
        If the seed is missing, the weights are to be imputed, nobody answered, or nothing is missing.

    References
    ----------
    Rubin and Schenker (1986), *JASA* 81, 366-374; Andridge and Little (2010), *International Statistical Review* 78,
    40-64.

    Examples
    --------
    >>> firms = pd.DataFrame({"size": list("sssll"), "sales": [1.0, 1.0, None, 9.0, None]})
    >>> completed = impute(firms, "sales", within="size", k=1, m=2, seed=1)
    >>> completed.data(0)["sales"].tolist()
    [1.0, 1.0, 1.0, 9.0, 9.0]
    """
    names, cells, others = _listed(variables), _listed(within), _listed(predictors)
    _check(method, names, cells, others, seed=seed, m=m, k=k, weights=weights)
    frame = data.frame if isinstance(data, Responses) else data
    for name in (*names, *cells, *others, *([weights] if weights else [])):
        if name not in frame.columns:
            raise ColumnError(name, map(str, frame.columns))
    _refuse_derived(data, names)
    state = _State(data, frame, names, tuple(codes))
    rng = np.random.default_rng(seed)
    notes: list[str] = []
    again: Iterator[Cells]
    if method == "mice":
        values = _by_chain(state, [*others, *([weights] if weights else [])], m, k, rounds, rng)
        donors: dict[str, npt.NDArray[Any]] = {name: np.zeros((0, m)) for name in names}
        again = (({name: np.roll(one, step, axis=1) for name, one in first.items()}, donors)
                 for first in [values] for step in range(1, m))  # fmt: skip
    else:
        values, donors, notes = state.taken(_by_donors(state, method, cells, others, m=m, k=k, rng=rng))
        again = (state.taken(_by_donors(state, method, cells, others, m=m, k=k, rng=rng))[:2] for _ in range(_TRIES))
    if isinstance(data, Responses):
        drawn, said = consistent(data, state.missing, (values, donors), again)
        (values, donors), notes = (dict(drawn[0]), dict(drawn[1])), [*notes, *said]
    assert seed is not None
    found = Imputed(data, values, state.missing, donors, m, method, seed, tuple(notes))
    return Imputed(data, values, state.missing, donors, m, method, seed, (*notes, *_broken(found)))


def _listed(given: str | Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _check(
    method: str,
    names: Sequence[str],
    cells: Sequence[str],
    others: Sequence[str],
    *,
    seed: int | None,
    m: int,
    k: int,
    weights: str | None,
) -> None:
    if method not in _METHODS:
        raise QualityError(f"method={method!r} is not known.", remedy=f"Choose one of {listing(_METHODS)}.")
    if seed is None:
        raise QualityError("Imputation draws at random and needs a seed.", remedy="Pass for example seed=1.")
    if not names or m < 1 or k < 1:
        raise QualityError("Name at least one variable, and give m and k of 1 or more.")
    if weights in names:
        raise QualityError(
            f"The weights '{weights}' cannot be imputed.", remedy="Weights are known, or the case is left out."
        )
    both = [name for name in names if name in cells or name in others]
    if both:
        raise QualityError(f"{listing(both)} cannot predict itself.", remedy="Leave it out of within and predictors.")
    if method in ("hotdeck", "bootstrap") and others:
        raise QualityError(f"method={method!r} uses no predictors.", remedy="Pass within=, or method='nearest'.")
    if method in ("nearest", "mice") and cells:
        raise QualityError(f"method={method!r} uses no cells.", remedy="Pass predictors= instead of within=.")
    if method == "nearest" and not others:
        raise QualityError("method='nearest' needs predictors.", remedy='Pass for example predictors=["staff", "age"].')


def _refuse_derived(data: pd.DataFrame | Responses, names: Sequence[str]) -> None:
    if isinstance(data, Responses):
        derived = [one.id for one in data.instrument.derived if one.id in names]
        if derived:
            raise QualityError(
                f"{listing(derived)} is derived from other questions.",
                remedy="Impute those; it is then computed again.",
            )


@dataclass
class _State:
    """The data with what is missing of each variable."""

    data: pd.DataFrame | Responses
    frame: pd.DataFrame
    names: Sequence[str]
    codes: tuple[int, ...]

    def __post_init__(self) -> None:
        counted = (
            self.data.counted.to_numpy(np.bool_) if isinstance(self.data, Responses) else np.ones(len(self.frame), bool)
        )
        self.missing: dict[str, BoolArray] = {}
        self.usable: dict[str, BoolArray] = {}
        for name in self.names:
            column = self.frame[name]
            blank = column.isna().to_numpy()
            if isinstance(self.data, Responses):
                numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
                coded = (numbers >= _LEAST_CODE) & (numbers <= _LAST_CODE)
                self.missing[name] = np.isin(numbers, self.codes) & counted
                self.usable[name] = ~blank & ~coded & counted
            else:
                self.missing[name], self.usable[name] = blank, ~blank
        if not any(one.any() for one in self.missing.values()):
            raise QualityError(f"Nothing is missing in {listing(self.names)}.", remedy="There is nothing to impute.")
        empty = [name for name, one in self.usable.items() if not one.any()]
        if empty:
            raise QualityError(f"Nobody answered {listing(empty)}.", remedy="Leave it out.")

    @property
    def needed(self) -> BoolArray:
        """Rows in which any variable is missing."""
        return np.asarray(np.logical_or.reduce(list(self.missing.values())), np.bool_)

    @property
    def donors(self) -> BoolArray:
        """Rows in which every variable has an answer."""
        return np.asarray(np.logical_and.reduce(list(self.usable.values())), np.bool_)

    def taken(self, drawn: Drawn) -> tuple[dict[str, npt.NDArray[Any]], dict[str, npt.NDArray[Any]], list[str]]:
        """Values and row labels of the donors of each variable's missing cells."""
        rows = np.flatnonzero(self.needed)
        labels = self.frame.index.to_numpy()
        values, donors = {}, {}
        for name in self.names:
            own = drawn.donors[self.missing[name][rows]]
            values[name] = self.frame[name].to_numpy()[own]
            donors[name] = labels[own]
        return values, donors, drawn.notes


def _by_donors(
    state: _State,
    method: str,
    cells: Sequence[str],
    others: Sequence[str],
    *,
    m: int,
    k: int,
    rng: np.random.Generator,
) -> Drawn:
    if method == "nearest":
        matrix, columns = _predictors(state.frame, others)
        return draw_nearest(matrix, columns, state.needed, state.donors, imputations=m, nearest=k, rng=rng)
    labels = [state.frame[name].to_numpy() for name in cells]
    return draw_within(
        labels, cells, state.needed, state.donors, imputations=m, least=k, bootstrap=method == "bootstrap", rng=rng
    )


def _predictors(frame: pd.DataFrame, names: Sequence[str]) -> tuple[FloatArray, list[str]]:
    """Numbers, and indicators of categories ``(n, q)``, with the name of each column."""
    columns: list[FloatArray] = []
    labels: list[str] = []
    for name in names:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            columns.append(column.to_numpy(np.float64, na_value=np.nan))
            labels.append(name)
            continue
        codes, found = pd.factorize(column, sort=True)
        columns += [np.where(codes < 0, np.nan, codes == place) for place in range(1, len(found))]
        labels += [name] * (len(found) - 1)
    matrix = np.column_stack(columns) if columns else np.zeros((len(frame), 0))
    return matrix, labels


def _by_chain(
    state: _State, others: Sequence[str], m: int, k: int, rounds: int, rng: np.random.Generator
) -> dict[str, npt.NDArray[Any]]:
    fixed, labels = _predictors(state.frame, others)
    bad = sorted({label for label, column in zip(labels, fixed.T, strict=True) if np.isnan(column).any()})
    if bad:
        raise QualityError(
            f"The predictors {listing(bad)} are missing in some rows.",
            remedy="Name them among the variables to impute.",
        )
    targets, words = {}, {}
    for name in state.names:
        targets[name], words[name] = _target(state, name)
    runs = [chain(targets, fixed, rounds=rounds, donors=k, rng=rng) for _ in range(m)]
    found: dict[str, npt.NDArray[Any]] = {}
    for name in state.names:
        numbers = np.column_stack([run[name][state.missing[name]] for run in runs])
        known = words[name]
        found[name] = numbers if known is None else known[numbers.astype(np.int64)]
    return found


def _target(state: _State, name: str) -> tuple[Target, npt.NDArray[Any] | None]:
    """A variable for the chain, and its categories where it has some."""
    column, usable = state.frame[name], state.usable[name]
    missing = state.missing[name]
    kind = state.data.instrument.columns[name].kind if isinstance(state.data, Responses) else None
    if isinstance(column.dtype, pd.CategoricalDtype):
        words, nominal = column.cat.categories.to_numpy(), not column.cat.ordered
        values = column.cat.codes.to_numpy(np.float64)
    elif pd.api.types.is_numeric_dtype(column) and kind not in ("single", "indicator"):
        values = column.to_numpy(np.float64, na_value=np.nan)
        return Target(np.where(usable, values, 0.0), missing, usable, False, 0), None
    else:
        codes, found = pd.factorize(column.where(usable), sort=True)
        words, nominal, values = np.asarray(found), True, codes.astype(np.float64)
    return Target(np.where(usable, values, 0.0), missing, usable, nominal, len(words)), words


def _broken(found: Imputed) -> list[str]:
    """Rules of the instrument, warnings included, that imputed answers break and the given ones did not."""
    data = found.source
    if not isinstance(data, Responses):
        return []
    before = check_answers(data.instrument, data.frame)
    worst: dict[str, int] = {}
    for number in range(found.imputations):
        completed = found.data(number)
        assert isinstance(completed, Responses)
        after = check_answers(data.instrument, completed.frame) & ~before
        for rule in after.columns:
            worst[rule] = max(worst.get(rule, 0), int(after[rule].sum()))
    return [f"Rule '{rule}' is newly broken in up to {count} row(s)." for rule, count in worst.items() if count]
