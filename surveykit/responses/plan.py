"""Before the field: how many respondents each cell of a planned table will have, and what it can show.

A large invented population that obeys the routing and the targets says how common each cell is; the rest is
arithmetic of two proportions. With design effect ``deff`` a base of n counts as ``n / deff``:

* half-width of an interval: ``z(level) * sqrt(p (1 - p) deff / n)``
* power to see p1 against p2: ``Phi(|p1 - p2| / sqrt(deff (p1 (1 - p1)/n1 + p2 (1 - p2)/n2)) - z(level))``
* smallest difference seen with the wanted power: the difference from p1 that solves this for p2
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from surveykit.errors import DataError, FormulaError
from surveykit.expressions import parse
from surveykit.instrument import Instrument, label_text
from surveykit.instrument.answers import Answers, answers_of
from surveykit.instrument.resolution import is_condition, resolve
from surveykit.responses.simulation import Targets, simulate

__all__ = ["Plan", "plan", "plan_report"]

_FloatArray = npt.NDArray[np.float64]
_POPULATION = 6000
_SEED = 1


@dataclass(frozen=True)
class Plan:
    """What planned tables can show.

    Attributes
    ----------
    n, deff, level, power
        Respondents, design effect, level of intervals and tests, wanted power.
    cells
        One row per cell: ``crosstab, column, row``, ``base`` (expected respondents of the column, routing and don't
        know allowed for), ``expected`` (respondents in the cell), ``share`` (of the column, 0 to 1) and
        ``half_width`` of its interval.
    comparisons
        One row per row and pair of columns: ``crosstab, row, first, second``, both shares and bases, ``difference``,
        ``power`` to see it, and ``detectable``: the smallest difference from the first share that the wanted power
        sees (missing where none is large enough).
    notes
        What to bear in mind: small cells, invented shares.
    """

    n: int
    deff: float
    level: float
    power: float
    cells: pd.DataFrame = field(repr=False)
    comparisons: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The plan as the command line prints it."""
        return plan_report(self)


def plan(
    instrument: Instrument, targets: Targets | None, crosstabs: Sequence[str], *, n: int, deff: float = 1.0,
    quotas: Mapping[str, Mapping[int, float]] | None = None, level: float = 0.95, power: float = 0.8,
    minimum_base: int = 30,
) -> Plan:  # fmt: skip
    """Say what planned cross-tabulations can show with `n` respondents.

    Parameters
    ----------
    instrument
        What will be asked.
    targets
        Expected answers, from :func:`read_targets`; None: all options equally likely.
    crosstabs
        ``"row ~ column"`` or ``"row"``, of columns, derived variables or conditions, such as
        ``"foreign_share_ge25 ~ size4"`` or ``"V2 >= 5 ~ sector3"``.
    n
        Respondents who will be analysed.
    deff
        Design effect: of weights, clusters or quotas.
    quotas
        Share of each code by variable, such as ``{"size4": {1: 0.4, 2: 0.2, 3: 0.2, 4: 0.2}}``; the targets' shares
        give way to them. Shares of a variable add up to 1; codes left out get nobody.
    level, power
        Of intervals and two-sided tests, and the power wanted.
    minimum_base
        Columns with fewer expected respondents are named in the notes.

    Raises
    ------
    DataError
        Numbers out of range, or quotas for nobody.

    Examples
    --------
    >>> from surveykit.instrument import parse_instrument
    >>> instrument = parse_instrument('''
    ... instrument: tiny
    ... version: 1.0.0
    ... title: Tiny
    ... unit: firm
    ... languages: [en]
    ... questions:
    ...   - {id: X1, type: single, label: Exports, options: {1: "Yes", 2: "No"}, required: true}
    ...   - {id: X3, type: single, label: Gains, options: {1: "Yes", 2: "No"}, required: true}
    ... ''')
    >>> found = plan(instrument, None, ["X3 ~ X1"], n=400)
    >>> found.cells["base"].round(1).tolist(), found.cells["half_width"].round(3).tolist()
    ([200.0, 200.0, 200.0, 200.0], [0.069, 0.069, 0.069, 0.069])
    """
    _check(n, deff, level, power)
    responses = simulate(instrument, targets, _POPULATION, _SEED)
    frame = responses.frame
    answers = answers_of(instrument, frame, {})
    weights = _quota_weights(answers, quotas or {}) * n / len(frame)
    cells, comparisons = [], []
    for text in crosstabs:
        found = _cells(answers, text, weights, stats.norm.ppf(0.5 + level / 2), deff)
        cells += found
        comparisons += _comparisons(found, stats.norm.ppf(0.5 + level / 2), power, deff)
    table = pd.DataFrame(cells, columns=["crosstab", "column", "row", "base", "expected", "share", "half_width"])
    notes = ["Shares are expectations from the targets and from assumptions, not findings."]
    small = table.loc[table["base"] < minimum_base, ["crosstab", "column", "base"]].drop_duplicates()
    notes += [
        f"{row.crosstab}: column '{row.column}' expects {row.base:.0f} respondents, fewer than {minimum_base}."
        for row in small.itertuples()
    ]
    names = ["crosstab", "row", "first", "second", "share_1", "share_2", "base_1", "base_2", "difference", "power",
             "detectable"]  # fmt: skip
    return Plan(n, deff, level, power, table, pd.DataFrame(comparisons, columns=names), tuple(notes))


