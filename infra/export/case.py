"""The case file 案卷: chosen events, the proof of each, and a page to read, in one file that anybody can check.

What an event says is proven by its exact stored text, in which personal texts stand sealed; the page shows them as
〔密〕.  Page and manifest say who made the file and why; they are not signed, and nothing rests on them:
`campus-verify` takes each event to the signed checkpoint by its own proof, with a key that was got elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import IO, Any, Final
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import orjson
from psycopg import sql

from domain.access import ROLES
from infra.export.plain import plain
from infra.log import Row
from infra.postgres import Institution, connect
from infra.seal.archive import NothingSealed, told
from infra.seal.proof import Proof, proofs_of, texts
from infra.seal.shelf import Line, Sealed, Shelf
from infra.story.naming import command_titles, event_titles

FORMAT: Final = "campus-case/1"
MOST: Final = 5_000
AT_ONCE: Final = 250
PAGE: Final = Template((Path(__file__).parent / "case.html").read_text(encoding="utf-8"))


class EventUnknown(Exception):
    """No event has this id or position."""


class TooMany(Exception):
    """More events than one file holds."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: events by id or position, and all that carry an id; by whom and why."""

    events: tuple[str, ...]
    about: tuple[str, ...] = ()
    title: str = ""
    why: str = ""
    made_by: str = ""
    sample: dict[str, Any] | None = None

    @property
    def heading(self) -> str:
        return self.title or "案卷 · Case file"


async def positions_of(institution: Institution, line: Line, wanted: Wanted, upto: int, most: int) -> list[int]:
    """Where the wanted events stand, in order.  Raises EventUnknown, TooMany."""
    found = {int(one) for one in wanted.events if one.isdigit()}
    ids = [one for one in wanted.events if not one.isdigit()]
    event, tag, heads = (sql.Identifier(institution.schema, name) for name in ("event", "event_tag", "head"))
    by_id = await line.execute(
        sql.SQL("select e.id::text, e.position from {} e where e.id = any(%s::uuid[])").format(event), [ids]
    )
    [head] = await (await line.execute(sql.SQL("select h.position from {} h").format(heads))).fetchone() or (0,)
    known = {str(one): int(position) async for one, position in by_id}
    if missing := [one for one in ids if one not in known] or [str(n) for n in sorted(found) if not 0 < n <= head]:
        raise EventUnknown(missing[0])
    about = await line.execute(
        sql.SQL(
            "select distinct t.position from {} t where t.tag = any(%s) and t.position <= %s order by 1 limit %s"
        ).format(tag),
        [list(wanted.about), upto, most + 1],
    )
    everything = sorted(found | set(known.values()) | {int(position) async for (position,) in about})
    if not everything:
        raise EventUnknown(" ".join(wanted.about))
    if len(everything) > most:
        raise TooMany(len(everything))
    return everything


def row_of(proof: Proof) -> Row:
    """The event of a proof as the log's port gives it."""
    said = told(proof.event)
    at = datetime.fromisoformat(said["recorded_at"])
    return Row(said["position"], UUID(said["id"]), said["type"], tuple(said["tags"]), said["body"], at)


def line_of(proof: Proof) -> bytes:
    """A proof as a line that campus-verify reads."""
    return orjson.dumps(
        {
            "stored": told(proof.event),
            "leaf": texts([proof.leaf])[0],
            "index": proof.index,
            "path": texts(proof.path),
            "checkpoint": proof.sealed.note,
        }
    )


async def write(
    institution: Institution, key: str, wanted: Wanted, file: Path | IO[bytes], name: str, most: int = MOST
) -> dict[str, Any]:
    """Write a case file; its manifest.  Raises EventUnknown, TooMany, NothingSealed, NotSealedYet, SealBroken.

    `name` is what the file is called on the page.
    """
    shelf = Shelf(institution.schema)
    async with await connect(institution, "reader") as line:
        if (sealed := await shelf.newest(line)) is None:
            raise NothingSealed
        positions = await positions_of(institution, line, wanted, sealed.size, most)
        proofs: list[Proof] = []
        for start in range(0, len(positions), AT_ONCE):
            proofs += await proofs_of(shelf, line, sealed, positions[start : start + AT_ONCE])
    return await asyncio.to_thread(packed, institution, key, wanted, sealed, proofs, file, name)


