"""What is wrong with an inter-country table: every finding at once, with the row or column it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Finding", "Severity", "Validation", "account_findings", "cell_findings", "make_validation"]

Severity = Literal["error", "warning", "note"]
_Vector = NDArray[np.float64]
_COLUMNS = ["severity", "check", "label", "value", "expected", "message"]
_RANK = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a table.

    Parameters
    ----------
    severity
        ``"error"`` would give wrong numbers; ``"warning"`` is unusual but computable; ``"note"`` is for information.
    check
        Name of the check.
    label
        Row or column it belongs to.
    message
        The finding in words, with the value.
    value, expected
        What stands there and what should (in the unit of the table), where the check compares two numbers.
    """

    severity: Severity
    check: str
    label: str
    message: str
    value: float = np.nan
    expected: float = np.nan


@dataclass(frozen=True, eq=False)
class Validation:
    """All findings of one validation.

    Parameters
    ----------
    findings
        One row per finding, errors first: ``severity, check, label, value, expected, message``.
    tolerance
        Largest accepted imbalance as a share of the output of the row or column.
    """

    findings: pd.DataFrame
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether nothing was found that would give wrong numbers (warnings and notes may remain)."""
        return not bool((self.findings["severity"] == "error").any())

    def to_frame(self) -> pd.DataFrame:
        """Return the findings as a new frame."""
        return self.findings.copy()

    def messages(self, severity: Severity = "error") -> list[str]:
        """Sentences of the findings of one severity."""
        return list(self.findings.loc[self.findings["severity"] == severity, "message"])

    def __str__(self) -> str:
        counts = ", ".join(f"{int((self.findings['severity'] == name).sum())} {name}(s)" for name in _RANK)
        shown = [f"  {row.severity}: {row.message}" for row in self.findings.head(20).itertuples()]
        more = len(self.findings) - len(shown)
        return "\n".join([counts, *shown, *([f"  and {more} more"] if more > 0 else [])])


def make_validation(findings: Iterable[Finding], tolerance: float) -> Validation:
    """Collect findings into a :class:`Validation`, errors first, otherwise in the order found."""
    ordered = sorted(findings, key=lambda finding: _RANK[finding.severity])
    rows = [{name: getattr(finding, name) for name in _COLUMNS} for finding in ordered]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    texts = ["severity", "check", "label", "message"]
    return Validation(frame.astype(dict.fromkeys(texts, "str") | {"value": float, "expected": float}), tolerance)


def cell_findings(labels: Sequence[str], values: NDArray[np.float64], column_labels: Sequence[str]) -> list[Finding]:
    """Name the rows that have missing or infinite cells.

    Parameters
    ----------
    labels, column_labels
        Labels of the rows `(n,)` and columns `(m,)`.
    values
        Cells `(n, m)`.
    """
    bad = ~np.isfinite(values)
    found = []
    for row in np.flatnonzero(bad.any(axis=1)).tolist():
        columns = np.flatnonzero(bad[row])
        first = column_labels[columns[0]]
        amount = "every cell" if len(columns) == len(column_labels) else f"{len(columns)} cell(s), first '{first}',"
        message = f"Row '{labels[row]}': {amount} missing or not a finite number."
        found.append(Finding("error", "missing", labels[row], message))
    return found


def account_findings(
    labels: Sequence[str],
    *,
    row_totals: _Vector,
    column_totals: _Vector,
    value_added: _Vector,
    output: _Vector,
    tolerance: float,
) -> list[Finding]:
    """Check the accounts of a table: output equals uses and equals inputs plus value added.

    Parameters
    ----------
    labels
        Labels of the industries `(K,)`.
    row_totals
        Intermediate uses plus final demand of each row `(K,)`.
    column_totals
        Intermediate inputs plus taxes plus value added of each column `(K,)`.
    value_added, output
        `(K,)`, in the unit of the table.
    tolerance
        Accepted difference as a share of output; outputs below a thousandth of the mean count as that much, so that
        rounding in a tiny industry is no imbalance.

    Notes
    -----
    A file rounded to some digits has a small difference in most of its rows. Such differences - up to six times their
    robust spread, and at most a ten-thousandth of mean output - are noted and accepted. Where most rows balance to the
    last digit, the spread is zero and nothing beyond the tolerance is.
    """
    size = np.abs(output)
    typical = float(np.nanmean(size)) if len(size) and np.isfinite(size).any() else 0.0
    found = []
    for check, totals, words in (
        ("row balance", row_totals, "uses (intermediate and final) add to"),
        ("column balance", column_totals, "inputs, taxes and value added add to"),
    ):
        rounding = _rounding(totals - output, typical)
        if rounding:
            message = f"{check.capitalize()}: differences up to {rounding:,.4g} look like rounding and are accepted."
            found.append(Finding("note", "rounding", check, message, rounding))
        accepted = np.maximum(tolerance * np.maximum(size, typical / 1000), rounding)
        for index in np.flatnonzero(np.abs(totals - output) > accepted).tolist():
            message = (
                f"{check.split()[0].capitalize()} '{labels[index]}': {words} {totals[index]:,.6g}, "
                f"output is {output[index]:,.6g} (difference {totals[index] - output[index]:,.4g})."
            )
            found.append(Finding("error", check, labels[index], message, float(totals[index]), float(output[index])))
    for index in np.flatnonzero(output < 0).tolist():
        message = f"'{labels[index]}' has negative output {output[index]:,.6g}: its coefficients are set to zero."
        found.append(Finding("warning", "negative output", labels[index], message, float(output[index]), 0.0))
    for index in np.flatnonzero(value_added < 0).tolist():
        message = f"'{labels[index]}' has negative value added {value_added[index]:,.6g}."
        found.append(Finding("warning", "negative value added", labels[index], message, float(value_added[index]), 0.0))
    for index in np.flatnonzero(output == 0).tolist():
        message = f"'{labels[index]}' has no output: its input coefficients are set to zero."
        found.append(Finding("note", "zero output", labels[index], message, 0.0))
    return found


def _rounding(differences: _Vector, typical: float) -> float:
    """Size up to which differences look like rounding: zero where most rows balance exactly."""
    known = np.abs(differences[np.isfinite(differences)])
    spread = float(np.median(known)) / 0.6745 if len(known) else 0.0
    # Sums of many floating-point numbers differ in their last bits; that is no rounding of the source.
    return min(6 * spread, 1e-4 * typical) if spread > 1e-12 * typical else 0.0
