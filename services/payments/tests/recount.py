"""The promises about money, counted again from the tables: after every step, and once everything has come to rest."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from common.uow import UnitOfWork
from payments import store
from payments.domain.charge import TAKEN, Charge, ChargeStatus, Snapshot
from payments.domain.intent import Intent
from payments.domain.ledger import position_of

Row = Mapping[str, Any]
SCOPE: Final = "barber"
_CONTESTED: Final = ("in_mediation", "charged_back")
_STATE: Final = {
    "intent": "SELECT id, version, status, captured_minor, refunded_minor, earned FROM intent"
    " WHERE id > $1 ORDER BY id",
    "charge": "SELECT id, intent_id, status, captured_minor, refunded_minor, fee_minor, withheld_minor, lost_minor,"
    " released, surplus, entries FROM charge WHERE intent_id > $1 ORDER BY id",
    "refund": "SELECT id, intent_id, status, amount_minor, found_id FROM refund WHERE intent_id > $1 ORDER BY id",
    "ledger": "SELECT t.reference, t.charge_id, t.intent_id, p.account, p.amount_minor FROM ledger_transaction t"
    " JOIN ledger_posting p ON p.transaction_id = t.id WHERE t.intent_id > $1 ORDER BY t.id, p.line",
    "outbox": "SELECT topic, key, sequence FROM outbox WHERE key > $1 ORDER BY id",
}


class Books:
    """Everything about the payments begun after `began`, as it stands."""

    def __init__(self, rows: Mapping[str, list[Row]], known: list[tuple[Intent, list[Charge]]]) -> None:
        self.rows, self.known = rows, known

    @property
    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """To be compared with another moment's."""
        return {name: [tuple(row.values()) for row in rows] for name, rows in self.rows.items()}

    @property
    def refunds_under_way(self) -> list[Row]:
        """Neither made nor given up, nor waiting for the end of a dispute."""
        contested = {row["intent_id"] for row in self.rows["charge"] if row["status"] in _CONTESTED}
        return [
            row for row in self.rows["refund"] if row["status"] in {"due", "sent"} and row["intent_id"] not in contested
        ]

    def charge(self, charge_id: str) -> Row | None:
        """A payment as we know it."""
        return next((row for row in self.rows["charge"] if row["id"] == charge_id), None)

    def balances(self, charge_id: str) -> dict[str, int]:
        """What a payment left on the accounts."""
        found: Counter[str] = Counter()
        for row in self.rows["ledger"]:
            if row["charge_id"] == charge_id:
                found[row["account"]] += row["amount_minor"]
        return {account: minor for account, minor in found.items() if minor}

    def check(self) -> None:
        """What holds at every moment."""
        self._each_entry_sums_to_zero()
        for intent, charges in self.known:
            counting = [each for each in charges if each.captured and not each.surplus]
            assert len(counting) <= 1, "two payments count for one intent"
            assert intent.captured.minor == sum(each.captured.minor for each in counting)
            assert intent.refunded.minor <= intent.captured.minor
            for charge in charges:
                self._the_ledger_stands_where_the_charge_does(intent, charge)
                self._no_more_goes_than_came(charge)
                self._the_shares_are_the_whole(intent, charge)

    def _each_entry_sums_to_zero(self) -> None:
        sums: Counter[str] = Counter()
        for row in self.rows["ledger"]:
            sums[row["reference"]] += row["amount_minor"]
        assert not any(sums.values()), sums

    def _the_ledger_stands_where_the_charge_does(self, intent: Intent, charge: Charge) -> None:
        replayed = {account.value: amount.minor for account, amount in position_of(intent, charge).balances().items()}
        assert self.balances(charge.id) == replayed, f"{charge} is not what was booked"

    @staticmethod
    def _no_more_goes_than_came(charge: Charge) -> None:
        contested = charge.contested.minor
        assert 0 <= charge.refunded.minor + charge.lost.minor + contested <= charge.captured.minor, charge

    def _the_shares_are_the_whole(self, intent: Intent, charge: Charge) -> None:
        """Reckoned here a second time on purpose: rounded half up, what went back taking its part along."""
        booked = self.balances(charge.id)
        held, provider, fee, vat = (
            -booked.get(name, 0) for name in ("booking_held", "provider_payable", "commission_revenue", "vat_payable")
        )
        whole = charge.captured.minor
        gone = charge.refunded.minor + charge.lost.minor
        assert held + provider + fee + vat == whole - gone, f"{booked} of {whole} less {gone}"
        if not intent.earned or charge.surplus or not whole:
            assert (provider, fee, vat) == (0, 0, 0)
            return
        back = gone + charge.contested.minor
        full = (whole * intent.tariff.commission_bps + 5000) // 10000
        tax = (full * intent.tariff.vat_bps + 5000) // 10000
        assert fee == full - (2 * full * back + whole) // (2 * whole)
        assert vat == tax - (2 * tax * back + whole) // (2 * whole)

    def ends_as(self, truth: list[Snapshot]) -> None:
        """At rest: every payment as MercadoPago has it, and one net capture at most."""
        for seen in truth:
            row = self.charge(seen.id)
            assert row is not None, f"never heard of {seen}"
            known = (row["status"], row["refunded_minor"], row["fee_minor"], row["withheld_minor"], row["released"])
            there = (seen.status.value, seen.refunded.minor, seen.fee.minor, seen.withheld.minor, seen.released)
            assert known == there, f"{known} is not {there}"
            assert row["captured_minor"] == (seen.amount.minor if seen.status in TAKEN else 0)
        for row in self.rows["charge"]:
            back = row["captured_minor"] == row["refunded_minor"]
            assert back or not row["surplus"] or row["status"] in _CONTESTED, f"a second payment stays: {dict(row)}"
        assert not self.refunds_under_way, "a refund is not over"


async def open_books(uow: UnitOfWork, began: UUID) -> Books:
    """All of it at one moment."""
    async with uow.begin(SCOPE) as work:
        rows = {name: list(await work.connection.fetch(query, began)) for name, query in _STATE.items()}
        known = []
        for row in rows["intent"]:
            intent = await store.lock_intent(work, row["id"])
            assert intent is not None
            known.append((intent, await store.find_charges(work, intent.id)))
    return Books(rows, known)


def status_of(row: Row) -> ChargeStatus:
    """As we know it."""
    return ChargeStatus(row["status"])
