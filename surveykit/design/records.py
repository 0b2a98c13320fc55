"""How the sample was drawn, as declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from surveykit.engine import FloatArray
from surveykit.errors import DesignError, listing

__all__ = ["Design", "HartleyRao", "JointProbabilities", "Lonely", "Pps", "PpsVariance"]

Lonely = Literal["fail", "remove", "adjust", "average", "certainty"]
_LONELY: tuple[str, ...] = ("fail", "remove", "adjust", "average", "certainty")


PpsVariance = Literal["horvitz-thompson", "yates-grundy"]
_PPS: tuple[str, ...] = ("brewer", "overton", "hartley-rao", "poisson")


@dataclass(frozen=True)
class HartleyRao:
    """The approximation of Hartley and Rao (1962) to joint inclusion probabilities.

    Parameters
    ----------
    mean_square
        Sum over the population of squared inclusion probabilities, divided by the sample size; estimated from the
        sample by
        default.
    """

    mean_square: float | None = None


@dataclass(frozen=True, eq=False)
class JointProbabilities:
    """Joint inclusion probabilities of the sampled rows, in row order.

    Parameters
    ----------
    matrix
        ``(n, n)``, with the inclusion probabilities on the diagonal.
    variance
        The estimator of Horvitz and Thompson (1952), or of Yates and Grundy (1953) for samples of fixed size.
    """

    matrix: FloatArray = field(repr=False)
    variance: PpsVariance = "horvitz-thompson"


Pps = Literal["brewer", "overton", "hartley-rao", "poisson"] | HartleyRao | JointProbabilities


@dataclass(frozen=True)
class Design:
    """How the sample was drawn.

    Each of `strata`, `clusters`, `fpc` is a column or a list of columns, outermost stage first.

    Parameters
    ----------
    strata
        Columns of the strata of each stage; None where a stage is not stratified.
    clusters
        Columns of the sampling units of each stage; without any, every row is a sampling unit.
    fpc
        Finite populations of each stage: population counts of the stratum where any value exceeds 1, otherwise sampling
        fractions. With `pps` it is the inclusion probability of the unit.
    nest
        Whether cluster labels start anew in each stratum.
    lonely
        What a stratum with one sampling unit adds to the variance: ``"fail"`` refuses; ``"remove"`` and ``"certainty"``
        add
        nothing; ``"adjust"`` takes its distance from the mean of all units; ``"average"`` adds the mean of the other
        strata.
    domain_lonely
        Whether ``"adjust"`` and ``"average"`` also apply to strata with one unit inside a domain.
    pps
        Sampling with unequal probabilities without replacement; `fpc` then holds the inclusion probability of each
        unit.
        ``"brewer"`` needs nothing else; ``"overton"`` and ``"hartley-rao"`` approximate the joint probabilities (a
        :class:`HartleyRao` with the population's sum of squares is better); ``"poisson"`` is Poisson sampling;
        :class:`JointProbabilities` holds them exactly. Sampling with replacement needs weights alone.
    order
        Column that holds the order of a systematic sample, for successive-difference replicates.

    Examples
    --------
    >>> Design(strata="region", clusters=["town", "firm"], fpc=["towns", "firms"]).clusters
    ('town', 'firm')
    """

    strata: Any = None
    clusters: Any = None
    fpc: Any = None
    nest: bool = False
    lonely: Lonely = "fail"
    domain_lonely: bool = False
    pps: Pps | None = None
    order: str | None = None

    def __init__(
        self,
        *,
        strata: str | Sequence[str | None] | None = None,
        clusters: str | Sequence[str] | None = None,
        fpc: str | Sequence[str | None] | None = None,
        nest: bool = False,
        lonely: Lonely = "fail",
        domain_lonely: bool = False,
        pps: Pps | None = None,
        order: str | None = None,
    ) -> None:
        if lonely not in _LONELY:
            raise DesignError(f"lonely={lonely!r} is not known.", remedy=f"Choose one of {listing(_LONELY)}.")
        if pps is not None and not isinstance(pps, HartleyRao | JointProbabilities) and pps not in _PPS:
            raise DesignError(
                f"pps={pps!r} is not known.",
                remedy=f"Choose one of {listing(_PPS)}, HartleyRao() or JointProbabilities().",
            )
        values = {
            "strata": _columns(strata, "strata"),
            "clusters": _columns(clusters, "clusters"),
            "fpc": _columns(fpc, "fpc"),
            "nest": nest,
            "lonely": lonely,
            "domain_lonely": domain_lonely,
            "pps": pps,
            "order": order,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the design names."""
        return tuple(name for name in (*self.strata, *self.clusters, *self.fpc, self.order) if name is not None)

    def describe(self) -> str:
        """Say the design in words."""
        parts = []
        if self.strata:
            parts.append(f"stratified by {', '.join(name for name in self.strata if name)}")
        parts.append(f"clusters {' > '.join(self.clusters)}" if self.clusters else "rows are the sampling units")
        if self.fpc:
            parts.append(f"finite population {', '.join(name for name in self.fpc if name)}")
        if self.pps is not None:
            parts.append(
                f"unequal probabilities ({self.pps if isinstance(self.pps, str) else type(self.pps).__name__})"
            )
        return "; ".join(parts)


def _columns(given: str | Sequence[str | None] | None, role: str) -> tuple[str | None, ...]:
    if given is None:
        return ()
    names: tuple[Any, ...] = (given,) if isinstance(given, str) else tuple(given)
    bad = [name for name in names if not (name is None or isinstance(name, str))]
    if bad:
        raise DesignError(
            f"{role}={given!r}: {bad[0]!r} is not a column name.", remedy="Give a column name or a list of them."
        )
    return names