def plan_report(found: Plan) -> str:
    """Lay a plan out as text: bases, half-widths, detectable differences, power."""
    head = f"SYNTHETIC plan for n = {found.n}, design effect {found.deff:g}, level {100 * found.level:g} %"
    cells = found.cells.assign(
        base=found.cells["base"].round().astype(int),
        expected=found.cells["expected"].round(1),
        share=(100 * found.cells["share"]).round(1),
        half_width=(100 * found.cells["half_width"]).round(1),
    ).rename(columns={"share": "share %", "half_width": "+/- points"})
    parts = [head, cells.to_string(index=False)]
    if len(found.comparisons):
        compared = found.comparisons[["crosstab", "row", "first", "second", "difference", "power", "detectable"]].copy()
        for name in ("difference", "power", "detectable"):
            compared[name] = (100 * compared[name]).round(1)
        compared = compared.rename(
            columns={
                "difference": "difference, points",
                "power": "power %",
                "detectable": f"seen with {100 * found.power:g} %",
            }
        )
        parts.append(compared.to_string(index=False, na_rep="none"))
    return "\n\n".join([*parts, "\n".join(f"note: {note}" for note in found.notes)])


def _check(n: int, deff: float, level: float, power: float) -> None:
    faults = []
    if n < 1:
        faults.append(f"n={n!r} is not at least 1")
    if not (np.isfinite(deff) and deff > 0):
        faults.append(f"deff={deff!r} is not above zero")
    faults += [
        f"{name}={value!r} is not between 0 and 1"
        for name, value in (("level", level), ("power", power))
        if not 0 < value < 1
    ]
    if faults:
        raise DataError("; ".join(faults) + ".", remedy="See help(surveykit.plan).")


def _quota_weights(answers: Answers, quotas: Mapping[str, Mapping[int, float]]) -> _FloatArray:
    """Weights ``(n,)``, mean one, under which every variable has its quota shares (raking)."""
    weights = np.ones(answers.rows)
    groups = []
    for name, shares in quotas.items():
        total = sum(shares.values())
        if abs(total - 1) > 1e-6 or min(shares.values()) < 0:
            raise DataError(
                f"The quotas of '{name}' add up to {total:g}.", remedy="Give shares from 0 to 1 that add up to 1."
            )
        values, known = _side(answers, name)
        codes = np.where(known, values, np.nan)
        for code, share in shares.items():
            if share and not (codes == code).any():
                raise DataError(
                    f"Nobody has {name} == {code}, yet its quota is {share:g}.",
                    remedy="Check the code, or what is assumed of the question.",
                )
        groups.append([(codes == code, share) for code, share in shares.items()] + [(~np.isin(codes, list(shares)), 0)])
    for _ in range(200 if len(groups) > 1 else 1):
        for group in groups:
            factor = np.zeros(answers.rows)
            for members, share in group:
                mass = float(weights[members].sum())
                factor[members] = share * answers.rows / mass if mass else 0.0
            weights = weights * factor
    return weights


