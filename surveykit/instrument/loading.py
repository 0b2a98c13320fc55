"""Reading YAML that nobody here wrote: plain data, the line of every value, and hard limits.

A questionnaire file may come from anywhere. Anchors, aliases, tags, duplicate keys, several
documents and oversized files are refused before any of the content is looked at, and scalars follow
a small rule: quoted text stays text, ``true``/``false``, whole and decimal numbers and ``null`` are
recognised, and everything else is text (so ``no`` is the word, not ``False``, and ``NO`` is Norway).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, TypeAlias, cast

import yaml

from surveykit.errors import InstrumentError, ReadError

__all__ = ["Place", "Plain", "Source", "is_plain_text", "parse_yaml", "read_yaml"]

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str | int, Plain] | None"
Place: TypeAlias = tuple[str | int, ...]

_MAXIMUM_BYTES: Final = 4_000_000
_MAXIMUM_NODES: Final = 200_000
_MAXIMUM_DEPTH: Final = 24
_MAXIMUM_LIST: Final = 2_000
_MAXIMUM_DIGITS: Final = 18

_WHOLE = re.compile(r"[-+]?[0-9]+\Z")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]{1,3})?\Z")
_SYNTAX_REMEDY: Final = {
    "": "Check indentation, quotes and brackets on this line and the one before it.",
    "'?'": "Inside { } put quotes around a text that holds a question mark.",
}
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Source:
    """Plain data of one YAML file with the line of every value.

    Parameters
    ----------
    data
        Nested dictionaries, lists and scalars.
    lines
        Line number (from 1) by place, a tuple of keys and indices.
    name
        What messages call the file.
    """

    data: Plain
    lines: Mapping[Place, int]
    name: str

    def line(self, place: Place) -> int:
        """Line of a place, or of the nearest place around it that is in the file."""
        for length in range(len(place), -1, -1):
            found = self.lines.get(place[:length])
            if found is not None:
                return found
        return 1


def read_yaml(path: str | Path) -> Source:
    """Read one YAML file under the limits of this module.

    Raises
    ------
    ReadError
        The file is absent, too large or not UTF-8.
    InstrumentError
        The file is not plain YAML: broken syntax, an alias, an anchor, a tag, a duplicate key.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > _MAXIMUM_BYTES:
            raise ReadError(
                f"File '{path.name}' has {size:,} bytes; an instrument has at most {_MAXIMUM_BYTES:,}.",
                remedy="Split long lists into a classification, or check that this is a questionnaire.",
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ReadError(f"File '{path}' cannot be opened ({error.strerror}).", remedy="Check the path.") from error
    except UnicodeDecodeError as error:
        raise ReadError(
            f"File '{path.name}' is not UTF-8 (byte {error.start}).", remedy="Save it as UTF-8 text."
        ) from error
    return parse_yaml(text, name=path.name)


def parse_yaml(text: str, *, name: str = "instrument") -> Source:
    """Turn YAML text into plain data with line numbers, refusing everything that is not plain.

    Examples
    --------
    >>> source = parse_yaml("{title: {en: Firms}, unit: firm}")
    >>> source.data["unit"], source.line(("unit",))
    ('firm', 1)
    """
    try:
        node = _PlainLoader(text, name).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InstrumentError(
            f"The YAML cannot be read: {error.problem or error.context}.",
            where=f"{name}:{mark.line + 1 if mark else 1}",
            remedy=_SYNTAX_REMEDY.get(str(error.problem)[-3:], _SYNTAX_REMEDY[""]),
        ) from error
    except yaml.YAMLError as error:
        raise InstrumentError(
            f"The YAML cannot be read: {str(error).splitlines()[0]}.", where=name, remedy="Remove control characters."
        ) from error
    if node is None:
        raise InstrumentError(f"File '{name}' is empty.", where=name, remedy="Start from: surveykit instrument new.")
    walker = _Walker(name)
    data = walker.plain(node, (), 0)
    return Source(data, walker.lines, name)


class _PlainLoader(yaml.SafeLoader):
    """Composes nodes and stops at the first token that is more than plain data; nothing is ever expanded."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.file = name
        self.depth = 0

    def _refuse(self, what: str) -> NoReturn:
        raise InstrumentError(
            f"The file uses {what}, which an instrument does not need.",
            where=f"{self.file}:{self.line + 1}",
            remedy="Write the value out, or put shared options under 'lists' and name the list.",
        )

    def fetch_alias(self) -> NoReturn:
        """Refuse ``*name``."""
        self._refuse("an alias (*name)")

    def fetch_anchor(self) -> NoReturn:
        """Refuse ``&name``."""
        self._refuse("an anchor (&name)")

    def fetch_tag(self) -> NoReturn:
        """Refuse ``!name``, which could ask for an object of any class."""
        self._refuse("a tag (!name)")

    def fetch_directive(self) -> NoReturn:
        """Refuse ``%NAME``."""
        self._refuse("a directive (%NAME)")

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose one node, within the allowed depth."""
        self.depth += 1
        if self.depth > _MAXIMUM_DEPTH:
            raise InstrumentError(
                f"The YAML is nested deeper than {_MAXIMUM_DEPTH} levels.",
                where=f"{self.file}:{self.line + 1}",
                remedy="An instrument needs at most six levels; check the brackets.",
            )
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Walker:
    """Copies a node tree into plain data and notes the line of every place."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Place, int] = {}
        self.nodes = 0

    def plain(self, node: yaml.Node, place: Place, depth: int) -> Plain:
        self.nodes += 1
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        if self.nodes > _MAXIMUM_NODES or depth > _MAXIMUM_DEPTH:
            raise InstrumentError(
                f"The file holds more than {_MAXIMUM_NODES:,} values.",
                where=f"{self.name}:{line}",
                remedy="Check that this is a questionnaire.",
            )
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        children = cast("list[object]", node.value)
        if len(children) > _MAXIMUM_LIST:
            raise InstrumentError(
                f"A list of {len(children):,} entries is longer than the {_MAXIMUM_LIST:,} that are allowed.",
                where=f"{self.name}:{line}",
                remedy="Nobody can choose among so many options: use type 'text' and code the answers, "
                "or group the options.",
            )
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(child, (*place, index), depth + 1) for index, child in enumerate(node.value)]
        return self._mapping(cast("yaml.MappingNode", node), place, depth)

    def _mapping(self, node: yaml.MappingNode, place: Place, depth: int) -> Plain:
        found: dict[str | int, Plain] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, (str, int)) or isinstance(key, bool):
                raise InstrumentError(
                    f"Key {key_node.value!r} is neither a word nor a whole number.",
                    where=f"{self.name}:{line}",
                    remedy="Quote it if it is text.",
                )
            if key in found:
                raise InstrumentError(
                    f"Key {key!r} is given twice in the same block.",
                    where=f"{self.name}:{line}",
                    remedy="Keep one of them; the second would silently replace the first.",
                )
            self.lines[(*place, key)] = line
            found[key] = self.plain(value_node, (*place, key), depth + 1)
        return found

    @staticmethod
    def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
        text = cast("str", node.value)
        return text if node.style is not None else _plain_scalar(text)


def _plain_scalar(text: str) -> str | int | float | bool | None:
    """Value of an unquoted scalar."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _WHOLE.match(text) and len(text) <= _MAXIMUM_DIGITS:
        return int(text)
    if _DECIMAL.match(text):
        return float(text)
    return text


def is_plain_text(text: str) -> bool:
    """Whether a text may stand without quotes and still be read as text.

    Examples
    --------
    >>> is_plain_text("size"), is_plain_text("1e3"), is_plain_text("08")
    (True, False, False)
    """
    return isinstance(_plain_scalar(text), str)
