"""Chargebacks, claims and orders as MercadoPago writes them, and documents on their way to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from services.payments.tests.conftest import PORTS

from common.money import Money
from contracts.ids import new_id
from payments.clients import RefusedError, SdkMercadoPago, UnansweredError, UnreadableError, connected
from payments.clients.disputes import read_chargeback, read_chargebacks, read_claim, read_order
from payments.domain.charge import ChargeId
from payments.domain.dispute import DisputeId, DisputeKind, DisputeSeen, Papers
from payments.domain.document import Document, DocumentId, MediaType
from sandbox.testing import bind, serving

CHARGEBACK: dict[str, Any] = {
    "id": "217000061680860000",
    "payments": [880000000001],
    "currency": "ARS",
    "amount": Decimal("1500.5"),
    "reason": "general",
    "coverage_applied": None,
    "coverage_elegible": True,
    "documentation_required": True,
    "documentation_status": "pending",
    "documentation": [],
    "date_documentation_deadline": "2026-12-08T00:00:00.000-04:00",
    "date_created": "2026-11-26T10:00:00.000-04:00",
    "date_last_updated": "2026-11-26T11:00:00.000-04:00",
    "live_mode": True,
}
CLAIM: dict[str, Any] = {
    "id": 5255026166,
    "resource": "payment",
    "resource_id": 880000000001,
    "status": "opened",
    "type": "mediations",
    "stage": "dispute",
    "resolution": None,
    "date_created": "2026-11-26T10:00:00.000-04:00",
    "last_updated": "2026-11-26T11:00:00.000-04:00",
}


def test_a_chargeback_is_read_whole() -> None:
    assert read_chargeback(CHARGEBACK) == DisputeSeen(
        id=DisputeId("217000061680860000"),
        kind=DisputeKind.CHARGEBACK,
        charge_ids=(ChargeId("880000000001"),),
        opened_at=datetime(2026, 11, 26, 14, tzinfo=UTC),
        updated_at=datetime(2026, 11, 26, 15, tzinfo=UTC),
        amount=Money(150_050),
        eligible=True,
        wanted=True,
        papers=Papers.PENDING,
        deadline=datetime(2026, 12, 8, 4, tzinfo=UTC),
    )


@pytest.mark.parametrize("covered", [True, False, None])
def test_the_verdict_is_whether_it_is_covered(*, covered: bool | None) -> None:
    assert read_chargeback(CHARGEBACK | {"coverage_applied": covered}).coverage is covered


def test_what_mercadopago_leaves_out_is_not_taken_for_anything() -> None:
    bare = {name: CHARGEBACK[name] for name in ("id", "payments", "currency", "amount", "date_created")}
    seen = read_chargeback(bare)
    assert (seen.coverage, seen.eligible, seen.wanted, seen.papers, seen.deadline) == (
        *(None, False, False),
        *(Papers.NOT_APPLICABLE, None),
    )
    assert seen.updated_at == seen.opened_at
    assert read_chargeback(bare | {"coverage_eligible": True}).eligible


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": None},
        {"payments": None},
        {"amount": "1500"},
        {"currency": ""},
        {"documentation_status": "eaten by the dog"},
        {"date_created": "yesterday"},
        {"date_documentation_deadline": "2026-12-08T00:00:00"},
    ],
    ids=str,
)
def test_what_is_no_chargeback_is_unreadable(wrong: dict[str, object]) -> None:
    with pytest.raises(UnreadableError):
        read_chargeback(CHARGEBACK | wrong)


def test_a_search_finds_chargebacks_of_that_payment_only() -> None:
    other = CHARGEBACK | {"id": "2", "payments": [{"id": 7}]}
    body = {"paging": {"total": 2}, "results": [CHARGEBACK, other]}
    assert [each.id for each in read_chargebacks(body, ChargeId("880000000001"))] == ["217000061680860000"]
    assert [each.id for each in read_chargebacks(body, ChargeId("7"))] == ["2"]
    nonsense: list[object] = [None, [], {"results": None}, {"results": [{}]}]
    for wrong in nonsense:
        with pytest.raises(UnreadableError):
            read_chargebacks(wrong, ChargeId("7"))


@pytest.mark.parametrize(
    ("status", "resolution", "verdict"),
    [
        ("opened", None, None),
        ("opened", {"benefited": ["respondent"]}, None),
        ("closed", {"benefited": ["respondent"]}, True),
        ("closed", {"benefited": "complainant"}, False),
        ("closed", {"benefited": ["complainant", "respondent"]}, None),
        ("closed", {"reason": "item_returned"}, None),
        ("closed", None, None),
    ],
)
def test_a_claim_is_decided_when_it_is_closed_in_favour_of_one(
    status: str, resolution: object, *, verdict: bool | None
) -> None:
    seen = read_claim(CLAIM | {"status": status, "resolution": resolution})
    assert (seen.kind, seen.charge_ids, seen.coverage) == (DisputeKind.CLAIM, ("880000000001",), verdict)


def test_a_claim_about_something_else_is_about_no_payment() -> None:
    assert read_claim(CLAIM | {"resource": "shipment"}).charge_ids == ()
    for wrong in (None, {"id": 1}, CLAIM | {"id": ""}, CLAIM | {"last_updated": "soon"}):
        with pytest.raises(UnreadableError):
            read_claim(wrong)


def test_an_order_names_its_payments_and_no_more_than_fifty() -> None:
    assert read_order({"id": 1, "payments": [{"id": 5}, {"id": 6}]}) == ["5", "6"]
    assert read_order({"id": 1, "payments": None}) == []
    assert len(read_order({"payments": [{"id": number} for number in range(1, 100)]})) == 50
    for wrong in [None, {"id": 1}, {"payments": [5]}]:
        with pytest.raises(UnreadableError):
            read_order(wrong)


@dataclass
class Desk:
    """Where documents are handed in: what came, and what is answered."""

    status: int = 200
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
async def desk() -> AsyncIterator[tuple[Desk, SdkMercadoPago]]:
    found, app = Desk(), FastAPI()

    @app.post("/v1/chargebacks/{chargeback_id}/documentation")
    async def take(chargeback_id: str, request: Request) -> Response:
        found.seen.append((chargeback_id, dict(request.headers), await request.body()))
        return Response("{}", found.status, media_type="application/json")

    async with serving(app, bind(PORTS)) as url, connected(url, "TEST-token", 2.0) as port:
        yield found, port


def files() -> list[Document]:
    pdf, png = b"%PDF-1.7 turno", b"\x89PNG\r\n\x1a\n ficha"
    kinds = ((MediaType.PDF, pdf), (MediaType.PNG, png))
    return [Document(DocumentId(new_id()), DisputeId("217"), kind, content) for kind, content in kinds]


async def test_documents_go_together_under_our_token_key_and_names(desk: tuple[Desk, SdkMercadoPago]) -> None:
    found, port = desk
    documents = files()
    await port.document_chargeback(DisputeId("217"), documents, "dd:1")
    ((chargeback_id, headers, body),) = found.seen
    assert (chargeback_id, headers["authorization"], headers["x-idempotency-key"]) == (
        "217",
        "Bearer TEST-token",
        "dd:1",
    )
    assert headers["content-type"].startswith("multipart/form-data; boundary=")
    assert body.count(b'name="files[]"') == 2
    for each in documents:
        assert each.content in body
        assert f'filename="{each.name}"'.encode() in body
        assert each.media_type.value.encode() in body


@pytest.mark.parametrize(("status", "error"), [(400, RefusedError), (500, UnansweredError)])
async def test_what_becomes_of_documents_is_told_as_of_every_call(
    desk: tuple[Desk, SdkMercadoPago], status: int, error: type[Exception]
) -> None:
    found, port = desk
    found.status = status
    with pytest.raises(error):
        await port.document_chargeback(DisputeId("217"), files(), "dd:1")
