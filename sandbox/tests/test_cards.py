"""Card tokens, and payments with them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.testing import AMEX, MASTERCARD, VISA, a_card, in_process, settings_for

Json = dict[str, Any]
Token = Callable[..., Awaitable[str]]
PUBLIC_KEY = "TEST-00000000-0000-4000-8000-000000000000"


def a_wish(token: str, method: str = "visa", **changes: Any) -> Json:
    return {
        "transaction_amount": 1000,
        "token": token,
        "installments": 1,
        "payment_method_id": method,
        "payer": {"email": "quien@paga.example"},
        **changes,
    }


async def pay(client: httpx.AsyncClient, wish: Json, key: str = "k") -> httpx.Response:
    return await client.post("/v1/payments", json=wish, headers={"x-idempotency-key": key})


def code(reply: httpx.Response) -> Any:
    assert reply.status_code == 400, reply.text
    return reply.json()["cause"][0]["code"]


def written(folder: Path) -> bytes:
    """All the bytes of the data file and its log."""
    return b"".join(each.read_bytes() for each in folder.iterdir())


@pytest.mark.parametrize(
    ("number", "method", "digits"), [(VISA, "visa", 3), (MASTERCARD, "master", 3), (AMEX, "amex", 4)]
)
async def test_a_browser_gets_a_token_for_a_test_card(
    client: httpx.AsyncClient, number: str, method: str, digits: int
) -> None:
    card = a_card("APRO", number)

    reply = await client.post(
        "/v1/card_tokens", json=card, params={"public_key": PUBLIC_KEY}, headers={"authorization": ""}
    )

    assert reply.status_code == 201
    token = reply.json()
    assert (token["first_six_digits"], token["last_four_digits"]) == (number[:6], number[-4:])
    assert (token["status"], token["security_code_length"]) == ("active", digits)
    life = datetime.fromisoformat(token["date_due"]) - datetime.fromisoformat(token["date_created"])
    assert life.days == 7
    paid = await pay(client, a_wish(token["id"], method))
    assert paid.json()["status"] == "approved"


async def test_another_public_key_is_refused(client: httpx.AsyncClient) -> None:
    reply = await client.post("/v1/card_tokens", json=a_card(), params={"public_key": "TEST-other"})

    assert reply.status_code == 401


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"card_number": None}, 205),
        ({"card_number": "4509953566233705"}, "E301"),
        ({"card_number": "9999999999999995"}, "E301"),
        ({"expiration_month": None}, 208),
        ({"expiration_month": 13}, 325),
        ({"expiration_month": "1", "expiration_year": "2020"}, 326),
        ({"expiration_year": None}, 209),
        ({"expiration_year": 203}, 326),
        ({"security_code": ""}, 224),
        ({"security_code": "1234"}, "E302"),
        ({"cardholder": {}}, 221),
        ({"cardholder": {"name": "x" * 81}}, 316),
        ({"cardholder": {"name": "APRO"}}, 214),
        ({"cardholder": {"name": "APRO", "identification": {"number": "x"}}}, 324),
    ],
)
async def test_a_bad_card_is_refused_with_its_code(client: httpx.AsyncClient, changes: Json, expected: Any) -> None:
    assert code(await client.post("/v1/card_tokens", json={**a_card(), **changes})) == expected


@pytest.mark.parametrize(
    ("holder", "detail"),
    [
        ("APRO", "accredited"),
        ("CONT", "pending_contingency"),
        ("OTHE", "cc_rejected_other_reason"),
        ("FORM PEREZ", "cc_rejected_bad_filled_other"),
        ("Juana Pérez", "accredited"),
    ],
)
async def test_the_name_on_the_card_decides(
    client: httpx.AsyncClient, a_token: Token, holder: str, detail: str
) -> None:
    reply = await pay(client, a_wish(await a_token(holder)))

    assert (reply.status_code, reply.json()["status_detail"]) == (201, detail)


async def test_a_payment_shows_first_and_last_digits_and_its_issuer(client: httpx.AsyncClient, a_token: Token) -> None:
    payment = (await pay(client, a_wish(await a_token(), issuer_id="310"))).json()

    assert payment["issuer_id"] == "310"
    card = payment["card"]
    assert (card["first_six_digits"], card["last_four_digits"]) == ("450995", "3704")
    assert (card["expiration_month"], card["expiration_year"]) == (11, 2030)


async def test_a_token_pays_once(client: httpx.AsyncClient, a_token: Token) -> None:
    token = await a_token("FUND")

    await pay(client, a_wish(token), "k1")
    second = await pay(client, a_wish(token), "k2")

    assert code(second) == 3003
    assert (await client.get(f"/v1/card_tokens/{token}")).json()["status"] == "used"


async def test_a_repeated_key_needs_no_second_token(client: httpx.AsyncClient, a_token: Token) -> None:
    wish = a_wish(await a_token())

    first, second = await pay(client, wish), await pay(client, wish)

    assert first.content == second.content


@pytest.mark.parametrize("token", [None, "", "APRO", "0" * 32])
async def test_an_unknown_token_is_2006(client: httpx.AsyncClient, token: Any) -> None:
    assert code(await pay(client, a_wish(token))) == 2006
    assert (await client.get("/v1/card_tokens/other")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"payment_method_id": "master"}, 10103),
        ({"issuer_id": "1"}, 10103),
        ({"installments": None}, 4004),
        ({"installments": 2}, 109),
    ],
)
async def test_what_does_not_fit_the_card_is_refused_and_the_token_stays(
    client: httpx.AsyncClient, a_token: Token, changes: Json, expected: int
) -> None:
    token = await a_token()

    assert code(await pay(client, a_wish(token, **changes))) == expected
    assert (await client.get(f"/v1/card_tokens/{token}")).json()["status"] == "active"


async def test_no_card_number_reaches_the_data_file(tmp_path: Path) -> None:
    async with in_process(settings_for(tmp_path / "sandbox.db")) as client:
        token = (await client.post("/v1/card_tokens", json=a_card("Canario Amarillo"))).json()["id"]
        await pay(client, a_wish(token))

        kept = written(tmp_path)

    assert b"450995" in kept
    assert not any(word in kept for word in (VISA.encode(), b"Canario", b"12345678"))
