"""HTTP out: asking the other services whether they are ready, and Prometheus what it has recorded."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from math import isfinite
from time import perf_counter
from typing import Final, Literal, Protocol

import httpx
from pydantic import BaseModel, Field, ValidationError

from analytics.domain.platform import Probe
from analytics.domain.sight import Blind, Sample, Sight

PROBE_SECONDS: Final = 2.0
_MOST_OF_A_PROBE: Final = 4_096
_MOST_OF_AN_ANSWER: Final = 1_048_576
_RECORDED: Final = '{__name__=~"(objective|platform|service):.+"}'
"""All that deploy/observability records in one form, in one question."""


class Prober(Protocol):
    """Asks one service how it is; never raises for a service that does not answer."""

    async def probe(self, base_url: str) -> Probe: ...


class FigureSource(Protocol):
    """Tells the platform's figures; never raises, but says why it sees nothing."""

    async def look(self) -> Sight: ...


class _Ready(BaseModel):
    version: str | None = Field(default=None, max_length=50)


class _Series(BaseModel):
    metric: dict[str, str]
    value: tuple[float, str]


class _Vector(BaseModel):
    resultType: Literal["vector"]  # noqa: N815 - Prometheus' name
    result: list[_Series]


class _Answer(BaseModel):
    status: Literal["success"]
    data: _Vector


class _TooLongError(ValueError):
    """An answer that is longer than anything we asked for."""


class HttpProber:
    """Asks `/health/ready`, for at most 2 s."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def probe(self, base_url: str) -> Probe:
        started, version = perf_counter(), None
        try:
            status, body = await _read(self._client, f"{base_url.rstrip('/')}/health/ready", {}, _MOST_OF_A_PROBE)
            up = status == HTTPStatus.OK
            version = _version(body) if up else None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, _TooLongError):
            up = False
        return Probe(up, (perf_counter() - started) * 1000, datetime.now(UTC), version)


class Prometheus:
    """A Prometheus with our rules, asked for at most 2 s."""

    def __init__(self, client: httpx.AsyncClient, base_url: str) -> None:
        self._client, self._url = client, f"{base_url.rstrip('/')}/api/v1/query"

    async def look(self) -> Sight:
        try:
            status, body = await _read(self._client, self._url, {"query": _RECORDED}, _MOST_OF_AN_ANSWER)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            return Sight(blind=Blind.UNREACHABLE)
        except _TooLongError:
            return Sight(blind=Blind.BAD_ANSWER)
        if status != HTTPStatus.OK:
            return Sight(blind=Blind.UNREACHABLE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Blind.BAD_ANSWER)
        try:
            answer = _Answer.model_validate_json(body)
            return Sight.of([sample for series in answer.data.result for sample in _samples(series)])
        except ValidationError:
            return Sight(blind=Blind.BAD_ANSWER)


class NoPrometheus:
    """For a platform that is told of none."""

    async def look(self) -> Sight:
        return Sight(blind=Blind.NOT_CONFIGURED)


async def _read(client: httpx.AsyncClient, url: str, query: dict[str, str], most: int) -> tuple[int, bytes]:
    body = bytearray()
    async with asyncio.timeout(PROBE_SECONDS), client.stream("GET", url, params=query) as reply:
        async for piece in reply.aiter_bytes():
            body += piece
            if len(body) > most:
                raise _TooLongError
    return reply.status_code, bytes(body)


def _version(body: bytes) -> str | None:
    try:
        return _Ready.model_validate_json(body).version
    except ValidationError:
        return None


def _samples(series: _Series) -> list[Sample]:
    """The sample; none of a value that is no number, which is how a gauge says that it could not be measured."""
    labels = dict(series.metric)
    try:
        value = float(series.value[1])
    except ValueError:
        return []
    return [Sample(labels.pop("__name__", ""), labels, value)] if isfinite(value) else []
