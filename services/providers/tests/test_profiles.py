"""Registering, showing, renaming and verifying providers over HTTP."""

import asyncio
from uuid import UUID

import pytest
from services.providers.tests.builders import Desk, SitDown, service_body

from common.audit import Entry
from common.testing import on_record
from contracts.ids import new_id
from contracts.providers import ProviderRegistered, ProviderStatus, ProviderUpdated, ProviderVerified

LICENCE = {"profession": "Psicología", "jurisdiction": "X", "number": "MP 4321"}


async def test_a_barber_is_listed_at_once(owner: Desk, visitor: Desk) -> None:
    name = f"Barbería Ñandú {new_id()}"
    made = await owner.post("/providers", {"displayName": name})
    assert made["status"] == "active"
    assert made["slug"].startswith("barberia-nandu-")
    (event,) = await owner.told(made["id"])
    assert isinstance(event.data, ProviderRegistered)
    assert (event.data.version, event.data.owner_account_id) == (1, owner.account)
    assert (await visitor.get(f"/providers/by-slug/{made['slug']}"))["id"] == made["id"]


async def test_a_taken_slug_is_refused_with_a_free_one_beside_it(owner: Desk) -> None:
    slug = f"nico-{new_id()}"
    await owner.post("/providers", {"displayName": "Nico", "slug": slug})
    await owner.post("/providers", {"displayName": "Nico", "slug": f"{slug}-2"})
    refused = await owner.post("/providers", {"displayName": "Nico", "slug": slug}, 409)
    assert refused["type"] == "urn:barberpro:problem:slug-taken"
    assert refused["suggestion"] == f"{slug}-3"
    await owner.post("/providers", {"displayName": "Nico", "slug": refused["suggestion"]})


async def test_of_parallel_registrations_of_one_slug_exactly_one_wins(sit_down: SitDown) -> None:
    body = {"displayName": "Nico", "slug": f"nico-{new_id()}"}
    desks = [sit_down() for _ in range(8)]
    replies = await asyncio.gather(
        *(desk.http.post("/api/v1/providers", json=body, headers=desk.headers) for desk in desks)
    )
    assert sorted(reply.status_code for reply in replies) == [201, *([409] * 7)]


async def test_the_same_slug_is_free_in_another_vertical(owner: Desk, sit_down: SitDown) -> None:
    slug = f"nico-{new_id()}"
    psychologist = sit_down("provider:psychology", "psychology")
    await owner.post("/providers", {"displayName": "Nico", "slug": slug})
    await psychologist.post("/providers", {"displayName": "Nico", "slug": slug})


async def test_a_repeated_registration_with_its_key_makes_one_provider(owner: Desk) -> None:
    body, key = {"displayName": f"Nico {new_id()}"}, {"Idempotency-Key": str(new_id())}
    first = await owner.post("/providers", body, headers=key)
    again = await owner.post("/providers", body, headers=key)
    assert first == again
    assert len((await owner.get("/providers/mine"))["items"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "displayName"),
        ({"displayName": "   "}, "displayName"),
        ({"displayName": "a\u0000b"}, "displayName"),
        ({"displayName": "Nico", "slug": "Con Espacios"}, "slug"),
        ({"displayName": "Nico", "slug": None}, "slug"),
        ({"displayName": "Nico", "status": "active"}, "status"),
    ],
)
async def test_a_wrong_field_is_named(owner: Desk, body: dict[str, object], field: str) -> None:
    refused = await owner.post("/providers", body, 422)
    assert [one["field"] for one in refused["fields"]] == [field]


@pytest.mark.parametrize("scope", ["client", "provider:psychology", "operator:*", "staff:barber"])
async def test_only_the_provider_role_of_this_vertical_registers(sit_down: SitDown, scope: str) -> None:
    await sit_down(scope).post("/providers", {"displayName": "Nico"}, 403)


async def test_a_visitor_cannot_register(visitor: Desk) -> None:
    await visitor.post("/providers", {"displayName": "Nico"}, 401)


async def test_renaming_is_told_and_keeps_what_is_left_out(owner: Desk) -> None:
    shop = await owner.open_shop()
    renamed = await owner.patch(f"/providers/{shop.id}", {"displayName": "La Nueva"})
    assert (renamed["displayName"], renamed["slug"]) == ("La Nueva", shop.slug)
    assert [one["id"] for one in renamed["services"]] == [shop.service]
    last = (await owner.told(shop.id))[-1].data
    assert isinstance(last, ProviderUpdated)
    assert (last.display_name, last.version) == ("La Nueva", renamed["version"])


async def test_renaming_to_a_taken_slug_changes_nothing(owner: Desk) -> None:
    first, second = await owner.open_shop(), await owner.open_shop()
    refused = await owner.patch(f"/providers/{second.id}", {"slug": first.slug, "displayName": "Otra"}, 409)
    assert refused["suggestion"] == f"{first.slug}-2"
    assert (await owner.get(f"/providers/{second.id}"))["displayName"] != "Otra"


async def test_a_profile_shows_visitors_what_is_public_and_nothing_more(owner: Desk, visitor: Desk) -> None:
    shop = await owner.open_shop()
    account = str(new_id())
    await owner.patch(f"/providers/{shop.id}/staff/{shop.staff}", {"accountId": account})
    gone = await owner.post(f"/providers/{shop.id}/services", service_body(shop.staff, name="Barba", code="barba"))
    await owner.patch(f"/providers/{shop.id}/services/{gone['id']}", {"active": False})
    seen = await visitor.get(f"/providers/{shop.id}")
    assert [one["id"] for one in seen["services"]] == [shop.service]
    assert seen["services"][0]["price"] == 8500
    assert seen["services"][0]["deposit"] == {"kind": "percent", "value": 30}
    assert (seen["staff"][0]["displayName"], seen["staff"][0]["accountId"]) == ("Nico", None)
    assert (seen["licences"], seen["ownerAccountId"]) == (None, None)
    assert seen["places"][0]["resources"][0]["kind"] == "chair"
    inside = await owner.get(f"/providers/{shop.id}")
    assert len(inside["services"]) == 2
    assert inside["staff"][0]["accountId"] == account


