"""What a check of an instrument found: one record a finding, all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from surveykit.errors import InstrumentError

__all__ = ["Finding", "raise_errors", "report"]


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that does not hold together.

    Parameters
    ----------
    file, line
        Where; the line counts from 1.
    severity
        ``"error"`` stops reading; ``"warning"`` is worth a look.
    rule
        Short name of the rule, such as ``band-gap``.
    message
        What is wrong, with the value.
    remedy
        What to do.
    """

    file: str
    line: int
    severity: Literal["error", "warning"]
    rule: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity} [{self.rule}] {self.message} {self.remedy}".rstrip()


def report(findings: Iterable[Finding]) -> str:
    """All findings as text, one a line, in the order of the file."""
    return "\n".join(str(finding) for finding in sorted(findings))


def raise_errors(findings: Iterable[Finding]) -> None:
    """Raise one :class:`~surveykit.errors.InstrumentError` that lists every finding of severity ``error``."""
    errors = sorted(finding for finding in findings if finding.severity == "error")
    if not errors:
        return
    count = f"{len(errors)} errors" if len(errors) > 1 else "1 error"
    raise InstrumentError(f"The instrument does not hold together ({count}):\n{report(errors)}")
