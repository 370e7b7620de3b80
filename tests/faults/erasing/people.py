"""Who is in the college: half students, half staff, each with marks that a search can find in any writing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg import sql

from api.accounts import HASHER
from api.door import Door
from domain import Command, derived
from domain.access import COUNSELOR, HR, IMPORT, SYSTEM
from domain.conduct import DefineSlipCategory, IssueSlip, RecordEducationTalk
from domain.counselor_logs import SubmitWeeklyLog
from domain.identity import GrantRole, OpenAccount
from domain.organisation import CorrectStaff, RegisterStaff
from domain.students import AdmitStudent, AssignCounselor, CorrectStudent, FormSquad
from infra.campus import Campus
from infra.postgres import Institution
from tests.api.test_erasure import COMMANDS, ROLES
from tests.api.test_golden import MATHS, TERM, squad

# Long enough to be told from chance in base64 and hexadecimal as well.
NAME, FORMER, NUMBER, LOGIN, TEXT = "欧阳冰弦氏", "上官雪琴氏", "SN7719530642", "ouyang-bingxian", "哨兵之文字"
MARKS = (NAME, FORMER, NUMBER, LOGIN, TEXT)
OTHER, OTHER_TEXT = "司马留名氏", "余人之文字"
PASSWORD = "a long enough password"
CLASS = 75
AT_ONCE = 32
AFFAIRS, HUMAN = "person:affairs-1", "person:hr"
Given = tuple[Command[Any], str, str]  # what, by whom, and as which source


@dataclass(frozen=True)
class One:
    """One person; `erased`: is to be."""

    number: int
    student: bool
    erased: bool

    @property
    def subject(self) -> str:
        # The story of one erased person asks for these two by name.
        if self.student and self.number == 0:
            return "gone" if self.erased else "stays"
        return f"{'gone' if self.erased else 'stays'}-{'s' if self.student else 't'}{self.number:04d}"

    @property
    def person(self) -> str:
        return f"person:{self.subject}"

    @property
    def name(self) -> str:
        digits = "".join("零一二三四五六七八九"[int(digit)] for digit in f"{self.number:04d}")
        return f"{NAME if self.erased else OTHER}{digits}{'生' if self.student else '师'}"

    @property
    def staff_or_student_number(self) -> str:
        return f"{NUMBER if self.erased else 'SN5500000000'}{self.number:04d}"

    def text(self, kind: str) -> str:
        return f"{TEXT if self.erased else OTHER_TEXT}：{self.number:04d}号的{kind}，谈到家中近况"


def everybody(size: int, erased: int) -> list[One]:
    """As many people, the first of whom are to be erased, students and staff by turns."""
    gone = [One(n // 2, n % 2 == 0, erased=True) for n in range(erased)]
    return gone + [One(n // 2, n % 2 == 0, erased=False) for n in range(size - erased)]


def by_turns(commands: Iterable[Command[Any]], person: str, source: str) -> Iterator[Given]:
    return ((command, person, source) for command in commands)


async def give(campus: Campus, commands: Iterable[Given]) -> int:
    """Give commands, several at once; how many."""
    listed = list(commands)

    async def one(given: Given) -> None:
        command, person, source = given
        key = f"{command.NAME}/{command.model_dump_json()}"
        await campus.desk.submit(command, key=key, person_id=person, source=source)

    for begin in range(0, len(listed), AT_ONCE):
        await asyncio.gather(*(one(given) for given in listed[begin : begin + AT_ONCE]))
    return len(listed)


def founding(people: Sequence[One]) -> list[list[Given]]:
    """What makes the college, step after step."""
    first, squads = date(2026, 9, 1), classes(people)
    categories = DefineSlipCategory(
        code="F12", title="违纪", title_en="Misconduct", kind="penalty", least_hundredths=100, most_hundredths=500
    )
    roles = ROLES | {HUMAN: (HR, None)}
    named = [one for one in COMMANDS if not (isinstance(one, FormSquad) and one.squad_id == squad(1))]
    forming = [
        FormSquad(squad_id=squad(n + 1), name=f"数学{n + 1}班", department_id=MATHS, cohort=2026) for n in range(squads)
    ]
    grants = [granted(person, role, department) for person, (role, department) in roles.items()]
    install = SYSTEM[IMPORT].person_id
    ordered = [*named[:1], *forming, *named[1:], *grants, categories]
    return [
        *([one] for one in by_turns(ordered, install, IMPORT)),
        list(by_turns((registered(one, squads) for one in people), install, IMPORT)),
        list(by_turns((OpenAccount(person_id=one.person, login=login(one)) for one in people), install, IMPORT)),
        [corrected(one) for one in people if one.erased],
        [
            *by_turns(
                (
                    AssignCounselor(squad_id=squad(n + 1), person_id=one.person, from_day=first)
                    for n, one in enumerate(counselors(people))
                ),
                install,
                IMPORT,
            ),
            *by_turns((granted(one.person, COUNSELOR, MATHS) for one in counselors(people)), install, IMPORT),
        ],
    ]


def counselors(people: Sequence[One]) -> list[One]:
    """One for each class, from the staff who are to be erased."""
    return [one for one in people if one.erased and not one.student][: classes(people)]


def classes(people: Sequence[One]) -> int:
    """How many administrative classes the students make."""
    return max(2, -(-sum(one.student for one in people) // CLASS))


def granted(person: str, role: str, department: str | None) -> GrantRole:
    return GrantRole(
        grant_id=derived("grant", person, role),
        person_id=person,
        role=role,
        department_id=department,
        valid_from=date(2026, 9, 1),
        valid_until=date(2027, 6, 30),
    )


def login(one: One) -> str:
    return f"{LOGIN if one.erased else 'sima-liuming'}-{one.number}-{'s' if one.student else 't'}"


def number(one: One) -> str:
    return f"{one.staff_or_student_number}{'S' if one.student else 'T'}"


def registered(one: One, squads: int) -> Command[Any]:
    """How a person comes into the college: those to be erased under a name that is corrected later."""
    name, first = (FORMER + one.name[5:] if one.erased else one.name), date(2026, 9, 1)
    if one.student:
        home = squad(1 + one.number % squads)
        said = {"student_id": f"student:{one.subject}", "student_number": number(one), "squad_id": home}
        return AdmitStudent(**said, name=name, from_day=first)
    said = {"person_id": one.person, "staff_number": number(one), "department_id": MATHS, "kind": "staff"}
    return RegisterStaff(**said, name=name, from_day=first)


def corrected(one: One) -> Given:
    reason = "身份证上的名字不同"
    if one.student:
        said = {"student_id": f"student:{one.subject}", "student_number": number(one), "name": one.name}
        return CorrectStudent(**said, reason=reason), AFFAIRS, "api"
    told = {"person_id": one.person, "staff_number": number(one), "name": one.name}
    return CorrectStaff(**told, reason=reason), HUMAN, "api"


def writing(people: Sequence[One], week: int = 1) -> list[Given]:
    """A slip and a talk about every student, and a weekly log of every counselor."""
    day, made = date(2026, 9, 8), []
    for one in (one for one in people if one.student):
        of = {"student_id": f"student:{one.subject}"}
        slip = {"slip_id": f"slip:{one.subject}", "code": "F12", "points_hundredths": 200, "occurred_on": day}
        made.append((IssueSlip(**of, **slip, place=one.text("地点"), description=one.text("奖罚单")), AFFAIRS, "api"))
        talk = {"talk_id": f"talk:{one.subject}", "held_on": day, "subject": "wellbeing"}
        made.append((RecordEducationTalk(**of, **talk, notes=one.text("谈话")), AFFAIRS, "api"))
    for one in counselors(people):
        parts = ("class_situation", "attendance_handling", "next_week_plan")
        said = {part: one.text("周志") for part in parts}
        made.append((SubmitWeeklyLog(person_id=one.person, term_id=TERM, week=week, **said), one.person, "api"))
    return made


async def let_in(campus: Campus, people: Sequence[One]) -> None:
    """A password and a token for everybody: one hash for all, since making 1,500 is not what is tried."""
    hashed = HASHER.hash(PASSWORD)
    credential = sql.Identifier(campus.institution.schema, "credential")
    query = sql.SQL("insert into {} (person_id, login_hmac, password_hash) values (%s, %s, %s)").format(credential)
    rows = [(one.person, campus.secret.digest(b"login\x1f" + login(one).encode()), hashed) for one in people]
    async with campus.pool.connection() as db, db.transaction(), db.cursor() as cursor:
        await cursor.executemany(query, rows)
    door = Door(campus.pool, campus.institution, campus.desk)
    for one in people:
        await door.mint(one.person, timedelta(days=2))


async def ways_in(campus: Campus, institution: Institution, persons: Sequence[str]) -> int:
    """How many credentials, sessions and tokens these people have."""
    total = 0
    for table in ("credential", "web_session", "token"):
        query = sql.SQL("select count(*) from {} where person_id = any (%s)")
        async with campus.pool.connection() as db:
            found = await db.execute(query.format(sql.Identifier(institution.schema, table)), [list(persons)])
            total += (await found.fetchone() or (0,))[0]
    return total
