"""When the law grants a withdrawal, to the day; how contacts are compared; how a withdrawal's end is told."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.errors import Refusal
from contracts.ids import BookingId, WithdrawalId, new_id
from payments.domain.payable import BookingStatus
from payments.domain.reach import Channel, InvalidReach, Marker, Reach
from payments.domain.withdrawal import (
    Return,
    ServiceRendered,
    Withdrawal,
    WithdrawalStatus,
    WithdrawalTooLate,
    followed,
    why_not,
)

HOME = ZoneInfo("America/Argentina/Buenos_Aires")
UTC = ZoneInfo("UTC")
KEYS = {"k1": b"1" * 32, "k2": b"2" * 32}


def at(text: str) -> datetime:
    """Argentina's clock, as the UTC instant that is kept."""
    return datetime.fromisoformat(text).replace(tzinfo=HOME).astimezone(UTC)


@pytest.mark.parametrize("made", ["2026-11-01T00:00:00", "2026-11-01T21:30:00", "2026-11-01T23:59:59"])
@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("2026-11-01T23:59:59", None),
        ("2026-11-11T00:00:00", None),
        ("2026-11-11T23:59:59", None),
        ("2026-11-12T00:00:00", WithdrawalTooLate),
    ],
)
def test_ten_calendar_days_are_counted_from_the_day_after_in_argentina(
    made: str, asked: str, why: type[Refusal] | None
) -> None:
    assert why_not(BookingStatus.CONFIRMED, at(made), at(asked)) is why


@pytest.mark.parametrize("status", BookingStatus)
def test_what_was_rendered_is_not_withdrawn_from(status: BookingStatus) -> None:
    rendered = status in {BookingStatus.ARRIVED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW}
    now = at("2026-11-05T12:00:00")
    assert why_not(status, now, now) is (ServiceRendered if rendered else None)


def confirmed() -> Withdrawal:
    return Withdrawal(
        id=WithdrawalId(new_id()),
        version=1,
        tracking_code="ARR-ABC234",
        booking_id=BookingId(new_id()),
        channel=Channel.EMAIL,
        status=WithdrawalStatus.OPEN,
        created_at=at("2026-11-05T12:00:00"),
    ).confirmed(at("2026-11-05T12:01:00"))


@pytest.mark.parametrize(
    ("booking", "money", "status"),
    [
        (BookingStatus.CONFIRMED, Return(100, 0), WithdrawalStatus.CONFIRMED),
        (BookingStatus.CONFIRMED, Return(100, 1), WithdrawalStatus.CONFIRMED),
        (BookingStatus.CONFIRMED, Return(0, 0), WithdrawalStatus.CONFIRMED),
        (BookingStatus.CANCELLED, Return(100, 0), WithdrawalStatus.CONFIRMED),
        (BookingStatus.CANCELLED, Return(100, 1), WithdrawalStatus.REFUNDING),
        (BookingStatus.CANCELLED, Return(50, 2), WithdrawalStatus.REFUNDING),
        (BookingStatus.CANCELLED, Return(0, 1), WithdrawalStatus.DONE),
        (BookingStatus.CANCELLED, Return(0, 0), WithdrawalStatus.DONE),
        (BookingStatus.EXPIRED, Return(0, 0), WithdrawalStatus.DONE),
        (BookingStatus.COMPLETED, Return(100, 0), WithdrawalStatus.REFUSED),
        (BookingStatus.COMPLETED, Return(100, 1), WithdrawalStatus.REFUSED),
        (BookingStatus.NO_SHOW, Return(100, 0), WithdrawalStatus.REFUSED),
    ],
)
def test_a_confirmed_withdrawal_goes_as_booking_and_the_money_go(
    booking: BookingStatus, money: Return, status: WithdrawalStatus
) -> None:
    assert followed(confirmed(), booking, money).status is status


def test_a_code_may_be_tried_for_ten_minutes_and_five_times() -> None:
    asked = confirmed()
    last = asked.created_at + timedelta(minutes=10) - timedelta(microseconds=1)
    assert [asked.tries_left(last), asked.missed().tries_left(last), asked.tries_left(asked.code_until)] == [5, 4, 0]


@pytest.mark.parametrize(
    ("text", "channel", "value"),
    [
        (" Ana@Example.COM ", Channel.EMAIL, "ana@example.com"),
        ("0351 15 512-3456", Channel.WHATSAPP, "+5493515123456"),
        ("351 512-3456", Channel.WHATSAPP, "+5493515123456"),
        ("+54 9 351 512 3456", Channel.WHATSAPP, "+5493515123456"),
        ("+1 212 555 2368", Channel.WHATSAPP, "+12125552368"),
    ],
)
def test_a_contact_has_one_form(text: str, channel: Channel, value: str) -> None:
    assert Reach.read(text) == Reach(channel, value)


@pytest.mark.parametrize(
    "text",
    ["", "ana", "@", "a@b", "a b@c.com", "1", "9" * 50, "x" * 300 + "@example.com", "a\x00@b.com", "a@b\x1f.com"],
)
def test_what_is_no_contact_is_refused(text: str) -> None:
    with pytest.raises(InvalidReach):
        Reach.read(text)


def test_a_mark_is_of_its_key_its_channel_and_its_contact() -> None:
    marker, reach = Marker(KEYS), Reach(Channel.EMAIL, "ana@example.com")
    marks = marker.marks(reach)
    assert marks == [marker.mark("k1", reach), marker.mark("k2", reach)]
    others = marker.marks(Reach(Channel.EMAIL, "eva@example.com")) + marker.marks(Reach(Channel.WHATSAPP, reach.value))
    assert len({*marks, *others}) == 6


def test_a_code_is_known_by_its_mark_also_after_a_key_was_added() -> None:
    mark = Marker({"k2": KEYS["k2"]}).code_mark("one", "123456")
    marker = Marker(KEYS)
    assert marker.is_code("one", "123456", mark)
    assert not marker.is_code("another", "123456", mark)
    assert not marker.is_code("one", "123457", mark)
    assert not marker.is_code("one", "123456", None)
