"""Availability against the oracle, over rules, zones and bookings as they come."""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from services.booking.tests.oracle import Found, free_starts

from booking.domain.calendar import Calendar
from booking.domain.explain import explain
from booking.domain.offer import Away, Caps, Hours, Offer, Place, Resource, Rules, Schedule, Service, Shop, attended
from booking.domain.price import Deposit, DepositKind, Price
from booking.domain.resources import count_of_client, count_of_place
from booking.domain.span import Span, whole_day
from booking.domain.taken import Claim, Taken
from common.holidays import holidays_of
from common.money import Money
from contracts.ids import AccountId, PlaceId, ProviderId, ResourceId, ServiceId, StaffId

MINUTE: Final = timedelta(minutes=1)
STAFF: Final = [StaffId(UUID(int=10 + n)) for n in range(3)]
PLACES: Final = [PlaceId(UUID(int=20 + n)) for n in range(2)]
CLIENT: Final = AccountId(UUID(int=30))
# A zone and a day near which its offset changes, and one where it does not; the last is a holiday.
WHERE_AND_WHEN: Final = [
    ("America/Argentina/Mendoza", date(2008, 10, 18)),
    ("America/Argentina/Mendoza", date(2009, 3, 14)),
    ("America/Sao_Paulo", date(2018, 11, 3)),
    ("America/Santiago", date(2026, 9, 5)),
    ("America/Argentina/Cordoba", date(2027, 3, 23)),
]
PRICE: Final = Price(Money(1_000_00), Deposit(DepositKind.NONE))
QUARTERS: Final = st.integers(0, 95).map(lambda quarter: quarter * 15)


