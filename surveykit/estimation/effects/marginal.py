"""Average marginal effects and predictive margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Literal

from surveykit.engine.threads import one_thread
from surveykit.errors import EstimationError, did_you_mean, listing
from surveykit.estimation.effects.averages import Combination, Variance, averages
from surveykit.estimation.effects.reporting import effects_estimate
from surveykit.estimation.effects.scenarios import Scenario, Setting
from surveykit.estimation.effects.variables import Target, named_targets, targets_of
from surveykit.estimation.linearise import keys_for
from surveykit.estimation.models.model import Model
from surveykit.estimation.models.row_model import RowModel, row_model
from surveykit.results import Estimate

__all__ = ["average_marginal_effects", "marginal_means", "predictive_margins"]

#: Central difference of sixth order: steps and factors over 60.
_STENCIL = ((-3, -1.0), (-2, 9.0), (-1, -45.0), (1, 45.0), (2, -9.0), (3, 1.0))

#: Values at which variables are held, by name.
_At = Mapping[str, object]


def average_marginal_effects(
    model: Model,
    variables: str | Sequence[str] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    at: _At | None = None,
    compare: Literal["reference", "sequential", "pairwise"] = "reference",
    variance: Variance = "linearised",
    level: float | None = None,
) -> Estimate:
    """Average change of the expected outcome, or of the probability of each category, with each variable.

    For a number the average derivative ``d E(y) / d x``, through every term that mentions it (``log(x)``,
    interactions); for a
    category, and for a number that is only 0 or 1, the average difference between two levels, everything else as it is
    in each
    row. Averages are weighted; the variance is unconditional, so it has the sampling of the rows averaged over as well
    as
    of the coefficients.

    Parameters
    ----------
    model
        A regression of :func:`regress`.
    variables
        Columns of the model, or factors as the formula has them (``"mid(size)"``: per unit of the midpoint); all by
        default.
    by
        Columns or expressions within whose groups to average.
    at
        Variable to a value at which it is held in every row, or to several that are crossed: how an effect changes with
        another variable (interactions), as ``{"exporter": ["no", "yes"]}``.
    compare
        Levels of a category against the first, against the level before, or all pairs.
    variance
        ``"linearised"`` (unconditional), ``"additive"`` (R survey's: the covariance of coefficients and rows left out)
        or
        ``"conditional"`` (the rows taken as given).
    level
        Confidence level; the model's by default.

    Returns
    -------
    Estimate
        With labels ``variable``, ``contrast`` and, for categories, ``outcome``; t and p; design degrees of freedom.
        Effects on the outcomes of a category add to zero.

    Raises
    ------
    EstimationError
        If a variable is not in the model, or a value is outside the range of an expression.

    References
    ----------
    Graubard and Korn (1999), *Biometrics* 55, 652-659.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"exporter": [0, 1, 0, 1, 1, 0, 1, 0], "staff": [3.0, 9.0, 8.0, 4.0, 5.0, 2.0, 7.0, 6.0]})
    >>> model = sk.regress(sk.Survey(firms), "exporter ~ staff", family="binomial")
    >>> average_marginal_effects(model).estimate.round(3)
    array([0.068])
    """
    opened = row_model(model)
    targets = named_targets(opened, variables)
    held = _held(opened, at or {}, targets)
    combinations: list[Combination] = []
    labels: dict[str, list[object]] = {name: [] for name in ("variable", "contrast", *(one.name for one in held))}
    for target in targets:
        for point in product(*held.values()):
            for contrast, one in _effects(target, point, compare):
                combinations.append(one)
                labels["variable"].append(target.name)
                labels["contrast"].append(contrast)
                for setting in point:
                    labels[setting.target.name].append(setting.value)
    keys = keys_for(model.survey, by)
    with one_thread():
        found = averages(opened, combinations, keys, variance=variance)
    return effects_estimate(
        model,
        found,
        keys,
        statistic="average marginal effect",
        labels=labels,
        outcomes=opened.prediction.outcomes,
        level=model.level if level is None else level,
        tested=True,
    )


def predictive_margins(
    model: Model,
    variables: str | Sequence[str] = (),
    *,
    at: Mapping[str, object] | None = None,
    by: str | Sequence[str] | None = None,
    variance: Variance = "linearised",
    level: float | None = None,
) -> Estimate:
    """Average prediction if every row had the same level of some variables, everything else as it is.

    For a category all its levels are taken; for a number the values in `at`, which gives a dose-response curve. Without
    variables it is the average prediction.

    Parameters
    ----------
    model
        A regression of :func:`regress`.
    variables
        Categories (or 0/1 numbers) whose levels are crossed.
    at
        Variable to a value, or to a list of values that are crossed with the rest: ``{"staff": [10, 50, 250]}``.
    by
        Columns or expressions within whose groups to average.
    variance
        ``"linearised"`` (unconditional), ``"additive"`` (R survey's: the covariance of coefficients and rows left out)
        or
        ``"conditional"`` (the rows taken as given).
    level
        Confidence level; the model's by default.

    Returns
    -------
    Estimate
        One label column a variable; use ``.contrast`` for differences and ratios.

    References
    ----------
    Graubard and Korn (1999), *Biometrics* 55, 652-659.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"size": list("sslslssl"), "sales": [3.0, 5.0, 9.0, 4.0, 7.0, 3.0, 4.0, 8.0]})
    >>> model = sk.regress(sk.Survey(firms), "sales ~ size")
    >>> predictive_margins(model, "size").to_frame()[["size", "estimate"]].round(2)
      size  estimate
    0    l       8.0
    1    s       3.8
    """
    opened = row_model(model)
    values = _grid(opened, [variables] if isinstance(variables, str) else list(variables), at or {})
    scenarios: list[Scenario] = []
    labels: dict[str, list[object]] = {target.name: [] for target in values}
    for point in product(*values.values()):
        scenarios.append(tuple(Setting(target, "set", value) for target, value in zip(values, point, strict=True)))
        for target, value in zip(values, point, strict=True):
            labels[target.name].append(value)
    keys = keys_for(model.survey, by)
    with one_thread():
        found = averages(opened, [Combination(((1.0, one),)) for one in scenarios], keys, variance=variance)
    return effects_estimate(
        model,
        found,
        keys,
        statistic="predictive margin",
        labels=labels or {"prediction": ["average"]},
        outcomes=opened.prediction.outcomes,
        level=model.level if level is None else level,
        tested=False,
    )


def marginal_means(model: Model, variables: str | Sequence[str], *, level: float | None = None) -> Estimate:
    """Predictions at each level of some categories, the other categories balanced and numbers at their means.

    Each other category has equal weight on all its levels: means as if the sample were balanced (least-squares means).
    A
    function of the coefficients alone; the means of numbers are taken as given.

    Parameters
    ----------
    model
        A regression of :func:`regress`.
    variables
        Categories of the model.
    level
        Confidence level; the model's by default.

    References
    ----------
    Searle, Speed and Milliken (1980), *American Statistician* 34, 216-221.
    """
    opened = row_model(model)
    wanted = {target.name for target in named_targets(opened, variables)}
    balanced = {
        target.name: list(target.levels) for target in targets_of(opened) if target.levels and target.name not in wanted
    }
    means = {
        target.name: target.mean for target in targets_of(opened) if target.levels is None and target.name not in wanted
    }
    margins = predictive_margins(model, variables, at={**balanced, **means}, variance="conditional", level=level)
    names = [name for name in margins.labels if name not in balanced and name not in means]
    groups: dict[tuple[object, ...], list[int]] = {}
    for place in range(len(margins.names)):
        groups.setdefault(tuple(margins.labels[name][place] for name in names), []).append(place)
    return margins.contrast(
        {":".join(map(str, group)): _mean_of(places, len(margins.names)) for group, places in groups.items()}
    )


def _mean_of(places: Sequence[int], size: int) -> list[float]:
    row = [0.0] * size
    for place in places:
        row[place] = 1 / len(places)
    return row


def _effects(target: Target, held: Scenario, compare: str) -> list[tuple[str, Combination]]:
    """Contrasts of one variable with their names."""
    if compare not in ("reference", "sequential", "pairwise"):
        raise EstimationError(
            f"compare={compare!r} is not known.", remedy="Choose 'reference', 'sequential' or 'pairwise'."
        )
    if target.levels is None:
        terms = tuple((factor / 60, (*held, Setting(target, "step", step))) for step, factor in _STENCIL)
        return [("slope", Combination(terms, target))]
    levels = target.levels
    if compare == "pairwise":
        pairs = [(high, low) for place, low in enumerate(levels) for high in levels[place + 1 :]]
    else:
        before = levels if compare == "sequential" else [levels[0]] * len(levels)
        pairs = list(zip(levels[1:], before, strict=False))
    return [
        (
            f"{high} - {low}",
            Combination(((1.0, (*held, Setting(target, "set", high))), (-1.0, (*held, Setting(target, "set", low))))),
        )
        for high, low in pairs
    ]


def _held(model: RowModel, at: _At, targets: Sequence[Target]) -> dict[Target, list[Setting]]:
    """Settings of the variables that are held, checked."""
    taken = [target.name for target in targets if target.name in at]
    if taken and len(targets) == 1:
        raise EstimationError(f"'{taken[0]}' cannot be held at a value while it varies.", remedy="Leave it out of at=.")
    found: dict[Target, list[Setting]] = {}
    for name, given in at.items():
        (target,) = named_targets(model, name)
        found[target] = [_setting(target, value) for value in _several(name, given)]
    return found


def _several(name: str, given: object) -> list[object]:
    values = list(given) if isinstance(given, list | tuple) else [given]
    if not values:
        raise EstimationError(f"at= has no value for {listing([name])}.", remedy="Give at least one.")
    return values


def _setting(target: Target, value: object) -> Setting:
    """Hold a variable at a value, checked."""
    if target.levels is not None and value not in target.levels:
        raise EstimationError(
            f"'{target.name}' has no level {value!r}.",
            remedy=did_you_mean(str(value), [str(level) for level in target.levels]),
        )
    if target.levels is None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise EstimationError(f"'{target.name}' is a number and cannot be {value!r}.", remedy="Give a number.")
    return Setting(target, "set", value)


def _grid(model: RowModel, variables: list[str], at: Mapping[str, object]) -> dict[Target, list[object]]:
    values: dict[Target, list[object]] = {}
    for target in named_targets(model, variables) if variables else ():
        if target.name in at:
            continue
        if target.levels is None:
            raise EstimationError(
                f"'{target.name}' is a number: its margins need values.",
                remedy=f"Give them, as at={{{target.name!r}: [1, 10]}}.",
            )
        values[target] = list(target.levels)
    for name, given in at.items():
        (target,) = named_targets(model, name)
        values[target] = [_setting(target, value).value for value in _several(name, given)]
    return values
