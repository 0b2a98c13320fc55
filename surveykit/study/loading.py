"""``read_study``: one YAML file to one :class:`Study`, or every mistake in it with its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from surveykit.errors import InstrumentError, ReadError, StudyError, did_you_mean
from surveykit.instrument.loading import Place, Source, read_yaml
from surveykit.study.checking import contradictions
from surveykit.study.places import Places
from surveykit.study.schema import StudySource, TableSource
from surveykit.study.schema_models import EffectsSource, ModelSource, ModelTableSource
from surveykit.study.schema_parts import LabelSource

__all__ = ["SAMPLE_PARTS", "STUDY_FILE", "Recorded", "Study", "read_study", "words_in"]

#: What numbers and figures are drawn from.
Recorded = TableSource | ModelSource | EffectsSource | ModelTableSource
STUDY_FILE = "study.yaml"
#: Parts of a study that each of its samples has.
SAMPLE_PARTS = (
    "instrument",
    "responses",
    "data",
    "screening",
    "population",
    "weights",
    "replicates",
    "design",
    "derived",
    "disclosure",
)


@dataclass(frozen=True)
class Study:
    """A study as its file declares it; nothing has been read or computed yet.

    Parameters
    ----------
    shape
        What the file says.
    source
        The file's data with the line of every value.
    places
        Where it may read and write.
    inside
        Place of the sample that `shape` was made for; empty for the study's own.
    """

    shape: StudySource
    source: Source = field(repr=False)
    places: Places
    inside: Place = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the page, the first one shown first."""
        return tuple(self.shape.languages)

    def of_sample(self, name: str | None) -> Study:
        """Return the study with one of its further samples in the place of its own; itself without a name."""
        if name is None:
            return self
        number = [one.id for one in self.shape.samples].index(name)
        part = self.shape.samples[number]
        shape = self.shape.model_copy(update={key: getattr(part, key) for key in SAMPLE_PARTS})
        return replace(self, shape=shape, inside=("samples", number))

    @property
    def shapes(self) -> dict[str, Recorded]:
        """Everything that numbers and figures can be drawn from, by id."""
        shape = self.shape
        every: list[Recorded] = [*shape.tables, *shape.models, *shape.effects, *shape.model_tables]
        return {one.id: one for one in every}

    def sample_of(self, shape: Recorded) -> str | None:
        """Id of the sample that an output is of; None for the study's own."""
        if isinstance(shape, TableSource | ModelSource):
            return shape.sample
        return self.sample_of(self.shapes[shape.of if isinstance(shape, EffectsSource) else shape.models[0]])

    def where(self, *place: str | int) -> str:
        """File and line of a place."""
        inside = self.inside if place and place[0] in SAMPLE_PARTS else ()
        return f"{self.source.name}:{self.source.line((*inside, *place))}"

    def file(self, text: str, *place: str | int) -> Path:
        """Find a file that a place of the study names."""
        return self.places.file(text, where=self.where(*place))

    def sample_files(self) -> Iterator[Path]:
        """Every file that the sample is made from."""
        shape = self.shape
        if shape.instrument:
            yield self.file(shape.instrument, "instrument")
        for name in ("responses", "data", "population"):
            part = getattr(shape, name)
            if part is not None and part.file:
                yield self.file(part.file, name, "file")
        if isinstance(shape.weights, dict):
            for name, weights in shape.weights.items():
                if weights.population is not None and weights.population.file:
                    yield self.file(weights.population.file, "weights", name, "population", "file")
        elif shape.weights is not None and shape.weights.population is not None and shape.weights.population.file:
            yield self.file(shape.weights.population.file, "weights", "population", "file")

    def files(self) -> Iterator[Path]:
        """Every file that the study names, whether it is there or not."""
        shape = self.shape
        yield from self.sample_files()
        for sample in shape.samples:
            yield from self.of_sample(sample.id).sample_files()
        for number, result in enumerate(shape.trade):
            yield self.file(result.file, "trade", number, "file")
            if result.needs:
                yield self.file(result.needs.file, "trade", number, "needs", "file")
        for number, table in enumerate(shape.tables):
            if table.published:
                yield self.file(table.published, "tables", number, "published")
            if table.needs:
                yield self.file(table.needs.file, "tables", number, "needs", "file")


