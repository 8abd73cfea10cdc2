"""Owners of providers are told of their payouts, and of the account that these go to; nobody else is."""

from datetime import UTC, date, datetime

from services.notifications.tests.builders import Turno, deliver, states, tell
from services.notifications.tests.fakes import FakeChannel

from contracts.base import Amount
from contracts.ids import PayoutId, ProviderId, new_id
from contracts.payments import (
    PayoutAccountChanged,
    PayoutAccountStatus,
    PayoutFailed,
    PayoutSent,
    PayoutStatus,
    PeriodPart,
)
from notifications.usecases import NotificationsContext

DAY = date(2026, 11, 26)


def sent(owner: Turno, payout_id: PayoutId) -> PayoutSent:
    return PayoutSent(
        version=5,
        payout_id=payout_id,
        provider_id=ProviderId(new_id()),
        owner_account_id=owner.account,
        amount=Amount(minor=131_850),
        status=PayoutStatus.EXECUTED,
        period=PeriodPart(first=DAY, last=DAY),
    )


def failed(owner: Turno, payout_id: PayoutId) -> PayoutFailed:
    state = sent(owner, payout_id).model_dump() | {"version": 6, "status": PayoutStatus.REVERSED}
    return PayoutFailed(**state, reason="returned")


def account(owner: Turno, provider_id: ProviderId, version: int, status: PayoutAccountStatus) -> PayoutAccountChanged:
    return PayoutAccountChanged(
        version=version,
        provider_id=provider_id,
        owner_account_id=owner.account,
        status=status,
        usable_from=datetime.now(UTC),
    )


async def test_a_payout_is_told_once_on_each_channel(
    context: NotificationsContext, whatsapp: FakeChannel, email: FakeChannel, turno: Turno
) -> None:
    fact = sent(turno, PayoutId(new_id()))
    await tell(context, turno.contact_fact(), fact, fact)
    await deliver(context)
    assert await states(context, turno.account) == [
        ("payout_sent", "email", "sent", None),
        ("payout_sent", "whatsapp", "sent", None),
    ]
    assert whatsapp.said == [
        "Hola Ana, te transferimos $1.318,50 de tus ingresos a tu cuenta. Podés ver el detalle en tu panel."
    ]
    assert len(email.taken) == 1


async def test_a_payout_that_arrived_and_came_back_is_told_of_twice(
    context: NotificationsContext, whatsapp: FakeChannel, turno: Turno
) -> None:
    payout_id = PayoutId(new_id())
    await tell(context, turno.contact_fact(), sent(turno, payout_id), failed(turno, payout_id))
    await deliver(context)
    assert sorted(said.partition(" $")[0] for said in whatsapp.said) == [
        "Hola Ana, no pudimos dejar",
        "Hola Ana, te transferimos",
    ]


async def test_an_account_is_told_of_when_it_is_named_and_when_it_is_refused(
    context: NotificationsContext, turno: Turno
) -> None:
    provider_id = ProviderId(new_id())
    told = (PayoutAccountStatus.CHECKING, PayoutAccountStatus.READY, PayoutAccountStatus.REFUSED)
    facts = [account(turno, provider_id, version, status) for version, status in enumerate(told, 1)]
    await tell(context, turno.contact_fact(), *facts, *facts)
    await deliver(context)
    assert await states(context, turno.account) == [
        (template, channel, "sent", None)
        for template in ("payout_account_changed", "payout_account_refused")
        for channel in ("email", "whatsapp")
    ]
