"""A desk from which tests open shops in a few lines, and the bodies they send."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx

from common.service import Context
from common.testing import event, published
from contracts.base import Amount, Fact
from contracts.booking import BookingConfirmed, BookingFact, BookingStatus
from contracts.envelope import Event
from contracts.ids import AccountId, BookingId, new_id
from providers import usecases

CORDOBA = {"lat": -31.4167, "lon": -64.1833}


@dataclass(frozen=True)
class Shop:
    """A provider opened by a test, with one place, one chair, one member of staff and one service."""

    id: str
    place: str
    staff: str
    service: str
    slug: str


@dataclass(frozen=True)
class Desk:
    """One account at one vertical's API. Every call says what status it expects."""

    http: httpx.AsyncClient
    context: Context
    vertical: str
    account: AccountId
    headers: dict[str, str]

    async def call(self, method: str, path: str, status: int, **options: Any) -> Any:
        headers = self.headers | options.pop("headers", {})
        reply = await self.http.request(method, f"/api/v1{path}", headers=headers, **options)
        assert reply.status_code == status, reply.text
        return reply.json() if reply.content else None

    async def booked(self, *facts: BookingFact) -> None:
        """What booking tells arrives."""
        async with self.context.uow.begin(self.vertical) as work:
            await usecases.remember_bookings(self.context, work, [event(fact, self.vertical) for fact in facts])

    async def told(self, subject: str) -> list[Event[Fact]]:
        """What stands in the outbox of one aggregate, in order."""
        return await published(self.context.uow, self.vertical, UUID(subject))

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        return await self.call("GET", path, status, params=params or None)

    async def post(self, path: str, body: object = None, status: int = 201, **options: Any) -> Any:
        return await self.call("POST", path, status, json=body, **options)

    async def patch(self, path: str, body: object, status: int = 200) -> Any:
        return await self.call("PATCH", path, status, json=body)

    async def put(self, path: str, body: object, status: int = 200) -> Any:
        return await self.call("PUT", path, status, json=body)

    async def delete(self, path: str, status: int = 204) -> Any:
        return await self.call("DELETE", path, status)

    async def open_shop(
        self,
        lat: float = CORDOBA["lat"],
        lon: float = CORDOBA["lon"],
        service: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> Shop:
        """A shop at that point that offers `service` (a corte for 8500 when left out)."""
        provider = await self.post("/providers", {"displayName": name or f"Barbería {new_id()}"})
        path = f"/providers/{provider['id']}"
        place = await self.post(f"{path}/places", place_body(lat=lat, lon=lon))
        await self.post(f"{path}/places/{place['id']}/resources", {"kind": "chair", "name": "Sillón 1"})
        staff = await self.post(f"{path}/staff", {"displayName": "Nico", "placeIds": [place["id"]]})
        offered = await self.post(f"{path}/services", service_body(staff["id"]) | (service or {}))
        return Shop(provider["id"], place["id"], staff["id"], offered["id"], provider["slug"])


def place_body(**more: Any) -> dict[str, Any]:
    return {"name": "Centro", "address": "San Martín 100", "city": "Córdoba", "province": "X", **CORDOBA} | more


def service_body(*staff: str, **more: Any) -> dict[str, Any]:
    known = {"code": "corte", "name": "Corte", "durationMinutes": 30, "price": 8500, "staffIds": list(staff)}
    return known | more


def booking(shop: Shop, starts: str, minutes: int = 30, **more: Any) -> BookingFact:
    """A confirmed booking of a shop's one member and service, `starts` a wall-clock time in Córdoba."""
    local = datetime.fromisoformat(starts).replace(tzinfo=ZoneInfo("America/Argentina/Cordoba"))
    nothing = Amount(minor=0, currency="ARS")
    known: dict[str, Any] = {
        "version": 1,
        "booking_id": BookingId(new_id()),
        "provider_id": shop.id,
        "place_id": shop.place,
        "service_id": shop.service,
        "staff_id": shop.staff,
        "client_id": new_id(),
        "status": BookingStatus.CONFIRMED,
        "starts_at": local,
        "ends_at": local + timedelta(minutes=minutes),
        "local_date": local.date(),
        "zone": "America/Argentina/Cordoba",
        "city": "Córdoba",
        "province": "X",
        "price": nothing,
        "due_now": nothing,
        "paid": nothing,
        "refunded": nothing,
        "policy_version": "barber-1",
        "created_at": local - timedelta(days=1),
    }
    return BookingConfirmed.model_validate(known | more)


class SitDown(Protocol):
    """Gives the desk of an account."""

    def __call__(
        self, scope: str = "provider:barber", vertical: str = "barber", account: AccountId | None = None
    ) -> Desk: ...
