"""The bodies of services, in and out."""

from typing import Annotated, Any, Self

from pydantic import Field

from common.http import Body, Day, Pesos, Whole
from common.money import Money
from contracts.ids import ServiceId, StaffId
from providers import usecases
from providers.api.fields import Buffer, Given, Minutes, Name, Needs, Slug, StaffIds
from providers.domain.parts import ResourceKind
from providers.domain.service import Deposit, DepositKind, Service
from providers.domain.terms import MAX_PRICES, MAX_SEGMENTS, MAX_VAT_BPS, Caps, LaterPrice, Segment, Timing

Cap = Annotated[Whole, Field(ge=1, le=1000)]
VatBps = Annotated[Whole, Field(ge=0, le=MAX_VAT_BPS)]


class SegmentBody(Body):
    """A stretch; while it is not attended the staff is free for others, chair and room are not."""

    minutes: Minutes
    attended: bool = True

    def segment(self) -> Segment:
        return Segment(self.minutes, self.attended)


class PriceBody(Body):
    """What the service costs, in pesos, from a local day of the appointment on."""

    valid_from: Day
    price: Pesos

    def later_price(self) -> LaterPrice:
        return LaterPrice(self.valid_from, Money.from_units(self.price))


class CapsBody(Body):
    """How many bookings one local day takes: in all at a place, and of one client; null is any number."""

    per_day: Cap | None = None
    per_client_and_day: Cap | None = None

    def caps(self) -> Caps:
        return Caps(self.per_day, self.per_client_and_day)


class TimingBody(Body):
    """In place of the vertical's rules; null leaves the vertical's."""

    step_minutes: Annotated[Whole, Field(ge=5, le=240)] | None = None
    minimum_notice_minutes: Annotated[Whole, Field(ge=0, le=43_200)] | None = None
    horizon_days: Annotated[Whole, Field(ge=1, le=400)] | None = None

    def timing(self) -> Timing:
        return Timing(self.step_minutes, self.minimum_notice_minutes, self.horizon_days)


Segments = Annotated[tuple[SegmentBody, ...], Field(max_length=MAX_SEGMENTS)]
Prices = Annotated[tuple[PriceBody, ...], Field(max_length=MAX_PRICES)]


class DepositBody(Body):
    """`value` is pesos for `fixed`, whole percent for `percent`, and left out otherwise."""

    kind: DepositKind
    value: Pesos = Field(default=0, validate_default=True)

    def deposit(self) -> Deposit:
        return Deposit.of_units(self.kind, self.value)


class ServiceBody(Body):
    """A service to offer; buffers and needs come from the vertical's template of that code, the deposit from the
    vertical, the code from the name."""

    code: Annotated[Slug | None, Given] = None
    name: Name
    duration_minutes: Minutes
    buffer_before_minutes: Annotated[Buffer | None, Given] = None
    buffer_after_minutes: Annotated[Buffer | None, Given] = None
    price: Pesos
    deposit: Annotated[DepositBody | None, Given] = None
    staff_ids: StaffIds
    needs: Annotated[Needs | None, Given] = None
    segments: Segments = ()
    prices: Prices = ()
    vat_bps: VatBps = 0
    caps: CapsBody = CapsBody()
    timing: TimingBody = TimingBody()
    approval: bool = False

    def service(self) -> usecases.NewService:
        return usecases.NewService(
            name=self.name,
            duration_minutes=self.duration_minutes,
            price=Money.from_units(self.price),
            staff_ids=self.staff_ids,
            code=self.code,
            buffer_before_minutes=self.buffer_before_minutes,
            buffer_after_minutes=self.buffer_after_minutes,
            deposit=self.deposit.deposit() if self.deposit is not None else None,
            needs=self.needs,
            segments=tuple(one.segment() for one in self.segments),
            prices=tuple(one.later_price() for one in self.prices),
            vat_bps=self.vat_bps,
            caps=self.caps.caps(),
            timing=self.timing.timing(),
            approval=self.approval,
        )


