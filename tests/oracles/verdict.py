"""From an entry to its verdict: pass, better, fail or unsupported, with the worst difference and the reason."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from surveykit.errors import SurveykitError
from tests.oracles.better import CASES
from tests.oracles.case import Case
from tests.oracles.judge import Comparison, compare, observed_fields
from tests.oracles.pack import Entry, Pack
from tests.oracles.session import Session
from tests.oracles.syntax import RSyntaxError
from tests.oracles.values import UnsupportedError

__all__ = ["Verdict", "judge_entry", "judge_pack"]

_HOME = re.compile(r"/[\w./-]*/(surveykit|tests)/")


@dataclass(frozen=True)
class Verdict:
    """What became of one entry."""

    status: str
    worst: float | None
    why: str

    def record(self) -> dict[str, Any]:
        return asdict(self)


def judge_pack(pack: Pack, only: str = "") -> Iterator[tuple[Entry, Verdict]]:
    """Judge every entry of a pack; designs are shared between entries."""
    designs: dict[tuple[str, str], Any] = {}
    for entry in pack.entries:
        if only not in entry.call:
            continue
        yield entry, judge_entry(pack, entry, designs)


def judge_entry(pack: Pack, entry: Entry, designs: dict[tuple[str, str], Any]) -> Verdict:
    """Translate one call, run it, and compare."""
    session = Session.of(pack, entry, designs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            answer = session.answer(entry)
            return _judged(session, entry, answer)
        except (UnsupportedError, RSyntaxError) as reason:
            return Verdict("unsupported", None, str(reason))
        except SurveykitError as refusal:
            return _refused(session, entry, refusal)
        except Exception as crash:  # noqa: BLE001 - whatever escapes is a defect of surveykit, and the report names it
            return Verdict("fail", None, _HOME.sub("", f"crash: {type(crash).__name__}: {crash}")[:300])


def _refused(session: Session, entry: Entry, refusal: SurveykitError) -> Verdict:
    if entry.error is not None:
        return Verdict("pass", None, f"both refuse; surveykit says: {refusal}")
    reason = _better(Case(session, entry, None, refusal, None))
    if reason:
        return Verdict("better", None, reason)
    return Verdict("fail", None, f"surveykit refuses: {refusal}")


def _judged(session: Session, entry: Entry, answer: Any) -> Verdict:
    if entry.error is not None:
        observed_fields(answer)  # a design is made when it is first used, so that a refusal may come only now
        reason = _better(Case(session, entry, answer, None, None))
        return (
            Verdict("better", None, reason)
            if reason
            else Verdict("fail", None, f"R refuses ({entry.error[:80]}), surveykit answers")
        )
    comparison = compare(entry, answer)
    if comparison.passed:
        return Verdict("pass", comparison.worst, "")
    reason = _better(Case(session, entry, answer, None, comparison))
    if reason:
        return Verdict("better", _worst(comparison), reason)
    return Verdict("fail", _worst(comparison), _differences(comparison))


def _better(case: Case) -> str | None:
    return next((reason for predicate in CASES if (reason := predicate(case))), None)


def _worst(comparison: Comparison) -> float | None:
    sizes = [difference.size for difference in comparison.off]
    finite = [size for size in sizes if size != float("inf")]
    return max(finite) if finite else None


def _differences(comparison: Comparison) -> str:
    if not comparison.fields:
        return "the answer has none of the recorded fields"
    shown = [f"{item.field}: {item.text} ({item.size:.1e})" for item in comparison.off[:4]]
    more = len(comparison.off) - len(shown)
    return "; ".join([*shown, *([f"and {more} more"] if more > 0 else [])])
