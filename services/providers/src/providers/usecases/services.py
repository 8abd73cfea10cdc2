"""What is offered: publishing a service and changing it. Each is an aggregate of its own."""

from dataclasses import dataclass, replace

from common.auth import Principal
from common.errors import NotFound
from common.idempotency import Once
from common.money import Money
from common.service import Context
from common.verticals import ServiceTemplate, Vertical
from contracts.ids import ProviderId, ServiceId, StaffId, new_id
from providers import store
from providers.domain.naming import code_of
from providers.domain.parts import LimitReached, ResourceKind
from providers.domain.service import MAX_SERVICES, Deposit, DepositKind, Service
from providers.domain.terms import AS_THE_VERTICAL, UNCAPPED, Caps, LaterPrice, Segment, Timing
from providers.usecases.facts import service_fact
from providers.usecases.ownership import lock_own


@dataclass(frozen=True, slots=True)
class NewService:
    """A service to offer; what is None comes from the vertical's template of that code, or from the vertical."""

    name: str
    duration_minutes: int
    price: Money
    staff_ids: tuple[StaffId, ...]
    code: str | None = None
    buffer_before_minutes: int | None = None
    buffer_after_minutes: int | None = None
    deposit: Deposit | None = None
    needs: tuple[ResourceKind, ...] | None = None
    segments: tuple[Segment, ...] = ()
    prices: tuple[LaterPrice, ...] = ()
    vat_bps: int = 0
    caps: Caps = UNCAPPED
    timing: Timing = AS_THE_VERTICAL
    approval: bool = False


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """What changes of a service; None keeps what was. Lists, caps and timing are replaced whole."""

    name: str | None = None
    duration_minutes: int | None = None
    buffer_before_minutes: int | None = None
    buffer_after_minutes: int | None = None
    price: Money | None = None
    deposit: Deposit | None = None
    staff_ids: tuple[StaffId, ...] | None = None
    needs: tuple[ResourceKind, ...] | None = None
    active: bool | None = None
    segments: tuple[Segment, ...] | None = None
    prices: tuple[LaterPrice, ...] | None = None
    vat_bps: int | None = None
    caps: Caps | None = None
    timing: Timing | None = None
    approval: bool | None = None


async def publish_service(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    wanted: NewService,
    once: Once | None,
) -> Service:
    """CodeNeeded, UnknownStaff, DepositAbovePrice, SegmentsMisfit ... for what cannot be."""
    service = _from_template(vertical, provider_id, wanted)
    async with context.uow.begin(vertical.id, once) as work:
        provider = await lock_own(work, principal, provider_id)
        provider.must_employ(service.staff_ids)
        if await store.count_services(work, provider.id) >= MAX_SERVICES:
            raise LimitReached(most=MAX_SERVICES)
        await store.insert_service(work, service)
        await work.publish(service_fact(service))
        return await work.finish(service)


async def change_service(
    context: Context,
    vertical: Vertical,
    principal: Principal,
    provider_id: ProviderId,
    service_id: ServiceId,
    change: ServiceChange,
) -> Service:
    """A booking made before keeps what it was made with."""
    async with context.uow.begin(vertical.id) as work:
        provider = await lock_own(work, principal, provider_id)
        old = await store.lock_service(work, provider_id, service_id)
        if old is None:
            raise NotFound
        service = _changed(old, change)
        provider.must_employ(change.staff_ids or ())
        await store.update_service(work, service)
        await work.publish(service_fact(service))
        return service


def _changed(old: Service, change: ServiceChange) -> Service:
    given = {name: getattr(change, name) for name in ServiceChange.__slots__ if getattr(change, name) is not None}
    return replace(old, version=old.version + 1, **given)


def _from_template(vertical: Vertical, provider_id: ProviderId, wanted: NewService) -> Service:
    code = wanted.code or code_of(wanted.name)
    template = _template(vertical, code)
    needs = wanted.needs if wanted.needs is not None else tuple(ResourceKind(kind) for kind in template.needs)
    return Service(
        id=ServiceId(new_id()),
        provider_id=provider_id,
        code=code,
        name=wanted.name,
        duration_minutes=wanted.duration_minutes,
        buffer_before_minutes=_or(wanted.buffer_before_minutes, template.buffer_before_minutes),
        buffer_after_minutes=_or(wanted.buffer_after_minutes, template.buffer_after_minutes),
        price=wanted.price,
        deposit=wanted.deposit or Deposit(DepositKind(vertical.deposit.kind), vertical.deposit.value),
        staff_ids=wanted.staff_ids,
        needs=needs,
        segments=wanted.segments,
        prices=wanted.prices,
        vat_bps=wanted.vat_bps,
        caps=wanted.caps,
        timing=wanted.timing,
        approval=wanted.approval,
    )


def _template(vertical: Vertical, code: str) -> ServiceTemplate:
    """The vertical's of that code, or one that asks for nothing."""
    known = next((one for one in vertical.services if one.code == code), None)
    return known or ServiceTemplate(code=code, name=code, duration_minutes=1)


def _or(given: int | None, default: int) -> int:
    return default if given is None else given
