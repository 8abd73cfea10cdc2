"""Money that the provider took itself: put on record, so that nobody is asked for it again."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.auth import Principal
from common.errors import NotFound
from common.idempotency import Once
from common.money import Money
from common.uow import Work
from contracts.ids import BookingId, new_id
from contracts.payments import PaymentAtPlace
from payments import store
from payments.domain.at_place import MOST_PER_BOOKING, AtPlace, AtPlaceId, AtPlaceMethod, MoreThanOwed, TooManyAtPlace
from payments.domain.intent import Purpose
from payments.domain.payable import BookingNotVisible
from payments.domain.purpose import must_be_taken
from payments.usecases import audited
from payments.usecases.context import PaymentsContext
from payments.usecases.rights import must_manage
from payments.usecases.wanting import wait_for_payable


@dataclass(frozen=True, slots=True)
class Handed:
    """What a provider says it took."""

    booking_id: BookingId
    amount: Money
    method: AtPlaceMethod


async def record_at_place(
    context: PaymentsContext, scope: str, caller: Principal, handed: Handed, once: Once | None
) -> AtPlace:
    """For the provider's owner and operators. MoreThanOwed above what is left of the price."""
    await wait_for_payable(context, scope, handed.booking_id, Purpose.BALANCE)
    async with context.uow.begin(scope, once) as work:
        payable = await store.lock_payable(work, handed.booking_id)
        if payable is None:
            raise BookingNotVisible
        await must_manage(work, scope, caller, payable.provider_id)
        must_be_taken(payable)
        known = await store.page_at_place(work, payable.booking_id, MOST_PER_BOOKING)
        if len(known) == MOST_PER_BOOKING:
            raise TooManyAtPlace
        # A page being paid at this moment is either seen here or sees what is written here (`_check_price`).
        await store.lock_balances(work, payable.booking_id)
        settled = await store.find_settled(work, payable.booking_id, payable.price.currency)
        if handed.amount > payable.price - settled:
            raise MoreThanOwed
        taken = AtPlace(
            id=AtPlaceId(new_id()),
            version=1,
            booking_id=payable.booking_id,
            provider_id=payable.provider_id,
            client_id=payable.client_id,
            amount=handed.amount,
            method=handed.method,
            recorded_by=caller.account_id,
            recorded_at=await work.now(),
        )
        await store.insert_at_place(work, taken)
        await _close_balance(work, payable.booking_id)
        return await _tell(work, taken, caller)


async def _close_balance(work: Work, booking_id: BookingId) -> None:
    """A page that asks for the money once more must not take it."""
    latest = await store.lock_latest_of_booking(work, booking_id, Purpose.BALANCE)
    if latest is not None and latest.is_open:
        await store.close_soon(work, latest.id, "amount_or_way_changed")


async def void_at_place(
    context: PaymentsContext, scope: str, caller: Principal, at_place_id: AtPlaceId, once: Once | None
) -> AtPlace:
    """It was a mistake. AlreadyVoided the second time."""
    async with context.uow.begin(scope, once) as work:
        taken = await store.lock_at_place(work, at_place_id)
        payable = await store.find_payable(work, taken.booking_id) if taken is not None else None
        if taken is None or payable is None:
            raise NotFound
        await must_manage(work, scope, caller, payable.provider_id)
        voided = taken.voided(await work.now())
        await store.void_at_place(work, voided)
        return await _tell(work, voided, caller)


async def list_at_place(
    context: PaymentsContext, scope: str, caller: Principal, booking_id: BookingId
) -> Sequence[AtPlace]:
    """A booking's, oldest first, for its client, the provider's owner and operators."""
    async with context.uow.read(scope) as session:
        payable = await store.find_payable(session, booking_id)
        if payable is None:
            raise NotFound
        if caller.account_id != payable.client_id:
            await must_manage(session, scope, caller, payable.provider_id)
        return await store.page_at_place(session, booking_id, MOST_PER_BOOKING)


async def _tell(work: Work, taken: AtPlace, caller: Principal) -> AtPlace:
    work.audit(audited.at_place(taken, caller))
    await work.publish(
        PaymentAtPlace(
            version=taken.version,
            at_place_id=taken.id,
            booking_id=taken.booking_id,
            provider_id=taken.provider_id,
            client_id=taken.client_id,
            amount=taken.amount.as_amount(),
            method=taken.method.value,
            voided=taken.voided_at is not None,
        )
    )
    return await work.finish(taken)
