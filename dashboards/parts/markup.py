"""Markup 标记: a page as plain HTML, painted by the server, readable before any script has run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from dash.development.base_component import Component

from dashboards.parts.drawing import Drawing

RENAMED: Final = {"className": "class", "htmlFor": "for", "key": "data-key"}
VOID: Final = {"img", "br", "hr", "input", "wbr"}
LEFT_OUT: Final = {"children", "n_clicks", "disable_n_clicks", "style"}
FLAGS: Final = {"selected", "open", "hidden", "disabled"}


def kebab(name: str) -> str:
    """backgroundColor → background-color, WebkitMaskImage → -webkit-mask-image."""
    return re.sub(r"[A-Z]", lambda m: "-" + m[0].lower(), name)


def attributes(props: dict[str, Any]) -> Iterator[str]:
    """The attributes of an element, each with a space before it."""
    if style := props.get("style"):
        yield f' style="{escape("; ".join(f"{kebab(k)}: {v}" for k, v in style.items()))}"'
    for name, value in props.items():
        if name in LEFT_OUT or value is None or value is False:
            continue
        name = RENAMED.get(name, name if "-" in name else name.lower())
        yield f" {name}" if value is True and name in FLAGS else f' {name}="{escape(str(value))}"'


def as_html(part: Any) -> str:
    """A tree of html components as markup; of dcc only the input has any."""
    if part is None:
        return ""
    if isinstance(part, Drawing):
        return part
    if isinstance(part, (list, tuple)):
        return "".join(as_html(p) for p in part)
    if not isinstance(part, Component):
        return escape(str(part), quote=False)
    told = part.to_plotly_json()
    tag = told["type"].lower()
    if told["namespace"] != "dash_html_components" and tag != "input":
        return ""
    props = told["props"]
    opening = f"<{tag}{''.join(attributes(props))}>"
    return opening if tag in VOID else f"{opening}{as_html(props.get('children'))}</{tag}>"


INDEX: Final = """<!DOCTYPE html>
<html lang="{lang}"{theme}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="{icon}">
{css}
</head>
<body>
{head}
<div id="page">{view}</div>
<div id="react-entry-point" hidden></div>
{drawer}
{config}
{scripts}
</body>
</html>
"""