def words_in(label: LabelSource | None, language: str) -> str:
    """Text of a label in a language, or in another one where it has none.

    Examples
    --------
    >>> words_in({"en": "Firms", "ja": "企業"}, "ja"), words_in({"en": "Firms"}, "ja"), words_in(None, "en")
    ('企業', 'Firms', '')
    """
    if label is None or isinstance(label, str):
        return label or ""
    found = label.get(language) or next((text for text in label.values() if text), "")  # type: ignore[call-overload]
    return str(found)


def read_study(folder: str | Path, roots: Sequence[str | Path] = ()) -> Study:
    """Read and check the file ``study.yaml`` of a folder.

    Parameters
    ----------
    folder
        The study's folder.
    roots
        Further folders that it may read from.

    Raises
    ------
    StudyError
        If the file does not hold together; the message lists every finding with its line.
    """
    places = Places.of(folder, roots)
    path = places.file(STUDY_FILE)
    if not path.is_file():
        raise StudyError(
            f"There is no {STUDY_FILE} in '{folder}'.", remedy="Begin one with: surveykit new FOLDER --from export.csv"
        )
    try:
        source = read_yaml(path)
    except (InstrumentError, ReadError) as error:
        what = error.what.replace(", which an instrument does not need", "").replace("an instrument has", "a study has")
        raise StudyError(what, where=error.where, remedy="Write plain YAML: words, numbers, lists.") from None
    try:
        shape = StudySource.model_validate(source.data)
    except ValidationError as error:
        found = _once(_finding(details, source) for details in error.errors(include_url=False))
        raise _errors(found, source) from None
    study = Study(shape, source, places)
    wrong = list(contradictions(study.shape, study.source))
    if wrong:
        raise _errors(wrong, source)
    list(study.files())
    return study


def _errors(found: Sequence[tuple[int, str]], source: Source) -> StudyError:
    lines = [f"{source.name}:{line}: {text}" for line, text in sorted(found)]
    if len(lines) == 1:
        return StudyError(lines[0])
    return StudyError(f"{len(lines)} things in {source.name} do not hold together:\n" + "\n".join(lines))


def _once(found: Iterator[tuple[int, str]]) -> list[tuple[int, str]]:
    return list(dict.fromkeys(found))


def _finding(details: ErrorDetails, source: Source) -> tuple[int, str]:
    """One pydantic error at the line of its value."""
    place = _place(details["loc"], source)
    where = ".".join(map(str, place)) or "the study"
    kind, given = details["type"], details.get("input")
    if kind == "missing":
        return source.line(place), f"'{details['loc'][-1]}' is missing in {where}."
    if kind == "extra_forbidden":
        name = str(details["loc"][-1])
        inside = ".".join(map(str, place[:-1])) or "the study"
        hint = did_you_mean(name, _known(place[:-1]))
        return source.line(place), f"'{name}' is not known in {inside}. {hint}".strip()
    shown = repr(given) if isinstance(given, str | int | float | bool) else f"a {type(given).__name__}"
    return source.line(place), f"{where} is {shown[:80]}: {details['msg'][:1].lower()}{details['msg'][1:]}."


def _place(loc: Sequence[int | str], source: Source) -> Place:
    """Keep the parts of a pydantic location that are keys of the file; names of alternatives are not."""
    place: Place = ()
    for part in loc:
        if (*place, part) in source.lines:
            place = (*place, part)
    return place


def _known(place: Place) -> list[str]:
    """Keys that may stand at a place."""
    here: object = StudySource
    for part in place:
        fields = getattr(here, "model_fields", {})
        if isinstance(part, str) and part in fields:
            here = _inner(fields[part].annotation)
    return list(getattr(here, "model_fields", {}))


def _inner(annotation: object) -> object:
    """Model inside ``list[Model]`` or ``Model | None``."""
    inside = [_inner(one) for one in getattr(annotation, "__args__", ())]
    models = [one for one in inside if hasattr(one, "model_fields")]
    return models[0] if models else annotation
