"""``read_study``: one YAML file to one :class:`Study`, or every mistake in it with its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from surveykit.errors import InstrumentError, ReadError, StudyError, did_you_mean
from surveykit.instrument.loading import Place, Source, read_yaml
from surveykit.study.places import Places
from surveykit.study.schema import LabelSource, StudySource, TableSource

__all__ = ["STUDY_FILE", "Study", "read_study", "words_in"]

STUDY_FILE = "study.yaml"
_TABLE_KINDS = ("crosstab", "mean", "total", "proportion", "share", "topline", "published", "trade")


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
    """

    shape: StudySource
    source: Source = field(repr=False)
    places: Places

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the page, the first one shown first."""
        return tuple(self.shape.languages)

    def where(self, *place: str | int) -> str:
        """File and line of a place."""
        return f"{self.source.name}:{self.source.line(place)}"

    def file(self, text: str, *place: str | int) -> Path:
        """Find a file that a place of the study names."""
        return self.places.file(text, where=self.where(*place))

    def files(self) -> Iterator[Path]:
        """Every file that the study names, whether it is there or not."""
        shape = self.shape
        if shape.instrument:
            yield self.file(shape.instrument, "instrument")
        for name in ("responses", "data", "population"):
            part = getattr(shape, name)
            if part is not None and part.file:
                yield self.file(part.file, name, "file")
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
    wrong = list(_contradictions(study))
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


def _contradictions(study: Study) -> Iterator[tuple[int, str]]:
    """What each part allows and the whole does not."""
    shape, line = study.shape, study.source.line
    if shape.responses and shape.data:
        yield line(("data",)), "'responses' and 'data' are both given; a study has one of them."
    if shape.responses and not shape.instrument:
        yield line(("responses",)), "'responses' need an 'instrument'; a plain table goes under 'data'."
    if shape.population and bool(shape.population.file) == bool(shape.population.margins):
        yield line(("population",)), "'population' has either a 'file' or 'margins'."
    if shape.weights and shape.weights.margins and not shape.population:
        yield line(("weights",)), "'weights' name margins and there is no 'population'."
    for name in ("responses", "data"):
        part = getattr(shape, name)
        if part and "synthetic" in Path(part.file).name.casefold() and not part.synthetic:
            yield (
                line((name,)),
                f"'{part.file}' calls itself synthetic and '{name}' does not say so. Add synthetic: true.",
            )
    yield from _outputs(study)
    yield from _references(study)


def _outputs(study: Study) -> Iterator[tuple[int, str]]:
    seen: dict[str, int] = {}
    sampled = bool(study.shape.responses or study.shape.data)
    sections = {section.id for section in study.shape.sections} | {"findings", "figures", "tables"}
    for section in ("trade", "tables", "models", "figures", "comparisons"):
        for number, part in enumerate(getattr(study.shape, section)):
            at = study.source.line((section, number))
            if part.id in seen:
                yield at, f"The id '{part.id}' is used twice, first in line {seen[part.id]}."
            seen.setdefault(part.id, at)
            if getattr(part, "section", None) not in {None, *sections}:
                yield at, f"'{part.id}' is in section '{part.section}', which is not listed in 'sections'."
            if isinstance(part, TableSource):
                kinds = [kind for kind in _TABLE_KINDS if getattr(part, kind) is not None]
                if len(kinds) != 1:
                    said = f"not {len(kinds)} ({', '.join(kinds)})" if kinds else "and has none"
                    yield at, f"Table '{part.id}' needs exactly one of {', '.join(_TABLE_KINDS)}, {said}."
                elif kinds[0] not in ("published", "trade") and not sampled:
                    yield at, f"Table '{part.id}' needs 'responses' or 'data', and the study has neither."
    if study.shape.models and not sampled:
        yield study.source.line(("models",)), "'models' need 'responses' or 'data', and the study has neither."


def _references(study: Study) -> Iterator[tuple[int, str]]:
    shape, line = study.shape, study.source.line
    drawn = {part.id for part in (*shape.tables, *shape.models)}
    for number, figure in enumerate(shape.figures):
        for name in (figure.of, *figure.records.values()):
            if name not in drawn:
                yield (
                    line(("figures", number)),
                    f"Figure '{figure.id}' draws '{name}', which is no table or model. {did_you_mean(name, drawn)}",
                )
    for name, number_source in shape.numbers.items():
        if number_source.of not in drawn:
            yield (
                line(("numbers", name)),
                f"Number '{name}' is of '{number_source.of}', which is no table or model. "
                + did_you_mean(number_source.of, drawn),
            )
    traded = {part.id for part in shape.trade}
    for number, table in enumerate(shape.tables):
        if table.trade and table.trade not in traded:
            yield (
                line(("tables", number)),
                f"Table '{table.id}' shows '{table.trade}', which is not in 'trade'. "
                + did_you_mean(table.trade, traded),
            )
    sections = {section.id for section in shape.sections} | {"findings", "figures", "tables"}
    for part in ("texts", "comparisons"):
        for number, one in enumerate(getattr(shape, part)):
            if one.section not in sections:
                yield line((part, number)), f"Section '{one.section}' is not listed in 'sections'."
    for number, comparison in enumerate(shape.comparisons):
        for place, row in enumerate(comparison.lines):
            if row.rebuilt and row.rebuilt not in shape.numbers:
                yield (
                    line(("comparisons", number, "lines", place)),
                    f"'{row.rebuilt}' is no named number. {did_you_mean(row.rebuilt, shape.numbers)}",
                )
