"""Before the field: invented answers that hit published numbers, and what a sample of a size could tell."""

from __future__ import annotations

from pathlib import Path

import click

from surveykit.instrument import read_instrument
from surveykit.responses.plan import plan as plan_field
from surveykit.responses.simulation import as_asked, read_targets, target_table
from surveykit.responses.simulation import simulate as simulate_answers

__all__ = ["plan", "simulate"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TARGETS = click.option("--targets", type=_FILE, help="YAML file of published numbers to hit.")


@click.command()
@click.argument("instrument", type=_FILE)
@_TARGETS
@click.option("--n", "cases", type=click.IntRange(min=1), required=True, help="Number of sound, complete answers.")
@click.option("--seed", type=int, required=True, help="Seed of the draws.")
@click.option("--mode", type=click.Choice(["exact", "random"]), default="exact", show_default=True)
@click.option("--careless", type=click.IntRange(min=0), default=0, help="Careless respondents to add.")
@click.option("--speeders", type=click.IntRange(min=0), default=0, help="Speeders to add.")
@click.option("--duplicates", type=click.IntRange(min=0), default=0, help="Copies to add.")
@click.option("--screened", type=click.IntRange(min=0), default=0, help="Screened-out respondents to add.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV file to write.")
def simulate(instrument: Path, targets: Path | None, cases: int, seed: int, out: Path, **added: object) -> None:
    """Invent answers to INSTRUMENT that obey its routing and hit published numbers. The file's name says SYNTHETIC."""
    if "SYNTHETIC" not in out.name:
        raise click.ClickException(f"'{out.name}' must say SYNTHETIC. Write for example SYNTHETIC_{out.name}.")
    if out.exists():
        raise click.ClickException(f"'{out}' exists already. Choose another name; nothing was overwritten.")
    asked = read_instrument(instrument)
    wanted = None if targets is None else read_targets(targets, asked)
    answers = simulate_answers(asked, wanted, cases, seed, **added)  # type: ignore[arg-type]
    out.write_text(as_asked(answers).to_csv(index=False, lineterminator="\n"), encoding="utf-8", newline="\n")
    click.echo(str(answers))
    if wanted is not None:
        click.echo(target_table(answers, wanted).to_string(index=False))


@click.command()
@click.argument("instrument", type=_FILE)
@_TARGETS
@click.option("--n", "cases", type=click.IntRange(min=1), required=True, help="Planned number of answers.")
@click.option("--crosstab", "crosstabs", multiple=True, required=True, metavar='"ROW ~ COLUMN"', help="Planned table.")
@click.option("--deff", type=float, default=1.0, show_default=True, help="Expected design effect.")
def plan(instrument: Path, targets: Path | None, cases: int, crosstabs: tuple[str, ...], deff: float) -> None:
    """Say what a sample of INSTRUMENT could tell: cell bases, half-widths, detectable differences, power."""
    asked = read_instrument(instrument)
    wanted = None if targets is None else read_targets(targets, asked)
    click.echo(str(plan_field(asked, wanted, list(crosstabs), n=cases, deff=deff)))
