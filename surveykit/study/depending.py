"""What an output of a study is made from: other outputs, trade results, samples, files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surveykit.study.loading import SAMPLE_PARTS, Recorded, Study
from surveykit.study.schema import FigureSource, StepSource, TableSource, TradeSource
from surveykit.study.schema_models import EffectsSource, ModelSource, ModelTableSource
from surveykit.study.schema_parts import LabelSource

__all__ = ["Behind", "behind", "plain"]

_OutputSource = Recorded | FigureSource


@dataclass(frozen=True)
class Behind:
    """What stands behind one output, itself included.

    Parameters
    ----------
    outputs
        The output, and the tables and models that it is made from.
    trade
        Trade results, and those that they are made from.
    samples
        Samples by id; None is the study's own.
    """

    outputs: tuple[_OutputSource, ...]
    trade: tuple[TradeSource, ...]
    samples: tuple[str | None, ...]

    def files(self, study: Study) -> Iterator[Path]:
        """Every file that is read."""
        for sample in self.samples:
            yield from study.of_sample(sample).sample_files()
        for result in self.trade:
            yield study.file(result.file, "trade", study.shape.trade.index(result), "file")
        for one in self.outputs:
            if isinstance(one, TableSource) and one.published:
                yield study.file(one.published, "tables", study.shape.tables.index(one), "published")

    def waiting(self, study: Study) -> LabelSource | None:
        """What to download first, where a file that is not shipped is not there."""
        for one in (*self.outputs, *self.trade):
            need = getattr(one, "needs", None)
            if need is not None and not study.places.file(need.file).is_file():
                download: LabelSource = need.download
                return download
        return None

    def parts(self, study: Study, inputs: Mapping[str, str]) -> dict[str, Any]:
        """Plain data that changes whenever the output could."""
        shape = study.shape
        ids = {one.id for one in self.outputs}
        read = {study.places.name(path) for path in self.files(study)}
        return {
            "outputs": [plain(one) for one in self.outputs],
            "trade": [plain(one) for one in self.trade],
            "samples": [_sample(study, name) for name in self.samples],
            "inputs": {name: digest for name, digest in inputs.items() if name in read},
            "numbers": {name: plain(part) for name, part in shape.numbers.items() if part.of in ids},
        }


def behind(study: Study, output: _OutputSource) -> Behind:
    """Find everything that an output is made from."""
    outputs = tuple(_outputs(study, output))
    wanted = [name for one in outputs if isinstance(one, TableSource) for name in one.traded]
    samples = [one.sample for one in outputs if isinstance(one, TableSource | ModelSource) and _surveyed(one)]
    return Behind(outputs, tuple(_trade(study, wanted)), tuple(dict.fromkeys(samples)))


def plain(part: Any) -> Any:
    """Plain data of a part of the study file."""
    if isinstance(part, dict):
        return {name: plain(one) for name, one in part.items()}
    return part.model_dump(mode="json") if hasattr(part, "model_dump") else part


def _outputs(study: Study, output: _OutputSource) -> Iterator[_OutputSource]:
    yield output
    named = [output.of, *output.records.values()] if isinstance(output, FigureSource) else []
    if isinstance(output, TableSource):
        named = [one.of for one in output.beside or ()]
    if isinstance(output, EffectsSource):
        named = [output.of]
    if isinstance(output, ModelTableSource):
        named = list(output.models)
    for name, part in study.shapes.items():
        if name in named:
            yield from _outputs(study, part)


def _surveyed(one: TableSource | ModelSource) -> bool:
    """Whether it is computed from answers; columns set side by side stand behind it themselves."""
    return isinstance(one, ModelSource) or not (one.published or one.trade or (one.beside and not one.sample))


def _trade(study: Study, wanted: list[str]) -> Iterator[TradeSource]:
    for result in study.shape.trade:
        if result.id in wanted:
            first = StepSource(verb=result.verb or "", inputs=result.inputs)
            yield from _trade(study, [one for step in (first, *result.then) for one in step.inputs.values()])
            yield result


def _sample(study: Study, name: str | None) -> dict[str, Any]:
    shape = study.of_sample(name).shape
    return {part: plain(getattr(shape, part)) for part in SAMPLE_PARTS if part not in ("disclosure", "derived")} | {
        "derived": [plain(one) for one in shape.derived]
    }
