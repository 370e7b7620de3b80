"""Routes 路由: which page an address means."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

from dash import html
from dash.development.base_component import Component

from dashboards import (
    cockpit,
    compare,
    conduct,
    counselors,
    departments,
    duties,
    figures,
    grades,
    notices,
    operations,
    replay,
    sessions,
    tasks,
    what_if,
)
from dashboards.compare import overview
from dashboards.counselors import logs
from dashboards.parts.panel import failure
from dashboards.parts.shell import frame
from dashboards.parts.visit import Campus, Visit, visit
from dashboards.parts.words import Language
from dashboards.replay import story
from dashboards.tasks import thread
from domain import Unknown
from infra.readings import Viewer
from infra.viewer import current_viewer

log = logging.getLogger(__name__)
Page = Callable[..., Awaitable[Component]]

PATTERNS: Final[tuple[tuple[str, Page], ...]] = (
    ("", cockpit.page),
    ("departments", departments.page),
    ("grades", grades.page),
    ("conduct", conduct.page),
    ("counselors", counselors.page),
    ("counselors/logs/{log_id}", logs.page),
    ("tasks", tasks.page),
    ("tasks/{task_id}", thread.page),
    ("notices", notices.page),
    ("figures", figures.listed),
    ("figures/{key}", figures.page),
    ("compare", compare.page),
    ("what-if", what_if.page),
    ("sessions/{session_id}", sessions.page),
    ("duties", duties.page),
    ("operations", operations.page),
    ("replay", replay.page),
    ("replay/{position}", story.page),
)
# Pieces of pages that are read when they are shown.
PARTS: Final[tuple[tuple[str, Page], ...]] = (
    ("parts/compare/{key}", overview.row),
    ("parts/what-if", what_if.result),
)


def compiled(pages: tuple[tuple[str, Page], ...]) -> list[tuple[re.Pattern[str], Page]]:
    """The patterns as what matches an address."""
    return [(re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", p) + "/?$"), page) for p, page in pages]


COMPILED: Final = compiled(PATTERNS)
COMPILED_PARTS: Final = compiled(PARTS)


class NobodyHere(Exception):
    """A page was asked for past the gate."""


def viewer_here() -> Viewer:
    """Who looks, as the gate set it; raises NobodyHere."""
    viewer = current_viewer.get()
    if viewer is None:
        raise NobodyHere
    return viewer


async def routed(campus: Campus, path: str, search: str, language: Language) -> Component:
    """The page of an address; one that cannot be read says so instead, under a number that is in the error log."""
    here = await visit(campus, viewer_here(), language, path.strip("/"), search)
    for pattern, page in COMPILED:
        if found := pattern.match(here.path):
            try:
                return await page(here, **found.groupdict())
            except Unknown as no:
                return unknown(here, no.code)
            except Exception:
                number = uuid4().hex[:12]
                log.exception("page %s failed, number %s", here.path, number)
                return failed(here, number)
    return unknown(here, "page_unknown")


async def part(campus: Campus, path: str, search: str, language: Language) -> Component | None:
    """A piece of a page; None where there is none of that name."""
    here = await visit(campus, viewer_here(), language, path.strip("/"), search)
    for pattern, piece in COMPILED_PARTS:
        if found := pattern.match(here.path):
            try:
                return await piece(here, **found.groupdict())
            except Unknown:
                return None
    return None


def unknown(here: Visit, code: str) -> Component:
    """There is nothing at this address for this viewer."""
    words = here.words
    body = html.Div(
        [html.Strong(words("not_here")), html.P(words("not_here_hint")), html.P(html.Code(code))],
        className="failure",
    )
    return frame(here, words("not_here"), "", body)


def failed(here: Visit, number: str) -> Component:
    words = here.words
    return frame(here, words("failed"), "", failure(number, here.address(), words))
