"""Health and status 状态: whether the process lives, whether it can serve, and how far everything has come."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.office import Office
from api.openapi import answers, documents
from api.queries import json_response
from infra.readings import Integrity


def proven(integrity: Integrity) -> dict[str, Any]:
    """What the newest nightly proof says: "proven", "overdue", "differs" or "never"; when, and up to which event."""
    night = integrity.nights[0] if integrity.nights else None
    return {
        "state": integrity.state(datetime.now(UTC)),
        "proven_at": night and night.began_at,
        "position": night and night.position,
    }


async def status_of_institution(office: Office) -> dict[str, Any]:
    """Institution, head, events, erasures not carried out yet, and every table with its position and lag."""
    campus, institution = office.campus, office.campus.institution
    status, integrity = await campus.readings.status(), await office.integrity()
    findings = integrity.nights[0].findings if integrity.nights else ()
    return {
        "institution": {
            "key": institution.key,
            "name_zh": institution.name_zh,
            "name_en": institution.name_en,
            "zone": institution.zone,
        },
        "clock": {"now": campus.clock.now(), "kind": "offset" if campus.clock.offset else "real"},
        "head": status.head,
        "events": status.events,
        "position": status.position,
        "lag_events": status.lag_events,
        "lag_seconds": status.lag_seconds,
        "recorded_at": status.recorded_at,
        "integrity": proven(integrity) | {"findings": [asdict(one) for one in findings]},
        "seal": {
            "size": integrity.sealed,
            "lag_events": max(integrity.head - integrity.sealed, 0),
            "sealed_at": integrity.sealed_at,
        },
        "forgetting": {"waiting": len(await campus.to_forget())},
        "tables": [
            {
                "name": t.name,
                "position": t.position,
                "lag_events": t.lag_events,
                "lag_seconds": t.lag_seconds,
                "state": t.state,
                "failed_at": t.failed_at,
                "progress": t.progress,
            }
            for t in status.tables
        ],
    }


def routes(office: Office) -> APIRouter:
    """GET /api/status, /health/live and /health/ready."""
    router = APIRouter(tags=["status 状态"])

    @router.get("/health/live", responses=documents())
    async def live() -> Response:
        """存活.  The process answers."""
        return json_response({"live": True})

    @router.get("/health/ready", responses=documents() | answers())
    async def ready() -> Response:
        """就绪.  The log can be read; 503 otherwise."""
        await office.campus.log.head()
        return json_response({"ready": True})

    @router.get("/api/status", responses=documents() | answers())
    async def status() -> Response:
        """运行状态.  Head position, event count, erasures that wait, and every table with its position and lag."""
        return json_response(await status_of_institution(office))

    return router
