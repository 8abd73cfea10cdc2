"""HTTP out: asking the other services whether they are ready."""

from datetime import UTC, datetime
from http import HTTPStatus
from time import perf_counter
from typing import Final, Protocol

import httpx

from analytics.domain.platform import Probe

PROBE_SECONDS: Final = 2.0


class Prober(Protocol):
    """Asks one service how it is; never raises for a service that does not answer."""

    async def probe(self, base_url: str) -> Probe: ...


class HttpProber:
    """Asks `/health/ready`, for at most 2 s."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def probe(self, base_url: str) -> Probe:
        started = perf_counter()
        try:
            reply = await self._client.get(f"{base_url.rstrip('/')}/health/ready", timeout=PROBE_SECONDS)
            up = reply.status_code == HTTPStatus.OK
        except (httpx.HTTPError, httpx.InvalidURL):
            up = False
        return Probe(up, (perf_counter() - started) * 1000, datetime.now(UTC))
