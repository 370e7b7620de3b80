"""PostgreSQL: where an institution's schemas are, how each role reaches them, how they are installed and guarded."""

from infra.postgres.embedded import DataDirectoryInUse, Embedded, ServerDidNotStart
from infra.postgres.guard import UnsafeDatabase, guard
from infra.postgres.installation import IncompleteDatabase, drop, install
from infra.postgres.institution import (
    READY_MADE,
    Institution,
    Role,
    address,
    connect,
    institutions,
    pool,
)

__all__ = [
    "READY_MADE",
    "DataDirectoryInUse",
    "Embedded",
    "IncompleteDatabase",
    "Institution",
    "Role",
    "ServerDidNotStart",
    "UnsafeDatabase",
    "address",
    "connect",
    "drop",
    "guard",
    "install",
    "institutions",
    "pool",
]
