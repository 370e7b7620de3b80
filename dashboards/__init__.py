"""The leaders' board 领导驾驶舱: pages over figures, read only, and never deciding anything.

A page is a function of the address, painted by the server as plain HTML; Dash asks for it again when the address
changes or newer data are there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from fastapi import FastAPI

from dashboards.index import Index
from dashboards.parts.markup import as_html
from dashboards.parts.statics import Squeezed, Statics
from dashboards.parts.visit import PREFIX, Campus
from dashboards.parts.words import Language
from dashboards.routes import routed

ASSETS: Final = Path(__file__).parent / "assets"


def create_board(app: FastAPI) -> Dash:
    """Attach the board to the API's application, under /dash/; the gate of the API stands before it.

    The campus is `app.state.campus` once the application has started.
    """

    def campus() -> Campus:
        here: Campus = app.state.campus
        return here

    index = Index(campus, ASSETS)
    app.mount(f"{PREFIX}assets", Statics(ASSETS), name="board-assets")
    index.attach(app)
    board = Dash(
        __name__,
        server=app,
        url_base_pathname=PREFIX,
        use_async=True,
        assets_folder=str(ASSETS),
        include_assets_files=False,
        update_title="",
        compress=False,
        suppress_callback_exceptions=True,
    )
    # Dash would open a socket in every tab, and answer every unknown address of the whole application with its page.
    board.backend.websocket_capability = False
    board.backend._setup_catchall = lambda: None
    app.add_middleware(Squeezed, prefix=PREFIX)
    board.layout = layout()
    callbacks(board, campus)
    board._setup_server()
    index.board = board
    return board


def layout() -> Any:
    """What Dash keeps: the address, what was asked, what the server painted, and whether it is painting.

    The page itself is markup beside it: Dash's renderer costs a browser some milliseconds a component, and a page
    has a thousand.
    """
    return html.Div(
        [
            dcc.Location(id="address", refresh=False),
            dcc.Store(id="asked"),
            dcc.Store(id="seen"),
            dcc.Store(id="painted"),
            dcc.Store(id="shown"),
            html.Div(id="busy"),
        ]
    )


def callbacks(board: Dash, campus: Callable[[], Campus]) -> None:
    """The address asks for a page; newer data asks for it again; what was painted is shown."""
    board.clientside_callback(
        ClientsideFunction("board", "asked"),
        Output("asked", "data"),
        Input("address", "pathname"),
        Input("address", "search"),
    )
    board.clientside_callback(
        ClientsideFunction("board", "show"),
        Output("shown", "data"),
        Input("painted", "data"),
        prevent_initial_call=True,
    )

    @board.callback(
        Output("painted", "data"),
        Input("asked", "data"),
        Input("seen", "data"),
        running=[(Output("busy", "className"), "busy", "")],
        prevent_initial_call=True,
    )  # type: ignore[untyped-decorator]  # dash ships no types for it
    async def page(asked: dict[str, str] | None, seen: dict[str, Any] | None) -> dict[str, str]:
        wanted = asked or (seen or {})["page"]
        language: Language = "en" if wanted["language"] == "en" else "zh"
        frame = await routed(campus(), wanted["path"], wanted["search"], language)
        return {"page": wanted["path"] + wanted["search"], "markup": as_html(frame)}
