"""From a labelled matrix to a table: sort rows and columns, align them by label, name what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.classifications.industries import industry, industry_scheme
from surveykit.errors import ReadError, listing
from surveykit.trade.readers.delimited import LabelledMatrix
from surveykit.trade.tables import InterCountryTable, make_table, require_sound
from surveykit.trade.validation import Finding

__all__ = ["Layout", "assemble", "industry_scheme_of", "split_bar", "split_label"]

_Key = tuple[str, str]


def split_label(label: str) -> _Key:
    """Split ``JPN_C10T12`` into region and code; a label without a region has an empty one.

    Examples
    --------
    >>> split_label("AUS_A01_02"), split_label("VA")
    (('AUS', 'A01_02'), ('', 'VA'))
    """
    region, mark, code = label.partition("_")
    return (region, code) if mark else ("", label)


@dataclass(frozen=True)
class Layout:
    """How a source labels what is not an industry. All codes are compared in upper case.

    Parameters
    ----------
    name
        Source, for messages and results.
    value_added, taxes, output
        Codes of the rows that hold value added, taxes and margins, and output; the first two are added up.
    final_demand
        Codes of the final-demand categories.
    totals
        Codes or regions of columns that hold output.
    ignored
        Codes of rows and columns that are left out: subtotals.
    parts
        Region code of the source -> code of the country, where they differ: parts of a split country, codes of its own.
    output_required
        Whether the file must state output; otherwise it is the sum of uses.
    split
        Label -> (region, code).
    """

    name: str
    value_added: frozenset[str]
    taxes: frozenset[str]
    output: frozenset[str]
    final_demand: frozenset[str]
    totals: frozenset[str]
    ignored: frozenset[str] = frozenset()
    parts: Mapping[str, str] = field(default_factory=dict)
    output_required: bool = True
    split: Callable[[str], _Key] = split_label


def split_bar(label: str) -> _Key:
    """Split ``JPN|c1``, the label of a grid, into region and code."""
    region, _, code = label.partition("|")
    return region, code


@dataclass
class _Sorted:
    """Positions of rows and columns by what they are."""

    industries: dict[_Key, int] = field(default_factory=dict)
    uses: dict[_Key, int] = field(default_factory=dict)
    demands: dict[_Key, int] = field(default_factory=dict)
    value_added: list[int] = field(default_factory=list)
    taxes: list[int] = field(default_factory=list)
    output_row: list[int] = field(default_factory=list)
    output_column: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def _error(check: str, label: str, message: str) -> Finding:
    return Finding("error", check, label, message)


def _sort_rows(matrix: LabelledMatrix, layout: Layout, found: _Sorted) -> None:
    for position, label in enumerate(matrix.rows):
        region, code = layout.split(label)
        names = {code.upper(), label.upper()}
        if names & layout.value_added:
            found.value_added.append(position)
        elif names & layout.taxes:
            found.taxes.append(position)
        elif names & layout.output:
            found.output_row.append(position)
        elif names & layout.ignored:
            continue
        elif not region:
            found.findings.append(
                _error("unknown row", label, f"Row '{label}' is neither an industry nor a known total.")
            )
        elif (region, code) in found.industries:
            found.findings.append(_error("duplicate label", label, f"Row '{label}' stands more than once."))
        else:
            found.industries[region, code] = position


def _sort_columns(matrix: LabelledMatrix, layout: Layout, found: _Sorted) -> None:
    codes = {code for _, code in found.industries}
    for position, label in enumerate(matrix.columns):
        region, code = layout.split(label)
        if {label.upper(), code.upper()} & layout.totals or (region.upper() in layout.totals):
            found.output_column.append(position)
            continue
        if {label.upper(), code.upper()} & layout.ignored:
            continue
        kind = found.uses if code in codes else found.demands
        if kind is found.demands and (code.upper() not in layout.final_demand or not region):
            message = f"Column '{label}' is neither an industry of the rows nor a known final demand."
            found.findings.append(_error("unknown column", label, message))
        elif (region, code) in kind:
            found.findings.append(_error("duplicate label", label, f"Column '{label}' stands more than once."))
        else:
            kind[region, code] = position


def _match(matrix: LabelledMatrix, found: _Sorted) -> None:
    """Name industries that have a row but no column, or a column but no row, and accounts that are absent."""
    for key in found.industries.keys() - found.uses.keys():
        label = matrix.rows[found.industries[key]]
        found.findings.append(_error("missing column", label, f"Industry '{label}' has a row but no column."))
    for key in found.uses.keys() - found.industries.keys():
        label = matrix.columns[found.uses[key]]
        found.findings.append(_error("missing row", label, f"Industry '{label}' has a column but no row."))
    demanding = {region for region, _ in found.demands}
    categories = {code for _, code in found.demands}
    for region in sorted(demanding):
        absent = sorted(code for code in categories if (region, code) not in found.demands)
        for code in absent:
            message = f"Final demand '{region}_{code}' has no column."
            found.findings.append(Finding("warning", "missing column", f"{region}_{code}", message))


def _cells(
    values: NDArray[np.float64], rows: Sequence[int | None], columns: Sequence[int | None]
) -> NDArray[np.float64]:
    """Cells in the order asked for; a row or column that is not there is not a number."""
    at_rows = np.array([-1 if row is None else row for row in rows], dtype=np.intp)
    at_columns = np.array([-1 if column is None else column for column in columns], dtype=np.intp)
    if _is_run(at_rows) and _is_run(at_columns):
        return values[at_rows[0] : at_rows[-1] + 1, at_columns[0] : at_columns[-1] + 1]  # a view: no second copy
    picked = values[np.ix_(at_rows, at_columns)]
    picked[at_rows == -1, :] = np.nan
    picked[:, at_columns == -1] = np.nan
    return picked


def _is_run(positions: NDArray[np.intp]) -> bool:
    return len(positions) > 0 and positions[0] >= 0 and bool((np.diff(positions) == 1).all())


def _account(matrix: LabelledMatrix, rows: list[int], uses: Sequence[int | None]) -> NDArray[np.float64]:
    return np.asarray(_cells(matrix.values, list(rows), uses).sum(axis=0))


def assemble(
    matrix: LabelledMatrix,
    layout: Layout,
    *,
    check: bool,
    merge_split: bool = False,
    tolerance: float = 1e-5,
    scheme: str | None = None,
    **description: object,
) -> InterCountryTable:
    """Build a table from a labelled matrix.

    Parameters
    ----------
    matrix
        Numbers and labels.
    layout
        What the labels mean.
    check
        Refuse a table that would give wrong numbers; otherwise hand it over with its findings.
    merge_split
        Add the parts of a split country together before any coefficient is taken.
    tolerance
        Accepted imbalance as a share of output.
    scheme
        Industry classification; found from the codes when not given.
    **description
        Year, unit, source, edition.

    Raises
    ------
    ReadError
        No row at all looks like an industry.
    TradeError
        ``check`` and the table would give wrong numbers; lists all findings.
    """
    found = _Sorted(findings=list(matrix.findings))
    _sort_rows(matrix, layout, found)
    _sort_columns(matrix, layout, found)
    if not found.industries or not found.uses:
        raise ReadError(
            f"No industries of {layout.name} were found; the columns begin {listing(matrix.columns, limit=4)}.",
            remedy="Use the reader of the source: read_icio, read_wiod, read_figaro, read_adb, read_mrio.",
        )
    _match(matrix, found)
    keys = list(dict.fromkeys([*found.industries, *found.uses]))
    rows, uses = [found.industries.get(key) for key in keys], [found.uses.get(key) for key in keys]
    demands = list(found.demands)
    demand_at: list[int | None] = [found.demands[key] for key in demands]
    intermediate, final_demand = _cells(matrix.values, rows, uses), _cells(matrix.values, rows, demand_at)
    accounts = _accounts(matrix, layout, found, rows, uses)
    if "output" in accounts:
        found.findings += _output_findings(matrix, found, rows, uses, tolerance)
    if "output" not in accounts:
        accounts["output"] = intermediate.sum(axis=1) + final_demand.sum(axis=1)
    scheme = scheme or industry_scheme_of({code for _, code in keys})
    codes = {code: industry(code, scheme).code if scheme else code for _, code in keys}
    table = make_table(
        [(layout.parts.get(region, region), codes[code]) for region, code in keys],
        labels=[f"{region}_{codes[code]}" for region, code in keys],
        intermediate=intermediate,
        final_demand=final_demand,
        demands=[(layout.parts.get(region, region), code) for region, code in demands],
        accounts=accounts,
        scheme=scheme,
        tolerance=tolerance,
        reading=tuple(found.findings),
        **description,
    )
    if check:
        require_sound(table)
    return _merge_parts(table) if merge_split else table


def _merge_parts(table: InterCountryTable) -> InterCountryTable:
    """Add the rows of a split country that belong to one industry together."""
    merged = table.aggregate()
    return replace(merged, members={})


def industry_scheme_of(codes: set[str]) -> str | None:
    """Classification that has all these industry codes; ``None`` when there is none."""
    # Bare section letters mean ISIC Rev. 4; in WIOD 2013 the same letters are aliases of ISIC Rev. 3.1 (J: finance).
    return None if all(len(code) == 1 for code in codes) else industry_scheme(codes)


def _accounts(
    matrix: LabelledMatrix, layout: Layout, found: _Sorted, rows: list[int | None], uses: list[int | None]
) -> dict[str, NDArray[np.float64]]:
    """Value added, taxes and output of each industry; what is absent is not a number, and named."""
    absent = np.full(len(uses), np.nan)
    accounts = {"value_added": absent, "taxes": np.zeros(len(uses))}
    if found.value_added:
        accounts["value_added"] = _account(matrix, found.value_added, uses)
    else:
        found.findings.append(_error("missing row", "VA", "There is no row of value added."))
    if found.taxes:
        accounts["taxes"] = _account(matrix, found.taxes, uses)
    for positions, name in ((found.value_added, "VA"), (found.output_row, "OUT")):
        if len(positions) > 1 and len({matrix.rows[position] for position in positions}) < len(positions):
            found.findings.append(_error("duplicate label", name, f"Row '{name}' stands more than once."))
    if len(found.output_column) > 1:
        found.findings.append(_error("duplicate label", "OUT", "The column of output stands more than once."))
    by_row, by_column = _stated_outputs(matrix, found, rows, uses)
    stated = by_column if by_row is None else by_row
    if stated is not None:
        accounts["output"] = stated
    elif layout.output_required:
        accounts["output"] = absent
        found.findings.append(_error("missing row", "OUT", "There is neither a row nor a column of output."))
    return accounts


def _stated_outputs(
    matrix: LabelledMatrix, found: _Sorted, rows: list[int | None], uses: list[int | None]
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    by_row = _account(matrix, found.output_row[:1], uses) if found.output_row else None
    by_column = _cells(matrix.values, rows, list(found.output_column[:1]))[:, 0] if found.output_column else None
    return by_row, by_column


def _output_findings(
    matrix: LabelledMatrix, found: _Sorted, rows: list[int | None], uses: list[int | None], tolerance: float
) -> list[Finding]:
    """Industries whose output in the row of totals is not that in the column of totals."""
    by_row, by_column = _stated_outputs(matrix, found, rows, uses)
    if by_row is None or by_column is None or not np.isfinite(by_row).any():
        return []
    accepted = tolerance * np.maximum(np.abs(by_row), np.nanmean(np.abs(by_row)) / 1000)
    findings = []
    for at in np.flatnonzero(np.abs(by_row - by_column) > accepted).tolist():
        use = uses[at]
        label = matrix.columns[use] if use is not None else ""
        message = f"'{label}': output is {by_row[at]:,.6g} in the row and {by_column[at]:,.6g} in the column of totals."
        findings.append(_error("output", label, message))
    return findings
