"""The promises, computed from the databases and the provider's own records, independently of the product's code.

`step` are those that hold at every moment, `end` those that hold once everything has arrived.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final
from uuid import UUID

from tests.simulation.world import World

from contracts.ids import BookingId
from payments.domain.charge import TAKEN, Snapshot

LIVE: Final = frozenset({"held", "confirmed"})
PAID_FOR: Final = frozenset({"confirmed", "completed", "no_show"})
ANSWER_TIME: Final = timedelta(minutes=10)
_OPEN: Final = frozenset({"created", "awaiting_payer", "processing", "authorized"})
_ENDED: Final = frozenset({"completed", "no_show", "cancelled"})
_OUTSIDE: Final = frozenset({"capture", "refund"})
_OF_A_REFUSED_REFUND: Final = frozenset({"refund_failed"})
_BOOKINGS: Final = "SELECT * FROM barber.booking WHERE id > $1 ORDER BY id"
_CLAIMS: Final = """
    SELECT booking_id, resource, unit, lower(during) AS starts, upper(during) AS ends, live
    FROM barber.claim WHERE booking_id > $1
"""
_INTENTS: Final = """
    SELECT id, booking_id, purpose, status, captured_minor, refunded_minor FROM barber.intent WHERE id > $1
"""
_ENTRIES: Final = """
    SELECT t.reference, t.kind, t.intent_id, t.charge_id, sum(p.amount_minor) AS total,
           sum(p.amount_minor) FILTER (WHERE p.account = ANY (ARRAY['psp_clearing', 'dispute_hold'])) AS clearing,
           sum(-p.amount_minor) FILTER (WHERE p.account = 'booking_held') AS held
    FROM barber.ledger_transaction t JOIN barber.ledger_posting p ON p.transaction_id = t.id
    WHERE t.id > $1 GROUP BY t.id
