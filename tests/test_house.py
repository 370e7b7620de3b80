"""The house rules that a linter cannot see."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

import domain
import projections
from domain import SHARED, Command, Event, Fact, Personal, areas
from domain.access import ROLES, SYSTEM
from domain.policies import Policy
from projections import Figure, Table
from tests.trace import untold

ROOT = Path(__file__).parents[1]
LAYERS = ("domain", "projections", "infra", "api", "dashboards")
# A fact is borrowed from another area as an event, a piece of one, or the name of a value; never a decision.
LENT = {
    "domain.time_grid.Grid": "the grid of a term, which placing must fold beside its own facts",
    "domain.timetable.occupancy.Occupancy": "who is engaged when: joining a class clashes as placing does",
    "domain.timetable.occupancy.Clash": "one clash that reckoning found",
    "domain.rosters.Roster": "who is in a teaching class on a day, which a roll call is held against",
    "domain.exams.Members": "who takes a course, by roster or registration, and so has a mark in it",
    "domain.roll_call.roll.Roll": "what became of one session's roll call, by which its hours are settled",
}

# What api/texts.py asks of a table of sealed texts.
TEXTS = {"about", "said_in", "written_by", "written_at", "text"}

AREAS = {m.__name__.split(".")[1]: m for m in areas(domain)}
WORDS = {name: importlib.import_module(f"domain.{name}") for name in SHARED}
list(areas(projections))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def files(*layers: str) -> list[Path]:
    return sorted(p for layer in layers for p in (ROOT / layer).rglob("*.py"))


def shown(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def defined(kind: type[Any]) -> list[type[Any]]:
    """Every class below `kind` that an area or a shared module wrote down."""
    found: list[type[Any]] = []
    for sub in kind.__subclasses__():
        if "[" not in sub.__name__ and sub.__module__.startswith("domain."):
            found.append(sub)
        found.extend(defined(sub))
    return list(dict.fromkeys(found))


def said(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


@pytest.mark.parametrize("layer", ["projections", "tests"])
def test_every_area_has_a_file_in_every_layer(layer):
    prefix = "test_" if layer == "tests" else ""
    held = {p.stem.removeprefix(prefix) for p in (ROOT / layer).iterdir() if p.name.startswith(prefix)}
    assert sorted(set(AREAS) - held) == []


def test_every_shared_module_has_a_test():
    assert sorted(n for n in SHARED if not (ROOT / "tests" / f"test_{n}.py").exists()) == []


def test_no_read_model_is_without_an_area():
    held = {m.__name__.split(".")[1] for m in areas(projections)}
    assert sorted(held - set(AREAS)) == []


def test_event_names_start_with_their_area():
    wrong = [n for n, e in Event.by_name.items() if n.split(".")[0] != e.__module__.split(".")[1]]
    assert wrong == []
    assert [n for n in Event.by_name if not re.fullmatch(r"[a-z_]+\.[a-z_]+", n)] == []


def lendable(thing: Any) -> bool:
    """Events, tuples of events, pieces of events, names of values, rules: what one area may know of another."""
    if isinstance(thing, tuple):
        return all(lendable(part) for part in thing)
    if inspect.isclass(thing) and issubclass(thing, BaseModel):
        return issubclass(thing, Fact) and not issubclass(thing, Command)
    if inspect.isfunction(thing):
        return "state" not in inspect.signature(thing).parameters
    return isinstance(thing, Policy) or not inspect.isclass(thing)


def borrowed(path: Path) -> Iterator[tuple[str, Any]]:
    """What a file of the domain imports from another area."""
    own = path.relative_to(ROOT / "domain").parts[0].removesuffix(".py")
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("domain."):
            lender = (node.module or "").split(".")[1]
            if lender in AREAS and lender != own:
                module = importlib.import_module(node.module or "")
                yield from ((f"{node.module}.{a.name}", getattr(module, a.name)) for a in node.names)


def test_areas_borrow_only_facts_from_each_other():
    wrong = {
        f"{path.stem} ← {name}"
        for path in files("domain")
        for name, thing in borrowed(path)
        if name not in LENT and not lendable(thing)
    }
    assert sorted(wrong) == []
    lent = {name for path in files("domain") for name, _ in borrowed(path)}
    assert sorted(set(LENT) - lent) == []  # an exception nobody needs is struck out


def test_every_event_says_what_it_means():
    wrong = [said(e) for e in defined(Event) if not (e.__doc__ or "")[:1].isupper() and (e.__doc__ or "")[:1] != "`"]
    assert wrong == []


def test_every_event_says_in_chinese_what_happened():
    untitled = [said(e) for e in defined(Event) if not re.search(r"[\u4e00-\u9fff]", e.TITLE)]
    assert untitled == []


def test_every_command_opens_with_its_chinese_title_and_names_its_seed():
    for command in defined(Command):
        title = (command.__doc__ or "").partition(".")[0]
        assert re.match(r"[\u4e00-\u9fff]", title), said(command)
        if command.may:
            assert "Seed:" in (command.__doc__ or ""), said(command)


def test_every_area_names_its_seed():
    assert [n for n, m in (AREAS | WORDS).items() if n != "words" and "Seed:" not in (m.__doc__ or "")] == []


def test_every_command_may_be_given_by_known_roles_in_a_named_scope():
    for command in Command.by_name.values():
        assert set(command.may) <= set(ROLES) | set(SYSTEM), said(command)
        for scope in command.may.values():
            assert re.match(r"[socd]: ", scope.__doc__ or ""), f"{said(command)}: {scope.__name__}"


def test_every_figure_says_itself_in_both_languages():
    for figure in Figure.by_key.values():
        for zh, en in ((figure.zh, figure.en), (figure.definition_zh, figure.definition_en)):
            assert re.search(r"[\u4e00-\u9fff]", zh), figure.key
            assert en, figure.key


def raised(path: Path) -> Iterator[tuple[str, int]]:
    """Every refusal code that a file of the domain raises."""
    for node in ast.walk(tree(path)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        if node.func.id in {"Unknown", "NotAllowed", "Conflict"}:
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value, node.lineno


def refusals() -> Iterator[tuple[str, str, tuple[str, str]]]:
    for name, module in (AREAS | WORDS).items():
        for code, texts in getattr(module, "REFUSALS", {}).items():
            yield name, code, texts


def test_every_refusal_is_worded_in_both_languages():
    worded = {code for _, code, _ in refusals()}
    missing = [f"{code} {shown(p, line)}" for p in files("domain") for code, line in raised(p) if code not in worded]
    assert missing == []
    for name, code, (zh, en) in refusals():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", code), (name, code)
        assert re.search(r"[\u4e00-\u9fff]", zh), (name, code)
        assert en[:1].isupper(), (name, code)


def test_a_refusal_code_means_one_thing():
    texts: dict[str, tuple[str, str]] = {}
    assert [f"{name}: {code}" for name, code, words in refusals() if texts.setdefault(code, words) != words] == []


def test_no_refusal_is_worded_and_never_raised():
    spoken: set[str] = set()
    for path in files("domain"):
        keys = {id(k) for d in ast.walk(tree(path)) if isinstance(d, ast.Dict) for k in d.keys}
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in keys:
                spoken.add(node.value)
    assert sorted({code for _, code, _ in refusals()} - spoken) == []


def test_no_two_areas_put_the_same_event_on_the_clocks_agenda():
    """The agenda knows one entry an event: of two, one would be lost without a word."""
    told = [kind.NAME for module in AREAS.values() for kind in getattr(module, "AGENDA", {})]
    assert sorted({name for name in told if told.count(name) > 1}) == []


def policies_of(module: ModuleType) -> list[Policy[Any]]:
    return [v for v in vars(module).values() if isinstance(v, Policy)]


def test_every_policy_is_listed_bounded_and_worded():
    listed = {p.key for m in (AREAS | WORDS).values() for p in getattr(m, "POLICIES", ())}
    policies = [policy for key, policy in Policy.by_key.items() if not key.startswith("trial.")]
    assert sorted({p.key for p in policies} - listed) == []
    for policy in policies:
        assert policy.origin in {"seed", "practice", "ours"}, policy.key
        assert re.search(r"[\u4e00-\u9fff]", policy.zh), policy.key
        assert policy.en, policy.key
        assert policy.allows(policy.default), policy.key
        if policy.kind is int:
            assert None not in (policy.least, policy.most), policy.key
            assert policy.unit, policy.key
        if policy.kind is str:
            assert policy.choices, policy.key


def test_every_policy_is_flipped_by_a_test():
    constants: dict[str, set[str]] = {}
    for path in files("domain"):
        for node in tree(path).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                for arg in node.value.args[:1]:
                    if isinstance(arg, ast.Constant) and arg.value in Policy.by_key:
                        names = {t.id for t in node.targets if isinstance(t, ast.Name)}
                        constants.setdefault(str(arg.value), set()).update(names)
    told = "\n".join(p.read_text(encoding="utf-8") for p in files("tests") if p.name != "test_house.py")
    for key in Policy.by_key:
        words = {key, *constants.get(key, ())}
        assert any(re.search(rf"\b{re.escape(w)}\b", told) for w in words), f"no test flips {key}"


def test_no_command_is_without_a_test():
    assert untold() == []


def test_every_table_hears_events_that_exist():
    for table in (t for name, t in Table.by_name.items() if not name.startswith("trial_")):
        sql = table.select + (table.ends or "")
        assert set(table.types) <= set(Event.by_name), table.name
        named = {n for n in re.findall(r"'([a-z_]+\.[a-z_]+)'", sql) if n.split(".")[0] in AREAS | WORDS}
        assert [n for n in named if not any(t.startswith(n) for t in table.types)] == [], table.name
        assert set(table.keys) <= set(table.columns), table.name
        columns = {
            table.scope.department,
            *table.scope.persons,
            *(c for i in (*table.indexes, *table.past) for c in i),
        } - {None}
        assert columns <= set(table.columns), table.name
        assert not table.readers or set(table.columns) >= TEXTS, table.name
        assert table.readers <= set(ROLES), table.name
        assert "now(" not in sql.lower(), table.name
        assert "current_" not in sql.lower(), table.name


def parts(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model that a field's type speaks of."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from parts(inner)


def personal(model: type[BaseModel]) -> dict[str, str]:
    return {n: m.of for n, f in model.model_fields.items() for m in f.metadata if isinstance(m, Personal)}


def nested(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        for part in parts(field.annotation):
            yield part
            yield from nested(part)


def test_personal_data_stand_at_the_top_of_a_fact_and_name_whose_they_are():
    for fact in (*defined(Event), *defined(Command)):
        for name, of in personal(fact).items():
            assert of in fact.model_fields, f"{said(fact)}.{name}"
        assert [said(p) for p in nested(fact) if personal(p)] == [], said(fact)


def test_personal_data_stand_in_no_tag():
    for event in defined(Event):
        assert not set(personal(event)) & set(event.TAGS), said(event)
        assert set(event.TAGS) <= set(event.model_fields), said(event)


def test_events_hold_no_free_form_dictionary():
    for event in defined(Event):
        for name, field in event.model_fields.items():
            assert field.annotation not in (dict, Any), f"{said(event)}.{name}"
            assert "Any]" not in str(field.annotation), f"{said(event)}.{name}"


CHANCE = {"now", "utcnow", "today", "uuid1", "uuid4", "urandom", "read_text"}
WORLD = {"time", "random", "secrets", "os", "pathlib", "socket", "asyncio", "logging", "subprocess", "threading"}


def worldly(node: ast.AST) -> Iterator[str]:
    """What a node asks of the clock, of chance or of the machine."""
    match node:
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in CHANCE:
            yield attr
        case ast.Call(func=ast.Name(id=name)) if name in {"open", "print", "input", "exec", "eval"}:
            yield name
        case ast.Import(names=names):
            yield from (a.name for a in names if a.name.split(".")[0] in WORLD)
        case ast.ImportFrom(module=str(module)) if module.split(".")[0] in WORLD:
            yield module


def test_the_domain_has_no_clock_no_chance_and_no_world():
    asked = {f"{path.name}: {what}" for path in files("domain") for n in ast.walk(tree(path)) for what in worldly(n)}
    assert sorted(asked) == []


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without those of the functions inside it."""

    def lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        return (node.end_lineno or 0) - node.lineno + 1

    inner = [n for n in ast.walk(function) if isinstance(n, FUNCTIONS) and n is not function]
    return lines(function) - sum(lines(n) for n in inner)


