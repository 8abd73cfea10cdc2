"""The ledger as providers and operators may read it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from common.auth import Principal
from common.db import Row
from common.money import Money
from common.service import first_id
from common.settings import SHARED
from common.sheet import harmless, line
from common.span import COUNTRY_ZONE, Span
from common.uow import UnitOfWork
from contracts.ids import ProviderId
from payments import store
from payments.domain.ledger import EntryKind
from payments.domain.report import By, Earned, Standing
from payments.usecases import audited
from payments.usecases.context import PaymentsContext
from payments.usecases.payout_reading import NextPayout, find_next_payout
from payments.usecases.rights import owner_for

_PAGE: Final = 500
_ENTRIES: Final = 100_000
_PAID_OUT: Final = frozenset({EntryKind.PAYOUT, EntryKind.PAYOUT_REVERSED})
STATEMENT_HEADER: Final = (
    "booked_at", "kind", "booking_id", "payment_id", "currency", "gross", "commission", "vat", "net", "paid_out",
    "purpose",
)  # fmt: skip
"""Instants in Argentina's time, as the days; amounts in pesos with both decimals; what went back is negative. What was
paid out has a column of its own.

`purpose` is the payment's: `due`, `balance` or `tip`; empty where the entry is about no payment.
"""


@dataclass(frozen=True, slots=True)
class Earnings:
    """What a provider earned in some days, and what it has with us now."""

    span: Span
    lines: Sequence[Earned]
    standing: Standing
    next_payout: NextPayout | None


@dataclass(frozen=True, slots=True)
class Statement:
    """Each entry of some days as comma-separated values, read page by page while it is sent."""

    context: PaymentsContext
    scope: str
    provider_id: ProviderId
    span: Span

    async def rows(self) -> AsyncIterator[str]:
        """RFC 4180, a header row first."""
        yield line(STATEMENT_HEADER)
        after = first_id()
        while rows := await self._page(after):
            yield "".join(line(_cells(row)) for row in rows)
            after = rows[-1]["id"]

    async def _page(self, after: UUID) -> Sequence[Row]:
        async with self.context.uow.read(self.scope) as session:
            return await store.page_lines(session, self.provider_id, self.span, after, _PAGE)


async def read_earnings(
    context: PaymentsContext,
    scope: str,
    caller: Principal,
    provider_id: ProviderId,
    days: tuple[date | None, date | None],
    by: By,
) -> Earnings:
    """For the provider's owner and operators; NotFound for anybody else. InvalidSpan."""
    async with context.uow.read(scope) as session:
        owner = await owner_for(session, scope, caller, provider_id)
        span = Span.asked(*days, await store.find_day(session))
        found = await store.find_earnings(session, provider_id, span, by)
        standing = await store.find_standing(session, provider_id)
        next_payout = await find_next_payout(session, provider_id, standing)
    await _put_on_record(context, scope, caller, provider_id, owner)
    return Earnings(span, found, standing, next_payout)


async def open_statement(
    context: PaymentsContext,
    scope: str,
    caller: Principal,
    provider_id: ProviderId,
    days: tuple[date | None, date | None],
) -> Statement:
    """The same, entry by entry."""
    async with context.uow.read(scope) as session:
        owner = await owner_for(session, scope, caller, provider_id)
        span = Span.asked(*days, await store.find_day(session))
    await _put_on_record(context, scope, caller, provider_id, owner)
    return Statement(context, scope, provider_id, span)


async def read_trial_balance(
    context: PaymentsContext, vertical: str, caller: Principal, *, shared: bool
) -> store.Balances:
    """Every account of a vertical, or with `shared` of none, for operators. Forbidden."""
    scope = SHARED if shared else vertical
    caller.must_be(scope, "operator")
    return await add_up(context.uow, scope, _ENTRIES)


async def add_up(uow: UnitOfWork, scope: str, most: int) -> store.Balances:
    """Every account, read `most` entries at a time. Each entry sums to zero, so the whole does at whatever moment."""
    sums: dict[str, dict[str, int]] = {}
    after: UUID | None = first_id()
    while after is not None:
        async with uow.read(scope) as session:
            after, page = await store.page_trial_balance(session, after, most)
        for currency, moved in page.items():
            known = sums.setdefault(currency, {})
            known |= {account: known.get(account, 0) + minor for account, minor in moved.items()}
    return sums


async def _put_on_record(
    context: PaymentsContext, scope: str, caller: Principal, provider_id: ProviderId, owner: UUID
) -> None:
    if caller.account_id != owner:
        async with context.uow.begin(scope) as work:
            work.audit(audited.earnings_read(provider_id, caller))


def _cells(row: Row) -> tuple[object, ...]:
    net, commission, vat = (int(row[name]) for name in ("net", "commission", "vat"))
    paid_out = 0
    if row["kind"] in _PAID_OUT:
        net, paid_out = paid_out, -net
    return (
        row["booked_at"].astimezone(COUNTRY_ZONE).isoformat(timespec="seconds"),
        row["kind"],
        row["booking_id"],
        row["intent_id"],
        harmless(row["currency"]),
        *(f"{Money(minor).as_units():.2f}" for minor in (net + commission + vat, commission, vat, net, paid_out)),
        row["purpose"],
    )
