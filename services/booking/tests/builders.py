"""A shop as providers would publish it, and what payments would say of a booking."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from booking import usecases
from booking.usecases import BookingContext
from common.testing import Databases, event
from contracts.base import Amount, Point
from contracts.ids import (
    AccountId,
    BookingId,
    PaymentId,
    PlaceId,
    ProviderId,
    RefundId,
    ResourceId,
    ScheduleId,
    ServiceId,
    StaffId,
    WithdrawalId,
    new_id,
)
from contracts.payments import (
    PaymentClosed,
    PaymentConfirmed,
    PaymentFact,
    PaymentPending,
    PaymentPurpose,
    PaymentRefunded,
    PaymentStatus,
    WithdrawalConfirmed,
)
from contracts.providers import (
    DepositKind,
    DepositPart,
    PlacePart,
    ProviderRegistered,
    ProviderStatus,
    ResourceKind,
    ResourcePart,
    SchedulePublished,
    ServicePublished,
    StaffPart,
    WeeklyHours,
)

F = TypeVar("F", bound=PaymentFact)
ZONE = ZoneInfo("America/Argentina/Cordoba")
_MOST_BATCHES = 200


def days_ahead(days: int, at: time = time(10)) -> datetime:
    """A local wall-clock time some days from now, as a UTC instant."""
    day = datetime.now(ZONE).date() + timedelta(days=days)
    return datetime.combine(day, at, ZONE).astimezone(UTC)


async def come(clock: Databases, instant: datetime, vertical: str = "barber") -> None:
    """Let it be that instant."""
    await clock.shift_clock(vertical, instant - datetime.now(UTC))


async def settle(context: BookingContext, vertical: str = "barber") -> None:
    """Holds that are due by now."""
    await exhaust(partial(usecases.settle_due_holds, context, vertical))


async def exhaust(job: Callable[[], Awaitable[int]]) -> None:
    """Whatever is due by now, also what other tests left: a job takes a batch at a time."""
    for _ in range(_MOST_BATCHES):
        if not await job():
            return
    raise AssertionError("there is always something due")


@dataclass
class Shop:
    """One place; `chairs` may be fewer than barbers."""

    barbers: int = 2
    chairs: int = 2
    deposit: DepositPart = field(default_factory=lambda: DepositPart(kind=DepositKind.PERCENT, value=30))
    price_minor: int = 1_000_000
    minutes: int = 30
    buffer_after: int = 0
    status: ProviderStatus = ProviderStatus.ACTIVE
    vertical: str = "barber"
    valid_from: date | None = None
    approval: bool = False
    owner: AccountId = field(default_factory=lambda: AccountId(new_id()))
    provider_id: ProviderId = field(default_factory=lambda: ProviderId(new_id()))
    place_id: PlaceId = field(default_factory=lambda: PlaceId(new_id()))
    service_id: ServiceId = field(default_factory=lambda: ServiceId(new_id()))
    staff: list[StaffId] = field(default_factory=list)
    accounts: dict[StaffId, AccountId] = field(default_factory=dict)
    """Whose account each member of staff has."""

    async def open(self, context: BookingContext) -> Self:
        """Let booking consume what providers publishes of this shop."""
        self.staff = [StaffId(new_id()) for _ in range(self.barbers)]
        self.accounts = {one: AccountId(new_id()) for one in self.staff}
        async with context.uow.begin(self.vertical) as work:
            await usecases.remember_providers(context, work, [event(self.provider())])
            await usecases.remember_services(context, work, [event(self.service())])
            await usecases.remember_schedules(context, work, [event(self.schedule(one)) for one in self.staff])
        return self

    def provider(self, version: int = 1) -> ProviderRegistered:
        chairs = tuple(
            ResourcePart(resource_id=ResourceId(new_id()), kind=ResourceKind.CHAIR) for _ in range(self.chairs)
        )
        place = PlacePart(
            place_id=self.place_id,
            name="Centro",
            address="San Martín 100",
            city="Córdoba",
            province="X",
            zone=str(ZONE),
            point=Point(lat=-31.4, lon=-64.2),
            resources=chairs,
            # Whatever the day on which the tests run.
            open_holidays=tuple(days_ahead(days).date() for days in range(380)),
        )
        return ProviderRegistered(
            version=version,
            provider_id=self.provider_id,
            owner_account_id=self.owner,
            display_name="Barbería Modelo",
            slug=f"modelo-{self.provider_id}",
            status=self.status,
            places=(place,),
            staff=tuple(
                StaffPart(staff_id=one, place_ids=(self.place_id,), account_id=self.accounts[one]) for one in self.staff
            ),
        )

    def service(self, version: int = 1) -> ServicePublished:
        return ServicePublished(
            version=version,
            service_id=self.service_id,
            provider_id=self.provider_id,
            code="corte",
            name="Corte",
            duration_minutes=self.minutes,
            buffer_after_minutes=self.buffer_after,
            price=Amount(minor=self.price_minor),
            deposit=self.deposit,
            staff_ids=tuple(self.staff),
            needs=(ResourceKind.CHAIR,),
            approval=self.approval,
        )

    def schedule(self, staff: StaffId) -> SchedulePublished:
        return SchedulePublished(
            version=1,
            schedule_id=ScheduleId(new_id()),
            provider_id=self.provider_id,
            place_id=self.place_id,
            staff_id=staff,
            weekly=tuple(WeeklyHours(day=day, start=time(9), end=time(20)) for day in range(1, 8)),
            valid_from=self.valid_from,
        )

    def wish(self, starts_at: datetime, **more: object) -> dict[str, object]:
        """The body of a booking request."""
        return {"serviceId": str(self.service_id), "startsAt": starts_at.isoformat(), **more}


@dataclass
class Paying:
    """What payments says of one booking, step by step."""

    context: BookingContext
    shop: Shop
    booking_id: BookingId
    client: AccountId
    minor: int = 300_000
    payment_id: PaymentId = field(default_factory=lambda: PaymentId(new_id()))
    purpose: PaymentPurpose = PaymentPurpose.DUE

    async def begun(self) -> None:
        async with self.context.uow.begin(self.shop.vertical) as work:
            await usecases.remember_payment(self.context, work, event(self._fact(PaymentPending, 1, 0)))

    async def waits(self, hold_until: datetime) -> None:
        """There is a ticket, whose money may come until then."""
        fact = self._fact(PaymentPending, 2, 0).model_copy(update={"hold_until": hold_until})
        async with self.context.uow.begin(self.shop.vertical) as work:
            await usecases.remember_payment(self.context, work, event(fact))

    async def confirmed(self) -> None:
        async with self.context.uow.begin(self.shop.vertical) as work:
            await usecases.take_payment(self.context, work, event(self._fact(PaymentConfirmed, 2, self.minor)))

    async def closed(self) -> None:
        async with self.context.uow.begin(self.shop.vertical) as work:
            await usecases.close_payment(self.context, work, event(self._fact(PaymentClosed, 2, 0)))

    async def given_back(self, minor: int, origin: str | None = "operator", refund_id: RefundId | None = None) -> None:
        """Payments gave money back, whoever asked."""
        more = {
            "refund_id": refund_id or RefundId(new_id()),
            "refund": Amount(minor=minor),
            "origin": origin,
        }
        async with self.context.uow.begin(self.shop.vertical) as work:
            fact = self._fact(PaymentRefunded, 3, self.minor, **more)
            await usecases.take_note_of_refund(self.context, work, event(fact))

    async def withdrawn(self) -> None:
        """The client took its consent back."""
        fact = WithdrawalConfirmed(
            version=1,
            withdrawal_id=WithdrawalId(new_id()),
            booking_id=self.booking_id,
            provider_id=self.shop.provider_id,
            client_id=self.client,
            tracking_code="ARR-ABC234",
        )
        async with self.context.uow.begin(self.shop.vertical) as work:
            await usecases.withdraw_booking(self.context, work, event(fact))

    def _fact(self, kind: type[F], version: int, captured: int, **more: object) -> F:
        return kind(
            version=version,
            payment_id=self.payment_id,
            booking_id=self.booking_id,
            provider_id=self.shop.provider_id,
            client_id=self.client,
            status=PaymentStatus.PAID if captured else PaymentStatus.CREATED,
            purpose=self.purpose,
            amount=Amount(minor=self.minor),
            captured=Amount(minor=captured),
            refunded=Amount(minor=0),
            **more,
        )
