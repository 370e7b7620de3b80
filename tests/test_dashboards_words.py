"""What the board says: in both languages, each key once, nothing unsaid, every kind of duty by name."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import dashboards.routes
from dashboards.parts.overdue import kind_name
from dashboards.parts.words import TEXTS, Words, say
from dashboards.what_if.asking import choice_name
from domain.policies import Policy

assert dashboards.routes.PATTERNS, "pages bring their texts when they are imported"
BOARD = Path(__file__).parents[1] / "dashboards"
ZONE = ZoneInfo("Asia/Shanghai")
HAN = re.compile(r"[\u4e00-\u9fff]")
PREFIX = re.compile(r"""f["']([a-z_]+_){""")


def test_every_text_is_said_in_both_languages():
    for key, (zh, en) in TEXTS.items():
        assert all((zh, en)), key
        assert sorted(re.findall(r"{\w+}", zh)) == sorted(re.findall(r"{\w+}", en)), key
        assert key == "other_language" or not HAN.search(en), key


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_choice_of_every_policy_has_words(language):
    words = Words(language, ZONE)
    for policy in Policy.by_key.values():
        names = [choice_name(choice, words) for choice in policy.choices]
        assert len(set(names)) == len(names), policy.key
        assert not [name for name in names if re.search(r"[@>_]", name)], policy.key
        assert language == "zh" or not HAN.search("".join(names)), policy.key


def keys_said() -> set[str]:
    """Every constant text of the board's source: a key that is in none of them is said nowhere."""
    said: set[str] = set()
    for file in BOARD.rglob("*.py"):
        tree = ast.parse(file.read_text())
        told = {id(key) for texts in texts_of(tree) for key in texts.keys}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                said.add(node.value)
    return said


def texts_of(tree: ast.AST) -> list[ast.Dict]:
    """The texts a file brings: what it gives to `say`, or the shared TEXTS."""
    brought: list[ast.Dict] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            brought += [part for part in node.args if isinstance(part, ast.Dict)]
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "TEXTS":
            brought += [node.value] if isinstance(node.value, ast.Dict) else []
    return brought


def test_no_text_is_left_that_no_page_says():
    """Keys put together as they are said are known by their beginning, with the braces that follow it."""
    said = keys_said()
    sources = [file.read_text() for file in BOARD.rglob("*.py")]
    composed = tuple({prefix for text in sources for prefix in PREFIX.findall(text)})
    assert {"light_", "axis_", "duty_", "step_", "stage_"} <= set(composed)
    assert [k for k in TEXTS if k not in said and not k.startswith(composed)] == []


def test_no_key_is_said_twice():
    """Neither within one file, where the later would silently win, nor across files."""
    keys = [
        key for file in BOARD.rglob("*.py") for texts in texts_of(ast.parse(file.read_text())) for key in texts.keys
    ]
    spoken = [key.value for key in keys if isinstance(key, ast.Constant)]
    assert len(spoken) == len(keys)
    assert sorted(spoken) == sorted(TEXTS)
    with pytest.raises(TypeError, match="said twice: cockpit"):
        say({"cockpit": ("又一次", "Again")})


def duty_kinds() -> set[str]:
    """Every kind of duty that is opened anywhere in the domain."""
    kinds: set[str] = set()
    for file in (BOARD.parent / "domain").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Duty", "_duty"):
                told = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "kind")]
                kinds |= {str(part.value) for part in told if isinstance(part, ast.Constant)}
    return kinds


def test_every_kind_of_duty_has_a_name():
    kinds = duty_kinds()
    assert {"roll_call", "grade_entry", "weekly_log", "task", "task_acceptance"} <= kinds
    assert {kind for kind in kinds if f"duty_{kind}" not in TEXTS} == set()
    assert kind_name("task", Words("en", ZONE)) == "Task"
    assert kind_name("of_tomorrow", Words("zh", ZONE)) == "of tomorrow"
