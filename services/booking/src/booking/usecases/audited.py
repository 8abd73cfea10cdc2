"""What booking puts on record: who read or changed a client's booking without being that client."""

from datetime import date

from booking.domain.booking import Booking
from booking.domain.policy import Party
from booking.domain.session import GroupSession
from common.audit import SYSTEM, Entry
from common.auth import Principal
from contracts.ids import ProviderId, WithdrawalId


def booking_read(booking: Booking, by: Principal, party: Party) -> Entry:
    return Entry("booking.read", by.account_id, booking.id, {"as": party.value, "client": str(booking.client_id)})


def agenda_read(provider_id: ProviderId, day: date, by: Principal, bookings: int) -> Entry:
    """One page of a provider's day; `bookings` is how many were on it."""
    return Entry("agenda.read", by.account_id, provider_id, {"day": day.isoformat(), "bookings": bookings})


def waitlist_read(provider_id: ProviderId, by: Principal, waits: int) -> Entry:
    """One page of who waits at a provider."""
    return Entry("waitlist.read", by.account_id, provider_id, {"waits": waits})


def booking_cancelled(booking: Booking, by: Principal, party: Party) -> Entry:
    return _done("booking.cancelled", booking, by, party)


def booking_approved(booking: Booking, by: Principal, party: Party) -> Entry:
    return _done("booking.approved", booking, by, party)


def booking_moved(booking: Booking, by: Principal, party: Party) -> Entry:
    return _done("booking.rescheduled", booking, by, party)


def booking_attended(what: str, booking: Booking, by: Principal, party: Party) -> Entry:
    """`what` is that the client arrived, was served or did not come: `arrived`, `completed`, `no_show`."""
    return _done(f"booking.{what}", booking, by, party)


def session_opened(session: GroupSession, by: Principal, party: Party) -> Entry:
    return Entry("session.opened", by.account_id, session.id, {"as": party.value})


def session_cancelled(session: GroupSession, by: Principal, party: Party) -> Entry:
    return Entry("session.cancelled", by.account_id, session.id, {"as": party.value})


def booking_withdrawn(booking: Booking, withdrawal_id: WithdrawalId) -> Entry:
    """By the client, who proved its contact to payments."""
    return Entry("booking.withdrawn", SYSTEM, booking.id, {"withdrawal": str(withdrawal_id)})


def _done(action: str, booking: Booking, by: Principal, party: Party) -> Entry:
    return Entry(action, by.account_id, booking.id, {"as": party.value, "client": str(booking.client_id)})
