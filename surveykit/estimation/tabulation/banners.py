"""Banner tables: many questions, each by many variables side by side."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from surveykit.errors import EstimationError, SurveykitError, SurveykitWarning, did_you_mean
from surveykit.estimation.assemble import selection_note
from surveykit.estimation.proportion_intervals import IntervalMethod
from surveykit.estimation.tabulation.across import Across, Everyone
from surveykit.estimation.tabulation.asked import Asked, Boxes, Number
from surveykit.estimation.tabulation.lines import Choices, Lines, Tabulator
from surveykit.estimation.tabulation.medians import median_arrays
from surveykit.estimation.tabulation.naming import Banner, Names, Nets, Question, Scores
from surveykit.estimation.tabulation.rows import Grid, read_rows
from surveykit.instrument import Instrument
from surveykit.results import Heading, Table, TableBook
from surveykit.results.column_comparisons import Adjustment
from surveykit.results.headings import letter
from surveykit.survey import Survey, weighted_by
from surveykit.weighting import Replicates, Weights, WeightSets

__all__ = ["Plan", "Weighting", "banner_tables", "tables_of"]

#: Sets of weights by name: columns, weights, replicates, the same rows as another survey, or None for no weights.
Weighting = Mapping[str, str | Weights | Replicates | Survey | None] | WeightSets

#: Letter of the total, where parts are compared with it.
_TOTAL = "T"


def banner_tables(
    survey: Survey,
    questions: Sequence[Question] | None = None,
    by: Sequence[Banner] = (),
    *,
    weights: Weighting | None = None,
    nets: Nets | None = None,
    scores: Scores | None = None,
    percent: Literal["respondents", "both"] = "respondents",
    total: bool = True,
    medians: bool = True,
    sort: bool = False,
    adjust: Adjustment = "holm",
    levels: tuple[float, float] = (0.05, 0.10),
    minimum_base: int = 30,
    compare_total: bool = False,
    level: float = 0.95,
    method: IntervalMethod = "logit",
    instrument: Instrument | None = None,
) -> TableBook:
    """Tabulate many questions by many banner variables side by side, with column letters.

    The rows are read in one pass for all tables (large data: a few). Every cell is what :func:`crosstab`, :func:`mean`
    or :func:`quantile` gives for its column; letters come from pairwise tests with the covariance of the design, which
    knows that boxes overlap.

    Parameters
    ----------
    survey
        Rows, design, weights, domain.
    questions
        Questions of the instrument, columns or expressions; ``{"Providers": ["u1", "u2"]}`` joins boxes of which a
        respondent may tick several. All when None.
    by
        Banner variables, in the same terms. ``"sector > size"`` (or a list) nests size in sector.
    weights
        Several sets of weights side by side, as ``{"Firms": "w", "Unweighted": None}``: columns, weights, replicates,
        or the same rows as another survey; the survey's own weights when left out.
    nets
        Levels that each net joins, as ``{"V1": {"Top two": ["Agree", "Strongly agree"]}}``. Ratings of an instrument
        with four points or more have the nets "Top two" and "Bottom two" unless others are declared; ``{"V1": {}}``
        declares none. In plain data nobody but you knows which answer is a point of the scale.
    scores
        Numbers for a mean of a question's levels, as ``{"V1": {"Disagree": 1, "Agree": 2}}``. Ratings of an instrument
        have the mean of their scale (1 to the number of points), bands that of their middles.
    percent
        Boxes as percent of ``"respondents"``, or ``"both"``: of respondents and of responses.
    total
        Whether the first column is the total: everybody who answered, the banner's missing included.
    medians
        Whether numbers have their median beside their mean.
    sort
        Whether answers stand by size of the first column; scales keep their order.
    adjust, levels
        Letters: adjustment for the pairs of columns within a line and a banner variable (``"holm"``, ``"bonferroni"``,
        ``"bh"``, ``"none"``); below the first level a capital, below the second a small letter.
    minimum_base
        Columns with fewer rows are not compared.
    compare_total
        Whether columns are compared with the total too (letter T); that they are part of it is accounted for.
    level, method
        Confidence level; interval of shares, as in :func:`surveykit.estimation.proportion`.
    instrument
        What was asked, where the survey was not made from responses.

    Returns
    -------
    TableBook
        One table a question, with a reason for each that cannot be tabulated.

    Raises
    ------
    EstimationError
        If a banner, net or score names what is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> import surveykit as sk
    >>> firms = pd.DataFrame({"size": list("slslss") * 20, "exporter": list("ynynny") * 20, "sales": range(120)})
    >>> book = sk.banner_tables(sk.Survey(firms), ["exporter", "sales"], by=["size"])
    >>> book["exporter"].wide("estimate").round(3)
                Total    l     s
    exporter
    n             0.5  1.0  0.25
    y             0.5  0.0  0.75
    >>> str(book["exporter"].cell("n", "l")["letters"])
    'B'
    """
    if percent not in ("respondents", "both"):
        raise EstimationError(f"percent={percent!r} is not known.", remedy="Choose 'respondents' or 'both'.")
    asked = Names(survey, instrument or survey.instrument, nets or {}, scores or {}, percent == "both")
    groups = tuple(asked.across(one) for one in by)
    if not groups and not total:
        raise EstimationError("The banner has no column.", remedy="Name a variable in by=, or leave total=True.")
    choices = Choices(level, method, adjust, levels, minimum_base, compare_total and total)
    plan = Plan(((Everyone(()),) if total else ()) + groups, choices, medians, sort)
    return tables_of(asked, questions, plan, weights)


def _refuse_unused(names: Names, asked: Sequence[Asked], left_out: Mapping[str, str]) -> None:
    """Refuse nets and scores of questions that are not tabulated."""
    known = [*(one.name for one in asked), *left_out]
    for what, given in (("nets", names.nets), ("scores", names.scores)):
        for name in given:
            if name not in known:
                raise EstimationError(
                    f"{what}= names '{name}', which is none of the questions tabulated.",
                    remedy=did_you_mean(name, known),
                )


@dataclass(frozen=True)
class Plan:
    """Columns and choices that all tables share."""

    groups: tuple[Across, ...]
    choices: Choices
    medians: bool = True
    sort: bool = False


@dataclass(frozen=True)
class _Weighed:
    """The survey with one set of weights."""

    name: str
    survey: Survey


def tables_of(
    names: Names, questions: Sequence[Question] | None, plan: Plan, weights: Weighting | None = None
) -> TableBook:
    """Make the tables of a plan.

    Parameters
    ----------
    names
        Finds what questions stand for.
    questions
        All when None: those that cannot be tabulated are then left out with their reason, and refused otherwise.
    plan
        Columns and choices.
    weights
        Sets of weights.
    """
    left_out: dict[str, str] = {}
    asked = list(_asked(names, questions, left_out))
    _refuse_unused(names, asked, left_out)
    weighed = [_Weighed("", names.survey)]
    if weights is not None:
        weighed = [_Weighed(name, _weighted(names.survey, weights[name])) for name in weights]
    if not weighed:
        raise EstimationError("weights= names no set.", remedy='Give for example {"Firms": "w", "Unweighted": None}.')
    letters = _letters(plan, len(weighed))
    made = [dict(_made(one, asked, plan, names)) for one, names in zip(weighed, letters, strict=True)]
    tables = {}
    for question in asked:
        lines = [one[question.name] for one in made]
        tables[question.name] = _table(question, plan, weighed, letters, lines)
    return TableBook(tables, left_out)


def _weighted(survey: Survey, weights: str | Weights | Replicates | Survey | None) -> Survey:
    if not isinstance(weights, Survey):
        return weighted_by(survey, weights)
    if weights.engine.rows != survey.engine.rows:
        raise EstimationError(
            f"A survey given as weights has {weights.engine.rows} rows, and the survey {survey.engine.rows}.",
            remedy="Give the same rows with other weights.",
        )
    return weights


def _asked(names: Names, questions: Sequence[Question] | None, left_out: dict[str, str]) -> Iterator[Asked]:
    taken: set[str] = set()
    for given in names.known() if questions is None else questions:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", SurveykitWarning)
                found = list(names.asked(given))
        except (SurveykitError, SurveykitWarning) as error:
            if questions is not None:
                raise
            left_out[str(given)] = str(error)
            continue
        for one in found:
            if one.name in taken:
                raise EstimationError(f"'{one.name}' is asked for twice.", remedy="Name each question once.")
            taken.add(one.name)
            yield one


def _letters(plan: Plan, sets: int) -> list[list[str]]:
    """Letters of the columns of each set of weights; they run on from set to set."""
    found, place = [], 0
    for _ in range(sets):
        own: list[str] = []
        for group in plan.groups:
            for heading in group.headings:
                if heading.kind == "total":
                    own.append(_TOTAL if plan.choices.compare_total else "")
                    continue
                if letter(place) == _TOTAL and plan.choices.compare_total:
                    place += 1
                own.append(letter(place))
                place += 1
        found.append(own)
    return found


def _made(weighed: _Weighed, asked: Sequence[Asked], plan: Plan, letters: list[str]) -> Iterator[tuple[str, Lines]]:
    """Lines of every question, from one pass over the rows."""
    for questions, rows in read_rows(weighed.survey, asked, Grid(plan.groups)):
        tabulator = Tabulator(rows, plan.choices, letters)
        for number, question in enumerate(questions):
            lines = tabulator.lines(number, question)
            if isinstance(question, Number) and plan.medians:
                lines = _with_median(weighed.survey, question, plan, lines)
            yield question.name, lines


def _with_median(survey: Survey, question: Number, plan: Plan, lines: Lines) -> Lines:
    base = lines.arrays["base_n"][0]
    medians: dict[str, Any] = dict(median_arrays(survey, question.name, plan.groups, base, plan.choices.level))
    medians["letters"] = np.full(len(base), "")
    heading = replace(lines.headings[0], level="median", kind="median")
    arrays = {name: np.vstack([array, medians.get(name, array[0])]) for name, array in lines.arrays.items()}
    return Lines((*lines.headings, heading), arrays, lines.missing)


def _table(
    question: Asked, plan: Plan, weighed: Sequence[_Weighed], letters: list[list[str]], lines: Sequence[Lines]
) -> Table:
    first, survey = lines[0], weighed[0].survey
    columns: list[Heading] = []
    for one, own in zip(weighed, letters, strict=True):
        above = (Heading("", one.name, "weight"),) if one.name else ()
        headings = [heading for group in plan.groups for heading in group.headings]
        columns += [replace(heading, above=(*above, *heading.above), letter=name)
                    for heading, name in zip(headings, own, strict=True)]  # fmt: skip
    order = _order(question, first) if plan.sort else range(len(first.headings))
    sorted_lines = [one.taking(list(order)) for one in lines]
    arrays: dict[str, Any] = {
        name: np.hstack([one.arrays[name] for one in sorted_lines])[None] for name in first.arrays
    }
    marks = arrays.pop("letters")
    compared = any(len(places) > 1 for group in plan.groups for places in group.compared)
    facts: dict[str, npt.NDArray[Any]] = {"letters": marks.astype(np.str_)} if compared else {}
    if len(weighed) > 1 or weighed[0].name:
        size = len(columns) // len(weighed)
        named = np.repeat([one.survey.weight_name for one in weighed], size)
        facts["weight"] = np.broadcast_to(named, arrays["estimate"].shape).copy()
    shares = any(one.share for one in question.measures)
    statistic = ("share of respondents" if isinstance(question, Boxes) else "share of column") if shares else "mean"
    arrays["flags"] = arrays["flags"].astype(np.str_)
    return Table(
        statistic=statistic,
        unit="share" if shares else question.unit,
        layers=(Heading(""),),
        rows=sorted_lines[0].headings,
        columns=tuple(columns),
        **arrays,
        facts=facts,
        weight=", ".join(one.name or one.survey.weight_name for one in weighed),
        level=plan.choices.level,
        interval=plan.choices.method if shares else "t",
        base=survey.domain_text,
        definition=question.definition,
        notes=_notes(question, plan, weighed, first, compared=compared),
        synthetic=any(one.survey.synthetic for one in weighed),
    )


def _order(question: Asked, lines: Lines) -> list[int]:
    """Answers by size in the first column, those that stand at the end of a list left there; scales as they are."""
    levels = [place for place, one in enumerate(lines.headings) if one.kind == "level"]
    if not question.sortable:
        return list(range(len(lines.headings)))
    size = lines.arrays["estimate"][:, 0]
    last = set(question.last)
    movable = [place for place in levels if place not in last]
    ranked = [*sorted(movable, key=lambda place: (-float(size[place]), place)),
              *(place for place in levels if place in last)]  # fmt: skip
    rank = {lines.headings[place].level: number for number, place in enumerate(ranked)}
    responses = [place for place, one in enumerate(lines.headings) if one.kind == "response"]
    responses.sort(key=lambda place: rank[lines.headings[place].level])
    others = [place for place in range(len(lines.headings)) if place not in (*levels, *responses)]
    nets = [place for place in others if lines.headings[place].kind == "net"]
    return [*ranked, *nets, *responses, *(place for place in others if place not in nets)]


def _notes(
    question: Asked, plan: Plan, weighed: Sequence[_Weighed], lines: Lines, *, compared: bool
) -> tuple[str, ...]:
    notes = list(dict.fromkeys(note for one in weighed for note in selection_note(one.survey)))
    if lines.missing:
        notes.append(f"{lines.missing} row(s) of the domain have no answer in '{question.name}' and are left out.")
    choices = plan.choices
    if compared:
        first = next((one for one in _letters(plan, 1)[0] if one not in ("", _TOTAL)), "A")
        small = f"; columns of fewer than {choices.minimum_base} rows are not compared" if choices.minimum_base else ""
        notes.append(
            f"Letters name the columns that a cell exceeds (capital p < {min(choices.levels):g}, small p < "
            f"{max(choices.levels):g}; adjustment for the pairs of a row and banner variable: {choices.adjust}; "
            f"first column {first}{small})."
        )
    return tuple(notes)
