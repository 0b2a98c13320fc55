"""Studies: build one, begin one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from surveykit.study import Outcome, new_study
from surveykit.study import build as build_study

__all__ = ["build", "new"]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder outside FOLDER that the study may read from; repeat it for more.",
)
@click.option("--force", is_flag=True, help="Compute everything anew.")
@click.option("--json", "as_json", is_flag=True, help="Write what happened as JSON.")
def build(folder: Path, roots: tuple[Path, ...], force: bool, as_json: bool) -> None:
    """Build the study in FOLDER into FOLDER/out: a page, tables, figures, data and a manifest.

    Only what changed is computed. Exit status 1: something could not be built, and its reason stands on the page. Exit
    status 3: all is built, and disclosure items are missing.
    """
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("reading", total=None)
        outcome = build_study(
            folder,
            roots=roots,
            force=force,
            progress=lambda name, at, total: bar.update(task, description=name, completed=at - 1, total=total),
        )
    if as_json:
        click.echo(json.dumps(asdict(outcome) | {"status": outcome.status}, ensure_ascii=False, indent=1, default=str))
    else:
        _tell(outcome)
    if outcome.status:
        raise click.exceptions.Exit(outcome.status)


def _tell(outcome: Outcome) -> None:
    click.echo(f"{outcome.folder / 'index.html'}: {len(outcome.made)} made, {len(outcome.kept)} unchanged")
    for name, reason in outcome.waiting.items():
        click.echo(f"waiting  {name}: {reason}")
    for name, reason in outcome.failed.items():
        click.echo(f"failed   {name}: {reason}", err=True)
    if outcome.missing:
        click.echo(f"missing  disclosure items: {', '.join(outcome.missing)}", err=True)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "source",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An export of a survey platform, a plain table, or an instrument (.yaml).",
)
@click.option("--platform", help="Platform of the export; recognised by default.")
@click.option("--language", type=click.Choice(["en", "ja"]), default="en", show_default=True, help="Of the export.")
def new(folder: Path, source: Path, platform: str | None, language: str) -> None:
    """Begin a study in FOLDER, which `surveykit build FOLDER` then turns into a page with every question tabulated."""
    with Console(stderr=True).status(f"reading {source.name}"):
        begun = new_study(folder, source, platform=platform, language=language)
    for name in begun.files:
        click.echo(str(begun.folder / name))
    for note in begun.notes:
        click.echo(f"note: {note}")
    click.echo(f"next: surveykit build {begun.folder}")
