"""Documents for a dispute: who may send which, how they reach MercadoPago once, and that nothing of them stays."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from services.payments.tests.builders import SCOPE, Road
from services.payments.tests.disputing import charged_back, dispute
from services.payments.tests.test_reading import own

from common.money import Money
from common.testing import on_record
from contracts.ids import AccountId, new_id
from payments import usecases
from payments.clients import NotAcceptedError, RefusedError
from payments.domain.charge import ChargeStatus
from payments.domain.dispute import DisputeId, Papers

_SOON = datetime.now(UTC) + timedelta(days=5)
_WANTED: dict[str, Any] = {"wanted": True, "papers": Papers.PENDING, "deadline": _SOON}
PDF = b"%PDF-1.7 un turno"


@dataclass(frozen=True)
class Case:
    """A chargeback that wants documents, and the provider's owner."""

    road: Road
    dispute_id: DisputeId
    payment_id: Any
    charge_id: Any
    provider_id: Any
    owner: AccountId

    async def send(self, content: bytes = PDF, who: AccountId | None = None, scope: str = "client") -> httpx.Response:
        headers = self.road.tokens.bearer(who or self.owner, scope) | {"content-type": "application/pdf"}
        path = f"/api/v1/disputes/{self.dispute_id}/documents"
        return await self.road.http.post(path, content=content, headers=headers)

    async def work(self) -> None:
        """The files have gathered."""
        await self.road.hurry("dispute", "send_due_at", self.dispute_id)
        await usecases.send_documents(self.road.context, SCOPE)

    async def files(self) -> list[tuple[str, bytes]]:
        rows = await self.road.rows(
            "SELECT status, content FROM dispute_document WHERE dispute_id = $1 ORDER BY id", self.dispute_id
        )
        return [(row["status"], row["content"]) for row in rows]

    async def wait(self) -> float:
        """Seconds until the files are sent."""
        row = await self.road.row("SELECT send_due_at - app_now() AS wait FROM dispute WHERE id = $1", self.dispute_id)
        return float(row["wait"].total_seconds())


@pytest.fixture
async def case(road: Road) -> Case:
    return await open_case(road)


async def open_case(road: Road, **shown: Any) -> Case:
    booked, payment_id, charge_id, dispute_id = await charged_back(road, **(_WANTED | shown))
    owner = AccountId(new_id())
    await own(road, booked.provider_id, owner)
    return Case(road, dispute_id, payment_id, charge_id, booked.provider_id, owner)


async def test_files_are_gathered_sent_together_once_and_forgotten(case: Case) -> None:
    reply = await case.send()
    assert (reply.status_code, reply.json()["documents"]) == (202, {"waiting": 1, "accepted": 0, "refused": 0})
    await case.send(b"\x89PNG\r\n\x1a\n ficha")
    await case.send()
    assert 590 < await case.wait() <= 600
    assert await usecases.send_documents(case.road.context, SCOPE) == 0
    await case.work()
    sent = case.road.mercadopago.documents[case.dispute_id]
    assert [each.content for each in sent] == [PDF, b"\x89PNG\r\n\x1a\n ficha"]
    assert await case.files() == [("accepted", b""), ("accepted", b"")]
    row = await dispute(case.road, case.dispute_id)
    assert (row["status"], row["send_due_at"]) == ("in_review", None)
    assert (await case.send(b"%PDF-1.7 tarde")).json()["type"] == "urn:barberpro:problem:documents-not-wanted"


async def test_near_the_deadline_nothing_is_gathered(road: Road) -> None:
    case = await open_case(road, deadline=datetime.now(UTC) + timedelta(minutes=30))
    await case.send()
    assert await case.wait() <= 0


