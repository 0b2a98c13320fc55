"""``read_responses``: an export in the ids and codes of an instrument, with routing applied and a report."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from surveykit.errors import DataError, listing
from surveykit.instrument import Instrument, Routed, derive, read_instrument, route
from surveykit.responses.coding import Coder
from surveykit.responses.export import Export
from surveykit.responses.matching import Matches, match_columns
from surveykit.responses.recognise import read_export
from surveykit.responses.records import ImportReport, Responses

__all__ = ["code_answers", "finished", "read_responses"]

_FINISHED: Mapping[str, tuple[str, frozenset[str]]] = {
    "qualtrics": ("finished", frozenset({"1", "true", "1.0"})),
    "surveygizmo": ("status", frozenset({"complete"})),
}
_SUBMITTED = frozenset(
    {"submitdate", "date submitted", "datum abgeschickt", "date de soumission", "fecha de envío", "送信日"}
)


def read_responses(
    path: str | Path | Export,
    instrument: Instrument | str | Path,
    *,
    matches: Mapping[str, str] | None = None,
    written: Mapping[str, str] | None = None,
    platform: str | None = None,
    keep_personal: bool = False,
    salt: str | None = None,
    synthetic: bool = False,
    **options: Any,
) -> Responses:
    """Code an export to an instrument.

    Parameters
    ----------
    path
        The export's file, or an :class:`Export` that was read already.
    instrument
        The instrument, or its file.
    matches
        Instrument question or column by export question or column: confirms near matches and settles the rest.
    written
        ``codes`` or ``labels`` by question, where the export's values could be either.
    platform, options
        As for :func:`read_export`.
    keep_personal
        Keep columns with personal data among paradata and answers. Without it the cases that share a value are still
        known, as ``Responses.pseudonyms``.
    salt
        Keep personal paradata (IP and e-mail address, device) as salted SHA-256 hashes, to find duplicates.
    synthetic
        Whether the answers are invented.

    Returns
    -------
    Responses
        Every case of the export, with ``report`` saying what became of each column.

    Raises
    ------
    DataError
        When no column of the export is in the instrument.
    """
    export = path if isinstance(path, Export) else read_export(path, platform, **options)
    known = instrument if isinstance(instrument, Instrument) else read_instrument(instrument)
    found = match_columns(export, known, matches)
    if not found.found:
        near = f" Near: {listing(found.near['question'])}." if len(found.near) else ""
        raise DataError(
            f"No question of '{export.path}' is in instrument '{known.name}'.{near}",
            remedy="Check that they belong together, or say which is which in matches=.",
        )
    coder = Coder(export, known, written or {})
    for match in found.found:
        coder.add(match)
    answers = pd.DataFrame(coder.data, index=export.frame.index)
    done = finished(export)
    routed = route(known, answers, complete=done)
    frame = _without_personal(routed.frame, known, keep_personal)
    frame = pd.concat([frame, derive(known, routed.frame)], axis=1)
    return Responses(
        frame=frame,
        instrument=known,
        report=_report(export, found, coder, routed, known),
        disposition=_disposition(routed, done),
        paradata=_paradata(export, keep_personal, salt),
        synthetic=synthetic,
        pseudonyms=_pseudonyms(routed.frame, known),
    )


def code_answers(frame: pd.DataFrame, instrument: Instrument, *, synthetic: bool = False) -> Responses:
    """Responses from a frame that is in the instrument's columns and codes already.

    Parameters
    ----------
    frame
        Codes by column name, ``(n, columns)``; blanks are missing.
    instrument
        What was asked.
    synthetic
        Whether the answers are invented.
    """
    routed = route(instrument, frame)
    coded = pd.concat([routed.frame, derive(instrument, routed.frame)], axis=1)
    empty = pd.DataFrame(index=frame.index)
    return Responses(coded, instrument, None, _disposition(routed, None), empty, synthetic)


def finished(export: Export) -> pd.Series[bool] | None:
    """Whether each interview was completed, where the platform says so, ``(n,)``; None where it does not."""
    if export.platform == "limesurvey":
        for row in export.columns.itertuples():
            if row.role == "metadata" and str(row.header).strip().partition(". ")[0].casefold() in _SUBMITTED:
                return export.frame[row.name].notna()
    heading, words = _FINISHED.get(export.platform, ("", frozenset()))
    for row in export.columns.itertuples():
        if heading and heading in (
            str(row.header).casefold(),
            str(row.label).casefold(),
            str(row.import_id).casefold(),
        ):
            return export.frame[row.name].astype("str").str.casefold().isin(words)
    return None


def _without_personal(frame: pd.DataFrame, instrument: Instrument, keep: bool) -> pd.DataFrame:
    personal = [column.name for column in instrument.columns if column.personal and column.name in frame.columns]
    return frame if keep else frame.drop(columns=personal)


def _pseudonyms(frame: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Number the values of each personal column in order of appearance; blanks and missing codes have no number."""
    found: dict[str, pd.Series[Any]] = {}
    for column in instrument.columns:
        if not column.personal or column.name not in frame.columns:
            continue
        values = frame[column.name]
        given = values.notna() & ~pd.to_numeric(values, errors="coerce").between(-99, -93)
        codes, _ = pd.factorize(values.astype("str").str.strip().str.casefold().where(given))
        found[column.name] = pd.Series(codes + 1, frame.index, dtype="Int64").where(codes >= 0)
    return pd.DataFrame(found, index=frame.index)


