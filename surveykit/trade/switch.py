"""The definition switch: whether "exports grew faster than imports" survives the change of definition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from surveykit.classifications.definitions import definitions
from surveykit.errors import ClassificationError, TradeError, listing
from surveykit.trade.digital import by_closeness, series_growth_inputs
from surveykit.trade.growth_rates import Growth, GrowthMethod, Number, growth, growth_formulas

__all__ = ["DefinitionSwitch", "definition_switch"]

_BLANK = dict.fromkeys(("export_growth", "import_growth", "difference", "low", "high"), float("nan"))
_INPUTS = ("exports_first", "exports_last", "imports_first", "imports_last")


@dataclass(frozen=True)
class DefinitionSwitch:
    """Export growth less import growth under several definitions.

    Parameters
    ----------
    table
        Columns `definition, inputs, export_growth, import_growth, difference, low, high, sign, status, reason`,
        growth in percent and the difference in percentage points; ``low`` and ``high`` are what the rounding of the
        inputs allows, ``sign`` is ``"+"``, ``"-"`` or ``"undecided"`` when that interval holds zero.
    method, formula, periods
        Growth formula and number of periods.
    """

    table: pd.DataFrame
    method: str
    formula: str
    periods: float

    @property
    def signs_differ(self) -> bool:
        """Whether one definition has exports growing faster and another imports, beyond rounding."""
        return {"+", "-"} <= set(self.table["sign"])

    @property
    def verdict(self) -> str:
        """One sentence on the sign of the difference across the definitions."""
        decided = self.table[self.table["sign"].isin(["+", "-"])]
        plus = list(decided.loc[decided["sign"] == "+", "definition"])
        minus = list(decided.loc[decided["sign"] == "-", "definition"])
        undecided = list(self.table.loc[self.table["sign"] == "undecided", "definition"])
        tail = f" Within rounding either way: {', '.join(undecided)}." if undecided else ""
        if plus and minus:
            return (
                f"The sign differs between definitions: exports grew faster under {', '.join(plus)}, "
                f"imports under {', '.join(minus)}.{tail}"
            )
        if plus or minus:
            faster = "exports" if plus else "imports"
            if len(decided) == 1:
                return f"Only {decided['definition'].item()} decides the sign: {faster} grew faster.{tail}"
            return f"The sign is the same under every definition that decides: {faster} grew faster.{tail}"
        return f"No definition decides the sign.{tail}"

    def __str__(self) -> str:
        head = f"Export growth less import growth, {self.method}: {self.formula}, {self.periods:g} periods"
        lines = [head]
        for row in self.table.to_dict("records"):
            if row["status"] == "refused":
                lines.append(f"  {row['definition']:<12} refused: {row['reason']}")
                continue
            growths = f"exports {row['export_growth']:8.2f}%  imports {row['import_growth']:8.2f}%"
            interval = f"[{row['low']:+.2f}, {row['high']:+.2f}]"
            points = f"{row['difference']:+8.2f} points {interval}"
            lines.append(f"  {row['definition']:<12} {growths}  difference {points}  {row['sign']}")
        return "\n".join([*lines, self.verdict])


def definition_switch(
    *frames: pd.DataFrame,
    reporter: str | None = None,
    years: tuple[int, int] | None = None,
    printed: Mapping[str, Mapping[str, Number]] | None = None,
    periods: float | None = None,
    method: GrowthMethod = "cagr",
    rounding: float | Mapping[str, float] | None = None,
    truncated: bool = False,
    only_definitions: Iterable[str] | None = None,
    approximate: bool = False,
) -> DefinitionSwitch:
    """Compare export growth with import growth under every definition of digital trade.

    Parameters
    ----------
    *frames
        Data sets; each definition takes the first that resolves it.
    reporter, years
        Whose series and between which years, for data sets.
    printed
        Numbers as a document prints them, by definition (``exports_first``, ``exports_last``, ``imports_first``,
        ``imports_last``); text carries the rounding of its last digit. They go before the data sets.
    periods
        Number of periods; that between ``years`` when not given.
    method
        Growth formula (see :func:`surveykit.trade.growth`).
    rounding
        Half-width of the inputs' rounding, one for all or by definition.
    truncated
        The printed numbers were cut off, not rounded.
    only_definitions
        Names of definitions; with data sets all, else those printed.
    approximate
        As in :func:`surveykit.trade.definition_series`.

    Returns
    -------
    DefinitionSwitch
        Prints as a table with the verdict; ``signs_differ`` answers the question.

    Examples
    --------
    >>> csis = {"exports_first": "1.7", "exports_last": "11.7", "imports_first": "4.6", "imports_last": "23.6"}
    >>> unctad = {"exports_first": 62240, "exports_last": 120276, "imports_first": 66948, "imports_last": 150773}
    >>> switch = definition_switch(printed={"csis2025": csis, "unctad_dds": unctad}, periods=13)
    >>> switch.signs_differ
    True
    """
    stated = {name: dict(values) for name, values in (printed or {}).items()}
    short = {name: [key for key in _INPUTS if key not in values] for name, values in stated.items()}
    if any(short.values()):
        lacking = {name: keys for name, keys in short.items() if keys}
        raise TradeError(f"Printed numbers are incomplete: {lacking}.", remedy=f"Each needs {listing(_INPUTS)}.")
    if frames and (reporter is None or years is None):
        raise TradeError("Data sets need reporter and years.", remedy="Pass reporter='JPN', years=(2010, 2023).")
    count = periods if periods is not None else (years[1] - years[0] if years is not None else None)
    if count is None:
        raise TradeError("The number of periods is not given.", remedy="Pass periods=13 for 2010 to 2023.")
    names = tuple(only_definitions) if only_definitions is not None else (definitions() if frames else tuple(stated))
    open_names = [name for name in names if name not in stated]
    inputs = dict(stated)
    refused: dict[str, str] = {}
    if frames and reporter is not None and years is not None:
        found, refused = _from_data(frames, open_names, reporter, years, approximate=approximate)
        inputs |= found
    halves = rounding if isinstance(rounding, Mapping) else dict.fromkeys(inputs, rounding)
    rows: list[dict[str, object]] = []
    for name in dict.fromkeys([*names, *stated]):
        if name in inputs:
            half = halves.get(name)
            rows.append(_row(name, inputs[name], count, method, half, truncated=truncated and name in stated))
        else:
            why = refused.get(name, "no printed numbers and no data")
            rows.append({"definition": name, **_BLANK, "sign": "", "status": "refused", "reason": why})
    table = pd.DataFrame(rows)
    table.insert(1, "inputs", ["printed" if name in stated else "data" for name in table["definition"]])
    return DefinitionSwitch(table, method, growth_formulas()[method], count)


def _from_data(
    frames: Sequence[pd.DataFrame], names: Iterable[str], reporter: str, years: tuple[int, int], *, approximate: bool
) -> tuple[dict[str, dict[str, Number]], dict[str, str]]:
    found: dict[str, dict[str, Number]] = {}
    refused: dict[str, str] = {}
    for name in names:
        reasons = []
        for frame in by_closeness(frames, name):
            try:
                found[name] = dict(series_growth_inputs(frame, name, reporter, years, approximate=approximate))
                break
            except (ClassificationError, TradeError) as error:
                reasons.append(str(error))
        else:
            refused[name] = reasons[0]
    return found, refused


def _row(
    name: str,
    values: Mapping[str, Number],
    periods: float,
    method: GrowthMethod,
    half: float | None,
    *,
    truncated: bool,
) -> dict[str, object]:
    def rate(side: str) -> Growth:
        first, last = values[f"{side}_first"], values[f"{side}_last"]
        return growth(first, last, periods, method, rounding=half, truncated=truncated)

    out, into = rate("exports"), rate("imports")
    low, high = out.low - into.high, out.high - into.low
    difference = out.percent - into.percent
    sign = "undecided" if low <= 0.0 <= high else ("+" if difference > 0 else "-")
    return {
        "definition": name,
        "export_growth": out.percent,
        "import_growth": into.percent,
        "difference": difference,
        "low": low,
        "high": high,
        "sign": sign,
        "status": "ok",
        "reason": "",
    }
