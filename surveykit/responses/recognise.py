"""Which file is this? By its first bytes, then, for a table, by asking every platform."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from surveykit.errors import ReadError, did_you_mean
from surveykit.responses.export import Export
from surveykit.responses.platforms import (
    google_forms,
    limesurvey,
    odk,
    plain,
    pollfish,
    qualtrics,
    redcap,
    surveygizmo,
    surveymonkey,
)
from surveykit.responses.platforms.statistical import read_parquet, read_statistical
from surveykit.responses.source import ReadOptions, Source, open_text, open_workbook
from surveykit.responses.text import Progress, unmarked_utf16
from surveykit.responses.workbook import check_archive

__all__ = ["PLATFORMS", "container_of", "read_export"]

PLATFORMS: Mapping[str, ModuleType] = {
    "qualtrics": qualtrics,
    "surveymonkey": surveymonkey,
    "limesurvey": limesurvey,
    "kobo": odk,
    "ona": odk,
    "odk": odk,
    "pollfish": pollfish,
    "google-forms": google_forms,
    "surveygizmo": surveygizmo,
    "redcap": redcap,
    "csv": plain,
    "xlsx": plain,
}
_STATISTICAL = {"sav": "spss", "por": "spss", "dta": "stata", "sas7bdat": "sas", "xpt": "sas"}
_SAS = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
_ENDINGS = {
    "sav": (".sav", ".zsav"),
    "por": (".por",),
    "dta": (".dta",),
    "sas7bdat": (".sas7bdat",),
    "xpt": (".xpt", ".xport"),
    "parquet": (".parquet", ".pq"),
    "xlsx": (".xlsx", ".xlsm"),
    "text": (".csv", ".tsv", ".tab", ".txt", ".dat"),
}
_NOT_DATA: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), what, remedy)
    for pattern, what, remedy in (
        (
            r'\s*\{.*"(SurveyEntry|SurveyElements)"',
            "a Qualtrics survey definition (QSF)",
            "Read it with read_instrument; export the answers as CSV.",
        ),
        (
            r".*<LimeSurveyDocType>",
            "a LimeSurvey definition",
            "Read it with read_instrument; export the answers as CSV.",
        ),
        (
            r'"?Variable / Field Name"?,',
            "a REDCap data dictionary",
            "Read it with read_instrument; export the records as CSV.",
        ),
        (
            r"\s*(<!doctype html|<html)",
            "a web page, not an export",
            "The download may have ended at a log-in page: export again.",
        ),
        (r"\s*<\?xml", "an XML file", "Export the answers as CSV or XLSX."),
        (r"\s*[\[{]\s*[\"\[{]", "a JSON file", "Export the answers as CSV or XLSX."),
        (r"%PDF", "a PDF document", "Export the answers as CSV or XLSX."),
        (r"\{\\rtf", "a formatted text document", "Export the answers as CSV or XLSX."),
    )
)


def container_of(path: Path) -> str:
    """Tell the kind of file by its content.

    Returns ``text``, ``xlsx``, ``zip``, ``sav``, ``por``, ``dta``, ``sas7bdat``, ``xpt`` or ``parquet``.

    Raises
    ------
    ReadError
        When the file is missing, empty, or something that holds no answers.
    """
    if not path.is_file():
        neighbours = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        raise ReadError(f"There is no file '{path}'.", remedy=did_you_mean(path.name, neighbours) or None)
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        raise ReadError(f"'{path.name}' is empty.", remedy="Export it again.")
    if start[:4] in (b"$FL2", b"$FL3"):
        return "sav"
    if b"SPSS PORT FILE" in start[:600] or (start[:40].isascii() and b"SPSSPORT" in start[:700]):
        return "por"
    if start.startswith(b"<stata_dta>") or (start[0] in range(102, 116) and start[1] in (1, 2) and start[2] == 1):
        return "dta"
    if start.startswith(_SAS):
        return "sas7bdat"
    if start.startswith(b"HEADER RECORD*******LIB"):
        return "xpt"
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "xlsx" if "xl/workbook.xml" in check_archive(path) else "zip"
    return _text_or_nothing(path, start)


def _text_or_nothing(path: Path, start: bytes) -> str:
    if start.startswith(bytes.fromhex("d0cf11e0a1b11ae1")):
        raise ReadError(
            f"'{path.name}' is an old Excel workbook (.xls).", remedy="Save it as .xlsx or CSV and read that."
        )
    if start.startswith(b"\x1f\x8b"):
        raise ReadError(f"'{path.name}' is compressed (gzip).", remedy="Unpack it first.")
    wide = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else unmarked_utf16(start)
    shown = start.decode(wide or "utf-8", errors="replace").lstrip("\ufeff")
    for pattern, what, remedy in _NOT_DATA:
        if pattern.match(shown):
            raise ReadError(f"'{path.name}' is {what}.", remedy=remedy)
    binary = sum(byte < 9 or 13 < byte < 32 for byte in start)
    if binary > 0.02 * len(start) and wide is None:
        raise ReadError(
            f"'{path.name}' is a binary file of a kind that is not known.",
            remedy="Export CSV, XLSX, .sav, .dta or Parquet.",
        )
    return "text"


def read_export(
    path: str | Path,
    platform: str | None = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    keep_preview: bool = False,
    keep_test: bool = False,
    rosters: Mapping[str, str | Path] | None = None,
    progress: Progress | None = None,
) -> Export:
    r"""Read a survey platform's export; the platform is recognised by content, never by the file's name.

    Parameters
    ----------
    path
        CSV, TSV, XLSX, .sav, .zsav, .por, .dta, .sas7bdat, .xpt, .parquet, or a zip archive that holds one of them.
    platform
        Name of the platform, to overrule recognition.
    encoding, delimiter, sheet
        To overrule what is detected.
    keep_preview, keep_test
        Keep rows of the platform's preview, and generated test answers, in the frame.
    rosters
        For ODK-style servers that put repeats in files of their own: the file by the repeat's name.
    progress
        Called with (bytes read, bytes in all) while a text file is read.

    Returns
    -------
    Export
        Everything the file says; nothing recoded, and the file itself untouched.

    Raises
    ------
    ReadError
        When the file is not what its name says, is damaged, or holds no answers.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "answers.csv"
    >>> _ = file.write_text("Timestamp,Tools?\n2024/05/01 9:00:00,Cloud\n")
    >>> read_export(file).platform
    'google-forms'
    """
    file = Path(path)
    options = ReadOptions(encoding, delimiter, sheet, keep_preview, keep_test, progress)
    form = container_of(file)
    if form == "zip":
        raise ReadError(
            f"'{file.name}' is a zip archive.",
            remedy=f"Unpack it and read one of: {', '.join(_archived(file)) or 'its files'}.",
        )
    export = _read(file, form, platform, options)
    allowed = _ENDINGS[form]
    if file.suffix.casefold() not in allowed:
        export = replace(
            export,
            notes=(
                f"The name ends in '{file.suffix}', but the content is {form}; it was read by its content.",
                *export.notes,
            ),
        )
    if rosters:
        read = {name: odk.roster_of(read_export(place, platform), name) for name, place in rosters.items()}
        export = replace(export, rosters={**export.rosters, **read})
    return export


def _archived(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return [entry.filename for entry in archive.infolist() if not entry.is_dir()][:6]


def _read(path: Path, form: str, platform: str | None, options: ReadOptions) -> Export:
    if platform is not None:
        platform = platform.strip().casefold().replace("_", "-")
        platform = {
            "google": "google-forms",
            "googleforms": "google-forms",
            "alchemer": "surveygizmo",
            "kobotoolbox": "kobo",
        }.get(platform, platform)
        known = {*PLATFORMS, *_STATISTICAL.values(), "parquet"}
        if platform not in known:
            raise ReadError(f"Platform '{platform}' is not known.", remedy=did_you_mean(platform, sorted(known)))
        fitting = _STATISTICAL.get(form, "parquet" if form == "parquet" else None)
        if (fitting or platform in {*_STATISTICAL.values(), "parquet"}) and platform != fitting:
            raise ReadError(
                f"'{path.name}' is {form}, which platform '{platform}' does not write.", remedy="Leave platform= out."
            )
    if form in _STATISTICAL:
        return read_statistical(path, form, options)
    if form == "parquet":
        return read_parquet(path, options)
    source = open_workbook(path, options) if form == "xlsx" else open_text(path, options)
    _refuse_definitions(source)
    module = (
        PLATFORMS[platform]
        if platform
        else max(dict.fromkeys(PLATFORMS.values()), key=lambda each: each.recognise(source))
    )
    export: Export = module.read(source)
    if source.options.progress is not None and source.kind == "workbook":
        size = path.stat().st_size
        source.options.progress(size, size)
    return export


def _refuse_definitions(source: Source) -> None:
    """An XLSForm is a questionnaire, not answers."""
    names = {sheet.name.strip().casefold() for sheet in source.sheets}
    if {"survey", "choices"} <= names or (
        "survey" in names and {"type", "name"} <= {cell.strip() for cell in source.header}
    ):
        raise ReadError(
            f"'{source.path.name}' is an XLSForm questionnaire, not answers.",
            remedy="Read it with read_instrument; export the data from the server.",
        )
