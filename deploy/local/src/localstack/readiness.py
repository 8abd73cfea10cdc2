"""Whether a program is ready: a real answer to a real question, and waiting for it with a bound."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
import httpx
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from localstack import logfiles
from localstack.environment import Context
from localstack.ports import HOST
from localstack.programs import Kind, Program
from localstack.rpc import ProcessInfo, Supervisor

PROBE_SECONDS = 3.0
POLL_SECONDS = 0.2
# A start may lose a race with a server that is only coming up, or with what a killed one left; a fourth is no accident.
STARTS_ALLOWED = 3

NotReady = str | None


async def probe(context: Context, program: Program) -> NotReady:
    """None when the program answers as it should, otherwise what it says instead."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await _QUESTIONS[program.kind](context, program)
    except (OSError, TimeoutError, httpx.HTTPError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError) as error:
        return f"{type(error).__name__} {error}".strip()


async def probe_all(context: Context, programs: Sequence[Program]) -> dict[str, NotReady]:
    """The same for many at once, by name."""
    answers = await asyncio.gather(*(probe(context, program) for program in programs))
    return {program.name: answer for program, answer in zip(programs, answers, strict=True)}


async def _query(context: Context, _program: Program) -> NotReady:
    connection = await asyncpg.connect(context.superuser_dsn(), timeout=PROBE_SECONDS)
    try:
        await connection.fetchval("SELECT 1")
    finally:
        connection.terminate()
    return None


async def _cluster(context: Context, program: Program) -> NotReady:
    # Asked first because aiokafka logs an error for every refused connection.
    await _connects(context.ports[program.ports[0]])
    admin = AIOKafkaAdminClient(bootstrap_servers=context.kafka_bootstrap, request_timeout_ms=int(PROBE_SECONDS * 1000))
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
    finally:
        await admin.close()
    return None if cluster["brokers"] else "the broker is not registered yet"


async def _health(context: Context, program: Program) -> NotReady:
    answer = await _get(context.ports[program.ports[0]], "/health/ready")
    return None if answer.status_code == httpx.codes.OK else f"{answer.status_code} {answer.text[:200]}"


async def _any_answer(context: Context, program: Program) -> NotReady:
    for name in program.ports[1:]:
        await _connects(context.ports[name])
    answer = await _get(context.ports[program.ports[0]], "/")
    return None if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR else f"{answer.status_code}"


async def _connects(port: int) -> None:
    _reader, writer = await asyncio.open_connection(HOST, port)
    writer.close()
    await writer.wait_closed()


async def _get(port: int, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=PROBE_SECONDS) as client:
        return await client.get(f"http://{HOST}:{port}{path}")


_QUESTIONS = {
    Kind.POSTGRES: _query,
    Kind.KAFKA: _cluster,
    Kind.SANDBOX: _health,
    Kind.API: _health,
    Kind.WORKER: _health,
    Kind.GATEWAY: _any_answer,
}


@dataclass(slots=True)
class _Watch:
    """What has been seen of one program since the wait began."""

    program: Program
    starts: set[int] = field(default_factory=set)
    last_answer: str = "it was not asked yet"

    def broken(self, info: ProcessInfo | None) -> str | None:
        """Why it is pointless to wait on, None when it is not."""
        if info is None:
            return "is unknown to the supervisor"
        if info.started:
            self.starts.add(info.started)
        if info.state == "FATAL" or len(self.starts) > STARTS_ALLOWED:
            return f"does not stay up (exit status {info.exit_status}{': ' + info.error if info.error else ''})"
        return None


async def wait_ready(
    context: Context,
    supervisor: Supervisor,
    programs: Sequence[Program],
    waiting: Callable[[str], None] = lambda _names: None,
) -> None:
    """Return once every program is ready; refuses the first that does not stay up or takes longer than its bound."""
    began = time.monotonic()
    watches = {program.name: _Watch(program) for program in programs}
    while watches:
        known = await asyncio.to_thread(supervisor.processes)
        _check_alive(context, watches, known)
        answers = await probe_all(context, [watch.program for watch in watches.values()])
        for name, answer in answers.items():
            if answer is None and name in known and known[name].runs:
                del watches[name]
            else:
                watches[name].last_answer = answer or "another process answers in its place"
        _check_time(context, watches, time.monotonic() - began)
        if watches:
            waiting(f"waiting for {', '.join(watches)}")
            await asyncio.sleep(POLL_SECONDS)


def _check_alive(context: Context, watches: Mapping[str, _Watch], known: Mapping[str, ProcessInfo]) -> None:
    for name, watch in watches.items():
        if reason := watch.broken(known.get(name)):
            raise logfiles.failure(context.layout, name, reason)


def _check_time(context: Context, watches: Mapping[str, _Watch], elapsed: float) -> None:
    for name, watch in watches.items():
        if elapsed > watch.program.ready_seconds:
            raise logfiles.failure(
                context.layout, name, f"is not ready after {elapsed:.0f} s, it answers: {watch.last_answer}"
            )
