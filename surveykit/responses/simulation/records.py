"""What a simulation should reproduce: published numbers, assumed answers, and the traits that tie answers together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from surveykit.errors import DataError, did_you_mean
from surveykit.expressions import Expr

__all__ = ["Assumption", "Base", "Kind", "Target", "Targets"]

Kind = Literal["share", "at_least", "more_than", "mode", "mean"]
Base = Literal["known", "asked"]


@dataclass(frozen=True)
class Target:
    """One published number.

    Attributes
    ----------
    id
        Name in reports and messages.
    of
        Condition whose share is published, such as ``FS1 >= 3``; for a mean the number, such as ``mid(FS1)``.
    among
        Condition for the respondents that the number is about; None for everybody.
    base
        ``known``: respondents for whom `of` is known (don't know and refused are left out); ``asked``: everybody who
        was asked, so that don't know counts in the base.
    kind
        ``share`` in percent, ``at_least`` and ``more_than`` a percentage, ``mode`` (the most frequent answer of its
        question) or ``mean``.
    value
        Percentage 0 to 100, or the mean in the unit of `of`; not used for a mode.
    source, quote
        Where it is printed, and the words.
    """

    id: str
    of: Expr
    of_text: str
    kind: Kind
    value: float
    among: Expr | None = None
    among_text: str = ""
    base: Base = "known"
    source: str = ""
    quote: str = ""

    def __str__(self) -> str:
        """One line: what is published of whom."""
        whom = f" among {self.among_text}" if self.among_text else ""
        said = {"at_least": "at least ", "more_than": "over ", "mean": "mean "}.get(self.kind, "")
        unit = "" if self.kind == "mean" else " %"
        amount = "most frequent" if self.kind == "mode" else f"{said}{self.value:g}{unit}"
        return f"{self.id}: {self.of_text}{whom}, {amount}"


@dataclass(frozen=True)
class Assumption:
    """How a question is answered where nothing is published; chosen by hand, and never a finding.

    Attributes
    ----------
    shares
        Weight of each code (any scale); for a multi-select the percentage that ticks each box. Codes left out weigh
        nothing in a single choice and keep 30 percent in a multi-select; without any shares all codes weigh the same.
    along
        Correlation of the answer with each trait, in the order of the scale (or of `order`).
    order
        Codes from low to high on the traits, for choices without an order of their own.
    missing
        Share (0 to 1) of those asked that says don't know or leaves it out.
    median, spread
        Of a number: lognormal with this median and standard deviation of the logarithm.
    texts
        What is written in a text question.
    """

    shares: Mapping[int, float] = field(default_factory=dict)
    along: Mapping[str, float] = field(default_factory=dict)
    order: tuple[int, ...] = ()
    missing: float = 0.0
    median: float | None = None
    spread: float = 0.5
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Targets:
    """Published numbers of one survey with the assumptions that fill the gaps between them.

    Attributes
    ----------
    instrument
        Name of the instrument they are about; empty where none is declared.
    published
        The numbers to reproduce.
    assumed
        By question id, or by column name for one row or item of it.
    traits
        Standardised path coefficients of each latent trait on earlier traits; together a Gaussian copula.
    """

    instrument: str = ""
    published: tuple[Target, ...] = ()
    assumed: Mapping[str, Assumption] = field(default_factory=dict)
    traits: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def target(self, identifier: str) -> Target:
        """Return the target with an id."""
        for target in self.published:
            if target.id == identifier:
                return target
        raise DataError(
            f"Target '{identifier}' is not among the published numbers.",
            remedy=did_you_mean(identifier, [target.id for target in self.published]),
        )
