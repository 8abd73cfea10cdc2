"""What an app may get wrong, and what somebody may try: each refused with a problem and a text in es-AR."""

import asyncio
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from tests.town.client import BARBER, Call, slug_of
from tests.town.shops import Shop
from tests.town.town import ON_STACK, Town, booking_call

pytestmark = ON_STACK
WEBHOOK: Final = "/api/v1/webhooks/mercadopago"
INVALID: Final = "Revisá los datos: hay campos que faltan o que no son válidos."
KEPT: Final = "SELECT count(*) FROM webhook WHERE resource_id = $1"
BOOKINGS: Final = "SELECT count(*) FROM booking"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a refusal looks like: status, slug, and the text for the user."""

    status: int
    slug: str
    text: str


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param({"surprise": 1}, Problem(422, "invalid-request", INVALID), id="an unknown field"),
        pytest.param({"serviceId": 7}, Problem(422, "invalid-request", INVALID), id="a wrong type"),
        pytest.param(
            {"startsAt": 1_900_000_000}, Problem(422, "invalid-request", INVALID), id="an instant as a number"
        ),
        pytest.param({"startsAt": "2031-01-01T10:00:00"}, Problem(422, "invalid-request", INVALID), id="no offset"),
        pytest.param(
            {"startsAt": "2020-01-01T10:00:00-03:00"},
            Problem(422, "slot-in-past", "Ese horario ya pasó. Elegí uno más adelante."),
            id="a time that is past",
        ),
        pytest.param(
            {"serviceId": str(uuid4())},
            Problem(404, "not-found", "No encontramos lo que buscás."),
            id="no such service",
        ),
        pytest.param(
            {"startsAt": "x" * 300_000}, Problem(413, "body-too-large", "El pedido es demasiado grande."), id="too much"
        ),
    ],
)
async def test_a_booking_that_is_wrong_is_refused_and_nothing_is_made(
    town: Town, shop: Shop, change: dict[str, Any], problem: Problem
) -> None:
    client = await town.people.client()
    call = booking_call(client, shop, await shop.slot())
    before = await town.records.value("booking", BARBER, BOOKINGS)
    assert_is(await town.gateway.send(replace(call, body=call.body | change)), problem)
    assert await town.records.value("booking", BARBER, BOOKINGS) == before


async def test_a_slot_out_of_hours_is_refused(town: Town, shop: Shop) -> None:
    client = await town.people.client()
    slot = await shop.slot()
    off_the_grid = replace(slot, starts_at=slot.starts_at + timedelta(minutes=7))
    text = "En ese horario no se atiende. Elegí uno de los horarios disponibles."
    assert_is(await town.try_to_book(client, shop, off_the_grid), Problem(422, "slot-not-offered", text))


async def test_a_taken_slot_is_refused_with_the_three_nearest_free_ones(town: Town, shop: Shop) -> None:
    client, other = await town.people.client(), await town.people.client()
    slot = await shop.open_slot()
    for staff in shop.staff:
        await town.book(client, shop, slot, staff_id=staff)
    answer = await town.try_to_book(other, shop, slot)
    assert_is(answer, Problem(409, "slot-taken", "Ese horario se acaba de ocupar. Elegí otro."))
    free = {one.starts_at for one in await shop.slots(slot.starts_at - timedelta(days=1))}
    nearest = [datetime.fromisoformat(one["startsAt"]) for one in answer.json()["nearest"]]
    assert nearest == sorted(free, key=lambda start: (abs(start - slot.starts_at), start))[:3]


async def test_another_clients_booking_is_not_found_not_cancelled_and_not_paid(town: Town, shop: Shop) -> None:
    client, other = await town.people.client(), await town.people.client()
    booking = await town.book(client, shop, await shop.slot())
    await town.begin_payment(client, booking)
    path, body = f"/api/v1/bookings/{booking['id']}", {"bookingId": booking["id"]}
    for call in (
        Call("GET", path, token=other.token),
        Call("POST", f"{path}/cancel", token=other.token),
        Call("POST", "/api/v1/payments", token=other.token, body=body),
    ):
        assert_is(await town.gateway.send(call), Problem(404, "not-found", "No encontramos lo que buscás."))
    assert (await town.see(client, booking))["status"] == "held"


async def test_an_idempotency_key_comes_back_with_the_same_answer_and_is_refused_with_another_body(
    town: Town, shop: Shop
) -> None:
    client = await town.people.client()
    call = booking_call(client, shop, await shop.slot())
    first, again = await town.gateway.send(call), await town.gateway.send(call)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    text = "Ese identificador de pedido ya se usó con otros datos."
    later = (await shop.slot(hours=60)).starts_at
    other = replace(call, body=call.body | {"startsAt": later.isoformat()})
    assert_is(await town.gateway.send(other), Problem(422, "key-reused", text))


@pytest.mark.parametrize("signature", [{}, {"x-signature": f"ts={int(datetime.now(UTC).timestamp())},v1={'0' * 64}"}])
async def test_a_webhook_that_mercadopago_did_not_sign_is_refused_and_nothing_is_written(
    town: Town, signature: dict[str, str]
) -> None:
    about = str(uuid4().int % 10**12)
    query, headers = {"data.id": about, "type": "payment"}, {"x-request-id": uuid4().hex, **signature}
    body = {"type": "payment", "action": "payment.updated", "data": {"id": about}}
    answer = await town.gateway.send(Call("POST", WEBHOOK, body=body, query=query, headers=headers))
    assert_is(answer, Problem(401, "bad-signature", "La notificación no está firmada por MercadoPago."))
    assert await town.records.value("payments", "*", KEPT, about) == 0


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (
            Call("POST", "/api/v1/bookings", body={}),
            Problem(401, "unauthenticated", "Iniciá sesión para continuar."),
        ),
        (
            Call("GET", "/api/v1/me", token="not.a.token"),
            Problem(401, "unauthenticated", "Iniciá sesión para continuar."),
        ),
        (Call("GET", "/api/v1/nothing"), Problem(404, "not-found", "No encontramos lo que buscás.")),
        (Call("GET", "/api/v1/bookings/by-link/x"), Problem(404, "not-found", "No encontramos lo que buscás.")),
        (Call("DELETE", "/api/v1/availability"), Problem(405, "method-not-allowed", "Esa operación no existe.")),
        (Call("GET", "/api/v1/availability"), Problem(422, "invalid-request", INVALID)),
    ],
)
async def test_every_refusal_is_a_problem_with_a_text_in_spanish(town: Town, call: Call, problem: Problem) -> None:
    assert_is(await town.gateway.send(call), problem)


async def test_a_client_may_not_read_what_analysts_do(town: Town) -> None:
    client = await town.people.client()
    answer = await town.gateway.send(Call("GET", "/api/v1/analytics/dashboard", token=client.token))
    assert_is(answer, Problem(403, "forbidden", "Tu cuenta no tiene permiso para esto."))


async def test_a_process_says_which_setting_it_lacks_and_ends(town: Town) -> None:
    settings = town.stack.environment("booking-api")
    del settings["BOOKING_LINK_KEY"]
    process = await asyncio.create_subprocess_exec(
        *(str(town.stack.machine.python), "-m", "booking", "api"),
        env={"PATH": os.environ["PATH"], **settings},
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, said = await process.communicate()
    assert process.returncode not in (0, None)
    assert said.decode().splitlines() == ["settings: BOOKING_LINK_KEY: Field required"]


def assert_is(answer: httpx.Response, problem: Problem) -> None:
    """The answer is this problem, in the form of RFC 9457."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (answer.status_code, slug_of(answer), told["detail"]) == (problem.status, problem.slug, problem.text)
    assert told["status"] == problem.status
    assert told["title"]
