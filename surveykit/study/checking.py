"""What each part of a study file allows and the whole does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from surveykit.errors import ExpressionError, did_you_mean
from surveykit.expressions import names, parse
from surveykit.instrument.loading import Place, Source
from surveykit.study.checking_weights import chosen_weights, weight_sets
from surveykit.study.schema import NumberSource, StudySource, TableSource
from surveykit.study.schema_data import SampleSource

__all__ = ["contradictions"]

_SURVEYED = ("crosstab", "mean", "total", "proportion", "share", "grid", "items", "topline", "banner", "sensitivity")
_TABLE_KINDS = (*_SURVEYED, "published", "trade", "beside")


def contradictions(study: StudySource, source: Source) -> Iterator[tuple[int, str]]:
    """What each part allows and the whole does not."""
    yield from _sample(study, source, ())
    for number, sample in enumerate(study.samples):
        yield from _sample(sample, source, ("samples", number))
        if not (sample.responses or sample.data):
            yield source.line(("samples", number)), f"Sample '{sample.id}' has neither 'responses' nor 'data'."
    yield from _outputs(study, source)
    yield from chosen_weights(study, source)
    yield from _references(study, source)
    yield from _figure_numbers(study, source)


def _sample(shape: StudySource | SampleSource, source: Source, inside: Place) -> Iterator[tuple[int, str]]:
    def line(name: str) -> int:
        return source.line((*inside, name))

    if shape.responses and shape.data:
        yield line("data"), "'responses' and 'data' are both given; a study has one of them."
    if shape.responses and not shape.instrument:
        yield line("responses"), "'responses' need an 'instrument'; a plain table goes under 'data'."
    if shape.population and bool(shape.population.file) == bool(shape.population.margins):
        yield line("population"), "'population' has either a 'file' or 'margins'."
    if shape.screening and not shape.responses:
        yield line("screening"), "'screening' needs 'responses'; rows of a plain table all count."
    yield from weight_sets(shape, source, inside)
    for name in ("responses", "data"):
        part = getattr(shape, name)
        if part and "synthetic" in Path(part.file).name.casefold() and not part.synthetic:
            yield (
                line(name),
                f"'{part.file}' calls itself synthetic and '{name}' does not say so. Add synthetic: true.",
            )


def _outputs(study: StudySource, source: Source) -> Iterator[tuple[int, str]]:
    seen: dict[str, int] = {}
    sampled = bool(study.responses or study.data)
    samples = {sample.id for sample in study.samples}
    sections = {section.id for section in study.sections} | {"findings", "figures", "tables"}
    for section in (
        "samples",
        "trade",
        "tables",
        "models",
        "effects",
        "model_tables",
        "figures",
        "comparisons",
        "listings",
    ):
        for number, part in enumerate(getattr(study, section)):
            at = source.line((section, number))
            if part.id in seen:
                yield at, f"The id '{part.id}' is used twice, first in line {seen[part.id]}."
            seen.setdefault(part.id, at)
            if getattr(part, "section", None) not in {None, *sections}:
                yield at, f"'{part.id}' is in section '{part.section}', which is not listed in 'sections'."
            sample = getattr(part, "sample", None)
            if sample is not None and sample not in samples:
                yield (
                    at,
                    f"'{part.id}' is of sample '{sample}', which is not in 'samples'. {did_you_mean(sample, samples)}",
                )
            if isinstance(part, TableSource):
                yield from ((at, text) for text in _table(part, sampled=sampled))
    if not sampled and any(model.sample is None for model in study.models):
        yield source.line(("models",)), "'models' need 'responses' or 'data', and the study has neither."


def _table(part: TableSource, *, sampled: bool) -> Iterator[str]:
    kinds = [kind for kind in _TABLE_KINDS if getattr(part, kind) is not None]
    if len(kinds) != 1:
        said = f"not {len(kinds)} ({', '.join(kinds)})" if kinds else "and has none"
        yield f"Table '{part.id}' needs exactly one of {', '.join(_TABLE_KINDS)}, {said}."
    elif kinds[0] in _SURVEYED and not (sampled or part.sample):
        yield f"Table '{part.id}' needs 'responses' or 'data', and the study has neither."
    if part.questions is not None and part.banner is None:
        yield f"Table '{part.id}' has 'questions' and no 'banner'; a topline names its questions itself."
    choices = part.sensitivity
    if choices is not None and sum(one is not None for one in (choices.mean, choices.share, choices.proportion)) != 1:
        yield f"'sensitivity' of '{part.id}' needs exactly one of mean, share, proportion."


def _references(study: StudySource, source: Source) -> Iterator[tuple[int, str]]:
    """Names that stand for nothing, or for what comes later."""
    drawn = _drawn(study)
    for number, figure in enumerate(study.figures):
        for wanted in (figure.of, *figure.records.values()):
            yield from _known(f"Figure '{figure.id}' draws", wanted, drawn, source.line(("figures", number)))
    models, effects = [part.id for part in study.models], [part.id for part in study.effects]
    for number, one in enumerate(study.effects):
        at = source.line(("effects", number))
        yield from _known(f"'{one.id}' are effects of", one.of, models, at, "model")
    for number, several in enumerate(study.model_tables):
        for wanted in several.models:
            at = source.line(("model_tables", number))
            yield from _known(f"'{several.id}' shows", wanted, [*models, *effects], at, "model and no effects")
    traded = [part.id for part in study.trade]
    for number, result in enumerate(study.trade):
        for wanted in (*result.inputs.values(), *(one for step in result.then for one in step.inputs.values())):
            at = source.line(("trade", number))
            yield from _known(f"'{result.id}' uses", wanted, traded[:number], at, "result of 'trade' before it")
    tables = ["" if part.topline is not None or part.banner is not None else part.id for part in study.tables]
    for number, table in enumerate(study.tables):
        at = source.line(("tables", number))
        for wanted in table.traded:
            yield from _known(f"Table '{table.id}' shows", wanted, traded, at, "result of 'trade'")
        for column in table.beside or ():
            yield from _known(
                f"Table '{table.id}' takes a column of", column.of, tables[:number], at, "table before it"
            )
    yield from _numbers(study, source)
    yield from _words(study, source)


def _drawn(study: StudySource) -> list[str]:
    """Ids that figures and numbers can be of."""
    single = [part for part in study.tables if part.topline is None and part.banner is None]
    return [part.id for part in (*single, *study.models, *study.effects, *study.model_tables)]


def _words(study: StudySource, source: Source) -> Iterator[tuple[int, str]]:
    """Texts and listings in sections that are not there, lines of the wrong length, numbers nobody named."""
    sections = {section.id for section in study.sections} | {"findings", "figures", "tables"}
    for part in ("texts", "comparisons", "listings"):
        for number, one in enumerate(getattr(study, part)):
            if one.section not in sections:
                yield source.line((part, number)), f"Section '{one.section}' is not listed in 'sections'."
    for number, listing in enumerate(study.listings):
        for place, words in enumerate(listing.lines):
            if len(words) != len(listing.columns):
                at = source.line(("listings", number, "lines", place))
                yield (
                    at,
                    f"A line of '{listing.id}' has {len(words)} cells, and there are {len(listing.columns)} columns.",
                )
    for number, comparison in enumerate(study.comparisons):
        for place, row in enumerate(comparison.lines):
            if row.rebuilt and row.rebuilt not in study.numbers:
                at = source.line(("comparisons", number, "lines", place))
                yield at, f"'{row.rebuilt}' is no named number. {did_you_mean(row.rebuilt, study.numbers)}"


def _figure_numbers(study: StudySource, source: Source) -> Iterator[tuple[int, str]]:
    """Two figures with one number."""
    seen: dict[str, str] = {}
    for place, figure in enumerate(study.figures):
        number = figure.number or str(place + 1)
        if number in seen:
            at = source.line(("figures", place))
            yield at, f"Figures '{seen[number]}' and '{figure.id}' are both number {number}. Give one another 'number'."
        seen.setdefault(number, figure.id)


def _known(
    who: str, wanted: str, known: Iterable[str], at: int, what: str = "table or model"
) -> Iterator[tuple[int, str]]:
    known = list(known)
    if wanted not in known:
        yield at, f"{who} '{wanted}', which is no {what}. {did_you_mean(wanted, known)}".strip()


def _numbers(study: StudySource, source: Source) -> Iterator[tuple[int, str]]:
    """Numbers are cells of tables and models, or arithmetic on numbers before them."""
    drawn = _drawn(study)
    before: list[str] = []
    for name, number in study.numbers.items():
        at = source.line(("numbers", name))
        if (number.of is None) == (number.compute is None):
            yield at, f"Number '{name}' needs either 'of' or 'compute'."
        elif number.of is not None:
            yield from _known(f"Number '{name}' is of", number.of, drawn, at)
        else:
            yield from _computed(name, number, before, at)
        before.append(name)


def _computed(name: str, number: NumberSource, before: list[str], at: int) -> Iterator[tuple[int, str]]:
    assert number.compute is not None
    try:
        used = names(parse(number.compute))
    except ExpressionError as error:
        yield at, f"Number '{name}': {error}"
        return
    for one in used:
        yield from _known(f"Number '{name}' is computed from", one, before, at, "named number before it")