"""
_CASES: Final = "SELECT kind, booking_id FROM barber.reconciliation_case WHERE id > $1 AND closed_at IS NULL"
_PARKED: Final = "SELECT count(*) AS parked FROM barber.dead_letter WHERE id > $1"
_REFUNDS: Final = "SELECT status, count(*) AS count FROM barber.refund WHERE id > $1 GROUP BY status"

Row = Mapping[str, Any]


class Judge:
    """Looks at one example's world. `bookings` and `claims` are as they were at the last look."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.bookings: dict[BookingId, Row] = {}
        self.claims: Sequence[Row] = ()
        self.intents: dict[UUID, Row] = {}
        self._expired: set[BookingId] = set()

    async def step(self) -> None:
        """Look again where something was committed, and judge what holds at every moment."""
        world = self._world
        booking_changed, payments_changed = (side.uow.changed for side in world.sides)
        if payments_changed:
            self.intents = {row["id"]: row for row in await world.payments.rows(_INTENTS, world.began)}
            self._the_ledger_tells_of_nothing_else(await world.payments.rows(_ENTRIES, world.began))
        if booking_changed:
            self.bookings = {row["id"]: row for row in await world.booking.rows(_BOOKINGS, world.began)}
            self.claims = await world.booking.rows(_CLAIMS, world.began)
            self._no_two_on_one_seat()
            self._claims_follow_their_bookings()
            self._no_hold_is_let_go_unasked()
        for side in world.sides:
            side.uow.changed = False
        self._nothing_is_confirmed_without_its_money()
        self._no_more_goes_back_than_came()
        self.no_event_was_applied_twice()
        assert not world.alarms, world.alarms

    def no_event_was_applied_twice(self) -> None:
        """However often it came."""
        repeated = [key for key, count in self._world.applied.items() if count > 1]
        told = [(reader, self._world.published[event_id]) for reader, event_id in repeated]
        assert not repeated, f"applied more than once: {told}"

    async def status_of(self, booking_id: BookingId) -> str:
        """A booking's status now, not at the last look."""
        (row,) = await self._world.booking.rows("SELECT status FROM barber.booking WHERE id = $1", booking_id)
        return str(row["status"])

    def free(self, starts: datetime, minutes: int, staff: Sequence[UUID], chairs: int) -> bool:
        """Whether some member of staff and some chair have nothing live then."""
        ends = starts + timedelta(minutes=minutes)
        busy = {
            row["resource"]
            for row in self.claims
            if self.bookings[row["booking_id"]]["status"] in LIVE and row["starts"] < ends and starts < row["ends"]
        }
        return len(busy & set(staff)) < len(staff) and len(busy - set(staff)) < chairs

    def net_of(self, booking_id: BookingId, purpose: str = "due") -> int:
        """What the provider keeps of a booking's payers, in centavos."""
        return sum(captured_of(each) - each.refunded.minor for each in self._charges_of(booking_id, purpose))

    def gross_of(self, booking_id: BookingId) -> int:
        """What the provider ever took."""
        return sum(captured_of(each) for each in self._charges_of(booking_id))

    async def end(self, kept: Mapping[BookingId, int]) -> Counter[str]:
        """Judge what holds at the end; how the bookings ended. `kept` is what each that was paid for may keep."""
        await self.step()
        world = self._world
        entries = await world.payments.rows(_ENTRIES, world.began)
        cases = await world.payments.rows(_CASES, world.began)
        for side in world.sides:
            (row,) = await side.rows(_PARKED, side.parked)
            assert row["parked"] == 0, f"{side.name} parked {row['parked']}"
        self._every_event_arrived()
        self._the_ledger_tells_of_everything(entries)
        assert not [row for row in self.intents.values() if row["status"] in _OPEN], "an intent is still open"
        refunds = {row["status"]: row["count"] for row in await world.payments.rows(_REFUNDS, world.began)}
        assert not refunds.keys() & {"due", "sent"}, f"refunds are not over: {refunds}"
        self._cases_are_called_for(cases)
        with_case = {row["booking_id"] for row in cases}
        self._what_is_over_is_shared_out(entries, with_case)
        for booking in self.bookings.values():
            self._money_is_where_it_belongs(booking, kept, with_case)
        return Counter(self._ending(booking, with_case) for booking in self.bookings.values())

    def _no_two_on_one_seat(self) -> None:
        live = [row for row in self.claims if self.bookings[row["booking_id"]]["status"] in LIVE]
        for one, other in combinations(live, 2):
            same = (one["resource"], one["unit"]) == (other["resource"], other["unit"])
            overlap = one["starts"] < other["ends"] and other["starts"] < one["ends"]
            assert not (same and overlap), f"two on one seat: {one} and {other}"

    def _claims_follow_their_bookings(self) -> None:
        of_booking = Counter(row["booking_id"] for row in self.claims)
        assert all(of_booking[booking_id] == 2 for booking_id in self.bookings), "a booking without its claims"
        for row in self.claims:
            status = self.bookings[row["booking_id"]]["status"]
            assert row["live"] == (status in LIVE), f"a claim is live={row['live']} of a booking that is {status}"

    def _no_hold_is_let_go_unasked(self) -> None:
        """Expired: payments had answered, or had ten minutes, or booking knew of no payment (decision 7)."""
        for booking in self.bookings.values():
            if booking["status"] != "expired" or booking["id"] in self._expired:
                continue
            self._expired.add(booking["id"])
            heard = self._heard_of(booking["id"])
            late = self._world.clock.now >= booking["created_at"] + timedelta(minutes=15) + ANSWER_TIME
            assert "payment.pending" not in heard or "payment.closed" in heard or late, (
                "a hold with a payment begun expired before payments answered"
            )

    def _heard_of(self, booking_id: BookingId) -> set[str]:
        """The payment facts of a booking that booking was given."""
        payments = {str(row["id"]).encode() for row in self.intents.values() if row["booking_id"] == booking_id}
        return {sent.topic for sent in self._world.broker.everything_given("booking") if sent.key in payments}

    def _the_ledger_tells_of_nothing_else(self, entries: Sequence[Row]) -> None:
        """Each entry is balanced and stands for one capture or refund at the provider, or for what is over."""
        for row in entries:
            assert row["total"] == 0, f"{row['reference']} does not sum to zero"
            if row["kind"] in _OUTSIDE:
                assert row["clearing"] == self._effects().get(row["reference"]), (
                    f"{row['reference']} is nowhere outside"
                )

    def _the_ledger_tells_of_everything(self, entries: Sequence[Row]) -> None:
        booked = {row["reference"]: row["clearing"] for row in entries if row["kind"] in _OUTSIDE}
        assert booked == self._effects(), "the ledger differs from the provider's records"

    def _what_is_over_is_shared_out(self, entries: Sequence[Row], with_case: set[BookingId]) -> None:
        """Nothing is held for a booking that has ended; for any other all that it kept."""
        held: Counter[UUID] = Counter()
        for row in entries:
            held[row["intent_id"]] += row["held"] or 0
        for intent in self.intents.values():
            booking = self.bookings[intent["booking_id"]]
            if booking["id"] in with_case:
                continue
            ended = booking["status"] in _ENDED
            kept = intent["captured_minor"] - intent["refunded_minor"]
            contested = str(intent["status"]).startswith("dispute")
            wanted = 0 if ended and not contested else kept
            assert held[intent["id"]] == wanted, f"{held[intent['id']]} held for a booking that kept {kept}"

    def _effects(self) -> dict[str, int]:
        """What the provider did with money, under the ledger's names, in centavos; + when it came in."""
        found = {}
        for charge in self._world.provider.charges.values():
            if captured_of(charge):
                found[f"capture:{charge.id}"] = charge.amount.minor
            found |= {f"refund:{each.id}": -each.amount.minor for each in charge.refunds if each.done}
        return found

    def _nothing_is_confirmed_without_its_money(self) -> None:
        for booking in self.bookings.values():
            if booking["status"] in PAID_FOR:
                assert self.net_of(booking["id"]) >= booking["due_minor"], "confirmed without its money"

    def _no_more_goes_back_than_came(self) -> None:
        for charge in self._world.provider.charges.values():
            wanted = sum(each.amount.minor for each in charge.refunds if not each.failed)
            assert wanted <= captured_of(charge), f"{wanted} back of {captured_of(charge)}"

    def _every_event_arrived(self) -> None:
        expected = {
            (reader, event_id)
            for event_id, topic in self._world.published.items()
            for reader in self._world.broker.readers_of(topic)
        }
        missed = expected - self._world.applied.keys()
        assert not missed, f"never applied: {[(reader, self._world.published[id_]) for reader, id_ in missed]}"

    def _cases_are_called_for(self, cases: Sequence[Row]) -> None:
        """A case excuses a booking's money, so that none may be open but for what the provider would not do."""
        refused = {
            self.intents[intent_id]["booking_id"]
            for intent_id in self.intents
            for charge in self._world.provider.of_intent(intent_id)
            if any(each.failed for each in charge.refunds)
        }
        for row in cases:
            called_for = row["kind"] in _OF_A_REFUSED_REFUND and row["booking_id"] in refused
            assert called_for, f"a case nobody called for: {row['kind']}"

    def _money_is_where_it_belongs(self, booking: Row, kept: Mapping[BookingId, int], with_case: set[UUID]) -> None:
        status, due = booking["status"], booking["due_minor"]
        assert status != "held", "a hold is left"
        expected = due if status in PAID_FOR else kept.get(booking["id"], 0)
        balance = self._balance_of(booking)
        told = booking["paid_minor"] - booking["refunded_minor"]
        assert told - expected in balance, f"{status}: booking believes {told}, should keep {expected} and {balance}"
        if booking["id"] in with_case:
            return
        nets = [self.net_of(booking["id"], purpose) for purpose in ("due", "balance")]
        assert nets == [expected, told - expected], f"{status}: the provider keeps {nets}, booking believes {told}"
        for tip in (one for one in self.intents.values() if one["booking_id"] == booking["id"]):
            self._a_tip_stays(tip, status)

    def _balance_of(self, booking: Row) -> set[int]:
        """What may be kept beyond the due: the rest of the price, once, when it was paid and the client was served."""
        rest = booking["price_minor"] - booking["due_minor"]
        paid = any(captured_of(each) for each in self._charges_of(booking["id"], "balance"))
        if booking["status"] == "no_show" and paid:
            # Paid before nobody came, or after it.
            return {0, rest}
        return {rest} if booking["status"] in PAID_FOR and paid else {0}

    def _a_tip_stays(self, intent: Row, status: str) -> None:
        if intent["purpose"] != "tip":
            return
        assert status == "completed", f"a tip was asked for a booking that is {status}"
        taken = [each for each in self._world.provider.of_intent(intent["id"]) if captured_of(each)]
        kept = sum(each.amount.minor - each.refunded.minor for each in taken)
        assert kept == (taken[0].amount.minor if taken else 0), "a tip was given back, or taken twice"

    def _ending(self, booking: Row, with_case: set[UUID]) -> str:
        words = [booking["status"]]
        charges = self._charges_of(booking["id"])
        refunded = sum(each.refunded.minor for each in charges)
        if refunded:
            words.append("all back" if not self.net_of(booking["id"]) else "some back")
        if sum(1 for each in charges if captured_of(each)) > 1:
            words.append("paid twice")
        if booking["status"] in PAID_FOR and booking["id"] in self._expired:
            words.append("taken again")
        if booking["id"] in with_case:
            words.append("case")
        return ", ".join(words)

    def _charges_of(self, booking_id: BookingId, purpose: str | None = None) -> list[Snapshot]:
        return [
            charge
            for row in self.intents.values()
            if row["booking_id"] == booking_id and purpose in {None, row["purpose"]}
            for charge in self._world.provider.of_intent(row["id"])
        ]


def captured_of(charge: Snapshot) -> int:
    """What the provider took, in centavos, whatever became of it later."""
    return charge.amount.minor if charge.status in TAKEN else 0
