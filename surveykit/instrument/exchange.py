"""Every other format by name: writers for an instrument, readers for questionnaires of other platforms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from surveykit.errors import InstrumentError, ReadError, did_you_mean
from surveykit.instrument.codebook import write_codebook
from surveykit.instrument.ddi import write_ddi
from surveykit.instrument.labelled_reading import read_labelled
from surveykit.instrument.limesurvey import read_limesurvey
from surveykit.instrument.model import Instrument
from surveykit.instrument.preview import write_preview
from surveykit.instrument.qsf import read_qsf
from surveykit.instrument.redcap import read_redcap_dictionary
from surveykit.instrument.spss import write_spss_syntax
from surveykit.instrument.surveyjs import write_surveyjs
from surveykit.instrument.table_schema import write_table_schema
from surveykit.instrument.writing import Draft, write_yaml
from surveykit.instrument.xlsform import write_xlsform
from surveykit.instrument.xlsform_reading import read_xlsform

__all__ = ["EXPORTS", "IMPORTS", "export_instrument", "import_draft"]

_Writer = Callable[[Instrument, Path], Path]
#: Formats an instrument can be written in, by name.
EXPORTS: Final[Mapping[str, _Writer]] = {
    "xlsform": write_xlsform,
    "surveyjs": write_surveyjs,
    "ddi": write_ddi,
    "table-schema": write_table_schema,
    "spss": lambda instrument, path: write_spss_syntax(instrument, path, path.with_suffix(".csv").name),
    "codebook": write_codebook,
    "preview": write_preview,
    "yaml": write_yaml,
}
#: Readers of other formats, by file ending.
IMPORTS: Final[Mapping[str, Callable[[Path], Draft]]] = {
    ".xlsx": read_xlsform,
    ".qsf": read_qsf,
    ".csv": read_redcap_dictionary,
    ".lss": read_limesurvey,
    ".sav": read_labelled,
    ".zsav": read_labelled,
    ".dta": read_labelled,
}


def export_instrument(instrument: Instrument, format_name: str, path: str | Path) -> Path:
    """Write an instrument in one of :data:`EXPORTS`.

    Raises
    ------
    InstrumentError
        The format is not known.
    """
    if format_name not in EXPORTS:
        raise InstrumentError(f"'{format_name}' is no export format.", remedy=did_you_mean(format_name, EXPORTS))
    return EXPORTS[format_name](instrument, Path(path))


def import_draft(path: str | Path) -> Draft:
    """Read a questionnaire of another platform; the file ending says which reader is used.

    Raises
    ------
    ReadError
        No reader fits the file ending, or the file is not what its ending says.
    """
    path = Path(path)
    reader = IMPORTS.get(path.suffix.lower())
    if reader is None:
        raise ReadError(
            f"No reader for '{path.suffix}' files.",
            remedy="XLSForm .xlsx, Qualtrics .qsf, REDCap .csv, LimeSurvey .lss, SPSS .sav or Stata .dta.",
        )
    return reader(path)
