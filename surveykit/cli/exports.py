"""Exports of survey platforms: what is in one, and a first instrument from it."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from surveykit.responses import draft_instrument, read_export

__all__ = ["draft", "read"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PLATFORM = click.option("--platform", help="Platform of the export; recognised by default.")


@click.command()
@click.argument("file", type=_FILE)
@_PLATFORM
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a summary.")
def read(file: Path, platform: str | None, as_json: bool) -> None:
    """Say what is in FILE, an export of a survey platform: questions, respondents, oddities. No answer is shown."""
    with Console(stderr=True).status(f"reading {file.name}"):
        export = read_export(file, platform)
    if not as_json:
        click.echo(str(export))
        return
    questions = [
        {"id": one.id, "type": one.type, "text": one.text, "options": list(one.options), "columns": list(one.columns)}
        for one in (export.question_at(place) for place in range(len(export.questions)))
    ]
    facts = {"platform": export.platform, "sha256": export.sha256, "respondents": len(export.frame)}
    facts |= {"personal": list(export.personal), "notes": list(export.notes), "questions": questions}
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1))


@click.command()
@click.argument("file", type=_FILE)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; the terminal by default.")
@_PLATFORM
@click.option("--language", default="en", show_default=True, help="Language of the texts in the export.")
def draft(file: Path, out: Path | None, platform: str | None, language: str) -> None:
    """Write a first instrument from FILE, an export of a survey platform."""
    text = draft_instrument(read_export(file, platform), language=language)
    if out is None:
        click.echo(text, nl=False)
        return
    if out.exists():
        raise click.ClickException(f"'{out}' exists already. Choose another name; nothing was overwritten.")
    out.write_text(text, encoding="utf-8")
    click.echo(str(out))
