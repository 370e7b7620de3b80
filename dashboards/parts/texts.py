"""Texts 文字记录: what people wrote under a key, fetched when somebody asks for it; every look is recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from dashboards.parts.panel import panel
from dashboards.parts.visit import Visit
from dashboards.parts.words import say

say(
    {
        "texts_show": ("查阅内容", "Read it"),
        "texts_hint": (
            "内容以本人密钥封存，只对有权者显示；查阅会留下记录",
            "Sealed under its author's key, shown to those entitled only; looks are kept on record",
        ),
        "texts_nothing": ("尚无内容，或不在您的范围", "Nothing was written, or it is outside your scope"),
        "texts_failed": ("读取失败，请稍后重试", "It could not be read; please try again"),
    }
)


def texts_panel(about: str, title: str, sections: Mapping[str, str], visit: Visit) -> Component:
    """A place for what was written about one thing; `sections` are the titles of its parts by their names."""
    words = visit.words
    told = {"data-nothing": words("texts_nothing"), "data-failed": words("texts_failed")}
    place = html.Div(
        html.Button(words("texts_show"), type="button", className="button", **{"data-read": "texts"}),
        className="texts",
        key=f"texts-{about}",
        **({"data-as-of": str(visit.as_of)} if visit.as_of is not None else {}),
        **{"data-texts": about, "data-sections": json.dumps(dict(sections), ensure_ascii=False), **told},
    )
    return panel(title, words("texts_hint"), place, kind="texts-panel")
