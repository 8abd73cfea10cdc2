"""Roles, databases and schemas: provisioned as superuser, then migrated by each service itself."""

import asyncio
import os
from collections.abc import Callable, Sequence

import asyncpg

from common.provision import provision
from localstack import logfiles
from localstack.environment import Context, service_settings
from localstack.errors import StackError

PROVISION_SECONDS = 90
MIGRATE_SECONDS = 180
AT_ONCE = 2  # migrations are bound by the processor while they import


async def provision_databases(context: Context) -> None:
    """Make every service's database, roles and schemas; repeating it changes nothing."""
    try:
        async with asyncio.timeout(PROVISION_SECONDS):
            await provision(context.superuser_dsn(), context.scopes, context.secrets.roles)
    except TimeoutError as error:
        raise StackError(f"the databases were not provisioned within {PROVISION_SECONDS} s") from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StackError(f"the databases were not provisioned: {error}") from error


async def migrate(
    context: Context, services: Sequence[str], done: Callable[[str], None] = lambda _service: None
) -> None:
    """Run `python -m <service> migrate` for each, a few at once; refuses the first that fails."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(service: str) -> None:
        async with turn:
            await _migrate_one(context, service)
        done(service)

    try:
        async with asyncio.TaskGroup() as group:
            for service in services:
                group.create_task(one(service))
    except* StackError as several:
        raise several.exceptions[0] from None


async def _migrate_one(context: Context, service: str) -> None:
    name = f"{service}-migrate"
    environment = {**os.environ, **service_settings(context, service)}
    with (context.layout.logs / f"{name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            str(context.python),
            "-m",
            service,
            "migrate",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
        )
        try:
            async with asyncio.timeout(MIGRATE_SECONDS):
                status = await process.wait()
        except TimeoutError:
            raise logfiles.failure(context.layout, name, f"did not end within {MIGRATE_SECONDS} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if status != 0:
        raise logfiles.failure(context.layout, name, f"failed (exit status {status})")
