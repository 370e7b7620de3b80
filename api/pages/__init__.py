"""The door's own pages 页面: logging in, the reference of the API, and what a problem's code means."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.office import Office
from api.openapi import answers, documents
from api.pages.reference import reference
from api.problems import OWN, Problem
from api.queries import json_response

HERE: Final = Path(__file__).parent
ASSETS: Final = {
    "door.css": "text/css; charset=utf-8",
    "proof.css": "text/css; charset=utf-8",
    "login.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}
HOME: Final = "/dash/"
CACHED: Final = {"Cache-Control": "public, max-age=3600"}


@cache
def _asset(name: str) -> bytes:
    return (HERE / name).read_bytes()


@cache
def _template(name: str) -> Template:
    return Template((HERE / name).read_text(encoding="utf-8"))


def safe_next(wanted: str) -> str:
    """Where to go after logging in: a path of this site's pages, or the dashboards."""
    path = wanted.partition("?")[0]
    ours = path == "/docs" or path.startswith((HOME, "/proofs/"))
    plain = all(" " < c < "\x7f" for c in wanted) and "\\" not in wanted and "//" not in path and ".." not in path
    return wanted if ours and plain else HOME


def html(content: str) -> Response:
    return Response(content, media_type="text/html; charset=utf-8")


def routes(office: Office) -> APIRouter:
    """/login, /docs, /openapi.json, /problems/{code}, / and what these pages load."""
    router = APIRouter(include_in_schema=False)

    @router.get("/login")
    async def login_page(request: Request) -> Response:
        """登录页.  Chinese first, English at a click; goes on to where the person wanted to be."""
        institution = office.campus.institution
        return html(
            _template("login.html").substitute(
                name_zh=escape(institution.name_zh),
                name_en=escape(institution.name_en),
                next=escape(safe_next(request.query_params.get("next", HOME))),
            )
        )

    @router.get("/assets/door/{name}")
    async def asset(name: str) -> Response:
        """The pages' own style and script."""
        if name not in ASSETS:
            raise Problem("not_found")
        return Response(_asset(name), 200, CACHED, ASSETS[name])

    @router.get("/favicon.ico")
    async def favicon() -> Response:
        """The mark."""
        return Response(_asset("mark.svg"), 200, CACHED, ASSETS["mark.svg"])

    @router.get("/robots.txt")
    async def robots() -> Response:
        """Nothing here is for search engines."""
        return Response("User-agent: *\nDisallow: /\n", media_type="text/plain; charset=utf-8")

    @router.get("/")
    async def home() -> Response:
        """The dashboards are the first page."""
        return RedirectResponse(HOME, 307)

    @router.get("/docs")
    async def docs(request: Request) -> Response:
        """接口文档.  Every operation and query, who may, and what it takes."""
        return html(_template("docs.html").substitute(reference(request.app.openapi())))

    @router.get("/openapi.json")
    async def openapi(request: Request) -> Response:
        """The OpenAPI description."""
        return json_response(request.app.openapi())

    described = APIRouter(tags=["status 状态"])

    @described.get("/problems/{code}", responses=documents() | answers(404))
    async def problem(code: str) -> Response:
        """问题代码.  What a code means."""
        if code not in office.words:
            raise Problem("not_found")
        zh, en = office.words[code]
        told = {"code": code, "title_zh": zh, "title_en": en}
        return json_response(told | ({"status": OWN[code][0]} if code in OWN else {}))

    both = APIRouter()
    both.include_router(router)
    both.include_router(described)
    return both
