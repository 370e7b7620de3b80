"""Uploads: POST /api/imports/<command> with a CSV or XLSX file, as a form's file or as the body itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.audit import Refused
from api.commands import command_id_of
from api.imports.commands import REFUSALS_TOLD, import_table
from api.imports.tables import FILE_BYTES, TableRefused
from api.imports.words import TABLE, words
from api.problems import answer
from domain import Command, Rejected

if TYPE_CHECKING:
    from api.office import Office

ENVELOPE_BYTES: Final = 64 << 10  # what a form may add around its file
KINDS: Final = {
    "text/csv": "upload.csv",
    "text/tab-separated-values": "upload.tsv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "upload.xlsx",
}
FORM: Final = "multipart/form-data"
SCHEMA: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS},
        },
    },
    "responses": {
        str(status): {"description": text}
        for status, text in (
            (404, "command_unknown"),
            (413, "body_too_large"),
            (415, "upload_type_wrong"),
            (422, "import_refused"),
        )
    },
}


class UploadRefused(Exception):
    """The upload is not one file of at most 10 MiB."""

    def __init__(self, status: int, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.facts = status, code, facts


async def body_of(request: Request, most: int) -> bytes:
    """The body, read no further than it may be long."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise UploadRefused(413, "body_too_large", limit=FILE_BYTES)
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > most:
            raise UploadRefused(413, "body_too_large", limit=FILE_BYTES)
    return bytes(parts)


async def file_of(request: Request) -> tuple[str, bytes]:
    """(name, content) of the one file."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in KINDS:
        return KINDS[kind], await body_of(request, FILE_BYTES)
    if kind != FORM:
        raise UploadRefused(415, "upload_type_wrong")
    body = await body_of(request, FILE_BYTES + ENVELOPE_BYTES)

    async def again() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, again(), max_files=1, max_fields=10).parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise UploadRefused(422, "import_refused", reason="form_broken") from None
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise UploadRefused(422, "import_refused", reason="file_missing")
        content = await file.read()
        if len(content) > FILE_BYTES:
            raise UploadRefused(413, "body_too_large", limit=FILE_BYTES)
        return file.filename or "upload", content
    finally:
        await form.close()


def routes(office: Office) -> APIRouter:
    """The one route that takes a table for any command."""
    router = APIRouter(tags=["imports"])
    phrases = words()

    def refused(request: Request, status: int, code: str, facts: dict[str, Any]) -> Response:
        if reason := TABLE.get(str(facts.get("reason"))):
            facts = {**facts, "reason_zh": reason[0], "reason_en": reason[1]}
        return answer(phrases, request.scope, status, code, facts)

    @router.post("/api/imports/{command}", openapi_extra=SCHEMA, summary="导入 Import a table of commands")
    async def upload(request: Request, command: str, dry_run: bool = False) -> Response:
        """One command for every row; refusals come back row by row, and the same file again records nothing new."""
        if command not in Command.by_name:
            return refused(request, 404, "command_unknown", {})
        person_id, noted = request.scope["state"]["person_id"], 0

        def note(key: str, no: Rejected) -> None:
            """For the auditors, as any refused command; of one file no more than are told."""
            nonlocal noted
            noted += 1
            if noted <= REFUSALS_TOLD:
                told = Refused(person_id, command, command_id_of(person_id, key), no.code, no.facts)
                office.refusals.note(told)

        try:
            file = await file_of(request)
            report = await import_table(office.campus.desk, command, file, person_id, dry_run=dry_run, noted=note)
        except UploadRefused as no:
            return refused(request, no.status, no.code, no.facts)
        except TableRefused as no:
            status = 413 if no.code == "table_too_big" else 422
            return refused(request, status, "import_refused", {"reason": no.code, **no.facts})
        return JSONResponse(asdict(report))

    return router
