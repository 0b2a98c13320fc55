"""Banner tables and toplines: every cell by another road, letters by contrasts, kinds of questions, odd cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.engine import MemoryEngine
from surveykit.errors import ColumnError, EstimationError
from surveykit.estimation.crosstabs.crosstab import crosstab
from surveykit.estimation.descriptive import mean, ratio, total
from surveykit.estimation.quantiles.quantiles import quantile
from surveykit.estimation.tabulation import banner_tables
from surveykit.estimation.tabulation import rows as tabulated_rows
from surveykit.replication import replicate
from surveykit.results import Table
from surveykit.results.column_comparisons import adjusted
from surveykit.results.estimate import two_sided_p
from surveykit.survey import Survey
from surveykit.weighting import Replicates, base_weights, post_stratify, rake
from surveykit.weighting.nonresponse import adjust_nonresponse
from tests.estimation.firms import DESIGNS, firms

ROOT = Path(__file__).resolve().parents[2]

FACTS = ("estimate", "se", "low", "high", "df", "n", "weighted_n", "base_n", "base_weighted_n", "effective_n")
BOXES = ("b1", "b2", "b3")


def rows() -> pd.DataFrame:
    frame = firms()
    rng = np.random.default_rng(11)
    for place, box in enumerate(BOXES):
        frame[box] = rng.random(len(frame)) < 0.2 + 0.2 * place
    asked = rng.random(len(frame)) < 0.9
    for box in BOXES:
        frame[box] = frame[box].where(asked).astype("boolean")
    frame["weak"] = frame["answer"].where(rng.random(len(frame)) < 0.9)
    levels = ["none", "little", "some", "much", "all"]
    frame["rating"] = pd.Categorical(rng.choice(levels, len(frame)), levels, ordered=True)
    frame.loc[rng.random(len(frame)) < 0.1, "rating"] = np.nan
    return frame


def raked() -> Survey:
    frame = rows()
    weights = rake(base_weights(frame, "w"), {"size": {"small": 500, "medium": 400, "large": 300},
                                              "sector": {"A": 500, "B": 400, "C": 300}})  # fmt: skip
    return Survey(frame, DESIGNS["rows"], weights)


def raked_clusters() -> Survey:
    frame = rows()
    design = DESIGNS["clusters"]
    weights = rake(base_weights(frame, "w"), {"size": {"small": 500, "medium": 400, "large": 300}})
    return Survey(frame, design, weights)


def modelled(design: Design) -> Survey:
    """Weights of those who answered stand for those who did not."""
    frame = rows().assign(firms=500)
    frame["took_part"] = np.random.default_rng(4).random(len(frame)) < 0.7
    weights = adjust_nonresponse(base_weights(frame, "w"), "took_part", predictors=["size"])
    return Survey(frame, design, weights)


def by_rows() -> Survey:
    """Replicates of single rows, of no known design."""
    frame = rows()
    rng = np.random.default_rng(3)
    factors = rng.poisson(1.0, (len(frame), 12)).astype(np.float64)
    return Survey(
        frame,
        weights=Replicates("bootstrap", 1 / 12, np.ones(12), True, factors, None, frame["w"].to_numpy()),
    )


SURVEYS: Mapping[str, Callable[[], Survey]] = {
    **{name: (lambda design=design: Survey(rows(), design, weights="w")) for name, design in DESIGNS.items()},  # type: ignore[misc]
    "raked": raked,
    "raked, clusters": raked_clusters,
    "response": lambda: modelled(Design(strata="region")),
    "response, clusters": lambda: modelled(DESIGNS["clusters"]),
    "response, finite": lambda: modelled(Design(strata="region", fpc="firms")),
    "jackknife": lambda: replicate(Survey(rows(), DESIGNS["clusters"], weights="w"), "JKn"),
    "bootstrap": lambda: replicate(Survey(rows(), DESIGNS["rows"], weights="w"), "bootstrap", replicates=20, seed=1),
    "replicates of rows": by_rows,
    "domain": lambda: Survey(rows(), DESIGNS["strata"], weights="w").where("sector != 'C'"),
}


@pytest.fixture(params=list(SURVEYS))
def survey(request: pytest.FixtureRequest) -> Survey:
    return SURVEYS[request.param]()


def same(found: Table, lines: slice, columns: slice, expected: Table, facts: tuple[str, ...] = FACTS) -> None:
    for name in facts:
        own = getattr(found, name)[0, lines, columns]
        other = getattr(expected, name)[0]
        np.testing.assert_allclose(own, other[: own.shape[0], : own.shape[1]], rtol=1e-9, atol=1e-13, err_msg=name)


def test_every_share_is_that_of_its_cross_tab(survey: Survey) -> None:
    book = banner_tables(survey, ["weak", "rating"], by=["size", "exporter"])
    for name, size in (("weak", 2), ("rating", 5)):
        same(book[name], slice(0, size), slice(0, 1), crosstab(survey, name, percent="column", margins=False))
        same(book[name], slice(0, size), slice(1, 4), crosstab(survey, f"{name} ~ size", percent="column"))
        same(book[name], slice(0, size), slice(4, 6), crosstab(survey, f"{name} ~ exporter", percent="column"))


def test_nets_are_shares_of_their_levels_joined(survey: Survey) -> None:
    nets = {"rating": {"Much or all": ["much", "all"], "Not none": ["little", "some", "much", "all"]}}
    table = banner_tables(survey, ["rating"], by=["exporter"], nets=nets)["rating"]
    assert [one.text for one in table.rows[5:]] == ["Much or all", "Not none"]
    for place, condition in ((5, "rating in ('much', 'all')"), (6, "rating != 'none'")):
        expected = crosstab(survey, f"{condition} ~ exporter", percent="column", margins=False)
        for name in FACTS:
            np.testing.assert_allclose(
                getattr(table, name)[0, place, 1:], getattr(expected, name)[0, 1], rtol=1e-9, atol=1e-13, err_msg=name
            )


def test_means_and_medians_are_those_of_their_verbs(survey: Survey) -> None:
    table = banner_tables(survey, ["sales"], by=["size", "weak"])["sales"]
    for columns, by in ((slice(0, 1), None), (slice(1, 4), "size"), (slice(4, 6), "weak")):
        for place, expected in ((0, mean(survey, "sales", by=by)), (1, quantile(survey, "sales", by=by))):
            for name in ("estimate", "se", "low", "high", "df", "n", "weighted_n"):
                own, other = getattr(table, name)[0, place, columns], getattr(expected, name)
                np.testing.assert_allclose(own, other, rtol=1e-9, err_msg=f"{name} {place} {by}")


def test_boxes_are_shares_of_respondents_and_of_responses(survey: Survey) -> None:
    book = banner_tables(survey, [{"boxes": BOXES}], by=["exporter"], percent="both")
    table = book["boxes"]
    assert [one.kind for one in table.rows] == ["level"] * 3 + ["response"] * 3 + ["mean"]
    whole = " + ".join(f"(1 if {box} else 0)" for box in BOXES)
    for place, box in enumerate(BOXES):
        expected = crosstab(survey, f"{box} ~ exporter", percent="column", margins=False)
        for name in FACTS:
            np.testing.assert_allclose(
                getattr(table, name)[0, place, 1:], getattr(expected, name)[0, 1], rtol=1e-9, atol=1e-13, err_msg=name
            )
        share = ratio(survey, f"1 if {box} else 0", whole, by="exporter")
        for name in ("estimate", "se", "df", "n"):
            own = getattr(table, name if name != "n" else "base_n")[0, 3 + place, 1:]
            np.testing.assert_allclose(own, getattr(share, name), rtol=1e-9, atol=1e-13, err_msg=name)
    number = mean(survey, whole, by="exporter")
    for name in ("estimate", "se", "low", "high", "df"):
        np.testing.assert_allclose(getattr(table, name)[0, 6, 1:], getattr(number, name), rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(table.estimate[0, 3:6].sum(axis=0), 1.0)


@pytest.mark.parametrize("adjust", ["holm", "bonferroni", "bh", "none"])
def test_letters_are_the_contrasts_of_the_columns(survey: Survey, adjust: str) -> None:
    table = banner_tables(survey, ["rating", "sales"], by=["size"], adjust=adjust, minimum_base=0)  # type: ignore[arg-type]
    shares = table["rating"]
    for place, level in enumerate(["none", "little", "some", "much", "all"]):
        found = mean(survey, f"rating == '{level}'", by="size")
        assert shares.facts["letters"][0, place, 1:].tolist() == _letters(found, "ABC", adjust)
    found = mean(survey, "sales", by="size")
    assert table["sales"].facts["letters"][0, 0, 1:].tolist() == _letters(found, "ABC", adjust)
    if adjust == "holm" and survey.replicates is None:
        expected = crosstab(survey, "rating ~ size", percent="column", margins=False).letters()
        assert shares.facts["letters"][0, :5, 1:].tolist() == expected.facts["letters"][0].tolist()


def _letters(found: object, names: str, adjust: str) -> list[str]:
    pairs = list(combinations(range(len(names)), 2))
    contrasts = {f"{a}{b}": [float(place == a) - float(place == b) for place in range(len(names))] for a, b in pairs}
    tested = found.contrast(contrasts)  # type: ignore[attr-defined]
    p = adjusted(two_sided_p(tested.estimate / tested.se, tested.df), adjust)  # type: ignore[arg-type]
    marks = ["" for _ in names]
    for (a, b), difference, value in zip(pairs, tested.estimate, p, strict=True):
        if value < 0.10:
            high, low = (a, b) if difference > 0 else (b, a)
            marks[high] += names[low] if value < 0.05 else names[low].lower()
    return marks


def _difference(survey: Survey, first: tuple[str, str], second: tuple[str, str]) -> float:
    """P-value of the difference of two shares, each (indicator, base), from the covariance of four totals."""
    terms = [f"1 if ({one}) and ({base}) else 0" for one, base in (first, second)]
    bases = [f"1 if {base} else 0" for _, base in (first, second)]
    sums = total(survey, [*terms, *bases])
    a, b, c, d = (f"`{name}`" for name in sums.names)
    found = sums.contrast(f"{a} / {c} - {b} / {d}")
    freedom = [mean(survey.where(base), terms[0]).df[0] for _, base in (first, second)]
    return float(two_sided_p(found.estimate / found.se, min(freedom))[0])


def _letter(survey: Survey, p: float, by: list[object], cell: tuple[str, str], **options: bool) -> tuple[str, str]:
    """Letters of a cell when the limit of capitals lies just above and just below a p-value."""
    marks = []
    for limit in (p * (1 + 1e-6), p * (1 - 1e-6)):
        table = banner_tables(
            survey, ["exporter"], by=by, adjust="none", levels=(limit, 1.5), minimum_base=0, **options
        )  # type: ignore[arg-type]
        facts = table["exporter"].cell(*cell)
        marks.append(str(facts["letters"]))
    return marks[0], marks[1]


@pytest.mark.parametrize("name", ["rows", "strata", "clusters", "two stages", "domain"])
def test_boxes_that_overlap_are_compared_with_what_they_share(name: str) -> None:
    survey = SURVEYS[name]()
    known = "not missing(b1) and not missing(b2) and not missing(b3)"
    shares = mean(survey.where(known), "exporter == 'yes'", by=None)
    assert np.isfinite(shares.se).all()
    p = _difference(survey, ("exporter == 'yes'", f"{known} and b1"), ("exporter == 'yes'", f"{known} and b3"))
    table = banner_tables(survey, ["exporter"], by=[{"boxes": BOXES}], minimum_base=0)["exporter"]
    lower = table.cell("yes", "b1")["estimate"] < table.cell("yes", "b3")["estimate"]
    cell, letter = (("yes", "b3"), "A") if lower else (("yes", "b1"), "C")
    found = _letter(survey, p, [{"boxes": BOXES}], cell)
    assert letter in found[0]
    assert letter not in found[1]
    assert letter.lower() in found[1]


@pytest.mark.parametrize("name", ["rows", "strata", "clusters", "domain"])
def test_a_part_is_compared_with_the_total_that_holds_it(name: str) -> None:
    survey = SURVEYS[name]()
    p = _difference(
        survey, ("exporter == 'yes'", "size == 'large'"), ("exporter == 'yes'", "exporter in ('yes', 'no')")
    )
    table = banner_tables(survey, ["exporter"], by=["size"], minimum_base=0)["exporter"]
    above = table.cell("yes", "large")["estimate"] > table.cell("yes", "Total")["estimate"]
    cell, letter = (("yes", "large"), "T") if above else (("yes", "Total"), "C")
    found = _letter(survey, p, ["size"], cell, compare_total=True)
    assert letter in found[0]
    assert letter not in found[1]


def test_every_engine_gives_the_same_tables(make_survey: Callable[..., Survey]) -> None:
    frame = rows()
    for name in ("size", "rating"):
        frame[name] = frame[name].astype("str")
    for box in BOXES:
        frame[box] = frame[box].fillna(False).astype(bool)
    nets = {"rating": {"Much or all": ["much", "all"]}}
    for name in ("rows", "strata", "clusters"):
        own, other = (
            banner_tables(
                one,
                ["rating", "weak", "sales", {"boxes": BOXES}],
                by=["size", "sector > exporter", {"boxes": BOXES}],
                nets=nets,
                percent="both",
            )
            for one in (Survey(frame, DESIGNS[name], weights="w"), make_survey(frame, DESIGNS[name], weights="w"))
        )
        for question in own:
            for fact in FACTS:
                np.testing.assert_allclose(
                    getattr(other[question], fact), getattr(own[question], fact), rtol=1e-9, atol=1e-13, err_msg=fact
                )
            assert (own[question].facts["letters"] == other[question].facts["letters"]).all()


def test_all_tables_share_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    survey = Survey(rows(), DESIGNS["strata"], weights="w")
    passes = []
    scan = MemoryEngine.scan
    monkeypatch.setattr(
        MemoryEngine, "scan", lambda self, *given, **named: passes.append(1) or scan(self, *given, **named)
    )
    for verb in ("totals", "unit_sums", "stratum_moments", "weight_moments"):
        monkeypatch.delattr(MemoryEngine, verb)
    book = banner_tables(survey, ["rating", "weak", {"boxes": BOXES}, "sales"], by=["size", "sector"], medians=False)
    assert (len(book), len(passes)) == (4, 1)


def test_large_data_are_read_some_questions_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabulated_rows, "_BUDGET", 500)
    monkeypatch.setattr(tabulated_rows, "_CHUNK", 37)
    for design in ("strata", "raked", "clusters", "jackknife", "replicates of rows"):
        survey = SURVEYS[design]()
        whole = banner_tables(survey, ["rating", "weak", "sales"], by=["size"])
        for name, formula in (("rating", "rating ~ size"), ("weak", "weak ~ size")):
            expected = crosstab(survey, formula, percent="column")
            same(whole[name], slice(0, expected.shape[1] - 1), slice(1, 4), expected)


def test_nested_columns_are_domains(survey: Survey) -> None:
    table = banner_tables(survey, ["exporter"], by=["sector > size"], total=False, minimum_base=0)["exporter"]
    levels = ["A", "B", "C"] if table.shape[2] == 9 else ["A", "B"]
    for place, sector in enumerate(levels):
        inside = banner_tables(
            survey.where(f"sector == '{sector}'"), ["exporter"], by=["size"], total=False, minimum_base=0
        )
        for fact in FACTS:
            own = getattr(table, fact)[0, :, 3 * place : 3 * place + 3]
            np.testing.assert_allclose(own, getattr(inside["exporter"], fact)[0], rtol=1e-9, atol=1e-13, err_msg=fact)
        assert [one.above[0].level for one in table.columns[3 * place : 3 * place + 3]] == [sector] * 3
    assert table.cell("yes", "sector: A > size: large") == {
        name: array[0, 1, 2].item() for name, array in table.arrays().items()
    }
    with pytest.raises(EstimationError, match="Say 'sector: A > size: large'"):
        table.cell("yes", "large")
    assert table.wide().columns[0] == "sector: A > size: small"
    same_again = banner_tables(survey, ["exporter"], by=[["sector", "size"]], total=False, minimum_base=0)["exporter"]
    assert same_again.columns == table.columns


def test_sets_of_weights_stand_side_by_side() -> None:
    survey = raked()
    book = banner_tables(
        survey, ["rating"], by=["size"], weights={"Raked": survey.weighting, "Base": "w", "None": None}
    )
    table, size = book["rating"], 4
    alone = [survey, Survey(rows(), weights="w"), Survey(rows())]
    for place, one in enumerate(alone):
        expected = banner_tables(one, ["rating"], by=["size"])["rating"]
        for fact in FACTS:
            own = getattr(table, fact)[0, :, place * size : (place + 1) * size]
            np.testing.assert_allclose(own, getattr(expected, fact)[0], rtol=1e-12, atol=1e-15, err_msg=fact)
    assert [one.letter for one in table.columns] == ["", "A", "B", "C", "", "D", "E", "F", "", "G", "H", "I"]
    assert [one.above[0].text for one in table.columns[::4]] == ["Raked", "Base", "None"]
    assert table.to_frame()["weight"].iloc[-1] == "unweighted"


def test_columns_without_rows_are_empty_not_wrong() -> None:
    frame = rows()
    frame["size"] = frame["size"].cat.add_categories(["giant"])
    frame.loc[frame["size"] == "large", "rating"] = np.nan
    book = banner_tables(Survey(frame, weights="w"), ["rating", "sales"], by=["size"], minimum_base=0)
    for column in ("giant", "large"):
        cell = book["rating"].cell("none", column)
        assert (cell["base_n"], cell["flags"], cell["letters"]) == (0, "empty base", "")
        assert np.isnan([cell[name] for name in ("estimate", "se", "low", "high")]).all()
    assert np.isnan(book["sales"].cell("Median", "giant")["estimate"])


def test_shares_of_all_and_of_none_have_exact_intervals() -> None:
    frame = rows()
    frame.loc[frame["size"] == "large", "exporter"] = "yes"
    survey = Survey(frame, DESIGNS["strata"], weights="w")
    found = banner_tables(survey, ["exporter"], by=["size"])["exporter"]
    expected = crosstab(survey, "exporter ~ size", percent="column")
    same(found, slice(0, 2), slice(1, 4), expected)
    assert found.cell("yes", "large")["estimate"] == 1.0
    assert found.cell("no", "large")["flags"] == "empty cell"


@pytest.mark.parametrize("design", ["rows", "clusters"])
def test_what_weighting_fixes_has_no_error_and_is_not_compared(design: str) -> None:
    frame = rows()
    frame["cell"] = frame["size"].astype("str") + " " + frame["exporter"]
    counts = {cell: 100.0 + 50 * place for place, cell in enumerate(sorted(set(frame["cell"])))}
    weights = post_stratify(base_weights(frame, "w"), {"cell": counts}, by="cell")
    survey = Survey(frame, DESIGNS[design], weights)
    table = banner_tables(survey, ["exporter"], by=["size"], minimum_base=0)["exporter"]
    np.testing.assert_array_equal(table.se, 0.0)
    assert not table.facts["letters"].any()


def test_small_columns_are_not_compared() -> None:
    survey = Survey(rows(), weights="w")
    n = int(crosstab(survey, "size").cell("large")["n"])
    small = banner_tables(survey, ["sales"], by=["size"], minimum_base=n + 1, levels=(1.5, 1.6))["sales"]
    assert "C" not in "".join(small.facts["letters"].ravel().tolist())
    assert (
        banner_tables(survey, ["sales"], by=["size"], minimum_base=n, levels=(1.5, 1.6))["sales"].facts["letters"].any()
    )


WRONG = [
    ({"questions": ["ratng"]}, ColumnError, "ratng"),
    ({"questions": ["rating", "rating"]}, EstimationError, "asked for twice"),
    ({"by": ["sizes"]}, ColumnError, "sizes"),
    ({"by": [], "total": False}, EstimationError, "no column"),
    ({"by": [{"boxes": ["size"]}]}, EstimationError, "holds labels"),
    ({"by": [{"a": ["b1"], "b": ["b2"]}]}, EstimationError, "one name"),
    ({"by": ["firm"]}, EstimationError, "240 levels"),
    ({"nets": {"rating": {"High": ["mch"]}}}, EstimationError, "no level of it"),
    ({"scores": {"rating": {"mch": 1}}}, EstimationError, "no level of it"),
    ({"nets": {"ratng": {"High": ["much"]}}}, EstimationError, "'ratng'"),
    ({"percent": "column"}, EstimationError, "percent="),
    ({"weights": {}}, EstimationError, "names no set"),
    ({"weights": {"a": "ww"}}, ColumnError, "ww"),
    ({"adjust": "tukey"}, EstimationError, "adjust="),
]


@pytest.mark.parametrize(("given", "error", "message"), WRONG)
def test_what_cannot_be_tabulated_is_named(given: dict[str, object], error: type[Exception], message: str) -> None:
    options = {"questions": ["rating"], "by": ["size"]} | given
    with pytest.raises(error, match=message):
        banner_tables(Survey(rows(), weights="w"), **options)  # type: ignore[arg-type]
