"""``build``: every step of a study in order, only what changed, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from surveykit.errors import StudyError, SurveykitError
from surveykit.publishing.report_page import report_page
from surveykit.study.assembling import Built, report_of
from surveykit.study.depending import Behind, behind, plain
from surveykit.study.disclosure import Item
from surveykit.study.loading import Recorded, Study, read_study, words_in
from surveykit.study.methods import make_methods
from surveykit.study.outputs import Numbered, make_figure, make_table
from surveykit.study.places import sha256_of
from surveykit.study.records import Workshop
from surveykit.study.schema import FigureSource
from surveykit.study.store import Made, Store, key_of, library_versions, source_hash

__all__ = ["OUT", "Outcome", "Progress", "build"]

OUT = "out"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What a build left behind.

    Parameters
    ----------
    folder
        Output folder.
    made, kept
        Ids of what was computed, and of what was unchanged.
    failed
        Reason by id of what could not be built.
    waiting
        Reason by id of what waits for a file that is not shipped.
    missing
        Names of disclosure items that nobody has filled.
    """

    folder: Path
    made: tuple[str, ...]
    kept: tuple[str, ...]
    failed: Mapping[str, str]
    waiting: Mapping[str, str]
    missing: tuple[str, ...]

    @property
    def status(self) -> int:
        """Exit status: 1 where something failed, 3 where only disclosure items are missing, 0 otherwise."""
        return 1 if self.failed else 3 if self.missing else 0


