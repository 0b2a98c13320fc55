"""Distributions and links of generalised linear models (McCullagh and Nelder 1989)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError, listing
from surveykit.expressions.values import BoolArray

__all__ = ["FAMILIES", "LINKS", "Family", "Link", "family_and_link"]

#: Smallest slope of a probability: that of the probabilities nearest to 0 and 1 that a fit works with.
_FLAT = 1e-15

_Function = Callable[[FloatArray], FloatArray]
_SMALL = np.finfo(np.float64).eps


@dataclass(frozen=True)
class Link:
    """A link: mean to linear predictor, its inverse, and the slope of the inverse."""

    name: str
    forward: _Function
    inverse: _Function
    slope: _Function


@dataclass(frozen=True)
class Family:
    """A distribution: its variance as a function of the mean, its unit deviance and its usual links.

    Parameters
    ----------
    start
        First guess of the mean from the outcome and the weight (scaled to mean one).
    valid
        Says whether outcomes are possible, ``(n,)`` bool.
    support
        The same in words.
    """

    name: str
    variance: _Function
    deviance: Callable[[FloatArray, FloatArray], FloatArray]
    start: Callable[[FloatArray, FloatArray], FloatArray]
    valid: Callable[[FloatArray], BoolArray]
    support: str
    links: tuple[str, ...]


def _cloglog_inverse(eta: FloatArray) -> FloatArray:
    return np.asarray(np.clip(-np.expm1(-np.exp(np.clip(eta, -700, 700))), _SMALL, 1 - _SMALL))


def _normal_density(eta: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * eta * eta) / np.sqrt(2 * np.pi))


def _logistic(eta: FloatArray) -> FloatArray:
    mu: FloatArray = 1 / (1 + np.exp(-np.maximum(eta, -700.0)))
    return mu


def _logistic_slope(eta: FloatArray) -> FloatArray:
    mu = _logistic(eta)
    return mu * (1 - mu)


LINKS: Mapping[str, Link] = {
    "identity": Link("identity", lambda mu: mu, lambda eta: eta, np.ones_like),
    "log": Link(
        "log", np.log, lambda eta: np.exp(np.clip(eta, -700, 700)), lambda eta: np.exp(np.clip(eta, -700, 700))
    ),
    "logit": Link("logit", special.logit, _logistic, _logistic_slope),
    "probit": Link("probit", special.ndtri, special.ndtr, lambda eta: np.maximum(_normal_density(eta), _FLAT)),
    "cloglog": Link(
        "cloglog",
        lambda mu: np.log(-np.log1p(-mu)),
        _cloglog_inverse,
        lambda eta: np.maximum(np.exp(np.clip(eta, -700, 700) - np.exp(np.clip(eta, -700, 700))), _FLAT),
    ),
    "inverse": Link("inverse", lambda mu: 1 / mu, lambda eta: 1 / eta, lambda eta: -1 / eta**2),
    "sqrt": Link("sqrt", np.sqrt, lambda eta: eta**2, lambda eta: 2 * eta),
}


def _binomial_deviance(y: FloatArray, mu: FloatArray) -> FloatArray:
    if np.array_equal(y == 1, y):
        twice: FloatArray = -2 * np.log(np.abs(1 - y - mu))
        return twice
    deviance: FloatArray = 2 * (
        special.xlogy(y, y) - special.xlogy(y, mu) + special.xlogy(1 - y, 1 - y) - special.xlog1py(1 - y, -mu)
    )
    return deviance


FAMILIES: Mapping[str, Family] = {
    "gaussian": Family(
        "gaussian",
        np.ones_like,
        lambda y, mu: (y - mu) ** 2,
        lambda y, weight: y,
        lambda y: np.ones(y.shape, np.bool_),
        "any number",
        ("identity", "log", "inverse"),
    ),
    "binomial": Family(
        "binomial",
        lambda mu: mu * (1 - mu),
        _binomial_deviance,
        lambda y, weight: (weight * y + 0.5) / (weight + 1),
        lambda y: (y >= 0) & (y <= 1),
        "0 and 1, or shares between them",
        ("logit", "probit", "cloglog", "log", "identity"),
    ),
    "poisson": Family(
        "poisson",
        lambda mu: mu,
        lambda y, mu: 2 * (special.xlogy(y, y) - special.xlogy(y, mu) - (y - mu)),
        lambda y, weight: y + 0.1,
        lambda y: y >= 0,
        "counts, zero or more",
        ("log", "identity", "sqrt"),
    ),
    "gamma": Family(
        "gamma",
        lambda mu: mu**2,
        lambda y, mu: -2 * (np.log(y / mu) - (y - mu) / mu),
        lambda y, weight: y,
        lambda y: y > 0,
        "positive numbers",
        ("inverse", "log", "identity"),
    ),
}


def family_and_link(family: str, link: str | None) -> tuple[Family, Link]:
    """Look up a family and its link, the canonical one by default.

    Raises
    ------
    EstimationError
        If either is unknown or they do not go together.
    """
    found = FAMILIES.get(str(family).casefold())
    if found is None:
        raise EstimationError(f"family={family!r} is not known.", remedy=f"Choose one of {listing(FAMILIES)}.")
    name = found.links[0] if link is None else link
    if name not in found.links:
        raise EstimationError(
            f"link={link!r} does not go with the family '{found.name}'.",
            remedy=f"Choose one of {listing(found.links)}.",
        )
    return found, LINKS[name]
