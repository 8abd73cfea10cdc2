"""What providers published, as the domain's values. What an older version published says less: it has defaults."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.domain.offer import (
    Away,
    Caps,
    Hours,
    Offer,
    Place,
    Resource,
    Rules,
    Schedule,
    Service,
    Shop,
    attended,
)
from booking.domain.price import Deposit, DepositKind, Price
from common.money import Money
from common.verticals import Vertical
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, ServiceId, StaffId

State = Mapping[str, Any]


def offer_of(row: State, vertical: Vertical) -> Offer:
    """`provider`, `services`, `schedules` and `away` are states of facts; `owner_id` is the provider's."""
    provider = row["provider"]
    # Whoever was dismissed is only taken off the provider's list: services and hours may still name them.
    attends = {(one["staff_id"], place_id) for one in provider["staff"] for place_id in one["place_ids"]}
    staff = {staff_id for state in row["services"] for staff_id in state["staff_ids"]}
    shop = Shop(
        provider_id=ProviderId(UUID(provider["provider_id"])),
        owner_id=AccountId(row["owner_id"]),
        places={place.id: place for place in map(_place, provider["places"])},
        schedules=[
            _schedule(state)
            for state in row["schedules"]
            if state["staff_id"] in staff and (state["staff_id"], state["place_id"]) in attends
        ],
        away=[_away(state) for state in row["away"] if state["staff_id"] in staff],
        weights={StaffId(UUID(one["staff_id"])): one.get("weight", 1) for one in provider["staff"]},
        active=provider["status"] == "active",
    )
    return Offer(shop, [_service(state, vertical) for state in row["services"]])


def _service(state: State, vertical: Vertical) -> Service:
    duration, before, after = (
        timedelta(minutes=state[name]) for name in ("duration_minutes", "buffer_before_minutes", "buffer_after_minutes")
    )
    caps = state.get("caps", {})
    segments = [(one["minutes"], one["attended"]) for one in state.get("segments", ())]
    return Service(
        id=ServiceId(UUID(state["service_id"])),
        duration=duration,
        buffer_before=before,
        buffer_after=after,
        attended=attended(segments, duration, before, after),
        price=price_of(state),
        needs=state["needs"],
        staff=frozenset(StaffId(UUID(one)) for one in state["staff_ids"]),
        rules=_rules(state.get("timing", {}), vertical),
        caps=Caps(caps.get("per_day"), caps.get("per_client_and_day")),
        approval=state.get("approval", False),
        active=state["active"],
    )


def price_of(state: State) -> Price:
    """A service's list of prices."""
    deposit = Deposit(DepositKind(state["deposit"]["kind"]), state["deposit"]["value"])
    later = [(date.fromisoformat(one["valid_from"]), _money(one["price"])) for one in state.get("prices", ())]
    return Price(_money(state["price"]), deposit, later, state.get("vat_bps", 0))


def _money(state: State) -> Money:
    return Money(state["minor"], state["currency"])


def _rules(timing: State, vertical: Vertical) -> Rules:
    """The service's own where it has any, else its vertical's."""

    def chosen(name: str, otherwise: int) -> int:
        own: int | None = timing.get(name)
        return otherwise if own is None else own

    rules = vertical.booking
    return Rules(
        step=timedelta(minutes=chosen("step_minutes", rules.slot_step_minutes)),
        minimum_notice=timedelta(minutes=chosen("minimum_notice_minutes", rules.minimum_notice_minutes)),
        horizon=timedelta(days=chosen("horizon_days", rules.horizon_days)),
    )


def _place(state: State) -> Place:
    return Place(
        id=PlaceId(UUID(state["place_id"])),
        city=state["city"],
        province=state["province"],
        zone=ZoneInfo(state["zone"]),
        resources=[
            Resource(ResourceId(UUID(one["resource_id"])), one["kind"], one["capacity"]) for one in state["resources"]
        ],
        open_holidays=frozenset(date.fromisoformat(one) for one in state.get("open_holidays", ())),
    )


def _schedule(state: State) -> Schedule:
    week: dict[int, list[Hours]] = {}
    for one in state["weekly"]:
        week.setdefault(one["day"], []).append(_hours(one))
    return Schedule(
        staff_id=StaffId(UUID(state["staff_id"])),
        place_id=PlaceId(UUID(state["place_id"])),
        week=week,
        valid_from=date.fromisoformat(state["valid_from"]) if state["valid_from"] else None,
        days={date.fromisoformat(one["day"]): _all_hours(one["hours"]) for one in state.get("days", ())},
    )


def _all_hours(states: Sequence[State]) -> Sequence[Hours]:
    return [_hours(one) for one in states]


def _hours(state: State) -> Hours:
    return Hours(time.fromisoformat(state["start"]), time.fromisoformat(state["end"]))


def _away(state: State) -> Away:
    return Away(
        staff_id=StaffId(UUID(state["staff_id"])),
        starts=datetime.fromisoformat(state["starts"]),
        ends=datetime.fromisoformat(state["ends"]),
        zone=ZoneInfo(state["zone"]),
    )
