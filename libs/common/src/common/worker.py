"""The worker process: for each scope a relay, a consumer and the jobs; plus health and metrics on a port of its own.

Whatever ends for good ends the process with a non-zero status: a supervisor starts a new one.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeVar

import asyncpg
import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from common import road
from common.app import NO_TELEMETRY, running, tune_garbage_collector
from common.audit_chain import LINK_SECONDS, link_entries
from common.consumer import Consumer
from common.inbox import OUTAGES
from common.metrics import JOB_RUNS, from_zero
from common.outbox import Relay
from common.service import Context, Service, consuming_scopes
from common.settings import ServiceSettings
from common.subscriptions import Subscriptions
from common.waiting import wait_for_event

log = structlog.get_logger()
S = TypeVar("S", bound=ServiceSettings)
C = TypeVar("C", bound=Context)
_STOP_SECONDS: Final = 20.0
_HEARTBEAT_SECONDS: Final = 120.0
_UPKEEP_SECONDS: Final = 300.0
_MAX_ROUNDS: Final = 100


async def run_worker(service: Service[S, C], settings: S) -> None:
    """Until SIGTERM or SIGINT; raises what made it end otherwise."""
    async with running(service, settings) as context:
        worker = Worker(service, settings, context)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, worker.stop)
        tune_garbage_collector()
        await worker.run()


class Worker:
    """The parts that run side by side; the first to fail stops the others and its error is raised."""

    def __init__(self, service: Service[S, C], settings: S, context: C) -> None:
        self._stopped = asyncio.Event()
        self._service, self._settings = service.name, settings
        table = Subscriptions(service.subscriptions)
        uow = context.uow
        dsns = {scope: dsn.get_secret_value() for scope, dsn in settings.databases.items()}
        self._relays = [Relay(service.name, scope, dsn, settings) for scope, dsn in dsns.items()]
        scopes = consuming_scopes(tuple(dsns)) if table.topics else ()
        self._consumers = [Consumer(service.name, scope, context, uow, table, settings) for scope in scopes]
        self._parts: list[Callable[[], Awaitable[None]]] = [
            *(relay.run for relay in self._relays),
            *(consumer.run for consumer in self._consumers),
        ]
        for scope in dsns:
            for job in service.jobs:
                due = partial(job.run, context, scope)
                self._parts.append(partial(_repeat, service.name, job.name, job.every_seconds, due, self._stopped))
            upkeep = partial(_maintain, context, scope)
            self._parts.append(partial(_repeat, service.name, "upkeep", _UPKEEP_SECONDS, upkeep, self._stopped))
            link = partial(link_entries, uow, service.name, scope)
            self._parts.append(partial(_repeat, service.name, "link-audit", LINK_SECONDS, link, self._stopped))

    def stop(self) -> None:
        """Ask every part to finish what it is at."""
        self._stopped.set()
        for relay in self._relays:
            relay.stop()
        for consumer in self._consumers:
            consumer.stop()

    async def run(self) -> None:
        """Until stopped, or until a part ends for good."""
        health = _HealthServer(
            uvicorn.Config(self._health(), host=self._settings.host, port=self._settings.worker_port, log_config=None)
        )
        serving = asyncio.create_task(health.serve())
        tasks = [asyncio.ensure_future(part()) for part in self._parts]
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
            self.stop()
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        finally:
            for task in (*tasks, stopped):
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            health.should_exit = True
            await serving
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _health(self) -> FastAPI:
        app = FastAPI(openapi_url=None, telemetry=NO_TELEMETRY)

        @app.get("/health/live")
        async def live() -> Response:
            now = asyncio.get_running_loop().time()
            quiet = [one for one in self._consumers if one.joined.is_set() and now - one.polled_at > _HEARTBEAT_SECONDS]
            return JSONResponse({"status": "stuck" if quiet else "ok"}, 503 if quiet else 200)

        @app.get("/health/ready")
        async def ready() -> Response:
            if halted := sorted(one.scope for one in self._consumers if one.halted):
                return JSONResponse({"status": "halted", "scopes": halted, "reason": "too many dead letters"}, 503)
            joined = all(one.joined.is_set() for one in self._consumers)
            return JSONResponse({"status": "ok" if joined else "joining"}, 200 if joined else 503)

        @app.get("/metrics")
        async def metrics() -> Response:
            return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

        return app


class _HealthServer(uvicorn.Server):
    """Answers until the worker has drained: signals are the worker's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _repeat(
    service: str, name: str, every_seconds: float, due: Callable[[], Awaitable[int]], stopped: asyncio.Event
) -> None:
    """A job until stopped: while there is work (at most 100 rounds on end) at once, otherwise after its interval."""
    from_zero(JOB_RUNS, [service], [name], ("ok", "failed"))
    while not stopped.is_set():
        try:
            for _ in range(_MAX_ROUNDS):
                if await due() == 0 or stopped.is_set():
                    break
            JOB_RUNS.labels(service, name, "ok").inc()
        except (*OUTAGES, OSError, TimeoutError, asyncpg.PostgresError) as error:
            JOB_RUNS.labels(service, name, "failed").inc()
            log.warning("job.again", job=name, error=type(error).__name__, exc_info=True)
        await wait_for_event(stopped, every_seconds)


async def _maintain(context: Context, scope: str) -> int:
    """Partitions a week ahead, and none kept longer than promised; each parent in a transaction of its own."""
    for parent in ("outbox", "inbox", "idempotency"):
        async with context.uow.begin(scope) as work:
            await work.value(road.MAINTAIN, parent=parent)
    return 0