async def test_what_is_somebody_else_s_cannot_be_changed(owner: Desk, sit_down: SitDown) -> None:
    shop, other = await owner.open_shop(), sit_down()
    path = f"/providers/{shop.id}"
    await other.patch(path, {"displayName": "Mía"}, 404)
    await other.post(f"{path}/licences", LICENCE, 404)
    await other.delete(f"{path}/places/{shop.place}", 404)
    await other.delete(f"{path}/staff/{shop.staff}", 404)
    await other.patch(f"{path}/services/{shop.service}", {"price": 1}, 404)
    await other.put(f"{path}/staff/{shop.staff}/schedule", {"placeId": shop.place, "weekly": []}, 404)
    await sit_down("operator:*").patch(path, {"displayName": "Mía"}, 403)


async def test_a_psychologist_is_pending_until_an_operator_verifies_the_licence(sit_down: SitDown) -> None:
    owner = sit_down("provider:psychology", "psychology")
    operator = sit_down("operator:*", "psychology")
    visitor = sit_down("", "psychology")
    made = await owner.post("/providers", {"displayName": f"Lic. Paz {new_id()}"})
    path = f"/providers/{made['id']}"
    assert made["status"] == "pending"
    await visitor.get(path, 404)
    await visitor.get(f"/providers/by-slug/{made['slug']}", 404)
    await sit_down("provider:psychology", "psychology").get(path, 404)
    assert (await operator.get(path))["status"] == "pending"

    await operator.post(f"{path}/verify", status=409)
    licence = await owner.post(f"{path}/licences", LICENCE)
    assert licence["verifiedAt"] is None
    await owner.post(f"{path}/licences", LICENCE, 409)
    await owner.post(f"{path}/verify", status=403)
    verified = await operator.post(f"{path}/verify", status=200)
    assert (verified["status"], verified["licences"][0]["number"]) == ("active", "MP 4321")
    assert verified["licences"][0]["verifiedAt"] is not None
    assert (await visitor.get(path))["licences"] is None

    await operator.post(f"{path}/verify", status=200)
    vouched = Entry("provider.verified", operator.account, UUID(made["id"]))
    assert await on_record(operator.context.uow, "psychology", vouched.subject) == [vouched]
    events = [event.data for event in await owner.told(made["id"])]
    assert [type(one) for one in events] == [ProviderRegistered, ProviderVerified]
    assert isinstance(events[1], ProviderVerified)
    assert (events[1].status, events[1].version) == (ProviderStatus.ACTIVE, 2)


async def test_a_licence_names_a_province(owner: Desk) -> None:
    shop = await owner.open_shop()
    refused = await owner.post(f"/providers/{shop.id}/licences", LICENCE | {"jurisdiction": "O"}, 422)
    assert [one["field"] for one in refused["fields"]] == ["jurisdiction"]


async def test_one_s_own_providers_come_a_page_at_a_time(owner: Desk) -> None:
    made = [(await owner.post("/providers", {"displayName": f"Nico {new_id()}"}))["id"] for _ in range(3)]
    first = await owner.get("/providers/mine", limit=2)
    rest = await owner.get("/providers/mine", limit=2, cursor=first["nextCursor"])
    assert [one["id"] for one in first["items"] + rest["items"]] == made
    assert rest["nextCursor"] is None


@pytest.mark.parametrize("cursor", ["zzz", "W10", "WyJ4Il0", "ñ"])
async def test_a_made_up_cursor_is_refused(owner: Desk, cursor: str) -> None:
    assert (await owner.get("/providers/mine", 422, cursor=cursor))["type"].endswith(":invalid-cursor")


async def test_an_account_owns_only_so_many(owner: Desk) -> None:
    for _ in range(20):
        await owner.post("/providers", {"displayName": f"Nico {new_id()}"})
    refused = await owner.post("/providers", {"displayName": f"Nico {new_id()}"}, 409)
    assert (refused["type"], refused["most"]) == ("urn:barberpro:problem:limit-reached", 20)


async def test_the_vertical_introduces_itself_without_a_token(visitor: Desk, sit_down: SitDown) -> None:
    barber = await visitor.get("/verticals/current")
    psychology = await sit_down("", "psychology").get("/verticals/current")
    assert (barber["name"], barber["terms"]["appointment"]) == ("Barbería", "turno")
    assert {name: barber["services"][0][name] for name in ("code", "name", "durationMinutes")} == {
        "code": "corte",
        "name": "Corte",
        "durationMinutes": 30,
    }
    assert psychology["texts"]["book"] == "Reservá tu sesión"
    assert psychology["licence"] == {"required": True, "name": "matrícula"}


@pytest.mark.parametrize("slug", ["%00", "no%00pe", "NO", "a_b"])
async def test_what_can_be_no_slug_is_refused_and_not_looked_for(visitor: Desk, slug: str) -> None:
    assert (await visitor.http.get(f"/api/v1/providers/by-slug/{slug}")).status_code == 422


async def test_the_service_describes_its_api(visitor: Desk) -> None:
    described = (await visitor.http.get("/openapi.json")).json()
    assert "/api/v1/providers/{provider_id}/staff/{staff_id}/schedule" in described["paths"]
    parameters = [one["name"] for one in described["paths"]["/api/v1/providers"]["get"]["parameters"]]
    assert {"lat", "lon", "radiusKm", "maxPrice"} <= set(parameters)
