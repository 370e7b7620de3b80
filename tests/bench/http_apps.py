"""What the HTTP bench serves beside the product: a bare FastAPI route that does one committed INSERT."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from fastapi import FastAPI
from psycopg.types.json import Json
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

CONNECTIONS = 8
TABLE = "create table if not exists public.bare_roll (id uuid primary key, body json not null)"


class Roll(BaseModel):
    """The same body as a roll call's."""

    session_id: str
    teaching_class_id: str
    marks: dict[str, str]
    periods_taught: int


def bare() -> FastAPI:
    """One typed route, one pooled connection a request, one INSERT, one commit."""
    pool = AsyncConnectionPool(
        os.environ["BENCH_DSN"], min_size=CONNECTIONS, max_size=CONNECTIONS, open=False, kwargs={"autocommit": True}
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with pool:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/roll", status_code=201)
    async def take(roll: Roll) -> dict[str, str]:
        made = uuid4()
        async with pool.connection() as db:
            await db.execute("insert into public.bare_roll (id, body) values (%s, %s)", (made, Json(roll.model_dump())))
        return {"id": str(made)}

    return app
