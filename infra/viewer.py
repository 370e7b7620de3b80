"""Who is looking 当前访问者: set by the gate at the door for the length of one request, asked by the pages."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.readings import Viewer

current_viewer: ContextVar[Viewer | None] = ContextVar("current_viewer", default=None)
