"""A booking as a row, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from booking.domain.booking import Booking, Status
from booking.domain.policy import Party, Policy, Step
from booking.domain.seat import Part
from booking.domain.taken import Claim
from booking.store.tables import BOOKING
from common.money import Money
from contracts.ids import ServiceId, StaffId

COLUMNS: Final = tuple(str(column.name) for column in BOOKING.columns if column.name != "hold_number")
_FIELDS: Final = {field.name for field in fields(Booking)} - {"status", "policy", "cancelled_by", "also"}
_ALIKE: Final = tuple(name for name in COLUMNS if name in _FIELDS)
"""Of the same name and value in both."""
_MINUTE: Final = timedelta(minutes=1)


def values_of(booking: Booking) -> dict[str, Any]:
    """By column."""
    values = {name: getattr(booking, name) for name in COLUMNS if hasattr(booking, name)}
    return values | {
        "resource_ids": list(booking.resource_ids),
        "currency": booking.price.currency,
        "also": [_of_part(part) for part in booking.also],
        "price_minor": booking.price.minor,
        "net_minor": booking.net.minor,
        "due_minor": booking.due_now.minor,
        "paid_minor": booking.paid.minor,
        "refunded_minor": booking.refunded.minor,
        "fee_owed_minor": booking.fee_owed.minor if booking.fee_owed is not None else None,
        "share_minor": booking.share.minor if booking.share is not None else None,
        "policy": _state_of(booking.policy),
    }


def booking_of(row: Mapping[str, Any]) -> Booking:
    """As the domain has it."""
    currency = row["currency"]
    return Booking(
        **{name: row[name] for name in _ALIKE},
        status=Status(row["status"]),
        also=[_part(state, currency) for state in row["also"]],
        price=Money(row["price_minor"], currency),
        # One from before prices without taxes were kept contains none that we know of.
        net=Money(row["price_minor"] if row["net_minor"] is None else row["net_minor"], currency),
        due_now=Money(row["due_minor"], currency),
        paid=Money(row["paid_minor"], currency),
        refunded=Money(row["refunded_minor"], currency),
        policy=_policy(row["policy"]),
        cancelled_by=Party(row["cancelled_by"]) if row["cancelled_by"] else None,
        fee_owed=_maybe(row["fee_owed_minor"], currency),
        share=_maybe(row["share_minor"], currency),
    )


def _maybe(minor: int | None, currency: str) -> Money | None:
    return Money(minor, currency) if minor is not None else None


def claims_by_column(claims: Sequence[Claim]) -> dict[str, list[Any]]:
    """As the statements that claim take them."""
    return {
        "resources": [claim.resource for claim in claims],
        "units": [claim.unit for claim in claims],
        "spans": [asyncpg.Range(claim.during.start, claim.during.end) for claim in claims],
        "counts": [claim.counts for claim in claims],
    }


def _of_part(part: Part) -> dict[str, Any]:
    return {
        "service_id": str(part.service_id),
        "staff_id": str(part.staff_id),
        "starts_at": part.starts_at.isoformat(),
        "ends_at": part.ends_at.isoformat(),
        "price_minor": part.price.minor,
    }


def _part(state: Mapping[str, Any], currency: str) -> Part:
    return Part(
        service_id=ServiceId(UUID(state["service_id"])),
        staff_id=StaffId(UUID(state["staff_id"])),
        starts_at=datetime.fromisoformat(state["starts_at"]),
        ends_at=datetime.fromisoformat(state["ends_at"]),
        price=Money(state["price_minor"], currency),
    )


def _state_of(policy: Policy) -> dict[str, Any]:
    return {
        "version": policy.version,
        "steps": [{"minutes": step.notice // _MINUTE, "percent": step.percent} for step in policy.steps],
        "no_show_percent": policy.no_show_percent,
        "max_reschedules": policy.max_reschedules,
        "reschedule_notice_minutes": policy.reschedule_notice // _MINUTE,
    }


def _policy(state: Mapping[str, Any]) -> Policy:
    return Policy(
        state["version"],
        [Step(step["minutes"] * _MINUTE, step["percent"]) for step in state["steps"]],
        # A booking from before these keeps what was agreed then.
        no_show_percent=state.get("no_show_percent", 100),
        max_reschedules=state.get("max_reschedules"),
        # Nobody moves out of what a late cancellation costs.
        reschedule_notice=state.get("reschedule_notice_minutes", _longest_notice(state)) * _MINUTE,
    )


def _longest_notice(state: Mapping[str, Any]) -> int:
    return max((int(step["minutes"]) for step in state["steps"]), default=0)
