"""The demo's patience: what is asked again, under which key, and what is not."""

from collections.abc import Callable

import httpx
import pytest

from localstack.demo.client import Client, Figures, Request
from localstack.demo.errors import BrokenError, UnansweredError
from localstack.demo.payer import Payer

Script = Callable[[httpx.Request], httpx.Response]
OK = httpx.Response(201, json={"id": "1"})


def problem(status: int, slug: str) -> httpx.Response:
    """A problem as services send it."""
    headers = {"content-type": "application/problem+json"}
    return httpx.Response(status, json={"type": f"urn:barberpro:problem:{slug}"}, headers=headers)


class Server:
    """Answers from a list, the last entry for ever, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | httpx.TransportError) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer

    @property
    def keys(self) -> set[str]:
        """The Idempotency-Keys that came."""
        return {request.headers["idempotency-key"] for request in self.asked}

    def client(self, figures: Figures | None = None, patience: float = 5) -> Client:
        """A client of this server."""
        transport = httpx.MockTransport(self)
        return Client("http://gateway", figures or Figures(), by_host=True, patience=patience, transport=transport)


A_POST = Request("book", "POST", "/api/v1/bookings", "psychology", token="t", body={})


@pytest.mark.parametrize(
    "away",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        problem(502, "bad-gateway"),
        problem(503, "not-ready"),
        problem(504, "gateway-timeout"),
        problem(409, "in-progress"),
        problem(409, "booking-not-visible"),
        problem(429, "too-many-requests"),
    ],
)
async def test_what_nobody_answered_is_asked_again_under_the_same_key(
    away: httpx.Response | httpx.TransportError,
) -> None:
    server, figures = Server(away, OK), Figures()
    reply = await server.client(figures).send(A_POST)
    assert reply.status == 201
    assert len(server.asked) == 2
    assert len(server.keys) == 1
    assert sum(figures.repeats.values()) == 1


async def test_two_requests_have_two_keys() -> None:
    server = Server(OK)
    client = server.client()
    for _ in range(2):
        await client.send(A_POST)
    assert len(server.keys) == 2


async def test_the_host_names_the_vertical_and_the_token_travels() -> None:
    server = Server(OK)
    await server.client().send(A_POST)
    assert server.asked[0].headers["host"] == "psychology.localhost"
    assert server.asked[0].headers["authorization"] == "Bearer t"


async def test_a_refusal_breaks_and_is_not_asked_again() -> None:
    server = Server(problem(422, "slot-in-past"))
    with pytest.raises(BrokenError, match="book: 422 slot-in-past"):
        await server.client().send(A_POST)
    assert len(server.asked) == 1


async def test_a_refusal_that_was_allowed_is_an_answer() -> None:
    server = Server(problem(409, "slot-taken"))
    asked = Request("book", "POST", "/api/v1/bookings", also=frozenset({"slot-taken"}))
    reply = await server.client().send(asked)
    assert (reply.ok, reply.slug) == (False, "slot-taken")


async def test_patience_ends() -> None:
    with pytest.raises(BrokenError, match="book: 503 not-ready for 0 s"):
        await Server(problem(503, "not-ready")).client(patience=0.2).send(A_POST)


async def test_a_request_that_would_do_it_twice_is_not_repeated() -> None:
    server = Server(httpx.ReadError("reset"))
    with pytest.raises(UnansweredError):
        await server.client().send(Request("pay", "POST", "/pay", only_once=True))
    assert len(server.asked) == 1


async def test_a_payer_without_an_answer_looks_whether_the_money_went_before_paying_again() -> None:
    made = {"id": 5, "status": "approved"}
    server = Server(httpx.ReadError("reset"), httpx.Response(200, json={"payments": [made]}))
    payment = {"id": "p", "initPoint": "http://localhost/checkout/v1/redirect?pref_id=x"}
    assert await Payer(server.client()).pay(payment, "barber", "APRO") == made
    assert [request.method for request in server.asked] == ["POST", "GET"]


async def test_a_payer_whose_money_did_not_go_pays_again() -> None:
    nothing = httpx.Response(200, json={"payments": []})
    server = Server(httpx.ConnectError("refused"), nothing, httpx.Response(201, json={"id": 6}))
    payment = {"id": "p", "initPoint": "http://localhost/checkout/v1/redirect?pref_id=x"}
    assert await Payer(server.client()).pay(payment, "barber", "APRO") == {"id": 6}
    assert [request.method for request in server.asked] == ["POST", "GET", "POST"]
