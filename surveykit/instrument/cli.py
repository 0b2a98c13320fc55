"""``surveykit instrument``: check, show, compare, start, export and import questionnaires."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from surveykit.errors import ReadError, SurveykitError
from surveykit.instrument.comparing import compare_instruments
from surveykit.instrument.exchange import EXPORTS, export_instrument, import_draft
from surveykit.instrument.reading import check_instrument, read_instrument
from surveykit.instrument.schema import write_json_schema
from surveykit.instrument.starting import new_instrument, show_instrument

__all__ = ["instrument"]


class _Group(click.Group):
    """Shows errors of the package as messages, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SurveykitError as error:
            raise click.ClickException(str(error)) from error


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)


@click.group(cls=_Group)
def instrument() -> None:
    """Questionnaires: check, show, compare, start, export, import."""


@instrument.command(name="check")
@click.argument("paths", nargs=-1, required=True, type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
def _check(paths: tuple[Path, ...], as_json: bool, strict: bool) -> None:
    """Check instrument files; exit status 1 when something does not hold together."""
    failed = False
    records: list[dict[str, Any]] = []
    for path in paths:
        found, findings = check_instrument(path)
        failed |= found is None or any(finding.severity == "error" or strict for finding in findings)
        records += [asdict(finding) for finding in findings]
        if not as_json:
            for finding in findings:
                click.echo(str(finding))
            if found is not None and not findings:
                click.echo(f"{path.name}: sound ({len(found.questions)} questions, {len(found.columns)} columns)")
    if as_json:
        click.echo(json.dumps(records, ensure_ascii=False, indent=1))
    if failed:
        raise click.exceptions.Exit(1)


@instrument.command(name="show")
@click.argument("path", type=_FILE)
@click.argument("question", required=False)
@click.option("--language", help="Language of the texts; default the published one.")
def _show(path: Path, question: str | None, language: str | None) -> None:
    """Show an instrument at a glance, or one QUESTION in full."""
    click.echo(show_instrument(read_instrument(path), question=question, language=language))


@instrument.command(name="diff")
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Changes as JSON.")
def _diff(old: Path, new: Path, as_json: bool) -> None:
    """Compare two versions; changes after which data do not pool come first, with exit status 1."""
    changes = compare_instruments(read_instrument(old), read_instrument(new))
    if as_json:
        click.echo(json.dumps([asdict(change) for change in changes], ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(str(change) for change in changes) or "No differences.")
    if any(change.effect == "data" for change in changes):
        raise click.exceptions.Exit(1)


@instrument.command(name="new")
@click.argument("path", type=_OUT)
@click.option("--language", "languages", multiple=True, default=("en",), help="Repeat for more; the fielded one first.")
@click.option("--unit", default="firm", show_default=True, help="What one row of data is.")
def _new(path: Path, languages: tuple[str, ...], unit: str) -> None:
    """Write a small instrument to start from."""
    if path.exists():
        raise ReadError(f"'{path}' exists already.", remedy="Choose another name; nothing was overwritten.")
    path.write_text(new_instrument(path.stem, languages=languages, unit=unit), encoding="utf-8")
    click.echo(f"{path}: edit it, then  surveykit instrument check {path}")


@instrument.command(name="export")
@click.argument("path", type=_FILE)
@click.argument("format_name", metavar="FORMAT", type=click.Choice(sorted(EXPORTS)))
@click.argument("out", type=_OUT)
def _export_command(path: Path, format_name: str, out: Path) -> None:
    """Write an instrument in another FORMAT."""
    click.echo(str(export_instrument(read_instrument(path), format_name, out)))


@instrument.command(name="import")
@click.argument("path", type=_FILE)
@click.argument("out", type=_OUT)
def _import_command(path: Path, out: Path) -> None:
    """Draft an instrument from XLSForm, Qualtrics, REDCap, LimeSurvey, SPSS or Stata."""
    draft = import_draft(path)
    out.write_text(draft.yaml, encoding="utf-8")
    for note in draft.notes:
        click.echo(f"note: {note}")
    for finding in draft.findings:
        click.echo(f"to mend [{finding.rule}]: {finding.message} {finding.remedy}")
    click.echo(str(out))


@instrument.command(name="schema")
@click.argument("out", type=_OUT)
def _schema(out: Path) -> None:
    """Write the JSON Schema of instrument files, for completion in an editor."""
    click.echo(str(write_json_schema(out)))
