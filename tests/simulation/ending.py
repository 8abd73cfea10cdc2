"""What holds of the money once everything has arrived: each peso is where booking, the ledger and the law have it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from tests.simulation.truth import Paid, Row

from contracts.ids import BookingId

if TYPE_CHECKING:
    from tests.simulation.known import Known

PAID_FOR: Final = frozenset({"confirmed", "completed", "no_show"})
_OPEN: Final = frozenset({"created", "awaiting_payer", "processing", "authorized"})
_ENDED: Final = frozenset({"completed", "no_show", "cancelled"})
_UNDER_WAY: Final = frozenset({"due", "sent", "awaiting_approval"})
_GIVEN_UP: Final = frozenset({"refused", "blocked"})
_WITHDRAWN: Final = frozenset({"confirmed", "refunding", "done"})
_RENDERED: Final = frozenset({"completed", "no_show"})
_ABOUT_REFUNDS: Final = frozenset({"refund_refused", "refund_failed", "refund_exceeds_capture"})


class Kept(NamedTuple):
    """Centavos of the payment that confirmed a booking; `noted` of what others gave back was known by then."""

    minor: int
    noted: int


class Ending:
    """One example at its end. A booking is stuck when a refund of it waits for a person, with a case that says so."""

    def __init__(
        self, known: "Known", kept: Mapping[BookingId, Kept], cases: Sequence[Row], withdrawals: Sequence[Row]
    ) -> None:
        self._known, self._kept, self._cases, self._withdrawals = known, kept, cases, withdrawals
        self._paid = known.outside()
        self._stuck = {known.booking_of(row["intent_id"]) for row in known.refunds if row["status"] in _GIVEN_UP}
        self._withdrawn = {row["booking_id"] for row in withdrawals if row["status"] in _WITHDRAWN}

    def judged(self, expired: set[BookingId]) -> Counter[str]:
        """How bookings and whatever else there was ended."""
        self._all_is_over()
        self._cases_are_called_for()
        self._the_ledger_stands_where_the_money_is()
        for booking in self._known.bookings.values():
            self._money_is_where_it_belongs(booking)
            self._tips_stay(booking)
        for row in self._withdrawals:
            self._a_withdrawal_is_kept(row)
        words = Counter(self._words_of(booking, expired) for booking in self._known.bookings.values())
        return words + self._words_of_people()

    def _all_is_over(self) -> None:
        assert not [row for row in self._known.intents.values() if row["status"] in _OPEN], "an intent is still open"
        left = Counter(row["status"] for row in self._known.refunds)
        assert not left.keys() & _UNDER_WAY, f"refunds are not over: {left}"
        told = {row["subject"] for row in self._cases if row["kind"] in _ABOUT_REFUNDS}
        for row in self._known.refunds:
            assert row["status"] not in _GIVEN_UP or str(row["id"]) in told, "a refund was given up without a case"

    def _cases_are_called_for(self) -> None:
        """None may be open but for what the world outside did."""
        for row in self._cases:
            assert self._is_called_for(row), f"a case nobody called for: {row['kind']}, {row['found']}"

    def _is_called_for(self, case: Row) -> bool:
        paid = [each for each in self._paid if each.intent_id == case["intent_id"]]
        match case["kind"]:
            case "refund_failed" | "refund_refused":
                return any(each.entangled for each in paid)
            case "refund_exceeds_capture":
                return any(each.by_others or each.elsewhere or each.lost for each in paid)
            case "refund_nobody_asked_for":
                return any(each.elsewhere for each in paid)
            case "dispute_lost":
                return any(each.lost for each in paid if each.id == case["subject"])
            case "dispute_amount_differs":
                return any(each.entangled and each.back for each in paid)
            case "overpaid":
                return self._is_overpaid(self._known.bookings[case["booking_id"]])
            case "withdrawal_unfinished":
                return any(row["booking_id"] in self._stuck for row in self._withdrawals)
        return False

    def _is_overpaid(self, booking: Row) -> bool:
        """Paid twice, and then the rest: for a while more than the price was here."""
        return sum(each.taken for each in self._of(booking, "due", "balance")) > int(booking["price_minor"])

    def _the_ledger_stands_where_the_money_is(self) -> None:
        """Nothing is held for a booking that has ended; for any other all that it kept."""
        held: Counter[UUID] = Counter()
        ours: Counter[str] = Counter()
        for row in self._known.entries:
            held[row["intent_id"]] += row["held"] or 0
            ours[row["charge_id"]] += row["ours"] or 0
        for each in self._paid:
            assert ours[each.id] == each.net, f"{ours[each.id]} booked of a payment that left {each.net}"
        for intent in self._known.intents.values():
            booking = self._known.bookings[intent["booking_id"]]
            if booking["id"] not in self._stuck:
                kept = sum(each.net for each in self._paid if each.intent_id == intent["id"])
                wanted = 0 if booking["status"] in _ENDED else kept
                assert held[intent["id"]] == wanted, f"{held[intent['id']]} held for a booking that kept {kept}"

    def _money_is_where_it_belongs(self, booking: Row) -> None:
        status = booking["status"]
        assert status != "held", "a hold is left"
        expected, balances = self._expected_of(booking), self._balances_of(booking)
        told = booking["paid_minor"] - booking["refunded_minor"]
        assert told - expected in balances, f"{status}: booking believes {told}, should keep {expected} and {balances}"
        paid = self._of(booking, "due", "balance")
        if booking["id"] in self._stuck or any(each.lost for each in paid):
            return
        nets = [sum(each.net for each in self._of(booking, purpose)) for purpose in ("due", "balance")]
        assert nets == [expected, told - expected], f"{status}: the provider keeps {nets}, booking believes {told}"

    def _expected_of(self, booking: Row) -> int:
        """What of the due stays, less what others gave back of it; what booking knew of then is in `kept` already."""
        counting = [each for each in self._of(booking, "due") if each.intent_id == booking["payment_id"]]
        by_others = sum(each.by_others for each in counting if not each.surplus)
        if booking["status"] in PAID_FOR:
            return int(booking["due_minor"]) - by_others
        if booking["id"] in self._withdrawn:
            return 0
        kept = self._kept.get(booking["id"], Kept(0, 0))
        return max(kept.minor - max(by_others - kept.noted, 0), 0)

    def _balances_of(self, booking: Row) -> set[int]:
        """What may be kept beyond the due: one payment of the rest, when the client was served; less what was given."""
        if booking["status"] not in PAID_FOR:
            return {0}
        counting = [each for each in self._of(booking, "balance") if each.taken and not each.surplus]
        found = {each.taken - each.by_others for each in counting}
        # Paid before nobody came, or after it.
        return found | {0} if booking["status"] == "no_show" or not counting else found

    def _tips_stay(self, booking: Row) -> None:
        """But for what people give back, or a dispute takes."""
        if booking["id"] in self._stuck:
            return
        tips = self._of(booking, "tip")
        assert not tips or booking["status"] == "completed", (
            f"a tip was asked for a booking that is {booking['status']}"
        )
        for each in tips:
            kept = 0 if each.surplus else each.taken - each.by_others
            assert each.net == kept - each.lost or (each.surplus and each.lost), "a tip was given back, or taken twice"

    def _a_withdrawal_is_kept(self, row: Row) -> None:
        """Confirmed, it ends with all money back, or because the service was rendered."""
        status = self._known.bookings[row["booking_id"]]["status"]
        match row["status"]:
            case "done":
                paid = self._of(self._known.bookings[row["booking_id"]], "due", "balance")
                assert status not in PAID_FOR, f"withdrawn from a booking that is {status}"
                # Money may come later still, and MercadoPago may not give it back: then the refund has its case.
                assert row["booking_id"] in self._stuck or not sum(each.net for each in paid), (
                    "withdrawn, and money stays"
                )
            case "refused" if row["refusal"] == "service-rendered":
                assert status in _RENDERED, f"not withdrawn from a booking that is {status}"
            case "refused":
                assert row["refusal"] == "already-withdrawn", f"refused: {row['refusal']}"
                assert row["booking_id"] in self._withdrawn or status in _RENDERED, "withdrawn from before by nobody"
            case "expired":
                return
            case _:
                assert row["booking_id"] in self._stuck, f"a withdrawal is {row['status']}"

    def _words_of(self, booking: Row, expired: set[BookingId]) -> str:
        words, paid = [booking["status"]], self._of(booking, "due", "balance", "tip")
        if sum(each.back for each in paid):
            words.append("some back" if sum(each.net for each in self._of(booking, "due")) else "all back")
        if sum(1 for each in paid if each.taken) > 1:
            words.append("paid twice")
        if booking["status"] in PAID_FOR and booking["id"] in expired:
            words.append("taken again")
        if booking["id"] in self._stuck:
            words.append("case")
        return ", ".join(words)

    def _words_of_people(self) -> Counter[str]:
        """How withdrawals, people's refunds and disputes ended."""
        found = Counter(f"withdrawal {row['status']} {row['refusal'] or ''}".rstrip() for row in self._withdrawals)
        found += Counter(
            f"refund by {row['origin']} {row['status']}"
            for row in self._known.refunds
            if row["origin"] not in {"booking", "surplus"}
        )
        found["dispute lost"] += sum(1 for each in self._paid if each.lost)
        return found

    def _of(self, booking: Row, *purposes: str) -> list[Paid]:
        wanted = {
            row["id"]
            for row in self._known.intents.values()
            if row["booking_id"] == booking["id"] and row["purpose"] in purposes
        }
        return [each for each in self._paid if each.intent_id in wanted]
