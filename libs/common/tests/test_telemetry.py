"""Logs say where an error came from, and nothing of what it quotes."""

import asyncio
import json
from io import StringIO

import structlog

from common import telemetry


async def fail() -> None:
    raise ValueError("a name that must not be logged")


async def test_an_error_inside_a_task_group_is_logged_with_its_own_place_and_without_its_text() -> None:
    before, stream = structlog.get_config(), StringIO()
    renderer = structlog.processors.ExceptionRenderer(telemetry._name_only)
    structlog.configure(
        processors=[renderer, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    try:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
        except ExceptionGroup as error:
            structlog.get_logger().error("background.failed", exc_info=error)
    finally:
        structlog.configure(**before)
    logged = json.loads(stream.getvalue())["exception"]
    assert "ExceptionGroup at" in logged
    assert "ValueError at test_telemetry.py" in logged
    assert "must not" not in logged
