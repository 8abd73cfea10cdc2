"""MercadoPago's lists on the wire: the sandbox's search, and reports as bodies that were recorded or broken."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from services.payments.tests.conftest import PORTS, Sandbox
from services.payments.tests.fake_listings import HEADER
from services.payments.tests.reporting import line
from services.payments.tests.worlds import an_offer

from payments.clients import (
    MercadoPagoError,
    MissingError,
    NotAcceptedError,
    SdkMercadoPago,
    UnansweredError,
    UnreadableError,
    connected,
)
from payments.clients.listing import ReportFile
from payments.clients.wire_lists import read_changed, read_report_files
from payments.domain.settlement import RowKind, day_bounds, read_rows
from sandbox.testing import bind, serving

MINUTE = timedelta(minutes=1)
BEGIN, END = datetime(2026, 11, 25, 3, tzinfo=UTC), datetime(2026, 11, 26, 2, 59, 59, tzinfo=UTC)
LISTED = [
    {
        "id": 12345678,
        "account_id": 724484980,
        "begin_date": "2026-11-25T00:00:00.000-03:00",
        "created_from": "manual",
        "currency_id": "ARS",
        "date_created": "2026-11-26T04:01:12.000-04:00",
        "end_date": "2026-11-25T23:59:59.000-03:00",
        "file_name": "settlement-report-724484980-2026-11-26-040112.csv",
        "format": "CSV",
        "status": "enabled",
    },
    {"file_name": None, "begin_date": "2026-11-24T03:00:00Z", "end_date": "2026-11-25T02:59:59Z"},
    {"file_name": "settlement.xlsx", "begin_date": "2026-11-24T03:00:00Z", "end_date": "2026-11-25T02:59:59Z"},
    {"file_name": "no-dates.csv"},
    "no object",
]


@dataclass
class Station:
    """A MercadoPago that answers what it is told to."""

    reply: Response = field(default_factory=Response)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def answer(path: str, request: Request) -> Response:
            self.asked.append((request.method, path, dict(request.headers), await request.body()))
            return self.reply

        return app


@asynccontextmanager
async def answering(station: Station) -> AsyncIterator[SdkMercadoPago]:
    async with serving(station.app(), bind(PORTS)) as url, connected(url, "TEST-token", 1.0) as client:
        yield client


@pytest.fixture
def station() -> Station:
    return Station()


@pytest.fixture
async def client(station: Station) -> AsyncIterator[SdkMercadoPago]:
    async with answering(station) as made:
        yield made


async def test_changes_come_oldest_first_page_by_page(sandbox: Sandbox, sandbox_token: str) -> None:
    async with connected(sandbox.url, sandbox_token, 1.0) as real:
        paid = []
        for n in range(3):
            page = await real.create_preference(an_offer(), f"pi:changes:{n}")
            paid.append(str((await sandbox.pay(page.id)).json()["id"]))
        now = datetime.now(UTC)
        first = await real.changed_payments(now - MINUTE, now + MINUTE, 0, 2)
        rest = await real.changed_payments(now - MINUTE, now + MINUTE, first.total - 1, 2)
        assert (len(first.payments), len(rest.payments)) == (2, 1)
        dates = [each.updated_at for each in first.payments]
        assert list(first.dates) == dates == sorted(dates)
        assert rest.payments[0].id == paid[-1]
        # Other tests pay at the same sandbox.
        before = await real.changed_payments(now - 2 * MINUTE, now - MINUTE, 0, 50)
        assert not {each.id for each in before.payments} & set(paid)


def test_one_payment_that_is_none_does_not_spoil_its_page() -> None:
    odd: list[dict[str, Any]] = [{"id": 771, "date_last_updated": "2026-11-25T10:00:00.000-04:00"}, {"id": "<b>"}, {}]
    page = read_changed({"paging": {"total": 3}, "results": odd})
    assert (page.payments, page.unreadable, page.total) == ([], ["771", "unknown", "unknown"], 3)
    assert page.dates == [datetime(2026, 11, 25, 14, tzinfo=UTC), None, None]


@pytest.mark.parametrize("body", [None, [], {}, {"results": []}, {"results": None, "paging": {"total": 1}}])
def test_what_is_no_search_is_refused(body: object) -> None:
    with pytest.raises(UnreadableError):
        read_changed(body)


def test_reports_that_are_there_are_listed_and_others_passed_over() -> None:
    assert read_report_files(LISTED) == [ReportFile("settlement-report-724484980-2026-11-26-040112.csv", BEGIN, END)]
    assert day_bounds(BEGIN.date()) == (BEGIN, END)
    with pytest.raises(UnreadableError):
        read_report_files({"message": "no list"})


async def test_a_report_is_asked_for_with_its_first_and_last_second(station: Station, client: SdkMercadoPago) -> None:
    station.reply = Response('{"id": 1, "status": "pending"}', 202, media_type="application/json")
    await client.ask_report(*day_bounds(BEGIN.date()))
    ((method, path, headers, body),) = station.asked
    assert (method, path) == ("POST", "v1/account/settlement_report")
    assert json.loads(body) == {"begin_date": "2026-11-25T03:00:00Z", "end_date": "2026-11-26T02:59:59Z"}
    assert headers["authorization"] == "Bearer TEST-token"


async def test_an_empty_acceptance_will_do(station: Station, client: SdkMercadoPago) -> None:
    station.reply = Response(status_code=202)
    await client.ask_report(BEGIN, END)


async def test_a_report_is_fetched_whole(station: Station, client: SdkMercadoPago) -> None:
    content = "\n".join((HEADER, *(line(str(n), "PAYOUT") for n in range(20_000)), "")).encode()
    station.reply = Response(content, media_type="text/csv")
    with await client.fetch_report("settlement report/1.csv", 10_000_000) as file:
        assert file.read() == content
    ((method, path, headers, _),) = station.asked
    assert (method, path) == ("GET", "v1/account/settlement_report/settlement report/1.csv")
    assert headers["authorization"] == "Bearer TEST-token"


async def test_one_that_is_down_says_when_to_come_back(station: Station, client: SdkMercadoPago) -> None:
    station.reply = Response("", 503, {"Retry-After": "120"})
    with pytest.raises(UnansweredError) as raised:
        await client.report_files()
    assert raised.value.retry_after == 120


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Response("no", 404), MissingError),
        (Response("later", 429), NotAcceptedError),
        (Response("<html>", 502), UnansweredError),
        (Response("", 302, {"Location": "http://127.0.0.1:1/"}), UnansweredError),
        (Response("", 204), UnreadableError),
        (Response(b"x" * 1_001), UnreadableError),
        (Response("cut", headers={"Content-Length": "100"}), UnansweredError),
    ],
    ids=["missing", "too many", "broken", "elsewhere", "nothing", "too large", "cut off"],
)
async def test_what_is_no_file_is_an_error_that_says_so(
    station: Station, client: SdkMercadoPago, reply: Response, error: type[MercadoPagoError]
) -> None:
    station.reply = reply
    with pytest.raises(error):
        await client.fetch_report("settlement.csv", 1_000)


RECORDED = (
    '"EXTERNAL_REFERENCE";"SOURCE_ID";"USER_ID";"PAYMENT_METHOD_TYPE";"PAYMENT_METHOD";"SITE";"TRANSACTION_TYPE";'
    '"TRANSACTION_AMOUNT";"TRANSACTION_CURRENCY";"TRANSACTION_DATE";"FEE_AMOUNT";"SETTLEMENT_NET_AMOUNT";'
    '"SETTLEMENT_CURRENCY";"SETTLEMENT_DATE";"REAL_AMOUNT";"COUPON_AMOUNT";"METADATA";"MKP_FEE_AMOUNT";'
    '"FINANCING_FEE_AMOUNT";"SHIPPING_FEE_AMOUNT";"TAXES_AMOUNT";"INSTALLMENT_AMOUNT";"TAXES_DISAGGREGATED"\r\n'
    '"barber.01999999-0000-7000-8000-000000000000";"1316643861";"724484980";"credit_card";"visa";"MLA";"SETTLEMENT";'
    '"10000.00";"ARS";"2026-11-25T10:12:13.000-03:00";"-759.00";"9141.00";"ARS";"2026-12-05T10:12:13.000-03:00";'
    '"9141.00";"0.00";"{""a"": ""b;c""}";"0.00";"0.00";"0.00";"-100.00";"0.00";'
    '"[{""amount"":-100.00,""detail"":""tax_withholding""}]"\r\n'
    '"";"1316643999";"724484980";"";"";"MLA";"PAYOUT";"-5000.00";"ARS";"2026-11-25T18:00:00.000-03:00";"0.00";'
    '"-5000.00";"ARS";"2026-11-25T18:00:00.000-03:00";"-5000.00";"0.00";"{}";"";"";"";"";"";"[]"\r\n'
)


def test_a_report_as_mercadopago_quotes_it_is_read() -> None:
    settled, payout = read_rows(RECORDED.splitlines(keepends=True), 10)
    assert (settled.kind, payout.kind) == (RowKind.SETTLEMENT, RowKind.PAYOUT)
    assert (settled.amount.minor, settled.fee.minor, settled.tax.minor, settled.net.minor) == (
        1_000_000,
        -75_900,
        -10_000,
        914_100,
    )
    assert str(settled.reference) == "barber.01999999-0000-7000-8000-000000000000"
    assert payout.reference is None


def test_a_fee_is_not_counted_twice() -> None:
    # As the net amount shows: MKP_FEE_AMOUNT says how much of FEE_AMOUNT it is.
    made_of = RECORDED.replace('"{""a"": ""b;c""}";"0.00"', '"{""a"": ""b;c""}";"-759.00"')
    settled, _ = read_rows(made_of.splitlines(keepends=True), 10)
    assert made_of != RECORDED
    assert settled.fee.minor == -75_900
    assert settled.net == settled.amount + settled.fee + settled.tax


def test_more_lines_than_are_read_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 1 lines"):
        list(read_rows(RECORDED.splitlines(keepends=True), 1))
