"""Drawing 图形: vector drawings as plain markup inside a page; every text and attribute is escaped here."""

from __future__ import annotations

from html import escape


class Drawing(str):
    """Markup that is safe to stand in a page as it is."""

    __slots__ = ()


def drawn(tag: str, *children: str | None, **attributes: object) -> Drawing:
    """One element; `class_` is class, an underscore in a name is a hyphen, None leaves an attribute out.

    What is not a Drawing itself is text.
    """
    told = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inside = "".join(part if isinstance(part, Drawing) else escape(part) for part in children if part)
    return Drawing(f"<{tag}{told}>{inside}</{tag}>")


def joined(*parts: Drawing | None) -> Drawing:
    """Several drawings as one."""
    return Drawing("".join(part for part in parts if part))