def _side(answers: Answers, text: str) -> tuple[_FloatArray, npt.NDArray[np.bool_]]:
    values = answers.value(parse(text))
    known = np.ones(answers.rows, np.bool_) if values.valid is None else values.valid
    return values.data.astype(np.float64), known


def _cells(answers: Answers, text: str, weights: _FloatArray, z: float, deff: float) -> list[dict[str, Any]]:
    sides = [side.strip() for side in text.split("~")]
    if len(sides) > 2 or not all(sides):
        raise FormulaError(f"The formula {text!r} is not 'row' or 'row ~ column'.", remedy="One table each.")
    row, row_known = _side(answers, sides[0])
    column, column_known = np.zeros(answers.rows), np.ones(answers.rows, np.bool_)
    if len(sides) == 2:
        column, column_known = _side(answers, sides[1])
    base = row_known & column_known & (weights > 0)
    found: list[dict[str, Any]] = []
    for place in np.unique(column[base]):
        members = base & (column == place)
        size = float(weights[members].sum())
        for code in np.unique(row[base]):
            expected = float(weights[members & (row == code)].sum())
            share = expected / size
            found.append(
                {
                    "crosstab": text,
                    "column": _name(answers.instrument, sides[1], place) if len(sides) == 2 else "all",
                    "row": _name(answers.instrument, sides[0], code),
                    "base": size,
                    "expected": expected,
                    "share": share,
                    "half_width": z * np.sqrt(share * (1 - share) * deff / size),
                }
            )
    return found


def _name(instrument: Instrument, text: str, code: float) -> str:
    """Label of a code of a column, derived variable or condition."""
    whole = int(code) if float(code).is_integer() else None
    if whole is not None and text in instrument.columns and whole in instrument.columns[text].values:
        return label_text(instrument.columns[text].values[whole], instrument.published)
    for derived in instrument.derived:
        if derived.id == text:
            for case in derived.cases:
                if case.code == whole:
                    return label_text(case.label, instrument.published)
            if derived.value is not None and is_condition(derived.value):
                return "yes" if code else "no"
    if is_condition(resolve(parse(text), instrument)):
        return "yes" if code else "no"
    return f"{code:g}"


def _comparisons(cells: list[dict[str, Any]], z: float, power: float, deff: float) -> list[dict[str, Any]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for cell in cells:
        rows.setdefault(cell["row"], []).append(cell)
    found = []
    for name, row in rows.items():
        if {*rows} == {"yes", "no"} and name == "no":
            continue
        for first, second in combinations(row, 2):
            p, q, n, m = first["share"], second["share"], first["base"], second["base"]
            found.append(
                {
                    "crosstab": first["crosstab"], "row": name, "first": first["column"], "second": second["column"],
                    "share_1": p, "share_2": q, "base_1": n, "base_2": m, "difference": q - p,
                    "power": _power(p, q, n / deff, m / deff, z),
                    "detectable": _detectable(p, n / deff, m / deff, z, power),
                }
            )  # fmt: skip
    return found


def _power(p: float, q: float, n: float, m: float, z: float) -> float:
    """Power of the two-sided test of two proportions, both tails."""
    spread = np.sqrt(p * (1 - p) / n + q * (1 - q) / m)
    if spread == 0:
        return float(p != q)
    distance = abs(p - q) / spread
    return float(stats.norm.cdf(distance - z) + stats.norm.cdf(-distance - z))


def _detectable(p: float, n: float, m: float, z: float, power: float) -> float:
    """Smallest difference from `p`, up or down, that is seen with the wanted power; NaN where there is none."""
    found = []
    for end in (0.0, 1.0):
        near = p + np.sign(end - p) * 1e-9
        if end != p and _power(p, near, n, m, z) < power <= _power(p, end, n, m, z):
            found.append(abs(brentq(lambda q: _power(p, q, n, m, z) - power, near, end) - p))
    return min(found, default=float("nan"))
