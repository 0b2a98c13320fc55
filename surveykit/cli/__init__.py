"""The command line: every step that a study file declares, and the single verbs on a data file.

A command's module is imported when the command is asked for, so that ``surveykit --help`` answers at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import click

from surveykit.errors import SurveykitError

__all__ = ["COMMANDS", "main"]

#: Command and the module that holds it; the help of the group shows the words beside it.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "new": ("surveykit.cli.studies", "Begin a study from an export or an instrument."),
    "build": ("surveykit.cli.studies", "Build a study: page, tables, figures, manifest."),
    "read": ("surveykit.cli.exports", "Say what is in an export of a survey platform."),
    "draft": ("surveykit.cli.exports", "Write a first instrument from an export."),
    "instrument": ("surveykit.instrument.cli", "Check, show, compare, start, export and import questionnaires."),
    "plan": ("surveykit.cli.fieldwork", "Say what a sample of a size could tell."),
    "simulate": ("surveykit.cli.fieldwork", "Invent answers that hit published numbers."),
    "describe": ("surveykit.cli.single", "Show strata, sampling units and the spread of the weights."),
    "mean": ("surveykit.cli.single", "Weighted means with standard errors."),
    "crosstab": ("surveykit.cli.single", "Cross-tabulate, with a design-based test."),
    "topline": ("surveykit.cli.single", "One table for each variable."),
    "banner": ("surveykit.cli.single", "Many variables by many others side by side, with column letters."),
    "regress": ("surveykit.cli.single", "Fit a regression with a design-based covariance."),
}


class _Face(click.Group):
    """Loads a command when it is asked for, and turns the project's own errors into one clean line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SurveykitError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=_Face, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="surveykit", prog_name="surveykit")
def main() -> None:
    """Firm surveys from the questionnaire to the printed figure."""
