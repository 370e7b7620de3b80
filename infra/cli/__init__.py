"""campus: the command line, and the only place that puts api, dashboards and projections together.

Every command takes --json; exits 0 done, 1 refused or different, 2 could not run.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import typer

PARTS: Final = (
    "serving",
    "demo",
    "imports",
    "people",
    "audit",
    "explorer",
    "explaining",
    "comparing",
    "what_if",
    "sealing",
    "exporting",
    "proving",
    "privacy",
)


def commands() -> typer.Typer:
    """Every command, gathered."""
    # Inside, so that the children of `serve` load no more than their own part.
    import typer

    app = typer.Typer(
        help="Campus Ledger 校园事簿",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for part in PARTS:
        import_module(f"infra.cli.{part}").add_to(app)
    return app


def main() -> None:
    """The `campus` command."""
    commands()()
