"""`up`: bring the chosen programs up in order, whatever part of them already runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from localstack import kafka, ports, prerequisites, processes, readiness, scopes, secrets, supervision
from localstack.errors import StackError
from localstack.preparation import Preparation
from localstack.programs import EDGE, INFRASTRUCTURE, SERVICE, SERVICES, Program, choose

if TYPE_CHECKING:
    from localstack.stack import Stack

LEFTOVER_SECONDS = 15


def bring_up(stack: "Stack", only: Sequence[str] | None) -> bool:
    """Start what does not run of the chosen programs (all for None) and wait until each is ready.

    Answers False when all of them ran and were ready already.
    """
    chosen = choose(only)
    if not stack.supervisor.alive():
        _clear_leftovers(stack)
    elif stack.layout.remembered().get("port_offset", 0) != stack.ports.offset:
        raise StackError("the stack runs on another port base; stop it first: make down")
    config = _prepare(stack, chosen)
    changed = supervision.ensure(stack.layout, config)
    running = _running(stack)
    if not changed and all(program.name in running for program in chosen):
        _wait(stack, chosen, "asking every program")
        return False
    _wave(stack, chosen, INFRASTRUCTURE)
    _databases(stack, chosen)
    _wave(stack, chosen, SERVICE)
    _wave(stack, chosen, EDGE)
    return True


def _prepare(stack: "Stack", chosen: Sequence[Program]) -> Path:
    running = _running(stack)
    there = kafka.jars_folder(stack.layout).is_dir()
    tools = prerequisites.check(prerequisites.needed(chosen, jars_there=there), stack.reporter, stack.machine)
    ports.check_free(stack.ports, [name for program in chosen if program.name not in running for name in program.ports])
    secrets.ensure(stack.layout, scopes.all_roles(stack.scopes))
    stack.layout.remember(port_offset=stack.ports.offset)
    return Preparation(stack.context, tools, stack.reporter).prepare(chosen)


def _running(stack: "Stack") -> set[str]:
    return {name for name, info in stack.supervisor.processes().items() if info.runs}


def _clear_leftovers(stack: "Stack") -> None:
    """A supervisor that was killed leaves its programs behind, and they hold the ports."""
    left = stack.live_processes()
    if left:
        with stack.reporter.step(f"stopping what a killed supervisor left behind: {processes.named(left)}"):
            if stubborn := processes.end(left, LEFTOVER_SECONDS):
                raise StackError(f"cannot stop {processes.named(stubborn)}")
    for stale in stack.layout.programs.glob("*"):
        stale.unlink()


def _wave(stack: "Stack", chosen: Sequence[Program], wave: int) -> None:
    programs = [program for program in chosen if program.wave == wave]
    if not programs:
        return
    for program in programs:
        stack.supervisor.start(program.name)
    titles = {INFRASTRUCTURE: ", ".join(program.name for program in programs), SERVICE: "services", EDGE: "gateway"}
    _wait(stack, programs, f"starting {titles[wave]}")


def _wait(stack: "Stack", programs: Sequence[Program], title: str) -> None:
    with stack.reporter.step(title) as step:
        stack.run(readiness.wait_ready(stack.context, stack.supervisor, programs, step.now))


def _databases(stack: "Stack", chosen: Sequence[Program]) -> None:
    services = [service for service in SERVICES if any(program.service == service for program in chosen)]
    if not services:
        return
    # Imported here: a stack of PostgreSQL and Kafka alone needs nothing of the services' code.
    from localstack import databases

    with stack.reporter.step("provisioning the databases"):
        stack.run(databases.provision_databases(stack.context))
    with stack.reporter.step(f"migrating {', '.join(services)}") as step:
        stack.run(databases.migrate(stack.context, services, lambda service: step.now(f"{service} done")))
