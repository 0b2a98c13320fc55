"""What the house rules ask of the code, as checks over a folder: each returns the places that break it.

``python -m tests.architecture`` lists files and functions that are over their budget but below the hard limit.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

__all__ = [
    "CHECKS",
    "Module",
    "branches_that_meet",
    "code_from_data",
    "cycles",
    "hidden_imports",
    "import_order",
    "large_files",
    "long_functions",
    "module_exports",
    "over_budget",
    "parameters",
    "read_package",
    "vague_names",
]

# The folders follow the data: a room may import only rooms above it.
ROOMS = (
    "errors", "expressions", "engine", "formulas", "classifications", "results", "instrument", "responses", "design",
    "quality", "weighting", "survey", "variance", "replication", "estimation", "trade", "publishing", "claims", "study",
    "cli",
)  # fmt: skip
SURVEY_SIDE = frozenset(ROOMS[ROOMS.index("instrument") : ROOMS.index("trade")])
# Packages of the optional extras: the only ones that may be imported where they are used.
OPTIONAL = frozenset({"docx", "numba", "polars", "pptx", "pymrio", "pyspark"})
FILE_LINES, FILE_BUDGET = 450, 400
FUNCTION_LINES, FUNCTION_BUDGET = 60, 40  # of code: the docstring is not counted, so that none is cut short
POSITIONAL = 6
VAGUE = ("utils", "util", "helpers", "helper", "misc", "common")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file of a package."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def room(self) -> str:
        """The room this file belongs to; empty for the package's own ``__init__`` and ``__main__``."""
        room = _room_of(self.name)
        return "" if room == "__main__" else room

    def at(self, node: ast.AST, what: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


def read_package(folder: Path) -> dict[str, Module]:
    """Parse every file below a package folder, by dotted name."""
    modules = {}
    for path in sorted(folder.rglob("*.py")):
        parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        modules[name] = Module(name, path, text, ast.parse(text, filename=str(path)))
    return modules


def _room_of(name: str) -> str:
    return name.partition(".")[2].partition(".")[0]


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _imported(node: ast.AST, modules: dict[str, Module]) -> Iterator[str]:
    """Modules that an import statement names; ``from a import b`` names ``a.b`` where that is a module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module is not None:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in modules else node.module


def _own_imports(module: Module, modules: dict[str, Module]) -> Iterator[tuple[ast.AST, str]]:
    package = module.name.partition(".")[0]
    for node in ast.walk(module.tree):
        for name in _imported(node, modules):
            if name.partition(".")[0] == package:
                yield node, name


def import_order(modules: dict[str, Module]) -> list[str]:
    """Rooms that import a room below them, rooms the design does not know, imports from the public face."""
    wrong = []
    for module in modules.values():
        if not module.room:
            continue
        if module.room not in ROOMS:
            wrong.append(module.at(module.tree, f"room '{module.room}' is not in the design"))
            continue
        for node, name in _own_imports(module, modules):
            room = _room_of(name)
            if not room:
                wrong.append(
                    module.at(node, "imports from the public face: import from the room that defines the name")
                )
            elif room not in ROOMS:
                wrong.append(module.at(node, f"imports '{name}', a room that is not in the design"))
            elif ROOMS.index(room) > ROOMS.index(module.room):
                wrong.append(module.at(node, f"'{module.room}' imports '{room}', which stands below it"))
    return wrong


def branches_that_meet(modules: dict[str, Module]) -> list[str]:
    """Imports between ``trade`` and the survey side: they meet as plain frames only."""
    wrong = []
    for module in modules.values():
        for node, name in _own_imports(module, modules):
            room = _room_of(name)
            if (module.room == "trade" and room in SURVEY_SIDE) or (module.room in SURVEY_SIDE and room == "trade"):
                wrong.append(module.at(node, f"'{module.room}' imports '{room}': trade and the survey side never meet"))
    return wrong


def cycles(modules: dict[str, Module]) -> list[str]:
    """Modules that import each other in a ring."""
    graph = {
        module.name: {name for _, name in _own_imports(module, modules) if name != module.name}
        for module in modules.values()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ["import cycle: " + " -> ".join(error.args[1])]
    return []


def hidden_imports(modules: dict[str, Module]) -> list[str]:
    """Imports inside functions, except of optional packages."""
    wrong = []
    for module in modules.values():
        for function in _functions(module.tree):
            for node in ast.walk(function):
                wrong += [
                    module.at(node, f"imports '{name}' inside the function '{function.name}'")
                    for name in _imported(node, modules)
                    if name.partition(".")[0] not in OPTIONAL
                ]
    return wrong


def _code_lines(function: Function) -> int:
    first = function.body[0]
    is_docstring = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def large_files(modules: dict[str, Module], limit: int = FILE_LINES) -> list[str]:
    """Files longer than the limit."""
    lines = {module: len(module.text.splitlines()) for module in modules.values()}
    return [f"{module.path}: {count} lines, limit {limit}" for module, count in lines.items() if count > limit]


def long_functions(modules: dict[str, Module], limit: int = FUNCTION_LINES) -> list[str]:
    """Functions with more lines of code (docstring left out) than the limit."""
    return [
        module.at(function, f"'{function.name}' has {_code_lines(function)} lines, limit {limit}")
        for module in modules.values()
        for function in _functions(module.tree)
        if _code_lines(function) > limit
    ]


def parameters(modules: dict[str, Module], limit: int = POSITIONAL) -> list[str]:
    """Functions that take more positional parameters than a reader can tell apart; ``self`` is not counted."""
    wrong = []
    for module in modules.values():
        for function in _functions(module.tree):
            names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
            count = len(names) - (names[:1] in (["self"], ["cls"]))
            if count > limit:
                wrong.append(
                    module.at(function, f"'{function.name}' takes {count} positional parameters, limit {limit}")
                )
    return wrong


def _targets(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _declared(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if "__all__" in _targets(node) and isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            try:
                return list(ast.literal_eval(node.value))
            except ValueError:
                return None
    return None


def _passing(module: Module) -> list[ast.stmt]:
    """Statements of a folder that pass names on: with ``__getattr__``, also those that only type checkers import."""
    fetches = any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in module.tree.body)
    later = [
        node for node in module.tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    return [*module.tree.body, *(inner for node in later for inner in node.body if fetches)]


def module_exports(modules: dict[str, Module]) -> list[str]:
    """Modules whose public names are not those of their ``__all__``; a folder may pass on the names of its files."""
    wrong = []
    for module in modules.values():
        if not module.room:  # the public face has tests of its own
            continue
        declared = _declared(module.tree)
        if declared is None:
            wrong.append(module.at(module.tree, "has no __all__ that is a plain list of names"))
            continue
        defined = {name for node in module.tree.body for name in _targets(node) if not name.startswith("_")}
        passed_on = {
            alias.asname or alias.name
            for node in _passing(module)
            if module.is_package and isinstance(node, ast.ImportFrom) and (node.module or "").startswith(module.name)
            for alias in node.names
        }
        if missing := sorted(defined - set(declared)):
            wrong.append(module.at(module.tree, f"defines {missing} but does not list them in __all__"))
        if foreign := sorted(set(declared) - defined - passed_on):
            wrong.append(module.at(module.tree, f"lists {foreign} in __all__ but does not define them"))
    return wrong


def code_from_data(modules: dict[str, Module]) -> list[str]:
    """Calls that run text as code, a frame's ``eval`` included."""
    wrong = []
    for module in modules.values():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if name in {"eval", "exec", "compile", "__import__"} or attribute == "eval":
                wrong.append(module.at(node, f"calls {name or '.' + attribute}()"))
    return wrong


def vague_names(modules: dict[str, Module]) -> list[str]:
    """Files and folders whose name says nothing about what is in them, or that keep an old version."""
    return [
        f"{module.path}: '{part}' says nothing about what is in it"
        for module in modules.values()
        for part in module.name.split(".")
        if part in VAGUE or part.endswith(("_old", "_new", "_utils", "_helpers", "_v2"))
    ]


def over_budget(modules: dict[str, Module]) -> list[str]:
    """Files and functions that outgrow their budget, whether or not they are below the hard limit."""
    return large_files(modules, FILE_BUDGET) + long_functions(modules, FUNCTION_BUDGET)


CHECKS: tuple[Callable[[dict[str, Module]], list[str]], ...] = (
    import_order,
    branches_that_meet,
    cycles,
    hidden_imports,
    large_files,
    long_functions,
    parameters,
    module_exports,
    code_from_data,
    vague_names,
)


if __name__ == "__main__":
    rows = over_budget(read_package(Path(__file__).resolve().parents[1] / "surveykit"))
    print("\n".join(rows or ["every file and function is within its budget"]))  # noqa: T201 - a command line prints
