"""Six stand-in services and three gateways before them, shared by all tests; each test calls from its own address."""

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from itertools import count
from typing import Any, Final

import pytest
from services.gateway.tests.running import HOST, Gateway, Signer, gateway_context, make_keys, render_config, start, stop
from services.gateway.tests.stand_in import StandIn

from localstack.gateway import Limits

PORTS: Final = range(24400, 24500)
_PER_WORKER: Final = 25
SERVICES: Final = ("identity", "providers", "booking", "payments", "notifications", "analytics")
CALLER: Final = "127.0.0.2"
ORIGIN: Final = "https://app.example"
TIGHT: Final = Limits(address_per_10s=20, account_per_10s=8, login_per_minute=4, webhook_per_10s=30, body_bytes=100_000)
_addresses = count(1)

Json = dict[str, Any]
StartGateway = Callable[..., Awaitable[Gateway]]


@pytest.fixture(scope="session")
def ports() -> Iterator[int]:
    """Free ports; the workers of a parallel run look in places of their own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    mine = PORTS[_PER_WORKER * worker :][:_PER_WORKER]
    return (port for port in mine if _is_free(port))


@pytest.fixture(scope="session")
async def stand_ins(ports: Iterator[int]) -> AsyncIterator[Mapping[str, StandIn]]:
    """The services by name."""
    made = {name: StandIn(name, next(ports)) for name in SERVICES}
    for service in made.values():
        await service.start()
    yield made
    for service in made.values():
        await service.stop()


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """Identity's keys, where the gateways find their public halves."""
    return Signer(make_keys(tmp_path_factory.mktemp("identity") / "keys"))


@pytest.fixture(scope="session")
async def start_gateway(
    tmp_path_factory: pytest.TempPathFactory, signer: Signer, ports: Iterator[int], stand_ins: Mapping[str, StandIn]
) -> AsyncIterator[StartGateway]:
    """Starts gateways; all are stopped at the end."""
    made: list[Gateway] = []
    services = {name: f"{HOST}:{service.port}" for name, service in stand_ins.items()}

    async def make(limits_beyond: Json | None = None, beyond: Json | None = None, **values: Any) -> Gateway:
        folder = tmp_path_factory.mktemp("gateway")
        context = gateway_context(folder, signer.folder, ports, {"services": services} | values)
        config = render_config(folder, context, limits_beyond or {}, **(beyond or {}))
        made.append(await start(folder, context, config))
        return made[-1]

    yield make
    for gateway in made:
        stop(gateway)


@pytest.fixture(scope="session")
async def gateway(start_gateway: StartGateway) -> Gateway:
    """As the local stack runs it: the header names the vertical, limits are generous."""
    return await start_gateway()


@pytest.fixture(scope="session")
async def production(start_gateway: StartGateway) -> Gateway:
    """Hosts name the verticals and nothing else does; one load balancer stands before it, one origin may call."""
    return await start_gateway(
        local=False, default_vertical="", trusted_proxies=["127.9.0.0/16"], beyond={"cors_origins": [ORIGIN]}
    )


@pytest.fixture(scope="session")
async def tight(start_gateway: StartGateway) -> Gateway:
    """Limits low enough to be reached; counters are by address, and each test has its own."""
    return await start_gateway(
        {"failed_auth_per_minute": 5, "request_seconds": 1}, limits=TIGHT, trusted_proxies=["127.9.0.0/16"]
    )


@pytest.fixture
def source() -> str:
    """An address that no other test calls from."""
    number = next(_addresses)
    return f"127.8.{number // 250}.{number % 250 + 1}"


@pytest.fixture(scope="session")
async def client(gateway: Gateway) -> AsyncIterator[Any]:
    """A client of the local gateway that tests share."""
    async with gateway.client(CALLER) as made:
        yield made


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
