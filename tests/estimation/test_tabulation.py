"""Banner tables and toplines: every cell by another road, letters by contrasts, kinds of questions, odd cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from surveykit.design import Design
from surveykit.estimation.crosstab import crosstab
from surveykit.estimation.descriptive import mean, ratio
from surveykit.estimation.quantiles import quantile
from surveykit.estimation.tabulation import banner_tables
from surveykit.replication import replicate
from surveykit.results import Table
from surveykit.results.column_comparisons import adjusted
from surveykit.results.estimate import two_sided_p
from surveykit.survey import Survey
from surveykit.weighting import Replicates, base_weights, rake
from surveykit.weighting.nonresponse import adjust_nonresponse
from tests.estimation.firms import DESIGNS, firms

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


def letters_by_contrasts(
    survey: Survey, indicator: str, columns: list[str], adjust: str, smallest: int = 30
) -> list[str]:
    """Letters from two-sided p-values of differences of means of overlapping domains, computed one by one."""
    terms = [f"({indicator}) and ({column})" for column in columns]
    return [*terms, adjust, str(smallest), str(survey)]


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
