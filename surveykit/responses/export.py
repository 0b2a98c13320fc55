"""The noun of this half of the room: an export as the platform wrote it, with what each column means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from surveykit.errors import ColumnError

__all__ = ["Column", "Export", "MissingRange", "Question", "Roster", "columns_frame", "questions_frame"]


@dataclass(frozen=True)
class Column:
    """One column of the file.

    Attributes
    ----------
    name
        Its name in the frame: the header, made unique.
    header
        The header exactly as in the file.
    label
        The second heading, where the platform writes one (question text, variable label).
    import_id
        The platform's own id of the question, where the file has it.
    role
        ``answer``, ``metadata`` (paradata), ``embedded`` (values passed in), ``other text``, ``derived`` or
        ``unnamed``.
    """

    name: str
    header: str
    label: str = ""
    import_id: str = ""
    role: str = "answer"


@dataclass(frozen=True)
class Question:
    """One question as far as the export tells.

    Attributes
    ----------
    id
        Short name: the export tag, variable name or code; the question text where the file has no other.
    text
        Wording.
    type
        ``single``, ``multi``, ``grid`` (one answer a row), ``rank``, ``number``, ``text``, ``date`` or ``loop``.
    options
        Answer labels, in the order of ``codes``. For ``multi`` with one column an option, in the order of ``columns``.
    columns
        Columns of the frame that hold the answers.
    codes
        What the file writes for each option.
    rows
        Row labels of a grid, loop or ranking, in the order of ``columns``.
    ticked
        Values that mean "chosen" in an option's column; empty means any value.
    separator
        What stands between options that share one cell, or empty.
    other
        Columns with the text of "other, please specify".
    import_id
        The platform's id of the question.
    """

    id: str
    text: str
    type: str
    columns: tuple[str, ...]
    options: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    ticked: tuple[str, ...] = ()
    separator: str = ""
    other: tuple[str, ...] = ()
    import_id: str = ""


@dataclass(frozen=True)
class MissingRange:
    """Values that the file declares missing: from ``lo`` to ``hi``, both included."""

    lo: float | str
    hi: float | str


@dataclass(frozen=True)
class Roster:
    """A repeated block: one row per household member, supplier, product ... of a respondent.

    Attributes
    ----------
    name
        Name of the repeat.
    frame
        One row per entry, original order.
    questions
        As in :class:`Export`.
    metadata
        Paradata columns.
    parent
        Name of the table that holds the parent rows.
    key
        Column of this frame that points to the parent.
    parent_key
        Column of the parent that it points to.
    """

    name: str
    frame: pd.DataFrame = field(repr=False)
    questions: pd.DataFrame = field(repr=False)
    metadata: tuple[str, ...]
    parent: str
    key: str
    parent_key: str


@dataclass(frozen=True)
class Export:
    """A survey platform's export, read but not interpreted: nothing is recoded, renamed or lost.

    Attributes
    ----------
    platform
        ``qualtrics``, ``surveymonkey``, ``limesurvey``, ``kobo``, ``ona``, ``odk``, ``pollfish``, ``google-forms``,
        ``redcap``, ``surveygizmo``, ``spss``, ``stata``, ``sas``, ``csv``, ``xlsx`` or ``parquet``.
    layout
        Variant of the platform's format, in words.
    frame
        One row per respondent, original order and columns. Text formats give text exactly as in the file
        (an empty cell is missing); SPSS, Stata, SAS and Parquet give their own types.
    questions
        One row per question: ``id, text, type, options, columns`` and more (see :class:`Question`).
    columns
        One row per column of the file: ``name, header, label, import_id, role, question, personal``.
    metadata
        Names of the paradata columns.
    personal
        Columns that hold personal data, with the kind (e-mail, IP address, name, coordinates ...). Values are
        never printed.
    preview_rows, test_rows
        Rows of the platform's preview and generated test answers that were found; left out of ``frame`` unless
        asked for.
    left_out
        Those rows, so that nothing is lost.
    status_counts
        Rows by the platform's response status, before anything was left out.
    encoding, delimiter, header_rows
        How the file was written.
    notes
        Every oddity met while reading.
    rosters
        Repeated blocks by name.
    value_labels
        Labels of coded values by column, codes as text.
    missing_values
        Values declared missing, by column.
    missing_codes
        Words and codes that stand for "no answer" on this platform and occur in the file.
    tagged_missing
        Stata's and SAS's letters for missing, cell by cell, for the columns that have them.
    multiple_response
        SPSS multiple-response sets by name.
    time_zone
        Of the time stamps, where the file names it.
    sha256
        Of the raw file, which is never written to.
    path
        Name of the file.
    """

    platform: str
    layout: str
    frame: pd.DataFrame = field(repr=False)
    questions: pd.DataFrame = field(repr=False)
    columns: pd.DataFrame = field(repr=False)
    metadata: tuple[str, ...]
    personal: Mapping[str, str]
    sha256: str
    path: str
    preview_rows: int = 0
    test_rows: int = 0
    left_out: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    status_counts: Mapping[str, int] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    header_rows: int = 1
    notes: tuple[str, ...] = ()
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    missing_values: Mapping[str, tuple[MissingRange, ...]] = field(default_factory=dict, repr=False)
    missing_codes: tuple[str, ...] = ()
    tagged_missing: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    multiple_response: Mapping[str, Mapping[str, object]] = field(default_factory=dict, repr=False)
    time_zone: str | None = None

    def question(self, name: str) -> Question:
        """The question with this id, import id or wording.

        Raises
        ------
        ColumnError
            When there is none, with the nearest names.
        """
        for key in ("id", "import_id", "text"):
            found = self.questions[self.questions[key] == name]
            if len(found):
                return self.question_at(int((self.questions[key] == name).to_numpy().argmax()))
        raise ColumnError(name, [str(each) for each in self.questions["id"]], place="the export's questions")

    def question_at(self, position: int) -> Question:
        """The question in this row of ``questions``."""
        return Question(**{str(label): value for label, value in self.questions.iloc[position].items()})

    def __str__(self) -> str:
        """A summary in a few lines; holds no answer of anybody."""
        kinds = self.questions["type"].value_counts()
        lines = [
            f"{self.path}: {self.platform} ({self.layout}), {len(self.frame)} rows, {self.frame.shape[1]} columns",
            "questions: " + (", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "none"),
            f"metadata:  {', '.join(self.metadata) or 'none'}",
        ]
        if self.preview_rows or self.test_rows:
            lines.append(f"found:     {self.preview_rows} preview and {self.test_rows} test rows")
        if self.personal:
            lines.append("personal:  " + ", ".join(f"{name} ({kind})" for name, kind in self.personal.items()))
        lines += [f"roster:    {name}, {len(roster.frame)} rows" for name, roster in self.rosters.items()]
        return "\n".join([*lines, *(f"note:      {note}" for note in self.notes)])


_QUESTION_FIELDS = (
    "id",
    "text",
    "type",
    "options",
    "columns",
    "codes",
    "rows",
    "ticked",
    "separator",
    "other",
    "import_id",
)


def questions_frame(questions: Iterable[Question]) -> pd.DataFrame:
    """The questions as a frame, one row each; lists stay lists."""
    rows = [{name: getattr(question, name) for name in _QUESTION_FIELDS} for question in questions]
    lists = {"options", "columns", "codes", "rows", "ticked", "other"}
    frame = {
        name: pd.Series(
            [list(row[name]) if name in lists else row[name] for row in rows], dtype=object if name in lists else "str"
        )
        for name in _QUESTION_FIELDS
    }
    return pd.DataFrame(frame)


def columns_frame(
    columns: Sequence[Column], questions: Sequence[Question], personal: Mapping[str, str]
) -> pd.DataFrame:
    """The data dictionary of the file, one row per column."""
    owner = {name: question.id for question in questions for name in (*question.columns, *question.other)}
    data = {
        "name": [column.name for column in columns],
        "header": [column.header for column in columns],
        "label": [column.label for column in columns],
        "import_id": [column.import_id for column in columns],
        "role": [column.role for column in columns],
        "question": [owner.get(column.name, "") for column in columns],
        "personal": [personal.get(column.name, "") for column in columns],
    }
    return pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in data.items()})
