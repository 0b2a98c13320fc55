"""Rendering and saving: one verb each over every record and format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, Unpack, overload

import pandas as pd

from surveykit.errors import PublishingError, did_you_mean
from surveykit.publishing.presentation import Presentation
from surveykit.publishing.presenting import present_table
from surveykit.publishing.presenting_estimates import present_estimate, present_test
from surveykit.publishing.style import TableOptions, TableStyle
from surveykit.publishing.tables_csv import csv_text, data_frame, frame_csv
from surveykit.publishing.tables_html import html_table, notebook_table
from surveykit.publishing.tables_latex import latex_table
from surveykit.publishing.tables_panels import banner_text
from surveykit.publishing.tables_text import markdown_table, terminal_table
from surveykit.publishing.tables_xlsx import workbook
from surveykit.publishing.writing import write_files
from surveykit.results import Estimate, Table, TableBook, TestResult

__all__ = ["FORMATS", "Record", "TextFormat", "present", "render", "render_book", "save"]

Record = Table | Estimate | TestResult
TextFormat = Literal["terminal", "html", "notebook", "latex", "markdown", "csv"]

#: Formats, and the file suffixes that stand for them.
FORMATS: Mapping[str, tuple[str, ...]] = {
    "terminal": (".txt",),
    "html": (".html", ".htm"),
    "notebook": (),
    "latex": (".tex",),
    "markdown": (".md", ".markdown"),
    "csv": (".csv",),
    "xlsx": (".xlsx",),
}


def present(record: Record, style: TableStyle) -> Presentation:
    """Lay a record out as printed text, in no format yet.

    Raises
    ------
    PublishingError
        If the record is not a table, an estimate or a test.
    """
    if isinstance(record, Table):
        return present_table(record, style)
    if isinstance(record, Estimate):
        return present_estimate(record, style)
    if isinstance(record, TestResult):
        return present_test(record, style)
    raise PublishingError(  # what type checkers rule out, users still pass
        f"A {type(record).__name__} is not a record that can be printed.",
        remedy="Give a Table, an Estimate, a Model or a TestResult; wrap published numbers by sk.published().",
    )


@overload
def render(
    record: Record | TableBook,
    format: TextFormat = "terminal",
    **options: Unpack[TableOptions],
) -> str: ...
@overload
def render(record: Record | TableBook, format: Literal["xlsx"], **options: Unpack[TableOptions]) -> bytes: ...


def render(
    record: Record | TableBook,
    format: str = "terminal",  # noqa: A002
    **options: Unpack[TableOptions],
) -> str | bytes:
    """Render a table, estimate, model or test, or the tables of a topline or banner one after the other.

    Parameters
    ----------
    record
        What a verb returned.
    format
        ``"terminal"``, ``"html"`` (a fragment), ``"notebook"`` (HTML with its stylesheet, shown by a notebook),
        ``"latex"``, ``"markdown"``, ``"csv"`` (long, full precision) or ``"xlsx"`` (bytes).
    **options
        Fields of :class:`surveykit.publishing.TableStyle`: ``title, number, subtitle, show, decimals, rounding,
        minimum_base, flag_base, letters, lang, year, source, illustrative, width``.

    Returns
    -------
    str or bytes
        Labels are inert in every format. Percentages of a base below `minimum_base` (30) are ``..``, those below
        `flag_base` (50) are marked ``*``; both bases stand in the table.

    Raises
    ------
    PublishingError
        If format or an option is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"size": ["small", "large"] * 90, "exporter": ["yes", "no", "no"] * 60})
    >>> table = sk.crosstab(sk.Survey(firms), "size ~ exporter", percent="column", margins=False)
    >>> print(sk.render(table, "markdown", show="estimate"), end="")
    **size by exporter**
    <BLANKLINE>
    Percent of column
    <BLANKLINE>
    | size  |   no |  yes |
    | :---- | ---: | ---: |
    | large | 50.0 | 50.0 |
    | small | 50.0 | 50.0 |
    | n     |  120 |   60 |
    <BLANKLINE>
    Base: all respondents; n = 180. Unweighted.
    """
    if format not in FORMATS:
        raise PublishingError(f"'{format}' is not a format of tables.", remedy=did_you_mean(format, FORMATS))
    style = _style(options)
    if isinstance(record, TableBook):
        return render_book(record, format, style)
    shown = present(record, style)
    if format == "csv":
        return csv_text(record, style)
    if format == "xlsx":
        return workbook([(style.number or style.title or "Table", shown)])
    return _text(shown, format, style)


def _text(shown: Presentation, format: str, style: TableStyle) -> str:  # noqa: A002
    """Write a table in a format of text."""
    if format == "terminal":
        return banner_text(shown, style.width) if shown.banner else terminal_table(shown, style.width)
    writers: Mapping[str, Callable[[Presentation], str]] = {
        "html": html_table,
        "notebook": notebook_table,
        "latex": latex_table,
        "markdown": markdown_table,
    }
    return writers[format](shown)


def render_book(book: TableBook, format: str, style: TableStyle) -> str | bytes:  # noqa: A002
    """Render tables one after the other: a sheet each in a workbook, one long frame in CSV.

    Parameters
    ----------
    book
        Tables by question.
    format
        A key of :data:`FORMATS`.
    style
        Shared by all; each is titled by its question.
    """
    if not len(book):
        raise PublishingError("There is no table to render.", remedy="Tabulate a question first.")
    if format == "csv":
        frames = [data_frame(table, style).assign(question=name) for name, table in book.items()]
        joined = pd.concat(frames, ignore_index=True)
        return frame_csv(joined[["question", *(name for name in joined.columns if name != "question")]])
    shown = [(name, present(table, _of_question(name, table, style))) for name, table in book.items()]
    if format == "xlsx":
        return workbook(shown)
    return "\n".join(_text(one, format, style) for _, one in shown)


def _of_question(name: str, table: Table, style: TableStyle) -> TableStyle:
    """Style of one table: its question as the title, what else was given before it."""
    asked = next((one.question for one in table.rows if one.question), "")
    return replace(style, number=f"{style.number} {name if asked else ''}".strip(), title=asked or name)


def save(record: Record | TableBook | Mapping[str, Record], path: str | Path, **options: Unpack[TableOptions]) -> Path:
    """Write a record to a file whose suffix names the format; the file is there whole or not at all.

    Parameters
    ----------
    record
        A record, or a mapping of sheet names to records for one workbook. The tables of a topline or banner go into one
        file of any format.
    path
        Ends in ``.txt, .html, .tex, .md, .csv`` or ``.xlsx``.
    **options
        As :func:`render`.

    Returns
    -------
    Path
        The file. Equal records give equal bytes.

    Raises
    ------
    PublishingError
        If the suffix is not known or the file cannot be written.

    Examples
    --------
    >>> import surveykit as sk
    >>> sk.save({"Sizes": table, "Exporters": other}, "tables.xlsx")  # doctest: +SKIP
    """
    target = Path(path)
    named = {suffix: name for name, suffixes in FORMATS.items() for suffix in suffixes}
    suffix = target.suffix.lower()
    if suffix not in named:
        raise PublishingError(
            f"'{target.name}' does not end in a format that is known.", remedy=f"Use one of {', '.join(named)}."
        )
    if isinstance(record, Mapping) and not isinstance(record, TableBook):
        content = _workbook_of(record, suffix, _style(options))
    else:
        made = render(record, named[suffix], **options)  # type: ignore[call-overload]
        content = made if isinstance(made, bytes) else str(made).encode("utf-8")
    return write_files({target: content})[0]


def _workbook_of(records: Mapping[str, Record], suffix: str, style: TableStyle) -> bytes:
    if suffix != ".xlsx":
        raise PublishingError(
            f"{len(records)} records cannot go into one '{suffix}' file.", remedy="Save them one by one, or as '.xlsx'."
        )
    if not records:
        raise PublishingError("There is no record to save.", remedy="Give at least one.")
    return workbook([(name, present(record, style)) for name, record in records.items()])


def _style(options: TableOptions) -> TableStyle:
    known = TableStyle.__dataclass_fields__
    for name in options:
        if name not in known:
            raise PublishingError(f"'{name}' is not an option of tables.", remedy=did_you_mean(name, known))
    return TableStyle(**options)
