"""Cases: operators see and settle them, and have refunds made that were given up."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from services.payments.tests.builders import SCOPE, Road

from common.audit import Entry
from common.money import Money
from common.settings import SHARED
from common.testing import on_record
from contracts.booking import BookingCompleted, BookingStatus
from contracts.ids import AccountId, PaymentId, RefundId, new_id
from payments import usecases
from payments.clients import RefusedError
from payments.store import Case, open_case

PATH = "/api/v1/payments/cases"


class Office:
    """An operator of this vertical, and its cases."""

    def __init__(self, road: Road) -> None:
        self.road, self.id = road, AccountId(new_id())

    def headers(self, scope: str = "operator:barber", account: AccountId | None = None) -> dict[str, str]:
        return self.road.tokens.bearer(account or self.id, scope)

    async def open(self, kind: str, subject: str | None = None, scope: str = SCOPE) -> UUID:
        about = subject or str(new_id())
        async with self.road.uow.begin(scope) as work:
            await open_case(work, Case(kind, about, "something"))
        query = "SELECT id FROM reconciliation_case WHERE kind = $1 AND subject = $2 AND closed_at IS NULL"
        (row,) = await self.road.rows(query, kind, about, scope=scope)
        return UUID(str(row["id"]))

    async def list(self, **query: Any) -> list[dict[str, Any]]:
        reply = await self.road.http.get(PATH, params=query, headers=self.headers("operator:*"))
        assert reply.status_code == 200, reply.text
        items: list[dict[str, Any]] = reply.json()["items"]
        return items

    async def settle(
        self, case_id: UUID, outcome: str = "explained", note: str = "Fue Ana.", scope: str = "operator:barber"
    ) -> httpx.Response:
        body = {"outcome": outcome, "note": note}
        return await self.road.http.post(f"{PATH}/{case_id}/settle", json=body, headers=self.headers(scope))

    async def retry(self, case_id: object) -> httpx.Response:
        return await self.road.http.post(f"{PATH}/{case_id}/retry", headers=self.headers())

    async def case_of(self, refund_id: RefundId) -> str:
        row = await self.road.row("SELECT id FROM reconciliation_case WHERE subject = $1", str(refund_id))
        return str(row["id"])


@pytest.fixture
def office(road: Road) -> Office:
    return Office(road)


async def test_open_cases_come_oldest_first_page_by_page(office: Office) -> None:
    kind = f"k{new_id()}"[:50]
    made = [await office.open(kind) for _ in range(3)]
    headers = office.headers()
    first = (await office.road.http.get(PATH, params={"kind": kind, "limit": 2}, headers=headers)).json()
    more = {"kind": kind, "limit": 2, "cursor": first["nextCursor"]}
    second = (await office.road.http.get(PATH, params=more, headers=headers)).json()
    assert [one["id"] for one in first["items"] + second["items"]] == [str(each) for each in made]
    assert second["nextCursor"] is None


async def test_a_settled_case_moves_from_one_list_to_the_other(office: Office) -> None:
    kind = f"k{new_id()}"[:50]
    case_id = await office.open(kind)
    assert (await office.settle(case_id, "written_off", "Lo perdimos.")).status_code == 200
    assert await office.list(kind=kind, status="open") == []
    (settled,) = await office.list(kind=kind, status="settled")
    assert settled["settlement"] == {
        "outcome": "written_off",
        "note": "Lo perdimos.",
        "settledBy": str(office.id),
    }


async def test_settling_is_on_record_without_the_note_and_told_to_nobody(office: Office) -> None:
    case_id = await office.open("anything")
    await office.settle(case_id)
    detail: dict[str, str | int] = {"kind": "anything", "outcome": "explained"}
    assert await on_record(office.road.uow, SCOPE, case_id) == [Entry("case.settled", office.id, case_id, detail)]
    assert await office.road.rows("SELECT FROM outbox WHERE key = $1", case_id) == []


async def test_the_same_settlement_again_changes_nothing_and_another_is_refused(office: Office) -> None:
    case_id = await office.open("anything")
    first = await office.settle(case_id)
    again = await office.settle(case_id)
    assert (again.status_code, again.json()) == (200, first.json())
    for outcome, note in (("corrected", "Fue Ana."), ("explained", "Fue Eva.")):
        other = await office.settle(case_id, outcome, note)
        assert (other.status_code, other.json()["type"]) == (409, "urn:barberpro:problem:case-settled")
    assert len(await on_record(office.road.uow, SCOPE, case_id)) == 1


async def test_a_case_found_again_after_it_was_settled_opens_anew(office: Office) -> None:
    subject = str(new_id())
    first = await office.open("anything", subject)
    await office.settle(first)
    assert await office.open("anything", subject) != first
    assert await office.road.cases(subject) == ["anything"] * 2


async def test_cases_of_no_vertical_are_for_operators_of_all(office: Office) -> None:
    kind = f"k{new_id()}"[:50]
    case_id = await office.open(kind, scope=SHARED)
    assert await office.list(kind=kind) == []
    assert [each["id"] for each in await office.list(kind=kind, shared=True)] == [str(case_id)]
    one = office.headers()
    assert (await office.road.http.get(PATH, params={"shared": True}, headers=one)).status_code == 403
    assert (await office.road.http.get(f"{PATH}/{case_id}", headers=one)).status_code == 404
    assert (await office.settle(case_id)).status_code == 404
    assert (await office.settle(case_id, scope="operator:*")).status_code == 200


@pytest.mark.parametrize("scope", ["client", "client provider:barber", "analyst:*", "operator:psychology"])
async def test_nobody_else_sees_or_settles_cases(office: Office, scope: str) -> None:
    case_id = await office.open("anything")
    headers, http = office.headers(scope), office.road.http
    replies = [
        await http.get(PATH, headers=headers),
        await http.get(f"{PATH}/{case_id}", headers=headers),
        await http.post(f"{PATH}/{case_id}/settle", json={"outcome": "explained", "note": "visto"}, headers=headers),
        await http.post(f"{PATH}/{case_id}/retry", headers=headers),
    ]
    assert [reply.status_code for reply in replies] == [403] * 4
    assert (await http.get(PATH)).status_code == 401


async def test_who_reads_cases_is_on_record(office: Office) -> None:
    case_id, operator = await office.open("anything"), AccountId(new_id())
    headers = office.road.tokens.bearer(operator, "operator:barber")
    for path in (PATH, f"{PATH}/{case_id}"):
        assert (await office.road.http.get(path, headers=headers)).status_code == 200
    query = "SELECT action, subject FROM audit_entry WHERE actor = $1 ORDER BY at, id"
    found = [(row["action"], row["subject"]) for row in await office.road.rows(query, str(operator))]
    assert found == [("case.listed", None), ("case.read", case_id)]


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "forgotten"},
        {"outcome": "explained", "note": "x" * 1001},
        {"outcome": "explained", "note": "\x00"},
        {"outcome": "explained", "note": " "},
        {"outcome": "explained"},
        {},
    ],
)
async def test_a_settlement_that_is_none_is_refused(office: Office, body: dict[str, str]) -> None:
    case_id = await office.open("anything")
    reply = await office.road.http.post(f"{PATH}/{case_id}/settle", json=body, headers=office.headers())
    assert reply.status_code == 422


async def test_one_that_is_not_there_is_not_found(office: Office) -> None:
    assert (await office.settle(UUID(int=1))).status_code == 404
    assert (await office.retry(UUID(int=1))).status_code == 404


async def given_up(road: Road) -> tuple[PaymentId, RefundId]:
    """A refund that MercadoPago refuses for good."""
    booked, payment_id, _ = await road.paid()
    wanted = RefundId(new_id())
    road.mercadopago.fail.append(RefusedError(400, frozenset({"2024"})))
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    await road.refund_now()
    return payment_id, wanted


async def test_a_refused_refund_is_made_after_all_and_the_retry_is_on_record(office: Office) -> None:
    payment_id, wanted = await given_up(office.road)
    assert await office.road.refund_status(wanted) == "refused"
    case_id = await office.case_of(wanted)
    for _ in range(2):
        reply = await office.retry(case_id)
        assert (reply.status_code, reply.json()["closedAt"]) == (200, None)
    assert await office.road.refund_status(wanted) == "due"
    await office.road.refund_now()
    assert (await office.road.refund_status(wanted), await office.road.status(payment_id)) == ("done", "refunded")
    # Its answer might have been lost: the same key makes it once.
    assert office.road.mercadopago.keys[-2:] == [f"rf:{wanted}"] * 2
    entries = [entry.action for entry in await on_record(office.road.uow, SCOPE, wanted)]
    assert entries.count("refund.retried") == 1
    done = await office.retry(case_id)
    assert (done.status_code, done.json()["type"]) == (409, "urn:barberpro:problem:not-retriable")


async def test_a_refund_that_failed_over_there_is_asked_for_under_another_key(office: Office) -> None:
    road = office.road
    booked, payment_id, _ = await road.paid()
    wanted = RefundId(new_id())
    road.mercadopago.refunds_stay = "rejected"
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    await road.refund_now()
    assert await road.refund_status(wanted) == "refused"
    road.mercadopago.refunds_stay = ""
    assert (await office.retry(await office.case_of(wanted))).status_code == 200
    await road.refund_now()
    assert (await road.refund_status(wanted), road.mercadopago.keys[-1]) == ("done", f"rf:{wanted}:r1")
    assert (await road.intent(payment_id))["refunded_minor"] == 150_000


async def test_a_refund_asked_for_anew_and_carried_out_later_goes_back_once(office: Office) -> None:
    road = office.road
    booked, payment_id, charge_id = await road.paid()
    wanted = RefundId(new_id())
    road.mercadopago.refunds_stay = "rejected"
    await road.hear_refund_due(booked, payment_id, 150_000, wanted)
    await road.refund_now()
    road.mercadopago.refunds_stay = "in_process"
    assert (await office.retry(await office.case_of(wanted))).status_code == 200
    await road.refund_now()
    assert await road.refund_status(wanted) == "sent"
    road.mercadopago.decide(charge_id, done=True)
    # What it rejected before stays so, and only the other one is money.
    assert road.mercadopago.charges[charge_id].refunded == Money(150_000)
    await road.refund_in_rounds(wanted, 1)
    assert (await road.refund_status(wanted), (await road.intent(payment_id))["refunded_minor"]) == ("done", 150_000)
    assert await road.rows("SELECT FROM refund WHERE intent_id = $1 AND origin = 'external'", payment_id) == []
    assert await road.open_cases(wanted) == []


async def test_a_blocked_refund_that_is_still_too_much_is_blocked_again(office: Office) -> None:
    booked, payment_id, _ = await office.road.paid()
    first, wanted = RefundId(new_id()), RefundId(new_id())
    for each in (first, wanted):
        await office.road.hear_refund_due(booked, payment_id, 150_000, each)
        await office.road.refund_now()
    assert (await office.retry(await office.case_of(wanted))).status_code == 200
    await office.road.refund_now()
    assert await office.road.refund_status(wanted) == "blocked"
    row = await office.road.row("SELECT times FROM reconciliation_case WHERE subject = $1", str(wanted))
    assert row["times"] == 2


async def test_a_case_about_something_else_has_nothing_to_retry(office: Office) -> None:
    reply = await office.retry(await office.open("charged_back"))
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:nothing-to-retry")


async def test_once_its_case_is_settled_a_refund_is_over_and_what_stays_is_earned(office: Office) -> None:
    road = office.road
    booked, payment_id, _ = await road.paid()
    wanted = RefundId(new_id())
    road.mercadopago.fail.append(RefusedError(400, frozenset({"2024"})))
    await road.hear_refund_due(booked, payment_id, 50_000, wanted)
    await road.refund_now()
    await road.hear(booked.tell(BookingCompleted, BookingStatus.COMPLETED))
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert not (await road.intent(payment_id))["earned"]
    case_id = UUID(await office.case_of(wanted))
    assert (await office.settle(case_id, "written_off")).status_code == 200
    assert await road.refund_status(wanted) == "abandoned"
    await road.hurry("intent", "earn_due_at", payment_id)
    await usecases.earn_what_is_over(road.context, SCOPE)
    assert (await road.intent(payment_id))["earned"]
    reply = await office.retry(case_id)
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:not-retriable")


async def test_settling_the_case_of_a_refund_that_is_tried_again_leaves_it_alone(office: Office) -> None:
    _, wanted = await given_up(office.road)
    case_id = await office.case_of(wanted)
    await office.retry(case_id)
    await office.settle(UUID(case_id))
    assert await office.road.refund_status(wanted) == "due"
    await office.road.refund_now()
    assert await office.road.refund_status(wanted) == "done"
