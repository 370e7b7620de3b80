"""The shell 外框: the head of every page, its navigation, and the frame round its content."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboards.parts.filters import banner
from dashboards.parts.freshness import freshness
from dashboards.parts.integrity import integrity_badge
from dashboards.parts.visit import PREFIX, Visit
from domain.access import ROLES

PAGES: Final = (
    ("", "cockpit_short", "gauge"),
    ("departments", "departments", "building"),
    ("grades", "grades", "grades"),
    ("conduct", "conduct", "scales"),
    ("counselors", "counselors", "notebook"),
    ("tasks", "tasks", "flag"),
    ("notices", "notices", "bell"),
    ("figures", "figures", "chart"),
    ("compare", "compare", "compare"),
    ("what-if", "what_if", "branch"),
    ("duties", "duties", "list"),
    ("replay", "replay", "replay"),
    ("operations", "operations", "shield"),
)


def head(visit: Visit) -> Component:
    """Brand, freshness, tools and the person: stays as long as the tab does."""
    words, institution = visit.words, visit.campus.institution
    name = words.either(institution.name_zh, institution.name_en)
    return html.Header(
        [
            html.A(words("skip"), href="#content", className="skip"),
            tool("menu", words("menu"), "menu", "menu-button"),
            html.A(
                [
                    html.Span(institution.name_zh[:1], className="seal", **{"aria-hidden": "true"}),
                    html.Span([html.Strong(name), html.Small(words("product"))], className="brand-name"),
                ],
                href=visit.address("", term=None, week=None, department=None),
                className="brand",
            ),
            html.Div(className="gap"),
            integrity_badge(words),
            freshness(words),
            html.Div(
                [
                    tool("full-screen", words("full_screen"), "expand", "wide-only"),
                    tool("copy-link", words("copy_link"), "link", "wide-only"),
                    tool("print", words("print"), "print", "wide-only"),
                    tool("theme", words("dark_mode"), "moon"),
                ],
                className="tool-row",
            ),
            html.A(
                words("other_language"),
                href=f"{PREFIX}language/{words.other}?back={quote(visit.address())}",
                className="language",
                lang={"zh": "zh-CN", "en": "en"}[words.other],
                **{"data-language": words.other},
            ),
            person(visit),
        ],
        className="top",
        **{"data-copied": words("copied")},
    )


def tool(action: str, label: str, icon: str, kind: str = "") -> Component:
    """A button with a picture, done by the board's script."""
    return html.Button(
        html.I(className=f"icon icon-{icon}"),
        type="button",
        className=f"icon-button {kind}".strip(),
        title=label,
        **{"aria-label": label, "data-tool": action},
    )


def person(visit: Visit) -> Component:
    """Who is logged in: the roles held, and the way out."""
    words = visit.words
    roles = list(dict.fromkeys(a.role for a in visit.viewer.actors if a.role in ROLES))
    named = "、".join(words.either(*ROLES[role]) for role in roles) or words("own_scope")
    if words.language == "en":
        named = ", ".join(ROLES[role][1] for role in roles) or words("own_scope")
    return html.Details(
        [
            html.Summary(
                [html.Span(named[:1], className="face", **{"aria-hidden": "true"}), html.Span(named, className="who")],
                **{"aria-label": named},
            ),
            html.Div(
                [
                    html.P(named),
                    html.Button(words("log_out"), type="button", className="button", **{"data-tool": "log-out"}),
                ],
                className="popover",
            ),
        ],
        className="person",
    )


def navigation(visit: Visit) -> Component:
    """The pages of the board; the one shown is marked."""
    words, here = visit.words, visit.path.strip("/").split("/")[0]
    here = "figures" if here == "sessions" else here
    links = [
        html.A(
            [html.I(className=f"icon icon-{icon}"), html.Span(words(title))],
            href=visit.address(path),
            className="here" if path == here else "",
            **({"aria-current": "page"} if path == here else {}),
        )
        for path, title, icon in PAGES
    ]
    return html.Nav(links, className="side", **{"aria-label": words("navigation")})


def frame(
    visit: Visit,
    title: str,
    under: str,
    body: Any,
    choices: Component | None = None,
    names_from: str | None = None,
    present: bool = False,
) -> Component:
    """Navigation and content of one page, with the banner of the past above it.

    `names_from` is the figure from which names on the page are looked at; None asks for those in one's own scope.
    `present`: the page is always of now.
    """
    return html.Div(
        [
            navigation(visit),
            html.Main(
                [
                    banner(visit, present),
                    html.Div(
                        [html.Div([html.H1(title), html.P(under, className="under")], className="title"), choices],
                        className="page-head",
                    ),
                    *(body if isinstance(body, list) else [body]),
                ],
                id="content",
                tabIndex=-1,
            ),
        ],
        className="frame",
        **({"data-names-from": names_from} if names_from else {}),
        **({"data-as-of": str(visit.as_of)} if visit.as_of is not None else {}),
        **{"data-path": visit.path, "data-title": f"{title} · {visit.words('product')}"},
    )
