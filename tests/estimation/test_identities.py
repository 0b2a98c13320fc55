"""Every family: with equal weights another program's unweighted fit, with whole weights the fit on repeated rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import optimize, stats
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.sandbox.regression.gmm import IV2SLS

from surveykit.estimation.regression.families import FAMILIES
from surveykit.estimation.regression.instrumental import instrumental
from surveykit.estimation.regression.nonlinear import nonlinear
from surveykit.estimation.regression.quantile_regression import quantile_regression
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.survival.cox import cox
from surveykit.estimation.survival.parametric import survival_regression
from surveykit.survey import Survey

Fit = Callable[[Survey], Any]
Other = Callable[[pd.DataFrame], Any]
Floats = NDArray[np.float64]

CURVE = "share ~ 1 / (1 + exp(-(a + b * x + c * z)))"
START = {"a": 0.0, "b": 1.0, "c": 0.0}


def sample(rows: int = 600, seed: int = 11) -> pd.DataFrame:
    """Outcomes of every kind from the same two variables, an instrument, a sector, and whole weights."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=rows), rng.integers(0, 2, rows)
    latent = 1 + 1.2 * x - 0.8 * z + rng.normal(size=rows) * 1.5
    frame = pd.DataFrame({"x": x, "z": z, "number": latent, "cut": latent.clip(0, 4), "w": rng.integers(1, 4, rows)})
    frame["band"] = pd.cut(latent, [-np.inf, -1, 0, 1, 2, 4, np.inf])
    frame["level"] = pd.cut(latent, [-np.inf, 0, 1.5, np.inf], labels=["low", "mid", "high"])
    frame["count"] = rng.poisson(np.exp(0.4 + 0.4 * x - 0.3 * z) * rng.gamma(2, 0.5, rows))
    frame["share"] = 1 / (1 + np.exp(-latent + 1))
    frame["yes"] = (latent > 1).astype(int)
    frame["push"], frame["sector"] = x + rng.normal(size=rows), rng.integers(0, 9, rows).astype(str)
    true, end = rng.weibull(1.5, rows) * np.exp(0.5 * x), rng.uniform(0.5, 3, rows)
    frame["time"], frame["seen"] = np.minimum(true, end), (true <= end).astype(int)
    # For links that do not keep the means in their bounds: a mean that stays well inside under each of them.
    frame["half"], frame["near"] = z, (x > 0).astype(int)
    frame["rare"] = (rng.random(rows) < 0.3 + 0.15 * z - 0.1 * frame["near"]).astype(int)
    frame["plenty"] = rng.poisson(3 + z - 0.5 * frame["near"])
    frame["size"] = rng.gamma(3, (1 + z - 0.3 * frame["near"]) / 3)
    return frame


def design(frame: pd.DataFrame) -> Floats:
    return np.column_stack([np.ones(len(frame)), frame["x"], frame["z"]])


LINKED = {"gaussian": "number", "binomial": "rare", "poisson": "plenty", "gamma": "size"}
_LINKS = {
    "identity": sm.families.links.Identity,
    "log": sm.families.links.Log,
    "logit": sm.families.links.Logit,
    "probit": sm.families.links.Probit,
    "cloglog": sm.families.links.CLogLog,
    "inverse": sm.families.links.InversePower,
    "sqrt": sm.families.links.Sqrt,
}
_FAMILIES = {
    "gaussian": sm.families.Gaussian,
    "binomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
    "gamma": sm.families.Gamma,
}


def _linked(family: str, link: str, survey: Survey) -> Any:
    outcome = "size" if (family, link) in (("gaussian", "log"), ("gaussian", "inverse")) else LINKED[family]
    return regress(survey, f"{outcome} ~ half + near", family=family, link=link)


def _glm(family: str, link: str, frame: pd.DataFrame) -> Any:
    outcome = "size" if (family, link) in (("gaussian", "log"), ("gaussian", "inverse")) else LINKED[family]
    kind = _FAMILIES[family](link=_LINKS[link]())
    kind.safe_links = [_LINKS[link]]  # statsmodels warns of links that the literature uses
    columns = np.column_stack([np.ones(len(frame)), frame["half"], frame["near"]])
    start = None if family != "gaussian" or link == "identity" else np.array([{"log": 0.0, "inverse": 1.0}[link], 0, 0])
    return sm.GLM(frame[outcome].to_numpy(float), columns, family=kind).fit(start, tol=1e-12, maxiter=200).params


def _ordered(kind: str, frame: pd.DataFrame) -> Any:
    model = OrderedModel(frame["level"], frame[["x", "z"]].astype(float), distr=kind)
    found = model.fit(method="bfgs", disp=0, gtol=1e-9)
    return [*found.params[:2], *model.transform_threshold_params(found.params)[1:-1]]