@st.composite
def windows(draw: st.DrawFn) -> list[Hours]:
    """Most often a long day, or one with a pause; now and then odd hours, or none."""
    if draw(st.integers(0, 4)):
        begins, ends = draw(st.integers(0, 48)) * 15, draw(st.integers(64, 95)) * 15
        edges = [begins, 780, 840, ends] if draw(st.booleans()) else [begins, ends]
    else:
        edges = sorted(draw(st.lists(QUARTERS, max_size=4, unique=True)))
        edges = edges[: len(edges) // 2 * 2]
    at = [time(edge // 60, edge % 60) for edge in edges]
    return [Hours(*pair) for pair in zip(at[::2], at[1::2], strict=True)]


CAPS: Final = st.sampled_from([None, None, None, 1, 2])


@st.composite
def services(draw: st.DrawFn, number: int) -> Service:
    minutes = draw(st.lists(st.sampled_from([5, 10, 15, 30, 45]), min_size=1, max_size=3))
    segments = [(length, place != 1) for place, length in enumerate(minutes)] if len(minutes) == 3 else []
    duration = sum(minutes) * MINUTE
    before, after = (draw(st.sampled_from([0, 0, 5, 10])) * MINUTE for _ in range(2))
    return Service(
        id=ServiceId(UUID(int=40 + number)),
        duration=duration,
        buffer_before=before,
        buffer_after=after,
        attended=attended(segments, duration, before, after),
        price=PRICE,
        needs=draw(st.sampled_from([(), ("chair",), ("chair",), ("chair", "room")])),
        staff=draw(st.sampled_from([frozenset(STAFF), frozenset(STAFF[:1]), frozenset(STAFF[1:])])),
        rules=Rules(
            draw(st.sampled_from([15, 20, 30, 60])) * MINUTE,
            draw(st.sampled_from([0, 60, 600])) * MINUTE,
            timedelta(days=draw(st.integers(1, 9))),
        ),
        caps=Caps(draw(CAPS), draw(CAPS)),
    )


@st.composite
def offers(draw: st.DrawFn) -> tuple[Offer, date]:
    zone_name, day = draw(st.sampled_from(WHERE_AND_WHEN))
    zone = ZoneInfo(zone_name)
    near = [day + timedelta(days=number) for number in range(3)]
    resources = [
        Resource(ResourceId(UUID(int=50 + number)), kind, draw(st.integers(1, 2)))
        for number, kind in enumerate(["chair", *draw(st.lists(st.sampled_from(["chair", "room"]), max_size=3))])
    ]
    places = {
        place: Place(place, "Córdoba", "X", zone, resources, draw(st.frozensets(st.sampled_from(near))))
        for place in PLACES
    }
    schedules = [
        Schedule(
            staff,
            place,
            {weekday: draw(windows()) for weekday in range(1, 8)},
            draw(st.sampled_from([None, None, None, *near])),
            {one: draw(windows()) for one in draw(st.sets(st.sampled_from(near), max_size=1))},
        )
        for staff, place in draw(st.sets(st.tuples(st.sampled_from(STAFF), st.sampled_from(PLACES)), min_size=2))
    ]
    midnight = datetime.combine(day, time.min)
    away = [
        Away(staff, midnight + start * MINUTE, midnight + (start + length) * MINUTE, zone)
        for staff, start, length in draw(
            st.lists(st.tuples(st.sampled_from(STAFF), QUARTERS, st.integers(60, 900)), min_size=1, max_size=2)
        )
    ]
    shop = Shop(ProviderId(UUID(int=1)), AccountId(UUID(int=2)), places, schedules, away, {}, active=True)
    return Offer(shop, [draw(services(number)) for number in range(draw(st.integers(1, 2)))]), day


@st.composite
def claims(draw: st.DrawFn, offer: Offer, day: date) -> list[Claim]:
    """Of people and things for a while, none twice at once; of counts for whole days."""
    place = offer.shop.places[PLACES[0]]
    begins = whole_day(day, place.zone).start
    units = [(staff, 0) for staff in STAFF] + [
        (one.id, unit) for one in place.resources for unit in range(one.capacity)
    ]
    found = []
    for resource, unit in units:
        edges = sorted(draw(st.lists(st.integers(0, 60 * 72), max_size=4, unique=True)))
        for start, end in zip(edges[::2], edges[1::2], strict=False):
            found.append(Claim(resource, unit, Span(begins + start * MINUTE, begins + end * MINUTE)))
    counts = [count_of_place(one.id, place.id) for one in offer.services]
    counts += [count_of_client(one.id, CLIENT) for one in offer.services]
    for count in counts:
        for unit, later in draw(st.sets(st.tuples(st.integers(0, 1), st.integers(0, 2)))):
            found.append(Claim(count, unit, whole_day(day + timedelta(days=later), place.zone), counts=True))
    return found


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_what_is_free_is_what_the_oracle_finds(data: st.DataObject) -> None:
    offer, day = data.draw(offers())
    taken = data.draw(claims(offer, day))
    zone = offer.shop.places[PLACES[0]].zone
    now = whole_day(day, zone).start + data.draw(st.integers(-4000, 1500)) * MINUTE
    days = [day + timedelta(days=number) for number in range(3)]
    closed = {one for year in {each.year for each in days} for one in holidays_of(year, "X")}
    free = list(Calendar(offer, Taken(taken), CLIENT).free(days, now))
    assert {Found(one.start, one.place_id, one.staff_id) for one in free} == free_starts(
        offer, taken, days, now, CLIENT, closed
    )
    assert len(free) == len({(one.start, one.place_id, one.staff_id) for one in free})
    calendar = Calendar(offer, Taken(taken), CLIENT)
    for slot in free[:5]:
        assert explain(offer, Taken(taken), slot.start, now, CLIENT).is_free
        assert slot.staff_id in {one.staff_id for one in calendar.offered(slot.start)}
    if free:
        # Moved by less than a step it is explained, and by what one can act upon.
        off = free[0].start + 7 * MINUTE
        told = explain(offer, Taken(taken), off, now, CLIENT)
        assert told.is_free == (off in {one.start for one in free})
