"""Stretches, later prices, VAT, caps and timing of a service over HTTP, and what is told of them."""

from typing import Any

import pytest
from services.providers.tests.builders import Desk, service_body

from contracts.providers import ServicePublished

TERMS: dict[str, Any] = {
    "durationMinutes": 90,
    "segments": [{"minutes": 40}, {"minutes": 30, "attended": False}, {"minutes": 20, "attended": True}],
    "price": 12_100,
    "prices": [{"validFrom": "2027-03-01", "price": 14_520.5}, {"validFrom": "2027-06-01", "price": 15_000}],
    "vatBps": 2100,
    "caps": {"perDay": 8, "perClientAndDay": 1},
    "timing": {"stepMinutes": 15, "minimumNoticeMinutes": 0, "horizonDays": 400},
    "approval": True,
}


async def told(owner: Desk, service: str) -> ServicePublished:
    fact = (await owner.told(service))[-1].data
    assert isinstance(fact, ServicePublished)
    return fact


async def test_what_a_service_asks_for_is_shown_and_told(owner: Desk, visitor: Desk) -> None:
    shop = await owner.open_shop(service=TERMS)
    (shown,) = (await visitor.get(f"/providers/{shop.id}"))["services"]
    assert [one["minutes"] for one in shown["segments"]] == [40, 30, 20]
    assert [one["attended"] for one in shown["segments"]] == [True, False, True]
    assert {name: shown[name] for name in ("vatBps", "caps", "timing", "approval")} == {
        name: TERMS[name] for name in ("vatBps", "caps", "timing", "approval")
    }
    fact = await told(owner, shop.service)
    assert [(one.minutes, one.attended) for one in fact.segments] == [(40, True), (30, False), (20, True)]
    assert [(str(one.valid_from), one.price.minor) for one in fact.prices] == [
        ("2027-03-01", 1_452_050),
        ("2027-06-01", 1_500_000),
    ]
    assert (fact.vat_bps, fact.approval, fact.caps.per_day, fact.caps.per_client_and_day) == (2100, True, 8, 1)
    timing = fact.timing
    assert (timing.step_minutes, timing.minimum_notice_minutes, timing.horizon_days) == (15, 0, 400)


async def test_each_price_is_shown_without_national_taxes_too(owner: Desk) -> None:
    shop = await owner.open_shop(service=TERMS)
    (shown,) = (await owner.get(f"/providers/{shop.id}"))["services"]
    assert (shown["price"], shown["priceWithoutNationalTaxes"]) == (12_100, 10_000)
    assert shown["prices"] == [
        {"validFrom": "2027-03-01", "price": 14_520.5, "priceWithoutNationalTaxes": 12_000.41},
        {"validFrom": "2027-06-01", "price": 15_000, "priceWithoutNationalTaxes": 12_396.69},
    ]


async def test_without_vat_both_prices_are_one(owner: Desk) -> None:
    shop = await owner.open_shop()
    (shown,) = (await owner.get(f"/providers/{shop.id}"))["services"]
    assert (shown["price"], shown["priceWithoutNationalTaxes"], shown["vatBps"]) == (8500, 8500, 0)
    assert (shown["segments"], shown["prices"], shown["approval"]) == ([], [], False)
    assert shown["caps"] == {"perDay": None, "perClientAndDay": None}


async def test_a_change_keeps_what_it_leaves_out_and_replaces_lists_whole(owner: Desk) -> None:
    shop = await owner.open_shop(service=TERMS)
    path = f"/providers/{shop.id}/services/{shop.service}"
    changed = await owner.patch(path, {"caps": {"perDay": 4}, "prices": [], "approval": False})
    assert changed["caps"] == {"perDay": 4, "perClientAndDay": None}
    assert (changed["prices"], changed["approval"], changed["timing"]) == ([], False, TERMS["timing"])
    assert len(changed["segments"]) == 3
    cleared = await owner.patch(path, {"caps": {}, "timing": {}, "segments": [], "vatBps": 0})
    assert (cleared["caps"]["perDay"], cleared["timing"]["stepMinutes"], cleared["segments"]) == (None, None, [])
    fact = await told(owner, shop.service)
    assert (fact.version, fact.segments, fact.caps.per_day, fact.vat_bps) == (3, (), None, 0)
    refused = await owner.patch(path, {"segments": [{"minutes": 30}]}, 422)
    assert refused["type"] == "urn:barberpro:problem:segments-misfit"
    for name in ("segments", "prices", "vatBps", "caps", "timing", "approval"):
        await owner.patch(path, {name: None}, 422)


PRICE = {"validFrom": "2027-03-01", "price": 9000}


@pytest.mark.parametrize(
    ("more", "kind", "field"),
    [
        ({"segments": [{"minutes": 31}]}, "segments-misfit", "segments"),
        ({"segments": [{"minutes": 0}, {"minutes": 30}]}, "invalid-request", "segments.0.minutes"),
        ({"segments": [{"minutes": 1}] * 21, "durationMinutes": 21}, "invalid-request", "segments"),
        ({"segments": [{"minutes": 30, "attended": None}]}, "invalid-request", "segments.0.attended"),
        ({"prices": [PRICE, PRICE]}, "prices-out-of-order", "prices"),
        ({"prices": [PRICE] * 13}, "invalid-request", "prices"),
        ({"prices": [PRICE | {"validFrom": "2027-02-30"}]}, "invalid-request", "prices.0.validFrom"),
        ({"prices": [PRICE | {"validFrom": "9999-12-31"}]}, "invalid-request", "prices.0.validFrom"),
        ({"prices": [PRICE | {"price": -1}]}, "invalid-request", "prices.0.price"),
        (
            {"prices": [PRICE | {"price": 10}], "deposit": {"kind": "fixed", "value": 11}},
            "deposit-above-price",
            "deposit.value",
        ),
        ({"vatBps": 2701}, "invalid-request", "vatBps"),
        ({"vatBps": -1}, "invalid-request", "vatBps"),
        ({"vatBps": 10.5}, "invalid-request", "vatBps"),
        ({"caps": {"perDay": 0}}, "invalid-request", "caps.perDay"),
        ({"caps": {"perClientAndDay": 1001}}, "invalid-request", "caps.perClientAndDay"),
        ({"timing": {"stepMinutes": 4}}, "invalid-request", "timing.stepMinutes"),
        ({"timing": {"minimumNoticeMinutes": 43_201}}, "invalid-request", "timing.minimumNoticeMinutes"),
        ({"timing": {"horizonDays": 0}}, "invalid-request", "timing.horizonDays"),
        ({"approval": "quizás"}, "invalid-request", "approval"),
    ],
)
async def test_terms_that_cannot_be_are_refused(owner: Desk, more: dict[str, Any], kind: str, field: str) -> None:
    shop = await owner.open_shop()
    refused = await owner.post(f"/providers/{shop.id}/services", service_body(shop.staff) | more, 422)
    assert refused["type"] == f"urn:barberpro:problem:{kind}"
    assert {one["field"] for one in refused["fields"]} == {field}
