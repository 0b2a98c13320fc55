"""Shares and profiles of the classes of a mixture, with their covariance under the design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveykit.engine import FloatArray
from surveykit.errors import EstimationError
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.replicate_degrees import domain_degrees
from surveykit.estimation.structure.items import Item, Items
from surveykit.estimation.structure.mixture_blocks import Block, CategoryBlock, Covariance, GaussianBlock
from surveykit.estimation.structure.mixtures import Mixture, refit
from surveykit.results import Estimate
from surveykit.survey import Survey
from surveykit.variance import replicate_covariance

__all__ = ["Profile", "segment_names"]

_STEP = 1e-5

#: Smallest eigenvalue of the scaled information; below it the likelihood is flat, as far as numbers can tell.
_FLAT = 1e-7

_NOTE = (
    "Segments describe: a mixture finds classes also where firms differ by degrees. Comparing likeliest segments with "
    "other variables takes memberships for known."
)


def segment_names(number: int) -> list[str]:
    """Names of the segments, the largest first."""
    return [f"segment {place + 1}" for place in range(number)]


@dataclass(frozen=True, eq=False)
class Profile:
    """What is told of each class: means of numbers (of 0 and 1 too), chances of levels.

    Parameters
    ----------
    items
        The variables.
    means, deviations
        ``(p,)`` of the numbers among them, by which they are made standard.
    """

    items: Items
    means: FloatArray
    deviations: FloatArray

    @staticmethod
    def of(items: Items) -> Profile:
        """Measure the numbers."""
        share = items.weight / items.weight.sum()
        numbers = [one.values for one in items.columns if not one.categories]
        values = np.column_stack(numbers) if numbers else np.empty((len(share), 0))
        means = share @ values
        return Profile(items, means, np.sqrt(share @ (values - means) ** 2))

    @property
    def log_scale(self) -> float:
        """What the log-likelihood of standard numbers has more than that of the numbers as they are."""
        return len(self.items.weight) * float(np.log(self.deviations).sum())

    def blocks(self, covariance: Covariance) -> list[Block]:
        """Blocks of a mixture: all numbers together, then each category."""
        blocks: list[Block] = []
        numbers = [one.values for one in self.items.columns if not one.categories]
        if numbers:
            blocks.append(GaussianBlock((np.column_stack(numbers) - self.means) / self.deviations, covariance))
        return blocks + [CategoryBlock(one.codes, one.categories) for one in self.items.columns if one.categories]

    def refuse_too_many(self, mixture: Mixture) -> None:
        """Refuse more parameters than the table of all categories has cells."""
        if any(not one.categories for one in self.items.columns):
            return
        cells = float(np.prod([float(one.categories) for one in self.items.columns]))
        if mixture.parameters > cells - 1:
            raise _cannot_tell(mixture.classes)

    def report(self, mixture: Mixture) -> FloatArray:
        """Shares ``(K,)``, then the profiles ``(K, t)`` of the segments one after the other."""
        parts = {}
        categories = [one for one in self.items.columns if one.categories]
        offset = len(mixture.blocks) - len(categories)
        first = mixture.blocks[0]
        if isinstance(first, GaussianBlock):
            means = self.means + self.deviations * first.means(mixture.thetas[0], mixture.classes)
            names = [one.name for one in self.items.columns if not one.categories]
            parts = {name: means[:, place, None] for place, name in enumerate(names)}
        for one, theta in zip(categories, mixture.thetas[offset:], strict=True):
            parts[one.name] = theta.reshape(mixture.classes, -1)[:, int(one.dichotomy) :]
        table = np.hstack([parts[one.name] for one in self.items.columns])
        return np.concatenate([mixture.shares, table.ravel()])

    def estimates(self, survey: Survey, mixture: Mixture, level: float) -> tuple[Estimate, Estimate]:
        """Shares and profiles with their errors."""
        value = self.report(mixture)
        matrix, df = _uncertainty(survey, self, mixture)
        names = segment_names(mixture.classes)
        shown = [(one.name, label) for one in self.items.columns for label in _told(one)]
        labels: dict[str, tuple[object, ...]] = {
            "variable": tuple(variable for _ in names for variable, _ in shown),
            "level": tuple(label for _ in names for _, label in shown),
            "segment": tuple(name for name in names for _ in shown),
        }
        texts = [f"{variable}[{label}]" if label else variable for variable, label in shown]
        both = [f"{name}:{text}" for name in names for text in texts]
        cut = mixture.classes

        def made(own: slice, statistic: str, called: list[str], headed: dict[str, tuple[object, ...]]) -> Estimate:
            size = len(called)
            domain = (f"Domain: {survey.domain_text}.",) if survey.domain_text else ()
            return Estimate(
                statistic=statistic,
                names=tuple(called),
                labels=headed,
                estimate=value[own],
                covariance=matrix[own, own],
                df=np.full(size, df),
                n=np.full(size, len(self.items.weight)),
                weighted_n=np.full(size, self.items.weight.sum()),
                weight=survey.weight_name,
                level=level,
                notes=(*selection_note(survey), _NOTE, *domain),
                synthetic=survey.synthetic,
            )

        return (
            made(slice(0, cut), "share of segment", names, {"segment": tuple(names)}),
            made(slice(cut, None), "profile of segment", both, labels),
        )


def _told(item: Item) -> tuple[str, ...]:
    """Levels whose shares are told: of 0 and 1 the share of ones, which is their mean; one empty text for a mean."""
    if item.dichotomy:
        return ("",) if item.levels == (0.0, 1.0) else (f"{item.levels[1]:g}",)
    return tuple(map(str, item.levels)) or ("",)


def _cannot_tell(classes: int) -> EstimationError:
    return EstimationError(
        f"The answers cannot tell {classes} segments apart: other profiles would fit as well.",
        remedy="Ask for fewer segments, or use more variables.",
    )


def _uncertainty(survey: Survey, profile: Profile, best: Mixture) -> tuple[FloatArray, float]:
    """Covariance of the report, and degrees of freedom."""
    items = profile.items
    if survey.replicates is not None:
        full = profile.report(best)
        estimates = np.full((survey.replicates.replicates, len(full)), np.nan)
        for number in np.flatnonzero(survey.replicates.rscales > 0).tolist():
            weight = survey.replicates.weights(number)[items.place]
            estimates[number] = profile.report(refit(best, weight))
        return replicate_covariance(estimates, full, survey.replicates), domain_degrees(survey, items.exprs)
    free = best.free()
    slopes, information = [], []
    for place in range(len(free)):
        move = np.zeros(len(free))
        move[place] = _STEP * max(1.0, abs(free[place]))
        up, down = best.at(free + move), best.at(free - move)
        slopes.append((profile.report(up) - profile.report(down)) / (2 * move[place]))
        information.append(-(items.weight @ (up.scores() - down.scores())) / (2 * move[place]))
    matrix = np.array(information)
    matrix = (matrix + matrix.T) / 2
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diagonal(matrix)), 1e-300))
    if np.linalg.eigvalsh(matrix * np.outer(scale, scale))[0] < _FLAT:
        raise _cannot_tell(best.classes)
    sums = items.score_sums(survey, best.scores())
    return sums.covariance(np.linalg.solve(matrix, np.array(slopes))), sums.degrees_of_freedom()
