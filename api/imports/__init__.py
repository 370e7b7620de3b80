"""Imports 导入: any command from a table, a university's public timetable, another's registrations and scores.

The oddities of their data, and what becomes of each, are told in README.md beside.
"""

from __future__ import annotations

from api.imports.commands import TableReport as TableReport, import_table as import_table
from api.imports.tables import TableRefused as TableRefused
from api.imports.uploads import routes as routes