def build(
    folder: str | Path,
    *,
    roots: Sequence[str | Path] = (),
    force: bool = False,
    store: Store | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Build a study into its folder ``out``.

    Parameters
    ----------
    folder
        Folder with ``study.yaml``.
    roots
        Further folders that the study may read from; it never writes outside its own.
    force
        Compute everything anew.
    store
        Where finished outputs are kept; the user's cache folder by default.
    progress
        Called with a name, a position and a total as the build goes on.

    Returns
    -------
    Outcome

    Raises
    ------
    StudyError
        If the study file does not hold together, or ``out`` holds what no build wrote. A table, model or figure that
        cannot be made fails alone, with its reason on the page.
    """
    study = read_study(folder, roots)
    run = _Run(study, store or Store.of_user(), force, progress or _silent)
    content = run.everything()
    target = study.places.folder / OUT
    with _replaced(target) as fresh:
        for name, data in sorted(content.items()):
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    run.store.prune()
    built = run.built
    return Outcome(
        target,
        tuple(run.computed),
        tuple(run.unchanged),
        {one.id: one.failure for one in built if one.failure},
        {one.id: words_in(one.waiting, study.languages[0]) for one in built if one.waiting},
        tuple(item.name[study.languages[0]] for item in run.items if item.missing),
    )


@dataclass
class _Run:
    """One build."""

    study: Study
    store: Store
    force: bool
    progress: Progress
    computed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    built: list[Built] = field(default_factory=list)
    items: tuple[Item, ...] = ()

    def __post_init__(self) -> None:
        self.workshop = Workshop(self.study)
        self.inputs = {
            self.study.places.name(path): sha256_of(path) for path in sorted(set(self.study.files())) if path.is_file()
        }
        shape = self.study.shape
        self.total = len(self.study.shapes) + len(shape.figures) + 1

    def everything(self) -> dict[str, bytes]:
        """Content of every file of the output folder."""
        shape = self.study.shape
        content: dict[str, bytes] = {}
        self._make(list(self.study.shapes.values()), make_table, content)
        self._make(shape.figures, make_figure, content)
        methods = self._methods()
        content |= methods.files
        names = [*content, "index.html", "manifest.json"]
        report = report_of(self.study, self.built, methods, self.inputs, sorted(names))
        content["index.html"] = report_page(report).encode("utf-8")
        content["manifest.json"] = self._manifest(content, methods.facts)
        return content

    def _make(
        self,
        shapes: Sequence[Recorded | FigureSource],
        maker: Callable[[Workshop, Numbered], Made],
        content: dict[str, bytes],
    ) -> None:
        for number, shape in enumerate(shapes, start=1):
            self.progress(shape.id, len(self.built) + 1, self.total)
            numbered = Numbered(shape, number)
            found = self._one(numbered, maker)
            self.built.append(found)
            if found.made is not None:
                content |= found.made.files

    def _one(self, numbered: Numbered, maker: Callable[[Workshop, Numbered], Made]) -> Built:
        shape = numbered.shape
        found = behind(self.study, shape)
        waiting = found.waiting(self.study)
        if waiting is not None:
            return Built(shape.id, numbered, waiting=waiting)
        parts = self._common() | {"number": numbered.number} | found.parts(self.study, self.inputs)
        try:
            made = self._kept(shape.id, parts, lambda: maker(self.workshop, numbered))
        except SurveykitError as error:
            return Built(shape.id, numbered, failure=str(error))
        return Built(shape.id, numbered, made)

    def _kept(self, name: str, parts: Any, make: Callable[[], Made]) -> Made:
        key = key_of(parts)
        made = None if self.force else self.store.get(key)
        if made is not None:
            self.unchanged.append(name)
            return made
        made = make()
        self.store.put(key, made)
        self.computed.append(name)
        return made

    def _common(self) -> dict[str, Any]:
        """What every output depends on."""
        shape = self.study.shape
        return {
            "languages": shape.languages,
            "theme": shape.theme,
            "source": plain(shape.source),
            "package": source_hash(),
            "libraries": library_versions(),
        }

    def _methods(self) -> Made:
        """Methods, questionnaire and weights, where there is a survey."""
        self.progress("methods", self.total, self.total)
        samples = self.workshop.samples
        if not samples:
            return Made({}, {"sections": [], "items": []})
        chains = [Behind((), (), (sample,)).parts(self.study, self.inputs) for sample in samples]
        said = [plain(self.study.of_sample(sample).shape.disclosure) for sample in samples]
        parts = self._common() | {"samples": chains, "disclosure": said, "part": "methods"}
        try:
            made = self._kept("methods", parts, lambda: make_methods(self.workshop))
        except SurveykitError as error:
            self.built.append(Built("methods", None, failure=str(error)))
            return Made({}, {"sections": [], "items": []})
        self.items = tuple(Item(**one) for one in made.facts["items"])
        return made

    def _manifest(self, content: Mapping[str, bytes], methods: Mapping[str, Any]) -> bytes:
        manifest = {
            "study": self.study.shape.study,
            "inputs": self.inputs,
            "study_file": sha256_of(self.study.places.file("study.yaml")),
            "package": {"name": "surveykit", "source": source_hash()},
            "libraries": library_versions(),
            "seeds": dict(_seeds(plain(self.study.shape), "")),
            "weights": methods.get("weights", {}),
            "synthetic": any(one.made is not None and one.made.facts.get("synthetic") for one in self.built),
            "failed": sorted(one.id for one in self.built if one.failure),
            "waiting": sorted(one.id for one in self.built if one.waiting),
            "outputs": {name: _digest(data) for name, data in sorted(content.items())},
        }
        return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _silent(name: str, at: int, total: int) -> None:
    """Progress that nobody watches."""


def _seeds(part: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every seed that the study sets, by its place."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("seed", "rng") and value is not None:
                yield f"{path}{name}", value
            yield from _seeds(value, f"{path}{name}.")
    if isinstance(part, list):
        for number, value in enumerate(part):
            yield from _seeds(value, f"{path}{number}.")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def _replaced(target: Path) -> Iterator[Path]:
    """A fresh folder that takes the place of `target` when everything is in it."""
    _refuse_foreign(target)
    token = secrets.token_hex(6)
    fresh, old = (target.with_name(f".{target.name}.{name}.{token}") for name in ("new", "old"))
    try:
        fresh.mkdir()
        yield fresh
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    except OSError as error:
        if old.exists() and not target.exists():
            old.rename(target)
        raise StudyError(
            f"'{target}' cannot be written: {error.strerror or error}.", remedy="Check the folder's permissions."
        ) from None
    finally:
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)


def _refuse_foreign(target: Path) -> None:
    """Refuse to replace a folder that no build made."""
    if target.is_symlink():
        raise StudyError(f"'{target}' is a symbolic link.", remedy="Remove it: a build writes a folder of its own.")
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not (target / "manifest.json").is_file()):
        raise StudyError(
            f"'{target}' holds files that no build wrote.", remedy="Move them away; a build replaces the whole folder."
        )
