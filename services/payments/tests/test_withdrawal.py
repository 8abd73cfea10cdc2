"""The withdrawal: proved by a code that only the client gets, decided by the law, told to booking once."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from services.payments.tests.builders import SCOPE, Road, drain
from services.payments.tests.withdrawing import (
    EMAIL,
    PHONE,
    WITHDRAWAL,
    Ana,
    ana,
    contact_of,
    hear_contact,
    hurry,
    slug,
)

from common.testing import event, on_record, published
from contracts.identity import AccountContact, AccountErased, AccountKind
from contracts.ids import AccountId, RefundId, new_id
from contracts.payments import WithdrawalConfirmed
from payments import usecases

FAR_FROM = "000000"


async def confirmed(road: Road, asked: dict[str, Any]) -> list[WithdrawalConfirmed]:
    told = await published(road.uow, SCOPE, UUID(asked["id"]))
    return [each.data for each in told if isinstance(each.data, WithdrawalConfirmed)]


async def test_a_client_who_proves_its_contact_withdraws_and_booking_is_told_once(road: Road) -> None:
    her = await ana(road)
    asked = await her.ask()
    assert re.fullmatch(r"ARR-[A-Z2-9]{6}", asked["trackingCode"])
    code = await her.code(asked)
    assert code is not None
    assert re.fullmatch(r"\d{6}", code)
    replies = [await her.confirm(asked, code) for _ in range(2)]
    assert [(reply.status_code, reply.json()["status"]) for reply in replies] == [(200, "confirmed")] * 2
    (fact,) = await confirmed(road, asked)
    assert (fact.booking_id, fact.client_id, fact.provider_id, fact.tracking_code) == (
        her.booked.id,
        her.booked.client_id,
        her.booked.provider_id,
        asked["trackingCode"],
    )
    assert [entry.action for entry in await on_record(road.uow, SCOPE, UUID(asked["id"]))] == ["withdrawal.confirmed"]


@pytest.mark.parametrize("contact", [{"phone": "0351 15 512-3456"}, {"phone": PHONE}, {"email": " Ana@Example.com "}])
async def test_a_contact_is_known_however_it_is_written(road: Road, contact: dict[str, str]) -> None:
    her = await ana(road)
    assert await her.code(await her.ask(**contact)) is not None


async def test_a_stranger_is_answered_alike_and_gets_no_code(road: Road) -> None:
    her = await ana(road)
    hers, other = await her.ask(), await her.ask(email="otra@example.com")
    nobody = await Ana(road, await road.book()).ask()
    assert set(hers) == set(other) == set(nobody) == {"id", "trackingCode"}
    assert [await her.code(each) for each in (other, nobody)] == [None, None]
    right = await her.code(hers)
    assert right is not None
    wrong = FAR_FROM if right != FAR_FROM else "000001"
    answers = [await her.confirm(each, wrong) for each in (hers, other, nobody)]
    assert [(each.status_code, each.content) for each in answers] == [(409, answers[0].content)] * 3
    states = [
        (await road.http.get(f"{WITHDRAWAL}/{each['id']}", params={"trackingCode": each["trackingCode"]})).json()
        for each in (hers, other, nobody)
    ]
    assert [(each["status"], each["reason"], each["confirmedAt"]) for each in states] == [("open", None, None)] * 3


async def test_five_wrong_codes_are_the_last(road: Road) -> None:
    her = await ana(road)
    asked = await her.ask()
    code = await her.code(asked)
    assert code is not None
    wrong = FAR_FROM if code != FAR_FROM else "000001"
    left = [(await her.confirm(asked, wrong)).json()["triesLeft"] for _ in range(6)]
    assert left == [4, 3, 2, 1, 0, 0]
    assert slug(await her.confirm(asked, code)) == "wrong-withdrawal-code"
    assert await confirmed(road, asked) == []


async def test_tries_at_once_are_counted_each(road: Road) -> None:
    her = await ana(road)
    asked = await her.ask(email="otra@example.com")
    answers = await asyncio.gather(*(her.confirm(asked, FAR_FROM) for _ in range(8)))
    assert sorted(each.json()["triesLeft"] for each in answers) == [0, 0, 0, 0, 1, 2, 3, 4]


async def test_a_code_lives_ten_minutes(road: Road) -> None:
    her = await ana(road)
    asked = await her.ask()
    code = await her.code(asked)
    await older(road, asked, timedelta(minutes=10))
    reply = await her.confirm(asked, code or "")
    assert (reply.status_code, slug(reply), reply.json()["triesLeft"]) == (409, "wrong-withdrawal-code", 0)


async def older(road: Road, asked: dict[str, Any], by: timedelta) -> None:
    """The request was made so long ago."""
    async with road.uow.begin(SCOPE) as work:
        query = "UPDATE withdrawal SET created_at = created_at - $2::interval, due_at = app_now() WHERE id = $1"
        await work.connection.execute(query, UUID(asked["id"]), by)


async def test_an_open_request_expires_after_a_day_and_nothing_is_left_of_whose_it_was(road: Road) -> None:
    her = await ana(road)
    asked = await her.ask()
    await her.code(asked)
    await older(road, asked, timedelta(hours=24))
    assert await her.status(asked) == "expired"
    row = await road.row("SELECT marks, slot_of, code_mark, due_at FROM withdrawal WHERE id = $1", UUID(asked["id"]))
    assert tuple(row.values()) == ([], None, None, None)


async def test_no_contact_and_no_code_is_kept_in_clear(road: Road) -> None:
    her = await ana(road)
    code = await her.code(await her.ask())
    rows = await road.rows("SELECT w::text AS text FROM withdrawal w UNION ALL SELECT c::text FROM contact c")
    whole = " ".join(row["text"] for row in rows)
    for secret in (EMAIL, PHONE, EMAIL.encode().hex(), (code or "").encode().hex()):
        assert secret not in whole


async def test_so_many_requests_are_open_for_a_booking_and_a_contact(road: Road) -> None:
    her = await ana(road)
    replies = await asyncio.gather(*(her.try_to_ask() for _ in range(8)))
    found = sorted(reply.status_code for reply in replies)
    assert found == [202] * 3 + [429] * 5
    refused = next(reply for reply in replies if reply.status_code == 429)
    assert (slug(refused), refused.headers["Retry-After"]) == ("too-many-withdrawals", "3600")
    assert (await her.try_to_ask(email="otra@example.com")).status_code == 202


@pytest.mark.parametrize("contact", [{"email": "no"}, {"phone": "12"}, {"email": EMAIL, "phone": PHONE}])
async def test_what_is_no_contact_is_said_at_once(road: Road, contact: dict[str, str]) -> None:
    reply = await Ana(road, await road.book()).try_to_ask(**contact)
    assert (reply.status_code, slug(reply)) == (422, "invalid-reach")


async def test_a_request_that_comes_before_its_booking_and_contact_is_answered_when_they_are_here(road: Road) -> None:
    her = await ana(road)
    late = Ana(road, await road.book())
    asked = await late.ask()
    assert await late.code(asked) is None
    await hear_contact(road, contact_of(late.booked.client_id))
    await road.hurry("withdrawal", "due_at", UUID(asked["id"]))
    assert await late.code(asked) is not None
    assert her.booked.id != late.booked.id


async def test_a_contact_that_was_changed_or_erased_is_not_known_any_more(road: Road) -> None:
    her = await ana(road)
    await hear_contact(road, contact_of(her.booked.client_id, 3, "nueva@example.com"))
    await hear_contact(road, contact_of(her.booked.client_id, 2))
    assert await her.code(await her.ask()) is None
    assert await her.code(await her.ask(email="nueva@example.com")) is not None
    erased = AccountErased(version=4, account_id=her.booked.client_id, kind=AccountKind.GUEST, roles=())
    async with road.uow.begin(SCOPE) as work:
        await usecases.forget_contact(road.context, work, event(erased, "*"))
    await hear_contact(road, contact_of(her.booked.client_id, 5))
    assert await her.code(await her.ask(phone=PHONE)) is None
    await hear_contact(road, AccountContact.tombstone(AccountId(new_id())))


@pytest.mark.parametrize(("days", "status"), [(9, 200), (10, 200), (11, 409)])
async def test_after_ten_days_it_is_too_late(road: Road, days: int, status: int) -> None:
    her = await ana(road)
    await her.booked_days_ago(days)
    asked = await her.ask()
    code = await her.code(asked) or ""
    replies = [await her.confirm(asked, code) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [status] * 2
    if status == 409:
        assert {slug(reply) for reply in replies} == {"withdrawal-too-late"}
        assert (await her.status(asked), await confirmed(road, asked)) == ("refused", [])


async def test_a_booking_told_before_its_day_was_kept_is_as_old_as_its_id(road: Road) -> None:
    her = await ana(road)
    async with road.uow.begin(SCOPE) as work:
        await work.connection.execute("UPDATE payable SET created_at = NULL WHERE booking_id = $1", her.booked.id)
    assert await her.status(await her.proved()) == "confirmed"


async def test_a_service_that_was_rendered_is_not_withdrawn_from(road: Road) -> None:
    her = await ana(road)
    asked = await her.ask()
    code = await her.code(asked) or ""
    await her.completes()
    assert slug(await her.confirm(asked, code)) == "service-rendered"
    assert await confirmed(road, asked) == []


async def test_a_booking_is_withdrawn_from_once_also_by_two_requests_at_once(road: Road) -> None:
    her = await ana(road)
    both = [await her.ask(), await her.ask(phone=PHONE)]
    codes = [await her.code(each) or "" for each in both]
    answers = await asyncio.gather(*(her.confirm(each, code) for each, code in zip(both, codes, strict=True)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [slug(answer) for answer in answers if answer.status_code == 409] == ["already-withdrawn"]
    assert sum([len(await confirmed(road, each)) for each in both]) == 1


async def test_a_code_that_is_confirmed_many_times_at_once_is_told_once(road: Road) -> None:
    her = await ana(road)
    asked = await her.ask()
    code = await her.code(asked) or ""
    answers = await asyncio.gather(*(her.confirm(asked, code) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await confirmed(road, asked)) == 1


async def test_confirming_while_the_booking_completes_ends_one_way_or_the_other(road: Road) -> None:
    for _ in range(5):
        her = await ana(road)
        asked = await her.ask()
        code = await her.code(asked) or ""
        reply, _ = await asyncio.gather(her.confirm(asked, code), her.completes())
        assert (reply.status_code, len(await confirmed(road, asked))) in {(200, 1), (409, 0)}
        await hurry(road, asked)
        assert await her.status(asked) == "refused"


async def test_a_withdrawal_is_done_when_its_money_is_back(road: Road) -> None:
    her = await ana(road)
    asked = await her.proved()
    assert her.payment_id is not None
    await her.cancelled()
    assert await her.status(asked) == "confirmed"
    refund = RefundId(new_id())
    await road.hear_refund_due(her.booked, her.payment_id, 150_000, refund, "withdrawal")
    await hurry(road, asked)
    assert await her.status(asked) == "refunding"
    await road.refund_now()
    assert await her.status(asked) == "done"
    assert await road.row("SELECT due_at, code_mark FROM withdrawal WHERE id = $1", UUID(asked["id"])) is not None
    actions = [entry.action for entry in await on_record(road.uow, SCOPE, UUID(asked["id"]))]
    assert actions == ["withdrawal.confirmed", "withdrawal.ended"]


async def test_a_withdrawal_from_what_was_not_paid_is_done_when_it_is_cancelled(road: Road) -> None:
    her = await ana(road, paid=False)
    asked = await her.proved()
    await her.cancelled()
    assert await her.status(asked) == "done"


async def test_the_right_code_again_is_answered_with_the_state_also_once_it_is_done(road: Road) -> None:
    her = await ana(road, paid=False)
    asked = await her.ask()
    code = await her.code(asked) or ""
    assert (await her.confirm(asked, code)).json()["status"] == "confirmed"
    await her.cancelled()
    assert await her.status(asked) == "done"
    again = await her.confirm(asked, code)
    assert (again.status_code, again.json()["status"]) == (200, "done")
    await older(road, asked, timedelta(minutes=10))
    late = await her.confirm(asked, code)
    assert (late.status_code, slug(late)) == (409, "wrong-withdrawal-code")


async def test_a_mark_is_not_kept_when_it_is_done_after_the_codes_time(road: Road) -> None:
    her = await ana(road, paid=False)
    asked = await her.proved()
    await older(road, asked, timedelta(minutes=10))
    await her.cancelled()
    assert await her.status(asked) == "done"
    row = await road.row("SELECT code_mark FROM withdrawal WHERE id = $1", UUID(asked["id"]))
    assert row["code_mark"] is None


async def test_the_state_is_shown_to_whoever_has_the_tracking_code(road: Road) -> None:
    her = await ana(road)
    asked = await her.ask()
    path = f"{WITHDRAWAL}/{asked['id']}"
    typed = {"trackingCode": asked["trackingCode"].lower()}
    assert (await road.http.get(path, params=typed)).json()["status"] == "open"
    assert (await road.http.get(path, params={"trackingCode": "ARR-ZZZZZZ"})).status_code == 404
    assert (await road.http.get(path)).status_code == 422
    elsewhere = await road.http.get(path, params=typed, headers={"X-Vertical": "psychology"})
    assert elsewhere.status_code == 404
    assert (await her.confirm({"id": new_id()}, FAR_FROM)).status_code == 404


async def test_the_job_does_nothing_in_the_shared_scope(road: Road) -> None:
    await drain(usecases.settle_withdrawals, road.context, "*")
