"""Logging in 登录: a session in a cookie for people, a token for scripts.  Seed: D01 一次登录."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from api.accounts import LONGEST, Accounts as Accounts
from api.bodies import M, body_of, read_model
from api.office import Office
from api.openapi import answers, takes
from api.problems import Problem

LIMIT: Final = 16 * 1024
TOKEN_LASTS: Final = timedelta(hours=12)
COOKIE: Final = "campus_session"
CSRF_COOKIE: Final = "_csrf_token"

Secret = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


class Credentials(BaseModel):
    """What a person types in.  With `token`, the answer is a bearer token and no cookie is set."""

    model_config = ConfigDict(extra="forbid")
    login: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    password: Secret
    token: bool = False


class PasswordChange(BaseModel):
    """The old password and the new one."""

    model_config = ConfigDict(extra="forbid")
    old: Secret
    new: Secret


async def _read(kind: type[M], request: Request) -> M:
    return read_model(kind, await body_of(request.scope, request.receive, LIMIT))


def cookies(response: Response, secret: str, csrf: str, secure: bool, lasts: int | None = None) -> None:
    """Set (or, with lasts=0, clear) the session cookie and the one that pages read for their requests."""
    response.set_cookie(
        cookie_name(secure), secret, httponly=True, samesite="lax", secure=secure, path="/", max_age=lasts
    )
    response.set_cookie(CSRF_COOKIE, csrf, httponly=False, samesite="lax", secure=secure, path="/", max_age=lasts)


def cookie_name(secure: bool) -> str:
    """Over https the browser itself guarantees the cookie's origin."""
    return f"__Host-{COOKIE}" if secure else COOKIE


def routes(office: Office) -> APIRouter:
    """POST /api/login, /api/logout and /api/password."""
    secure = office.settings.secure_cookies
    router = APIRouter(tags=["login 登录"])

    @router.post("/api/login", openapi_extra=takes(Credentials), responses=answers(400, 401, 403, 413, 415))
    async def log_in(request: Request) -> Response:
        """登录.  Begins a session, or with `token` gives a bearer token that lasts twelve hours."""
        said = await _read(Credentials, request)
        address = request.client.host if request.client else ""
        person_id, must_change = await office.accounts.check(said.login, said.password, address)
        told: dict[str, Any] = {"person_id": person_id, "must_change_password": must_change}
        if said.token:
            if must_change:
                raise Problem("password_initial")
            told["token"] = await office.door.mint(person_id, TOKEN_LASTS)
            told["expires_in"] = int(TOKEN_LASTS.total_seconds())
            office.logins.note(person_id)
            return Response(orjson.dumps(told), media_type="application/json")
        if before := request.cookies.get(cookie_name(secure)):
            await office.door.close(before)
        opened = await office.door.open(person_id)
        office.logins.note(person_id)
        response = Response(orjson.dumps(told | {"csrf": opened.csrf}), media_type="application/json")
        cookies(response, opened.secret, opened.csrf, secure)
        return response

    @router.post("/api/logout", status_code=204, responses=answers())
    async def log_out(request: Request) -> Response:
        """退出.  Ends the session, or revokes the token, that the request came with."""
        response = Response(status_code=204)
        authorization = request.headers.get("authorization", "")
        if authorization[:7].lower() == "bearer ":
            await office.door.revoke(authorization[7:].strip())
        elif secret := request.cookies.get(cookie_name(secure)):
            await office.door.close(secret)
            cookies(response, "", "", secure, 0)
        return response

    @router.post(
        "/api/password", status_code=204, openapi_extra=takes(PasswordChange), responses=answers(400, 403, 413, 415)
    )
    async def change_password(request: Request) -> Response:
        """修改密码.  Ends every session and token of the person; the caller logs in again."""
        said = await _read(PasswordChange, request)
        person_id = request.scope["state"]["person_id"]
        await office.accounts.change(person_id, said.old, said.new)
        await office.door.close_all(person_id)
        response = Response(status_code=204)
        cookies(response, "", "", secure, 0)
        return response

    return router
