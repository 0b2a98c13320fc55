"""Tables that pymrio reads (EXIOBASE, Eora26, GLORIA ...), handed over to this package."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import MissingDependencyError, ReadError, TradeError, did_you_mean
from surveykit.trade.readers.assemble import industry_scheme_of
from surveykit.trade.tables import InterCountryTable, make_table, require_sound

__all__ = ["from_pymrio", "read_mrio"]

_PARSERS = ("exiobase1", "exiobase2", "exiobase3", "eora26", "gloria", "oecd", "wiod")


def read_mrio(path: str | Path, parser: str, check: bool = True, **options: Any) -> InterCountryTable:
    """Read a table with one of pymrio's parsers (extra ``mrio``).

    Parameters
    ----------
    path
        File or folder, as the parser expects it.
    parser
        ``"exiobase3"``, ``"eora26"``, ``"gloria"`` ...: the part after ``parse_`` of pymrio's function.
    check
        Refuse a table that would give wrong numbers.
    **options
        ``value_added``, ``taxes``, ``unit`` and ``tolerance`` go to :func:`from_pymrio`, all others to the parser
        (``year=``).
    """
    if parser not in _PARSERS:
        raise TradeError(f"Parser '{parser}' is unknown.", remedy=did_you_mean(parser, _PARSERS))
    try:
        pymrio = import_module("pymrio")
    except ModuleNotFoundError as error:
        raise MissingDependencyError("pymrio", "mrio", f"Reading {parser}") from error
    own = {name: options.pop(name) for name in ("value_added", "taxes", "unit", "tolerance") if name in options}
    system = getattr(pymrio, f"parse_{parser}")(path, **options)
    return from_pymrio(system, check, year=options.get("year"), source=parser, **own)


def from_pymrio(
    system: Any,
    check: bool = True,
    *,
    value_added: Sequence[str] | None = None,
    taxes: Sequence[str] = (),
    year: int | None = None,
    unit: str = "USD_MN",
    source: str = "pymrio",
    tolerance: float = 1e-3,
) -> InterCountryTable:
    """Take over a table from pymrio.

    Parameters
    ----------
    system
        A pymrio ``IOSystem`` with ``Z`` and ``Y``; primary inputs in an extension whose name contains ``factor`` or
        ``value``.
    check
        Refuse a table that would give wrong numbers.
    value_added
        Rows of primary inputs that are value added; all of them when neither this nor ``taxes`` is given.
    taxes
        Rows that are taxes less subsidies on products, kept apart.
    year, unit, source, tolerance
        Described in :class:`~surveykit.trade.tables.InterCountryTable`.

    Raises
    ------
    ReadError
        The system has no flows, or no primary inputs.
    """
    flows, demand = getattr(system, "Z", None), getattr(system, "Y", None)
    if flows is None or demand is None:
        raise ReadError("The pymrio system has no Z or Y.", remedy="Call its calc_system(), or parse the table again.")
    keys = [(str(label[0]), str(label[1])) for label in flows.index]
    if [tuple(map(str, label)) for label in flows.columns] != keys:
        flows = flows.loc[:, flows.index]
    inputs = _primary_inputs(system)
    chosen = list(inputs.index) if value_added is None else list(value_added)
    left = [name for name in chosen if name not in taxes]
    rows = {"value_added": _rows(inputs, left), "taxes": _rows(inputs, list(taxes))}
    sold = demand.loc[flows.index]
    intermediate, final = flows.to_numpy(dtype=np.float64), sold.to_numpy(dtype=np.float64)
    output = intermediate.sum(axis=1) + final.sum(axis=1)
    table = make_table(
        keys,
        labels=[f"{region}_{code}" for region, code in keys],
        intermediate=intermediate,
        final_demand=final,
        demands=[(str(label[0]), str(label[1])) for label in sold.columns],
        accounts={**rows, "output": output},
        year=year,
        unit=unit,
        source=source,
        scheme=industry_scheme_of({code for _, code in keys}),
        tolerance=tolerance,
    )
    if check:
        require_sound(table)
    return table


def _primary_inputs(system: Any) -> Any:
    for extension in system.get_extensions(data=True):
        name = str(getattr(extension, "name", "")).lower()
        if ("factor" in name or "value" in name) and getattr(extension, "F", None) is not None:
            return extension.F.loc[:, system.Z.index]
    raise ReadError(
        "The pymrio system has no extension of primary inputs (factor inputs, value added).",
        remedy="Parse the table with its factor inputs.",
    )


def _rows(inputs: Any, names: list[str]) -> NDArray[np.float64]:
    labels = {str(label): position for position, label in enumerate(inputs.index)}
    unknown = [name for name in map(str, names) if name not in labels]
    if unknown:
        raise ReadError(f"Primary input '{unknown[0]}' is not in the system.", remedy=did_you_mean(unknown[0], labels))
    picked = inputs.to_numpy(dtype=np.float64)[[labels[str(name)] for name in names]]
    return np.asarray(picked.sum(axis=0))
