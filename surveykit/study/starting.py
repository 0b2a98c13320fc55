"""``new``: a study to start from, made of an export or of an instrument."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from surveykit.errors import StudyError
from surveykit.instrument import Instrument, parse_instrument, read_instrument
from surveykit.publishing.writing import write_files
from surveykit.responses import draft_instrument, read_export
from surveykit.study.loading import STUDY_FILE

__all__ = ["Begun", "new_study"]

_TEMPLATE = """\
# A study: build it with  surveykit build {folder}
# Every key is explained in docs/studies.md; editors complete from study.schema.json.
study: {name}
title: {title}
languages: [{languages}]
instrument: instrument.yaml
responses:
  file: {responses}{synthetic}
# screening:                  # whose answers count; without it every complete interview does
#   soft_limit: 2
# population:                 # counts to weight to
#   file: data/population.csv
# weights:
#   margins: [size, sector]
design:
  selection: opt-in           # a sample that chose itself; "probability" for one that was drawn
tables:
  - id: topline
    title: {{en: Topline, ja: 単純集計}}
    topline: true
#  - id: first_table
#    crosstab: row ~ column
#    percent: column
#    test: F
# figures:
#  - {{id: first_figure, kind: stacked, of: first_table, title: A topic}}
disclosure:                   # what no file can tell; the page says MISSING until it is filled
#  strategy: survey
#  sponsor: who paid, who conducted it
#  population: firms in ...
#  recruitment: how firms were found
#  mode: web questionnaire, in Japanese
#  dates: 5 July to 5 October 2024
#  limitations: what the answers cannot tell
  processing: ""
"""


@dataclass(frozen=True)
class Begun:
    """What :func:`new_study` wrote.

    Parameters
    ----------
    folder
        The study's folder.
    files
        Names below it.
    notes
        What the author should look at first.
    """

    folder: Path
    files: tuple[str, ...]
    notes: tuple[str, ...]


def new_study(folder: str | Path, source: str | Path, *, platform: str | None = None, language: str = "en") -> Begun:
    """Write a study that builds at once: the file's questions as an instrument, every question tabulated.

    Parameters
    ----------
    folder
        A folder that does not exist yet, or is empty.
    source
        An export of a survey platform, a plain table, or an instrument (``.yaml``).
    platform
        Of the export; recognised by default.
    language
        Of the texts in an export: ``"en"`` or ``"ja"``.

    Raises
    ------
    StudyError
        If the folder holds something already; nothing is overwritten.
    """
    target, origin = Path(folder), Path(source)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StudyError(f"'{folder}' exists already.", remedy="Choose another name; nothing was overwritten.")
    if not origin.is_file():
        raise StudyError(f"There is no file '{source}'.", remedy="Name an export or an instrument.")
    if language not in ("en", "ja"):
        raise StudyError(f"Pages are not written in '{language}'.", remedy="Choose 'en' or 'ja'.")
    if origin.suffix.lower() in (".yaml", ".yml"):
        return _from_instrument(target, origin)
    return _from_export(target, origin, platform, language)


def _from_instrument(target: Path, origin: Path) -> Begun:
    instrument = read_instrument(origin)
    languages = [code for code in (instrument.published, *instrument.languages) if code in ("en", "ja")] or ["en"]
    text = _study(target, instrument, "data/responses.csv", list(dict.fromkeys(languages)))
    _write(target, {"instrument.yaml": origin.read_bytes(), STUDY_FILE: text.encode("utf-8")})
    (target / "data").mkdir()
    note = "Put the export of the answers at data/responses.csv, or change 'responses: file:' to its name."
    return Begun(target, ("instrument.yaml", STUDY_FILE), (note,))


def _from_export(target: Path, origin: Path, platform: str | None, language: str) -> Begun:
    export = read_export(origin, platform)
    draft = draft_instrument(export, language=language)
    instrument = parse_instrument(draft, name="instrument.yaml")
    name = _plain_name(origin)
    text = _study(target, instrument, f"data/{name}", [language])
    _write(target, {"instrument.yaml": draft.encode("utf-8"), STUDY_FILE: text.encode("utf-8")})
    (target / "data").mkdir()
    shutil.copyfile(origin, target / "data" / name)
    notes = [f"{origin.name} was read as an export of {export.platform} with {len(export.frame)} respondents."]
    notes += [
        "instrument.yaml is a draft: routing, band edges and options that nobody chose are yours to add.",
        *export.notes,
    ]
    if export.personal:
        notes.append(f"Personal data are kept out of the study: {', '.join(export.personal)}.")
    return Begun(target, ("instrument.yaml", STUDY_FILE, f"data/{name}"), tuple(notes))


def _plain_name(origin: Path) -> str:
    """Name of a file without characters that a study's paths refuse."""
    return re.sub(r"[^\w.+-]+", "_", origin.name)


def _study(target: Path, instrument: Instrument, responses: str, languages: Sequence[str]) -> str:
    name = re.sub(r"[^a-z0-9_]+", "_", instrument.name.casefold()).strip("_")[:40]
    title = {code: _title(instrument.title.get(code) or next(iter(instrument.title.values()))) for code in languages}
    shown = yaml.safe_dump(title, allow_unicode=True, default_flow_style=True, width=10_000).strip()
    return _TEMPLATE.format(
        folder=re.sub(r"\s+", " ", target.name),
        name=name if name[:1].isalpha() else f"study_{name}",
        title=shown,
        languages=", ".join(languages),
        responses=yaml.safe_dump(responses, allow_unicode=True, width=10_000).partition("\n")[0],
        synthetic="\n  synthetic: true" if "synthetic" in responses.casefold() else "",
    )


def _title(text: str) -> str:
    """A title that is no file name.

    Examples
    --------
    >>> _title("firms_2024"), _title("Firms of 2024")
    ('Firms 2024', 'Firms of 2024')
    """
    return text if " " in text else f"{text[:1].upper()}{text[1:]}".replace("_", " ")


def _write(target: Path, contents: dict[str, bytes]) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(
            f"'{target}' cannot be made: {error.strerror or error}.", remedy="Check the path and its permissions."
        ) from None
    write_files({target / name: content for name, content in contents.items()})
