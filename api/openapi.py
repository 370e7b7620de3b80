"""The OpenAPI description: every command's schema is its class's own; every refusal is a problem document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.problems import MEDIA_TYPE
from domain import Command
from domain.access import ROLES

REF: Final = "#/components/schemas/{model}"
MEANINGS: Final[dict[int, str]] = {
    400: "正文无法读取或缺少 Idempotency-Key · Unreadable body, or no key",
    401: "未登录或令牌失效 · Not logged in, or the token is no longer good",
    403: "无此权限 · Not allowed",
    404: "不存在 · No such thing",
    405: "不支持的方法 · Method not allowed",
    409: "与学校规则冲突 · The college's rule said no",
    413: "正文过大 · Body too large",
    415: "正文须为 JSON · The body must be JSON",
    422: "字段不符合要求，或同一键用于不同正文 · Invalid fields, or the key was used with another body",
    429: "过于频繁 · Too many requests",
    500: "系统内部错误，或账本与封存不符 · Something went wrong inside, or the log is not what was sealed",
    503: "暂时不可用，请重试 · Unavailable for now; try again",
}
COMMAND_STATUSES: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)


class ProblemDocument(BaseModel):
    """RFC 9457, with our stable `code`, both wordings and the ids concerned."""

    type: str
    title: str
    title_zh: str
    title_en: str
    status: int
    code: str
    detail: str
    instance: str
    facts: dict[str, Any]


class ReceiptEvent(BaseModel):
    """One recorded event."""

    position: int
    id: UUID
    type: str


class ReceiptDocument(BaseModel):
    """What was recorded; `positions` is empty when it was already so."""

    command_id: UUID
    positions: list[int]
    events: list[ReceiptEvent]
    recorded_at: datetime | None


class TriedEvent(BaseModel):
    """One event that would be recorded."""

    type: str
    data: dict[str, Any]


class DryRunDocument(BaseModel):
    """What would be recorded."""

    dry_run: bool
    events: list[TriedEvent]


class BatchResult(BaseModel):
    """One command's outcome: a receipt or a problem."""

    status: int
    receipt: ReceiptDocument | DryRunDocument | None = None
    problem: ProblemDocument | None = None


class BatchDocument(BaseModel):
    """One result per command, in order."""

    results: list[BatchResult]


OWN_MODELS: Final[tuple[type[BaseModel], ...]] = (ProblemDocument, ReceiptDocument, DryRunDocument, BatchDocument)


def problem_response(status: int) -> dict[str, Any]:
    schema = {"$ref": REF.format(model="ProblemDocument")}
    return {"description": MEANINGS[status], "content": {MEDIA_TYPE: {"schema": schema}}}


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems a route may answer with, beside those of every route."""
    return {status: problem_response(status) for status in sorted({401, 422, 429, 503, *statuses})}


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """The body of a route that reads it itself."""
    schema = model.model_json_schema(ref_template=REF)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _ok(description: str, *models: str) -> dict[str, Any]:
    refs = [{"$ref": REF.format(model=m)} for m in models]
    schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "同一键与同一正文只记录一次 · The same key with the same body is recorded once",
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"},
}
DRY_RUN: Final = {
    "name": "dry_run",
    "in": "query",
    "required": False,
    "description": "只试算，不记录 · Say what would happen, record nothing",
    "schema": {"type": "boolean", "default": False},
}


def _command_path(kind: type[Command[Any]], ref: Mapping[str, Any]) -> dict[str, Any]:
    zh, en = kind.titles()
    roles = "、".join(ROLES[r][0] for r in kind.may if r in ROLES) or "系统"
    may = ", ".join(ROLES[r][1] for r in kind.may if r in ROLES) or "the system"
    responses: dict[str, Any] = {
        "201": _ok("已记录 · Recorded", "ReceiptDocument"),
        "200": _ok("已是如此，或为试算 · Already so, or a dry run", "ReceiptDocument", "DryRunDocument"),
        **{str(status): problem_response(status) for status in COMMAND_STATUSES},
    }
    return {
        "post": {
            "operationId": kind.NAME,
            "tags": [f"commands 操作 · {kind.__module__.split('.')[1]}"],
            "summary": f"{zh} {en}",
            "description": f"{(kind.__doc__ or '').strip()}\n\n可由 {roles} 执行 · For: {may}",
            "parameters": [KEY_PARAMETER, DRY_RUN],
            "requestBody": {"required": True, "content": {"application/json": {"schema": ref}}},
            "responses": responses,
        }
    }


def _batch_path() -> dict[str, Any]:
    item = {
        "type": "object",
        "additionalProperties": False,
        "required": ["command", "key", "body"],
        "properties": {
            "command": {"type": "string", "enum": sorted(Command.by_name)},
            "key": KEY_PARAMETER["schema"],
            "body": {"type": "object"},
        },
    }
    schema = {"type": "array", "minItems": 1, "maxItems": 100, "items": item}
    return {
        "post": {
            "operationId": "batch",
            "tags": ["commands 操作 · batch"],
            "summary": "批量操作 Batch",
            "description": "逐条执行，一条一个结果 · One after another, one result each",
            "parameters": [DRY_RUN],
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {
                "200": _ok("每条一个结果 · One result each", "BatchDocument"),
                **{str(s): problem_response(s) for s in (400, 401, 403, 413, 415, 422, 429, 503)},
            },
        }
    }


def _summary(operation: Mapping[str, Any]) -> str:
    """The Chinese words a route's docstring opens with, and the English name made of its function's."""
    title, stop, _ = operation.get("description", "").partition(".  ")
    named: str = operation["summary"]
    return f"{title} {named}" if stop and not title.isascii() else named


def described(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's description of the queries, with the commands and the models of both put in."""
    kinds = sorted(Command.by_name.items())
    models: list[tuple[type[BaseModel], Any]] = [(kind, "validation") for _, kind in kinds]
    models += [(model, "serialization") for model in OWN_MODELS]
    refs, definitions = models_json_schema(models, ref_template=REF)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(definitions["$defs"])
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    paths = document["paths"]
    for item in paths.values():
        for operation in item.values():
            operation["summary"] = _summary(operation)
    paths["/api/commands"] = _batch_path()
    for name, kind in kinds:
        paths[f"/api/commands/{name}"] = _command_path(kind, refs[(kind, "validation")])
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "cpk_… 令牌 · token"},
    }
    document["security"] = [{"token": []}]
    return document


def documents(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """A JSON object (or one of the media types named) is the answer."""
    content: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
    content |= {media: {"schema": {"type": "string", "format": "binary"}} for media in media_types}
    return {200: {"description": "好 · Here it is", "content": content}}
