"""What a survey rests on: strata, sampling units, degrees of freedom, and how unequal its weights are."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from surveykit.engine import FloatArray, Request
from surveykit.errors import EstimationError
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.row_scores import BATCH, ScoreSums, scan
from surveykit.expressions import Column, Expr
from surveykit.expressions import Literal as Constant
from surveykit.survey import Survey
from surveykit.variance import Presence

__all__ = ["Description", "describe"]

_LISTED = 10


@dataclass(frozen=True)
class Description:
    """What a survey, or a domain of it, rests on.

    Parameters
    ----------
    design, domain
        In words; `domain` is empty for the whole survey.
    rows, used
        Rows of the data, and rows of the domain with a positive weight.
    strata, sampling_units
        First-stage strata and units with such rows.
    df
        Degrees of freedom: sampling units minus strata, or those of the replicate weights.
    lonely_strata
        Names of the strata, of any stage, in which one unit was sampled: they have no variance of their own.
    lonely
        What the design does about them.
    alone_in_domain
        First-stage strata with one unit in the domain though more were sampled.
    weight
        Name of the weight.
    weight_sum, weight_min, weight_median, weight_max
        Of the positive weights of the domain.
    weight_cv
        Their coefficient of variation (divisor n).
    effective_n
        Kish's effective sample size ``(sum w)^2 / sum w^2``.
    weighting_effect
        Kish's design effect of weighting, ``1 + cv^2 = n / effective n``.
    zero_weights
        Rows of the domain whose weight is zero.
    missing
        Column to rows of the domain in which it is missing, for the columns asked for.
    selection
        ``"probability"`` or ``"opt-in"``.
    synthetic
        Whether the data are invented.
    """

    design: str
    domain: str
    rows: int
    used: int
    strata: int
    sampling_units: int
    df: float
    lonely_strata: tuple[str, ...]
    lonely: str
    alone_in_domain: tuple[str, ...]
    weight: str
    weight_sum: float
    weight_min: float
    weight_median: float
    weight_max: float
    weight_cv: float
    effective_n: float
    weighting_effect: float
    zero_weights: int
    missing: Mapping[str, int] = field(default_factory=dict)
    selection: str = "probability"
    synthetic: bool = False

    def to_frame(self) -> pd.DataFrame:
        """Return a frame of two columns, ``item`` and ``value`` (texts as printed)."""
        return pd.DataFrame(self._lines(), columns=["item", "value"])

    def _lines(self) -> list[tuple[str, str]]:
        lines = [("data", "SYNTHETIC DATA")] if self.synthetic else []
        lines += [("design", self.design), ("domain", self.domain)] if self.domain else [("design", self.design)]
        lines += [
            ("rows", f"{self.rows:,} ({self.used:,} used)"),
            ("strata", f"{self.strata:,}"),
            ("sampling units", f"{self.sampling_units:,}"),
            ("degrees of freedom", f"{self.df:g}"),
            ("strata with one sampling unit", self._lonely_text(self.lonely_strata, f"; lonely={self.lonely!r}")),
        ]
        if self.alone_in_domain:
            lines.append(("strata with one unit in the domain", self._lonely_text(self.alone_in_domain, "")))
        spread = f"{self.weight_min:,.6g} / {self.weight_median:,.6g} / {self.weight_max:,.6g}"
        lines += [
            ("weight", f"'{self.weight}', sum {self.weight_sum:,.6g}"),
            ("smallest / median / largest weight", spread),
            ("coefficient of variation of weights", f"{self.weight_cv:.3f}"),
            ("effective sample size (Kish)", f"{self.effective_n:,.1f}"),
            ("design effect of weighting (Kish)", f"{self.weighting_effect:.3f}"),
            ("rows of weight zero", f"{self.zero_weights:,}"),
        ]
        if self.selection == "opt-in":
            lines.append(("selection", "opt-in: intervals are model-based"))
        base = self.used + self.zero_weights
        for name, count in self.missing.items():
            lines.append((f"missing in '{name}'", f"{count:,} ({count / base:.1%})" if base else "0"))
        return lines

    @staticmethod
    def _lonely_text(names: tuple[str, ...], after: str) -> str:
        if not names:
            return "none"
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        return f"{len(names)}: {', '.join(names[:_LISTED])}{more}{after}"

    def __repr__(self) -> str:
        lines = self._lines()
        width = max(len(item) for item, _ in lines)
        return "\n".join(f"{item:<{width}}  {value}" for item, value in lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{html.escape(item)}</th><td>{html.escape(value)}</td></tr>" for item, value in self._lines()
        )
        return f"<table>{rows}</table>"


def describe(survey: Survey, columns: str | Sequence[str] | None = None) -> Description:
    """Show what a survey rests on, before anything is estimated from it.

    Parameters
    ----------
    survey
        Rows, design and weights; in a domain, the domain is described.
    columns
        Columns or expressions whose missing rows to count; ``"all"`` for every column.

    Returns
    -------
    Description
        It prints.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveykit import Survey
    >>> firms = pd.DataFrame({"sales": [3.0, 5.0, None], "w": [10.0, 10.0, 20.0]})
    >>> about = describe(Survey(firms, weights="w"), "sales")
    >>> about.effective_n.__round__(3), about.missing
    (2.667, {'sales': 1})
    """
    presence, weights, zeros = _walk(survey)
    counted = presence.counts[:, 0]
    inside = presence.stratum[counted > 0]
    first = survey.structure.stages[0]
    units = np.bincount(presence.stratum, weights=counted, minlength=len(first.labels))
    alone = np.flatnonzero((units == 1) & (first.sampled > 1)) if survey.domain is not None else np.array([], int)
    df = domain_degrees(survey) if survey.replicates is not None else None
    total, squares = float(weights.sum()), float((weights**2).sum())
    used = len(weights)
    effective = total**2 / squares if squares else math.nan
    return Description(
        design=survey.design.describe(),
        domain=survey.domain_text,
        rows=survey.engine.rows,
        used=used,
        strata=len(np.unique(inside)),
        sampling_units=int(counted.sum()),
        df=float(counted.sum() - len(np.unique(inside))) if df is None else df,
        lonely_strata=tuple(
            stage.labels[place] for stage in survey.structure.stages for place in stage.lonely.tolist()
        ),
        lonely=survey.structure.lonely,
        alone_in_domain=tuple(first.labels[place] for place in alone.tolist()),
        weight=survey.weight_name,
        weight_sum=total,
        weight_min=float(weights.min()) if used else math.nan,
        weight_median=float(np.median(weights)) if used else math.nan,
        weight_max=float(weights.max()) if used else math.nan,
        weight_cv=math.sqrt(max(used / effective - 1, 0.0)) if used else math.nan,
        effective_n=effective,
        weighting_effect=used / effective if used else math.nan,
        zero_weights=zeros,
        missing=_missing(survey, columns),
        selection=survey.selection,
        synthetic=survey.synthetic,
    )


def _walk(survey: Survey) -> tuple[Presence, FloatArray, int]:
    """Presence of sampling units, positive weights, and rows of weight zero of the domain."""
    domain: Expr = Constant(value=True) if survey.domain is None else survey.domain
    sums = ScoreSums(survey, 0)
    found, zeros = [], 0
    for batch in scan(survey, [domain], size=BATCH):
        sums.add(batch, np.zeros((len(batch.weight), 0)))
        found.append(batch.weight[batch.weight != 0])
        zeros += int(np.count_nonzero(batch.values[0].true() & (batch.full_weight == 0)))
    return sums.presence(), np.concatenate(found) if found else np.zeros(0), zeros


def _missing(survey: Survey, columns: str | Sequence[str] | None) -> dict[str, int]:
    if columns is None:
        return {}
    if isinstance(columns, str) and columns == "all" and "all" not in survey.engine.columns:
        exprs: dict[str, Expr] = {name: Column(name) for name in survey.engine.columns}
    else:
        names = (columns,) if isinstance(columns, str) else tuple(columns)
        if not names:
            raise EstimationError("No column is named.", remedy='Name columns, or pass "all".')
        exprs = {name: survey.expression(name) for name in names}
    return {
        name: survey.engine.totals(survey.index, Request((None,), where=survey.domain, complete=(expr,))).missing
        for name, expr in exprs.items()
    }
