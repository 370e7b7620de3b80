"""campus: the command line, and the only place that puts api, dashboards and projections together.

Every command takes --json; exits 0 done, 1 refused or different, 2 could not run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def commands() -> typer.Typer:
    """Every command, gathered."""
    # Inside, so that the children of `serve` load no more than their own part.
    import typer

    from infra.cli import (
        audit,
        comparing,
        demo,
        explaining,
        explorer,
        exporting,
        imports,
        people,
        privacy,
        proving,
        sealing,
        serving,
        what_if,
    )

    app = typer.Typer(
        help="Campus Ledger 校园事簿",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for part in (
        serving,
        demo,
        imports,
        people,
        audit,
        explaining,
        comparing,
        sealing,
        exporting,
        proving,
        privacy,
        explorer,
        what_if,
    ):
        part.add_to(app)
    return app


def main() -> None:
    """The `campus` command."""
    commands()()
