"""Sets of weights that contradict themselves, and outputs that name sets that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from surveykit.errors import did_you_mean
from surveykit.instrument.loading import Place, Source
from surveykit.study.schema import StudySource
from surveykit.study.schema_data import SampleSource, WeightsSource

__all__ = ["chosen_weights", "weight_sets"]


def weight_sets(shape: StudySource | SampleSource, source: Source, inside: Place) -> Iterator[tuple[int, str]]:
    """Line and text of what is wrong with the weights of one sample.

    Parameters
    ----------
    shape
        The study or one of its samples.
    source
        The file's data with the line of every value.
    inside
        Place of the sample in the file.
    """
    before: list[str] = []
    for name, one in _sets(shape).items():
        place = ("weights", name) if isinstance(shape.weights, dict) else ("weights",)
        at = source.line((*inside, *place))
        if name in ("all", "none"):
            yield at, f"Weights cannot be called '{name}'."
        if one.margins and not (shape.population or one.population):
            yield at, "'weights' name margins and there is no 'population'."
        if not (one.column or one.margins or one.of or one.times):
            yield at, f"'{name}' says neither a column, margins, nor what the weights begin with."
        if one.of and one.of not in before:
            yield at, f"'{name}' begins with '{one.of}', which is no set above it. {did_you_mean(one.of, before)}"
        before.append(name)


def chosen_weights(study: StudySource, source: Source) -> Iterator[tuple[int, str]]:
    """Line and text of every output that names weights that do not exist."""
    samples: dict[str | None, StudySource | SampleSource] = {one.id: one for one in study.samples} | {None: study}
    for section in ("tables", "models"):
        for number, part in enumerate(getattr(study, section)):
            sample = samples.get(part.sample)
            several = sample is not None and isinstance(sample.weights, dict)
            known = [*(_sets(sample) if sample is not None and several else ()), "all", "none"]
            wanted = [] if part.weights is None else [part.weights] if isinstance(part.weights, str) else part.weights
            at = source.line((section, number))
            for name in wanted:
                if name not in known:
                    yield at, f"'{part.id}' names the weights '{name}', which do not exist. {did_you_mean(name, known)}"
            if (len(wanted) > 1 or wanted == ["all"]) and getattr(part, "test", None):
                yield at, f"'{part.id}' asks for a test under several weights; name one set."


def _sets(shape: StudySource | SampleSource) -> dict[str, WeightsSource]:
    given = shape.weights
    return {"weights": given} if isinstance(given, WeightsSource) else dict(given or {})
