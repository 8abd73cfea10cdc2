"""Webhooks: kept and acknowledged from the database alone, then looked into, each thing they are about by itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from common.settings import SHARED
from payments import store
from payments.clients import MissingError
from payments.domain.backoff import again_in
from payments.domain.notice import Notice
from payments.domain.signature import BadSignature, check_signature
from payments.metrics import PROVIDER, WEBHOOKS, WEBHOOKS_IGNORED, WEBHOOKS_REFUSED
from payments.store import Bundle, Notification
from payments.usecases.context import PaymentsContext
from payments.usecases.looks import LOOKS, Orphan
from payments.usecases.trying import or_put_off, side_by_side

log = structlog.get_logger()
_BATCH: Final = 24
_MORE: Final = 240
_LEASE: Final = timedelta(seconds=45)
_FIRST_WAIT: Final = timedelta(seconds=1)
_LONGEST_WAIT: Final = timedelta(minutes=10)
_TRIES: Final = 20
_TRIES_FOR_MISSING: Final = 6
_MOST_HINTS: Final = 1000


async def keep_webhook(context: PaymentsContext, notice: Notice, signature: str) -> None:
    """Keep a signed notification. BadSignature, and nothing is written, unless MercadoPago signed it."""
    try:
        checked = check_signature(signature, notice.resource_id, notice.request_id, context.webhook_secrets)
        async with context.uow.begin(SHARED) as work:
            checked.must_be_current(await work.now())
            await store.insert_webhook(work, notice, wanted=notice.about is not None)
    except BadSignature:
        WEBHOOKS_REFUSED.labels(PROVIDER).inc()
        raise
    if notice.about is None:
        WEBHOOKS_IGNORED.labels(PROVIDER, notice.label).inc()


async def keep_hint(context: PaymentsContext, notice: Notice) -> None:
    """An unsigned notification says only where to look."""
    if notice.about is not None:
        async with context.uow.begin(SHARED) as work:
            await store.insert_hint(work, notice, _MOST_HINTS)


async def look_into_webhooks(context: PaymentsContext, scope: str) -> int:
    """Fetch what notifications are about, each once however many told of it, and apply it."""
    if scope != SHARED:
        return 0
    async with context.uow.begin(SHARED) as work:
        due = await store.claim_webhooks(work, _BATCH, _MORE, _LEASE)
    return await side_by_side(
        or_put_off(_look_into(context, each), partial(_put_off, context, each), resource=each.name) for each in due
    )


async def _look_into(context: PaymentsContext, bundle: Bundle) -> None:
    if bundle.about is None:
        # A newer version of the service wants it looked into, and will.
        await _put_off(context, bundle, "no such topic")
        return
    try:
        orphans = await LOOKS[bundle.about](context, bundle.resource_id)
    except MissingError as error:
        await _wait_for_it(context, bundle, error)
        return
    if orphans:
        await _orphan(context, bundle, orphans[0].why, orphans)
    else:
        await _settle(context, bundle.told, "done", "ok")


async def _wait_for_it(context: PaymentsContext, bundle: Bundle, error: MissingError) -> None:
    """A webhook may overtake what it is about, though not for long."""
    spent, fresh = _parted(bundle, _TRIES_FOR_MISSING)
    if spent.told:
        await _orphan(context, spent, f"no such {bundle.about}", ())
    if fresh.told:
        await _put_off(context, fresh, f"{type(error).__name__} {error}")


async def _orphan(context: PaymentsContext, bundle: Bundle, why: str, orphans: Sequence[Orphan]) -> None:
    """Kept for a person, unless it was only a hint and anybody's."""
    await _settle(context, [each for each in bundle.told if each.hint], "ignored", "ok", why)
    if not (signed := [each for each in bundle.told if not each.hint]):
        return
    log.warning("webhook.orphan", resource=bundle.name, reason=why)
    async with context.uow.begin(SHARED) as work:
        for each in orphans:
            await store.open_case(work, each.case)
    await _settle(context, signed, "orphan", "orphan", why)


async def _settle(
    context: PaymentsContext, told: Sequence[Notification], status: str, outcome: str, why: str | None = None
) -> None:
    if told:
        async with context.uow.begin(SHARED) as work:
            await store.settle_webhooks(work, told, status, why)
        WEBHOOKS.labels(PROVIDER, outcome).inc(len(told))


async def _put_off(context: PaymentsContext, bundle: Bundle, why: str, at_least: timedelta = timedelta(0)) -> None:
    """Each by its own tries: a notification that came just now must not die with one that has waited for hours."""
    spent, fresh = _parted(bundle, _TRIES)
    if dead := [each for each in spent.told if not each.hint]:
        log.error("webhook.dead", resource=bundle.name, reason=why)
        await _settle(context, dead, "dead", "dead", why)
    await _settle(context, [each for each in spent.told if each.hint], "ignored", "ok", why)
    waits = [again_in(each.tries, _FIRST_WAIT, _LONGEST_WAIT, each.id, at_least) for each in fresh.told]
    async with context.uow.begin(SHARED) as work:
        await store.retry_webhooks(work, fresh.told, waits, why)


def _parted(bundle: Bundle, tries: int) -> tuple[Bundle, Bundle]:
    """Those tried that often, and the others."""
    spent = tuple(each for each in bundle.told if each.tries >= tries)
    return replace(bundle, told=spent), replace(bundle, told=tuple(each for each in bundle.told if each not in spent))
