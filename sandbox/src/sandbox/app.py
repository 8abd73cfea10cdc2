"""Puts the sandbox together: store, knobs, courier, mail server and the HTTP application."""

import asyncio
import logging
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from sandbox import clock, control, control_bank, control_money, faults, home, whatsapp
from sandbox.bank import accounts, batches, movements
from sandbox.bank import gate as bank
from sandbox.knobs import KnobBoard
from sandbox.mail import MailServer
from sandbox.mercadopago import (
    cards,
    chargebacks,
    checkout,
    claims,
    errors,
    installments,
    ledger,
    orders,
    payments,
    preferences,
    refunds,
    reports,
)
from sandbox.mercadopago.courier import Courier
from sandbox.settings import Settings
from sandbox.store import Store
from sandbox.world import World

log = logging.getLogger(__name__)

_SWEEP_SECONDS = 1.0
_CONTROLS = (home, control, control_money, control_bank)
_MERCADOPAGO = (
    preferences,
    checkout,
    cards,
    installments,
    orders,
    refunds,
    payments,
    chargebacks,
    claims,
    reports,
)
_PARTS = (*_CONTROLS, *_MERCADOPAGO, batches, movements, accounts, whatsapp)


def create_app(settings: Settings, smtp_listener: socket.socket | None = None) -> FastAPI:
    """The application; with a bound listener it also takes mail. Raises sqlite3.Error or OSError for its data file."""
    store = Store(settings.data_file)
    board = KnobBoard(store)
    world = World(settings, store, board, Courier(store, board, settings))
    mail = MailServer(store, board)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        world.courier.start()
        sweeper = asyncio.create_task(_expire_overdue(world), name="expiry")
        if smtp_listener is not None:
            await mail.start(smtp_listener)
        yield
        await mail.stop()
        sweeper.cancel()
        with suppress(asyncio.CancelledError):
            await sweeper
        await world.courier.stop()
        store.close()

    app = FastAPI(title="BarberPro sandbox", version="1", lifespan=lifespan)
    app.state.world = world
    app.add_middleware(faults.FaultMiddleware, board=board)
    _add_refusals(app)
    for part in _PARTS:
        app.include_router(part.router)
    _add_health(app, world, lambda: smtp_listener is None or mail.listening)
    return app


def _add_refusals(app: FastAPI) -> None:
    """Each simulated world refuses in its own words."""
    app.add_exception_handler(errors.MercadoPagoError, errors.as_response)
    app.add_exception_handler(bank.BankError, bank.as_response)
    app.add_exception_handler(whatsapp.GraphError, whatsapp.as_response)
    app.add_exception_handler(StarletteHTTPException, _http_error)


async def _http_error(request: Request, error: Exception) -> Response:
    """An address MercadoPago or the bank does not have is refused in its words."""
    if not isinstance(error, StarletteHTTPException):
        raise error
    if error.status_code == 404 and request.url.path.startswith(faults.MERCADOPAGO):
        return await errors.as_response(request, errors.unknown_path())
    if error.status_code == 404 and request.url.path.startswith(faults.BANK):
        return await bank.as_response(request, bank.BankError(404, "not_found"))
    return await http_exception_handler(request, error)


def _add_health(app: FastAPI, world: World, takes_mail: Callable[[], bool]) -> None:
    @app.get("/health/live", tags=["health"])
    async def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/health/ready", tags=["health"])
    async def ready() -> JSONResponse:
        """The store can be read, the courier runs, mail is taken."""
        checks = {"store": _readable(world.store), "courier": world.courier.alive, "smtp": takes_mail()}
        well = all(checks.values())
        return JSONResponse({"status": "ok" if well else "unavailable", "checks": checks}, 200 if well else 503)


def _readable(store: Store) -> bool:
    try:
        return store.count("SELECT 1") == 1
    except sqlite3.Error:
        return False


async def _expire_overdue(world: World) -> None:
    """Cancel what was to be paid in cash and was not, as MercadoPago does on its own."""
    while True:
        try:
            with world.store.write():
                expired = ledger.expire_overdue(world, clock.now_ms())
            if expired:
                world.courier.wake()
        except sqlite3.Error:
            log.exception("overdue payments could not be expired")
        await asyncio.sleep(_SWEEP_SECONDS)
