"""Estimates, tables and tests of imputed data sets, pooled by Rubin's rules."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from surveykit.design import Design
from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.rows import batch_deviance
from surveykit.estimation.models.tests import likelihood_ratio_test, rows_of
from surveykit.estimation.pooling.rubin import Combined, combine, likelihood_statistic, mean_statistic, wald_statistic
from surveykit.estimation.regression.row_blocks import blocks
from surveykit.estimation.row_scores import Part, each_part
from surveykit.quality.imputation_records import Imputed
from surveykit.results import Estimate, Table, TestResult
from surveykit.results.estimate import t_quantile
from surveykit.survey import Selection, Survey
from surveykit.weighting.records import Weights

__all__ = [
    "ImputedSurvey",
    "Pooled",
    "imputed_survey",
    "pool",
    "pooled_likelihood_ratio_test",
    "pooled_wald_test",
]


@dataclass(frozen=True)
class ImputedSurvey:
    """One survey for each imputation, all of one design.

    Parameters
    ----------
    surveys
        The m surveys.
    imputed
        Variable to the number of its cells that were imputed.
    """

    surveys: tuple[Survey, ...] = field(repr=False)
    imputed: dict[str, int]

    def where(self, condition: str) -> ImputedSurvey:
        """Mark a domain in every imputation; see :meth:`Survey.where`."""
        return replace(self, surveys=tuple(survey.where(condition) for survey in self.surveys))


def imputed_survey(
    imputed: Imputed,
    design: Design | None = None,
    weights: str | Weights | None = None,
    *,
    selection: Selection = "probability",
) -> ImputedSurvey:
    """Make a survey of every imputed data set.

    Parameters
    ----------
    imputed
        What :func:`surveykit.impute` returned.
    design, weights, selection
        As for :class:`surveykit.Survey`.

    Raises
    ------
    EstimationError
        If the weights were themselves imputed.
    """
    if isinstance(weights, str) and weights in imputed.flags:
        raise EstimationError(
            f"The weights '{weights}' were imputed.", remedy="Weights are known, or the case is left out."
        )
    surveys = tuple(
        Survey(imputed.data(number), design, weights, selection=selection) for number in range(imputed.imputations)
    )
    return ImputedSurvey(surveys, {name: int(flags.sum()) for name, flags in imputed.flags.items()})


@dataclass(frozen=True, eq=False, repr=False)
class Pooled(Estimate):
    """Pooled estimates.

    Besides what every :class:`Estimate` has:

    Parameters
    ----------
    within, between
        ``(p, p)`` mean covariance within imputations, and covariance between them.
    imputations
        Number m.
    complete_df
        ``(p,)`` degrees of freedom that complete data would have.
    each
        The estimates of every imputation, for tests.
    """

    within: FloatArray = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    between: FloatArray = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    imputations: int = 0
    complete_df: FloatArray = field(default_factory=lambda: np.zeros(0), repr=False)
    each: tuple[Estimate, ...] = field(default=(), repr=False)


def pool(
    given: ImputedSurvey | Sequence[Any],
    verb: Callable[..., Any] | None = None,
    *arguments: Any,
    complete_df: float | None = None,
    **options: Any,
) -> Any:
    """Estimate in every imputation and pool the results.

    Estimates and tables are pooled by Rubin's rules with the degrees of freedom of Barnard and Rubin (1999), which
    never exceed those of the design; tests by D2 (Li, Meng, Raghunathan and Rubin 1991).

    Parameters
    ----------
    given
        An imputed survey, or the results of a verb in each imputation.
    verb, arguments, options
        What to estimate, as ``pool(surveys, sk.mean, "speed", by="size")``; a function of a survey that ends in a
        test may be given too, as ``lambda survey: sk.crosstab(survey, "size ~ exporter").test()``.
    complete_df
        Degrees of freedom of complete data; those of the results by default, infinite as R's mitools does.

    Returns
    -------
    Pooled, Table or TestResult
        Of the kind that the verb returns.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> means = [sk.mean(sk.Survey(pd.DataFrame({"sales": [1.0, 2.0, 3.0, last]})), "sales") for last in (4.0, 6.0)]
    >>> round(float(pool(means).estimate[0]), 3)
    2.75
    """
    imputed: dict[str, int] = {}
    if isinstance(given, ImputedSurvey):
        if verb is None:
            raise EstimationError("It is not said what to estimate.", remedy='Write pool(surveys, sk.mean, "speed").')
        imputed = given.imputed
        results: Sequence[Any] = [verb(survey, *arguments, **options) for survey in given.surveys]
    else:
        if verb is not None or arguments or options:
            raise EstimationError(
                "A verb needs an imputed survey.", remedy="Pass the results alone, or imputed_survey(...)."
            )
        results = list(given)
    if len(results) < 2:
        raise EstimationError(f"{len(results)} result(s) cannot be pooled.", remedy="Make 5 or more imputations.")
    note = f"Pooled over {len(results)} imputations"
    if imputed:
        note += "; imputed cells: " + ", ".join(f"{name} {count}" for name, count in imputed.items())
    if all(isinstance(one, Estimate) for one in results):
        return _estimates(results, complete_df, f"{note}.")
    if all(isinstance(one, Table) for one in results):
        return _tables(results, complete_df, f"{note}.")
    if all(isinstance(one, TestResult) for one in results):
        return _tests(results, f"{note} (D2).")
    kinds = sorted({type(one).__name__ for one in results})
    raise EstimationError(
        f"Results of type {listing(kinds)} cannot be pooled.", remedy="Estimates, tables and tests can."
    )


def _estimates(results: Sequence[Estimate], complete_df: float | None, note: str) -> Pooled:
    first = results[0]
    for place, other in enumerate(results[1:], start=2):
        if other.names != first.names:
            raise EstimationError(
                f"Imputation {place} estimates {listing(other.names)} and the first {listing(first.names)}.",
                remedy="Give categories the same levels in every imputation.",
            )
    complete = _complete(np.stack([one.df for one in results]), complete_df)
    found = combine(
        np.stack([one.estimate for one in results]), np.stack([one.covariance for one in results]), complete
    )
    return Pooled(
        statistic=first.statistic,
        names=first.names,
        labels=first.labels,
        estimate=found.estimate,
        covariance=found.covariance,
        df=found.df,
        n=first.n,
        weighted_n=np.mean([one.weighted_n for one in results], axis=0),
        weight=first.weight,
        level=first.level,
        method="t, Rubin's rules",
        facts={"missing_information": found.missing_information},
        notes=(*first.notes, note),
        synthetic=first.synthetic,
        within=found.within,
        between=found.between,
        imputations=len(results),
        complete_df=complete,
        each=tuple(results),
    )


def _complete(df: FloatArray, given: float | None) -> FloatArray:
    return df.min(axis=0) if given is None else np.full(df.shape[1], float(given))


def _tables(results: Sequence[Table], complete_df: float | None, note: str) -> Table:
    first = results[0]
    if any(one.shape != first.shape or one.rows != first.rows or one.columns != first.columns for one in results):
        raise EstimationError(
            "The tables of the imputations have different rows or columns.",
            remedy="Give categories the same levels in every imputation.",
        )
    size = first.estimate.size
    values = np.stack([one.estimate.reshape(-1) for one in results])
    squares = np.stack([one.se.reshape(-1) ** 2 for one in results])
    complete = _complete(np.stack([one.df.reshape(-1) for one in results]), complete_df)
    cells = [combine(values[:, [k]], squares[:, [k], None], complete[[k]]) for k in range(size)]

    def shaped(pick: Callable[[Combined], FloatArray]) -> FloatArray:
        return np.concatenate([pick(cell).reshape(-1) for cell in cells]).reshape(first.shape)

    estimate, df = shaped(lambda cell: cell.estimate), shaped(lambda cell: cell.df)
    se = np.sqrt(shaped(lambda cell: cell.covariance))
    half = t_quantile((1 + first.level) / 2, df) * se
    return replace(
        first,
        estimate=estimate,
        se=se,
        low=estimate - half,
        high=estimate + half,
        weighted_n=np.mean([one.weighted_n for one in results], axis=0),
        base_weighted_n=np.mean([one.base_weighted_n for one in results], axis=0),
        df=df,
        facts={**first.facts, "missing_information": shaped(lambda cell: cell.missing_information)},
        joint=(),
        interval="t, Rubin's rules",
        notes=(*first.notes, note, "For a test pool the tests of the imputations (D2)."),
    )


def _tests(results: Sequence[TestResult], note: str) -> TestResult:
    first = results[0]
    if first.statistic_name not in ("F", "X-squared", "chisq", "t") or any(
        one.statistic_name != first.statistic_name for one in results
    ):
        raise EstimationError(
            f"Tests with the statistic '{first.statistic_name}' cannot be pooled.",
            remedy="Pool tests that are F, t or chi-squared.",
        )
    k = 1.0 if first.statistic_name == "t" else float(np.mean([one.df for one in results]))
    chi = [_chi_squared(one, k) for one in results]
    statistic, ddf, p = mean_statistic(chi, k)
    least = min(one.df if one.statistic_name == "t" else one.ddf for one in results)
    ddf = min(ddf, least) if math.isfinite(least) and first.statistic_name != "X-squared" else ddf
    return replace(
        first,
        method=f"{first.method}, pooled by D2",
        statistic_name="F",
        statistic=statistic,
        df=k,
        ddf=ddf,
        p_value=p,
        estimates={name: float(np.mean([one.estimates[name] for one in results])) for name in first.estimates},
        interval=None,
        facts={},
        notes=(*first.notes, note),
    )


def _chi_squared(test: TestResult, k: float) -> float:
    """The statistic on the scale of chi-squared with k degrees of freedom."""
    if test.statistic_name == "t":
        return test.statistic**2
    return test.statistic * k if test.statistic_name == "F" else test.statistic


def pooled_wald_test(pooled: Pooled, names: str | Sequence[str]) -> TestResult:
    """Whether several pooled estimates are all zero: D1 (Li, Raghunathan and Rubin 1991), capped by the design.

    Parameters
    ----------
    pooled
        Estimates of :func:`pool`, as coefficients of a model.
    names
        Which of them; a category, as ``"size"``, stands for the coefficients of all its levels.

    Raises
    ------
    EstimationError
        If there is no such estimate.
    """
    given = [names] if isinstance(names, str) else list(names)
    found = {name: [own for own in pooled.names if own == name or own.startswith(f"{name}[")] for name in given}
    unknown = [name for name, own in found.items() if not own]
    if unknown or not given:
        raise EstimationError(
            f"{listing(unknown)} is not among the estimates." if unknown else "No estimate is named.",
            remedy=f"They are {listing(pooled.names)}.",
        )
    names = list(dict.fromkeys(own for part in found.values() for own in part))
    places = [pooled.names.index(name) for name in names]
    part = np.ix_(places, places)
    chosen = Combined(
        pooled.estimate[places],
        pooled.covariance[part],
        pooled.within[part],
        pooled.between[part],
        pooled.df[places],
        np.zeros(len(places)),
    )
    statistic, k, ddf, p = wald_statistic(chosen, pooled.imputations, float(pooled.complete_df[places].min()))
    return TestResult(
        hypothesis=f"{', '.join(names)} = 0",
        method="Wald test of pooled estimates (D1)",
        statistic_name="F",
        statistic=statistic,
        df=float(k),
        ddf=ddf,
        p_value=p,
        estimates={name: float(pooled.select(name)) for name in names},
        n=int(pooled.n.max()),
        weighted_n=float(pooled.weighted_n.max()),
        weight=pooled.weight,
        notes=pooled.notes,
        synthetic=pooled.synthetic,
    )


def pooled_likelihood_ratio_test(larger: Pooled, smaller: Pooled) -> TestResult:
    """Whether the terms that a smaller model lacks are zero: D3 (Meng and Rubin 1992).

    The likelihood is the weighted one; its ratios are divided by the mean of the eigenvalues that give the working
    likelihood-ratio test of a survey its distribution (Lumley and Scott 2014), averaged over the imputations.

    Parameters
    ----------
    larger, smaller
        Pooled generalised linear models, the smaller nested in the larger.
    """
    full, small = _models(larger), _models(smaller)
    if len(full) != len(small):
        raise EstimationError("The models rest on different numbers of imputations.", remedy="Pool both from the same.")
    added = [name for name in larger.names if name not in smaller.names]
    if not added or any(name not in larger.names for name in smaller.names):
        raise EstimationError(
            "The smaller model is not part of the larger one.", remedy="Drop terms of the larger model."
        )
    terms = [term.name for term in full[0].matrix.terms if term.name not in {t.name for t in small[0].matrix.terms}]
    scale = float(np.mean([likelihood_ratio_test(model, terms).facts["eigenvalues"].mean() for model in full]))
    own, at_mean = [], []
    for one, other in zip(full, small, strict=True):
        own.append((_deviance(other, other.estimate) - _deviance(one, one.estimate)) / scale)
        at_mean.append((_deviance(other, smaller.estimate) - _deviance(one, larger.estimate)) / scale)
    statistic, ddf, p = likelihood_statistic(own, at_mean, len(added))
    return TestResult(
        hypothesis=f"{', '.join(added)} = 0",
        method="Likelihood-ratio test of pooled models (D3), scaled by the design",
        statistic_name="F",
        statistic=statistic,
        df=float(len(added)),
        ddf=min(ddf, float(larger.complete_df.min())),
        p_value=p,
        n=int(larger.n.max()),
        weighted_n=float(larger.weighted_n.max()),
        weight=larger.weight,
        notes=larger.notes,
        synthetic=larger.synthetic,
    )


def _deviance(model: Model, coefficients: FloatArray) -> float:
    """Deviance at any coefficients, weights of mean one."""
    rows = rows_of(model)
    kept = np.array([place for place, name in enumerate(model.matrix.names) if name in model.names])

    def work(part: Part) -> float:
        return sum(
            batch_deviance(rows, block.batch.weight, block.y, rows.link.inverse(block.predictor(coefficients)))
            for block in blocks(rows, kept, part)
        )

    return sum(each_part(model.survey, work)) * rows.scale


def _models(pooled: Pooled) -> list[Model]:
    models = [one for one in pooled.each if isinstance(one, Model)]
    if len(models) < len(pooled.each) or not models:
        raise EstimationError("These are no pooled models.", remedy='Make them as pool(surveys, sk.regress, "y ~ x").')
    return models
