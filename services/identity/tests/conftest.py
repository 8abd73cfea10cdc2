"""Identity on a real PostgreSQL, with two signing keys."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from services.identity.tests.builders import CONTACT_KEYS, Person

from common.testing import Databases, Tokens, api_client, settings_for
from identity.app import SERVICE
from identity.settings import Settings
from identity.usecases.context import IdentityContext

MAKE_OPERATOR = "UPDATE account SET roles = roles || '{operator:*}'::text[] WHERE id = $1"
Api = tuple[httpx.AsyncClient, IdentityContext]


@pytest.fixture(scope="session")
async def databases(make_service_databases: Callable[[str, Sequence[str], Path], Awaitable[Databases]]) -> Databases:
    return await make_service_databases("identity", ["*"], SERVICE.migrations)


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("2026-10", "2026-11"):
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(pem)
    return folder


@pytest.fixture(scope="session")
def values(keys_dir: Path) -> dict[str, Any]:
    """Identity's own settings."""
    return {
        "contact_keys": CONTACT_KEYS,
        "contact_key_id": "k1",
        "signing_keys_dir": keys_dir,
        "signing_key_id": "2026-11",
    }


@pytest.fixture(scope="session")
async def api(databases: Databases, values: dict[str, Any], tokens: Tokens) -> AsyncIterator[Api]:
    async with api_client(SERVICE, settings_for(Settings, databases, **values), tokens) as client_and_context:
        yield client_and_context


@pytest.fixture
def http(api: Api) -> httpx.AsyncClient:
    return api[0]


@pytest.fixture
def context(api: Api) -> IdentityContext:
    return api[1]


@pytest.fixture
async def ana(http: httpx.AsyncClient) -> Person:
    """A registered client."""
    return await Person().register(http)


@pytest.fixture
async def operator(http: httpx.AsyncClient, context: IdentityContext) -> Person:
    """An operator, logged in."""
    person = await Person(name="Olga Operadora").register(http)
    async with context.uow.begin("*") as work:
        await work.connection.execute(MAKE_OPERATOR, person.id)
    await person.login(http)
    return person
