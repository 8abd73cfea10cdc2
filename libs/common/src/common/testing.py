"""What tests share: waiting without sleeping, real databases made per test run, tokens, and a service in-process."""

import asyncio
import inspect
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from time import monotonic, time
from typing import Any, Final, TypeVar, overload
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from common.app import create_app
from common.audit import GUEST, SYSTEM, Actor, Entry
from common.migration import upgrade
from common.provision import VERIFIER, owner_role, provision, scope_role
from common.service import Context, Service
from common.settings import ServiceSettings
from common.uow import UnitOfWork
from contracts.base import Fact
from contracts.envelope import Event, decode, decode_tombstone
from contracts.ids import AccountId, EventId, new_id

T = TypeVar("T")
F = TypeVar("F", bound=Fact)
S = TypeVar("S", bound=ServiceSettings)
C = TypeVar("C", bound=Context)
ISSUER: Final = "https://barberpro.test"
AUDIENCE: Final = "barberpro"
VERTICALS_DIR: Final = Path(__file__).resolve().parents[4] / "verticals"
_PASSWORD: Final = "only-for-tests"  # noqa: S105 - a throw-away server on loopback


@overload
async def eventually(probe: Callable[[], Awaitable[T | None]], seconds: float = 10.0) -> T: ...
@overload
async def eventually(probe: Callable[[], T | None], seconds: float = 10.0) -> T: ...
async def eventually(probe: Callable[[], Any], seconds: float = 10.0) -> Any:
    """The first truthy answer of `probe`; AssertionError with the last one when time is up."""
    deadline = monotonic() + seconds
    while True:
        answer: Any = probe()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        if monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; last answer: {answer!r}")
        await asyncio.sleep(0.02)


async def answered(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """The answer to who comes back, thirty times at most while the service is at its limit (each wait is its own)."""
    for _ in range(30):
        reply = await ask()
        if reply.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            break
    return reply


def event(fact: F, vertical: str = "barber", at: datetime | None = None) -> Event[F]:
    """A fact as a consumer receives it."""
    return Event(EventId(new_id()), vertical, at or datetime.now(UTC), fact)


@dataclass(frozen=True)
class Servers:
    """Where the real servers of a test run listen; the DSN is a superuser's."""

    postgres_dsn: str
    kafka_bootstrap: str


@dataclass(frozen=True)
class Databases:
    """One service's database, made for this run: DSNs by scope, of the application's roles and of the owner."""

    name: str
    dsns: Mapping[str, str]
    owner_dsns: Mapping[str, str]
    verifier_dsn: str

    async def shift_clock(self, scope: str, by: timedelta) -> None:
        """Move `app_now()` of one scope; only the owner can. Zero puts it right again."""
        schema = "shared" if scope == "*" else scope
        connection = await asyncpg.connect(self.owner_dsns[scope])
        try:
            await connection.execute(f'SET search_path TO "{schema}"')
            await connection.execute("UPDATE clock_offset SET shift = $1", by)
        finally:
            await connection.close()


async def make_databases(
    superuser_dsn: str, name: str, scopes: Sequence[str], migrations: Path, revision: str = "head"
) -> Databases:
    """Provision and migrate; `name` is the database's (a service's name, or that with a worker's suffix)."""
    roles = [VERIFIER, owner_role(name), *(scope_role(name, scope) for scope in scopes)]
    await provision(superuser_dsn, {name: scopes}, dict.fromkeys(roles, _PASSWORD))
    owner = _dsn(superuser_dsn, name, owner_role(name))
    for scope in scopes:
        await asyncio.to_thread(upgrade, migrations, owner, scope, revision)
    return Databases(
        name,
        {scope: _dsn(superuser_dsn, name, scope_role(name, scope)) for scope in scopes},
        dict.fromkeys(scopes, owner),
        _dsn(superuser_dsn, name, VERIFIER),
    )


async def published(uow: UnitOfWork, scope: str, subject: UUID) -> list[Event[Fact]]:
    """What the outbox holds of one aggregate, in order."""
    async with uow.read(scope) as session:
        rows = await session.connection.fetch("SELECT * FROM outbox WHERE key = $1 ORDER BY id", subject)
    return [_decoded(row) for row in rows]


async def on_record(uow: UnitOfWork, scope: str, subject: UUID | None) -> list[Entry]:
    """What the audit log holds of one subject (or, for None, of nobody), in order."""
    async with uow.read(scope) as session:
        rows = await session.connection.fetch(
            "SELECT * FROM audit_entry WHERE subject IS NOT DISTINCT FROM $1 ORDER BY at, id", subject
        )
    return [Entry(row["action"], _actor(row["actor"]), row["subject"], row["detail"]) for row in rows]


@dataclass
class Tokens:
    """Signs access tokens as identity would, with a key of its own."""

    kid: str = "test"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def jwks(self) -> dict[str, Any]:
        """The public half as a key set."""
        numbers = self.key.public_key().public_numbers()
        return {"keys": [{"kty": "RSA", "kid": self.kid, "alg": "RS256", "n": _b64(numbers.n), "e": _b64(numbers.e)}]}

    def bearer(self, account: AccountId, scope: str = "client", seconds: int = 600, **claims: object) -> dict[str, str]:
        """Request headers that carry a token."""
        now = int(time())
        body = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(account), "iat": now, "exp": now + seconds, "scope": scope}
        token = jwt.encode(body | claims, self.key, "RS256", headers={"kid": self.kid, "typ": "at+jwt"})
        return {"Authorization": f"Bearer {token}"}


def settings_for(kind: type[S], databases: Databases, kafka_bootstrap: str = "127.0.0.1:1", **more: object) -> S:
    """A service's settings for tests; ports are unused in-process."""
    values: dict[str, Any] = {
        "api_port": 1,
        "worker_port": 2,
        "databases": dict(databases.dsns),
        "kafka_bootstrap": kafka_bootstrap,
        "verticals_dir": VERTICALS_DIR,
        "jwks_url": "http://127.0.0.1:1/jwks",
        "token_issuer": ISSUER,
        "token_audience": AUDIENCE,
        "public_url": "http://localhost:8080",
    }
    return kind(**(values | more))


@asynccontextmanager
async def api_client(
    service: Service[S, C], settings: S, tokens: Tokens, vertical: str = "barber"
) -> AsyncIterator[tuple[httpx.AsyncClient, C]]:
    """The service's API in-process on its real database, and its context."""
    app = create_app(service, settings)
    async with app.router.lifespan_context(app):
        if service.token_keys is None:
            app.state.verifier.learn(tokens.jwks())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://service", headers={"X-Vertical": vertical}
        ) as client:
            yield client, app.state.context


def _actor(text: str) -> Actor:
    return next((name for name in (SYSTEM, GUEST) if name == text), None) or AccountId(UUID(text))


def _decoded(row: Mapping[str, Any]) -> Event[Fact]:
    if row["payload"] is not None:
        return decode(row["payload"])
    headers = row["headers"] if isinstance(row["headers"], dict) else {}
    return decode_tombstone(str(row["key"]).encode(), {name: value.encode() for name, value in headers.items()})


def _dsn(superuser_dsn: str, database: str, role: str) -> str:
    parts = urlsplit(superuser_dsn)
    return urlunsplit(parts._replace(netloc=f"{role}:{_PASSWORD}@{parts.hostname}:{parts.port}", path=f"/{database}"))


def _b64(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
