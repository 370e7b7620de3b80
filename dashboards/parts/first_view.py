"""The first view 首屏: a page painted by the server as plain HTML, readable before any script has run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from dash.development.base_component import Component

RENAMED: Final = {"className": "class", "htmlFor": "for"}
VOID: Final = {"img", "br", "hr", "input", "wbr"}
LEFT_OUT: Final = {"children", "key", "id", "n_clicks", "disable_n_clicks", "style"}
FLAGS: Final = {"selected", "open", "hidden", "disabled"}


def kebab(name: str) -> str:
    """backgroundColor → background-color, WebkitMaskImage → -webkit-mask-image."""
    return re.sub(r"[A-Z]", lambda m: "-" + m[0].lower(), name)


def attributes(props: dict[str, Any], keep_ids: bool) -> Iterator[str]:
    """The attributes of an element, each with a space before it."""
    if keep_ids and props.get("id"):
        yield f' id="{escape(str(props["id"]))}"'
    if style := props.get("style"):
        yield f' style="{escape("; ".join(f"{kebab(k)}: {v}" for k, v in style.items()))}"'
    for name, value in props.items():
        if name in LEFT_OUT or value is None or value is False:
            continue
        name = RENAMED.get(name, name if "-" in name else name.lower())
        yield f" {name}" if value is True and name in FLAGS else f' {name}="{escape(str(value))}"'


def as_html(part: Any, keep_ids: bool = False) -> str:
    """A tree of html components as markup; components of other kinds are left to the script."""
    if part is None:
        return ""
    if isinstance(part, (list, tuple)):
        return "".join(as_html(p, keep_ids) for p in part)
    if not isinstance(part, Component):
        return escape(str(part), quote=False)
    told = part.to_plotly_json()
    tag = told["type"].lower()
    if told["namespace"] != "dash_html_components" and tag != "input":
        return ""
    props = told["props"]
    opening = f"<{tag}{''.join(attributes(props, keep_ids))}>"
    return opening if tag in VOID else f"{opening}{as_html(props.get('children'), keep_ids)}</{tag}>"


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
<div id="first-view">{view}</div>
<div id="react-entry-point" class="waiting"></div>
{drawer}
{config}
{scripts}
</body>
</html>
"""
