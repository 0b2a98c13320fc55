"""Survey: what it takes, how a domain is marked, and the words in which every bad input is refused (golden text)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design, HartleyRao, JointProbabilities, TwoPhase
from surveykit.errors import ColumnError, DataError, SurveykitError, SurveykitWarning, WeightingError
from surveykit.estimation.descriptive import count, mean, proportion, ratio, total
from surveykit.estimation.regression.regression import regress
from surveykit.replication import replicate
from surveykit.results import Estimate
from surveykit.survey import WEIGHT_COLUMN, Survey, reweighted, with_replicates, with_variable, with_weights
from surveykit.weighting import base_weights, rake
from tests.estimation.firms import DESIGNS, clustered, firms

GOLDEN = Path(__file__).parent / "golden" / "bad_input.txt"

Bad = Callable[[], object]


def _with(column: str, value: Any, row: int = 3) -> pd.DataFrame:
    frame = firms()
    values = frame[column].astype(object if isinstance(value, str) else float).to_numpy(copy=True)
    values[row] = value
    return frame.assign(**{column: values})


def _lonely() -> pd.DataFrame:
    frame = firms()
    return frame.assign(region=np.where(frame.index == 7, "North/large", frame["region"].astype(str)))


def _shares() -> pd.DataFrame:
    return firms(6).assign(p=[0.2, 0.3, 0.25, 0.5, 0.4, 0.35])


def _joint(change: Callable[[np.ndarray[Any, Any]], object], rows: int = 6) -> JointProbabilities:
    p = _shares()["p"].to_numpy()[:rows]
    matrix = np.outer(p, p)
    np.fill_diagonal(matrix, p)
    change(matrix)
    return JointProbabilities(matrix)


def _set(place: tuple[int, int], value: float) -> Callable[[np.ndarray[Any, Any]], object]:
    return lambda matrix: matrix.__setitem__(place, value)


def _rows(design: Design) -> Survey:
    return Survey(firms(), design, weights="w")


def _yes() -> Survey:
    frame = firms()
    return clustered(yes=(frame["exporter"] == "yes").astype(float), one=1.0, negative=-frame["sales"])


def _separated() -> Survey:
    frame = firms()
    large = frame["sales"] > frame["sales"].median()
    return clustered(yes=np.where(large, 1.0, frame.index % 2 == 0).astype(float), big=large.astype(float))


BAD: dict[str, Bad] = {
    # columns that are not there
    "unknown weights": lambda: Survey(firms(), weights="ww"),
    "unknown strata": lambda: Survey(firms(), Design(strata="regoin")),
    "unknown clusters": lambda: Survey(firms(), Design(clusters=["town", "frim"])),
    "unknown order": lambda: Survey(firms(), Design(order="place")),
    "unknown in a domain": lambda: clustered().where("sale > 3"),
    "unknown in a verb": lambda: mean(clustered(), "slaes"),
    "unknown in by": lambda: mean(clustered(), "sales", by=["sector", "siz"]),
    "unknown in an expression": lambda: total(clustered(), "sales / staff"),
    "unknown in a formula": lambda: regress(clustered(), "sales ~ C(sectr)"),
    "unknown in an offset": lambda: regress(clustered(), "sales ~ sector", offset="log(salse)"),
    # weights
    "negative weight": lambda: Survey(_with("w", -1.5), weights="w"),
    "two negative weights": lambda: Survey(firms().assign(w=lambda f: f["w"].where(f.index > 1, -f["w"])), weights="w"),
    "missing weight": lambda: Survey(_with("w", np.nan), weights="w"),
    "infinite weight": lambda: Survey(_with("w", np.inf), weights="w"),
    "weights all zero": lambda: Survey(firms().assign(w=0.0), weights="w"),
    "weights are text": lambda: Survey(firms(), weights="exporter"),
    "text among weights": lambda: Survey(_with("w", "many"), weights="w"),
    "weights of fewer rows": lambda: Survey(firms(), weights=base_weights(firms(200), "w")),
    "weights of other rows": lambda: Survey(firms(), weights=base_weights(firms().set_axis(range(1, 241)), "w")),
    "other weights of other rows": lambda: with_weights(clustered(), base_weights(firms(200), "w")),
    # designs
    "one unit in a stratum": lambda: mean(Survey(_lonely(), Design(strata="region"), "w"), "sales"),
    "one cluster in each of two strata": lambda: mean(
        Survey(firms().assign(town=lambda f: f["town"].where(f["region"] == 0, f["region"] * 10)),
               Design(strata="region", clusters="town"), "w"), "sales"),
    "every stratum lonely, average": lambda: mean(
        Survey(firms(3).assign(region=[0, 1, 2]), Design(strata="region", lonely="average"), "w"), "sales"),
    "clusters cross strata": lambda: Survey(firms(), Design(strata="sector", clusters="town")),
    "missing strata": lambda: Survey(_with("region", np.nan), Design(strata="region")),
    "missing clusters": lambda: Survey(_with("town", np.nan), Design(clusters="town")),
    "fpc below the sample": lambda: Survey(
        firms().assign(towns=4), Design(strata="region", clusters="town", fpc="towns")),
    "fpc below the sample at stage 2": lambda: Survey(
        firms().assign(firms=5), Design(strata="region", clusters=["town", "firm"], fpc=["towns", "firms"])),
    "fpc varies": lambda: Survey(_with("towns", 21), Design(strata="region", clusters="town", fpc="towns")),
    "fpc missing": lambda: Survey(_with("towns", np.nan), Design(clusters="town", fpc="towns")),
    "fpc zero": lambda: Survey(firms().assign(towns=0), Design(clusters="town", fpc="towns")),
    "fpc mixes counts and fractions": lambda: Survey(
        firms().assign(towns=lambda f: np.where(f["region"] == 1, 0.5, 20)),
        Design(strata="region", clusters="town", fpc="towns")),
    "fpc is text": lambda: Survey(firms(), Design(fpc="sector")),
    "fpc without a stage": lambda: Survey(firms(), Design(fpc=["towns", "firms"])),
    "lonely unknown": lambda: Design(lonely="ignore"),  # type: ignore[arg-type]
    "pps unknown": lambda: Design(pps="sampford"),  # type: ignore[arg-type]
    "column name is a number": lambda: Design(strata=["region", 3]),  # type: ignore[list-item]
    "pps without probabilities": lambda: _rows(Design(pps="brewer")),
    "pps of two stages": lambda: _rows(Design(pps="brewer", clusters=["town", "firm"], fpc="w")),
    "probabilities above one": lambda: _rows(Design(pps="brewer", fpc="w")),
    "probabilities differ in a unit": lambda: Survey(
        _shares().assign(town=[1, 1, 2, 2, 3, 3]), Design(pps=HartleyRao(), clusters="town", fpc="p")),
    "joint probabilities of another size": lambda: Survey(_shares(), Design(pps=_joint(lambda m: m, 5), fpc="p")),
    "joint probabilities asymmetric": lambda: Survey(_shares(), Design(pps=_joint(_set((0, 1), 0.01)), fpc="p")),
    "joint probabilities zero": lambda: Survey(
        _shares(), Design(pps=_joint(lambda m: m.__imul__(np.eye(6))), fpc="p")),
    "joint diagonal differs": lambda: Survey(_shares(), Design(pps=_joint(_set((2, 2), 0.3)), fpc="p")),
    "two-phase subset empty": lambda: Survey(firms(), TwoPhase(Design(), Design(), "sales > 1e9")),
    "two-phase method unknown": lambda: TwoPhase(
        Design(), Design(), "sales > 1", method="simple"),  # type: ignore[arg-type]
    "two-phase with a second fpc": lambda: TwoPhase(Design(), Design(fpc="towns"), "sales > 1"),
    "two-phase with two stages": lambda: TwoPhase(Design(clusters=["town", "firm"]), Design(), "sales > 1"),
    "two-phase with crossed strata": lambda: Survey(
        firms(), TwoPhase(Design(), Design(strata=["region", "sector"]), "sales > 1")),
    "two-phase stratum without second phase": lambda: Survey(
        firms(), TwoPhase(Design(), Design(strata="region"), "region == 1")),
    "two-phase with replicates": lambda: Survey(
        firms(), TwoPhase(Design(), Design(), "sales > 5"), base_weights(firms(), "w")),
    # nouns
    "selection unknown": lambda: Survey(firms(), selection="random"),  # type: ignore[arg-type]
    "no rows": lambda: Survey(firms()[:0]),
    "not data": lambda: Survey(3),
    "a variable of that name": lambda: with_variable(clustered(), "sales", "w * 2"),
    "a band where a number is asked": lambda: mean(clustered(band=pd.cut(firms()["sales"], [0, 5, 20, 1000])), "band"),
    "a category where a number is asked": lambda: mean(clustered(), "size"),
    "text where a number is asked": lambda: total(clustered(), "exporter"),
    "infinite values": lambda: mean(clustered(sales=firms()["sales"].where(firms().index != 4, np.inf)), "sales"),
    # verbs
    "no variable": lambda: mean(clustered(), []),
    "a column missing in every row": lambda: mean(clustered(nothing=np.nan), "sales", by="nothing"),
    "missing refused": lambda: proportion(clustered(), "answer", missing="fail"),
    "missing unknown": lambda: mean(clustered(), "sales", missing="ignore"),  # type: ignore[arg-type]
    "design effect unknown": lambda: mean(clustered(), "sales", deff="kish"),  # type: ignore[arg-type]
    "interval unknown": lambda: proportion(clustered(), "size", method="wald"),  # type: ignore[arg-type]
    "confidence level": lambda: mean(clustered(), "sales", level=95).low,
    "contrast of an unknown group": lambda: mean(clustered(), "sales", by="size").contrast({"large": 1, "smal": -1}),
    "contrast of another length": lambda: mean(clustered(), "sales", by="size").contrast([1, -1]),
    "contrast that divides by zero": lambda: mean(_yes(), ["one", "sales"]).contrast("sales / (one - 1)"),
    "intervals at another level": lambda: proportion(clustered(), "size").confint(0.9),
    "unknown estimate": lambda: mean(clustered(), "sales").select("sale"),
    # models
    "family unknown": lambda: regress(clustered(), "sales ~ sector", family="normal"),
    "link of another family": lambda: regress(clustered(), "sales ~ sector", link="logit"),
    "no outcome": lambda: regress(clustered(), "~ sector"),
    "constant outcome": lambda: regress(_yes(), "one ~ sales", family="binomial"),
    "constant outcome in a domain": lambda: regress(
        _yes().where("exporter == 'yes'"), "yes ~ sales", family="binomial"),
    "separated": lambda: regress(_separated(), "yes ~ big + sector", family="binomial"),
    "category as an outcome": lambda: regress(clustered(), "size ~ sales"),
    "impossible share": lambda: regress(_yes(), "sales ~ size", family="binomial"),
    "impossible count": lambda: regress(_yes(), "negative ~ size", family="poisson"),
    "impossible gamma": lambda: regress(_yes(), "yes ~ size", family="gamma"),
    "a model of no rows": lambda: regress(clustered().where("sales > 1e9"), "sales ~ sector"),
    "nothing complete": lambda: regress(clustered(nothing=np.nan), "sales ~ nothing"),
    "prediction kind": lambda: regress(clustered(), "sales ~ sector").predict(kind="mean"),  # type: ignore[arg-type]
    "prediction without a column": lambda: regress(clustered(), "sales ~ sector").predict(
        pd.DataFrame({"secto": ["A"]})),
    # text that would be code
    "attribute in a domain": lambda: clustered().where("sales.__class__ == 1"),
    "call in a domain": lambda: clustered().where("__import__('os').system('true') == 0"),
    "dunder in a verb": lambda: mean(clustered(), "__name__"),
    "lambda in a verb": lambda: mean(clustered(), "(lambda: 1)()"),
    "format string in by": lambda: mean(clustered(), "sales", by="f'{sector}'"),
    "attribute in a formula": lambda: regress(clustered(), "sales ~ sector.__class__"),
    "call in a formula": lambda: regress(clustered(), "sales ~ eval('1')"),
    "lambda in a contrast": lambda: mean(clustered(), "sales").contrast("(lambda: sales)()"),
    "attribute in a contrast": lambda: mean(clustered(), "sales").contrast("sales.real"),
}  # fmt: skip


def _message(call: Bad) -> str:
    with pytest.raises(SurveykitError) as caught:
        call()
    return str(caught.value)


def test_bad_input_is_refused_in_these_words() -> None:
    found = "\n".join(f"{name}\n    {_message(call)}" for name, call in BAD.items()) + "\n"
    assert found == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", [mean, total])
@pytest.mark.parametrize("design", DESIGNS.values(), ids=list(DESIGNS))
def test_an_empty_domain_is_missing_with_a_warning_that_names_it(verb: Callable[..., Estimate], design: Design) -> None:
    survey = Survey(firms(), design, weights="w").where("sales > 1e9")
    with pytest.warns(
        SurveykitWarning, match=r"No row .* is in the domain 'sales > 1e9', so the (mean|total) is missing"
    ):
        found = verb(survey, "sales")
    assert np.isnan(found.estimate).all()
    assert np.isnan(found.se).all()
    assert np.isnan(found.low).all()
    assert found.n.tolist() == [0]


def test_an_empty_group_is_missing_beside_the_others(make_survey: Callable[..., Survey]) -> None:
    survey = make_survey(firms(), DESIGNS["clusters"], "w").where("sector != 'B'")
    for found in (mean(survey, "sales", by="sector"), ratio(survey, "sales", "w", by="sector")):
        assert np.isnan(found.estimate).tolist() == [False, True, False]
        assert np.isnan(found.se).tolist() == [False, True, False]
        assert found.n[1] == 0
        assert np.isfinite(found.contrast({"A": 1, "C": -1}).se).all()


def test_a_domain_of_zero_weights_is_empty() -> None:
    frame = firms().assign(w=lambda f: f["w"].where(f["sector"] != "B", 0.0))
    survey = Survey(frame, DESIGNS["strata"], "w")
    assert np.isnan(mean(survey, "sales", by="sector").estimate).tolist() == [False, True, False]
    with pytest.warns(SurveykitWarning, match="the domain \"sector == 'B'\""):
        assert np.isnan(mean(survey.where("sector == 'B'"), "sales").estimate).all()


def test_where_keeps_every_row_and_joins_conditions() -> None:
    survey = clustered()
    large = survey.where("size == 'large'")
    assert large.engine is survey.engine
    assert survey.domain is None
    assert repr(large.where("sales > 10")).endswith("domain size == 'large' and sales > 10")
    joined = mean(large.where("sales > 10 or sector == 'A'"), "sales")
    np.testing.assert_allclose(
        joined.covariance,
        mean(survey.where("size == 'large' and (sales > 10 or sector == 'A')"), "sales").covariance,
        rtol=1e-12,
    )


def test_a_missing_condition_is_outside() -> None:
    survey = clustered()
    inside = int((firms()["answer"] == "yes").sum())
    assert count(survey.where("answer == 'yes'")).n.tolist() == [inside]
    assert count(survey.where("not (answer == 'yes')")).n.tolist() == [int((firms()["answer"] == "no").sum())]


@pytest.mark.parametrize("name", ["売上高 (USD)", """a"b'; DROP TABLE x""", "class.1st"])
def test_any_column_name_can_be_a_variable(name: str, make_survey: Callable[..., Survey]) -> None:
    frame = firms(60)
    expected = mean(Survey(frame, weights="w"), "sales", by="sector")
    found = mean(make_survey(frame.rename(columns={"sales": name}), weights="w"), name, by="sector")
    np.testing.assert_allclose(found.estimate, expected.estimate, rtol=1e-10)
    np.testing.assert_allclose(found.se, expected.se, rtol=1e-10)