def _best(minus: Callable[[Floats], float], start: list[float]) -> Floats:
    """The minimum that a general optimiser finds, from two methods one after the other."""
    rough = optimize.minimize(minus, start, method="Nelder-Mead", options={"maxiter": 20_000, "fatol": 1e-10})
    found = optimize.minimize(minus, rough.x, method="BFGS", options={"gtol": 1e-6})
    return np.asarray(found.x)


def _partial_proportional(frame: pd.DataFrame) -> Floats:
    """Slopes of x at the two cut points, the slope of z, and the cut points."""
    code = frame["level"].cat.codes.to_numpy()

    def minus(theta: Floats) -> float:
        low, high = (
            stats.logistic.cdf(theta[3 + cut] - theta[cut] * frame["x"] - theta[2] * frame["z"]) for cut in (0, 1)
        )
        chance = np.select([code == 0, code == 1], [low, high - low], 1 - high)
        return -float(np.log(np.maximum(chance, 1e-300)).sum())

    return _best(minus, [1.0, 1.0, -0.5, 0.0, 1.0])


def _censored(name: str, frame: pd.DataFrame) -> Floats:
    """Normal regression of a band, or of a number cut off at 0 and 4."""
    if name == "interval":
        edges: Any = frame["band"].cat.categories
        codes = frame["band"].cat.codes
        low, high = np.asarray(edges.left)[codes], np.asarray(edges.right)[codes]
    else:
        cut = frame["cut"].to_numpy()
        low, high = np.where(cut <= 0, -np.inf, cut), np.where(cut >= 4, np.inf, cut)
    exact, columns = low == high, design(frame)

    def minus(theta: Floats) -> float:
        eta, scale = columns @ theta[:3], np.exp(theta[3])
        known = stats.norm.logpdf(np.where(exact, low, 0.0), eta, scale)
        between = stats.norm.cdf(high, eta, scale) - stats.norm.cdf(low, eta, scale)
        return -float(np.sum(np.where(exact, known, np.log(np.where(exact, 1.0, np.maximum(between, 1e-300))))))

    return _best(minus, [1.0, 1.0, -1.0, 0.4])


_SPREAD: dict[str, Any] = {
    "weibull": stats.gumbel_l,
    "exponential": stats.gumbel_l,
    "lognormal": stats.norm,
    "loglogistic": stats.logistic,
}


def _lifetime(distribution: str, frame: pd.DataFrame) -> Floats:
    spread, log_time, seen = _SPREAD[distribution], np.log(frame["time"]), frame["seen"] == 1
    columns, fixed = design(frame), distribution == "exponential"

    def minus(theta: Floats) -> float:
        scale = 1.0 if fixed else np.exp(theta[3])
        standard = (log_time - columns @ theta[:3]) / scale
        return -float(np.where(seen, spread.logpdf(standard) - np.log(scale), spread.logsf(standard)).sum())

    return _best(minus, [0.0, 0.5, 0.0] + ([] if fixed else [0.0]))


def _survival(distribution: str, survey: Survey) -> Any:
    return survival_regression(survey, "time ~ x + z", event="seen", distribution=distribution)


def _cox(ties: Any, survey: Survey) -> Any:
    return cox(survey, "time ~ x + z", event="seen", ties=ties)


def _phreg(ties: str, frame: pd.DataFrame) -> Any:
    return PHReg(frame["time"], frame[["x", "z"]].astype(float), status=frame["seen"], ties=ties).fit().params


def _firth(frame: pd.DataFrame) -> Floats:
    columns, y = design(frame), frame["yes"].to_numpy()

    def minus(theta: Floats) -> float:
        eta = columns @ theta
        chance = 1 / (1 + np.exp(-eta))
        information = (columns * (chance * (1 - chance))[:, None]).T @ columns
        return -float(y @ eta - np.logaddexp(0, eta).sum() + 0.5 * np.linalg.slogdet(information)[1])

    return _best(minus, [0.0, 1.0, -0.5])


def _absorbed(frame: pd.DataFrame) -> Any:
    columns = np.column_stack([frame[["x", "z"]], pd.get_dummies(frame["sector"])]).astype(float)
    return sm.OLS(frame["number"], columns).fit().params.to_numpy()[:2]


def _two_stage(frame: pd.DataFrame) -> Any:
    one = np.ones(len(frame))
    instruments = np.column_stack([one, frame["push"], frame["z"]])
    return IV2SLS(frame["number"].to_numpy(), design(frame), instruments).fit().params


def _curve(frame: pd.DataFrame) -> Any:
    def mean(columns: Floats, a: float, b: float, c: float) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(a + b * columns[0] + c * columns[1]))))

    variables = frame[["x", "z"]].to_numpy().T
    return optimize.curve_fit(mean, variables, frame["share"], list(START.values()), xtol=1e-12, ftol=1e-12)[0]


def _regress(outcome: str, family: str, **options: Any) -> Fit:
    return lambda survey: regress(survey, f"{outcome} ~ x + z", family=family, **options)


