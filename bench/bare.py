"""The least a server can do about a webhook: read the bytes, insert them, answer. It is what ours is compared with."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from fastapi import FastAPI, Request
from sqlalchemy import text

from common.app import NO_TELEMETRY, pool_size, serve, tune_garbage_collector
from common.db import Database, statement
from contracts.ids import new_id
from localstack.ports import HOST
from payments.settings import WEBHOOK_PATH

CREATE: Final = "CREATE TABLE IF NOT EXISTS shared.bare (id uuid PRIMARY KEY, body bytea NOT NULL)"
GRANT: Final = "GRANT INSERT ON shared.bare TO payments_shared"
_INSERT: Final = statement(text("INSERT INTO shared.bare (id, body) VALUES (:id, :body)"))
_STOP_SECONDS: Final = 30


def make_app(dsn: str, connections: int) -> FastAPI:
    """One route, one statement that commits by itself; pool and garbage collector as in every service."""
    database = Database(dsn, connections, "bare")

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await database.open()
        tune_garbage_collector()
        yield
        await database.close()

    app = FastAPI(lifespan=lifespan, telemetry=NO_TELEMETRY)
    app.state.failed = asyncio.Event()

    @app.post(WEBHOOK_PATH)
    async def receive(request: Request) -> dict[str, str]:
        raw = await request.body()
        async with database.session() as session:
            await session.run(_INSERT, id=new_id(), body=raw)
        return {"status": "ok"}

    return app


@contextmanager
def bare_process(dsn: str, port: int, wished: int, scopes: int) -> Iterator[None]:
    """The same uvicorn settings in a process of its own, until the block ends."""
    context: Any = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(dsn, port, pool_size(wished, scopes)), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(_STOP_SECONDS)
        process.kill()


def _serve(dsn: str, port: int, connections: int) -> None:
    serve(make_app(dsn, connections), HOST, port)
