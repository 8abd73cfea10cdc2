"""Builders: bookings as booking tells of them, webhooks as MercadoPago signs them, and the road up to a payment."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any, TypeVar
from uuid import UUID

import httpx
from services.payments.tests.ends import EMAIL, SCOPE, Ends

from common.testing import event, published
from contracts.base import Amount
from contracts.booking import BookingCreated, BookingFact, BookingHoldDue, BookingRefundDue, BookingStatus
from contracts.ids import AccountId, BookingId, PaymentId, PlaceId, ProviderId, RefundId, ServiceId, StaffId, new_id
from payments import usecases
from payments.domain.backoff import spread
from payments.domain.charge import ChargeId, Snapshot
from payments.domain.reference import Reference
from payments.usecases import PaymentsContext

__all__ = ["CONTACT_KEYS", "EMAIL", "MINUTE", "SCOPE", "SECRET", "TRACE", "Booked", "Road", "drain", "signed"]
F = TypeVar("F", bound=BookingFact)
SECRET = "s3cr3t"
CONTACT_KEYS = {
    "k1": b64encode(b"one key of these tests, 32 bytes").decode(),
    "k2": b64encode(b"another of them, of 32 bytes too").decode(),
}
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
MINUTE = timedelta(minutes=1)


@dataclass
class Booked:
    """One booking's life; each fact told of it has the next version."""

    due: int = 150_000
    hold: timedelta = 15 * MINUTE
    ahead: timedelta = timedelta(days=2)
    client_id: AccountId = field(default_factory=lambda: AccountId(new_id()))
    provider_id: ProviderId = field(default_factory=lambda: ProviderId(new_id()))
    id: BookingId = field(default_factory=lambda: BookingId(new_id()))
    version: int = 0

    def tell(self, kind: type[F], status: BookingStatus = BookingStatus.HELD, **more: Any) -> F:
        self.version += 1
        now = datetime.now(UTC)
        values: dict[str, Any] = {
            "version": self.version,
            "booking_id": self.id,
            "provider_id": self.provider_id,
            "place_id": PlaceId(new_id()),
            "service_id": ServiceId(new_id()),
            "staff_id": StaffId(new_id()),
            "client_id": self.client_id,
            "status": status,
            "starts_at": now + self.ahead,
            "ends_at": now + self.ahead + 30 * MINUTE,
            "local_date": date(2026, 11, 22),
            "zone": "America/Argentina/Cordoba",
            "city": "Córdoba",
            "province": "X",
            "price": Amount(minor=500_000),
            "due_now": Amount(minor=self.due),
            "paid": Amount(minor=0),
            "refunded": Amount(minor=0),
            "hold_expires_at": now + self.hold,
            "policy_version": "barber-1",
            "created_at": now,
        }
        return kind(**(values | more))


