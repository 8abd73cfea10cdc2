"""Lies about the ledger and about MercadoPago's payments, which I3 must find."""

from typing import Final

from tests.town.lie import lie

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
}
