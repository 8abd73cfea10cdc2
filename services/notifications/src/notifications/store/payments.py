"""Payments that their clients make elsewhere, kept as payments publishes them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text

from common.db import Row, Session, statement
from contracts.ids import PaymentId
from notifications.domain.payment import Payment, PaymentState, Ticket, Transfer

# How it is paid is only ever added: its end, which does not say it, may have been read first.
UPSERT_PAYMENTS: Final = statement(
    text("""
        INSERT INTO payment (payment_id, version, state, pay_until, ticket_method, ticket_url, ticket_code,
                             transfer_cbu, transfer_alias, transfer_reference)
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[]), CAST(:states AS text[]),
                             CAST(:untils AS timestamptz[]), CAST(:methods AS text[]), CAST(:urls AS text[]),
                             CAST(:codes AS text[]), CAST(:cbus AS text[]), CAST(:aliases AS text[]),
                             CAST(:references AS text[]))
        ON CONFLICT (payment_id) DO UPDATE SET
            version = greatest(payment.version, excluded.version),
            state = CASE WHEN excluded.version > payment.version THEN excluded.state ELSE payment.state END,
            pay_until = coalesce(payment.pay_until, excluded.pay_until),
            ticket_method = coalesce(payment.ticket_method, excluded.ticket_method),
            ticket_url = coalesce(payment.ticket_url, excluded.ticket_url),
            ticket_code = coalesce(payment.ticket_code, excluded.ticket_code),
            transfer_cbu = coalesce(payment.transfer_cbu, excluded.transfer_cbu),
            transfer_alias = coalesce(payment.transfer_alias, excluded.transfer_alias),
            transfer_reference = coalesce(payment.transfer_reference, excluded.transfer_reference)
    """)
)
LOCK_PAYMENT: Final = statement(text("SELECT * FROM payment WHERE payment_id = :id FOR UPDATE"))


async def upsert_payments(session: Session, payments: Sequence[Payment]) -> None:
    """One state per payment, each applied where it is newer."""
    await session.run(
        UPSERT_PAYMENTS,
        ids=[one.id for one in payments],
        versions=[one.version for one in payments],
        states=[one.state for one in payments],
        untils=[one.pay_until for one in payments],
        methods=[one.ticket.method if one.ticket else None for one in payments],
        urls=[one.ticket.url if one.ticket else None for one in payments],
        codes=[one.ticket.code if one.ticket else None for one in payments],
        cbus=[one.transfer.cbu if one.transfer else None for one in payments],
        aliases=[one.transfer.alias if one.transfer else None for one in payments],
        references=[one.transfer.reference if one.transfer else None for one in payments],
    )


async def lock_payment(session: Session, payment_id: PaymentId) -> Payment:
    """The newest state known, locked; it must have been upserted before."""
    row = await session.one(LOCK_PAYMENT, id=payment_id)
    if row is None:
        raise LookupError("the payment was not upserted")
    return payment_of(row)


def payment_of(row: Row, prefix: str = "") -> Payment:
    """A payment from the columns of its table, whose version may carry a prefix."""
    cbu, url = row["transfer_cbu"], row["ticket_url"]
    return Payment(
        id=row["payment_id"],
        version=row[f"{prefix}version"],
        state=PaymentState(row["state"]),
        pay_until=row["pay_until"],
        ticket=Ticket(row["ticket_method"], url, row["ticket_code"]) if url is not None else None,
        transfer=Transfer(cbu, row["transfer_alias"], row["transfer_reference"]) if cbu is not None else None,
    )
