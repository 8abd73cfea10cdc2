"""`python -m <service> api|worker|migrate|snapshot|replay|rebase|audit`: the commands every service has.

A service may have some of its own beside them (`Service.commands`).
"""

import argparse
import asyncio
import atexit
import gc
import sys
from typing import Final, TypeVar

import asyncpg
import structlog
import uvloop

from common import road, telemetry
from common.app import create_app, running, serve
from common.audit_chain import present_head
from common.audit_check import check_chains
from common.dead_letters import give_up, replay
from common.kafka import create_topics
from common.migration import BlockedMigrationError, upgrade
from common.service import Context, Service, first_id
from common.settings import ServiceSettings, load
from common.subscriptions import Subscriptions
from common.uow import UnitOfWork, close_databases, open_databases
from common.worker import run_worker

log = structlog.get_logger()
S = TypeVar("S", bound=ServiceSettings)
C = TypeVar("C", bound=Context)
COMMANDS: Final = {
    "api": "serve HTTP",
    "worker": "relay the outbox, consume events, run what falls due",
    "migrate": "bring every schema and topic of this service up to date (needs OWNER_DATABASES)",
    "snapshot": "publish the current state of every aggregate again, for a new reader",
    "replay": "apply the dead letters once their cause is mended, or give one up (--discard)",
    "rebase": "send every event still kept again: after a restore, or for a new Kafka; run snapshot next",
    "audit": "verify every audit chain, against itself and against the heads kept in Kafka",
}


def main(service: Service[S, C]) -> None:
    """Parse the command line and run the command; exits non-zero with one line when something is wrong."""
    # A third of a short command's time would go into looking for cycles at its end.
    atexit.register(gc.freeze)
    arguments = _parse(service)
    command = arguments.command
    settings = load(service.settings)
    # What a command of the service's own prints is for programs too: logs stay out of it.
    is_own = any(own.name == command for own in service.commands)
    telemetry.configure(service.name, command, settings, sys.stderr if is_own else sys.stdout)
    if command == "api":
        serve(create_app(service, settings), settings.host, settings.api_port)
        return
    if command == "migrate":
        _migrate(service, settings)
        return
    try:
        status = uvloop.run(_RUNNERS.get(command, _own)(service, settings, arguments))
    except (OSError, asyncpg.PostgresError, RuntimeError) as error:
        log.exception(
            "command.ended", command=command, error=type(error).__name__, sqlstate=getattr(error, "sqlstate", None)
        )
        raise SystemExit(1) from None
    finally:
        telemetry.flush()
    if status:
        raise SystemExit(status)


def _parse(service: Service[S, C]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m {service.name}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    each = {name: commands.add_parser(name, help=text) for name, text in COMMANDS.items()}
    each["replay"].add_argument("--discard", type=int, metavar="ID", help="first give this dead letter up")
    each["replay"].add_argument("--scope", help="whose it is: a vertical, or *")
    each["replay"].add_argument("--reason", help="why, kept beside it; names nobody")
    for own in service.commands:
        own.arguments(commands.add_parser(own.name, help=own.help))
    arguments = parser.parse_args()
    if arguments.command == "replay" and arguments.discard is not None and not (arguments.scope and arguments.reason):
        each["replay"].error("--discard needs --scope and --reason")
    return arguments


def _migrate(service: Service[S, C], settings: S) -> None:
    if not settings.owner_databases:
        sys.stderr.write(f"settings: {service.name.upper()}_OWNER_DATABASES is needed to migrate\n")
        raise SystemExit(2)
    for scope, dsn in settings.owner_databases.items():
        try:
            upgrade(service.migrations, dsn.get_secret_value(), scope)
        except BlockedMigrationError as error:
            log.error("migrate.blocked", reason=str(error))  # noqa: TRY400 - the reason is all there is to say
            raise SystemExit(1) from None
        log.info("migrate.done", scope=scope)
    made = asyncio.run(create_topics(service.name, settings))
    log.info("migrate.topics", made=made)


async def _work(service: Service[S, C], settings: S, _arguments: argparse.Namespace) -> None:
    await run_worker(service, settings)


async def _snapshot(service: Service[S, C], settings: S, _arguments: argparse.Namespace) -> None:
    async with running(service, settings) as context:
        for scope in context.uow.scopes:
            count = 0
            for page_after in service.snapshots:
                after = first_id()
                while True:
                    async with context.uow.begin(scope) as work:
                        facts = await page_after(work, after)
                        await work.publish(*facts)
                    if not facts:
                        break
                    after, count = facts[-1].subject, count + len(facts)
            async with context.uow.begin(scope) as work:
                head = await present_head(work, service.name, scope)
                await work.publish(*([head] if head is not None else []))
            log.info("snapshot.done", scope=scope, published=count)


async def _replay(service: Service[S, C], settings: S, arguments: argparse.Namespace) -> None:
    failed = 0
    async with running(service, settings) as context:
        if arguments.discard is not None:
            await give_up(context.uow, arguments.scope, arguments.discard, arguments.reason)
        for scope in context.uow.scopes:
            report = await replay(context.uow, scope, context, Subscriptions(service.subscriptions))
            log.info("replay.done", scope=scope, replayed=report.replayed, failed=report.failed)
            failed += report.failed
    if failed:
        raise RuntimeError(f"{failed} dead letters failed again")


async def _rebase(service: Service[S, C], settings: S, _arguments: argparse.Namespace) -> None:
    async with running(service, settings) as context:
        for scope in context.uow.scopes:
            async with context.uow.begin(scope) as work:
                await work.value(road.REBASE)
            for rebase in service.rebases:
                while await rebase(context, scope) > 0:
                    pass
            log.info("rebase.done", scope=scope)


async def _audit(service: Service[S, C], settings: S, _arguments: argparse.Namespace) -> None:
    dsns = {scope: dsn.get_secret_value() for scope, dsn in settings.databases.items()}
    databases = await open_databases(dsns, 1, f"{service.name}-audit")
    try:
        checked = await check_chains(service.name, UnitOfWork(service.name, databases, lambda _scope: None), settings)
    finally:
        await close_databases(tuple(databases.values()))
    sys.stdout.writelines(f"{each}\n" for each in checked)
    if wrong := sum(not each.whole for each in checked):
        raise RuntimeError(f"{wrong} audit chains are not whole")


async def _own(service: Service[S, C], settings: S, arguments: argparse.Namespace) -> int:
    """A command of the service's own; its exit status."""
    command = next(each for each in service.commands if each.name == arguments.command)
    async with running(service, settings) as context:
        return await command.run(context, arguments)


_RUNNERS: Final = {"worker": _work, "snapshot": _snapshot, "replay": _replay, "rebase": _rebase, "audit": _audit}
