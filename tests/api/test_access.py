"""Who may do what over HTTP: every role against every command, and every field within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic.json_schema import models_json_schema

from domain import Command, areas
from domain.access import ROLES, SYSTEM
from tests.api.conftest import DEPARTMENT, Staffing
from tests.api.samples import body_of

import domain  # isort: skip

list(areas(domain))
TABLE = Path(__file__).with_name("access.csv")
COMMANDS = sorted(Command.by_name.items())


@pytest.mark.parametrize("role", [*ROLES, None])
async def test_a_role_may_what_its_commands_say_and_nothing_else(
    staff: Staffing, send: Any, campus: Any, role: str | None
):
    """403 role_lacking exactly where the command does not name the role; never an error; nothing recorded."""
    headers = await staff.token("somebody", role, DEPARTMENT if role else None)
    head, _ = await campus.log.head()
    wrong = []
    for name, kind in COMMANDS:
        answer = await send(headers, name, body_of(kind), key=name, dry_run="true")
        lacking = answer.status_code == 403 and answer.json()["code"] == "role_lacking"
        if lacking == (role in kind.may) or answer.status_code >= 500 or answer.status_code == 422:
            wrong.append((name, answer.status_code, answer.json().get("code")))
    assert wrong == []
    assert (await campus.log.head())[0] == head


def test_no_command_can_be_given_to_a_role_nobody_holds():
    """Every command names a role, and only roles that exist."""
    for name, kind in COMMANDS:
        assert kind.may, name
        assert set(kind.may) <= {*ROLES, *SYSTEM}, name


def unbounded(schema: Any, path: str = "") -> Iterator[str]:
    """Where a schema admits any number or any text."""
    if isinstance(schema, dict):
        if schema.get("type") == "integer" and not {"maximum", "exclusiveMaximum"} & schema.keys():
            yield path
        limits = {"maxLength", "pattern", "format", "enum", "const"}
        if schema.get("type") == "string" and not limits & schema.keys():
            yield path
        for key, value in schema.items():
            yield from unbounded(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for number, value in enumerate(schema):
            yield from unbounded(value, f"{path}/{number}")


def test_every_field_of_every_command_has_bounds():
    """2^63 or a megabyte of text never reaches a decision."""
    _, schemas = models_json_schema([(kind, "validation") for _, kind in COMMANDS])
    assert list(unbounded(schemas["$defs"])) == []


def test_who_may_do_what_was_read_by_a_person():
    """The whole matrix as a table: a change of it shows as a change of this file, to be read before it is kept.

    Written anew by `python -m tests.api.test_access`.
    """
    assert TABLE.read_text(encoding="utf-8") == table()


def table() -> str:
    """One line a command: the scope in which each role may (s the college, d a department, c a class, o oneself)."""
    lines = [",".join(["command", *ROLES, *SYSTEM])]
    for name, kind in COMMANDS:
        scopes = {role: (scope.__doc__ or "").partition(":")[0] for role, scope in kind.may.items()}
        lines.append(",".join([name, *(scopes.get(role, "") for role in (*ROLES, *SYSTEM))]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
