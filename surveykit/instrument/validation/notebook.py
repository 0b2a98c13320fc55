"""Where the checks write what they find."""

from __future__ import annotations

from typing import Literal

from surveykit.instrument.findings import Finding
from surveykit.instrument.loading import Place
from surveykit.instrument.model import Instrument

__all__ = ["Notebook"]


class Notebook:
    """Collects findings about one instrument and knows the line of each place in its file."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.findings: list[Finding] = []

    def error(self, place: Place, rule: str, message: str, remedy: str) -> None:
        """Note something that stops the instrument from being read."""
        self._note("error", place, rule, message, remedy)

    def warning(self, place: Place, rule: str, message: str, remedy: str) -> None:
        """Note something worth a look."""
        self._note("warning", place, rule, message, remedy)

    def _note(self, severity: Literal["error", "warning"], place: Place, rule: str, message: str, remedy: str) -> None:
        lines = self.instrument.lines
        line = next((lines[place[:size]] for size in range(len(place), -1, -1) if place[:size] in lines), 1)
        file = self.instrument.path or self.instrument.name
        self.findings.append(Finding(file, line, severity, rule, message, remedy))

    def options_place(self, index: int, rows: bool = False) -> Place:
        """Place of a question's options: its own, or those of the list that it names."""
        question = self.instrument.questions[index]
        name = question.rows_list if rows else question.options_list
        return ("lists", name) if name else ("questions", index, "rows" if rows else "options")

    def option_place(self, place: Place, position: int, code: int) -> Place:
        """Place of one option, whether its list is written as a list or as a map of codes."""
        return (
            (*place, code)
            if (
                *place,
                code,
            )
            in self.instrument.lines
            and ((*place, position, "code") not in self.instrument.lines)
            else (*place, position)
        )
