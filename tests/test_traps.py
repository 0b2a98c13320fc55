"""Known traps of the field, each a test: what peers get wrong, measured here, and what surveykit does instead."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.miscmodels.ordinal_model import OrderedModel

from surveykit.design import Design
from surveykit.engine import MemoryEngine
from surveykit.errors import SurveykitError, SurveykitWarning
from surveykit.estimation.crosstabs.crosstab import crosstab
from surveykit.estimation.descriptive import mean, proportion, total
from surveykit.estimation.regression.regression import regress
from surveykit.formulas import compile_formula
from surveykit.replication import replicate
from surveykit.survey import Survey, with_weights
from surveykit.weighting import Replicates, base_weights, rake
from tests.estimation.firms import DESIGNS, clustered, firms

ROOT = Path(__file__).parent.parent
_FORBIDDEN = ("pd.crosstab(", "model_matrix(", "patsy", "dtype == object", "import country_converter")


def _binary() -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    frame = firms(300)
    frame["yes"] = (frame["exporter"] == "yes").astype(float)
    return frame, np.column_stack([np.ones(len(frame)), np.log(frame["sales"])])


@pytest.mark.parametrize(
    ("family", "kind", "outcome"),
    [("gaussian", sm.families.Gaussian(), "sales"), ("binomial", sm.families.Binomial(), "yes"),
     ("poisson", sm.families.Poisson(), "firm")],
)  # fmt: skip
def test_hc0_times_n_over_n_minus_1_is_the_linearisation(family: str, kind: Any, outcome: str) -> None:
    """One stratum, rows as units, no fpc, canonical link: the one case in which statsmodels has the variance."""
    frame, x = _binary()
    n = len(frame)
    found = regress(Survey(frame, weights="w"), f"{outcome} ~ log(sales)", family=family)
    peer = sm.GLM(frame[outcome], x, family=kind, var_weights=frame["w"]).fit(cov_type="HC0", tol=1e-14)
    np.testing.assert_allclose(found.estimate, peer.params, rtol=1e-6)
    np.testing.assert_allclose(found.covariance, peer.cov_params() * n / (n - 1), rtol=1e-4)


def test_frequency_weights_with_a_robust_covariance_are_wrong() -> None:
    frame, x = _binary()
    found = regress(Survey(frame, weights="w"), "yes ~ log(sales)", family="binomial")
    peer = sm.GLM(frame["yes"], x, family=sm.families.Binomial(), freq_weights=frame["w"]).fit(cov_type="HC0")
    np.testing.assert_allclose(found.estimate, peer.params, rtol=1e-6)
    assert np.all(np.abs(peer.bse / found.se - 1) > 0.03)


@pytest.mark.filterwarnings("ignore")
def test_statsmodels_fits_unweighted_where_weights_are_given() -> None:
    frame, x = _binary()
    weighted = regress(Survey(frame, weights="w"), "yes ~ log(sales)", family="binomial").estimate
    plain = regress(Survey(frame), "yes ~ log(sales)", family="binomial").estimate
    logit = sm.Logit(frame["yes"], x, weights=frame["w"]).fit(disp=0).params
    many = sm.MNLogit(frame["yes"], x, weights=frame["w"]).fit(disp=0).params.to_numpy()[:, 0]
    for peer in (logit, many):
        np.testing.assert_allclose(peer, plain, rtol=1e-4)
        assert np.all(np.abs(weighted / plain - 1) > 1e-3)


def test_ordered_model_ignores_weights_without_a_word() -> None:
    frame, x = _binary()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        peer = OrderedModel(frame["size"], x[:, 1:], distr="logit", weights=frame["w"])
        slope = peer.fit(method="bfgs", disp=0, gtol=1e-8).params.iloc[0]
    plain = regress(Survey(frame), "size ~ log(sales)", family="ordered_logit")
    weighted = regress(Survey(frame, weights="w"), "size ~ log(sales)", family="ordered_logit")
    place = plain.names.index("log(sales)")
    assert slope == pytest.approx(plain.estimate[place], rel=1e-4)
    assert abs(weighted.estimate[place] / plain.estimate[place] - 1) > 1e-3


def test_text_has_its_own_dtype_in_pandas_3() -> None:
    """A text column is no object column; it is read as labels whichever dtype it has."""
    texts = pd.Series(["a", "b", None, "a"])
    assert texts.dtype != np.dtype("object")
    for column in (texts, texts.astype(object), texts.astype("string"), texts.astype("category")):
        engine = MemoryEngine(pd.DataFrame({"s": column, "y": [1.0, 2.0, 3.0, 5.0]}))
        assert compile_formula("y ~ s", engine).names == ("Intercept", "s[b]")
        assert mean(Survey(pd.DataFrame({"s": column, "y": [1.0, 2.0, 3.0, 5.0]})), "y", by="s").estimate.tolist() == [
            3,
            2,
        ]


def test_no_table_is_built_on_pandas_crosstab_and_nothing_is_evaluated() -> None:
    for path in (ROOT / "surveykit").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for forbidden in (
            "pd.crosstab(",
            ".model_matrix(",
            "model_matrix(",
            "patsy",
            "dtype == object",
            "country_converter",
        ):
            assert forbidden not in text.replace("df.eval", ""), f"{forbidden} in {path}"


def test_a_formula_is_never_run(tmp_path: Path) -> None:
    frame, marker = firms(30), tmp_path / "ran"
    for code in (f"__import__('pathlib').Path('{marker}').touch()", f"open('{marker}', 'w')"):
        for formula in (
            f"sales ~ {code}",
            f"{code} ~ sales",
            f"sales ~ C({code})",
            f"sales ~ I({code})",
            f"sales ~ {{{code}}}",
        ):
            with pytest.raises(SurveykitError):
                regress(Survey(frame), formula)
        for verb in (mean, crosstab, Survey.where, lambda s, text: mean(s, "sales", by=text)):
            with pytest.raises(SurveykitError):
                verb(Survey(frame), code)
    assert not marker.exists()


def test_the_edge_of_a_band_matters() -> None:
    frame = pd.DataFrame({"share": [10.0, 25.0, 25.0, 40.0]})
    survey = Survey(frame)
    assert mean(survey, "share > 25").estimate[0] == 0.25
    assert mean(survey, "share >= 25").estimate[0] == 0.75


def test_filtering_first_gives_another_standard_error() -> None:
    """Dropping the rows outside a domain forgets how many units were drawn; ``where`` keeps them."""
    frame = firms()
    frame["keep"] = (frame["town"] % 10 < 2) | (frame["region"] == 2)
    marked = mean(Survey(frame, Design(strata="region"), "w").where("keep"), "sales")
    dropped = mean(Survey(frame[frame["keep"]], Design(strata="region"), "w"), "sales")
    assert marked.estimate[0] == pytest.approx(dropped.estimate[0], rel=1e-12)
    assert abs(marked.se[0] / dropped.se[0] - 1) > 1e-4
    by_total = total(Survey(frame, Design(strata="region"), "w").where("keep"), "sales")
    assert by_total.se[0] > 1.05 * total(Survey(frame[frame["keep"]], Design(strata="region"), "w"), "sales").se[0]


def test_intervals_take_t_by_default() -> None:
    found = mean(clustered(), "sales")
    normal = found.confint(df=float("inf"))
    assert found.low[0] < normal["low"].iloc[0]
    assert found.df.tolist() == [15.0]


def test_an_empty_domain_is_no_zero() -> None:
    with pytest.warns(SurveykitWarning, match="No row"):
        found = mean(clustered().where("sales < 0"), "sales")
    assert np.isnan([found.estimate[0], found.se[0]]).all()


def test_missing_values_are_never_silent() -> None:
    found = mean(clustered(sales=firms()["sales"].where(firms().index % 10 != 0)), "sales")
    assert found.n.tolist() == [216]
    assert "24 row(s) of the domain have no answer and are left out." in found.notes


@pytest.mark.parametrize("method", ["logit", "likelihood", "mean", "beta", "xlogit", "asin", "wilson"])
def test_shares_of_zero_and_one_have_an_exact_interval(method: Any) -> None:
    found = proportion(clustered(all="yes", none=firms()["sales"] < 0), "none", method=method)
    assert found.estimate.tolist() == [1.0, 0.0]
    assert found.low[1] == 0.0
    assert 0 < found.high[1] < 0.1
    assert found.high[0] == 1.0
    assert any("exact interval of Clopper and Pearson on an effective n" in note for note in found.notes)


def test_the_jackknife_keeps_the_finite_population() -> None:
    frame = firms(60).assign(N=80)
    survey = Survey(frame, Design(fpc="N"))
    np.testing.assert_allclose(mean(replicate(survey, "JK1"), "sales").se, mean(survey, "sales").se, rtol=1e-9)


def test_replicates_of_clusters_leave_clusters_out_and_keep_the_order_of_rows() -> None:
    frame = firms(90)
    shuffled = frame.sample(frac=1, random_state=3)
    for rows in (frame, shuffled):
        made = replicate(Survey(rows, DESIGNS["clusters"], "w"), "JKn")
        np.testing.assert_allclose(
            total(made, "sales").se, total(Survey(frame, DESIGNS["clusters"], "w"), "sales").se, rtol=1e-9
        )
        assert isinstance(made.replicates, Replicates)
        np.testing.assert_array_equal(made.replicates.base, rows["w"])


def test_a_table_without_sampling_variance_is_refused() -> None:
    """Both variables are fixed by the stratification, so that no statistic has a distribution."""
    frame = firms().assign(cell=lambda f: f["sector"] + f["region"].astype(str), w=1.0)
    with pytest.raises(SurveykitError, match="no sampling variance"):
        crosstab(Survey(frame, Design(strata="cell"), "w"), "region ~ sector").test()


def test_raking_begins_with_the_base_weights() -> None:
    frame = firms()
    margins = {"sector": {"A": 300.0, "B": 500.0, "C": 400.0}}
    based, equal = rake(base_weights(frame, "w"), margins), rake(base_weights(frame), margins)
    inside = frame["sector"].to_numpy() == "B"
    ratio = based.values[inside] / frame["w"].to_numpy()[inside]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
    assert np.ptp(equal.values[inside]) < 1e-9 < np.ptp(based.values[inside])
    survey = with_weights(clustered(), based)
    assert total(survey, "sector == 'B'").estimate[0] == pytest.approx(500.0)
