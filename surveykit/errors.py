"""One family of exceptions: each names the thing, the value and the remedy.

Every room raises from here, so that a caller can catch :class:`SurveykitError` and a test can
keep the wording as golden text. Messages have up to three parts: what went wrong (with the
offending value), where, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "ClassificationError",
    "ColumnError",
    "DataError",
    "DesignError",
    "EstimationError",
    "ExpressionError",
    "FormulaError",
    "InstrumentError",
    "MissingDependencyError",
    "PublishingError",
    "QualityError",
    "ReadError",
    "StudyError",
    "SurveykitError",
    "SurveykitWarning",
    "TradeError",
    "WeightingError",
    "did_you_mean",
    "listing",
]


class SurveykitError(Exception):
    """Base of every error that surveykit raises on purpose.

    Parameters
    ----------
    what
        One sentence that names the thing and the value.
    where
        Place of the trouble: file and line, table, column. Optional.
    remedy
        What the user can do. Optional, but nearly always there.

    Examples
    --------
    >>> print(SurveykitError("Stratum 'North' has one firm.", remedy="Merge strata."))
    Stratum 'North' has one firm. Merge strata.
    """

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        head = f"{where}: {what}" if where else what
        super().__init__(f"{head} {remedy}" if remedy else head)

    def __reduce__(self) -> tuple[object, ...]:
        # The default calls the class with the message alone, which subclasses with other parameters do not take; the
        # error would then be lost on its way out of a worker process.
        return _restored, (type(self), self.args, vars(self))


def _restored(kind: type[SurveykitError], args: tuple[object, ...], parts: dict[str, object]) -> SurveykitError:
    error = kind.__new__(kind, *args)
    vars(error).update(parts)
    return error


class DataError(SurveykitError):
    """Data that cannot be used as they are: wrong type, missing, infinite, empty."""


class ColumnError(DataError):
    """A column that is not there, with the nearest names that are."""

    def __init__(
        self, name: str, available: Iterable[str], *, place: str = "the data", remedy: str | None = None
    ) -> None:
        self.name = name
        hint = did_you_mean(name, available)
        super().__init__(f"Column '{name}' is not in {place}.", remedy=" ".join(p for p in (hint, remedy) if p) or None)


class ReadError(SurveykitError):
    """A file that is not what its name says, is damaged or cannot be opened."""


class ExpressionError(SurveykitError):
    """An expression outside the small allowed language; names the offending token."""


class FormulaError(ExpressionError):
    """A model formula that cannot be parsed or asks for something outside the allow-list."""


class ClassificationError(SurveykitError):
    """A code, country, group or definition that is unknown or cannot be resolved by the data."""


class InstrumentError(SurveykitError):
    """A questionnaire definition that does not hold together; lists every finding with its line."""


class DesignError(SurveykitError):
    """A sampling design that contradicts the data or leaves a variance undefined."""


class QualityError(SurveykitError):
    """A screening rule or imputation that cannot be carried out."""


class WeightingError(SurveykitError):
    """Weights or margins that cannot be used or reached."""


class EstimationError(SurveykitError):
    """An estimate that is not defined for these data."""


class TradeError(SurveykitError):
    """A trade table or request that would give wrong numbers."""


class PublishingError(SurveykitError):
    """A table, figure or report that cannot be drawn or written."""


class StudyError(SurveykitError):
    """A study file that does not hold together or asks for something it must not."""


class MissingDependencyError(SurveykitError):
    """An optional package that is not installed, with the extra that brings it."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package '{package}', which is not installed.",
            remedy=f"Install it with: pip install 'surveykit[{extra}]'",
        )


class SurveykitWarning(UserWarning):
    """A result that stands but needs the reader's attention."""


def did_you_mean(name: str, available: Iterable[str], *, limit: int = 3) -> str:
    """Suggest the nearest of the available names, or list a few of them.

    Examples
    --------
    >>> did_you_mean("turnovr", ["turnover", "size"])
    "Did you mean 'turnover'?"
    >>> did_you_mean("zzz", ["turnover", "size"])
    "Available: 'turnover', 'size'."
    """
    names = [str(candidate) for candidate in available]
    by_folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    near = get_close_matches(name.casefold(), by_folded, n=limit, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(repr(by_folded[key]) for key in near)}?"
    return f"Available: {listing(names)}." if names else ""


def listing(values: Iterable[object], *, limit: int = 8) -> str:
    """Quote values for a message and cut a long list short.

    Examples
    --------
    >>> listing(["a", "b", "c"], limit=2)
    "'a', 'b' and 1 more"
    """
    items = list(values)
    shown = ", ".join(repr(value) for value in items[:limit])
    rest = len(items) - limit
    return f"{shown} and {rest} more" if rest > 0 else shown
