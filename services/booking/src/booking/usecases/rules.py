"""The vertical's data as the domain's values."""

from datetime import datetime, timedelta

from booking.domain.booking import Status
from booking.domain.offer import Offer
from booking.domain.policy import Policy, Step
from common.verticals import Vertical


def policy_of(vertical: Vertical) -> Policy:
    """The policy in force, which a new booking keeps for good."""
    data = vertical.cancellation
    return Policy(
        data.version,
        [Step(timedelta(hours=step.notice_hours), step.refund_percent) for step in data.steps],
        no_show_percent=data.no_show.fee_percent,
        max_reschedules=data.max_reschedules,
        reschedule_notice=timedelta(hours=data.reschedule_notice_hours),
    )


def opened(vertical: Vertical, offer: Offer, starts_at: datetime, now: datetime) -> tuple[Status, datetime]:
    """How a new booking stands, and until when: for the client to pay or, where approval is asked for, the provider."""
    if offer.approval:
        return Status.PENDING, min(now + timedelta(hours=vertical.booking.approval_hours), starts_at)
    return Status.HELD, now + timedelta(minutes=vertical.booking.hold_minutes)


def pay_until(vertical: Vertical, approved_at: datetime) -> datetime:
    """Until when what was approved then may be paid."""
    return approved_at + timedelta(minutes=vertical.booking.hold_after_approval_minutes)
