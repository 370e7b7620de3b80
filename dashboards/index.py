"""The index 入口页: addresses of the board answered with a painted page, its scripts, and the switch of language."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Final

from dash import Dash
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dashboards.parts.event_drawer import event_drawer
from dashboards.parts.markup import INDEX, as_html
from dashboards.parts.shell import head
from dashboards.parts.statics import mark, squeezed_bytes
from dashboards.parts.visit import PREFIX, Campus, visit
from dashboards.parts.words import Language
from dashboards.routes import PARTS, PATTERNS, part, routed, viewer_here

STYLES: Final = (
    "tokens.css",
    "icons.css",
    "board.css",
    "parts.css",
    "affairs.css",
    "ledgers.css",
    "replay.css",
    "why.css",
    "compare.css",
    "what_if.css",
)
OWN_SCRIPTS: Final = (
    "board.js",
    "mend.js",
    "drawer.js",
    "freshness.js",
    "chart.js",
    "texts.js",
    "compare.js",
    "replay.js",
)
UNUSED: Final = ("polyfill", "dash_table")
YEAR: Final = 365 * 86_400


def language_of(request: Request) -> Language:
    """Chinese unless the person chose English."""
    return "en" if request.cookies.get("language") == "en" else "zh"


class Index:
    """Answers the addresses of the board before Dash does; `board` is set once Dash stands."""

    def __init__(self, campus: Callable[[], Campus], assets: Path) -> None:
        self._campus, self._assets = campus, assets
        self._suites: dict[str, bytes] = {}
        self.board: Dash | None = None

    def attach(self, app: FastAPI) -> None:
        """Register the addresses; must come before Dash registers its own."""

        def get(path: str, answer: Callable[..., Awaitable[Response]]) -> None:
            app.add_api_route(path, answer, methods=["GET"], include_in_schema=False)

        get(PREFIX.rstrip("/"), self.without_slash)
        get(f"{PREFIX}language/{{language}}", self.language)
        get(f"{PREFIX}_dash-component-suites/{{package}}/{{path:path}}", self.suite)
        get(PREFIX, self.page)
        for pattern, _ in PARTS:
            get(PREFIX + pattern, self.part)
        for pattern, _ in PATTERNS:
            if pattern:
                get(PREFIX + pattern, self.page)

    async def without_slash(self, request: Request) -> Response:
        return RedirectResponse(PREFIX, status_code=308)

    async def language(self, request: Request, language: str, back: str = PREFIX) -> Response:
        """Remember the language and go back to where the person was."""
        safe = back if re.match(r"^/dash/[^\\\s]*$", back) else PREFIX
        answer = RedirectResponse(safe, status_code=303)
        chosen = "en" if language == "en" else "zh"
        answer.set_cookie(
            "language", chosen, max_age=YEAR, path="/", samesite="lax", secure=request.url.scheme == "https"
        )
        return answer

    async def suite(self, request: Request, package: str, path: str) -> Response:
        """A script of Dash's own, compressed once and kept by browsers."""
        assert self.board
        if "gzip" not in request.headers.get("accept-encoding", ""):
            plain: Response = self.board.backend.serve_component_suites(self.board, package, path, request)
            return plain
        if (name := f"{package}/{path}") not in self._suites:
            body = self.board.backend.serve_component_suites(self.board, package, path, request).body
            self._suites[name] = await squeezed_bytes(body)
        kept = {
            "cache-control": f"public, max-age={YEAR}, immutable",
            "content-encoding": "gzip",
            "vary": "accept-encoding",
        }
        return Response(self._suites[name], headers=kept, media_type="text/javascript")

    async def page(self, request: Request) -> Response:
        """A page, painted."""
        language = language_of(request)
        path = request.url.path.removeprefix(PREFIX)
        search = request.url.query
        campus = self._campus()
        frame = await routed(campus, path, search, language)
        here = await visit(campus, viewer_here(), language, path, search)
        theme = request.cookies.get("theme")
        painted = INDEX.format(
            lang="en" if language == "en" else "zh-CN",
            theme=f' data-theme="{theme}"' if theme in ("dark", "light") else "",
            title=escape(frame.to_plotly_json()["props"]["data-title"]),
            icon=self.asset("icon.svg"),
            css="".join(f'<link rel="stylesheet" href="{self.asset(name)}">' for name in STYLES),
            head=as_html(head(here)),
            view=as_html(frame),
            drawer=as_html(event_drawer(here.words)),
            config=self.config,
            scripts=self.scripts,
        )
        return HTMLResponse(painted, headers={"cache-control": "no-store", "vary": "cookie"})

    async def part(self, request: Request) -> Response:
        """A piece of a page, painted."""
        path = request.url.path.removeprefix(PREFIX)
        found = await part(self._campus(), path, request.url.query, language_of(request))
        headers = {"cache-control": "no-store", "vary": "cookie"}
        return HTMLResponse(as_html(found), 404 if found is None else 200, headers)

    def asset(self, name: str) -> str:
        """The address of one of our files, named by its content."""
        return f"{PREFIX}assets/{name}?m={mark(self._assets / name)}"

    @property
    def config(self) -> str:
        assert self.board
        told: str = self.board._generate_config_html()
        return told

    @cached_property
    def scripts(self) -> str:
        """Ours at once; React and Dash are named for board.js to run after the painted page has been shown.

        What the board does not use is left out: tables of Dash, polyfills of browsers before 2020.
        """
        assert self.board
        found = re.findall(r'<script src="([^"]+)"></script>', self.board._generate_scripts_html())
        dash = [address for address in found if not any(name in address for name in UNUSED)]
        later = [*dash, self.asset("start.js")]
        told = [f'<meta name="plotly" content="{self.asset("vendor/plotly-basic.min.js")}">']
        told += [f'<script defer src="{self.asset(name)}"></script>' for name in OWN_SCRIPTS]
        told += [f'<link rel="preload" as="script" fetchpriority="low" href="{src}" data-later>' for src in later]
        return "\n".join(told)
