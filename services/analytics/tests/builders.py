"""Bookings, payments and providers as the other services would tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from analytics import usecases
from analytics.usecases import AnalyticsContext
from common.testing import event
from contracts.base import Amount
from contracts.booking import (
    BookingArrived,
    BookingCancelled,
    BookingCompleted,
    BookingConfirmed,
    BookingCreated,
    BookingExpired,
    BookingFact,
    BookingNoShow,
    BookingStatus,
)
from contracts.envelope import Event
from contracts.ids import (
    AccountId,
    BookingId,
    PaymentId,
    PlaceId,
    ProviderId,
    RefundId,
    ServiceId,
    StaffId,
    new_id,
)
from contracts.payments import PaymentConfirmed, PaymentFact, PaymentPending, PaymentRefunded, PaymentStatus
from contracts.providers import ProviderFact, ProviderRegistered, ProviderStatus

NOON: Final = datetime(2026, 11, 20, 15, tzinfo=UTC)
"""Noon of Friday 20 November in Córdoba."""
ZONE: Final = "America/Argentina/Cordoba"
PRICE: Final = 300_000
DEPOSIT: Final = 90_050
_TOLD_AS: Final[dict[BookingStatus, type[BookingFact]]] = {
    BookingStatus.PENDING: BookingCreated,
    BookingStatus.HELD: BookingCreated,
    BookingStatus.CONFIRMED: BookingConfirmed,
    BookingStatus.ARRIVED: BookingArrived,
    BookingStatus.COMPLETED: BookingCompleted,
    BookingStatus.NO_SHOW: BookingNoShow,
    BookingStatus.CANCELLED: BookingCancelled,
    BookingStatus.EXPIRED: BookingExpired,
}


@dataclass
class Shop:
    """A provider whose bookings and payments are told of."""

    provider_id: ProviderId = field(default_factory=lambda: ProviderId(new_id()))
    owner: AccountId = field(default_factory=lambda: AccountId(new_id()))
    name: str = "Barbería Güemes"
    city: str = "Córdoba"
    province: str = "X"
    zone: str = ZONE

    def registered(self, version: int = 1) -> ProviderRegistered:
        return ProviderRegistered(
            version=version,
            provider_id=self.provider_id,
            owner_account_id=self.owner,
            display_name=self.name,
            slug="barberia-guemes",
            status=ProviderStatus.ACTIVE,
        )

    def booking(
        self,
        status: BookingStatus = BookingStatus.HELD,
        version: int = 1,
        booking_id: UUID | None = None,
        created_at: datetime = NOON,
        city: str | None = None,
    ) -> BookingFact:
        return _TOLD_AS[status](
            version=version,
            booking_id=BookingId(booking_id or new_id()),
            provider_id=self.provider_id,
            place_id=PlaceId(new_id()),
            service_id=ServiceId(new_id()),
            staff_id=StaffId(new_id()),
            client_id=AccountId(new_id()),
            status=status,
            starts_at=created_at + timedelta(days=1),
            ends_at=created_at + timedelta(days=1, minutes=30),
            local_date=(created_at + timedelta(days=1)).date(),
            zone=self.zone,
            city=self.city if city is None else city,
            province=self.province,
            price=Amount(minor=PRICE),
            due_now=Amount(minor=DEPOSIT),
            paid=Amount(minor=0),
            refunded=Amount(minor=0),
            policy_version="barber-1",
            created_at=created_at,
        )

    def payment(
        self,
        captured: int = 0,
        refunded: int = 0,
        version: int = 1,
        payment_id: UUID | None = None,
        paid_at: datetime | None = NOON,
    ) -> PaymentFact:
        kind, status = PaymentPending, PaymentStatus.AWAITING_PAYER
        more: dict[str, object] = {}
        if refunded:
            kind, status = PaymentRefunded, PaymentStatus.PARTIALLY_REFUNDED  # type: ignore[assignment]  # siblings
            more = {"refund_id": RefundId(new_id()), "refund": Amount(minor=refunded)}
        elif captured:
            kind, status = PaymentConfirmed, PaymentStatus.PAID  # type: ignore[assignment]  # siblings
        return kind(
            version=version,
            payment_id=PaymentId(payment_id or new_id()),
            booking_id=BookingId(new_id()),
            provider_id=self.provider_id,
            client_id=AccountId(new_id()),
            status=status,
            amount=Amount(minor=DEPOSIT),
            captured=Amount(minor=captured),
            refunded=Amount(minor=refunded),
            city=self.city,
            province=self.province,
            paid_at=paid_at if captured else None,
            **more,
        )


async def project(
    context: AnalyticsContext, facts: Sequence[BookingFact | PaymentFact | ProviderFact], vertical: str = "barber"
) -> None:
    """One transaction per kind of aggregate, as the inbox gives them (a batch is of one topic)."""
    bookings: list[Event[BookingFact]] = [event(fact) for fact in facts if isinstance(fact, BookingFact)]
    payments: list[Event[PaymentFact]] = [event(fact) for fact in facts if isinstance(fact, PaymentFact)]
    providers: list[Event[ProviderFact]] = [event(fact) for fact in facts if isinstance(fact, ProviderFact)]
    async with context.uow.begin(vertical) as work:
        if providers:
            await usecases.project_providers(context, work, providers)
    async with context.uow.begin(vertical) as work:
        if bookings:
            await usecases.project_bookings(context, work, bookings)
    async with context.uow.begin(vertical) as work:
        if payments:
            await usecases.project_payments(context, work, payments)
