"""The wording of errors, kept as golden text, and the error tree, kept on one screen."""

from __future__ import annotations

import inspect
import pickle

import pytest

from surveykit import errors
from surveykit.errors import ColumnError, MissingDependencyError, SurveykitError, did_you_mean, listing

TREE = """\
SurveykitError
    ClassificationError
    DataError
        ColumnError
    DesignError
    EstimationError
    ExpressionError
        FormulaError
    InstrumentError
    MissingDependencyError
    PublishingError
    QualityError
    ReadError
    StudyError
    TradeError
    WeightingError
"""


def _branch(kind: type, depth: int = 0) -> str:
    children = sorted((child for child in kind.__subclasses__() if child.__module__ == errors.__name__), key=str)
    return "    " * depth + kind.__name__ + "\n" + "".join(_branch(child, depth + 1) for child in children)


def test_the_tree_of_errors() -> None:
    assert _branch(SurveykitError) == TREE


def test_every_error_says_what_it_is_for() -> None:
    kinds = [value for name in errors.__all__ if inspect.isclass(value := getattr(errors, name))]
    assert [kind.__name__ for kind in kinds if "__doc__" not in vars(kind) or not kind.__doc__] == []


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SurveykitError("Stratum 'North' has one firm."), "Stratum 'North' has one firm."),
        (
            SurveykitError("Stratum 'North' has one firm.", remedy="Merge strata."),
            "Stratum 'North' has one firm. Merge strata.",
        ),
        (
            SurveykitError("4 fields instead of 5.", where="firms.csv, line 12", remedy="Close the quote."),
            "firms.csv, line 12: 4 fields instead of 5. Close the quote.",
        ),
        (
            ColumnError("turnovr", ["size", "turnover"]),
            "Column 'turnovr' is not in the data. Did you mean 'turnover'?",
        ),
        (
            ColumnError("turnovr", ["size", "turnover"], place="the responses", remedy="Names are case-sensitive."),
            "Column 'turnovr' is not in the responses. Did you mean 'turnover'? Names are case-sensitive.",
        ),
        (ColumnError("weight", []), "Column 'weight' is not in the data."),
        (
            ColumnError("zzz", [f"question_{number}" for number in range(10)]),
            (
                "Column 'zzz' is not in the data. Available: 'question_0', 'question_1', 'question_2', 'question_3', "
                "'question_4', 'question_5', 'question_6', 'question_7' and 2 more."
            ),
        ),
        (
            MissingDependencyError("python-docx", "office", "Writing a Word file"),
            (
                "Writing a Word file needs the package 'python-docx', which is not installed. "
                "Install it with: pip install 'surveykit[office]'"
            ),
        ),
    ],
)
def test_message(error: SurveykitError, text: str) -> None:
    assert str(error) == text


def test_the_parts_of_a_message_can_be_read_apart() -> None:
    error = SurveykitError("what", where="where", remedy="remedy")
    assert (error.what, error.where, error.remedy) == ("what", "where", "remedy")


@pytest.mark.parametrize(
    ("name", "available", "text"),
    [
        ("TURNOVER", ["size", "turnover"], "Did you mean 'turnover'?"),
        ("turnover", ["Turnover", "turnover_2023", "size"], "Did you mean 'Turnover' or 'turnover_2023'?"),
        ("sales", ["size", "sector"], "Available: 'size', 'sector'."),
        ("sales", [], ""),
        ("売上高", ["売上", "業種"], "Did you mean '売上'?"),
    ],
)
def test_did_you_mean(name: str, available: list[str], text: str) -> None:
    assert did_you_mean(name, available) == text


def test_listing_cuts_a_long_list() -> None:
    assert listing([1, 2, 3]) == "1, 2, 3"
    assert listing(range(10)) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
    assert listing([]) == ""


@pytest.mark.parametrize("error", [SurveykitError("what", where="where", remedy="remedy"), ColumnError("a", ["b"])])
def test_an_error_crosses_a_process_boundary(error: SurveykitError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