def _disposition(routed: Routed, done: pd.Series[bool] | None) -> pd.DataFrame:
    """What became of each interview; screen-outs and refusals do not count, partial ones do until screened."""
    complete = np.ones(len(routed.frame), bool) if done is None else done.to_numpy()
    ended = routed.ended.to_numpy()
    state = np.select(
        [ended == "screen_out", ended == "refusal", ~complete], ["screened_out", "refused", "partial"], "complete"
    )
    reason = np.select(
        [ended == "screen_out", ended == "refusal"], ["screened out by an answer", "declined to take part"], ""
    )
    return pd.DataFrame(
        {
            "state": pd.Series(state, dtype="str", index=routed.frame.index),
            "counts": pd.Series((ended == ""), index=routed.frame.index),
            "reason": pd.Series(reason, dtype="str", index=routed.frame.index),
        }
    )


def _paradata(export: Export, keep_personal: bool, salt: str | None) -> pd.DataFrame:
    """The platform's columns; personal ones only when asked for, or as hashes."""
    kept: dict[str, pd.Series[Any]] = {}
    roles = dict(zip(export.columns["name"], export.columns["role"], strict=True))
    for name in export.frame.columns:
        if roles[name] not in ("metadata", "embedded"):
            continue
        if name not in export.personal or keep_personal:
            kept[name] = export.frame[name]
        elif salt is not None:
            kept[f"{name} (hashed)"] = (
                export.frame[name]
                .astype("str")
                .map(lambda value: hashlib.sha256(f"{salt}\x00{value}".encode()).hexdigest(), na_action="ignore")
            )
    return pd.DataFrame(kept, index=export.frame.index)


def _report(export: Export, found: Matches, coder: Coder, routed: Routed, instrument: Instrument) -> ImportReport:
    rows = [
        (match.question, match.how, list(match.columns.values()) or list(match.export.columns if match.export else ()))
        for match in found.found
    ]
    placed = {match.question for match in found.found}
    absent = tuple(
        question.id for question in instrument.questions if question.id not in placed and question.type != "note"
    )
    declared = tuple(column.name for column in instrument.columns if column.personal and column.name in coder.data)
    return ImportReport(
        platform=export.platform,
        path=export.path,
        sha256=export.sha256,
        rows=len(export.frame),
        left_out={"preview": export.preview_rows, "test": export.test_rows} if len(export.left_out) else {},
        matched=pd.DataFrame(rows, columns=["question", "how", "columns"]),
        unmatched=found.unmatched,
        absent=absent,
        to_confirm=found.near,
        ambiguous=tuple(coder.ambiguous),
        unknown=coder.unknown_frame(),
        conflicts=routed.conflicts,
        personal=tuple(dict.fromkeys([*export.personal, *declared])),
        notes=(*export.notes, *coder.notes),
    )
