"""Tests of means and of ranks."""

from __future__ import annotations

from tests.oracles.answers import Fields
from tests.oracles.calls import Bound, translates
from tests.oracles.functions.tables import result_fields
from tests.oracles.sample import Sample
from tests.oracles.syntax import Constant
from tests.oracles.verbs import verb

__all__: list[str] = []


def _sides(bound: Bound) -> tuple[Sample, str]:
    formula = bound.session.formula(bound.node("formula"))
    left, right = formula.operands
    if isinstance(right, Constant):
        sample, (outcome,) = bound.sample().variables([left])
        return sample, f"{outcome.quoted} ~ {right.value:g}"
    sample, (outcome, group) = bound.sample().variables([left, right])
    return sample, f"{outcome.quoted} ~ {group.quoted}"


@translates("svyttest", "formula design ...")
def svyttest(bound: Bound) -> Fields:
    sample, text = _sides(bound)
    return result_fields(verb("t_test")(sample.survey, text), "regression")


@translates("svyranktest", "formula design test ...")
def svyranktest(bound: Bound) -> Fields:
    sample, text = _sides(bound)
    test = str(bound.value("test", "wilcoxon"))
    name = {"KruskalWallis": "kruskal-wallis"}.get(test, test)
    # R gives equal values the plain mean of the ranks that the rows have one after the other.
    result = verb("rank_test")(sample.survey, text, test=name, ties="sequential")
    fields = dict(result_fields(result, "regression").values)
    if result.statistic_name == "F":
        # With more than two groups R puts the degrees of freedom in the statistic's place, and a chi-square (F times
        # its degrees of freedom) in the parameter's; ?svyranktest says so.
        fields |= {"statistic": result.df, "parameter": result.statistic * result.df}
    fields.pop("ci95", None)
    return Fields(fields, "regression")
