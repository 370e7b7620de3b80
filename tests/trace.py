"""make trace: every duty of the college's plan, the commands that serve it, and the tests that tell of them.

`python -m tests.trace [--all]`; exits 1 when a command is told of by no test, or a refusal met by none.  A test tells
of a command when it names the command's class, or anything of the tests' own that does, however many steps away.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

import domain
from domain import SHARED, Command, areas

ROOT = Path(__file__).parents[1]
SHOWN = 3
Name = tuple[str, str]  # module, what it defines


@cache
def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def defined(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """What a file defines at its top, tests of a class under their own name."""
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name):
                        yield part.id, node


def imported(path: Path) -> dict[str, Name]:
    """Local name → where it comes from."""
    found: dict[str, Name] = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = (node.module, alias.name)
    return found


def uses() -> dict[Name, set[Name]]:
    """Everything the tests define → what it names.  A command said by its kebab-case name counts as named."""
    kebab = {kind.NAME: ("domain", kind.__name__) for kind in Command.by_name.values()}
    found: dict[Name, set[Name]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("*.py")):
        own, known = module(path), imported(path)
        local = {name for name, _ in defined(path)}
        fixtures = {name for name, _ in shared_fixtures(path)}
        for name, node in defined(path):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found[own, name] |= {
                        kebab[word] for word in re.findall(r"[a-z]+(?:-[a-z]+)+", part.value) if word in kebab
                    }
                word = part.id if isinstance(part, ast.Name) else part.arg if isinstance(part, ast.arg) else None
                if word is None or word == name:
                    continue
                if word in known:
                    source, original = known[word]
                    found[own, name].add(("domain" if source.startswith("domain") else source, original))
                elif word in local:
                    found[own, name].add((own, word))
                elif word in fixtures:
                    found[own, name] |= {where for fixture, where in shared_fixtures(path) if fixture == word}
    return found


@cache
def shared_fixtures(path: Path) -> tuple[tuple[str, Name], ...]:
    """The fixtures a test file may ask for without importing them."""
    folders = [parent for parent in path.parents if parent == ROOT / "tests" or ROOT / "tests" in parent.parents]
    files = [folder / "conftest.py" for folder in folders if (folder / "conftest.py").exists()]
    return tuple((name, (module(file), name)) for file in files for name, _ in defined(file))


def told() -> Mapping[str, list[str]]:
    """Class name of a command → the tests that tell of it, those that name it most directly first."""
    graph = uses()
    commands = {kind.__name__ for kind in Command.by_name.values()}
    found: dict[str, list[tuple[int, str]]] = {name: [] for name in commands}
    for (where, name), _ in sorted(graph.items()):
        if not name.startswith("test_"):
            continue
        for (source, said), steps in reached(graph, (where, name)).items():
            if source == "domain" and said in commands:
                found[said].append((steps, f"{where.replace('.', '/')}.py::{name}"))
    return {name: [test for _, test in sorted(tests)] for name, tests in found.items()}


def reached(graph: Mapping[Name, set[Name]], start: Name) -> dict[Name, int]:
    """Everything that is named from a start, and in how many steps."""
    steps = {start: 0}
    waiting = deque([start])
    while waiting:
        one = waiting.popleft()
        for other in graph.get(one, ()):
            if other not in steps:
                steps[other] = steps[one] + 1
                waiting.append(other)
    return steps


def duties(kind: type[Command[object]]) -> list[str]:
    """The duties a command's docstring names: D05, D13, …"""
    _, _, seed = (kind.__doc__ or "").partition("Seed:")
    return re.findall(r"\bD\d\d\b", seed) or [seed.strip().rstrip(".") or "—"]


def by_duty() -> dict[str, list[type[Command[object]]]]:
    """Duty → the commands that serve it."""
    list(areas(domain))
    found: dict[str, list[type[Command[object]]]] = defaultdict(list)
    for name, kind in sorted(Command.by_name.items()):
        if kind.__module__.startswith("domain.") and name:
            for duty in duties(kind):
                found[duty].append(kind)
    return dict(sorted(found.items()))


def untold() -> list[str]:
    """The commands of which no test tells."""
    tests = told()
    return sorted({kind.__name__ for kinds in by_duty().values() for kind in kinds if not tests[kind.__name__]})


@cache
def expected() -> set[str]:
    """Every text that a test compares with or hands on, in its own words or in what it is parametrised with.

    A refusal code that no test meets is not among them: docstrings, keys of tables and tools do not count.
    """
    found: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(tree(path)):
            parts: list[ast.expr] = []
            match node:
                case ast.Assert():
                    parts = [node.test]
                case ast.For():
                    parts = [node.iter]
                case ast.Call():
                    parts = [*node.args, *(keyword.value for keyword in node.keywords)]
            for part in (said for one in parts for said in ast.walk(one)):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found.add(part.value)
    return found


def unmet() -> list[str]:
    """The refusal codes of the areas and the shared modules that no test meets, each with where it is worded."""
    modules = [*areas(domain), *(import_module(f"domain.{name}") for name in SHARED)]
    met = expected()
    worded = {(code, each.__name__) for each in modules for code in getattr(each, "REFUSALS", {})}
    return sorted(f"{where}: {code}" for code, where in worded if code not in met)


def main(everything: bool) -> int:
    say, served = sys.stdout.write, by_duty()
    tests = told()
    for duty, kinds in served.items():
        say(f"{duty}\n")
        for kind in kinds:
            names = tests[kind.__name__]
            say(f"  {kind.__name__} {kind.titles()[0]} · {len(names)} tests\n")
            for name in names if everything else names[:SHOWN]:
                say(f"      {name}\n")
    for missing in unmet():
        say(f"no test meets {missing}\n")
    many = len({kind for kinds in served.values() for kind in kinds})
    say(f"{len(served)} duties, {many} commands; without a test: {', '.join(untold()) or 'none'}\n")
    return 1 if untold() or unmet() else 0


if __name__ == "__main__":
    sys.exit(main("--all" in sys.argv[1:]))
