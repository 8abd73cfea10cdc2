"""Roles, schemas and rights, on a real PostgreSQL."""

import asyncio

from common.provision import VERIFIER, owner_role, provision, scope_role
from common.testing import _PASSWORD, Databases, Servers


async def test_provisioning_from_several_places_at_once_is_harmless(servers: Servers, toy_databases: Databases) -> None:
    name = toy_databases.name
    roles = [VERIFIER, owner_role(name), *(scope_role(name, scope) for scope in toy_databases.dsns)]
    services = {name: list(toy_databases.dsns)}
    passwords = dict.fromkeys(roles, _PASSWORD)
    made = [provision(servers.postgres_dsn, services, passwords) for _ in range(4)]
    assert await asyncio.gather(*made) == [None] * 4
