"""The API of a fresh college, asked without a network: people with tokens, and the college opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from api import CampusApp, create_app
from domain import derived
from domain.access import IMPORT, SYSTEM
from domain.identity import GrantRole
from domain.organisation import RegisterDepartment, RegisterStaff
from infra.campus import Campus
from infra.cli.common import load_areas
from infra.projector import Projector
from infra.settings import Settings

DEPARTMENT = "department:software"
OTHER = "department:nursing"
Project = Callable[[], Awaitable[int]]


@pytest.fixture
async def app(campus: Campus) -> AsyncIterator[CampusApp]:
    """The application, started on the college."""

    @asynccontextmanager
    async def there() -> AsyncIterator[Campus]:
        yield campus

    made = create_app(there, Settings(commands_per_second=100_000))
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: CampusApp) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody nobody knows."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://campus.test") as anonymous:
        yield anonymous


def person(login: str) -> str:
    return derived("person", "account", login)


class Staffing:
    """Registers people and hands out tokens."""

    def __init__(self, app: CampusApp, campus: Campus) -> None:
        self._app, self._campus = app, campus

    async def submit(self, command: Any, key: str) -> Any:
        return await self._campus.desk.submit(command, key=key, person_id=SYSTEM[IMPORT].person_id, source=IMPORT)

    async def departments(self) -> None:
        for number, department in enumerate((DEPARTMENT, OTHER)):
            made = RegisterDepartment(
                department_id=department, code=f"0{number}", name="软件系", name_en="Software", kind="academic"
            )
            await self.submit(made, department)

    async def appoint(self, login: str, role: str | None, department: str | None = None) -> str:
        """Register somebody with a role; returns the person's id."""
        who = person(login)
        home = department or DEPARTMENT
        await self.submit(
            RegisterStaff(
                person_id=who,
                staff_number=f"S{login}",
                name="张老师",
                department_id=home,
                kind="staff",
                from_day=date(2026, 9, 1),
            ),
            f"staff/{login}",
        )
        if role:
            today = date(2026, 9, 7)
            await self.submit(
                GrantRole(
                    grant_id=derived("grant", login, role),
                    person_id=who,
                    role=role,
                    department_id=department,
                    valid_from=today - timedelta(days=7),
                    valid_until=today + timedelta(days=300),
                ),
                f"grant/{login}/{role}",
            )
        return who

    async def token(self, login: str, role: str | None = None, department: str | None = None) -> dict[str, str]:
        """Headers of somebody with that role."""
        who = await self.appoint(login, role, department)
        token = await self._app.office.door.mint(who, timedelta(days=1))
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
async def staff(app: CampusApp, campus: Campus) -> Staffing:
    """People to appoint, in two departments."""
    people = Staffing(app, campus)
    await people.departments()
    return people


@pytest.fixture
def send(client: httpx.AsyncClient) -> Callable[..., Any]:
    """Hand in a command: send(headers, name, body, key=…)."""

    async def sent(headers: dict[str, str], name: str, body: Any, key: str = "k1", **query: str) -> httpx.Response:
        more = {"Idempotency-Key": key, **headers}
        return await client.post(f"/api/commands/{name}", json=body, headers=more, params=query)

    return sent


@pytest.fixture
def project(campus: Campus) -> Project:
    """Bring the read models up to the head."""
    projector = Projector(campus.institution, load_areas().tables)

    async def abreast() -> int:
        await projector.prepare()
        return await projector.catch_up()

    return abreast
