"""The ledger, read for providers and operators."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text

from common.db import Row, Session, statement
from common.money import Money
from common.span import Span
from contracts.ids import ProviderId
from payments.domain.report import By, Earned, Standing

_MOST_KEYS: Final = 1000
_DAY: Final = "CAST(t.booked_at AT TIME ZONE 'America/Argentina/Buenos_Aires' AS date)"
TODAY: Final = statement(text("SELECT CAST(app_now() AT TIME ZONE 'America/Argentina/Buenos_Aires' AS date)"))
EARNINGS: Final = statement(
    text(f"""
        SELECT key, currency, count(DISTINCT intent_id) AS payments,
               coalesce(sum(-amount_minor) FILTER (WHERE account = 'provider_payable'), 0) AS net,
               coalesce(sum(-amount_minor) FILTER (WHERE account = 'commission_revenue'), 0) AS commission,
               coalesce(sum(-amount_minor) FILTER (WHERE account = 'vat_payable'), 0) AS vat,
               coalesce(sum(-amount_minor) FILTER (WHERE purpose = 'tip'), 0) AS tips
        FROM (SELECT t.intent_id, p.currency, p.account, p.amount_minor, i.purpose,
                     CASE CAST(:by AS text) WHEN 'day' THEN CAST({_DAY} AS text)
                                            WHEN 'service' THEN coalesce(CAST(b.service_id AS text), '')
                                            WHEN 'purpose' THEN i.purpose
                                            ELSE coalesce(i.method, '') END AS key
              FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
                   JOIN intent i ON i.id = t.intent_id LEFT JOIN payable b ON b.booking_id = t.booking_id
              WHERE t.provider_id = :provider_id AND {_DAY} BETWEEN :first AND :last
                AND p.account = ANY (ARRAY['provider_payable', 'commission_revenue', 'vat_payable'])) AS line
        GROUP BY key, currency ORDER BY key, currency LIMIT :most
    """)  # noqa: S608 - a constant of this module
)
STANDING: Final = statement(
    text("""
        SELECT p.currency, coalesce(sum(-p.amount_minor) FILTER (WHERE p.account = 'provider_payable'), 0) AS payable,
               coalesce(sum(-p.amount_minor) FILTER (WHERE p.account = 'booking_held'), 0) AS held
        FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
        WHERE t.provider_id = :provider_id AND p.account = ANY (ARRAY['provider_payable', 'booking_held'])
        GROUP BY p.currency ORDER BY p.currency
    """)
)
LINES: Final = statement(
    text(f"""
        SELECT t.id, t.booked_at, t.kind, t.booking_id, t.intent_id, p.currency, coalesce(i.purpose, '') AS purpose,
               coalesce(sum(-p.amount_minor) FILTER (WHERE p.account = 'provider_payable'), 0) AS net,
               coalesce(sum(-p.amount_minor) FILTER (WHERE p.account = 'commission_revenue'), 0) AS commission,
               coalesce(sum(-p.amount_minor) FILTER (WHERE p.account = 'vat_payable'), 0) AS vat
        FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
             LEFT JOIN intent i ON i.id = t.intent_id
        WHERE t.provider_id = :provider_id AND t.id > :after AND {_DAY} BETWEEN :first AND :last
          AND p.account = ANY (ARRAY['provider_payable', 'commission_revenue', 'vat_payable'])
        GROUP BY t.id, p.currency, i.purpose ORDER BY t.id LIMIT :most
    """)  # noqa: S608 - a constant of this module
)
# In pages: one statement over all that was ever booked would take too long one day.
TRIAL_BALANCE: Final = statement(
    text("""
        WITH page AS (SELECT id FROM ledger_transaction WHERE id > :after ORDER BY id LIMIT :most),
             ends AS (SELECT id FROM page ORDER BY id DESC LIMIT 1)
        SELECT ends.id AS last, account, currency, sum(amount_minor) AS minor
        FROM ends JOIN ledger_posting ON transaction_id > :after AND transaction_id <= ends.id
        GROUP BY ends.id, account, currency ORDER BY currency, account
    """)
)

Balances = Mapping[str, Mapping[str, int]]
"""Centavos by currency and account: + debit, - credit; each currency sums to zero."""


async def find_day(session: Session) -> date:
    """The day that it is in Argentina."""
    day: date = await session.value(TODAY)
    return day


async def find_earnings(session: Session, provider_id: ProviderId, span: Span, by: By) -> list[Earned]:
    """What a provider earned, gathered; at most a thousand lines."""
    rows = await session.all(
        EARNINGS, provider_id=provider_id, first=span.first, last=span.last, by=by.value, most=_MOST_KEYS
    )
    return [Earned(row["key"], row["payments"], *_shares(row)) for row in rows]


async def find_standing(session: Session, provider_id: ProviderId) -> Standing:
    """What a provider has with us."""
    row = await session.one(STANDING, provider_id=provider_id)
    if row is None:
        return Standing(Money.zero(), Money.zero())
    return Standing(Money(int(row["payable"]), row["currency"]), Money(int(row["held"]), row["currency"]))


async def page_lines(session: Session, provider_id: ProviderId, span: Span, after: UUID, most: int) -> Sequence[Row]:
    """The entries that moved what a provider has earned, oldest first: id, booked_at, kind, ids, purpose, centavos."""
    return await session.all(LINES, provider_id=provider_id, first=span.first, last=span.last, after=after, most=most)


async def page_trial_balance(session: Session, after: UUID, most: int) -> tuple[UUID | None, Balances]:
    """The last of at most `most` entries by id, None when there are none, and what they moved on every account."""
    rows = await session.all(TRIAL_BALANCE, after=after, most=most)
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        sums.setdefault(row["currency"], {})[row["account"]] = int(row["minor"])
    return (rows[0]["last"] if rows else None), sums


def _shares(row: Row) -> tuple[Money, Money, Money, Money]:
    commission, vat, net, tips = (
        Money(int(row[name]), row["currency"]) for name in ("commission", "vat", "net", "tips")
    )
    return commission, vat, net, tips
