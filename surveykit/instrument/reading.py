"""``read_instrument``: one YAML file to one :class:`~surveykit.instrument.model.Instrument`."""

from __future__ import annotations

from pathlib import Path

from surveykit.errors import InstrumentError
from surveykit.instrument.building import build
from surveykit.instrument.findings import Finding, raise_errors
from surveykit.instrument.loading import Source, parse_yaml, read_yaml
from surveykit.instrument.model import Instrument
from surveykit.instrument.validation import validate

__all__ = ["check_instrument", "parse_instrument", "read_instrument"]


def read_instrument(path: str | Path) -> Instrument:
    """Read and check an instrument file.

    Parameters
    ----------
    path
        A YAML file; see ``docs/instruments.md``.

    Returns
    -------
    Instrument
        Frozen; its ``columns`` say what the data look like.

    Raises
    ------
    ReadError
        The file cannot be opened, is too large or not UTF-8.
    InstrumentError
        The file does not hold together; the message lists every finding with its line and remedy.
    """
    return _sound(read_yaml(path))


def parse_instrument(text: str, *, name: str = "instrument") -> Instrument:
    """Like :func:`read_instrument`, from YAML text.

    Examples
    --------
    >>> instrument = parse_instrument('''
    ... instrument: tiny
    ... version: 1.0.0
    ... title: Tiny
    ... unit: firm
    ... languages: [en]
    ... questions:
    ...   - {id: X1, type: single, label: Any exports, options: {1: "Yes", 2: "No"}}
    ...   - {id: X2, type: number, label: To how many countries, ask_if: X1 == 1, else: 0, minimum: 0}
    ... ''')
    >>> [(column.name, column.kind) for column in instrument.columns]
    [('X1', 'single'), ('X2', 'number')]
    """
    return _sound(parse_yaml(text, name=name))


def check_instrument(path: str | Path) -> tuple[Instrument | None, tuple[Finding, ...]]:
    """Everything found in an instrument file, errors and warnings, without raising for them.

    Returns
    -------
    tuple
        The instrument, None where it could not be made, and the findings in the order of the file.
    """
    try:
        source = read_yaml(path)
    except InstrumentError as error:
        file, _, line = (error.where or Path(path).name).partition(":")
        return None, (Finding(file, int(line or 1), "error", "yaml", error.what, error.remedy or ""),)
    instrument, findings = build(source)
    if instrument is not None:
        findings = [*findings, *validate(instrument)]
    return instrument, tuple(sorted(findings))


def _sound(source: Source) -> Instrument:
    instrument, findings = build(source)
    if instrument is not None:
        findings = [*findings, *validate(instrument)]
    raise_errors(findings)
    assert instrument is not None
    return instrument
