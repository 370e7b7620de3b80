"""The API of Campus Ledger: commands in, figures, events and receipts out, and the gate before all of it.

`create_app` gives one FastAPI application; the dashboards attach to it and are guarded by the same gate, which
is the outermost layer whatever is added later.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

import projections
from api import (
    access,
    cases,
    differences,
    events,
    explain,
    feed,
    health,
    imports,
    login,
    pages,
    proofs,
    queries,
    texts,
    what_if,
)
from api.commands import CommandWindow, Counter
from api.gate import ContentPolicy, Gate, Pace
from api.office import Office, OpenCampus
from api.openapi import described
from api.problems import Problem, answer, phrasebook, status_of
from domain import Rejected, areas
from infra.log import LogUnavailable
from infra.settings import Settings

log = logging.getLogger(__name__)
TOLD: tuple[type[Exception], ...] = (
    Problem,
    Rejected,
    RequestValidationError,
    HTTPException,
    LogUnavailable,
    OperationalError,
    PoolTimeout,
    Exception,
)
STATUS_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


class CampusApp(FastAPI):
    """The application, with the gate outside of everything and the commands in its description."""

    office: Office
    content: ContentPolicy

    def build_middleware_stack(self) -> ASGIApp:
        settings = self.office.settings
        office = self.office
        return Gate(
            CommandWindow(Counter(office), office.words, super().build_middleware_stack()),
            office,
            self.content,
            Pace(settings.commands_per_second),
            settings.secure_cookies,
            login.cookie_name(settings.secure_cookies),
        )

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            self.openapi_schema = described(super().openapi())
        return self.openapi_schema


def create_app(open_campus: OpenCampus, settings: Settings | None = None) -> CampusApp:
    """The application; `open_campus` is entered when it starts and left when it stops.  Raises MissingWords."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with office.opened(open_campus) as campus:
            app.state.campus = campus
            yield

    for _ in areas(projections):
        pass  # figures are known once their areas are loaded
    office = Office(settings or Settings(), phrasebook())
    app = CampusApp(
        title="校园事簿 Campus Ledger",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.office, app.content = office, ContentPolicy()
    app.state.office = office
    for routes in (
        login,
        queries,
        explain,
        differences,
        what_if,
        texts,
        events,
        proofs,
        cases,
        access,
        feed,
        health,
        pages,
        imports,
    ):
        app.include_router(routes.routes(office))
    _refuse_in_problems(app, office)
    return app


def _refuse_in_problems(app: CampusApp, office: Office) -> None:
    """Whatever goes wrong in a route is told as a problem, without a stack."""

    async def refused(request: Request, error: Exception) -> Response:
        status, code, facts, headers = 500, "internal_error", {}, {}
        match error:
            case Problem():
                status, code, facts, headers = error.status, error.code, error.facts, error.headers
            case Rejected():
                status, code, facts = status_of(error), error.code, error.facts
            case RequestValidationError():
                fields = [
                    {"pointer": "/" + "/".join(map(str, e["loc"][1:])), "error": e["type"]} for e in error.errors()
                ]
                status, code, facts = 422, "query_invalid", {"fields": fields[:20]}
            case HTTPException():
                status, headers = error.status_code, dict(error.headers or {})
                code = STATUS_CODES.get(status, "not_found")
            case LogUnavailable() | OperationalError() | PoolTimeout():
                status, code = 503, "log_unavailable"
                log.warning("%s while answering", type(error).__name__)
            case _:
                log.error("request %s failed", request.scope.get("state", {}).get("request_id"), exc_info=error)
        return answer(office.words, request.scope, status, code, facts, headers)

    for kind in TOLD:
        app.add_exception_handler(kind, refused)
