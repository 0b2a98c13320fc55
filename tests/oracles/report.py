"""The table by function, and the list of what is left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from tests.oracles.pack import Entry
from tests.oracles.verdict import Verdict

__all__ = ["Judged", "failures_text", "table_text"]

Judged = tuple[Entry, Verdict]
_STATUSES = ("pass", "better", "fail", "unsupported")


def table_text(judged: Sequence[Judged]) -> str:
    """Counts by function: all entries, then those on which versions of R agree without error or warning ("firm")."""
    by_function: dict[str, list[Judged]] = defaultdict(list)
    for item in judged:
        by_function[str(item[0].get("fn"))].append(item)
    heads = "".join(f"{head:>8}" for head in ("entries", "passed", "better", "failed", "unsup.", "firm"))
    lines = [f"{'function':32}{heads}{'firm passed':>13}"]
    order = sorted(by_function, key=lambda name: (-len(by_function[name]), name))
    lines += [_row(name, by_function[name]) for name in order]
    lines += ["-" * len(lines[0]), _row("all", judged), ""]
    return "\n".join([*lines, *_reasons(judged)])


def _row(name: str, judged: Sequence[Judged]) -> str:
    counts = Counter(verdict.status for _, verdict in judged)
    firm = [verdict for entry, verdict in judged if entry.firm]
    passed = sum(verdict.status == "pass" for verdict in firm)
    numbers = "".join(f"{counts[status]:>8}" for status in _STATUSES)
    return f"{name[:31]:32}{len(judged):>8}{numbers}{len(firm):>8}{passed:>13}"


def _reasons(judged: Iterable[Judged]) -> list[str]:
    lines: list[str] = []
    for status in ("unsupported", "better"):
        counts = Counter(verdict.why for _, verdict in judged if verdict.status == status)
        if counts:
            lines.append(f"{status}:")
            lines += [f"  {count:>4}  {why}" for why, count in counts.most_common()]
    return lines


def failures_text(judged: Sequence[Judged]) -> str:
    """Every failure with its call, grouped by function; firm ones first."""
    failed = [(entry, verdict) for entry, verdict in judged if verdict.status == "fail"]
    lines = [f"{len(failed)} failures, {sum(entry.firm for entry, _ in failed)} of them firm."]
    for entry, verdict in sorted(failed, key=lambda item: (str(item[0].get("fn")), not item[0].firm, item[0].id)):
        mark = "FIRM" if entry.firm else "soft"
        lines += [
            f"{mark} {entry.id} [{entry.design_id}] {entry.call} {dict(entry.options) or ''}",
            f"     {verdict.why}",
        ]
    return "\n".join(lines)
