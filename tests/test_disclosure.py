"""Restricted people are read by themselves and, on record, by auditors; and no path to a sealed text goes around it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from domain import Actor
from domain.access import AUDITOR, PRESIDENT, STUDENT
from domain.privacy import PersonRestricted, RestrictionLifted
from infra.disclosure import RESTRICTED, Disclosure
from infra.envelope import Circumstances, Codec
from infra.keys import ERASED, MemoryKeys, Secrets, seal
from infra.log import Attempt
from infra.log.memory import MemoryLog
from infra.readings import Viewer
from tests.scenario import NOON

ROOT = Path(__file__).parents[1]
LAYERS = ("domain", "projections", "infra", "api", "dashboards")
SUN = Actor("person:sun", STUDENT)
# Who may ask for a key: the store itself, the one place that discloses, keys held ahead, which hand the asking on, and
# the doctor, who counts those that ought to be gone.
ASKING = {
    "infra/keys.py",
    "infra/disclosure.py",
    "infra/demo/hand.py",
    "api/imports/keys_ahead.py",
    "infra/cli/audit.py",
}
OPENING = {"infra/keys.py", "infra/disclosure.py"}
IMPOSED = PersonRestricted(
    restriction_id="restriction:1",
    person_id="person:wu",
    grounds="objection",
    document_no="1",
    requested_by="person:sun",
    approved_by="person:tang",
)
LIFTED = RestrictionLifted(
    restriction_id="restriction:1",
    person_id="person:wu",
    document_no="2",
    requested_by="person:sun",
    approved_by="person:tang",
)


class Kept:
    """Looks as they are noted."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, list[str]]] = []

    async def note(self, viewer, figure, about):
        self.noted.append((viewer.person_id, figure, list(about)))


class College:
    """A log of its own, two people with a sealed name each, and somebody who looks."""

    def __init__(self) -> None:
        self.keys, self.log, self.looks = MemoryKeys(), MemoryLog(), Kept()
        self.codec = Codec(self.keys, Secrets(b"0" * 32))
        self.disclosure = Disclosure(self.keys, self.log, self.looks)
        self.count = 0

    async def happens(self, event) -> None:
        self.count += 1
        told = Circumstances(str(self.count), "trial", "", SUN, NOON, "", None, "api")
        await self.log.append([Attempt(f"command:{self.count}", await self.codec.drafts([event], told), (), NOON)])

    async def names(self, person: str, *roles: str) -> list[str]:
        keys = await self.keys.made(["wu", "li"])
        stored = [seal(keys[who], who, "place", name) for who, name in (("wu", "吴一"), ("li", "李二"))]
        viewer = Viewer(person, tuple(Actor(person, role) for role in roles))
        return await self.disclosure.texts(viewer, stored, "names")


async def test_a_restricted_person_is_hidden_from_all_but_themselves_and_auditors():
    college = College()
    assert await college.names("person:boss", PRESIDENT) == ["吴一", "李二"]
    await college.happens(IMPOSED)
    assert await college.names("person:boss", PRESIDENT) == [RESTRICTED, "李二"]
    assert await college.names("person:wu", STUDENT) == ["吴一", "李二"]
    assert college.looks.noted == []
    assert await college.names("person:eye", AUDITOR, PRESIDENT) == ["吴一", "李二"]
    assert college.looks.noted == [("person:eye", "restricted/names", ["person:wu"])]
    await college.happens(LIFTED)
    assert await college.names("person:boss", PRESIDENT) == ["吴一", "李二"]
    await college.happens(IMPOSED.model_copy(update={"restriction_id": "restriction:2"}))
    assert await college.names("person:boss", PRESIDENT) == [RESTRICTED, "李二"]


async def test_an_auditor_sees_nothing_when_the_look_cannot_be_kept():
    college = College()
    await college.happens(IMPOSED)

    async def full(viewer, figure, about):
        raise OSError("full")

    college.looks.note = full
    with pytest.raises(OSError, match="full"):
        await college.names("person:eye", AUDITOR)


async def test_erased_is_erased_restricted_or_not():
    college = College()
    await college.happens(IMPOSED)
    await college.keys.erase("wu")
    assert await college.names("person:eye", AUDITOR) == [ERASED, "李二"]
    assert await college.names("person:wu", STUDENT) == [ERASED, "李二"]


def speaks_of(path: Path, *names: str) -> bool:
    """Whether a file calls a method, or calls or imports a function, of one of the names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)) if name in names:
                return True
            case ast.ImportFrom(module="infra.keys", names=imported) if {i.name for i in imported} & set(names):
                return True
    return False


def test_keys_are_asked_for_in_known_places_only():
    files = {str(p.relative_to(ROOT)): p for layer in LAYERS for p in (ROOT / layer).rglob("*.py")}
    methods = {name for name, path in files.items() if re.search(r"\.kept\(", path.read_text(encoding="utf-8"))}
    assert methods == ASKING
    assert {name for name, path in files.items() if speaks_of(path, "unseal", "decrypt")} == OPENING
