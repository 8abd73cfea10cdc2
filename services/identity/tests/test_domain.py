"""The pure rules: contacts, throttling, sessions, codes, roles."""

import unicodedata
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ids import AccountId, new_id
from identity.domain.account import OPERATOR, Account, Role, may_be_given
from identity.domain.attempts import FIRST_WAIT, FORGOTTEN_AFTER, FREE_FAILURES, LONGEST_WAIT, Attempts
from identity.domain.contact import Sealed, email_from, name_from, phone_from
from identity.domain.guest import CODE_LIFE, QUOTA, RESEND_AFTER, TRIES, Challenge, Channel, wait_before_sending
from identity.domain.refusals import (
    ContactIsVerified,
    GuestsHaveNoRoles,
    InvalidEmail,
    InvalidName,
    InvalidPhone,
    OwnOperatorRole,
)
from identity.domain.session import IDLE, LONGEST, Presented, Session, SessionId

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SEALED = Sealed("k1", "nonce", "box")


def an_account(*roles: str) -> Account:
    return Account.register(AccountId(new_id()), SEALED, roles, NOW)


def a_guest() -> Account:
    return Account.admit_guest(AccountId(new_id()), 1, SEALED, NOW)


def a_session(revoked: bool = False, used: bool = False) -> Session:
    return Session(SessionId(new_id()), AccountId(new_id()), NOW + LONGEST, revoked, NOW + IDLE, used)


def a_challenge() -> Challenge:
    return Challenge(AccountId(new_id()), 1, Channel.WHATSAPP, b"mark", SEALED, NOW)


@pytest.mark.parametrize(
    "written",
    ["0351 15 512-3456", "+54 351 512-3456", "351 512 3456", "+5493515123456", "+54 9 351 5123456", "0351-155123456"],
)
def test_an_argentine_mobile_is_one_number_however_it_is_written(written: str) -> None:
    assert phone_from(written) == "+5493515123456"


def test_a_foreign_mobile_is_kept_as_it_is() -> None:
    assert phone_from("+598 94 123 456") == "+59894123456"


@pytest.mark.parametrize("written", ["123", "no es un número", "+54", "+999 1234567", "351 512-3456" + "0" * 40])
def test_what_is_no_phone_number_is_refused(written: str) -> None:
    with pytest.raises(InvalidPhone):
        phone_from(written)


@pytest.mark.parametrize(
    "written", ["Ana.Gomez+turnos@Example.com", " ana@example.com ", "a@b.com.ar", "x@xn--bcher-kva.ch"]
)
def test_an_email_address_is_kept_in_lower_case(written: str) -> None:
    assert email_from(written) == written.strip().lower()


@pytest.mark.parametrize(
    "written",
    [
        "ana",
        "ana@",
        "@example.com",
        "ana@example",
        "ana@@example.com",
        "ana..b@example.com",
        ".ana@example.com",
        "ana@-example.com",
        "ana@example.com\nBcc: otra@example.com",
        '"ana"@example.com',
        "ana@[127.0.0.1]",
        "aná@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b." * 130 + "com",
    ],
)
def test_what_is_no_email_address_is_refused(written: str) -> None:
    with pytest.raises(InvalidEmail):
        email_from(written)


@given(st.text(max_size=300))
def test_reading_an_address_never_fails_otherwise_than_by_refusing(written: str) -> None:
    with suppress(InvalidEmail):
        assert email_from(written) == email_from(email_from(written))


@given(st.text(max_size=60))
def test_reading_a_phone_never_fails_otherwise_than_by_refusing(written: str) -> None:
    with suppress(InvalidPhone):
        assert phone_from(phone_from(written)) == phone_from(written)


def test_a_name_is_one_line_with_single_spaces() -> None:
    assert name_from("  Ana   María\tGómez ") == "Ana María Gómez"


@pytest.mark.parametrize(
    "written",
    [
        "María-José O'Higgins, h.",
        "J.R. Núñez 2",
        "Дмитрий",
        "李小龍",
        "محمد",
        "प्रिया शर्मा",
        "Zo\u0301e\u0302\u0323",
        "x" * 80,
    ],
)
def test_a_name_is_of_letters_of_any_script(written: str) -> None:
    assert name_from(written) == unicodedata.normalize("NFC", written)


def test_the_apostrophe_that_telephones_type_is_an_apostrophe() -> None:
    assert name_from("D\u2019Angelo") == "D'Angelo"


@pytest.mark.parametrize(
    ("written", "kept"),
    [("evil.example", "evil. example"), ("Ma.Eugenia", "Ma. Eugenia"), ("t.me", "t. me"), ("a.भारत", "a. भारत")],
)
def test_a_name_does_not_read_as_a_domain(written: str, kept: str) -> None:
    assert name_from(written) == kept
    assert name_from(kept) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "x" * 81,
        f"{'x' * 77}.xx",
        "Ana\x00",
        "Ana\u202egomez",
        "https://evil.example",
        "ana@example.com",
        "Ana <b>",
        "Ana {{1}}",
        "Ana+1",
        "Ana_",
        "Ana 💈",
        "Ana *ya*",
        "1²",
    ],
)
def test_a_name_that_is_empty_too_long_or_of_other_characters_is_refused(written: str) -> None:
    with pytest.raises(InvalidName):
        name_from(written)


