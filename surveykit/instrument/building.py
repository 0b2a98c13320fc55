"""From the YAML shape to the nouns: labels filled in, lists looked up, expressions parsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from surveykit.errors import ExpressionError, did_you_mean
from surveykit.expressions import Expr, Literal, parse
from surveykit.instrument import schema
from surveykit.instrument.findings import Finding
from surveykit.instrument.loading import Place, Plain, Source
from surveykit.instrument.model import About, Case, Check, Derived, Instrument, Module
from surveykit.instrument.question import MISSING_LABELS, AnswerType, ElseCase, Label, Option, Question

__all__ = ["build"]

_TRUE = Literal(True)
_ANSWER_OF: Mapping[str, AnswerType] = {
    "single": "single", "multi": "multi", "band": "band", "number": "number", "text": "text", "date": "date",
    "rank": "rank", "note": "note", "grid": "single", "loop": "single", "hidden": "text", "trap": "single",
}  # fmt: skip


def build(source: Source) -> tuple[Instrument | None, list[Finding]]:
    """Make the nouns, or say what stands in the way.

    Returns
    -------
    tuple
        The instrument (None where the shape of the file is wrong) and the findings met on the way. Expressions
        that cannot be read are findings; the instrument is then made without them so that checking goes on.
    """
    try:
        shape = schema.InstrumentSource.model_validate(source.data)
    except ValidationError as error:
        return None, [_shape_finding(details, source) for details in error.errors(include_url=False)]
    builder = _Builder(shape, source)
    return builder.instrument(), builder.findings


class _Builder:
    """Holds what all parts need: the languages, the lists and the findings so far."""

    def __init__(self, shape: schema.InstrumentSource, source: Source) -> None:
        self.shape = shape
        self.source = source
        self.findings: list[Finding] = []
        self.lists: dict[str, tuple[Option, ...]] = {}
        self.modules = {module.id for module in shape.modules}

    def instrument(self) -> Instrument:
        shape = self.shape
        for name, options in shape.lists.items():
            self.lists[name] = self.options(options, ("lists", name))
        about = shape.about
        return Instrument(
            name=shape.instrument,
            version=shape.version,
            title=self.label(shape.title),
            unit=shape.unit,
            languages=tuple(shape.languages),
            fielded=shape.fielded or shape.languages[0],
            published=shape.published or shape.languages[-1],
            questions=tuple(self.question(question, index) for index, question in enumerate(shape.questions)),
            missing=self.missing(),
            lists=self.lists,
            modules=tuple(self.module(module, index) for index, module in enumerate(shape.modules)),
            derived=tuple(self.derived(derived, index) for index, derived in enumerate(shape.derived)),
            checks=tuple(self.check(check, index) for index, check in enumerate(shape.checks)),
            constants=dict(shape.constants),
            keys=tuple(tuple(key) for key in shape.keys),
            about=About(**{**about.model_dump(), "fixed": tuple(about.fixed),
                           "reconstructed": tuple(about.reconstructed), "notes": tuple(about.notes)})
            if about else None,
            path=self.source.name,
            lines=self.source.lines,
        )  # fmt: skip

    def find(self, place: Place, rule: str, message: str, remedy: str) -> None:
        self.findings.append(Finding(self.source.name, self.source.line(place), "error", rule, message, remedy))

    def label(self, label: str | Mapping[str, str] | None) -> Label:
        if label is None:
            return {}
        return {self.shape.languages[0]: label} if isinstance(label, str) else dict(label)

    def missing(self) -> dict[int, Label]:
        declared = self.shape.missing
        if isinstance(declared, str):
            return dict(MISSING_LABELS)
        changed = {code: {**MISSING_LABELS[code], **self.label(label)} for code, label in declared.items()}
        return {**MISSING_LABELS, **changed}

    def expression(self, value: str | bool | int | None, place: Place) -> Expr | None:
        if value is None:
            return None
        if isinstance(value, (bool, int)):
            return Literal(value)
        try:
            return parse(value)
        except ExpressionError as error:
            self.find(place, "expression", str(error), "")
            return None

    def options(self, options: Any, place: Place) -> tuple[Option, ...]:
        if options is None:
            return ()
        if isinstance(options, str):
            if options not in self.lists:
                hint = did_you_mean(options, self.lists) or "No lists are declared."
                self.find(place, "unknown-list", f"List '{options}' is not declared under 'lists'.", hint)
            return self.lists.get(options, ())
        if isinstance(options, dict):
            return tuple(Option(code, self.label(label)) for code, label in options.items())
        return tuple(self.option(option) for option in options)

    def option(self, option: schema.OptionSource) -> Option:
        fields = option.model_dump(exclude={"label", "maps_to"})
        maps_to = {scheme: tuple(codes) for scheme, codes in option.maps_to.items()}
        return Option(**fields, label=self.label(option.label), maps_to=maps_to)

    def question(self, question: schema.QuestionSource, index: int) -> Question:
        place: Place = ("questions", index)
        plain: dict[str, Any] = question.model_dump(
            include={
                "id", "type", "over", "limit", "draw", "order", "ordered", "required", "unit", "whole", "minimum",
                "maximum", "min_length", "max_length", "default", "unique", "personal", "concept", "source",
            }
        )  # fmt: skip
        conditions = ("ask_if", "administer_if", "check", "fail_if")
        texts = {name: str(getattr(question, name)) for name in conditions if getattr(question, name) is not None}
        for name in conditions:
            plain[name] = self.expression(getattr(question, name), (*place, name))
        return Question(
            **plain,
            answer=question.ask or _ANSWER_OF[question.type],
            label=self.label(question.label),
            hint=self.label(question.hint),
            module=question.module or self.module_of(question.id),
            options=self.options(question.options, (*place, "options")),
            options_list=question.options if isinstance(question.options, str) else None,
            rows=self.options(question.rows, (*place, "rows")),
            rows_list=question.rows if isinstance(question.rows, str) else None,
            offer=tuple(question.offer),
            otherwise=self.otherwise(question.otherwise, (*place, "else")),
            check_message=self.label(question.check_message),
            texts=texts,
        )

    def otherwise(self, declared: int | list[schema.ElseSource] | None, place: Place) -> tuple[ElseCase, ...]:
        if declared is None:
            return ()
        if isinstance(declared, int):
            return (ElseCase(declared),)
        return tuple(
            ElseCase(case.code, self.expression(case.when, (*place, index, "when")), str(case.when))
            for index, case in enumerate(declared)
        )

    def module_of(self, identifier: str) -> str | None:
        letters = identifier[: next((i for i, c in enumerate(identifier) if c.isdigit() or c == "_"), len(identifier))]
        return letters if letters in self.modules else None

    def module(self, module: schema.ModuleSource, index: int) -> Module:
        return Module(
            id=module.id,
            title=self.label(module.title),
            ask_if=self.expression(module.ask_if, ("modules", index, "ask_if")),
            order=module.order,
            intro=self.label(module.intro),
            texts={} if module.ask_if is None else {"ask_if": str(module.ask_if)},
        )

    def check(self, check: schema.CheckSource, index: int) -> Check:
        return Check(
            id=check.id,
            severity=check.severity,
            when=self.expression(check.when, ("checks", index, "when")) or _TRUE,
            require=self.expression(check.require, ("checks", index, "require")) or _TRUE,
            message=self.label(check.message),
            texts={"when": str(check.when), "require": str(check.require)},
        )

    def derived(self, derived: schema.DerivedSource, index: int) -> Derived:
        place: Place = ("derived", index)
        cases = tuple(
            Case(case.code, self.label(case.label),
                 self.expression(case.when, (*place, "cases", number, "when")) or _TRUE, str(case.when))
            for number, case in enumerate(derived.cases)
        )  # fmt: skip
        return Derived(
            id=derived.id,
            label=self.label(derived.label),
            value=self.expression(derived.value, (*place, "value")),
            cases=cases,
            ordered=derived.ordered,
            missing_as=derived.missing_as,
            unit=derived.unit,
            concept=derived.concept,
            source=derived.source,
            texts={} if derived.value is None else {"value": str(derived.value)},
        )


def _shape_finding(details: ErrorDetails, source: Source) -> Finding:
    """One pydantic error as a finding at the line of the value."""
    place = _place_in_file(details["loc"], source)
    where = _spoken(place, source.data)
    kind, given = details["type"], details.get("input")
    shown = repr(given) if isinstance(given, (str, int, float, bool)) else f"a {type(given).__name__}"
    if kind == "missing":
        missing = str(details["loc"][-1])
        message, remedy = f"Key '{missing}' is missing in {where}.", f"Add '{missing}:'."
    elif kind == "extra_forbidden":
        extra = str(details["loc"][-1])
        message = f"Key '{extra}' is not known in {_spoken(place[:-1], source.data)}."
        remedy = did_you_mean(extra, _known_keys(place))
    else:
        message = f"{where} is {shown[:80]}: {details['msg'][:1].lower()}{details['msg'][1:]}."
        remedy = "See the JSON Schema of instruments for what is allowed here."
    return Finding(source.name, source.line(place), "error", "shape", message, remedy)


def _spoken(place: Place, data: Plain) -> str:
    """Say a place the way a reader finds it: by ids rather than positions."""
    words: list[str] = []
    here: Plain = data
    for part in place:
        here = here[part] if isinstance(here, (list, dict)) else None  # type: ignore[index]
        name = next((here[key] for key in ("id", "code") if key in here), None) if isinstance(here, dict) else None
        words.append(repr(name) if isinstance(part, int) and name is not None else str(part))
    return ".".join(words) or "the file"


def _place_in_file(loc: tuple[int | str, ...], source: Source) -> Place:
    """Keep the parts of a pydantic location that are keys of the file; union tags are not."""
    place: Place = ()
    for part in loc:
        if (*place, part) in source.lines:
            place = (*place, part)
        elif isinstance(part, str) and part.lstrip("-").isdigit() and (*place, int(part)) in source.lines:
            place = (*place, int(part))
    return place


def _known_keys(place: Place) -> list[str]:
    """Keys allowed in the block that a place is in."""
    models: dict[str, type[schema.Block]] = {
        "lists": schema.OptionSource, "options": schema.OptionSource, "rows": schema.OptionSource,
        "cases": schema.CaseSource, "else": schema.ElseSource, "questions": schema.QuestionSource,
        "modules": schema.ModuleSource, "checks": schema.CheckSource, "derived": schema.DerivedSource,
        "about": schema.AboutSource,
    }  # fmt: skip
    inner = next((str(part) for part in reversed(place[:-1]) if str(part) in models), None)
    model = models[inner] if inner else schema.InstrumentSource
    return [field.alias or name for name, field in model.model_fields.items()]
