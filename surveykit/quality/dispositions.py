"""What became of every case, in the codes of public opinion research, and the rates that follow from them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Literal

import numpy as np
import pandas as pd

from surveykit.errors import ColumnError, QualityError
from surveykit.responses import Responses

__all__ = ["OutcomeRates", "disposition_codes", "dispositions", "outcome_rates"]

_NOT_COMPUTABLE = "response rate not computable"
_DUPLICATES = ("duplicate_id", "duplicate_answers")


def disposition_codes() -> pd.DataFrame:
    """Final disposition codes of internet surveys: ``code, group, name, label_en, label_ja, verified``.

    Groups are I complete, P partial, R refusal and break-off, NC non-contact, O other eligible, U unknown eligibility,
    N not eligible. `verified` says whether a row was compared with the printed Standard Definitions.
    """
    text = (files("surveykit.quality") / "data" / "internet_survey_dispositions.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    table = pd.DataFrame(rows)
    table["verified"] = table["verified"] == "yes"
    return table


def dispositions(responses: Responses, *, quota_filled: str | None = None) -> pd.DataFrame:
    """Disposition code of every case.

    Parameters
    ----------
    responses
        Screened answers (:func:`surveykit.screen`); without screening nobody is a duplicate or removed.
    quota_filled
        Column that is true for who was turned away because a quota was full.

    Returns
    -------
    DataFrame
        ``disp`` (code), ``group`` and ``name`` of each case, same index. An interview of which less than half was
        answered is a break-off; one that other rules of quality removed is kept apart as eligible without a usable
        interview (our reading: the codes have no place for it).
    """
    table = responses.disposition
    state, reason = table["state"], table["reason"].astype("str")
    usable = state.isin(["complete", "partial"])
    hard = reason.str.removeprefix("hard: ").where(reason.str.startswith("hard: "), "").str.split(", ")
    duplicate = hard.map(lambda names: any(name in _DUPLICATES for name in names))
    half = hard.map(lambda names: "half_answered" in names)
    turned_away = pd.Series(False, table.index)
    if quota_filled is not None:
        source = responses.frame if quota_filled in responses.frame.columns else responses.paradata
        if quota_filled not in source.columns:
            raise ColumnError(quota_filled, [*map(str, responses.frame.columns), *map(str, responses.paradata.columns)])
        turned_away = source[quota_filled].fillna(0).astype(bool)
    name = np.select(
        [
            state == "refused",
            turned_away & ~usable,
            state == "screened_out",
            usable & duplicate,
            usable & half,
            usable & ~responses.counted,
            state == "partial",
        ],
        ["explicit_refusal", "quota_filled", "screened_out", "duplicate", "break_off", "removed", "partial"],
        "complete",
    )
    codes = disposition_codes().set_index("name")
    names = pd.Series(name, table.index, dtype="str")
    return pd.DataFrame({"disp": names.map(codes["code"]), "group": names.map(codes["group"]), "name": names})


@dataclass(frozen=True)
class OutcomeRates:
    """Counts of dispositions and the rates that may be computed from them.

    Attributes
    ----------
    counts
        ``code, name, label_en, label_ja, n``.
    rates
        ``rate, name, numerator, denominator, formula``: shares 0-1, missing where the denominator is nought.
    statement
        What may be said of the response rate, in a sentence.
    eligibility
        Share of cases of unknown eligibility taken as eligible (e), for list samples.
    synthetic
        Whether the answers are invented.
    """

    counts: pd.DataFrame = field(repr=False)
    rates: pd.DataFrame = field(repr=False)
    statement: str
    eligibility: float | None = None
    synthetic: bool = False

    def __str__(self) -> str:
        """Rates in a line each, then the statement."""
        lines = [
            f"{one.rate:<8} {one.value:7.1%}  {one.numerator:g} of {one.denominator:g}  {one.name}"
            for one in self.rates.rename(columns={"share": "value"}).itertuples(index=False)
        ]
        mark = ["SYNTHETIC"] if self.synthetic else []
        return "\n".join([*mark, *lines, self.statement])


def outcome_rates(
    responses: Responses,
    *,
    sample: Literal["opt-in", "list"] = "opt-in",
    invitations: int | None = None,
    eligibility: float | None = None,
    quota_filled: str | None = None,
) -> OutcomeRates:
    """Rates of response or, where no denominator is known, of participation, completion, break-off and screening out.

    Parameters
    ----------
    responses
        Screened answers.
    sample
        ``"list"``: invitations were sent to a known list, and `invitations` is its length; response, cooperation and
        refusal rates 1-6, 1-4, 1-3 follow. ``"opt-in"``: a panel or open link, for which no response rate exists.
    invitations
        People invited. For opt-in samples the personal invitations that the panel discloses.
    eligibility
        Share ``e`` of the cases that returned nothing that are eligible; the share among the resolved cases by default.
    quota_filled
        As for :func:`dispositions`.

    Raises
    ------
    QualityError
        If a list sample has no invitations, or fewer than cases.

    Notes
    -----
    I complete, P partial, R refusal and break-off, NC non-contact, O other, U unknown: RR1 = I / (I + P + R + NC + O +
    U), RR3 with eU in place of U, RR5 without U; RR2, RR4, RR6 with I + P above. COOP1 = I / (I + P + R + O), COOP3
    without O; REF1 = R / (I + P + R + NC + O + U). Formulas as in the Standard Definitions of AAPOR, to be verified
    with the codes.
    """
    if sample not in ("opt-in", "list"):
        raise QualityError(f"A sample is not '{sample}'.", remedy="Say 'opt-in' or 'list'.")
    if eligibility is not None and not 0 <= eligibility <= 1:
        raise QualityError(f"eligibility={eligibility} is no share.", remedy="Give a number from 0 to 1.")
    given = dispositions(responses, quota_filled=quota_filled)
    codes = disposition_codes()
    counts = codes[["code", "name", "label_en", "label_ja"]].copy()
    counts["n"] = counts["name"].map(given["name"].value_counts()).fillna(0).astype("int64")
    returned = len(given) - int((given["name"] == "duplicate").sum())
    if sample == "list" and invitations is None:
        raise QualityError(
            "A list sample needs the number of invitations.", remedy="Pass invitations=, or sample='opt-in'."
        )
    if invitations is not None and invitations < returned:
        raise QualityError(
            f"{invitations} invitations are fewer than the {returned} people who came.", remedy="Check the number."
        )
    if sample == "list" and invitations is not None:
        silent = invitations - returned
        counts.loc[counts["name"] == "unknown_eligibility", "n"] += silent
        return _list_rates(counts, codes, eligibility, responses.synthetic)
    return _panel_rates(counts, given, invitations, responses.synthetic)


def _list_rates(counts: pd.DataFrame, codes: pd.DataFrame, eligibility: float | None, synthetic: bool) -> OutcomeRates:
    number = counts["n"].groupby(codes["group"]).sum()
    i, p, r, nc, o, u, n = (float(number.get(group, 0)) for group in ("I", "P", "R", "NC", "O", "U", "N"))
    duplicates = float(counts.loc[counts["name"] == "duplicate", "n"].sum())
    known = i + p + r + nc + o
    resolved = known + n - duplicates
    e = eligibility if eligibility is not None else (known / resolved if resolved else float("nan"))
    whole = "(I+P)+(R+NC+O)"
    parts = [
        ("RR1", "Response rate 1", i, known + u, f"I / ({whole}+U)"),
        ("RR2", "Response rate 2", i + p, known + u, f"(I+P) / ({whole}+U)"),
        ("RR3", "Response rate 3", i, known + e * u, f"I / ({whole}+eU)"),
        ("RR4", "Response rate 4", i + p, known + e * u, f"(I+P) / ({whole}+eU)"),
        ("RR5", "Response rate 5", i, known, f"I / ({whole})"),
        ("RR6", "Response rate 6", i + p, known, f"(I+P) / ({whole})"),
        ("COOP1", "Cooperation rate 1", i, i + p + r + o, "I / ((I+P)+R+O)"),
        ("COOP2", "Cooperation rate 2", i + p, i + p + r + o, "(I+P) / ((I+P)+R+O)"),
        ("COOP3", "Cooperation rate 3", i, i + p + r, "I / ((I+P)+R)"),
        ("COOP4", "Cooperation rate 4", i + p, i + p + r, "(I+P) / ((I+P)+R)"),
        ("REF1", "Refusal rate 1", r, known + u, f"R / ({whole}+U)"),
        ("REF2", "Refusal rate 2", r, known + e * u, f"R / ({whole}+eU)"),
        ("REF3", "Refusal rate 3", r, known, f"R / ({whole})"),
    ]
    source = "as given" if eligibility is not None else "as among the resolved cases"
    statement = f"Response rate 3 takes {e:.1%} of the {u:g} unknown cases as eligible, {source}."
    return OutcomeRates(counts, _rates(parts), statement, e, synthetic)


def _panel_rates(counts: pd.DataFrame, given: pd.DataFrame, invitations: int | None, synthetic: bool) -> OutcomeRates:
    number: Mapping[str, int] = dict(zip(counts["name"], counts["n"].tolist(), strict=True))
    usable = number["complete"] + number["partial"]
    started = len(given) - number["duplicate"]
    consented = started - number["explicit_refusal"] - number["implicit_refusal"]
    in_scope = consented - number["screened_out"] - number["quota_filled"]
    parts = [
        (
            "COMR",
            "Completion rate (complete interviews of eligible starts)",
            number["complete"],
            in_scope,
            "I / eligible",
        ),
        ("BOR", "Break-off rate (of eligible starts)", number["break_off"], in_scope, "break-offs / eligible"),
        (
            "SOR",
            "Screen-out rate (of consenting starts)",
            number["screened_out"],
            consented,
            "screened out / consenting",
        ),
    ]
    if invitations is not None:
        parts.insert(
            0, ("PR", "Participation rate (usable interviews of invitations)", usable, invitations, "(I+P) / invited")
        )
    why = (
        "the sample is opt-in and nobody knows who saw the invitation"
        if invitations is None
        else "the sample is opt-in; the participation rate refers to the invitations that the panel disclosed"
    )
    values = [(rate, name, float(top), float(bottom), formula) for rate, name, top, bottom, formula in parts]
    return OutcomeRates(counts, _rates(values), f"{_NOT_COMPUTABLE.capitalize()}: {why}.", None, synthetic)


def _rates(parts: list[tuple[str, str, float, float, str]]) -> pd.DataFrame:
    table = pd.DataFrame(parts, columns=["rate", "name", "numerator", "denominator", "formula"])
    table.insert(2, "share", table["numerator"] / table["denominator"].where(table["denominator"] > 0))
    return table
