"""Specification curve, leaving groups out one at a time, placebo outcomes: the same effect under other choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain, combinations

import numpy as np
import pandas as pd

from surveykit.errors import EstimationError, did_you_mean, listing
from surveykit.estimation.linearise import keys_for
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.regression import regress
from surveykit.expressions import Compare, Literal
from surveykit.results import Estimate
from surveykit.results.column_comparisons import Adjustment, adjusted
from surveykit.survey import Survey

__all__ = ["adjust_p_values", "leave_one_out", "placebo_outcomes", "specification_curve"]

#: From a model to what is compared; its own coefficients by default.
_Effect = Callable[[Model], Estimate]
_MAX_SPECIFICATIONS = 2_000


def specification_curve(
    surveys: Survey | Mapping[str, Survey],
    outcomes: str | Mapping[str, str],
    variable: str,
    *,
    covariates: Sequence[str] = (),
    always: Sequence[str] = (),
    family: str | Mapping[str, str] = "gaussian",
    effect: _Effect | None = None,
) -> pd.DataFrame:
    """Fit the same association under every combination of declared choices.

    Parameters
    ----------
    surveys
        One survey, or name to survey: other weights, domains or samples.
    outcomes
        The outcome as the formula has it, or name to outcome: other codings.
    variable
        Term whose coefficient is followed, as the formula has it; a category of two levels gives its one column.
    covariates
        Terms of which every subset is tried.
    always
        Terms in every specification.
    family
        A family of :func:`regress`, or name to family.
    effect
        From the model to an estimate whose first entry is followed, as
        ``lambda model: sk.average_marginal_effects(model, "exporter")``; the coefficient by default.

    Returns
    -------
    DataFrame
        One row a specification in order of its estimate: ``survey, outcome, family, covariates, estimate, se, low,
        high, p, df, n``; ``why`` says why a specification could not be fitted, and its numbers are then missing.

    Raises
    ------
    EstimationError
        If there are more than 2,000 specifications, or none can be fitted.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), *Nature Human Behaviour* 4, 1208-1214.
    """
    samples = {"": surveys} if isinstance(surveys, Survey) else dict(surveys)
    codings = {"": outcomes} if isinstance(outcomes, str) else dict(outcomes)
    families = {family: family} if isinstance(family, str) else dict(family)
    subsets = list(chain.from_iterable(combinations(covariates, size) for size in range(len(covariates) + 1)))
    count = len(samples) * len(codings) * len(families) * len(subsets)
    if count > _MAX_SPECIFICATIONS:
        raise EstimationError(
            f"{count} specifications are asked for; at most {_MAX_SPECIFICATIONS} are fitted.",
            remedy="Put covariates that are not in question under always=.",
        )
    rows = []
    for survey_name, survey in samples.items():
        for outcome_name, outcome in codings.items():
            for family_name, chosen in families.items():
                for subset in subsets:
                    formula = f"{outcome} ~ {' + '.join([variable, *always, *subset])}"
                    row: dict[str, object] = {"survey": survey_name, "outcome": outcome_name or outcome}
                    row |= {"family": family_name, "covariates": " + ".join(subset)}
                    rows.append(row | _followed(survey, formula, variable, chosen, effect))
    frame = pd.DataFrame(rows)
    if frame["estimate"].isna().all():
        raise EstimationError("No specification could be fitted.", remedy=f"The first says: {frame['why'].iloc[0]}")
    ordered = frame.sort_values("estimate", kind="stable", ignore_index=True)
    # What figures of the curve must say goes with it.
    ordered.attrs = {
        "variable": variable,
        "synthetic": any(survey.synthetic for survey in samples.values()),
        "level": 0.95,
    }
    return ordered


def leave_one_out(model: Model, variable: str, *, by: str, effect: _Effect | None = None) -> pd.DataFrame:
    """Fit a model again without each group in turn, as each industry.

    The group left out stays in the design with weight zero, so that standard errors are those of a domain.

    Parameters
    ----------
    model
        A model of :func:`regress`.
    variable
        Term whose coefficient is followed.
    by
        The grouping variable.
    effect
        As in :func:`specification_curve`.

    Returns
    -------
    DataFrame
        One row a group left out, and first the full model (``left_out`` empty); `change` is in standard errors of the
        full model.
    """
    (key,) = keys_for(model.survey, by)
    family = _family_of(model)
    rows: list[dict[str, object]] = [{"left_out": ""} | _row(_effect_of(model, variable, effect))]
    for level in key.levels:
        rest = model.survey.where(Compare("!=", key.expr, Literal(level)))  # type: ignore[arg-type]
        rows.append({"left_out": str(level)} | _followed(rest, model.formula, variable, family, effect))
    frame = pd.DataFrame(rows)
    frame["change"] = (frame["estimate"] - frame["estimate"].iloc[0]) / frame["se"].iloc[0]
    return frame


def placebo_outcomes(
    model: Model, variable: str, outcomes: Sequence[str], *, family: str | None = None, adjust: Adjustment = "holm"
) -> pd.DataFrame:
    """Fit the same regressors on outcomes that they should not go with.

    Parameters
    ----------
    model
        The model whose right-hand side is used.
    variable
        Term whose coefficient is followed.
    outcomes
        Placebo outcomes, as the formula has them.
    family
        Their family; the model's by default.
    adjust
        Adjustment of the p-values for the number of placebos.

    Returns
    -------
    DataFrame
        The model's own outcome first, then one row a placebo, with ``p_adjusted``.
    """
    right = model.formula.partition("~")[2]
    chosen = _family_of(model) if family is None else family
    own = model.formula.partition("~")[0].strip()
    rows: list[dict[str, object]] = [{"outcome": own} | _row(_effect_of(model, variable, None))]
    rows += [{"outcome": one} | _followed(model.survey, f"{one} ~{right}", variable, chosen, None) for one in outcomes]
    frame = pd.DataFrame(rows)
    p = frame["p"].to_numpy(np.float64).copy()
    p[0] = np.nan
    frame["p_adjusted"] = adjusted(p, adjust)
    return frame


def adjust_p_values(p_values: Sequence[float], *, adjust: Adjustment = "bh") -> list[float]:
    """P-values adjusted for being several.

    Parameters
    ----------
    p_values
        Those of one family of tests; missing ones do not count.
    adjust
        ``"bh"`` (share of false discoveries, Benjamini and Hochberg 1995), ``"holm"`` or ``"bonferroni"``.

    Examples
    --------
    >>> [round(p, 3) for p in adjust_p_values([0.01, 0.04, 0.03])]
    [0.03, 0.04, 0.04]
    """
    values = np.asarray(p_values, np.float64)
    bad = values[~np.isnan(values) & ~((values >= 0) & (values <= 1))]
    if len(bad):
        raise EstimationError(f"{bad[0]:g} is not a p-value.", remedy="Give numbers from 0 to 1.")
    found: list[float] = adjusted(values, adjust).tolist()
    return found


def _followed(survey: Survey, formula: str, variable: str, family: str, effect: _Effect | None) -> dict[str, object]:
    """Numbers of one specification, or why there are none."""
    try:
        return _row(_effect_of(regress(survey, formula, family=family), variable, effect))
    except EstimationError as refused:
        missing = dict.fromkeys(("estimate", "se", "low", "high", "p", "df", "n"), float("nan"))
        return {**missing, "why": str(refused)}


def _effect_of(model: Model, variable: str, effect: _Effect | None) -> tuple[Estimate, int]:
    if effect is not None:
        return effect(model), 0
    bare = variable[2:-1] if variable.startswith("C(") and variable.endswith(")") else variable
    found = [place for place, name in enumerate(model.names) if name == bare or name.startswith(f"{bare}[")]
    found = [place for place in found if ":" not in model.names[place].removeprefix(bare)]
    if not found:
        raise EstimationError(f"'{variable}' has no coefficient.", remedy=did_you_mean(bare, model.names))
    if len(found) > 1:
        raise EstimationError(
            f"'{variable}' has several coefficients: {listing([model.names[place] for place in found])}.",
            remedy="Name one of them with effect=, or use a variable of two levels.",
        )
    return model, found[0]


def _row(followed: tuple[Estimate, int]) -> dict[str, object]:
    estimate, place = followed
    p = estimate.facts["p"][place] if "p" in estimate.facts else float("nan")
    return {
        "estimate": float(estimate.estimate[place]),
        "se": float(estimate.se[place]),
        "low": float(estimate.low[place]),
        "high": float(estimate.high[place]),
        "p": float(p),
        "df": float(estimate.df[place]),
        "n": int(estimate.n[place]),
        "why": "",
    }


def _family_of(model: Model) -> str:
    """The name under which :func:`regress` fits this model again."""
    name = model.family.replace(" ", "_")
    if name in ("gaussian", "binomial", "poisson", "gamma", "multinomial", "negative_binomial", "interval"):
        return name
    if name in ("ordered_logit", "ordered_probit"):
        return name
    raise EstimationError(
        f"A model of the family '{model.family}' has options that this check does not repeat.",
        remedy="Fit it in a loop over model.survey.where(...).",
    )