def _negative_binomial(frame: pd.DataFrame) -> Any:
    found = sm.NegativeBinomial(frame["count"], design(frame)).fit(disp=0, method="newton", maxiter=100)
    return [*found.params[:3], float(np.log(found.params.iloc[3]))]


#: Name to our fit, another program's, and the relative tolerance that the other's stopping rule allows.
PROGRAMS: dict[str, tuple[Fit, Other, float]] = {
    **{
        f"{family}, {link}": (partial(_linked, family, link), partial(_glm, family, link), 1e-5)
        for family in LINKED
        for link in FAMILIES[family].links
    },
    "fractional logit": (
        _regress("share", "fractional_logit"),
        lambda frame: sm.GLM(frame["share"], design(frame), family=sm.families.Binomial()).fit(tol=1e-12).params,
        1e-6,
    ),
    "negative binomial": (_regress("count", "negative_binomial"), _negative_binomial, 1e-5),
    "ordered logit": (_regress("level", "ordered_logit"), partial(_ordered, "logit"), 2e-5),
    "ordered probit": (_regress("level", "ordered_probit"), partial(_ordered, "probit"), 2e-5),
    "partial proportional": (_regress("level", "ordered_logit", non_proportional="x"), _partial_proportional, 2e-5),
    "multinomial": (
        _regress("level", "multinomial"),
        lambda frame: (
            sm.MNLogit(frame["level"].cat.codes, design(frame)).fit(disp=0, tol=1e-12).params.to_numpy().T.ravel()
        ),
        1e-6,
    ),
    "interval": (_regress("band", "interval"), partial(_censored, "interval"), 2e-5),
    "tobit": (_regress("cut", "tobit", limits=(0, 4)), partial(_censored, "tobit"), 2e-5),
    "Firth": (_regress("yes", "binomial", penalty="firth"), _firth, 2e-5),
    "absorbed": (lambda survey: regress(survey, "number ~ x + z", absorb="sector"), _absorbed, 1e-8),
    "median": (
        lambda survey: quantile_regression(survey, "number ~ x + z"),
        lambda frame: sm.QuantReg(frame["number"], design(frame)).fit(q=0.5, p_tol=1e-10, max_iter=5_000).params,
        1e-5,
    ),
    "two-stage least squares": (lambda survey: instrumental(survey, "number ~ x + z", "push + z"), _two_stage, 1e-8),
    "non-linear least squares": (lambda survey: nonlinear(survey, CURVE, start=START), _curve, 1e-5),
    **{f"cox, {ties}": (partial(_cox, ties), partial(_phreg, ties), 1e-6) for ties in ("efron", "breslow")},
    **{one: (partial(_survival, one), partial(_lifetime, one), 2e-5) for one in _SPREAD},
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_equal_weights_give_the_fit_of_another_program(name: str) -> None:
    own, other, tolerance = PROGRAMS[name]
    frame = sample()
    expected = np.asarray(other(frame), np.float64)
    for survey in (Survey(frame), Survey(frame.assign(same=7.5), weights="same")):
        assert own(survey).estimate == pytest.approx(expected, rel=tolerance, abs=tolerance / 10)


#: Efron's ties are shared among the rows of one time, and a repeated row is a tie that a weighted one is not.
REPEATED = [name for name in PROGRAMS if name not in ("cox, efron", "Firth")]


#: Binomial models start from means that depend on the weights, and stop by R's rule: at a change of 1e-8 in the
#: deviance.
STOPPED = {
    **{f"binomial, {link}": 1e-6 for link in ("logit", "probit", "cloglog", "log")},
    "binomial, identity": 1e-4,
}


@pytest.mark.parametrize("name", REPEATED)
def test_whole_weights_are_rows_repeated(name: str) -> None:
    own = PROGRAMS[name][0]
    frame = sample()
    repeated = frame.loc[frame.index.repeat(frame["w"])].reset_index(drop=True)
    weighted, plain = own(Survey(frame, weights="w")), own(Survey(repeated))
    assert weighted.names == plain.names
    tolerance = STOPPED.get(name, 1e-10)
    assert weighted.estimate == pytest.approx(plain.estimate, rel=tolerance, abs=tolerance / 10)


def test_the_penalty_of_firth_counts_rows_and_not_weights() -> None:
    """Weights are scaled to mean one: the penalty is that of the rows observed, and twice the rows halve its part."""
    frame = sample()
    own = PROGRAMS["Firth"][0]
    twice = pd.concat([frame, frame], ignore_index=True)
    doubled = own(Survey(frame.assign(two=2.0), weights="two"))
    assert doubled.estimate == pytest.approx(own(Survey(frame)).estimate, rel=1e-9)
    plain = regress(Survey(frame), "yes ~ x + z", family="binomial").estimate
    once, again = (np.abs(own(Survey(one)).estimate - plain) for one in (frame, twice))
    assert (again < 0.6 * once).all()
