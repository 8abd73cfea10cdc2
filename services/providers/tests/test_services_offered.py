"""Services over HTTP, and what is told of them."""

from typing import Any

import pytest
from services.providers.tests.builders import Desk, SitDown, service_body

from contracts.ids import new_id
from contracts.providers import DepositKind, ServicePublished


async def told(owner: Desk, service: str) -> ServicePublished:
    fact = (await owner.told(service))[-1].data
    assert isinstance(fact, ServicePublished)
    return fact


async def test_what_is_left_out_comes_from_the_vertical_s_template(owner: Desk) -> None:
    shop = await owner.open_shop()
    body = service_body(shop.staff, code="color", name="Color", durationMinutes=120, price=199.99)
    made = await owner.post(f"/providers/{shop.id}/services", body)
    assert (made["needs"], made["bufferAfterMinutes"], made["price"]) == (["chair"], 10, 199.99)
    assert made["deposit"] == {"kind": "percent", "value": 30}
    fact = await told(owner, made["id"])
    assert (fact.price.minor, fact.price.currency, fact.version) == (19_999, "ARS", 1)
    assert (fact.code, fact.duration_minutes, fact.buffer_after_minutes) == ("color", 120, 10)
    assert [str(one) for one in fact.staff_ids] == [shop.staff]


async def test_a_psychologist_s_session_is_paid_whole_and_needs_a_room(sit_down: SitDown) -> None:
    owner = sit_down("provider:psychology", "psychology")
    shop = await owner.open_shop(service={"code": "individual", "name": "Sesión", "durationMinutes": 50})
    fact = await told(owner, shop.service)
    assert (fact.deposit.kind, fact.needs, fact.buffer_after_minutes) == (DepositKind.WHOLE, ("room",), 10)


async def test_what_is_given_stands_before_the_template(owner: Desk) -> None:
    shop = await owner.open_shop()
    body = service_body(shop.staff, code="color", bufferAfterMinutes=0, needs=[], deposit={"kind": "none"})
    made = await owner.post(f"/providers/{shop.id}/services", body)
    assert (made["needs"], made["bufferAfterMinutes"], made["deposit"]) == ([], 0, {"kind": "none", "value": 0})


async def test_without_a_code_the_name_makes_one(owner: Desk) -> None:
    shop = await owner.open_shop()
    body = service_body(shop.staff, name="Perfilado de Cejas")
    del body["code"]
    assert (await owner.post(f"/providers/{shop.id}/services", body))["code"] == "perfilado-de-cejas"


async def test_a_name_that_makes_no_code_needs_one(owner: Desk) -> None:
    shop = await owner.open_shop()
    body = service_body(shop.staff, name="💈✂️")
    del body["code"]
    refused = await owner.post(f"/providers/{shop.id}/services", body, 422)
    assert (refused["type"], refused["fields"][0]["field"]) == ("urn:barberpro:problem:code-needed", "code")


async def test_a_fixed_deposit_is_pesos_at_the_edge_and_centavos_in_the_event(owner: Desk) -> None:
    shop = await owner.open_shop(service={"deposit": {"kind": "fixed", "value": 1500.5}})
    fact = await told(owner, shop.service)
    assert (fact.deposit.kind, fact.deposit.value) == (DepositKind.FIXED, 150_050)
    seen = await owner.get(f"/providers/{shop.id}")
    assert seen["services"][0]["deposit"] == {"kind": "fixed", "value": 1500.5}


@pytest.mark.parametrize(
    ("more", "kind", "field"),
    [
        ({"deposit": {"kind": "fixed", "value": 9000}}, "deposit-above-price", "deposit.value"),
        ({"deposit": {"kind": "percent", "value": 101}}, "invalid-deposit", "deposit.value"),
        ({"deposit": {"kind": "half"}}, "invalid-request", "deposit.kind"),
        ({"price": -1}, "invalid-request", "price"),
        ({"price": 10.999}, "invalid-request", "price"),
        ({"durationMinutes": 0}, "invalid-request", "durationMinutes"),
        ({"needs": ["sofa"]}, "invalid-request", "needs.0"),
        ({"staffIds": []}, "invalid-request", "staffIds"),
        ({"staffIds": [str(new_id())]}, "unknown-staff", "staffIds"),
        ({"currency": "USD"}, "invalid-request", "currency"),
    ],
)
async def test_a_service_that_cannot_be_is_refused(owner: Desk, more: dict[str, Any], kind: str, field: str) -> None:
    shop = await owner.open_shop()
    refused = await owner.post(f"/providers/{shop.id}/services", service_body(shop.staff) | more, 422)
    assert refused["type"] == f"urn:barberpro:problem:{kind}"
    assert [one["field"] for one in refused["fields"]] == [field]


async def test_a_change_is_told_as_the_next_version_and_keeps_the_rest(owner: Desk) -> None:
    shop = await owner.open_shop()
    path = f"/providers/{shop.id}/services/{shop.service}"
    changed = await owner.patch(path, {"price": 9500, "active": False})
    assert (changed["price"], changed["active"], changed["version"], changed["name"]) == (9500, False, 2, "Corte")
    fact = await told(owner, shop.service)
    assert (fact.price.minor, fact.active, fact.version) == (950_000, False, 2)
    await owner.patch(path, {"price": None}, 422)
    await owner.patch(path, {"deposit": {"kind": "fixed", "value": 9500.01}}, 422)


async def test_another_provider_s_service_is_not_found(owner: Desk) -> None:
    shop, other = await owner.open_shop(), await owner.open_shop()
    await owner.patch(f"/providers/{shop.id}/services/{other.service}", {"price": 1}, 404)
