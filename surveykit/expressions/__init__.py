"""The one small expression language of the project.

It serves routing and checks of an instrument, derived variables, ``Survey.where`` and the factors of a
model formula. :func:`parse` turns text into a tree of frozen nodes; :func:`evaluate` computes it on NumPy
columns; :func:`to_sql` writes it as SQL. XPath and SurveyJS are written in the instrument room.
"""

from surveykit.expressions.choices import ChoiceColumns, expand_choices
from surveykit.expressions.evaluate import evaluate
from surveykit.expressions.nodes import (
    Arithmetic,
    Boolean,
    Call,
    Choose,
    Column,
    Compare,
    Expr,
    Literal,
    Membership,
    Negate,
    Not,
    children,
    names,
    transform,
    walk,
)
from surveykit.expressions.parse import FUNCTIONS, parse, quote_name
from surveykit.expressions.sql import SqlColumn, to_sql
from surveykit.expressions.values import Values

__all__ = [
    "FUNCTIONS",
    "Arithmetic",
    "Boolean",
    "Call",
    "ChoiceColumns",
    "Choose",
    "Column",
    "Compare",
    "Expr",
    "Literal",
    "Membership",
    "Negate",
    "Not",
    "SqlColumn",
    "Values",
    "children",
    "evaluate",
    "expand_choices",
    "names",
    "parse",
    "quote_name",
    "to_sql",
    "transform",
    "walk",
]