@dataclass
class Road(Ends):
    """A service on its real database, with a payer and MercadoPago at its ends."""

    async def book(self, **changes: Any) -> Booked:
        """A held booking that payments knows of."""
        booked = Booked(**changes)
        await self.hear(booked.tell(BookingCreated))
        return booked

    async def book_again(self, booked: Booked) -> None:
        """Another amount is due: the payment begun is closed."""
        await self.hear(booked.tell(BookingCreated))
        assert (await self.ask(booked)).status_code == 409
        await self.close_now()

    async def hear(self, *facts: BookingFact, traceparent: str | None = TRACE) -> None:
        """Booking's projected facts arrive."""
        events = [_traced(fact, traceparent) for fact in facts]
        async with self.uow.begin(SCOPE) as work:
            await usecases.remember_bookings(self.context, work, events)

    async def hear_hold_due(self, booked: Booked, payment_id: PaymentId) -> None:
        async with self.uow.begin(SCOPE) as work:
            fact = booked.tell(BookingHoldDue, payment_id=payment_id)
            await usecases.close_payment(self.context, work, _traced(fact, TRACE))

    async def hear_refund_due(
        self, booked: Booked, payment_id: PaymentId, minor: int, refund_id: RefundId, reason: str = "policy"
    ) -> None:
        async with self.uow.begin(SCOPE) as work:
            fact = booked.tell(
                BookingRefundDue,
                BookingStatus.CANCELLED,
                payment_id=payment_id,
                refund_id=refund_id,
                amount=Amount(minor=minor),
                reason=reason,
            )
            await usecases.ask_refund(self.context, work, _traced(fact, TRACE))

    async def ask(self, booked: Booked, wanted: Mapping[str, Any] | None = None, /, **headers: str) -> httpx.Response:
        """The client asks to pay; `wanted` says more than the booking."""
        auth = self.tokens.bearer(booked.client_id)
        wish = {"bookingId": str(booked.id), **(wanted or {})}
        return await self.http.post("/api/v1/payments", json=wish, headers=auth | headers)

    async def begin(self, booked: Booked, **body: Any) -> PaymentId:
        """The client is given the page."""
        reply = await self.ask(booked, body)
        assert reply.status_code == 201, reply.text
        return PaymentId(UUID(reply.json()["id"]))

    def page_of(self, payment_id: PaymentId) -> str:
        """The page MercadoPago made for a payment."""
        reference = str(Reference(SCOPE, payment_id))
        (page,) = [each for each, page in self.mercadopago.pages.items() if page.offer.external_reference == reference]
        return page

    def pay(self, payment_id: PaymentId, holder: str = "APRO") -> ChargeId:
        """The payer pays on the page."""
        return self.mercadopago.pay(self.page_of(payment_id), holder)

    async def see(self, *snapshots: Snapshot) -> list[str]:
        """MercadoPago shows these, in this order."""
        return [str(each) for each in await usecases.apply_snapshots(self.uow, SCOPE, snapshots)]

    async def see_now(self, charge_id: ChargeId) -> str:
        """MercadoPago shows a payment as it stands."""
        (outcome,) = await self.see(self.mercadopago.charges[charge_id])
        return outcome

    async def paid(self, **changes: Any) -> tuple[Booked, PaymentId, ChargeId]:
        """A booking paid for."""
        booked = await self.book(**changes)
        payment_id = await self.begin(booked)
        charge_id = self.pay(payment_id)
        await self.see_now(charge_id)
        return booked, payment_id, charge_id

    async def intent(self, payment_id: PaymentId) -> Mapping[str, Any]:
        return await self.row("SELECT * FROM intent WHERE id = $1", payment_id)

    async def status(self, payment_id: PaymentId) -> str:
        return str((await self.intent(payment_id))["status"])

    async def told(self, payment_id: PaymentId) -> list[str]:
        """The topics published of a payment, in order."""
        return [each.type for each in await published(self.uow, SCOPE, payment_id)]

    async def facts(self, payment_id: PaymentId) -> list[Any]:
        return [each.data for each in await published(self.uow, SCOPE, payment_id)]

    async def held(self, payment_id: PaymentId) -> int:
        """What the ledger says is held for the booking, in centavos."""
        row = await self.row(
            "SELECT coalesce(sum(-p.amount_minor), 0) AS held FROM ledger_posting p"
            " JOIN ledger_transaction t ON t.id = p.transaction_id"
            " WHERE t.intent_id = $1 AND p.account = 'booking_held'",
            payment_id,
        )
        return int(row["held"])

    async def cases(self, subject: object) -> list[str]:
        rows = await self.rows("SELECT kind FROM reconciliation_case WHERE subject = $1 ORDER BY id", str(subject))
        return [row["kind"] for row in rows]

    async def open_cases(self, subject: object) -> list[str]:
        """Those that somebody still has to look at."""
        query = "SELECT kind FROM reconciliation_case WHERE subject = $1 AND closed_at IS NULL ORDER BY id"
        return [row["kind"] for row in await self.rows(query, str(subject))]

    async def close_now(self) -> None:
        await drain(usecases.close_due_payments, self.context, SCOPE)

    async def refund_now(self) -> None:
        await drain(usecases.make_due_refunds, self.context, SCOPE)

    async def refund_in_rounds(self, refund_id: RefundId, rounds: int) -> list[int]:
        """That many rounds over one refund, whatever its waits; those in seconds, unspread, while there was one."""
        waits, longer = [], spread(timedelta(seconds=1), refund_id).total_seconds()
        for _ in range(rounds):
            await self.hurry("refund", "due_at", refund_id)
            await usecases.make_due_refunds(self.context, SCOPE)
            row = await self.row("SELECT due_at - app_now() AS wait FROM refund WHERE id = $1", refund_id)
            if row["wait"] is None:
                break
            waits.append(ceil(row["wait"].total_seconds() / longer))
        return waits

    async def refund_status(self, refund_id: RefundId) -> str:
        return str((await self.row("SELECT status FROM refund WHERE id = $1", refund_id))["status"])

    async def look_now(self, payment_id: PaymentId) -> None:
        """The poller's look falls due."""
        await self.hurry("intent", "look_due_at", payment_id)
        await usecases.look_at_payments(self.context, SCOPE)

    async def next_look(self, payment_id: PaymentId) -> int | None:
        """In how many seconds the poller looks next, in whole minutes: a few seconds may have gone by since."""
        row = await self.row("SELECT look_due_at - app_now() AS wait FROM intent WHERE id = $1", payment_id)
        return ceil(row["wait"].total_seconds() / 60) * 60 if row["wait"] is not None else None

    async def shut(self, payment_id: PaymentId) -> None:
        """The closing falls due."""
        await self.hurry("intent", "close_due_at", payment_id)
        await self.close_now()

    async def hurry(self, table: str, column: str, key: object) -> None:
        """What was put off is due now."""
        async with self.uow.begin(SCOPE) as work:
            await work.connection.execute(f"UPDATE {table} SET {column} = app_now() WHERE id = $1", key)  # noqa: S608 - names from the tests

    async def write(self, table: str, column: str, key: object, value: object) -> None:
        """Put a value into a row, such as one that only another version of the service can read."""
        async with self.uow.begin(SCOPE) as work:
            await work.connection.execute(f"UPDATE {table} SET {column} = $2 WHERE id = $1", key, value)  # noqa: S608 - names from the tests


async def drain(job: Any, context: PaymentsContext, scope: str) -> None:
    """Run a job until nothing is due."""
    for _ in range(50):
        if await job(context, scope) == 0:
            return
    raise AssertionError("the job never ends")


def signed(data_id: str, request_id: str = "rq-1", ts: str | None = None, secret: str = SECRET) -> dict[str, str]:
    """The headers MercadoPago sends, written here a second time on purpose."""
    at = ts or str(int(datetime.now(UTC).timestamp()))
    manifest = f"id:{data_id};request-id:{request_id};ts:{at};"
    digest = hmac.new(secret.encode(), manifest.encode(), sha256).hexdigest()
    return {"x-signature": f"ts={at},v1={digest}", "x-request-id": request_id}


def _traced(fact: F, traceparent: str | None) -> Any:
    made = event(fact)
    return type(made)(made.id, made.vertical, made.time, made.data, traceparent)