def test_weights_come_from_the_fpc_or_are_one() -> None:
    frame = firms()
    assert total(Survey(frame), "sales").estimate[0] == pytest.approx(frame["sales"].sum())
    assert Survey(frame).weight_name == "unweighted"
    counts = Survey(
        frame.assign(N=lambda f: f.groupby("region")["firm"].transform("size") * 3.0), Design(strata="region", fpc="N")
    )
    assert counts.weight_name == "from fpc"
    assert total(counts, "sales").estimate[0] == pytest.approx(3 * frame["sales"].sum())
    fractions = Survey(frame.assign(f=0.25), Design(strata="region", fpc="f"))
    assert total(fractions, "sales").estimate[0] == pytest.approx(4 * frame["sales"].sum())


def test_weights_are_a_column_or_a_record() -> None:
    frame = firms()
    column, record = (
        Survey(frame, DESIGNS["clusters"], "w"),
        Survey(frame, DESIGNS["clusters"], base_weights(frame, "w")),
    )
    np.testing.assert_array_equal(mean(column, "sales").covariance, mean(record, "sales").covariance)
    raked = rake(base_weights(frame, "w"), {"sector": {"A": 300.0, "B": 500.0, "C": 400.0}})
    survey = with_weights(column, raked)
    np.testing.assert_allclose(total(survey, "sector == 'B'").estimate, [500.0], rtol=1e-9)
    np.testing.assert_allclose(
        mean(survey, "sales").covariance, mean(Survey(frame, DESIGNS["clusters"], raked), "sales").covariance
    )


