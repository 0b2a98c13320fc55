"""What weights do to a sample: effective size, spread, and how near it comes to its targets, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from surveykit.engine import Engine, FloatArray
from surveykit.formulas import compile_terms
from surveykit.weighting.auxiliaries import in_memory
from surveykit.weighting.steps import Step
from surveykit.weighting.targets import complete, crossed_margin

__all__ = ["WeightSummary", "effective_n", "summarise"]

_QUANTILES = {"p1": 0.01, "p25": 0.25, "median": 0.5, "p75": 0.75, "p99": 0.99}


def effective_n(weights: FloatArray) -> float:
    """Kish's effective sample size: ``(sum of w)^2 / sum of w^2`` (Kish 1965, sec. 11.7)."""
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares else 0.0


@dataclass(frozen=True, eq=False)
class WeightSummary:
    """What some weights do. It prints as two small tables.

    Parameters
    ----------
    name
        Name of the weights.
    n, zero, negative
        Rows with a weight other than zero; rows that weigh nothing; rows with a negative weight.
    total
        Sum of the weights.
    effective_n
        Kish's effective sample size.
    design_effect
        ``1 + cv^2`` of the weights: n over the effective sample size.
    distribution
        Smallest and largest weight and quantiles between.
    largest_share
        Share of the total that the largest hundredth of the rows holds.
    steps
        One line a step.
    margins
        One row a level: ``margin, level, n, target, before, after`` as counts, ``target_share, before_share,
        after_share`` and the absolute standardised differences ``asmd_before, asmd_after``: |share - target share|
        over ``sqrt(target share x (1 - target share))``. "Before" is the weights of the first step.
    totals
        One row a calibrated total: ``total, target, before, after``.
    labels
        What every output must say.
    """

    name: str
    n: int
    zero: int
    negative: int
    total: float
    effective_n: float
    design_effect: float
    distribution: Mapping[str, float]
    largest_share: float
    steps: tuple[str, ...]
    margins: pd.DataFrame = field(repr=False)
    totals: pd.DataFrame = field(repr=False)
    labels: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row of numbers, to set weights side by side."""
        worst = self.margins["asmd_after"].max() if len(self.margins) else np.nan
        return pd.DataFrame(
            [
                {"weights": self.name, "n": self.n, "zero": self.zero, "negative": self.negative, "total": self.total}
                | {"effective_n": self.effective_n, "design_effect": self.design_effect, **self.distribution}
                | {"largest_share": self.largest_share, "worst_asmd": worst}
            ]
        )

    def __repr__(self) -> str:
        spread = ", ".join(f"{name} {value:,.4g}" for name, value in self.distribution.items())
        lines = [
            *self.labels,
            (
                f"Weights '{self.name}': n {self.n:,}, effective n {self.effective_n:,.1f}, "
                f"design effect {self.design_effect:.3f}, total {self.total:,.6g}"
            ),
            f"  {spread}; the largest 1 % of rows hold {self.largest_share:.1%}",
        ]
        if self.zero or self.negative:
            lines.append(f"  {self.zero} row(s) weigh nothing, {self.negative} have a negative weight")
        lines += [f"  {step}" for step in self.steps]
        for frame in (self.margins, self.totals):
            if len(frame):
                shown = frame.drop(columns=["target_share", "before_share", "after_share"], errors="ignore")
                lines += ["", shown.to_string(index=False, float_format=lambda value: f"{value:,.5g}")]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(index=False) + self.margins.to_html(index=False)


def summarise(
    name: str, engine: Engine, weights: FloatArray, steps: Sequence[Step], labels: tuple[str, ...]
) -> WeightSummary:
    """Summarise weights and the steps that made them; see :class:`WeightSummary`."""
    used = weights[weights != 0]
    size = effective_n(used)
    ordered = np.sort(used)
    top = max(len(ordered) // 100, 1)
    spread = {"min": float(ordered[0]), "max": float(ordered[-1])}
    between = {key: float(value) for key, value in zip(_QUANTILES, np.quantile(ordered, list(_QUANTILES.values())),
                                                       strict=True)}  # fmt: skip
    before = next((step.values for step in steps if step.values is not None), weights)
    return WeightSummary(
        name=name,
        n=len(used),
        zero=len(weights) - len(used),
        negative=int(np.count_nonzero(used < 0)),
        total=float(used.sum()),
        effective_n=size,
        design_effect=len(used) / size if size else np.nan,
        distribution={"min": spread["min"], **between, "max": spread["max"]},
        largest_share=float(ordered[-top:].sum() / used.sum()) if used.sum() else np.nan,
        steps=tuple(f"{step.kind}: {step.detail}" for step in steps),
        margins=pd.DataFrame(_margin_rows(engine, before, weights, steps)),
        totals=pd.DataFrame(_total_rows(engine, before, weights, steps)),
        labels=labels,
    )


def _margin_rows(
    engine: Engine, before: FloatArray, after: FloatArray, steps: Sequence[Step]
) -> Iterator[dict[str, Any]]:
    """Targets of every margin that a step met, the last word of each margin alone."""
    wanted: dict[tuple[str, ...], Mapping[object, float]] = {}
    for step in steps:
        targets = step.facts.get("margins", {})
        wanted.update(zip(step.facts.get("variables", ()), targets.values(), strict=True))
    for variables, levels in wanted.items():
        margin = complete(crossed_margin(in_memory(engine), variables, after != 0), "share")
        inside = (after != 0) | (before != 0)
        rows = np.bincount(margin.codes[inside], minlength=len(margin.levels))
        sums = [margin.sums(before), margin.sums(after)]
        total = sum(levels.values())
        for place, level in enumerate(margin.levels):
            target = levels.get(level, 0.0)
            counts = [float(one[place]) for one in sums]
            shares = [count / one.sum() if one.sum() else np.nan for count, one in zip(counts, sums, strict=True)]
            share = target / total
            scale = np.sqrt(share * (1 - share))
            off = [abs(one - share) / scale if scale > 0 else 0.0 for one in shares]
            yield {
                "margin": margin.name,
                "level": "missing"
                if level is None
                else " x ".join(map(str, level))
                if isinstance(level, tuple)
                else str(level),
                "n": int(rows[place]),
                "target": target,
                "before": counts[0],
                "after": counts[1],
                "target_share": share,
                "before_share": shares[0],
                "after_share": shares[1],
                "asmd_before": off[0],
                "asmd_after": off[1],
            }


def _total_rows(
    engine: Engine, before: FloatArray, after: FloatArray, steps: Sequence[Step]
) -> Iterator[dict[str, Any]]:
    """Totals that a calibration met, as the weights give them before and after."""
    for step in steps:
        if "formula" not in step.facts:
            continue
        memory = in_memory(engine)
        matrix = compile_terms(str(step.facts["formula"]), memory)
        x = matrix.fill([memory.evaluate(factor.expr) for factor in matrix.factors], memory.rows)
        for column, name in zip(x.T, matrix.names, strict=True):
            yield {
                "total": name,
                "target": step.facts["totals"][name],
                "before": float(before @ column),
                "after": float(after @ column),
            }
