"""What the judge looks at: the tables of this example, read again where something was committed."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tests.simulation.truth import Paid, Row, payments_outside
from tests.simulation.world import World

from contracts.ids import BookingId

_BOOKINGS: Final = "SELECT * FROM barber.booking WHERE id > $1 ORDER BY id"
_CLAIMS: Final = """
    SELECT booking_id, resource, unit, lower(during) AS starts, upper(during) AS ends, live
    FROM barber.claim WHERE booking_id > $1
"""
_INTENTS: Final = """
    SELECT id, booking_id, purpose, status, captured_minor FROM barber.intent WHERE id > $1 ORDER BY id
"""
_CHARGES: Final = "SELECT id, surplus FROM barber.charge WHERE intent_id > $1 ORDER BY id"
_REFUNDS: Final = """
    SELECT id, intent_id, charge_id, status, origin, amount_minor, found_id, asked_by, decided_by
    FROM barber.refund WHERE intent_id > $1 ORDER BY id
"""
_ENTRIES: Final = """
    SELECT t.reference, t.kind, t.intent_id, t.charge_id, sum(p.amount_minor) AS total,
           sum(p.amount_minor) FILTER (WHERE p.account = ANY
               (ARRAY['psp_clearing', 'psp_available', 'dispute_hold'])) AS ours,
           sum(-p.amount_minor) FILTER (WHERE p.account = 'booking_held') AS held
    FROM barber.ledger_transaction t JOIN barber.ledger_posting p ON p.transaction_id = t.id
    WHERE t.id > $1 GROUP BY t.id ORDER BY t.id
"""
_CASES: Final = """
    SELECT id, kind, subject, intent_id, booking_id, found FROM {schema}.reconciliation_case
    WHERE id > $1 AND closed_at IS NULL ORDER BY id
"""
_WITHDRAWALS: Final = "SELECT id, booking_id, status, refusal FROM barber.withdrawal WHERE id > $1 ORDER BY id"


class Known:
    """The rows as they were at the last look."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.bookings: dict[BookingId, Row] = {}
        self.claims: Sequence[Row] = ()
        self.intents: dict[UUID, Row] = {}
        self.charges: Sequence[Row] = ()
        self.refunds: Sequence[Row] = ()
        self.entries: Sequence[Row] = ()

    async def look_at_booking(self) -> None:
        """Booking's part."""
        rows, began = self._world.booking.rows, self._world.began
        self.bookings = {row["id"]: row for row in await rows(_BOOKINGS, began)}
        self.claims = await rows(_CLAIMS, began)

    async def look_at_payments(self) -> None:
        """Payments' part."""
        rows, began = self._world.payments.rows, self._world.began
        self.intents = {row["id"]: row for row in await rows(_INTENTS, began)}
        self.charges = await rows(_CHARGES, began)
        self.refunds = await rows(_REFUNDS, began)
        self.entries = await rows(_ENTRIES, began)

    async def cases(self) -> Sequence[Row]:
        """Those that are open, of the vertical and of none."""
        rows, began = self._world.payments.rows, self._world.began
        return [row for schema in ("barber", "shared") for row in await rows(_CASES.format(schema=schema), began)]

    async def withdrawals(self) -> Sequence[Row]:
        """All of them."""
        return await self._world.payments.rows(_WITHDRAWALS, self._world.began)

    def outside(self) -> list[Paid]:
        """The payments as they are there now."""
        return payments_outside(self._world.provider, self.charges, self.refunds)

    def booking_of(self, intent_id: UUID) -> BookingId:
        """Whose money it is."""
        return BookingId(self.intents[intent_id]["booking_id"])
