"""Notices and who has not read them: one by one with their age, and by department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.parts.columns import Opening
from dashboards.parts.drill_down import event_link
from dashboards.parts.panel import nothing, panel, table

SHOWN: Final = 20
# Of the term as the figures have them, by the day of the limit; of the reader's department, whoever published it.
NOTICES: Final = """
    select r.notice_id, r.title, r.published_at, r.due_at, n.publisher_department_id, n.state, n.since as position,
        count(*) filter (where r.state <> 'cancelled') as many,
        count(*) filter (where r.state in ('read', 'read_late')) as read,
        count(*) filter (where r.state = 'read_late') as late,
        count(*) filter (where r.state in ('unread', 'lapsed')) as unread, %(moment)s::timestamptz as moment
    from {notice_receipt} r left join {notice} n on n.notice_id = r.notice_id
    where r.reader <> 'student'
      and r.day between %(from)s and %(until)s
      and (%(department)s::text is null or r.department_id = %(department)s)
    group by r.notice_id, r.title, r.published_at, r.due_at, n.publisher_department_id, n.state, n.since"""
LATE: Final = """
    select department_id, count(*) as many, min(due_at) as oldest, %(moment)s::timestamptz as moment
    from {notice_receipt} where reader <> 'student' and due_at < %(moment)s and state in ('unread', 'lapsed')
      and day between %(from)s and %(until)s and (%(department)s::text is null or department_id = %(department)s)
    group by department_id order by many desc, department_id"""


async def notices_panel(opening: Opening) -> Component:
    """Of the term, those unread past their limit first, then the newest."""
    visit, words = opening.visit, opening.visit.words
    rows = await visit.readings.select(NOTICES, asked_of(opening), visit.viewer, as_of=visit.as_of)
    if not rows:
        return panel(words("unread_title"), "", nothing(words("unread_none")), kind="notices-panel")
    ranked = sorted(rows, key=rank)
    heads = [
        (words("notice"), "wide"),
        (words("notice_published"), "nowrap minor"),
        (words("notice_limit"), "nowrap"),
        (words("notice_read"), ""),
        (words("notice_unread"), "num"),
        (words("light"), "nowrap"),
        (words("event"), "num minor"),
    ]
    body: list[Any] = [table(heads, [line(row, opening) for row in ranked[:SHOWN]], words("unread_title"), "drill")]
    if len(ranked) > SHOWN:
        body.append(html.P(words("notice_more", many=f"{len(ranked) - SHOWN:,}"), className="hint"))
    return panel(words("unread_title"), words("unread_hint"), *body, kind="notices-panel")


def asked_of(opening: Opening) -> dict[str, Any]:
    """The days of the term and the department, as parameters."""
    term = opening.base.term
    assert term
    return {"from": term["starts_on"], "until": term["ends_on"], "department": opening.visit.department}


def late(row: Mapping[str, Any]) -> bool:
    return bool(row["unread"] and row["due_at"] and row["due_at"] < row["moment"])


def rank(row: Mapping[str, Any]) -> tuple[bool, float, str]:
    """The longest past its limit first, then the newest."""
    if late(row):
        return False, row["due_at"].timestamp(), row["notice_id"]
    return True, -row["published_at"].timestamp(), row["notice_id"]


def line(row: Mapping[str, Any], opening: Opening) -> list[Any]:
    visit, words = opening.visit, opening.visit.words
    many, read = int(row["many"]), int(row["read"])
    office = opening.base.name(row["publisher_department_id"], visit) if row["publisher_department_id"] else None
    share = html.Span(className="bar piece-good", style={"width": f"{read / many * 100:.1f}%" if many else "0"})
    counts = [html.Span(words("notice_read_of", read=words.number(read), many=words.number(many)))]
    if row["late"]:
        counts.append(html.Small(words("notice_read_late", late=words.number(row["late"]))))
    return [
        html.Span(
            [html.Span(row["title"], lang="zh-CN"), html.Small(office) if office else None],
            className="about",
        ),
        words.moment(row["published_at"]),
        words.moment(row["due_at"]) if row["due_at"] else "—",
        html.Span(
            [
                html.Span(share if read else None, className="bar-track read-share"),
                html.Span(counts, className="about"),
            ],
            className="read-of",
        ),
        html.Strong(words.number(row["unread"])) if row["unread"] else words.number(0),
        standing(row, opening),
        event_link(row["position"], visit) if row["position"] else "—",
    ]


def standing(row: Mapping[str, Any], opening: Opening) -> Component:
    """Shape, colour and words: how long past its limit, or how long until then."""
    words = opening.visit.words
    if row["state"] == "recalled":
        return told("○", "none", words("notice_recalled"))
    if late(row):
        span = row["moment"] - row["due_at"]
        return told("■", "red", words("notice_age", days=span.days, hours=span.seconds // 3600))
    if not row["unread"]:
        return told("●", "green", words("notice_all_read"))
    if row["due_at"] is None:
        return told("○", "none", words("notice_information"))
    span = row["due_at"] - row["moment"]
    return told("◇", "few", words("notice_left", days=span.days, hours=span.seconds // 3600))


def told(shape: str, light: str, text: str) -> Component:
    mark = html.Span(shape, className="shape", **{"aria-hidden": "true"})
    return html.Span([mark, " ", html.Span(text)], className=f"light light-{light}")


async def late_panel(opening: Opening) -> Component:
    """Departments with anything unread past its limit, each the way to who it is."""
    visit, words = opening.visit, opening.visit.words
    rows = await visit.readings.select(LATE, asked_of(opening), visit.viewer, as_of=visit.as_of)
    if not rows:
        body: Component = nothing(words("late_readers_none"), good=True)
    else:
        body = html.Ul(late_lines(rows, opening), className="watch-list")
    return panel(words("late_readers_title"), words("late_readers_hint"), body, kind="overdue-panel late-readers")


def late_lines(rows: Sequence[Mapping[str, Any]], opening: Opening) -> list[Component]:
    visit, words = opening.visit, opening.visit.words
    widest = max(row["many"] for row in rows)
    return [
        html.Li(
            html.A(
                [
                    html.Span(
                        [
                            html.Strong(opening.base.name(row["department_id"], visit)),
                            html.Small(words("late_readers_oldest", days=(row["moment"] - row["oldest"]).days)),
                        ],
                        className="watch-name",
                    ),
                    html.Span(
                        html.Span(className="bar bar-overdue", style={"width": f"{row['many'] / widest * 100:.1f}%"}),
                        className="bar-track short-track",
                    ),
                    html.Span(
                        [html.Strong(words.number(row["many"])), html.Small(words("late_readers_unit"))],
                        className="watch-value",
                    ),
                ],
                href=visit.address("figures/notices_unread", department=row["department_id"], week="all"),
            )
        )
        for row in rows
    ]
