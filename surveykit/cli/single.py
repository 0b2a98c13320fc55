"""Single verbs on a data file: describe, mean, crosstab, topline, banner, regress."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console

from surveykit.design import Design
from surveykit.estimation.crosstabs.crosstab import crosstab as estimate_crosstab
from surveykit.estimation.describe import describe as describe_survey
from surveykit.estimation.descriptive import mean as estimate_mean
from surveykit.estimation.regression.regression import regress as fit_regression
from surveykit.estimation.tabulation import banner_tables as tabulate_banner
from surveykit.estimation.tabulation import topline as tabulate
from surveykit.publishing import render, save
from surveykit.results import TableBook
from surveykit.survey import Survey

__all__ = ["banner", "crosstab", "describe", "mean", "regress", "topline"]


def _design_options(command: Callable[..., None]) -> Callable[..., None]:
    """Options that say how the sample was drawn."""
    options = [
        click.option("--weights", "-w", metavar="COLUMN", help="Column of the weights."),
        click.option(
            "--strata", "-s", multiple=True, metavar="COLUMN", help="Column of the strata; repeat it for later stages."
        ),
        click.option(
            "--clusters",
            "-c",
            multiple=True,
            metavar="COLUMN",
            help="Column of the sampling units; repeat it for later stages.",
        ),
        click.option(
            "--fpc", multiple=True, metavar="COLUMN", help="Column of population counts or sampling fractions."
        ),
        click.option("--nest", is_flag=True, help="Cluster labels start anew in each stratum."),
        click.option(
            "--lonely",
            type=click.Choice(["fail", "remove", "adjust", "average", "certainty"]),
            default="fail",
            show_default=True,
            help="What to do with strata of one sampling unit.",
        ),
        click.option("--where", metavar="CONDITION", help='Domain, as "export_share > 0.25". No row is dropped.'),
        click.option("--opt-in", is_flag=True, help="The sample chose itself: label intervals as model-based."),
        click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _survey(data: str, options: dict[str, Any]) -> Survey:
    design = Design(
        strata=list(options["strata"]) or None,
        clusters=list(options["clusters"]) or None,
        fpc=list(options["fpc"]) or None,
        nest=options["nest"],
        lonely=options["lonely"],
    )
    selection: Literal["probability", "opt-in"] = "opt-in" if options["opt_in"] else "probability"
    with Console(stderr=True).status(f"reading {data}"):
        survey = Survey(data, design, options["weights"], selection=selection)
    return survey.where(options["where"]) if options["where"] else survey


def _write(result: Any, as_json: bool) -> None:
    if not as_json:
        click.echo(str(result))
        return
    frame = result.to_frame()
    records = json.loads(frame.to_json(orient="records", double_precision=15))
    click.echo(json.dumps({"notes": list(getattr(result, "notes", ())), "rows": records}, ensure_ascii=False, indent=1))


@click.command()
@click.argument("data", type=click.Path(exists=True))
@_design_options
def describe(data: str, as_json: bool, **options: Any) -> None:
    """Show strata, sampling units, degrees of freedom and the spread of the weights of DATA (Parquet or CSV)."""
    _write(describe_survey(_survey(data, options)), as_json)


@click.command()
@click.argument("data", type=click.Path(exists=True))
@click.argument("variables", nargs=-1, required=True)
@click.option("--by", "-b", multiple=True, metavar="COLUMN", help="Groups; repeat it to cross them.")
@_design_options
def mean(data: str, variables: Sequence[str], by: Sequence[str], as_json: bool, **options: Any) -> None:
    """Weighted means of VARIABLES in DATA with standard errors and intervals."""
    _write(estimate_mean(_survey(data, options), list(variables), by=list(by) or None), as_json)


@click.command()
@click.argument("data", type=click.Path(exists=True))
@click.argument("formula")
@click.option(
    "--percent",
    type=click.Choice(["column", "row", "total"]),
    default="column",
    show_default=True,
    help="Base of the shares.",
)
@click.option(
    "--test",
    "statistic",
    default="F",
    show_default=True,
    type=click.Choice(["F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint", "none"]),
    help="Test of independence.",
)
@_design_options
def crosstab(data: str, formula: str, percent: Any, statistic: Any, as_json: bool, **options: Any) -> None:
    """Cross-tabulate FORMULA, as "size ~ exporter", in DATA, with a design-based test."""
    table = estimate_crosstab(_survey(data, options), formula, percent=percent)
    _write(table, as_json)
    if statistic != "none" and not as_json and "~" in formula:
        click.echo(f"\n{table.test(statistic)}")


@click.command()
@click.argument("data", type=click.Path(exists=True))
@click.argument("formula")
@click.option(
    "--family",
    "-f",
    default="gaussian",
    show_default=True,
    help="Distribution of the outcome: gaussian, binomial, poisson, gamma.",
)
@click.option("--link", help="Link; the family's canonical one by default.")
@_design_options
def regress(data: str, formula: str, family: str, link: str | None, as_json: bool, **options: Any) -> None:
    """Fit the regression FORMULA, as "sales ~ exporter + C(sector)", in DATA with a design-based covariance."""
    _write(fit_regression(_survey(data, options), formula, family=family, link=link), as_json)


@click.command()
@click.argument("data", type=click.Path(exists=True))
@click.argument("variables", nargs=-1)
@_design_options
def topline(data: str, variables: Sequence[str], as_json: bool, **options: Any) -> None:
    """One table for each of VARIABLES in DATA (all by default): shares of categories, means and medians of numbers."""
    _write_book(tabulate(_survey(data, options), list(variables) or None), as_json)


@click.command()
@click.argument("data", type=click.Path(exists=True))
@click.argument("variables", nargs=-1)
@click.option(
    "--by",
    "-b",
    multiple=True,
    required=True,
    metavar="COLUMN",
    help='Variable whose categories stand side by side; repeat it for more. "sector > size" nests size in sector.',
)
@click.option(
    "--boxes",
    multiple=True,
    metavar="NAME=COLUMNS",
    help='Boxes of which several may be ticked, as "Services=cloud,ads"; then a variable NAME.',
)
@click.option("--sort", is_flag=True, help="Answers by size.")
@click.option(
    "--adjust",
    type=click.Choice(["holm", "bonferroni", "bh", "none"]),
    default="holm",
    show_default=True,
    help="Adjustment of the letters for the pairs of columns.",
)
@click.option("--show", type=click.Choice(["se", "interval", "estimate"]), default="se", show_default=True)
@click.option("--width", type=click.IntRange(min=40), default=120, show_default=True, help="Columns of the terminal.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File: .xlsx, .html, .csv, .md, .tex, .txt."
)
@_design_options
def banner(
    data: str,
    variables: Sequence[str],
    by: Sequence[str],
    boxes: Sequence[str],
    *,
    sort: bool,
    adjust: Any,
    show: Any,
    width: int,
    out: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Tabulate VARIABLES in DATA (all by default) by banner variables side by side, with column letters."""
    joined = dict(_boxes(one) for one in boxes)
    questions: list[Any] = [{name: joined[name]} if name in joined else name for name in variables]
    across: list[Any] = [{name: joined[name]} if name in joined else name for name in by]
    book = tabulate_banner(_survey(data, options), questions or None, across, sort=sort, adjust=adjust)
    if out is not None:
        click.echo(str(save(book, out, show=show)))
        return
    if as_json:
        _write_book(book, as_json)
        return
    click.echo(render(book, show=show, width=width), nl=False)


def _boxes(text: str) -> tuple[str, list[str]]:
    name, sign, columns = text.partition("=")
    if not sign or not columns:
        raise click.BadParameter(f"'{text}' is not NAME=COLUMNS, as Services=cloud,ads.", param_hint="--boxes")
    return name, columns.split(",")


def _write_book(book: TableBook, as_json: bool) -> None:
    if as_json:
        tables = {name: json.loads(table.to_frame().to_json(orient="records", double_precision=15))
                  for name, table in book.items()}  # fmt: skip
        click.echo(json.dumps({"tables": tables, "left_out": book.left_out}, ensure_ascii=False, indent=1))
        return
    click.echo("\n\n".join(str(table) for table in book.values()))
    for name, reason in book.left_out.items():
        click.echo(f"left out  {name}: {reason}", err=True)