async def test_the_owner_and_operators_may_send_and_nobody_else(case: Case) -> None:
    other = AccountId(new_id())
    assert (await case.send(who=other)).status_code == 404
    assert (await case.send(who=other, scope="provider:barber staff:barber")).status_code == 404
    assert (await case.send(who=other, scope="operator:psychology")).status_code == 404
    assert (await case.send(who=other, scope="operator:barber")).status_code == 202
    assert (await case.road.http.post(f"/api/v1/disputes/{case.dispute_id}/documents")).status_code == 401
    row = await case.road.row("SELECT id FROM dispute_document WHERE dispute_id = $1", case.dispute_id)
    (entry,) = await on_record(case.road.uow, SCOPE, row["id"])
    assert (entry.action, entry.actor) == ("dispute.document_taken", other)


@pytest.mark.parametrize(
    ("content", "status", "problem"),
    [
        (b"MZ a program", 422, "unknown-document"),
        (b"", 422, "unknown-document"),
        (b"%PDF-" + b"x" * 1024 * 1024, 413, "body-too-large"),
    ],
)
async def test_what_is_no_document_is_refused(case: Case, content: bytes, status: int, problem: str) -> None:
    reply = await case.send(content)
    assert (reply.status_code, reply.json()["type"]) == (status, f"urn:barberpro:problem:{problem}")
    assert await case.files() == []


async def test_ten_files_are_taken_and_no_more(case: Case) -> None:
    for number in range(10):
        assert (await case.send(PDF + str(number).encode())).status_code == 202
    reply = await case.send(PDF + b"10")
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:barberpro:problem:too-many-documents")


async def test_after_the_deadline_it_is_too_late(road: Road) -> None:
    case = await open_case(road, deadline=datetime.now(UTC) - timedelta(seconds=1))
    reply = await case.send()
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:barberpro:problem:documents-too-late")


async def test_a_dispute_that_asks_for_nothing_takes_nothing(road: Road) -> None:
    case = await open_case(road, wanted=False, papers=Papers.NOT_APPLICABLE, deadline=None)
    assert (await case.send()).json()["type"] == "urn:barberpro:problem:documents-not-wanted"


async def test_documents_whose_answer_was_lost_are_looked_for_before_they_are_sent_again(case: Case) -> None:
    await case.send()
    case.road.mercadopago.lose.append("document_chargeback")
    await case.work()
    assert await case.files() == [("sent", PDF)]
    await case.work()
    assert case.road.mercadopago.asked.count("document_chargeback") == 1
    assert await case.files() == [("accepted", b"")]


async def test_a_file_that_came_while_another_s_answer_was_lost_is_sent_itself(case: Case) -> None:
    mercadopago, later = case.road.mercadopago, PDF + b" tarde"
    await case.send()
    mercadopago.lose.append("document_chargeback")
    await case.work()
    assert (await case.send(later)).status_code == 202
    await case.work()
    assert await case.files() == [("accepted", b""), ("waiting", later)]
    mercadopago.rule(case.dispute_id, papers=Papers.PENDING)
    assert await usecases.send_documents(case.road.context, SCOPE) == 1
    assert [each.content for each in mercadopago.documents[case.dispute_id]] == [PDF, later]
    assert await case.files() == [("accepted", b""), ("accepted", b"")]


async def test_a_file_that_mercadopago_does_not_take_after_others_is_told_as_refused(case: Case) -> None:
    await case.send()
    case.road.mercadopago.lose.append("document_chargeback")
    await case.work()
    await case.send(PDF + b" tarde")
    await case.work()
    assert await usecases.send_documents(case.road.context, SCOPE) == 1
    assert await case.files() == [("accepted", b""), ("refused", b"")]
    assert "dispute_documents_refused" in await case.road.cases(case.dispute_id)


async def test_while_mercadopago_is_away_documents_wait_and_are_then_sent(case: Case) -> None:
    await case.send()
    waits = []
    for _ in range(3):
        case.road.mercadopago.fail.append(NotAcceptedError("connection-refused"))
        await case.work()
        waits.append(round(await case.wait() / 60))
    assert waits == [1, 2, 4]
    await case.work()
    assert await case.files() == [("accepted", b"")]