class ServicePatch(Body):
    """What is left out stays, lists, caps and timing are replaced whole; `active` false withdraws the service."""

    name: Annotated[Name | None, Given] = None
    duration_minutes: Annotated[Minutes | None, Given] = None
    buffer_before_minutes: Annotated[Buffer | None, Given] = None
    buffer_after_minutes: Annotated[Buffer | None, Given] = None
    price: Annotated[Pesos | None, Given] = None
    deposit: Annotated[DepositBody | None, Given] = None
    staff_ids: Annotated[StaffIds | None, Given] = None
    needs: Annotated[Needs | None, Given] = None
    active: Annotated[bool | None, Given] = None
    segments: Annotated[Segments | None, Given] = None
    prices: Annotated[Prices | None, Given] = None
    vat_bps: Annotated[VatBps | None, Given] = None
    caps: Annotated[CapsBody | None, Given] = None
    timing: Annotated[TimingBody | None, Given] = None
    approval: Annotated[bool | None, Given] = None

    def change(self) -> usecases.ServiceChange:
        return usecases.ServiceChange(
            **dict(self)
            | {
                "price": Money.from_units(self.price) if self.price is not None else None,
                "deposit": self.deposit.deposit() if self.deposit is not None else None,
                "segments": tuple(one.segment() for one in self.segments) if self.segments is not None else None,
                "prices": tuple(one.later_price() for one in self.prices) if self.prices is not None else None,
                "caps": self.caps.caps() if self.caps is not None else None,
                "timing": self.timing.timing() if self.timing is not None else None,
            }
        )


class DepositShown(Body):
    """`value` is pesos for `fixed`, percent for `percent`, else 0."""

    kind: DepositKind
    value: Pesos


class PriceShown(PriceBody):
    """A later price."""

    price_without_national_taxes: Pesos


class ServiceShown(Body):
    """What is offered, in pesos."""

    id: ServiceId
    code: str
    name: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    price: Pesos
    price_without_national_taxes: Pesos
    currency: str
    deposit: DepositShown
    staff_ids: tuple[StaffId, ...]
    needs: tuple[ResourceKind, ...]
    active: bool
    segments: tuple[SegmentBody, ...]
    prices: tuple[PriceShown, ...]
    vat_bps: int
    caps: CapsBody
    timing: TimingBody
    approval: bool
    version: int

    @classmethod
    def of(cls, service: Service) -> Self:
        return cls(
            id=service.id,
            code=service.code,
            name=service.name,
            duration_minutes=service.duration_minutes,
            buffer_before_minutes=service.buffer_before_minutes,
            buffer_after_minutes=service.buffer_after_minutes,
            price=service.price.as_units(),
            price_without_national_taxes=service.price.without_vat(service.vat_bps).as_units(),
            currency=service.price.currency,
            deposit=DepositShown(kind=service.deposit.kind, value=service.deposit.as_units()),
            staff_ids=service.staff_ids,
            needs=service.needs,
            active=service.active,
            **_terms_shown(service),
            version=service.version,
        )


def _terms_shown(service: Service) -> dict[str, Any]:
    caps, timing = service.caps, service.timing
    return {
        "segments": tuple(SegmentBody(minutes=one.minutes, attended=one.attended) for one in service.segments),
        "prices": tuple(
            PriceShown(
                valid_from=one.valid_from,
                price=one.price.as_units(),
                price_without_national_taxes=one.price.without_vat(service.vat_bps).as_units(),
            )
            for one in service.prices
        ),
        "vat_bps": service.vat_bps,
        "caps": CapsBody(per_day=caps.per_day, per_client_and_day=caps.per_client_and_day),
        "timing": TimingBody(
            step_minutes=timing.step_minutes,
            minimum_notice_minutes=timing.minimum_notice_minutes,
            horizon_days=timing.horizon_days,
        ),
        "approval": service.approval,
    }
