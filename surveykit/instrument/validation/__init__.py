"""Whether an instrument holds together: every finding at once, each with its line and remedy."""

from __future__ import annotations

from surveykit.instrument.findings import Finding
from surveykit.instrument.model import Instrument
from surveykit.instrument.validation.bands import check_bands
from surveykit.instrument.validation.expressions import check_expressions
from surveykit.instrument.validation.labels import check_labels
from surveykit.instrument.validation.notebook import Notebook
from surveykit.instrument.validation.reach import check_reach
from surveykit.instrument.validation.structure import check_structure

__all__ = ["validate"]


def validate(instrument: Instrument) -> list[Finding]:
    """Check identifiers, options, bands, translations, expressions and routing.

    Parameters
    ----------
    instrument
        As built from a file or in code.

    Returns
    -------
    list of Finding
        Errors and warnings in the order of the file; empty where nothing is wrong.
    """
    notebook = Notebook(instrument)
    check_structure(notebook)
    check_bands(notebook)
    check_labels(notebook)
    check_expressions(notebook)
    if not any(finding.severity == "error" for finding in notebook.findings):
        check_reach(notebook)
    return sorted(notebook.findings)
