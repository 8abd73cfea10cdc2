"""Composition root."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from common.money import Money
from common.service import Service
from common.uow import UnitOfWork
from common.verticals import Verticals
from payments import api, usecases
from payments.clients import MercadoPago, connected, connected_bank
from payments.commands import COMMANDS
from payments.domain.payout import PayoutRules
from payments.domain.reach import Marker
from payments.domain.switches import Switches
from payments.domain.upgrading import Upgrading
from payments.events import SUBSCRIPTIONS
from payments.jobs import JOBS
from payments.settings import Settings
from payments.usecases import Keeping, PaymentsContext, Receiver


@asynccontextmanager
async def build(settings: Settings, uow: UnitOfWork, verticals: Verticals) -> AsyncIterator[PaymentsContext]:
    """MercadoPago, and a bank where there is one, are all that payments talks to."""
    token = settings.mercadopago_token.get_secret_value()
    async with connected(settings.mercadopago_url, token, settings.mercadopago_seconds) as mercadopago:
        context = context_with(mercadopago, settings, uow, verticals)
        if settings.bank_url is None:
            yield context
            return
        bank_token = settings.bank_token.get_secret_value()
        async with connected_bank(settings.bank_url, bank_token, settings.bank_seconds) as bank:
            yield replace(context, bank=bank)


def context_with(
    mercadopago: MercadoPago, settings: Settings, uow: UnitOfWork, verticals: Verticals
) -> PaymentsContext:
    """The use cases' context around any MercadoPago."""
    return PaymentsContext(
        uow,
        verticals,
        mercadopago=mercadopago,
        collector_id=settings.collector_id,
        public_url=settings.public_url,
        notification_url=settings.notification_url,
        webhook_secrets=settings.accepted_secrets,
        ticket_days=settings.ticket_days,
        switches=Switches(settings.paused, settings.methods_off),
        upgrading=Upgrading(settings.earning_paused, frozenset(settings.paused_purposes)),
        keeping=Keeping(timedelta(days=settings.webhook_days), timedelta(days=settings.unsettled_webhook_days)),
        payouts=PayoutRules(Money(settings.payout_approval_minor), settings.payouts_paused),
        contact_keys=settings.opened_contact_keys(),
        receiver=_receiver(settings),
        marker=Marker(settings.opened_contact_keys()),
        refund_limit=Money(settings.refund_approval_minor),
    )


def _receiver(settings: Settings) -> Receiver | None:
    if settings.bank_cbu is None or settings.bank_alias is None:
        return None
    return Receiver(settings.bank_cbu, settings.bank_alias)


SERVICE: Final[Service[Settings, PaymentsContext]] = Service(
    name="payments",
    settings=Settings,
    build=build,
    migrations=Path(__file__).parents[2] / "migrations",
    routers=api.ROUTERS,
    refusals=api.REFUSALS,
    subscriptions=SUBSCRIPTIONS,
    jobs=JOBS,
    commands=COMMANDS,
    snapshots=(usecases.snapshot_intents, usecases.snapshot_payouts),
)
