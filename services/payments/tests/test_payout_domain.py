"""CBU and CUIT by their digits, when it is whose turn, and what a payout may become."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money
from contracts.ids import AccountId, PayoutId, ProviderId, new_id
from payments.domain.approval import NotAwaitingApproval, SamePerson
from payments.domain.bank import BatchId
from payments.domain.bank_account import Cbu, InvalidCbu, InvalidCuit, is_virtual, masked, parse_cbu, parse_cuit
from payments.domain.payout import (
    OPEN,
    IllegalStepError,
    Payout,
    PayoutRules,
    PayoutStatus,
    executed_entry,
    fault_of,
    item_id,
    made_entry,
    parse_item,
    reversed_entry,
)
from payments.domain.payout_account import Schedule, next_due
from payments.domain.position import Account

BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")
ENDS = {PayoutStatus.EXECUTED, PayoutStatus.FAILED, PayoutStatus.REVERSED, PayoutStatus.CANCELLED}


@pytest.mark.parametrize(
    "text",
    [
        "2850590940090418135201",
        "0940099324001313220028",
        "0070999020000065706080",
        "0110433630043313857683",
        "0140339601630201381276",
        "0720146820000001062340",
    ],
)
def test_a_cbu_whose_digits_hold_is_taken(text: str) -> None:
    assert parse_cbu(text) == parse_cbu(f"{text[:8]} {text[8:]}") == text
    assert not is_virtual(Cbu(text))
    assert masked(Cbu(text)) == f"{'*' * 18}{text[-4:]}"


@pytest.mark.parametrize("blank", ["\t", "\n", "\u2003", "\u00a0", "  "])
def test_blanks_within_are_no_matter(blank: str) -> None:
    assert parse_cbu(f"{blank}28505909{blank}40090418135201{blank}") == "2850590940090418135201"
    assert parse_cuit(f"20{blank}05536168{blank}2") == "20055361682"


@pytest.mark.parametrize("zero", ["\uff10", "\u0660"])
def test_digits_that_only_look_like_ours_are_refused(zero: str) -> None:
    numbers = ("2850590940090418135201", "20055361682")
    cbu, cuit = ("".join(chr(ord(zero) + int(digit)) for digit in one) for one in numbers)
    with pytest.raises(InvalidCbu):
        parse_cbu(cbu)
    with pytest.raises(InvalidCuit):
        parse_cuit(cuit)


def test_a_cvu_is_a_cbu_of_no_bank() -> None:
    assert is_virtual(parse_cbu("0000003110001000000004"))


@pytest.mark.parametrize(
    "text",
    [
        "2810590940090418135201",
        "1940099324001313220028",
        "0940099324001313220038",
        "2850590940090418135202",
        "285059094009041",
        "A850590940090418135201",
        "",
    ],
)
def test_a_cbu_with_a_wrong_digit_is_refused(text: str) -> None:
    with pytest.raises(InvalidCbu):
        parse_cbu(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("20-05536168-2", "20055361682"),
        ("20267565393", "20267565393"),
        ("27103456784", "27103456784"),
        ("23000052264", "23000052264"),
        ("30653311857", "30653311857"),
    ],
)
def test_a_cuit_whose_digits_hold_is_taken(text: str, plain: str) -> None:
    assert parse_cuit(text) == plain


@pytest.mark.parametrize("text", ["20267565392", "30653311858", "99-05536168-8", "2026756539", ""])
def test_a_cuit_with_a_wrong_digit_is_refused(text: str) -> None:
    with pytest.raises(InvalidCuit):
        parse_cuit(text)


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        (Schedule.DAILY, "2026-11-26T08:59:59", "2026-11-26T09:00:00"),
        (Schedule.DAILY, "2026-11-26T09:00:00", "2026-11-27T09:00:00"),
        (Schedule.WEEKLY, "2026-11-26T12:00:00", "2026-11-30T09:00:00"),
        (Schedule.WEEKLY, "2026-11-30T09:00:00", "2026-12-07T09:00:00"),
        (Schedule.FORTNIGHTLY, "2026-12-01T12:00:00", "2026-12-16T09:00:00"),
        (Schedule.FORTNIGHTLY, "2026-12-16T12:00:00", "2027-01-01T09:00:00"),
        (Schedule.MONTHLY, "2027-01-01T09:00:00", "2027-02-01T09:00:00"),
        # 22:30 of the last day in Argentina is the first of the next month in UTC.
        (Schedule.MONTHLY, "2026-12-01T01:30:00", "2026-12-01T09:00:00"),
    ],
)
def test_a_turn_comes_at_six_in_argentina(schedule: Schedule, after: str, expected: str) -> None:
    found = next_due(schedule, datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@given(st.sampled_from(Schedule), st.timedeltas(timedelta(0), timedelta(days=5_000)))
def test_there_is_always_a_next_turn(schedule: Schedule, since: timedelta) -> None:
    after = datetime(2026, 1, 1, tzinfo=UTC) + since
    found = next_due(schedule, after)
    assert timedelta() < found - after <= timedelta(days=32)
    assert found.astimezone(BUENOS_AIRES).hour == 6


def a_payout(minor: int = 100_000, limit: int = 100_000) -> Payout:
    day = date(2026, 11, 26)
    ids = PayoutId(new_id()), ProviderId(new_id())
    return Payout.made(*ids, Money(minor), (day, day), PayoutRules(Money(limit)))


def steps() -> dict[str, object]:
    persons = [AccountId(new_id()) for _ in range(2)]
    return {
        "first yes": lambda one: one.approved(persons[0]),
        "second yes": lambda one: one.approved(persons[1]),
        "no": lambda one: one.rejected(),
        "batch": lambda one: one.batched(BatchId(new_id())),
        "out": lambda one: one.out_of_batch(),
        "sent": lambda one: one.sent(),
        "executed": lambda one: one.executed(),
        "failed": lambda one: one.failed("limit"),
        "reversed": lambda one: one.reversed(),
    }


@given(st.lists(st.sampled_from(sorted(steps()))), st.sampled_from([1, 100_000, 100_001]))
def test_whatever_is_tried_the_money_is_in_one_place(tried: list[str], minor: int) -> None:
    known, payout = steps(), a_payout(minor)
    entries = [made_entry(payout)]
    for name in tried:
        try:
            after: Payout = known[name](payout)  # type: ignore[operator]  # one of the steps above
        except (IllegalStepError, NotAwaitingApproval, SamePerson):
            continue
        assert payout.is_open or (payout.status, after.status) == (PayoutStatus.EXECUTED, PayoutStatus.REVERSED)
        assert after.version > payout.version or after == payout
        if after.status in ENDS - {payout.status}:
            entries.append((executed_entry if after.status is PayoutStatus.EXECUTED else reversed_entry)(after))
        payout = after
    assert len({entry.reference for entry in entries}) == len(entries)
    balance = dict.fromkeys(Account, 0)
    for line in (line for entry in entries for line in entry.postings):
        balance[line.account] += line.amount.minor
    is_paid = payout.status is PayoutStatus.EXECUTED
    assert balance[Account.BANK] == (-minor if is_paid else 0)
    assert balance[Account.PAYOUTS_IN_TRANSIT] == (-minor if payout.status in OPEN else 0)
    assert balance[Account.PROVIDER_PAYABLE] == (minor if is_paid or payout.status in OPEN else 0)
    assert (
        minor <= 100_000
        or payout.status in {PayoutStatus.AWAITING_APPROVAL, PayoutStatus.CANCELLED}
        or (payout.first_approver != payout.second_approver)
    )


def test_what_the_payee_reads_fits_into_thirty_characters() -> None:
    assert len(a_payout().reference) == 30


@pytest.mark.parametrize("text", [None, "", "barber", "barber.x", ".", "barber.01999999000070008000000000000000"])
def test_what_is_no_item_of_ours_is_none(text: str | None) -> None:
    assert parse_item(text) is None
    payout_id = PayoutId(new_id())
    assert parse_item(item_id("barber", payout_id)) == ("barber", payout_id)


def test_a_limit_is_not_the_accounts_fault() -> None:
    assert (fault_of("limit"), fault_of("currency"), fault_of("account_closed")) == (None, None, "account_closed")
