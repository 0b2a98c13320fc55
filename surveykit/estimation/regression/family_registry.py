"""The families of regression that :func:`surveykit.regress` knows: each names its fit and the options it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from surveykit.errors import EstimationError, did_you_mean, listing
from surveykit.estimation.likelihoods.families import fit_interval, fit_multinomial, fit_negative_binomial, fit_tobit
from surveykit.estimation.likelihoods.ordered_model import fit_ordered
from surveykit.estimation.likelihoods.proportional_odds import fit_partial_proportional
from surveykit.estimation.models.model import Model
from surveykit.estimation.regression.families import FAMILIES
from surveykit.expressions import Expr
from surveykit.formulas import DesignMatrix
from surveykit.survey import Survey

__all__ = ["Options", "RegressionFamily", "family_fit", "family_names"]


@dataclass(frozen=True)
class Options:
    """What only some families take; None where it was not given.

    Parameters
    ----------
    link
        Link of a generalised linear model.
    limits
        Limits of a tobit.
    open_end
        Upper edge in place of an open last band.
    non_proportional
        Terms with slopes of their own at each cut point of an ordered regression.
    small_sample
        ``"bell_mccaffrey"`` or ``"satterthwaite"``.
    penalty
        ``"firth"``.
    absorb
        Columns whose fixed effects are swept out.
    """

    link: str | None = None
    limits: tuple[float | None, float | None] | None = None
    open_end: float | None = None
    non_proportional: str | None = None
    small_sample: str | None = None
    penalty: str | None = None
    absorb: str | Sequence[str] | None = None


_Fit = Callable[[Survey, DesignMatrix, Expr | None, float, Options], Model]


@dataclass(frozen=True)
class RegressionFamily:
    """One family.

    Parameters
    ----------
    fit
        From survey, formula, offset, level and options to the model.
    options
        Names of the options it takes.
    """

    fit: _Fit
    options: tuple[str, ...] = ()


def _tobit(survey: Survey, matrix: DesignMatrix, offset: Expr | None, level: float, options: Options) -> Model:
    if options.limits is None:
        raise EstimationError(
            "A tobit needs its limits.", remedy="Give limits=(0, None) for an outcome cut off at zero."
        )
    return fit_tobit(survey, matrix, offset, level, limits=options.limits)


def _ordered(link: str) -> _Fit:
    def fit(survey: Survey, matrix: DesignMatrix, offset: Expr | None, level: float, options: Options) -> Model:
        terms = options.non_proportional
        if terms is None:
            return fit_ordered(survey, matrix, link, offset, level)
        return fit_partial_proportional(survey, matrix, offset, level, link=link, terms=terms)

    return fit


#: Families that are no generalised linear ones.
_LIKELIHOODS: Mapping[str, RegressionFamily] = {
    "ordered_logit": RegressionFamily(_ordered("logit"), ("non_proportional",)),
    "ordered_probit": RegressionFamily(_ordered("probit"), ("non_proportional",)),
    "multinomial": RegressionFamily(lambda s, m, o, level, options: fit_multinomial(s, m, o, level)),
    "negative_binomial": RegressionFamily(lambda s, m, o, level, options: fit_negative_binomial(s, m, o, level)),
    "interval": RegressionFamily(
        lambda s, m, o, level, options: fit_interval(s, m, o, level, open_end=options.open_end), ("open_end",)
    ),
    "tobit": RegressionFamily(_tobit, ("limits",)),
}

_LINEAR = ("link",)
_EXTRA: Mapping[str, tuple[str, ...]] = {"gaussian": ("small_sample", "absorb"), "binomial": ("penalty",)}


def family_names() -> tuple[str, ...]:
    """Names of all families."""
    return (*FAMILIES, "fractional_logit", *_LIKELIHOODS)


def family_fit(family: str, options: Options) -> _Fit | None:
    """Find how a family is fitted; None for a generalised linear model.

    Raises
    ------
    EstimationError
        If the family is unknown, or does not take an option that was given.
    """
    found = _LIKELIHOODS.get(family)
    linear = family.casefold() in FAMILIES or family == "fractional_logit"
    if found is None and not linear:
        raise EstimationError(
            f"family={family!r} is not known.",
            remedy=did_you_mean(family, family_names()) or f"Choose one of {listing(family_names())}.",
        )
    taken = (*_LINEAR, *_EXTRA.get(family, ())) if found is None else found.options
    refused = [one.name for one in fields(options) if getattr(options, one.name) is not None and one.name not in taken]
    if refused:
        allowed = f"It takes {listing(taken)}." if taken else "Leave it out."
        raise EstimationError(f"The family '{family}' does not take {listing(refused)}.", remedy=allowed)
    if options.penalty not in (None, "firth"):
        raise EstimationError(f"penalty={options.penalty!r} is not known.", remedy="Choose 'firth'.")
    return None if found is None else found.fit