def test_reweighting_leaves_the_survey_as_it_was() -> None:
    survey = clustered()
    doubled = reweighted(survey, survey.engine.weights(survey.index) * 2)
    assert WEIGHT_COLUMN in doubled.engine.columns
    assert WEIGHT_COLUMN not in survey.engine.columns
    assert total(doubled, "sales").estimate[0] == pytest.approx(2 * total(survey, "sales").estimate[0])


def test_replicates_take_the_place_of_the_linearisation() -> None:
    survey = clustered()
    replicated = with_replicates(survey, replicate(survey, "JKn").replicates)  # type: ignore[arg-type]
    assert replicated.replicates is not None
    np.testing.assert_allclose(total(replicated, "sales").se, total(survey, "sales").se, rtol=1e-10)


def test_a_variable_is_added_once() -> None:
    survey = with_variable(clustered(), "large seller", "sales > 20 and exporter == 'yes'")
    np.testing.assert_array_equal(
        mean(survey, "large seller").covariance, mean(survey, "sales > 20 and exporter == 'yes'").covariance
    )


def test_pipe_and_description() -> None:
    survey = Survey(firms(), DESIGNS["two stages"], "w", synthetic=True, selection="opt-in")
    assert repr(survey) == (
        "Survey of 240 rows, weights 'w', stratified by region; clusters town > firm; finite population towns, firms, "
        "SYNTHETIC"
    )
    found = survey.pipe(mean, "sales", by="sector")
    assert found.synthetic
    assert found.notes == (
        "Intervals are model-based: they hold if selection is ignorable given the weighting margins.",
    )


def test_the_frame_is_never_changed() -> None:
    frame = firms()
    before = frame.copy(deep=True)
    survey = Survey(frame, DESIGNS["clusters"], "w")
    mean(survey.where("sales > 3"), "sales", by="size")
    regress(survey, "log(sales) ~ size")
    pd.testing.assert_frame_equal(frame, before)


def test_kinds_of_errors() -> None:
    with pytest.raises(ColumnError):
        Survey(firms(), weights="ww")
    with pytest.raises(DataError):
        Survey(firms()[:0])
    with pytest.raises(WeightingError):
        Survey(firms(), weights=base_weights(firms(200), "w"))
