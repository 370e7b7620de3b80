"""campus token, account, access: who may do what, and how they get in."""

from __future__ import annotations

import secrets
from datetime import timedelta
from itertools import zip_longest
from typing import Annotated, Any

import typer

from domain import Command, Unknown, derived
from domain.access import IMPORT, ROLES, SYSTEM
from infra.campus import Campus
from infra.cli.common import Json, campus, load_areas, run, say
from infra.readings import SYSTEM as EVERYTHING


def matrix() -> list[dict[str, Any]]:
    """One row per command: its titles and, per role, the letter of the scope in which it may."""
    load_areas()
    rows = []
    for name, command in sorted(Command.by_name.items()):
        zh, en = command.titles()
        may = {role: (scope.__doc__ or "").partition(":")[0] or "s" for role, scope in command.may.items()}
        rows.append({"command": name, "zh": zh, "en": en, "may": may})
    return rows


def drawn(rows: list[dict[str, Any]]) -> str:
    """The matrix as text: s the college, d own department, c own class or session, o oneself."""
    roles = [*ROLES, *SYSTEM]
    words = zip_longest(*(role.split("_") for role in roles), fillvalue="")
    lines = [f"{'':36}" + " ".join(f"{word:>9}" for word in line).rstrip() for line in words]
    for row in rows:
        cells = " ".join(f"{row['may'].get(role, '·'):>9}" for role in roles)
        lines.append(f"{row['command']:36}" + cells)
    return "\n".join(lines)


async def holder(ready: Campus, role: str, department: str | None) -> dict[str, Any]:
    """Somebody who holds the role now, always the same one; raises role_not_held."""
    where: dict[str, Any] = {"role": role} | ({"department_id": department} if department else {})
    today = ready.clock.now().date()
    for row in await ready.readings.rows("role_grant", EVERYTHING, where=where, order=("since",), limit=500):
        if row["valid_from"] <= today <= row["valid_until"]:
            return row
    raise Unknown("role_not_held", role=role)


async def appoint(ready: Campus, login: str, role: str, department: str | None) -> dict[str, Any]:
    """Register a person of the staff, grant the role for a year, open an account; returns the first password."""
    from api.login import Accounts
    from domain.identity import GrantRole, OpenAccount

    person_id = derived("person", "account", login)
    today = ready.clock.now().date()
    how: dict[str, Any] = {"person_id": SYSTEM[IMPORT].person_id, "source": IMPORT}
    grant = GrantRole(
        grant_id=derived("grant", login, role, today),
        person_id=person_id,
        role=role,
        department_id=department,
        valid_from=today,
        valid_until=today + timedelta(days=365),
    )
    await ready.desk.submit(grant, key=f"appoint/{login}/{role}/{today}", **how)
    await ready.desk.submit(OpenAccount(person_id=person_id, login=login), key=f"account/{login}", **how)
    password = secrets.token_urlsafe(12)
    await Accounts(ready).set_password(person_id, login, password, must_change=True)
    return {"person_id": person_id, "login": login, "role": role, "password": password}


def add_to(app: typer.Typer) -> None:
    """Add this part's commands."""

    @app.command()
    def access(as_json: Json = False) -> None:
        """The role × command matrix, gathered from the commands themselves."""
        rows = matrix()
        say(rows, as_json, lambda: drawn(rows))

    @app.command()
    def token(
        role: Annotated[str, typer.Option(help="a role name, as in: campus access")],
        person: Annotated[str | None, typer.Option(help="person:… ; default: somebody who holds the role")] = None,
        department: Annotated[str | None, typer.Option(help="department:…")] = None,
        days: Annotated[float, typer.Option(help="how long it is valid")] = 30,
        as_json: Json = False,
    ) -> None:
        """Issue an API token to a holder of a role; it is shown once."""

        from api.door import Door

        async def work() -> None:
            async with campus() as ready:
                if role not in ROLES:
                    raise Unknown("role_unknown", role=role)
                who = {"person_id": person, "department_id": department}
                if person is None:
                    who = await holder(ready, role, department)
                door = Door(ready.pool, ready.institution, ready.desk)
                minted = await door.mint(str(who["person_id"]), timedelta(days=days))
                answer = {k: who[k] for k in ("person_id", "department_id")} | {"token": minted, "role": role}
                say(answer, as_json, minted)

        run(work)

    @app.command()
    def appoint_(
        login: Annotated[str, typer.Argument(help="the name to log in with")],
        role: Annotated[str, typer.Option(help="a role name, as in: campus access")],
        department: Annotated[str | None, typer.Option(help="department:…; none: the whole college")] = None,
        as_json: Json = False,
    ) -> None:
        """Grant a role for a year and open a local account; the first password is shown once."""

        async def work() -> None:
            async with campus(create=True) as ready:
                made = await appoint(ready, login, role, department)
                say(made, as_json, f"{made['login']}  {made['password']}  ({made['person_id']}, {role})")

        run(work)

    app.registered_commands[-1].name = "appoint"