def test_the_first_failures_are_free_then_each_waits_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    attempts, waits = Attempts(), []
    now = NOW
    for _ in range(FREE_FAILURES + 6):
        attempts = attempts.count(now)
        waits.append(attempts.wait(now))
        now += waits[-1]
    assert waits[: FREE_FAILURES - 1] == [timedelta(0)] * (FREE_FAILURES - 1)
    assert waits[FREE_FAILURES - 1 :] == [FIRST_WAIT * 2**n for n in range(5)] + [LONGEST_WAIT] * 2


def test_failures_are_forgotten_after_an_hour_without_any() -> None:
    attempts = Attempts(failures=20, last_at=NOW, locked_until=NOW + LONGEST_WAIT)
    later = attempts.count(NOW + FORGOTTEN_AFTER + timedelta(seconds=1))
    assert (later.failures, later.locked_until) == (1, None)


@pytest.mark.parametrize(
    ("session", "at", "presented"),
    [
        (a_session(), NOW, Presented.GOOD),
        (a_session(), NOW + IDLE, Presented.OVER),
        (a_session(), NOW + LONGEST, Presented.OVER),
        (a_session(revoked=True), NOW, Presented.OVER),
        (a_session(used=True), NOW, Presented.REUSED),
        (a_session(used=True), NOW + IDLE, Presented.REUSED),
        (a_session(used=True, revoked=True), NOW, Presented.OVER),
    ],
)
def test_a_refresh_token_is_good_once_and_for_a_while(session: Session, at: datetime, presented: Presented) -> None:
    assert session.present(at) is presented


def test_a_token_never_outlives_its_family() -> None:
    near_the_end = NOW + LONGEST - timedelta(days=1)
    assert a_session().next_token_expires_at(near_the_end) == NOW + LONGEST


def test_a_code_is_open_for_ten_minutes_and_five_tries() -> None:
    challenge = a_challenge()
    assert challenge.is_open(NOW + CODE_LIFE - timedelta(seconds=1))
    assert not challenge.is_open(NOW + CODE_LIFE)
    for _ in range(TRIES):
        assert challenge.is_open(NOW)
        challenge = challenge.miss()
    assert not challenge.is_open(NOW)
    assert not a_challenge().settle(NOW).is_open(NOW)


def test_codes_to_one_contact_are_spaced_and_counted_by_the_hour() -> None:
    assert wait_before_sending([], NOW) == timedelta(0)
    assert wait_before_sending([NOW - timedelta(seconds=10)], NOW) == RESEND_AFTER - timedelta(seconds=10)
    sent = [NOW - timedelta(minutes=10 * n) for n in range(1, QUOTA + 1)]
    assert wait_before_sending(sent, NOW) == timedelta(minutes=60 - 10 * QUOTA)
    assert wait_before_sending(sent, NOW + timedelta(minutes=10)) == timedelta(0)


def test_a_role_given_twice_changes_nothing_the_second_time() -> None:
    account = an_account().give("provider:barber")
    assert account.roles == ("client", "provider:barber")
    assert account.give("provider:barber") is account


def test_a_guest_is_given_no_role_and_keeps_its_verified_contact() -> None:
    with pytest.raises(GuestsHaveNoRoles):
        a_guest().give("provider:barber")
    with pytest.raises(ContactIsVerified):
        a_guest().check_phone_may_change()


def test_an_operator_cannot_take_the_role_from_itself() -> None:
    account = an_account(OPERATOR)
    with pytest.raises(OwnOperatorRole):
        account.take(OPERATOR, account.id)
    assert account.take(OPERATOR, AccountId(new_id())).roles == ("client",)


@pytest.mark.parametrize(
    ("role", "vertical", "allowed"),
    [
        (Role.PROVIDER, "barber", True),
        (Role.PROVIDER, "*", False),
        (Role.STAFF, "tarot", False),
        (Role.ANALYST, "*", True),
        (Role.ANALYST, "barber", True),
        (Role.OPERATOR, "*", True),
        (Role.OPERATOR, "barber", False),
    ],
)
def test_a_role_belongs_to_a_vertical_that_exists(role: Role, vertical: str, allowed: bool) -> None:
    assert may_be_given(role, vertical, frozenset({"barber"})) is allowed


def test_an_erased_account_has_neither_roles_nor_contact() -> None:
    gone = an_account("provider:barber").erase(NOW)
    assert (gone.roles, gone.sealed, gone.erased_at) == ((), None, NOW)