def test_files_and_functions_fit_their_size():
    wrong = []
    for path in files(*LAYERS):
        lines = path.read_text(encoding="utf-8").count("\n")
        wrong += [f"{shown(path, lines)} is too long"] if lines > 400 else []
        for node in ast.walk(tree(path)):
            if isinstance(node, FUNCTIONS) and length(node) > 40:
                wrong.append(f"{shown(path, node.lineno)} {node.name} is {length(node)} lines")
    assert wrong == []


def test_names_are_nouns_of_the_college():
    shunned = re.compile(r"(Manager|Service|Handler|Helper|Utils?|Base|DTO|Data|Info|Processor)$")
    wrong = [
        f"{shown(path, node.lineno)} {node.name}"
        for path in files(*LAYERS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and shunned.search(node.name)
    ]
    assert wrong == []


def test_an_exception_to_a_rule_has_a_code_and_a_reason():
    wrong = []
    for path in files(*LAYERS, "tests"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if path.name == "test_house.py":
                continue
            if "# noqa" in line and not re.search(r"# noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*\s+\S+", line):
                wrong.append(shown(path, number))
            if "type: ignore" in line and not re.search(r"# type: ignore\[[a-z-]+(, ?[a-z-]+)*\]\s+# \S+", line):
                wrong.append(shown(path, number))
            if re.match(r"\s*#\s*[-=#*~]{3,}", line):
                wrong.append(f"{shown(path, number)} banner")
    assert wrong == []
