"""Correlations behind ratings: polycor's numbers, brute normal integrals, the jackknife by hand, copies of rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

from surveykit.design import Design
from surveykit.errors import EstimationError
from surveykit.estimation.spread import correlation
from surveykit.estimation.structure.bivariate_normal import rectangles
from surveykit.estimation.structure.factors import factor_analysis, omega
from surveykit.estimation.structure.polychoric import polychoric_correlation
from surveykit.replication import replicate
from surveykit.results import Estimate
from surveykit.survey import Survey
from tests.estimation.firms import DESIGNS

OWN = Path(__file__).parents[1] / "oracles" / "own"


def entry(found: Estimate, one: str, two: str) -> float:
    return found.select(f"{one}:{two}")


def own_firms() -> pd.DataFrame:
    frame = pd.read_csv(OWN / "data" / "firms.csv")
    frame["size"] = pd.Categorical(frame["size"], ["small", "medium", "large"], ordered=True)
    frame["rating"] = pd.cut(frame["digital"], [-np.inf, 5, 12, 20, 30, np.inf], labels=False)
    frame["log_sales"] = np.log(frame["sales"])
    return frame[frame["rating"].notna() & frame["adopts"].notna()].reset_index(drop=True)


def ratings(rows: int = 400, seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    latent = rng.multivariate_normal(np.zeros(3), [[1, 0.6, 0.4], [0.6, 1, 0.3], [0.4, 0.3, 1]], rows)
    frame = pd.DataFrame({"z": latent[:, 2], "region": rng.integers(0, 3, rows), "w": rng.integers(1, 5, rows)})
    frame["town"] = frame["region"] * 100 + rng.integers(0, 25, rows)
    frame["a"] = pd.cut(latent[:, 0], [-np.inf, -0.8, 0, 0.9, np.inf], labels=["1", "2", "3", "4"])
    frame["b"] = pd.cut(latent[:, 1], [-np.inf, 0.2, 1.1, np.inf], labels=["x", "y", "z"])
    frame["yes"] = (latent[:, 1] + 0.75 * rng.normal(size=rows) > 0.3).astype(int)
    return frame


@pytest.mark.parametrize("rho", [-0.97, -0.3, 0.0, 0.5, 0.999])
def test_rectangles_are_those_of_the_bivariate_normal(rho: float) -> None:
    one, two = np.array([-0.7, 0.4]), np.array([-1.2, 0.1, 1.5])
    found, slopes = rectangles(rho, one, two)
    edges = [np.concatenate([[-9.0], cuts, [9.0]]) for cuts in (one, two)]
    normal = stats.multivariate_normal(cov=[[1, rho], [rho, 1]], allow_singular=True)
    below = np.array([[normal.cdf([h, k]) for k in edges[1]] for h in edges[0]])
    assert found == pytest.approx(np.diff(np.diff(below, axis=0), axis=1), abs=1e-9)
    assert found.sum() == pytest.approx(1)
    step = 1e-6
    if abs(rho) < 0.99:
        numeric = (rectangles(rho + step, one, two)[0] - rectangles(rho - step, one, two)[0]) / (2 * step)
        assert slopes == pytest.approx(numeric, abs=1e-8)


def test_equal_weights_give_the_numbers_of_polycor() -> None:
    """Its two steps search to 1e-4; its polyserial numbers are joint maxima, near those of two steps."""
    recorded = json.loads((OWN / "structure.json").read_text(encoding="utf-8"))["correlations"]
    frame = own_firms()
    assert len(frame) == recorded["n"]
    names = ["size", "C(rating)", "adopts", "exporter", "log_sales", "digital"]
    found = polychoric_correlation(Survey(frame), names)
    for one, two, key in (
        ("size", "C(rating)", "size_rating"),
        ("size", "adopts", "size_adopts"),
        ("C(rating)", "adopts", "rating_adopts"),
        ("exporter", "adopts", "exporter_adopts"),
    ):
        assert entry(found, one, two) == entry(found, two, one) == pytest.approx(recorded[key], abs=1e-5)
    assert entry(found, "log_sales", "adopts") == pytest.approx(recorded["log_sales_adopts_ml"], abs=1e-3)
    assert entry(found, "digital", "size") == pytest.approx(recorded["digital_size_ml"], abs=1e-3)
    assert entry(found, "size", "size") == 1


def test_a_weighted_table_has_its_likeliest_correlation() -> None:
    frame = ratings()
    found = polychoric_correlation(Survey(frame, weights="w"), ["a", "b"])
    table = frame.pivot_table(index="a", columns="b", values="w", aggfunc="sum", observed=False).fillna(0).to_numpy()
    share = table / table.sum()
    cuts = [np.concatenate([[-9], special.ndtri(share.sum(axis=1 - side).cumsum()[:-1]), [9]]) for side in (0, 1)]

    def loss(rho: float) -> float:
        normal = stats.multivariate_normal(cov=[[1, rho], [rho, 1]])
        below = np.array([[normal.cdf([h, k]) for k in cuts[1]] for h in cuts[0]])
        return -float((share * np.log(np.diff(np.diff(below, axis=0), axis=1))).sum())

    best = optimize.minimize_scalar(loss, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-9})
    assert found.estimate[1] == pytest.approx(best.x, abs=1e-6)


def test_a_weighted_number_has_its_likeliest_correlation() -> None:
    frame = ratings()
    found = polychoric_correlation(Survey(frame, weights="w"), ["z", "a"])
    weight = frame["w"].to_numpy(float) / frame["w"].sum()
    mean = weight @ frame["z"]
    at = ((frame["z"] - mean) / np.sqrt(weight @ (frame["z"] - mean) ** 2)).to_numpy()
    code = frame["a"].cat.codes.to_numpy()
    cuts = np.concatenate([[-np.inf], special.ndtri(np.bincount(code, weights=weight).cumsum()[:-1]), [np.inf]])

    def loss(rho: float) -> float:
        ends = [special.ndtr((cuts[code + shift] - rho * at) / np.sqrt(1 - rho**2)) for shift in (1, 0)]
        return -float(weight @ np.log(ends[0] - ends[1]))

    best = optimize.minimize_scalar(loss, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-9})
    assert found.estimate[1] == pytest.approx(best.x, abs=1e-6)


NAMES = ["a", "b", "yes", "z"]


def test_integer_weights_are_rows_repeated() -> None:
    frame = ratings()
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    weighted = polychoric_correlation(Survey(frame, weights="w"), NAMES)
    assert weighted.estimate == pytest.approx(polychoric_correlation(Survey(repeated), NAMES).estimate, abs=1e-10)


@pytest.mark.parametrize("name", ["rows", "strata", "clusters"])
def test_the_jackknife_agrees_with_the_linearisation(name: str) -> None:
    survey = Survey(ratings(240), DESIGNS[name], weights="w")
    linear = polychoric_correlation(survey, NAMES)
    copies = replicate(survey, "JK1") if name == "rows" else replicate(survey, "JKn")
    jackknife = polychoric_correlation(copies, NAMES)
    apart = np.array([one != two for one, two in zip(linear.labels["variable"], linear.labels["with"], strict=True)])
    assert jackknife.se[apart] == pytest.approx(linear.se[apart], rel=0.06)
    assert (linear.se[~apart] == 0).all()
    assert linear.df[0] == jackknife.df[0]


def test_the_linearisation_is_the_derivative_by_the_weights() -> None:
    """Influence of a row, by moving its weight a little: every kind of pair."""
    frame = ratings(60, seed=5)
    whole = polychoric_correlation(Survey(frame, Design(), weights="w"), NAMES)
    moved = []
    for row in frame.index:
        found = []
        for step in (1e-4, -1e-4):
            weights = frame["w"].astype(float)
            weights[row] += step
            found.append(polychoric_correlation(Survey(frame.assign(w=weights), weights="w"), NAMES).estimate)
        moved.append((found[0] - found[1]) / 2e-4 * frame["w"][row])
    influence = np.array(moved)
    expected = 60 / 59 * ((influence - influence.mean(axis=0)) ** 2).sum(axis=0)
    assert whole.se**2 == pytest.approx(expected, rel=1e-5)


def test_of_numbers_it_is_pearsons() -> None:
    frame = ratings()
    frame["other"] = frame["z"] * 0.5 + np.random.default_rng(1).normal(size=len(frame))
    survey = Survey(frame, DESIGNS["clusters"], weights="w")
    own, pearson = polychoric_correlation(survey, ["z", "other"]), correlation(survey, ["z", "other"])
    assert own.estimate == pytest.approx(pearson.estimate)
    assert own.se == pytest.approx(pearson.se)


def test_cutting_numbers_up_leaves_the_correlation_behind_them() -> None:
    frame = ratings(60_000, seed=9)
    found = polychoric_correlation(Survey(frame), NAMES)
    assert [entry(found, "a", "b"), entry(found, "a", "z"), entry(found, "b", "yes"), entry(found, "b", "z")] == (
        pytest.approx([0.6, 0.4, 0.8, 0.3], abs=0.02)
    )


def items(rows: int = 4_000) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    common = rng.normal(size=rows)
    loadings = [0.8, 0.7, 0.6, 0.5]
    frame = pd.DataFrame()
    for name, loading in zip("abcd", loadings, strict=True):
        latent = loading * common + np.sqrt(1 - loading**2) * rng.normal(size=rows)
        frame[name] = np.digitize(latent, [-0.5, 0.7, 1.5])
    return frame


def test_factors_of_ratings_are_those_behind_them() -> None:
    survey = Survey(items())
    names = [f"C({name})" for name in "abcd"]
    found = factor_analysis(survey, names, 1, correlation="polychoric")
    assert found.loadings[:, 0] == pytest.approx([0.8, 0.7, 0.6, 0.5], abs=0.03)
    assert "Polychoric" in found.notes[0]
    matrix = polychoric_correlation(survey, names).estimate.reshape(4, 4)
    assert found.correlation == pytest.approx(matrix)
    plain = factor_analysis(survey, list("abcd"), 1)
    assert (plain.loadings < found.loadings).all()
    assert omega(survey, names, correlation="polychoric") > omega(survey, list("abcd"))
    with pytest.raises(EstimationError, match="'spearman' is not known"):
        factor_analysis(survey, list("abcd"), 1, correlation="spearman")  # type: ignore[arg-type]


def test_what_has_no_correlation_behind_it_is_refused() -> None:
    frame = ratings()
    frame["same"], frame["empty"] = 1.0, (frame["a"] == "4").astype(int)
    frame["part"] = ((frame["a"] == "4") & (frame["w"] > 2)).astype(int)
    frame["sector"] = pd.Categorical(np.array(["A", "B", "C"])[frame["region"]])
    survey: Any = Survey(frame)
    with pytest.raises(EstimationError, match="'sector' is a category without an order"):
        polychoric_correlation(survey, ["a", "sector"])
    with pytest.raises(EstimationError, match="'same' is the same in every row"):
        polychoric_correlation(survey, ["a", "same"])
    for twice in (["a", "a"], "az", ["a"]):
        with pytest.raises(EstimationError, match="no two different variables"):
            polychoric_correlation(survey, twice)
    with pytest.raises(EstimationError, match="behind 'empty' and 'part' goes to 1"):
        polychoric_correlation(survey, ["empty", "part"])


def test_levels_that_nobody_chose_change_nothing() -> None:
    frame = ratings()
    frame["more"] = frame["b"].cat.add_categories(["never"])
    survey = Survey(frame)
    one, other = polychoric_correlation(survey, ["a", "b"]), polychoric_correlation(survey, ["a", "more"])
    assert one.estimate == pytest.approx(other.estimate)
    assert one.se == pytest.approx(other.se)


def test_intervals_hold_the_correlation_behind() -> None:
    """Clusters of rows with unequal weights; seed before the run."""
    rng, hits = np.random.default_rng(20_261_124), []
    for _ in range(300):
        town = np.repeat(np.arange(60), 6)
        shared = rng.normal(size=(60, 2))[town]
        own = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 360)
        latent = np.sqrt(0.2) * shared @ np.linalg.cholesky(np.array([[1, 0.5], [0.5, 1]])).T + np.sqrt(0.8) * own
        frame = pd.DataFrame({"town": town, "w": rng.uniform(1, 4, 360), "z": latent[:, 1]})
        frame["a"] = np.digitize(latent[:, 0], [-0.5, 0.3, 1.2])
        frame["b"] = np.digitize(latent[:, 1], [0.0, 0.8])
        survey = Survey(frame, Design(clusters="town"), weights="w")
        pairs = [polychoric_correlation(survey, ["C(a)", other]) for other in ("C(b)", "z")]
        hits.append([one.low[1] <= 0.5 <= one.high[1] for one in pairs])
    assert np.mean(hits, axis=0) == pytest.approx([0.95, 0.95], abs=0.035)