def packed(
    institution: Institution,
    key: str,
    wanted: Wanted,
    sealed: Sealed,
    proofs: Sequence[Proof],
    file: Path | IO[bytes],
    name: str,
) -> dict[str, Any]:
    """Put it all into one file; the manifest."""
    events = [plain(row_of(proof)) for proof in proofs]
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "title": wanted.heading,
        "why": wanted.why,
        "made_by": wanted.made_by,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "institution": {"key": institution.key, "zh": institution.name_zh, "en": institution.name_en},
        "key": key,
        "asked": {"events": list(wanted.events), "about": list(wanted.about)},
        "checkpoint": {"size": sealed.size, "root": texts([sealed.root])[0]},
        "events": [{"position": e["position"], "id": e["id"], "type": e["type"]} for e in events],
    }
    members = {
        "proofs.ndjson": b"".join(line_of(proof) + b"\n" for proof in proofs),
        "checkpoint.note": sealed.note.encode(),
        "index.html": page(institution, manifest, events, name).encode(),
    }
    if wanted.sample is not None:
        members["sample.json"] = orjson.dumps(wanted.sample, option=orjson.OPT_INDENT_2)
    manifest["sha256"] = {member: sha256(content).hexdigest() for member, content in members.items()}
    members["manifest.json"] = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return manifest


def shown(value: Any) -> Any:
    """Data as people read them: what is personal is 〔密〕."""
    if isinstance(value, dict):
        return "〔密〕" if value.keys() == {"personal"} else {key: shown(one) for key, one in value.items()}
    return [shown(one) for one in value] if isinstance(value, list) else value


def page(institution: Institution, manifest: dict[str, Any], events: Iterable[dict[str, Any]], name: str) -> str:
    """The page to read and to print."""
    zone = ZoneInfo(institution.zone)
    told_of = {
        "title": manifest["title"],
        "name_zh": institution.name_zh,
        "name_en": institution.name_en,
        "why": manifest["why"] or "—",
        "made_by": manifest["made_by"] or "—",
        "made_at": manifest["made_at"],
        "count": str(len(manifest["events"])),
        "about": " ".join(manifest["asked"]["about"]) or "—",
        "size": str(manifest["checkpoint"]["size"]),
        "root": manifest["checkpoint"]["root"],
        "file": name,
    }
    parts = "\n".join(_part(event, zone) for event in events)
    return PAGE.substitute({key: escape(value) for key, value in told_of.items()}, events=parts)


def _part(event: dict[str, Any], zone: ZoneInfo) -> str:
    actor = event.get("actor", {})
    behalf = f" → {actor['on_behalf_of']}" if actor.get("on_behalf_of") else ""
    (zh, en), role = event_titles(event["type"]), ROLES.get(actor.get("role", ""), ("", ""))
    command = event.get("command_name", "")
    facts = {
        "记录时间 <span lang=en>Recorded</span>": event["recorded_at"].astimezone(zone).isoformat(timespec="seconds"),
        "办理 <span lang=en>By</span>": f"{actor.get('person_id', '')}{behalf} {' · '.join(filter(None, role))}",
        "命令 <span lang=en>Command</span>": f"{command_titles(command)[0]} · {command} · {event.get('source', '')}",
        "编号 <span lang=en>Id</span>": f"{event['id']} · {event['type']}",
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(told_as)}</dd>" for name, told_as in facts.items())
    data = orjson.dumps(shown(event["data"]), option=orjson.OPT_INDENT_2).decode()
    head = f'<h2><span class="at">#{event["position"]}</span> {escape(zh)}<small lang="en">{escape(en)}</small></h2>'
    return f"<section>{head}<dl>{rows}</dl><pre>{escape(data)}</pre></section>"
