"""Small files of each shape, written by us, so that a clone without the reference data tests every reader."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import xlsxwriter

__all__ = ["FIXTURES", "pollfish_workbook", "workbook"]

FIXTURES = Path(__file__).parent / "fixtures"


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """An .xlsx file; text is written as text, never as a formula, unless it is a :class:`Formula`."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, tuple):
                        sheet.write_formula(number, place, cell[0], None, cell[1])
                    elif cell is not None:
                        sheet.write(number, place, cell)
    return path


def pollfish_workbook(path: Path) -> Path:
    """The shape of a Pollfish export: question sheets, labels, codes."""
    single = [["Do you export?"], ["Answers", "Answers(%)", "Count"], ["Yes", 0.6, 3], ["No", 0.4, 2]]
    multi = [
        ["Which services do you use?"],
        ["Answers", "Answers(%)", "Respondents(%)", "Count"],
        ["Cloud, hosted", 0.5, 0.8, 4],
        ["Video", 0.5, 0.4, 2],
    ]
    labels = [
        ["ID", "Age", "Gender", "Income", "Q1", "Q2"],
        [101, "18 - 24", "male", "lower_i", "Yes", "Cloud, hosted"],
        [102, "> 54", "female", "prefer_not_to_say", "No", "Cloud, hosted, Video"],
        [103, "25 - 34", "female", "middle_i", "Yes", "Cloud, hosted"],
        [104, "25 - 34", "male", "high_i", "Yes", "Cloud, hosted"],
        [105, "35 - 44", "male", "high_i", "No", "Video"],
    ]
    coded = [
        ["ID", "Age", "Gender", "Q1", "Q2.1", "Q2.2", "Weight"],
        [101, "18 - 24", "male", 1, 1, 0, 1.1],
        [102, "> 54", "female", 2, 1, 1, 0.9],
        [103, "25 - 34", "female", 1, 1, 0, 1.0],
        [104, "25 - 34", "male", 1, 1, 0, 1.0],
        [105, "35 - 44", "male", 2, 0, 1, 1.0],
    ]
    return workbook(path, {"Q1": single, "Q2": multi, "Individuals": labels, "Individuals Coded": coded})


def as_parquet(path: Path) -> Path:
    pd.DataFrame({"firm": ["A", "B"], "size": [1, 2], "revenue": [1.5, None]}).to_parquet(path)
    return path
