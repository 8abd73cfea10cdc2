"""Where the judge looks: each database as the read-only role, Kafka from its first record, the sandbox's records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import httpx

from contracts.registry import TOPICS
from localstack.environment import Context
from localstack.reading import Row, Verifier, read_topics
from localstack.verify.credit import credited
from localstack.verify.transfers import transferred

_SECONDS: Final = 60
_PAGE: Final = 500
_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """One record of a topic, by its headers; `offset` is its place."""

    topic: str
    partition: int
    offset: int
    key: str
    event_id: UUID | None
    vertical: str


@dataclass
class Evidence(Verifier):
    """What was gathered. `rows` asks a database again; the rest is read once.

    `payments` are MercadoPago's, and clients' transfers and credit in their shape; `movements` are the bank's.
    `records` should have every event that was committed before `complete_until`.
    """

    records: Sequence[Sent] = ()
    complete_until: datetime = _ALWAYS
    payments: Sequence[Row] = ()
    messages: Sequence[Row] = ()
    batches: Sequence[Row] = ()
    movements: Sequence[Row] = ()

    @property
    def verticals(self) -> Sequence[str]:
        """Every vertical of the stack."""
        return self.context.scopes["booking"]

    async def count(self, service: str, scope: str, query: str, *values: object) -> int:
        """The single number a query gives."""
        (row,) = await self.rows(service, scope, query, *values)
        (number,) = row.values()
        return int(number or 0)


def taken_and_returned(payment: Row) -> tuple[int, int]:
    """Centavos that MercadoPago took for a payment, and gave back of it; `captured_minor` is what is left there."""
    returned = int(payment["sandbox"]["refunded_minor"])
    return int(payment["sandbox"]["captured_minor"]) + returned, returned


async def gather(context: Context) -> Evidence:
    """Read Kafka and the sandbox; databases are asked as the checks go."""
    payments, messages = await outside(context)
    batches, movements = await at_the_bank(context)
    # What is committed while Kafka is read cannot be asked of it.
    complete_until = datetime.now(UTC)
    records = await sent(context)
    found = Evidence(
        context,
        records=records,
        complete_until=complete_until,
        messages=messages,
        batches=batches,
        movements=movements,
    )
    found.payments = await beside_others(found, payments)
    return found


async def beside_others(evidence: Evidence, payments: Sequence[Row]) -> Sequence[Row]:
    """MercadoPago's payments and, in their shape, those that never went through it."""
    by_transfer = await transferred(evidence, evidence.verticals, evidence.movements)
    return [*payments, *by_transfer, *await credited(evidence, evidence.verticals)]


async def outside(context: Context) -> tuple[Sequence[Row], Sequence[Row]]:
    """What MercadoPago and people's phones and mailboxes have, as the sandbox recorded it: payments, messages."""
    async with httpx.AsyncClient(base_url=context.sandbox_url, timeout=_SECONDS) as client:
        payments = await _pages(client, "/sandbox/payments", "payments")
        return payments, await _pages(client, "/sandbox/messages", "messages")


async def at_the_bank(context: Context) -> tuple[Sequence[Row], Sequence[Row]]:
    """What our bank was told and did, as the sandbox recorded it: batches, movements of our account."""
    async with httpx.AsyncClient(base_url=context.sandbox_url, timeout=_SECONDS) as client:
        batches = await _pages(client, "/sandbox/bank/batches", "batches")
        return batches, await _pages(client, "/sandbox/bank/movements", "movements")


async def _pages(client: httpx.AsyncClient, path: str, name: str) -> Sequence[Row]:
    found: list[Row] = []
    after: object = None
    while True:
        query = {"limit": _PAGE} | ({"after": str(after)} if after is not None else {})
        reply = await client.get(path, params=query)
        page = reply.raise_for_status().json()
        found += page[name]
        after = page["next"]
        if after is None:
            return found


async def sent(context: Context) -> Sequence[Sent]:
    """Every record of every topic of the catalogue, in the order of its partition."""
    return [_sent(record) for record in await read_topics(context.kafka_bootstrap, [topic.name for topic in TOPICS])]


def _sent(record: Any) -> Sent:
    headers = {name: value.decode("ascii", "replace") for name, value in record.headers}
    given = headers.get("ce_id", "")
    event_id = UUID(given) if len(given) == len(str(UUID(int=0))) else None
    key = (record.key or b"").decode("utf-8", "replace")
    vertical = headers.get("ce_vertical", "")
    return Sent(record.topic, record.partition, record.offset, key, event_id, vertical)
