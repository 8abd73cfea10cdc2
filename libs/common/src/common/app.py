"""The API process: one FastAPI application per service, the same edge, health and metrics for all."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, TypeVar

import structlog
import uvicorn
from fastapi import FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from common import road, telemetry
from common.auth import TokenVerifier, keep_keys
from common.db import Way
from common.edge import Edge
from common.openapi import Documented
from common.outbox import Waker
from common.problems import install
from common.service import Context, Service
from common.settings import ServiceSettings
from common.uow import UnitOfWork, close_databases, open_databases
from common.verticals import load_verticals

log = structlog.get_logger()
S = TypeVar("S", bound=ServiceSettings)
C = TypeVar("C", bound=Context)
_GRACE_SECONDS: Final = 20
_BACKLOG: Final = 1024
_CONNECTIONS: Final = 16
# FastAPI's own spans hold paths and queries as they came, and in those stand link tokens and whatever people type.
NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
# The documentation of all services is one page, which identity serves.
_BARE: Final[dict[str, Any]] = {"docs_url": None, "redoc_url": None, "telemetry": NO_TELEMETRY}


def create_app(service: Service[S, C], settings: S) -> FastAPI:
    """The application, with its life cycle: open pools, build the context, keep the token keys fresh."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            failed: asyncio.Event = app.state.failed
            context = await stack.enter_async_context(running(service, settings, failed.set, is_api=True))
            app.state.context, app.state.uow = context, context.uow
            group = await stack.enter_async_context(background_tasks(failed.set))
            if service.token_keys is not None:
                app.state.verifier.learn(service.token_keys(context))
            else:
                group(keep_keys(app.state.verifier, settings.jwks_url))
            for task in service.background:
                group(task(context))
            tune_garbage_collector()
            yield

    app = Documented(service.refusals, title=f"BarberPro {service.name}", version="1", lifespan=lifespan, **_BARE)
    app.state.failed = asyncio.Event()
    app.state.verifier = TokenVerifier(settings.token_issuer, settings.token_audience)
    app.state.verticals = load_verticals(settings.verticals_dir)
    for router in service.routers:
        app.include_router(router)
    install(app, service.refusals)
    _add_health(app, _version_of(service.name))
    app.add_middleware(
        Edge, service=service.name, max_body_bytes=settings.max_body_bytes, most=settings.max_concurrent_requests
    )
    return app


@asynccontextmanager
async def running(
    service: Service[S, C], settings: S, failed: Callable[[], None] = lambda: None, *, is_api: bool = False
) -> AsyncIterator[C]:
    """A service's context with everything it needs open: pools, the relay's waker, the service's own clients.

    `failed` is called when a background task of it ends with an error. The API's transactions, and the waker's NOTIFY,
    go by way of the pooler and its lagging reads to the replica, where there are such.
    """
    pooled, replica = (settings.pooled_databases, settings.replica_databases) if is_api else ({}, {})
    dsns = {scope: dsn.get_secret_value() for scope, dsn in (pooled or settings.databases).items()}
    lagging = {scope: dsn.get_secret_value() for scope, dsn in replica.items()}
    size = pool_size(settings.database_pool, len(dsns), pools=2 if lagging else 1)
    waker = Waker(dsns, service.name)
    async with AsyncExitStack() as stack:
        databases = await open_databases(dsns, size, service.name, Way.POOLER if pooled else Way.DIRECT)
        stack.push_async_callback(close_databases, tuple(databases.values()))
        replicas = await open_databases(lagging, size, service.name, Way.REPLICA)
        stack.push_async_callback(close_databases, tuple(replicas.values()))
        start = await stack.enter_async_context(background_tasks(failed))
        start(waker.run())
        uow = UnitOfWork(service.name, databases, waker.wake, replicas)
        yield await stack.enter_async_context(service.build(settings, uow, load_verticals(settings.verticals_dir)))


def pool_size(wished: int, scopes: int, pools: int = 1) -> int:
    """Connections in each of a scope's pools: of a process's 16 (decision 2) each scope's relay and waker take one."""
    return max(1, min(wished, (_CONNECTIONS // scopes - 2) // pools))


@asynccontextmanager
async def background_tasks(failed: Callable[[], None] = lambda: None) -> AsyncIterator[Callable[[Any], None]]:
    """Tasks that live as long as the block; cancelled at its end. One that fails is logged, and `failed` is called."""
    tasks: set[asyncio.Task[None]] = set()

    def notice(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("background.failed", exc_info=task.exception())
            failed()

    def start(coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        tasks.add(task)
        task.add_done_callback(notice)

    try:
        yield start
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def serve(app: FastAPI, host: str, port: int) -> None:
    """Run until SIGTERM: stop accepting, finish what runs (at most 20 s), leave.

    Leaves the same way, with status 1, when a background task has failed: a supervisor starts a new process.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        backlog=_BACKLOG,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    _Server(config, app.state.failed).run()
    telemetry.flush()
    if app.state.failed.is_set():
        raise SystemExit(1)


def tune_garbage_collector() -> None:
    """Freeze what start-up made and collect rarely: it takes long pauses out of the p99 (docs/architecture.md)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def context_of(request: Request) -> Any:
    """The service's context, for `Annotated[MyContext, Depends(context_of)]`; async, so that no thread is asked."""
    return request.app.state.context


def _version_of(service: str) -> str | None:
    """Of the installed package; None for a service that is none."""
    try:
        return version(f"barberpro-{service}")
    except PackageNotFoundError:
        return None


def _add_health(app: FastAPI, told: str | None) -> None:
    @app.get("/health/live", include_in_schema=False)
    async def live() -> Response:
        return JSONResponse({"status": "ok"})

    @app.get("/health/ready", include_in_schema=False)
    async def ready(request: Request) -> Response:
        uow: UnitOfWork = request.app.state.uow
        for scope in uow.scopes:
            async with uow.read(scope) as session:
                await session.value(road.SELECT_NOW)
        if request.app.state.failed.is_set():
            return JSONResponse({"status": "a background task failed"}, 503)
        known = request.app.state.verifier.ready
        status = "ok" if known else "waiting for token keys"
        return JSONResponse({"status": status, "version": told}, 200 if known else 503)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, failed: asyncio.Event) -> None:
        super().__init__(config)
        self._failed = failed

    async def on_tick(self, counter: int) -> bool:
        """Whether to leave; asked ten times a second."""
        return self._failed.is_set() or await super().on_tick(counter)
