"""What can be seen of a booking: its trace everywhere, its client nowhere."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import uuid4

from tests.town.client import Call
from tests.town.people import Account, somebody
from tests.town.records import Records
from tests.town.shops import Shop
from tests.town.town import ON_STACK, Town, booking_call

from common.testing import eventually
from localstack.programs import SERVICES

pytestmark = ON_STACK
WITH_A_LOG_LINE: Final = frozenset({"gateway", "booking", "payments", "notifications", "analytics"})
WHERE_IT_ERRED: Final = {f"{service}-api" for service in SERVICES}
FEWEST_TABLES: Final = 15


async def test_one_trace_id_leads_from_the_gateway_through_every_service(town: Town, shop: Shop) -> None:
    trace = uuid4().hex
    client = await town.people.client()
    headers = {"traceparent": f"00-{trace}-{uuid4().hex[:16]}-01"}
    await town.buy(client, shop, await shop.slot(), headers=headers)
    await eventually(lambda: services_that_logged(town.records, trace) >= WITH_A_LOG_LINE, 20)


async def test_nothing_that_tells_who_somebody_is_lies_in_topics_logs_traces_or_tables(town: Town, shop: Shop) -> None:
    mark, trace = uuid4().hex[:12], uuid4().hex
    canary = await town.people.client(somebody(f"Canaria{mark} Xilofón{mark}"))
    contact = canary.contact
    await town.buy(canary, shop, await shop.slot())
    await err(town, shop, canary, {"traceparent": f"00-{trace}-{uuid4().hex[:16]}-01"})
    words = [*contact.name.split(), contact.phone.removeprefix("+549"), contact.email.partition("@")[0]]
    # It was really used: what was to be sent has arrived.
    assert words[0] in (await eventually(lambda: town.outside.messages(contact.phone), 20))[0]["body"]
    # Spans are written every few seconds: once the last ones are there, so are those before them.
    await eventually(lambda: traced(town.records, trace) >= WHERE_IT_ERRED, 20)
    topics = [str(record) for record in await town.records.topics()]
    assert [text for text in topics if holds(text, words)] == []
    assert [path.name for path in (*town.records.logs, *town.records.traces) if holds(path.read_text(), words)] == []
    for service in SERVICES:
        assert await town.records.count_of_tables(service) > FEWEST_TABLES
        assert await town.records.tables_with(service, words) == []
    assert str(canary.id) in "".join(topics)


async def err(town: Town, shop: Shop, canary: Account, headers: dict[str, str]) -> None:
    """All that an app lets a person type where it does not belong."""
    contact = canary.contact
    body = {"email": contact.email, "password": "una clave equivocada", "name": contact.name, "phone": contact.phone}
    booking = booking_call(canary, shop, await shop.slot())
    for call in (
        Call("POST", "/api/v1/auth/register", body=body),
        Call("POST", "/api/v1/auth/register", body=body | {"surname": contact.name}),
        Call("POST", "/api/v1/auth/login", body={"email": contact.email, "password": contact.name}),
        Call("POST", "/api/v1/bookings", token=canary.token, body=booking.body | {"startsAt": contact.name}),
        Call("POST", "/api/v1/payments", token=canary.token, body={"bookingId": contact.phone}),
        Call("GET", f"/api/v1/bookings/{contact.email}", token=canary.token),
        Call("GET", "/api/v1/providers", query={"lat": contact.phone, "service": contact.name}),
        Call("GET", "/api/v1/notifications", token=canary.token, query={"cursor": contact.email}),
        Call("GET", f"/api/v1/analytics/dashboard/{contact.phone}", token=canary.token),
    ):
        assert (await town.gateway.send(replace(call, headers=headers))).is_client_error


def holds(text: str, words: Sequence[str]) -> bool:
    """Whether one of the words stands there, in whatever case."""
    lower = text.lower()
    return any(word.lower() in lower for word in words)


def traced(records: Records, trace: str) -> set[str]:
    """The processes with a span of this trace."""
    return {path.stem for path in records.traces if trace in path.read_text()}


def services_that_logged(records: Records, trace: str) -> set[str]:
    """Whose logs have a line of this trace: `booking` for booking-api.log and booking-worker.log."""
    return {
        path.stem.partition("-")[0]
        for path in records.logs
        for line in path.read_text().splitlines()
        if trace in line and json.loads(line)["trace_id"] == trace
    }
