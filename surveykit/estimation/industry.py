"""Firm meets industry: indicators of industries attached to firms, and regressions at two levels.

A value-added share or a measure of services trade describes an industry, not a firm: all firms of an industry share it,
and so do their errors. Its standard error therefore rests on the number of industries, however many firms there are.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from surveykit.design import Design, resolve
from surveykit.engine import FloatArray, MemoryEngine
from surveykit.engine.threads import one_thread
from surveykit.errors import ColumnError, DataError, EstimationError, SurveykitWarning, listing
from surveykit.estimation.likelihoods.outcome_rows import outcome_rows
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.regression import regress
from surveykit.estimation.regression.small_sample import first_stage_units
from surveykit.estimation.row_arrays import RowArrays, row_arrays
from surveykit.expressions import Column, Values, names
from surveykit.results import TestResult
from surveykit.results.estimate import two_sided_p
from surveykit.survey import WEIGHT_COLUMN, Survey

__all__ = ["FirmIndustry", "attach_industry", "two_level_regression", "wild_cluster_bootstrap"]

#: Below this many industries cluster-robust inference is not to be trusted without correction (Cameron and Miller
#: 2015).
_FEW = 30


@dataclass(frozen=True, eq=False)
class FirmIndustry:
    """Firms with the indicators of their industries.

    Parameters
    ----------
    survey
        The firms, with the indicators as columns.
    on
        Column of the industry.
    indicators
        Names of the columns attached.
    definition, year, source
        What the indicators are, of when, and from where; they go into the notes of every model.
    unmatched
        Industries of firms for which there is no indicator, with their numbers of firms.
    """

    survey: Survey
    on: str
    indicators: tuple[str, ...]
    definition: str
    year: int
    source: str
    unmatched: dict[str, int] = field(default_factory=dict)

    @property
    def note(self) -> str:
        """Definition, year and source in a sentence."""
        named = ", ".join(self.indicators)
        text = f"Indicators of industries ({named}): {self.definition}, {self.year}, {self.source}."
        if self.unmatched:
            text += f" {sum(self.unmatched.values())} firm(s) of {listing(self.unmatched)} have none."
        return text


def attach_industry(
    survey: Survey,
    indicators: pd.DataFrame,
    *,
    on: str,
    definition: str,
    year: int,
    source: str,
    key: str | None = None,
) -> FirmIndustry:
    """Give each firm the indicators of its industry.

    Parameters
    ----------
    survey
        The firms, rows in memory.
    indicators
        One row an industry: the code and numbers.
    on
        Column of the firms with the industry code, in the same classification.
    definition, year, source
        What the indicators are: classification and concept, reference year, publication.
    key
        Column of `indicators` with the code; `on` by default.

    Returns
    -------
    FirmIndustry

    Raises
    ------
    DataError
        If codes repeat, no firm finds its industry, or a column is there already.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"industry": ["C10", "C10", "C26"], "sales": [1.0, 2.0, 3.0]})
    >>> shares = pd.DataFrame({"industry": ["C10", "C26"], "foreign_share": [0.2, 0.4]})
    >>> found = attach_industry(sk.Survey(firms), shares, on="industry", definition="foreign value added in exports",
    ...                         year=2020, source="demonstration")
    >>> sk.mean(found.survey, "foreign_share").estimate.round(3)
    array([0.267])
    """
    key = on if key is None else key
    if key not in indicators.columns:
        raise ColumnError(key, map(str, indicators.columns), place="the indicators")
    if not isinstance(survey.engine, MemoryEngine):
        raise DataError("Indicators are attached to rows in memory.", remedy="Load the firms as a frame.")
    if on not in survey.engine.columns:
        raise ColumnError(on, survey.engine.columns)
    for what, value in (("definition", definition), ("source", source)):
        if not value.strip():
            raise DataError(f"The {what} of the indicators is empty.", remedy="Say what they are and from where.")
    codes = indicators[key].astype(str)
    if codes.duplicated().any():
        repeated = codes[codes.duplicated()].unique()
        raise DataError(f"{listing(repeated)} occurs more than once in the indicators.", remedy="One row an industry.")
    columns = [str(name) for name in indicators.columns if name != key]
    clash = [name for name in columns if name in survey.engine.columns]
    if clash or not columns:
        what = f"{listing(clash)} is already a column of the firms." if clash else "The indicators have no column."
        raise DataError(what, remedy="Rename it, as with the year in the name.")
    firm = _codes(survey.engine.column(on))
    table = indicators.set_index(codes)[columns].astype(np.float64)
    values = table.reindex(firm).to_numpy()
    known = np.isin(firm, codes.to_numpy())
    if not known.any():
        raise DataError(
            f"No code of '{on}' is among the indicators; firms have {listing(np.unique(firm)[:3])}, indicators "
            f"{listing(codes.tolist()[:3])}.",
            remedy="Bring both to one classification with a concordance first.",
        )
    lost = pd.Series(firm[~known]).value_counts()
    added = {
        name: Values(np.nan_to_num(column), np.isfinite(column), name=name)
        for name, column in zip(columns, values.T, strict=True)
    }
    other = copy.copy(survey)
    other._set({"engine": survey.engine.with_columns(added)})
    unmatched = {str(code): int(count) for code, count in lost.items() if code != ""}
    return FirmIndustry(other, on, tuple(columns), definition, year, source, unmatched)


def two_level_regression(
    firms: FirmIndustry, formula: str, *, family: str = "gaussian", link: str | None = None, level: float = 0.95
) -> Model:
    """Regression of firms on variables of firms and of industries, clustered by industry.

    Weights are the survey's; the covariance takes industries as the independent units instead of the sampling units. A
    linear model has bias-reduced standard errors with degrees of freedom for each coefficient; others have industries
    less the columns that vary only between industries, less 1.

    Parameters
    ----------
    firms
        Made by :func:`attach_industry`.
    formula, family, link, level
        As in :func:`regress`.

    Returns
    -------
    Model
        Definition, year and source of the indicators are among its notes. A warning says so if industries are few.

    Raises
    ------
    EstimationError
        If there are not more industries than columns that vary only between them.

    References
    ----------
    Moulton (1990), *Review of Economics and Statistics* 72, 334-338; Cameron and Miller (2015), *Journal of Human
    Resources* 50, 317-372.
    """
    clustered = _clustered(firms)
    small = "satterthwaite" if family == "gaussian" else None
    model = regress(clustered, formula, family=family, link=link, level=level, small_sample=small)
    between = _between(firms, model)
    industries = int(model.design_df) + 1
    if industries - 1 - len(between) <= 0:
        raise EstimationError(
            f"{industries} industries cannot carry {len(between)} column(s) that vary only between them: "
            f"{listing(between)}.",
            remedy="Use finer industries or fewer indicators.",
        )
    if small is None:
        df = np.full(len(model.names), float(industries - 1 - len(between)))
        model = replace(model, df=df, facts={**model.facts, "p": two_sided_p(model.t, df)})
    if industries < _FEW:
        warnings.warn(
            f"There are {industries} industries: standard errors of {listing(between) or 'the coefficients'} may be "
            "too small. Check with wild_cluster_bootstrap(model, variable).",
            SurveykitWarning,
            stacklevel=2,
        )
    cluster = f"Clustered by '{firms.on}' ({industries} industries), not by the sampling units."
    return replace(model, notes=(*model.notes, firms.note, cluster))


def wild_cluster_bootstrap(model: Model, variable: str, *, draws: int = 9_999, seed: int) -> TestResult:
    """Test one coefficient of a linear model with few clusters, imposing the hypothesis that it is zero.

    Residuals of the restricted fit keep their size and change sign together within a cluster (with six-point weights
    below 12 clusters); the t statistic is compared with those of the draws.

    Parameters
    ----------
    model
        A linear model, of :func:`two_level_regression` or of a clustered survey.
    variable
        Name of the coefficient.
    draws
        Number of draws; all sign patterns are taken if there are fewer.
    seed
        Of the random signs.

    Returns
    -------
    TestResult
        Symmetric p-value; `ddf` is infinite, the reference being the draws.

    References
    ----------
    Cameron, Gelbach and Miller (2008), *Review of Economics and Statistics* 90, 414-427; Webb (2023), *Canadian Journal
    of Economics* 56, 839-858.
    """
    if model.family != "gaussian" or model.link != "identity" or model.survey.replicates is not None:
        raise EstimationError(
            "The wild bootstrap is made for linear models of surveys without replicate weights.",
            remedy="Use a linear probability model.",
        )
    if variable not in model.names:
        raise EstimationError(f"'{variable}' is not a coefficient.", remedy=f"They are {listing(model.names)}.")
    kept = tuple(column for column in model.matrix.columns if column.name not in model.aliased)
    arrays = row_arrays(outcome_rows(model.survey, replace(model.matrix, columns=kept), model.offset))
    groups = first_stage_units(model.survey, arrays)
    place = model.names.index(variable)
    with one_thread():
        observed, simulated = _wild(arrays, groups, place, draws, seed)
    p = float(np.mean(np.abs(simulated) >= abs(observed) * (1 - 1e-10)))
    return TestResult(
        hypothesis=f"the coefficient of '{variable}' in {model.formula} is zero",
        method=f"Wild cluster bootstrap, {len(groups)} clusters, {len(simulated)} draws, restricted",
        statistic_name="t",
        statistic=observed,
        df=float(len(groups) - 1),
        p_value=p,
        estimates={variable: float(model.estimate[place])},
        n=int(model.n[0]),
        weighted_n=float(model.weighted_n[0]),
        weight=model.weight,
        notes=model.notes,
        synthetic=model.synthetic,
    )


def _wild(
    arrays: RowArrays, groups: Sequence[np.ndarray], place: int, draws: int, seed: int
) -> tuple[float, FloatArray]:
    """The observed t and those of the draws."""
    x, y, weight = arrays.x, arrays.y - arrays.offset, arrays.weight / arrays.weight.mean()
    bread = np.linalg.inv((x * weight[:, None]).T @ x)
    blocks = np.stack([(x[own] * weight[own][:, None]).T @ x[own] for own in groups])

    def scores(residual: FloatArray) -> FloatArray:
        return np.stack([x[own].T @ (weight[own] * residual[own]) for own in groups])

    full = bread @ (x.T @ (weight * y))
    row = bread[place]
    own_scores = scores(y - x @ full)
    observed = float(full[place] / np.sqrt(((own_scores @ row) ** 2).sum()))
    rest = np.delete(np.arange(x.shape[1]), place)
    restricted = np.zeros(x.shape[1])
    if len(rest):
        part = x[:, rest]
        restricted[rest] = np.linalg.solve((part * weight[:, None]).T @ part, part.T @ (weight * y))
    base = scores(y - x @ restricted)
    signs = _signs(len(groups), draws, seed)
    moved = signs @ base @ bread
    each = signs * (base @ row)[None, :] - moved @ np.einsum("gij,j->ig", blocks, row)
    return observed, moved[:, place] / np.sqrt((each**2).sum(axis=1))


def _signs(clusters: int, draws: int, seed: int) -> FloatArray:
    if 2**clusters <= draws and clusters >= 12:
        return np.array(np.meshgrid(*[[-1.0, 1.0]] * clusters)).reshape(clusters, -1).T
    rng = np.random.default_rng(seed)
    if clusters < 12:
        points = np.sqrt([0.5, 1.0, 1.5])
        return rng.choice(np.concatenate([-points, points]), size=(draws, clusters))
    return rng.choice([-1.0, 1.0], size=(draws, clusters))


def _codes(values: Values) -> np.ndarray:
    """Industry of each firm as text, empty where missing."""
    if values.categories is not None:
        found = np.array([str(label) for label in values.categories])[values.data]
    else:
        found = np.array([f"{value:g}" for value in values.data.astype(np.float64)])
    return found if values.valid is None else np.where(values.valid, found, "")


def _clustered(firms: FirmIndustry) -> Survey:
    """The survey with industries as its only clusters."""
    survey = firms.survey
    if survey.replicates is not None or survey.calibration:
        raise EstimationError(
            "Clustering by industry takes plain weights, and this survey has replicate or calibrated ones.",
            remedy="Make the survey with the column of final weights.",
        )
    inside = survey.engine.evaluate(Column(firms.on))  # type: ignore[attr-defined]
    if inside.valid is not None and not inside.valid.all():
        raise EstimationError(
            f"{int((~inside.valid).sum())} firm(s) have no industry.", remedy="Code it, or leave them out of the frame."
        )
    weights = Values(survey.engine.weights(survey.index), name=survey.weight_name)
    engine = survey.engine.with_columns({WEIGHT_COLUMN: weights})
    design = Design(clusters=firms.on)
    index, structure, _ = resolve(design, engine)
    other = copy.copy(survey)
    weighed = engine.weigh(index, Column(WEIGHT_COLUMN), check=False)
    other._set({"engine": engine, "design": design, "structure": structure, "index": weighed})
    return other


def _between(firms: FirmIndustry, model: Model) -> list[str]:
    """Coefficients whose columns are made of indicators of industries alone."""
    found = []
    for column in model.matrix.columns:
        used = {name for place, _ in column.parts for name in names(model.matrix.factors[place].expr)}
        if column.name in model.names and used and used <= set(firms.indicators):
            found.append(column.name)
    return found
