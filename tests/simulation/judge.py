"""The promises, computed from the databases and the provider's own records, independently of the product's code.

`step` are those that hold at every moment, `end` those that hold once everything has arrived; of the money then is
`ending.py`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final
from uuid import UUID

from tests.simulation.ending import PAID_FOR, Ending, Kept
from tests.simulation.known import Known
from tests.simulation.sides import REFUND_LIMIT
from tests.simulation.truth import lost_of, taken_of
from tests.simulation.world import World

from contracts.ids import BookingId

LIVE: Final = frozenset({"held", "confirmed"})
ANSWER_TIME: Final = timedelta(minutes=10)
_OUTSIDE: Final = frozenset({"capture", "refund"})
_PROMISED: Final = frozenset({"due", "sent", "done"})
_PARKED: Final = "SELECT count(*) AS parked FROM barber.dead_letter WHERE id > $1"
_BELIEVED: Final = """
    SELECT (SELECT coalesce(sum(amount_minor), 0) FROM barber.capture WHERE payment_id = $1) AS taken,
           (SELECT coalesce(sum(amount_minor), 0) FROM barber.refund WHERE payment_id = $1) AS back,
           (SELECT coalesce(sum(amount_minor), 0) FROM barber.refund
            WHERE payment_id = $1 AND reason LIKE 'given-back-by-%') AS noted
"""


class Judge(Known):
    """Looks at one example's world."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._expired: set[BookingId] = set()

    async def step(self) -> None:
        """Look again where something was committed, and judge what holds at every moment."""
        booking_changed, payments_changed = (side.uow.changed for side in self._world.sides)
        if payments_changed:
            await self.look_at_payments()
            self._the_ledger_tells_of_nothing_else()
            self._nobody_gives_much_back_alone()
        if booking_changed:
            await self.look_at_booking()
            self._no_two_on_one_seat()
            self._claims_follow_their_bookings()
            self._no_hold_is_let_go_unasked()
        for side in self._world.sides:
            side.uow.changed = False
        self._nothing_is_confirmed_without_its_money()
        self._no_more_goes_back_than_came()
        self.no_event_was_applied_twice()
        assert not self._world.alarms, self._world.alarms

    def no_event_was_applied_twice(self) -> None:
        """However often it came."""
        repeated = [key for key, count in self._world.applied.items() if count > 1]
        told = [(reader, self._world.published[event_id]) for reader, event_id in repeated]
        assert not repeated, f"applied more than once: {told}"

    async def status_of(self, booking_id: BookingId) -> str:
        """A booking's status now, not at the last look."""
        (row,) = await self._world.booking.rows("SELECT status FROM barber.booking WHERE id = $1", booking_id)
        return str(row["status"])

    async def believed_of(self, booking_id: BookingId) -> Kept:
        """What booking believes to be kept of the payment that confirmed it, now."""
        query = "SELECT payment_id FROM barber.booking WHERE id = $1"
        (booking,) = await self._world.booking.rows(query, booking_id)
        (row,) = await self._world.booking.rows(_BELIEVED, booking["payment_id"])
        return Kept(int(row["taken"]) - int(row["back"]), int(row["noted"]))

    def free(self, starts: datetime, minutes: int, staff: Sequence[UUID], chairs: int) -> bool:
        """Whether some member of staff and some chair have nothing live then."""
        ends = starts + timedelta(minutes=minutes)
        busy = {
            row["resource"]
            for row in self.claims
            if self.bookings[row["booking_id"]]["status"] in LIVE and row["starts"] < ends and starts < row["ends"]
        }
        return len(busy & set(staff)) < len(staff) and len(busy - set(staff)) < chairs

    async def end(self, kept: Mapping[BookingId, Kept]) -> Counter[str]:
        """Judge what holds at the end; how everything ended. `kept` is what each that was paid for may keep."""
        await self.step()
        for side in self._world.sides:
            (row,) = await side.rows(_PARKED, side.parked)
            assert row["parked"] == 0, f"{side.name} parked {row['parked']}"
        self._every_event_arrived()
        booked = {row["reference"]: row["ours"] for row in self.entries if row["kind"] in _OUTSIDE}
        assert booked == self._effects(), "the ledger differs from the provider's records"
        ending = Ending(self, kept, await self.cases(), await self.withdrawals())
        return ending.judged(self._expired)

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

    def _the_ledger_tells_of_nothing_else(self) -> None:
        """Each entry is balanced and stands for one capture or refund at the provider, or for what is over."""
        effects = self._effects()
        for row in self.entries:
            assert row["total"] == 0, f"{row['reference']} does not sum to zero"
            if row["kind"] in _OUTSIDE:
                assert row["ours"] == effects.get(row["reference"]), f"{row['reference']} is nowhere outside"

    def _nobody_gives_much_back_alone(self) -> None:
        """Over the limit another person than whoever asked has said yes."""
        alone: Counter[UUID] = Counter()
        for row in self.refunds:
            assert row["decided_by"] is None or row["decided_by"] != row["asked_by"], "approved by who asked"
            if row["asked_by"] is not None and row["decided_by"] is None and row["status"] in _PROMISED:
                alone[row["intent_id"]] += row["amount_minor"]
        assert all(minor <= REFUND_LIMIT.minor for minor in alone.values()), "one person alone gave back too much"

    def _effects(self) -> dict[str, int]:
        """What the provider did with money, under the ledger's names, in centavos; + when it came in."""
        found = {}
        for charge in self._world.provider.charges.values():
            if taken_of(charge):
                found[f"capture:{charge.id}"] = charge.amount.minor
            found |= {f"refund:{each.id}": -each.amount.minor for each in charge.refunds if each.done}
        return found

    def _nothing_is_confirmed_without_its_money(self) -> None:
        """What was taken and not sent back by the rules; what people give back, and a dispute, leave it as it is."""
        kept: Counter[BookingId] = Counter()
        for each in self.outside():
            if self.intents[each.intent_id]["purpose"] == "due":
                kept[self.booking_of(each.intent_id)] += each.taken - (each.back - each.by_others)
        for booking in self.bookings.values():
            if booking["status"] in PAID_FOR:
                assert kept[booking["id"]] >= booking["due_minor"], "confirmed without its money"

    def _no_more_goes_back_than_came(self) -> None:
        for charge in self._world.provider.charges.values():
            wanted = sum(each.amount.minor for each in charge.refunds if not each.failed) + lost_of(charge)
            assert wanted <= taken_of(charge), f"{wanted} back of {taken_of(charge)}"

    def _every_event_arrived(self) -> None:
        expected = {
            (reader, event_id)
            for event_id, topic in self._world.published.items()
            for reader in self._world.broker.readers_of(topic)
        }
        missed = expected - self._world.applied.keys()
        assert not missed, f"never applied: {[(reader, self._world.published[id_]) for reader, id_ in missed]}"
