"""The vertical's data as the domain's values."""

from datetime import timedelta

from booking.domain.policy import Policy, Step
from common.verticals import Vertical


def policy_of(vertical: Vertical) -> Policy:
    """The cancellation policy in force, which a new booking keeps for good."""
    steps = [Step(timedelta(hours=step.notice_hours), step.refund_percent) for step in vertical.cancellation.steps]
    return Policy(vertical.cancellation.version, steps)
