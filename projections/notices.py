"""Read models of notices and daily logins: what was published, who owes or has given a reading, who logged in."""

from __future__ import annotations

from domain.notices import (
    LoginRecorded,
    NoticeAddressed,
    NoticeLimitPassed,
    NoticePublished,
    NoticeRead,
    NoticeRecalled,
    NoticeUnaddressed,
    NoticeUnreadLapsed,
)
from projections import Figure, Scope, Table

NOTICE = Table(
    "notice",
    keys=("notice_id",),
    columns={
        "notice_id": "text",
        "title": "text",
        "publisher_department_id": "text",
        "published_by": "text",
        "published_at": "timestamptz",
        "due_at": "timestamptz",  # null: for information
        "addressed": "int",
        "read_in_time": "int",  # once the limit has passed
        "state": "text",  # published, recalled, limit_passed
    },
    types=(NoticePublished.NAME, NoticeRecalled.NAME, NoticeLimitPassed.NAME),
    select="""
        select d.*, replace(type, 'notices.', '') as state, position
        from batch, json_to_record(data) as d(
            notice_id text, title text, publisher_department_id text, published_by text, published_at timestamptz,
            due_at timestamptz, addressed int, read_in_time int)
    """,
    scope=Scope(department="publisher_department_id", persons=("published_by",)),
    indexes=(("published_by",),),
)

# `department_id` is the reader's own on the day of publication (A-staff).
NOTICE_RECEIPT = Table(
    "notice_receipt",
    keys=("receipt_id",),
    columns={
        "receipt_id": "text",
        "notice_id": "text",
        "title": "text",
        "person_id": "text",
        "department_id": "text",
        "reader": "text",  # staff, external, student
        "published_at": "timestamptz",
        "due_at": "timestamptz",
        "day": "date",
        "state": "text",  # unread, read, read_late, lapsed, cancelled
        "read_at": "timestamptz",
    },
    types=(NoticeAddressed.NAME, NoticeRead.NAME, NoticeUnreadLapsed.NAME, NoticeUnaddressed.NAME),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(
            receipt_id text, notice_id text, title text, person_id text, department_id text, reader text,
            published_at timestamptz, due_at timestamptz, day date, state text, read_at timestamptz)
    """,
    scope=Scope(department="department_id", persons=("person_id",)),
    indexes=(("person_id", "state"), ("notice_id",), ("department_id", "due_at")),
)

OA_LOGIN = Table(
    "oa_login",
    keys=("person_id", "day"),
    columns={"person_id": "text", "day": "date", "department_id": "text", "at": "timestamptz"},
    types=(LoginRecorded.NAME,),
    select="""
        select d.*, received_at as at, position
        from batch, json_to_record(data) as d(person_id text, day date, department_id text)
    """,
    scope=Scope(department="department_id", persons=("person_id",)),
    indexes=(("day",),),
    fixed=True,
)

NOTICES = Figure(
    key="notices",
    column=26,
    zh="通知阅读率",
    en="Notices read in time",
    unit="percent",
    axis="A-staff",
    owner="校长室",
    better="higher",
    rows="""
        select r.department_id, t.term_id, (r.day - t.starts_on) / 7 + 1 as week, r.day, r.person_id,
            r.receipt_id as about, case when r.state = 'read' then 1 else 0 end::numeric as numerator,
            1::numeric as denominator, r.since as position
        from {notice_receipt} r left join {term} t on r.day between t.starts_on and t.ends_on
        where r.reader <> 'student' and r.due_at < %(moment)s and r.state <> 'cancelled'
    """,
    definition_zh="时限内已阅 ÷ 时限已过的须阅通知收件人次(教职工;撤回时未阅的不计),按收件人所属部门",
    definition_en="Read within the limit ÷ addressed to staff and past the limit (recalled unread left out),"
    " by the reader's own department",
)

NOTICES_UNREAD = Figure(
    key="notices_unread",
    column=26,
    zh="逾期未阅通知",
    en="Notices unread past their limit",
    unit="count",
    axis="A-staff",
    owner="校长室",
    better="lower",
    rows="""
        select r.department_id, t.term_id, (r.day - t.starts_on) / 7 + 1 as week, r.day, r.person_id,
            r.receipt_id as about, 1::numeric as numerator, 1::numeric as denominator, r.since as position
        from {notice_receipt} r left join {term} t on r.day between t.starts_on and t.ends_on
        where r.reader <> 'student' and r.due_at < %(moment)s and r.state in ('unread', 'lapsed')
    """,
    definition_zh="时限已过、至今未阅的须阅通知收件人次(教职工)",
    definition_en="Addressed to staff, past the limit, and not read until now",
)

# One row a member of staff and working day: who belongs where from when, times the days of the terms until
# yesterday, beside the logins.  Nothing is stored for those who did not log in.
OA_LOGINS = Figure(
    key="oa_logins",
    column=26,
    zh="OA 登录率",
    en="Staff logged in on the day",
    unit="percent",
    axis="A-staff",
    owner="校长室",
    better="higher",
    rows="""
        with place as (
            select s.*, (
                select min(v.from_day) from {staff_leave} v
                where v.person_id = s.person_id and v.department_id = s.department_id and v.from_day > s.from_day
            ) as until_day
            from {staff} s
        )
        select p.department_id, t.term_id, (d.day - t.starts_on) / 7 + 1 as week, d.day, p.person_id,
            p.person_id || '@' || d.day as about, case when d.since is null then 0 else 1 end::numeric as numerator,
            1::numeric as denominator, greatest(p.since, d.since) as position
        from {term} t cross join place p cross join lateral (
            select g::date as day, l.since
            from generate_series(
                greatest(t.starts_on, p.from_day)::timestamp,
                least(t.ends_on, p.until_day - 1, (%(moment)s at time zone %(zone)s)::date - 1)::timestamp,
                interval '1 day') as g
                left join (
                    select o.day, o.since from {oa_login} o
                    where o.person_id = p.person_id and o.day >= t.starts_on and o.day <= t.ends_on offset 0
                ) l on l.day = g::date
            where extract(isodow from g) <= 5) d
        where p.kind = 'staff'
            and not exists (select 1 from {holiday} h where h.term_id = t.term_id and h.day = d.day)
    """,
    definition_zh="当日登录过的教职工 ÷ 当日在岗教职工(学期内周一至周五、非假日,计至昨日;外聘教师不计),按所属部门",
    definition_en="Staff who logged in on the day ÷ staff placed that day (working days of the terms until yesterday;"
    " external teachers left out), by their own department",
)
