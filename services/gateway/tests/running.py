"""Runs the real HAProxy on the rendered template, in front of stand-in services, and signs tokens as identity does."""

import asyncio
import json
import re
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time
from typing import Any, Final

import httpx
import jwt

from common.testing import eventually
from localstack.certificates import ensure_gateway_certificate, ensure_signing_keys, private_key_file, public_key_file
from localstack.gateway import GatewayContext, Key, Listen
from localstack.machine import Machine
from localstack.prerequisites import find_haproxy
from localstack.templates import render

TEMPLATE: Final = Path(__file__).parents[1] / "haproxy.cfg.j2"
HOST: Final = "127.0.0.1"
KIDS: Final = ("one", "two")
HOSTS: Final = {"barber.example": "barber", "psychology.example": "psychology", "Psicologia.example": "psychology"}
ISSUER: Final = "https://barberpro.example"
AUDIENCE: Final = "barberpro"
ACCOUNT: Final = "019abcde-0000-7000-8000-000000000001"

_TRUSTING: Final = ssl.create_default_context()
_TRUSTING.check_hostname = False
_TRUSTING.verify_mode = ssl.CERT_NONE


@dataclass(frozen=True)
class Signer:
    """The key pairs that identity has, in a folder."""

    folder: Path

    def claims(self, **changes: object) -> dict[str, object]:
        """What an access token says; a claim changed to None is left out."""
        now = int(time())
        said = {"iss": ISSUER, "aud": AUDIENCE, "sub": ACCOUNT, "iat": now, "exp": now + 600, "scope": "client"}
        return {name: value for name, value in (said | changes).items() if value is not None}

    def token(self, kid: str = "one", *, header: Mapping[str, object] | None = None, **claims: object) -> str:
        """A token signed with the key called `kid`."""
        key = private_key_file(self.folder, kid).read_bytes()
        return jwt.encode(self.claims(**claims), key, "RS256", headers={"kid": kid, "typ": "at+jwt", **(header or {})})


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


@dataclass(frozen=True)
class Gateway:
    """A running HAProxy."""

    context: GatewayContext
    folder: Path
    process: subprocess.Popen[bytes]

    @asynccontextmanager
    async def client(self, source: str = HOST, host: str = "localhost", tls: bool = False) -> AsyncIterator[Any]:
        """An httpx client that calls from the address `source` for the site `host`."""
        listen = self.context.gateway
        base = f"https://{HOST}:{listen.https_port}" if tls else f"http://{HOST}:{listen.http_port}"
        transport = httpx.AsyncHTTPTransport(local_address=source, verify=_TRUSTING)
        headers = {"Host": host}
        async with httpx.AsyncClient(base_url=base, transport=transport, headers=headers, trust_env=False) as made:
            yield made

    async def exchange(self, sent: bytes, source: str = HOST, seconds: float = 10.0) -> bytes:
        """What comes back for these very bytes, until the gateway closes or the first answer's body is here."""
        port = self.context.gateway.http_port
        reader, writer = await asyncio.open_connection(HOST, port, local_addr=(source, 0))
        try:
            writer.write(sent)
            async with asyncio.timeout(seconds):
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head.lower())
                return head + await reader.readexactly(int(length[1]) if length else 0)
        finally:
            writer.close()

    def log(self) -> Iterator[dict[str, Any]]:
        """The lines HAProxy wrote."""
        for line in (self.folder / "log").read_text().splitlines():
            yield json.loads(line)

    async def logged(self, request_id: str) -> dict[str, Any]:
        """The line of one request; it is written when the answer is through."""
        return (await eventually(lambda: [line for line in self.log() if line.get("request_id") == request_id]))[0]


def make_keys(folder: Path) -> Path:
    """Identity's key pairs and a certificate, in a folder made for them."""
    folder.mkdir(parents=True)
    ensure_signing_keys(folder, KIDS)
    ensure_gateway_certificate(folder / "tls.pem", [host.lower() for host in HOSTS])
    return folder


def gateway_context(folder: Path, identity: Path, ports: Iterator[int], values: Mapping[str, Any]) -> GatewayContext:
    """What the local stack gives the template; `values` are `services` and whatever differs."""
    usual: dict[str, Any] = {
        "gateway": Listen(next(ports), next(ports), identity / "tls.pem", next(ports), folder / "s"),
        "hosts": HOSTS,
        "verticals": ["barber", "psychology"],
        "default_vertical": "barber",
        "keys": [Key(kid, public_key_file(identity, kid)) for kid in KIDS],
        "issuer": ISSUER,
        "audience": AUDIENCE,
    }
    return GatewayContext(**(usual | dict(values)))


def render_config(folder: Path, context: GatewayContext, more_limits: Mapping[str, int], **more: object) -> Path:
    """The configuration file; `more` are the template's optional names."""
    values = asdict(context)
    values["limits"] |= more_limits
    config = folder / "haproxy.cfg"
    config.write_text(render(TEMPLATE, **(values | more)))
    return config


def check(config: Path) -> subprocess.CompletedProcess[str]:
    """What HAProxy says about a configuration."""
    command: list[str | Path] = [find_haproxy(Machine()), "-c", "-f", config]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


async def start(folder: Path, context: GatewayContext, config: Path) -> Gateway:
    """HAProxy, ready for requests."""
    with (folder / "log").open("wb") as log, (folder / "errors").open("wb") as errors:
        process = subprocess.Popen([find_haproxy(Machine()), "-db", "-f", config], stdout=log, stderr=errors)  # noqa: ASYNC220 - starts at once
    gateway = Gateway(context, folder, process)
    await until(lambda: _listens(context.gateway.stats_port))
    return gateway


async def until(probe: Callable[[], Awaitable[bool]], seconds: float = 5.0) -> None:
    """Returns when the probe says yes; fails when it does not in time."""
    ask: Callable[[], bool | Awaitable[bool]] = probe
    await eventually(ask, seconds)


def stop(gateway: Gateway) -> None:
    """End it at once."""
    gateway.process.kill()
    gateway.process.wait(10)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    return True
