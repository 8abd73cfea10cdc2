"""Lies about the ledger, MercadoPago's payments, clients' credit and the bank's transfers, which I3 must find."""

# ruff: noqa: S608 - the statements are this file's own

from typing import Final

from tests.town.lie import lie

PAYOUT: Final = "22222222-2222-7222-8222-222222222222"
_MUCH: Final = 100_000_000
_A_PAYOUT: Final = f"""
    INSERT INTO payout (id, version, provider_id, currency, amount_minor, status, first_day, last_day)
    SELECT '{PAYOUT}', 3, provider_id, 'ARS', {_MUCH}, 'executed', '2026-01-01', '2026-01-01'
    FROM intent WHERE booking_id = '{{confirmed}}'
"""


def _entry(kind: str, debit: str, credit: str, more: str = "") -> tuple[str, str]:
    """An entry of the payout's, as if payments had booked it."""
    booked = f"""
        INSERT INTO ledger_transaction (id, reference, kind, provider_id)
        SELECT gen_random_uuid(), '{kind}:{PAYOUT}{more}', replace('{kind}', '-', '_'), provider_id
        FROM payout WHERE id = '{PAYOUT}'
    """
    posted = f"""
        INSERT INTO ledger_posting (transaction_id, line, account, currency, amount_minor)
        SELECT id, line, account, 'ARS', minor
        FROM ledger_transaction, (VALUES (1, '{debit}', {_MUCH}), (2, '{credit}', -{_MUCH})) AS l (line, account, minor)
        WHERE reference = '{kind}:{PAYOUT}{more}'
    """
    return booked, posted


_PAID_OUT: Final = (
    _A_PAYOUT,
    *_entry("payout", "provider_payable", "payouts_in_transit"),
    *_entry("payout-executed", "payouts_in_transit", "bank"),
)

MONEY_LIES: Final = {
    "a posting does not balance": lie(
        "I3",
        "does not sum to zero",
        "payments",
        """INSERT INTO ledger_posting (transaction_id, line, account, currency, amount_minor)
           SELECT id, 9, 'booking_held', 'ARS', 1 FROM ledger_transaction WHERE charge_id = '{charge}' LIMIT 1""",
    ),
    "the application may change the ledger": lie(
        "I3", "may UPDATE ledger_posting", "payments", "GRANT UPDATE ON ledger_posting TO payments_barber"
    ),
    "a charge of ours differs by one centavo": lie(
        "I3",
        "payment {charge}: our charge is ('approved', 399999, 0), MercadoPago's ('approved', 400000, 0)",
        "payments",
        "UPDATE charge SET captured_minor = captured_minor - 1 WHERE id = '{charge}'",
    ),
    "a rejected payment is unknown to us": lie(
        "I3", "MercadoPago has it, we do not", "payments", "DELETE FROM charge WHERE status = 'rejected'"
    ),
    "we book a charge that MercadoPago never had": lie(
        "I3",
        "payment 1: we have it, MercadoPago does not",
        "payments",
        """INSERT INTO charge (id, intent_id, status, detail, method, updated_at, currency, captured_minor,
                               refunded_minor, surplus)
           SELECT '1', intent_id, 'rejected', detail, method, updated_at, currency, 0, 0, false
           FROM charge WHERE id = '{charge}'""",
    ),
    "a provider has the money of a service to come": lie(
        "I3",
        "payment {charge}: provider, commission and VAT are (400000, 0, 0), and must be (0, 0, 0)",
        "payments",
        """UPDATE ledger_posting SET account = 'provider_payable' FROM ledger_transaction
           WHERE transaction_id = ledger_transaction.id AND charge_id = '{charge}' AND account = 'booking_held'""",
    ),
    "MercadoPago's fee is booked as something else": lie(
        "I3",
        "payment {charge}: fees are booked as 0",
        "payments",
        """UPDATE ledger_posting SET account = 'psp_clearing' FROM ledger_transaction
           WHERE transaction_id = ledger_transaction.id AND charge_id = '{charge}' AND account = 'psp_fees'""",
    ),
    "money that nobody contests is held for a dispute": lie(
        "I3",
        "is held for a dispute, and must be 0",
        "payments",
        """UPDATE ledger_posting SET account = 'dispute_hold' FROM ledger_transaction
           WHERE transaction_id = ledger_transaction.id AND charge_id = '{charge}' AND account = 'psp_clearing'""",
    ),
    "a payout is executed that the bank never carried out": lie(
        "I3", f"payout barber.{PAYOUT}: it is executed, and never left the bank", "payments", *_PAID_OUT
    ),
    "a provider was paid out what it had not": lie(
        "I3", f"payout:{PAYOUT} is more than its provider had", "payments", *_PAID_OUT
    ),
    "a payout is booked as executed twice": lie(
        "I3",
        f"payout {PAYOUT}: it is executed and the accounts have",
        "payments",
        *_PAID_OUT,
        *_entry("payout-executed", "payouts_in_transit", "bank", ":again"),
    ),
    "money is booked that our bank account never saw": lie(
        "I3",
        "movement 999999: we have it and booked 1000 for it, the bank does not",
        "payments",
        """INSERT INTO ledger_transaction (id, reference, kind)
           VALUES (gen_random_uuid(), 'bank:999999', 'withdrawal')""",
        """INSERT INTO ledger_posting (transaction_id, line, account, currency, amount_minor)
           SELECT id, line, account, 'ARS', minor
           FROM ledger_transaction, (VALUES (1, 'bank', 1000), (2, 'psp_available', -1000)) AS l (line, account, minor)
           WHERE reference = 'bank:999999'""",
        schema="shared",
    ),
    "a client has credit that nobody gave": lie(
        "I3",
        "the credit of {client} is 500001, its movements say 500000",
        "payments",
        "UPDATE credit_account SET balance_minor = balance_minor + 1 WHERE client_id = '{client}'",
    ),
    "a client was given credit that nobody owes": lie(
        "I3",
        "the ledger owes clients -700 ARS beside what they have",
        "payments",
        "UPDATE credit_account SET balance_minor = balance_minor + 700 WHERE client_id = '{client}'",
        """INSERT INTO credit_movement (id, client_id, kind, amount_minor, currency, reference, status, created_at)
           VALUES (gen_random_uuid(), '{client}', 'returned', 700, 'ARS', 'credit:planted', 'done', app_now())""",
    ),
    "a payment with credit took another amount than its client has less": lie(
        "I3",
        "payment credit:{by_credit}: our charge is ('approved', 399999, 0), MercadoPago's ('approved', 400000, 0)",
        "payments",
        "UPDATE charge SET captured_minor = captured_minor - 1 WHERE id = 'credit:{by_credit}'",
    ),
}
