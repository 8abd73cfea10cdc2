"""The pure rules: what is planned, judged and tried again. No database, time is an argument."""

from dataclasses import replace
from datetime import timedelta

import pytest
from services.notifications.tests.letters import FRIDAY, booking

from contracts.ids import AccountId, NotificationId, new_id
from notifications.domain.booking import BookingStatus
from notifications.domain.calendar import invite
from notifications.domain.dossier import ContactCard, Dossier, House, Place, judge
from notifications.domain.notification import ATTEMPTS, LEASE, Channel, Notification, Reason, Status, Template
from notifications.domain.plan import Rules, plan_called_off, plan_confirmed, plan_moved

NOW = FRIDAY - timedelta(days=3)
BOTH = Rules((Channel.WHATSAPP, Channel.EMAIL), (24, 2))
TURNO = booking()
KNOWN = Dossier(
    contact=ContactCard(1, frozenset(Channel)),
    booking=TURNO,
    provider_name="Barbería Don José",
    place=Place("Centro", "San Martín 100", "Córdoba"),
    service_name="Corte",
    muted=frozenset(),
    house=House((Channel.WHATSAPP, Channel.EMAIL), names_service=True),
)


def message(template: Template = Template.REMINDER, **changes: object) -> Notification:
    made = Notification(
        id=NotificationId(new_id()),
        dedupe_key=str(new_id()),
        account_id=AccountId(new_id()),
        channel=Channel.WHATSAPP,
        template=template,
        due_at=NOW,
        expires_at=FRIDAY,
        booking_id=TURNO.id,
        starts_at=FRIDAY,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the callers name fields of Notification


def test_planning_twice_gives_the_same_keys() -> None:
    once = [one.dedupe_key for one in plan_confirmed(TURNO, BOTH, NOW)]
    again = [one.dedupe_key for one in plan_confirmed(replace(TURNO, version=7), BOTH, NOW + timedelta(hours=1))]
    assert once == again
    assert len(set(once)) == 4


def test_reminders_go_by_the_best_channel_alone() -> None:
    planned = list(plan_confirmed(TURNO, BOTH, NOW))
    assert [one.channel for one in planned if one.template is Template.REMINDER] == [Channel.WHATSAPP] * 2


def test_a_lead_time_that_is_exactly_now_is_too_late() -> None:
    planned = plan_confirmed(TURNO, BOTH, FRIDAY - timedelta(hours=24))
    due = [one.due_at for one in planned if one.template is Template.REMINDER]
    assert due == [FRIDAY - timedelta(hours=2)]


def test_each_move_has_a_notice_of_its_own() -> None:
    first, second = ({one.dedupe_key for one in plan_moved(replace(TURNO, version=v), BOTH, NOW)} for v in (3, 4))
    assert first.isdisjoint(second)


@pytest.mark.parametrize("status", BookingStatus)
@pytest.mark.parametrize("confirmed", [True, False])
def test_only_a_confirmed_booking_that_is_called_off_is_told(status: BookingStatus, confirmed: bool) -> None:
    told = list(plan_called_off(replace(TURNO, status=status, confirmed=confirmed), BOTH, NOW))
    assert bool(told) == (confirmed and status in {BookingStatus.CANCELLED, BookingStatus.EXPIRED})


def test_a_message_with_all_it_speaks_of_is_leased() -> None:
    leased = judge(message(), KNOWN, NOW)
    assert (leased.status, leased.due_at, leased.doubts) == (Status.SENDING, NOW + LEASE, 0)


@pytest.mark.parametrize(
    ("dossier", "reason"),
    [
        (replace(KNOWN, contact=ContactCard(9, frozenset(), erased=True)), Reason.ERASED),
        (replace(KNOWN, contact=ContactCard(1, frozenset())), Reason.NO_ADDRESS),
        (replace(KNOWN, muted=frozenset(Channel)), Reason.MUTED),
        (replace(KNOWN, booking=replace(TURNO, status=BookingStatus.CANCELLED)), Reason.OVERTAKEN),
        (replace(KNOWN, booking=replace(TURNO, status=BookingStatus.COMPLETED)), Reason.OVERTAKEN),
        (replace(KNOWN, booking=replace(TURNO, starts_at=FRIDAY + timedelta(hours=1))), Reason.OVERTAKEN),
    ],
)
def test_a_reminder_that_nobody_should_get_is_void(dossier: Dossier, reason: Reason) -> None:
    judged = judge(message(), dossier, NOW)
    assert (judged.status, judged.reason) == (Status.VOID, reason)


@pytest.mark.parametrize(
    ("dossier", "reason"),
    [
        (replace(KNOWN, contact=None), Reason.NO_CONTACT),
        (replace(KNOWN, booking=None), Reason.NO_BOOKING),
        (replace(KNOWN, provider_name=None), Reason.NO_PROVIDER),
        (replace(KNOWN, place=None), Reason.NO_PROVIDER),
        (replace(KNOWN, service_name=None), Reason.NO_SERVICE),
    ],
)
def test_a_message_that_lacks_something_waits_for_it(dossier: Dossier, reason: Reason) -> None:
    judged = judge(message(Template.CONFIRMED), dossier, NOW)
    assert (judged.status, judged.reason, judged.due_at) == (Status.PENDING, reason, NOW + timedelta(seconds=1))


@pytest.mark.parametrize("template", [Template.CANCELLED, Template.REFUNDED])
def test_a_message_that_names_no_place_does_not_wait_for_one(template: Template) -> None:
    called_off = replace(TURNO, status=BookingStatus.CANCELLED)
    assert judge(message(template), replace(KNOWN, place=None, booking=called_off), NOW).status is Status.SENDING


def test_waiting_grows_to_an_hour_and_ends_with_the_message() -> None:
    waiting, now, pauses = message(Template.CONFIRMED), NOW, []
    while waiting.status is Status.PENDING:
        waiting = judge(waiting, replace(KNOWN, contact=None), now)
        pauses.append((waiting.due_at - now).total_seconds())
        now = waiting.due_at
    assert pauses[:13] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600]
    assert (waiting.status, waiting.reason, now - NOW < timedelta(days=4)) == (Status.FAILED, Reason.NO_CONTACT, True)


