"""A client with a turno, as identity, providers, booking and payments would publish it; and how to tell it."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from common.contacts import Contact, Verification, seal
from common.db import Row
from common.subscriptions import Subscriptions
from common.telemetry import span
from common.testing import event
from contracts.base import Amount, Fact, Point
from contracts.booking import (
    BookingApproved,
    BookingCancelled,
    BookingConfirmed,
    BookingCreated,
    BookingExpired,
    BookingFact,
    BookingRescheduled,
    BookingStatus,
    CancelledBy,
)
from contracts.identity import AccountContact, AccountErased, AccountKind
from contracts.ids import AccountId, BookingId, PaymentId, PlaceId, ProviderId, RefundId, ServiceId, StaffId, new_id
from contracts.payments import PaymentDisputed, PaymentDisputeLost, PaymentDisputeWon, PaymentRefunded, PaymentStatus
from contracts.providers import PlacePart, ProviderRegistered, ProviderStatus, ServicePublished
from notifications.events import SUBSCRIPTIONS
from notifications.usecases import NotificationsContext, deliver_email, deliver_whatsapp

B = TypeVar("B", bound=BookingFact)
KEY: Final = bytes(range(32))
KEYS: Final = {"k1": b64encode(KEY).decode()}
ZONE: Final = ZoneInfo("America/Argentina/Cordoba")
ANA: Final = Contact("Ana Canario", "+5493515551234", "ana.canario@example.com")
_TABLE: Final = Subscriptions(SUBSCRIPTIONS)


def days_ahead(days: int, at: time = time(15, 30)) -> datetime:
    """A local wall-clock time some days from now, as a UTC instant."""
    return datetime.combine(datetime.now(ZONE).date() + timedelta(days=days), at, ZONE).astimezone(UTC)


@dataclass
class Turno:
    """One booking and everybody in it. Each fact may be told in any order and number."""

    contact: Contact = ANA
    starts_at: datetime = field(default_factory=lambda: days_ahead(3))
    account: AccountId = field(default_factory=lambda: AccountId(new_id()))
    id: BookingId = field(default_factory=lambda: BookingId(new_id()))
    provider_id: ProviderId = field(default_factory=lambda: ProviderId(new_id()))
    place_id: PlaceId = field(default_factory=lambda: PlaceId(new_id()))
    service_id: ServiceId = field(default_factory=lambda: ServiceId(new_id()))

    def known(self) -> tuple[Fact, ...]:
        """What identity and providers said before anybody booked."""
        return (self.contact_fact(), self.provider(), self.service())

    def contact_fact(self, version: int = 1, **changes: Any) -> AccountContact:
        contact = Contact(**{**_fields(self.contact), **changes})
        return seal(contact, self.account, version, "k1", KEY)

    def code(self, version: int, expires_at: datetime, vertical: str | None = None, **changes: Any) -> AccountContact:
        """A contact that carries the code 482913 for WhatsApp."""
        said = {"code": "482913", "channel": "whatsapp"} | changes
        verification = Verification(**said, expires_at=expires_at.isoformat(), vertical=vertical)
        return self.contact_fact(version, verification=verification)

    def erased(self) -> AccountErased:
        return AccountErased(version=9, account_id=self.account, kind=AccountKind.GUEST, roles=())

    def provider(self, version: int = 1, name: str = "Barbería Modelo") -> ProviderRegistered:
        place = PlacePart(
            place_id=self.place_id,
            name="Centro",
            address="San Martín 100",
            city="Córdoba",
            province="X",
            zone=str(ZONE),
            point=Point(lat=-31.4, lon=-64.2),
        )
        return ProviderRegistered(
            version=version,
            provider_id=self.provider_id,
            owner_account_id=AccountId(new_id()),
            display_name=name,
            slug="modelo",
            status=ProviderStatus.ACTIVE,
            places=(place,),
        )

    def service(self, version: int = 1) -> ServicePublished:
        return ServicePublished(
            version=version,
            service_id=self.service_id,
            provider_id=self.provider_id,
            code="corte",
            name="Corte",
            duration_minutes=30,
            price=Amount(minor=1_000_000),
            staff_ids=(),
        )

    def created(self) -> BookingCreated:
        return self._fact(BookingCreated, 1, BookingStatus.HELD)

    def requested(self, owner: AccountId, until: datetime) -> BookingCreated:
        return self._fact(BookingCreated, 1, BookingStatus.PENDING, owner_account_id=owner, hold_expires_at=until)

    def approved(self, due: int, until: datetime) -> BookingApproved:
        told = self._fact(BookingApproved, 2, BookingStatus.HELD, hold_expires_at=until)
        return told.model_copy(update={"due_now": Amount(minor=due)})

    def called_off_by(self, by: CancelledBy, reason: str | None = None, version: int = 2) -> BookingCancelled:
        return self._fact(BookingCancelled, version, BookingStatus.CANCELLED, cancelled_by=by, reason=reason)

    def confirmed(self, version: int = 2, starts_at: datetime | None = None) -> BookingConfirmed:
        return self._fact(BookingConfirmed, version, BookingStatus.CONFIRMED, starts_at)

    def moved(self, starts_at: datetime, version: int = 3) -> BookingRescheduled:
        return self._fact(BookingRescheduled, version, BookingStatus.CONFIRMED, starts_at)

    def asked_to_move(self, owner: AccountId, until: datetime, starts_at: datetime) -> BookingRescheduled:
        """While it waits for its provider."""
        more = {"owner_account_id": owner, "hold_expires_at": until}
        return self._fact(BookingRescheduled, 2, BookingStatus.PENDING, starts_at, **more)

    def cancelled(self, version: int = 3) -> BookingCancelled:
        return self._fact(BookingCancelled, version, BookingStatus.CANCELLED, cancelled_by=CancelledBy.CLIENT)

    def expired(self, version: int = 2, **more: Any) -> BookingExpired:
        return self._fact(BookingExpired, version, BookingStatus.EXPIRED, **more)

    def refunded(self, minor: int = 300_050) -> PaymentRefunded:
        return PaymentRefunded(
            version=4,
            payment_id=PaymentId(new_id()),
            booking_id=self.id,
            provider_id=self.provider_id,
            client_id=self.account,
            status=PaymentStatus.REFUNDED,
            amount=Amount(minor=minor),
            captured=Amount(minor=minor),
            refunded=Amount(minor=minor),
            refund_id=RefundId(new_id()),
            refund=Amount(minor=minor),
        )

    def disputed(self, dispute_id: str | None = "217", deadline: datetime | None = None) -> PaymentDisputed:
        """A dispute about the payment, told to the account of this turno."""
        state = self._contested(PaymentStatus.DISPUTED)
        return PaymentDisputed(**state, owner_id=self.account, dispute_id=dispute_id, deadline=deadline)

    def dispute_won(self) -> PaymentDisputeWon:
        return PaymentDisputeWon(**self._contested(PaymentStatus.PAID), owner_id=self.account)

    def dispute_lost(self) -> PaymentDisputeLost:
        return PaymentDisputeLost(**self._contested(PaymentStatus.DISPUTE_LOST), owner_id=self.account)

    def _contested(self, status: PaymentStatus) -> dict[str, Any]:
        return {
            "version": 5,
            "payment_id": PaymentId(new_id()),
            "booking_id": self.id,
            "provider_id": self.provider_id,
            "client_id": AccountId(new_id()),
            "status": status,
            "amount": Amount(minor=300_050),
            "captured": Amount(minor=300_050),
            "refunded": Amount(minor=100_000),
        }

    def _fact(
        self, kind: type[B], version: int, status: BookingStatus, starts_at: datetime | None = None, **more: Any
    ) -> B:
        start = starts_at or self.starts_at
        nothing = Amount(minor=0)
        return kind(
            version=version,
            booking_id=self.id,
            provider_id=self.provider_id,
            place_id=self.place_id,
            service_id=self.service_id,
            staff_id=StaffId(new_id()),
            client_id=self.account,
            status=status,
            starts_at=start,
            ends_at=start + timedelta(minutes=30),
            local_date=start.astimezone(ZONE).date(),
            zone=str(ZONE),
            city="Córdoba",
            province="X",
            price=Amount(minor=1_000_000),
            due_now=nothing,
            paid=nothing,
            refunded=nothing,
            policy_version="barber-1",
            created_at=datetime.now(UTC),
            **more,
        )


async def tell(
    context: NotificationsContext, *facts: Fact, vertical: str = "barber", traceparent: str | None = None
) -> None:
    """Let the service consume the facts, one transaction each, through its own table of subscriptions."""
    for fact in facts:
        async with context.uow.begin(vertical) as work:
            with span("test", traceparent=traceparent):
                await _TABLE.of(fact.topic).apply(context, work, [event(fact, vertical)])


async def deliver(context: NotificationsContext, vertical: str = "barber") -> None:
    """Run both jobs until nothing is due."""
    for job in (deliver_whatsapp, deliver_email):
        for _ in range(100):
            if await job(context, vertical) == 0:
                break


async def rows(context: NotificationsContext, account: AccountId, vertical: str = "barber") -> list[Row]:
    """The account's messages as stored, oldest first."""
    async with context.uow.read(vertical) as session:
        found: list[Row] = await session.connection.fetch(
            "SELECT * FROM notification WHERE account_id = $1 ORDER BY id", account
        )
    return found


async def states(
    context: NotificationsContext, account: AccountId, vertical: str = "barber"
) -> list[tuple[str, str, str, str | None]]:
    """(template, channel, status, reason) of the account's messages, sorted."""
    found = await rows(context, account, vertical)
    return sorted((row["template"], row["channel"], row["status"], row["reason"]) for row in found)


def _fields(contact: Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in ("name", "phone", "email", "verification")}
