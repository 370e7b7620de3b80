"""Whatever bytes come: a table or a row is read, or refused with a code that has words."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings, strategies as st

from api.imports.lines import Unreadable, decoded
from api.imports.sjtu_rows import REFUSALS, read
from api.imports.tables import TableRefused, table
from api.imports.words import TABLE
from tests.api.test_imports import workbook
from tests.api.test_sjtu import row

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from(sorted([*row(), "arrangements", "arrangements"]))
parts = st.fixed_dictionaries(
    {},
    optional={name: json_values for name in ("weeks", "week_day", "sessions", "campus", "classroom")},
)
BOOK = workbook(("room_id", "campus"), ("room:a", "闵行"), ("room:b", "徐汇"))


def said(value: Any) -> str:
    """The code a row is refused with, or nothing."""
    try:
        read(value)
    except Unreadable as no:
        return no.code
    return ""


@settings(max_examples=300, deadline=None)
@given(fields, json_values, st.lists(parts, max_size=3))
def test_any_row_is_read_or_refused(field: str, value: Any, arrangements: list[dict[str, Any]]):
    assert said({**row(), field: value}) in ("", *REFUSALS)
    assert said(row(arrangements=arrangements)) in ("", *REFUSALS)
    assert said(value) in REFUSALS


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_line_is_read_or_refused(noise: bytes, at: int):
    text = json.dumps(row(), ensure_ascii=False).encode()
    for line in (noise, text[:at] + noise + text[at:], text[:at]):
        assert said(decoded(line)) in ("", *REFUSALS)


def refused(name: str, content: bytes) -> str:
    try:
        header, rows = table(name, content)
    except TableRefused as no:
        return no.code
    assert all(fault or len(cells) == len(header) for _, cells, fault in rows)
    return ""


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_text_file_is_read_or_refused(content: bytes):
    assert refused("a.csv", content) in ("", *TABLE)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(BOOK) - 1), st.binary(min_size=1, max_size=8))
def test_any_damaged_workbook_is_read_or_refused(at: int, noise: bytes):
    assert refused("a.xlsx", BOOK[:at] + noise + BOOK[at + len(noise) :]) in ("", *TABLE)
