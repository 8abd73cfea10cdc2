"""Why booking says no."""

from common.errors import Refusal


class VerticalPaused(Refusal):
    """New bookings are switched off here for now."""

    retry_after = 60


class SlotTaken(Refusal):
    """Another booking holds this slot."""


class DayFull(Refusal):
    """That day takes no more bookings of the service, or no more of this client's."""


class SlotNotOffered(Refusal):
    """Nobody who offers this service attends at that time."""


class SlotInPast(Refusal):
    """The time asked for has passed."""


class TooLittleNotice(Refusal):
    """The time asked for is nearer than the minimum notice."""


class BeyondHorizon(Refusal):
    """The time asked for is farther ahead than bookings are taken."""


class NotOffered(Refusal):
    """The service is not on offer."""


class TooManyHolds(Refusal):
    """The client holds as many unpaid bookings as allowed."""


class AlreadyOver(Refusal):
    """The booking has ended, so this cannot be done to it any more."""


class NotConfirmed(Refusal):
    """The booking waits to be accepted or paid, so nobody can be there for it."""


class AlreadyArrived(Refusal):
    """The client is there already, so this cannot be done any more."""


class NotYet(Refusal):
    """The appointment has not started."""


class NotPending(Refusal):
    """The booking does not wait for approval."""


class MovedMeanwhile(Refusal):
    """The booking was moved since whoever accepts it looked."""


class TooLateToApprove(Refusal):
    """What is due could not be paid any more before the appointment starts."""


class TooEarlyToCheckIn(Refusal):
    """The appointment is further ahead than anybody arrives."""


class TooManyMoves(Refusal):
    """The client moved this booking as often as its policy allows."""


class TooLateToMove(Refusal):
    """The appointment is nearer than the policy lets its client move it."""


class HalfAnAgenda(Refusal):
    """An agenda is asked for by provider and date together."""


class RangeTooLong(Refusal):
    """At most 62 days can be asked for at once."""


class RangeReversed(Refusal):
    """The range ends before it begins."""


class RangeInPast(Refusal):
    """The range begins in the past, where nothing is free."""


class InvalidRule(Refusal):
    """The rule of the series is none that can be booked, or does not begin with its first appointment."""


class SeriesTooLong(Refusal):
    """The series has more appointments, or lasts longer, than is booked at once."""


class SeriesConflicts(Refusal):
    """Some appointments of the series cannot be had, so none was booked or moved."""


class StandsWithFirst(Refusal):
    """The booking stands or falls with the first of its series."""


class SeriesOver(Refusal):
    """Nothing of the series is left that could be changed."""


class SessionFull(Refusal):
    """Every seat of the session is taken."""


class SeatHeld(Refusal):
    """The client has a seat of this session already."""


class SessionOver(Refusal):
    """The session was called off or has begun."""


class SeatStays(Refusal):
    """A seat is of its session: it cannot be moved to another time."""


class DecidedTooSoon(Refusal):
    """The session would be decided before anybody could take a seat."""


class SessionsOfWhom(Refusal):
    """Sessions are asked for by provider or by service."""


class PaymentDue(Refusal):
    """The offer is taken by paying what is due."""


class TooManyWaits(Refusal):
    """The client waits for as many slots as allowed."""


class AlreadyWaiting(Refusal):
    """The client waits for just this already."""


class WindowTooShort(Refusal):
    """The visit does not fit into the time in which it is wanted."""
