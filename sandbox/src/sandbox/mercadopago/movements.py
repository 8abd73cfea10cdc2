"""The account's movements, one row for each time its money changed: what settlement reports are made from."""

from sandbox.store import Store

SETTLEMENT = "SETTLEMENT"
REFUND = "REFUND"
CHARGEBACK = "CHARGEBACK"
DISPUTE = "DISPUTE"
PAYOUTS = "PAYOUTS"


def post(
    store: Store,
    kind: str,
    source_id: int | str,
    amount: int,
    now: int,
    *,
    payment_id: int | None = None,
    fee: int = 0,
    release_ms: int | None = None,
) -> None:
    """Write one movement inside the caller's transaction: signed centavos, a negative fee being taken away."""
    store.run(
        "INSERT INTO movement (payment_id, type, source_id, amount, fee, at_ms, release_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (payment_id, kind, str(source_id), amount, fee, now, release_ms),
    )


def balance(store: Store) -> int:
    """What the account holds, in centavos: everything that came in, less fees and what went out."""
    return store.count("SELECT sum(amount + fee) FROM movement")
