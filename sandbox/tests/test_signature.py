"""The webhook signature, against the published vector and the official validator."""

import pytest
from mercadopago.webhook.validator import WebhookSignatureValidator

from sandbox.mercadopago import signature
from sandbox.mercadopago.envelope import with_query

SECRET = "s3cr3t"


def test_the_known_vector_is_reproduced() -> None:
    text = signature.manifest("123456", "rq-1", "1704908010")

    assert text == "id:123456;request-id:rq-1;ts:1704908010;"
    assert signature.sign(SECRET, text) == "c5c69e0851bafb54356bdb0da6fe70b7909e294c3130a34b3567d307c3317b12"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((None, "rq-1", "1"), "request-id:rq-1;ts:1;"),
        (("1", None, "2"), "id:1;ts:2;"),
        (("1", "", "2"), "id:1;ts:2;"),
        ((None, None, "2"), "ts:2;"),
    ],
)
def test_a_missing_part_is_dropped_whole(parts: tuple[str | None, str | None, str | None], expected: str) -> None:
    assert signature.manifest(*parts) == expected


@pytest.mark.parametrize(("data_id", "request_id"), [("123456", "rq-1"), (None, "rq-1"), ("123456", None)])
def test_the_official_validator_believes_the_header(data_id: str | None, request_id: str | None) -> None:
    header = signature.header(SECRET, data_id, request_id, "1704908010")

    WebhookSignatureValidator.validate(header, request_id, data_id, SECRET)


def test_parameters_are_added_to_those_an_address_has() -> None:
    made = with_query("http://localhost:1/w?source_news=webhooks&x=a%20b#frag", {"data.id": "7", "type": "payment"})

    assert made == "http://localhost:1/w?source_news=webhooks&x=a+b&data.id=7&type=payment"
