"""Terms of a model in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from surveykit.study.lexicon import Lexicon

__all__ = ["terms_in_words", "variable_of"]

_CONSTANT = {"en": "Intercept", "ja": "切片"}
_LOG = {"en": "log {}", "ja": "{}(対数)"}


def terms_in_words(
    names: Sequence[str], labels: Mapping[str, str], lexicon: Lexicon, language: str, outcome: str = ""
) -> tuple[str, ...]:
    """What is printed for each term.

    Parameters
    ----------
    names
        Terms of one or several models, as ``"size[large]"``, ``"mid(share)"``, ``"low|high"``, ``"high: size[large]"``.
    labels
        What the study file says, by term or by the part of it.
    lexicon
        Wordings of variables and levels; one that does not fit into a line is left out.
    language
        Of the words.
    outcome
        Variable whose levels cut points and outcome categories are.

    Examples
    --------
    >>> terms_in_words(["x", "high: x", "Intercept"], {"x": "Exports"}, Lexicon(), "ja")
    ('Exports', 'high: Exports', '切片')
    """
    levels = {str(level): text for level, text in lexicon.levels.get(language, {}).get(outcome, {}).items()}

    def word(name: str) -> str:
        if name in labels:
            return labels[name]
        category, colon, term = name.partition(": ")
        if colon:
            return f"{labels.get(category) or levels.get(category, category)}: {word(term)}"
        low, bar, high = name.partition("|")
        if bar:
            return f"{levels.get(low, low)} | {levels.get(high, high)}"
        return " × ".join(factor(part) for part in re.split(r":(?![^\[]*\])", name))

    def factor(part: str) -> str:
        if part in labels:
            return labels[part]
        if part == "Intercept":
            return _CONSTANT[language]
        found = re.fullmatch(r"(.+?)\[(.*)\]", part)
        if found:
            variable, level = found[1], found[2]
            known = {str(one): text for one, text in lexicon.levels.get(language, {}).get(variable, {}).items()}
            return f"{labels.get(variable) or lexicon.short(variable, language) or variable}: {known.get(level, level)}"
        inner = variable_of(part)
        said = labels.get(inner) or lexicon.short(inner, language)
        if not said:
            return part
        return _LOG[language].format(said) if part.startswith("log(") else said

    return tuple(word(name) for name in names)


def variable_of(term: str) -> str:
    """Column inside ``mid(column)``, ``log(column)`` or ``C(column)``.

    Examples
    --------
    >>> variable_of("mid(FS1)"), variable_of("staff")
    ('FS1', 'staff')
    """
    found = re.fullmatch(r"(?:mid|lo|hi|log|C)\((\w+)\)", term)
    return found[1] if found else term
