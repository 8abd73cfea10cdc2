"""The vertical's data as the domain's values."""

from datetime import timedelta

from booking.domain.calendar import Rules
from booking.domain.policy import Policy, Step
from common.verticals import Vertical


def rules_of(vertical: Vertical) -> Rules:
    """Step, notice and horizon."""
    booking = vertical.booking
    return Rules(
        step=timedelta(minutes=booking.slot_step_minutes),
        minimum_notice=timedelta(minutes=booking.minimum_notice_minutes),
        horizon=timedelta(days=booking.horizon_days),
    )


def policy_of(vertical: Vertical) -> Policy:
    """The cancellation policy in force, which a new booking keeps for good."""
    steps = [Step(timedelta(hours=step.notice_hours), step.refund_percent) for step in vertical.cancellation.steps]
    return Policy(vertical.cancellation.version, steps)