async def test_documents_that_mercadopago_refuses_are_a_case(case: Case) -> None:
    await case.send()
    case.road.mercadopago.fail.append(RefusedError(400))
    await case.work()
    assert await case.files() == [("refused", b"")]
    assert "dispute_documents_refused" in await case.road.cases(case.dispute_id)


async def test_documents_of_a_decided_dispute_are_not_sent(case: Case) -> None:
    await case.send()
    await case.road.see(case.road.mercadopago.settle(case.charge_id, ChargeStatus.APPROVED, "accredited"))
    await case.work()
    assert "document_chargeback" not in case.road.mercadopago.asked
    assert await case.files() == [("refused", b"")]


async def test_a_dispute_is_shown_to_its_provider_and_operators_and_to_nobody_else(case: Case) -> None:
    other = AccountId(new_id())
    road = case.road
    callers = {
        200: [
            road.tokens.bearer(case.owner, "client provider:barber"),
            road.tokens.bearer(other, "operator:*"),
        ],
        404: [road.tokens.bearer(other), road.tokens.bearer(other, "analyst:* provider:barber operator:psychology")],
    }
    for status, headers in callers.items():
        for each in headers:
            one = await road.http.get(f"/api/v1/disputes/{case.dispute_id}", headers=each)
            of = await road.http.get(f"/api/v1/providers/{case.provider_id}/disputes", headers=each)
            assert (one.status_code, of.status_code) == (status, status)
    read = [entry for entry in await on_record(road.uow, SCOPE, case.payment_id) if entry.action == "dispute.read"]
    assert [entry.actor for entry in read] == [other]


async def test_a_dispute_shows_what_the_provider_has_to_do(case: Case) -> None:
    headers = case.road.tokens.bearer(case.owner)
    shown = (await case.road.http.get(f"/api/v1/disputes/{case.dispute_id}", headers=headers)).json()
    assert set(shown) == {
        *("id", "kind", "paymentId", "bookingId", "providerId", "amount", "currency", "status", "deadline"),
        *("coverage", "openedAt", "updatedAt", "decidedAt", "documents"),
    }
    assert (shown["id"], shown["amount"], shown["status"]) == (case.dispute_id, 1500, "documents_due")
    listed = (await case.road.http.get(f"/api/v1/providers/{case.provider_id}/disputes", headers=headers)).json()
    assert [item["id"] for item in listed["items"]] == [case.dispute_id]


async def test_operators_list_the_verticals_disputes_by_status_and_page(road: Road) -> None:
    first, second = await open_case(road), await open_case(road)
    headers = road.tokens.bearer(AccountId(new_id()), "operator:barber")
    params: dict[str, str | int] = {"status": "documents_due", "limit": 1}
    page = (await road.http.get("/api/v1/disputes", params=params, headers=headers)).json()
    assert [item["id"] for item in page["items"]] == [second.dispute_id]
    params["cursor"] = page["nextCursor"]
    page = (await road.http.get("/api/v1/disputes", params=params, headers=headers)).json()
    assert [item["id"] for item in page["items"]] == [first.dispute_id]
    everything = (await road.http.get("/api/v1/disputes", headers=headers)).json()["items"]
    assert [item["id"] for item in everything][:2] == [second.dispute_id, first.dispute_id]
    assert (await road.http.get("/api/v1/disputes", headers=road.tokens.bearer(first.owner))).status_code == 403


async def test_a_chargeback_of_another_amount_is_a_case(road: Road) -> None:
    case = await open_case(road, amount=Money(1))
    assert "dispute_amount_differs" in await road.cases(case.dispute_id)


async def test_disputes_and_the_record_of_their_documents_are_kept_for_good(case: Case) -> None:
    for table in ("dispute", "dispute_document"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with case.road.uow.begin(SCOPE) as work:
                await work.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - from this test