def test_a_message_that_never_had_its_turn_is_void_and_not_failed() -> None:
    judged = judge(message(), KNOWN, FRIDAY)
    assert (judged.status, judged.reason) == (Status.VOID, Reason.TOO_LATE)


@pytest.mark.parametrize(
    "dossier",
    [
        replace(KNOWN, muted=frozenset({Channel.WHATSAPP})),
        replace(KNOWN, contact=ContactCard(1, frozenset({Channel.EMAIL}))),
    ],
)
def test_a_reminder_goes_by_the_way_that_is_open(dossier: Dossier) -> None:
    judged = judge(message(), dossier, NOW)
    assert (judged.status, judged.channel, judged.due_at) == (Status.PENDING, Channel.EMAIL, NOW)
    assert judge(judged, dossier, NOW).status is Status.SENDING


def test_a_confirmation_on_a_channel_that_reaches_nobody_is_void() -> None:
    judged = judge(message(Template.CONFIRMED), replace(KNOWN, contact=ContactCard(1, frozenset({Channel.EMAIL}))), NOW)
    assert (judged.status, judged.reason) == (Status.VOID, Reason.NO_ADDRESS)


def test_a_muted_channel_still_gets_what_is_no_reminder() -> None:
    assert judge(message(Template.CONFIRMED), replace(KNOWN, muted=frozenset(Channel)), NOW).status is Status.SENDING


def test_attempts_grow_apart_and_end() -> None:
    tried, pauses = message(expires_at=FRIDAY + timedelta(days=30)), []
    while tried.status is not Status.FAILED:
        tried = tried.taken(NOW).put_off(NOW, "busy")
        pauses.append((tried.due_at - NOW).total_seconds())
    assert pauses[:-1] == sorted(set(pauses[:-1]))
    assert tried.attempts == ATTEMPTS


def test_a_wait_that_the_provider_asked_for_is_kept() -> None:
    assert message().put_off(NOW, "busy", timedelta(minutes=7)).due_at == NOW + timedelta(minutes=7)


def test_a_row_found_half_way_is_a_doubt_and_two_doubts_are_the_end() -> None:
    crashed_once = judge(judge(message(), KNOWN, NOW), KNOWN, NOW + LEASE)
    assert (crashed_once.status, crashed_once.doubts) == (Status.SENDING, 1)
    crashed_twice = judge(crashed_once, KNOWN, NOW + 2 * LEASE)
    assert (crashed_twice.status, crashed_twice.reason) == (Status.FAILED, Reason.UNDECIDED)


def unfolded(content: str) -> list[str]:
    return content.replace("\r\n ", "").split("\r\n")


def test_an_invite_is_a_calendar_file_of_folded_lines() -> None:
    made = invite(TURNO, "Turno de Corte, barba; y ñandú con " + "Don José " * 12, "San Martín 100\nCórdoba", NOW)
    assert made.method == "PUBLISH"
    assert all(len(line.encode()) <= 75 for line in made.content.split("\r\n"))
    lines = unfolded(made.content)
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert {f"UID:{TURNO.id}@barberpro", "DTSTART:20261120T183000Z", "DTEND:20261120T190000Z", "SEQUENCE:2"} < set(
        lines
    )
    assert "LOCATION:San Martín 100\\nCórdoba" in lines
    assert next(line for line in lines if line.startswith("SUMMARY:")).startswith(
        "SUMMARY:Turno de Corte\\, barba\\; y ñandú con Don José"
    )


def test_an_invite_without_a_place_leaves_it_out() -> None:
    assert "LOCATION" not in invite(TURNO, "Turno", "", NOW).content


def test_an_invite_of_a_cancelled_booking_withdraws_the_entry() -> None:
    made = invite(replace(TURNO, status=BookingStatus.CANCELLED, version=3), "Turno", "Centro", NOW)
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3"} < set(unfolded(made.content))
