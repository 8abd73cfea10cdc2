"""Professionals open shop: account, profile, place, chairs, staff, hours, services, and a licence where one is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from localstack.demo.accounts import Account, Accounts
from localstack.demo.client import Client, Reply, Request
from localstack.demo.people import Contact, phone_of
from localstack.demo.shops import PSYCHOLOGY, Shop
from localstack.demo.waiting import until

_PHONES_FROM: Final = 5_000
_LOOK_AHEAD: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Opening:
    """A shop that clients can book at. `services` and `staff` are ids in the plan's order."""

    shop: Shop
    owner: Account
    provider_id: str
    staff: tuple[str, ...]
    services: tuple[str, ...]


@dataclass(slots=True)
class Opener:
    """Opens the shops of one run."""

    gateway: Client
    accounts: Accounts
    operator: Account
    run: int
    today: date

    async def open(self, shop: Shop) -> Opening:
        """From nothing until booking knows its free slots."""
        owner = await self._register(shop)
        profile = await self._post(shop, owner, "", {"displayName": shop.name, "slug": shop.slug(self.run)})
        provider_id = str(profile["id"])
        place_id = await self._furnish(shop, owner, provider_id)
        staff = await self._hire(shop, owner, provider_id, place_id)
        services = await self._offer(shop, owner, provider_id, staff)
        if shop.vertical == PSYCHOLOGY:
            await self._license(shop, owner, provider_id)
        opening = Opening(shop, owner, provider_id, tuple(staff), tuple(services))
        for service_id in services:
            await self._wait_until_bookable(opening, service_id)
        return opening

    async def _register(self, shop: Shop) -> Account:
        email = f"profesional{shop.number}.{self.run:x}@example.com"
        contact = Contact(shop.owner, email, phone_of(self.run, _PHONES_FROM + shop.number))
        return await self.accounts.register(contact, "provider", shop.vertical)

    async def _furnish(self, shop: Shop, owner: Account, provider_id: str) -> str:
        body = {
            "name": shop.name,
            "address": shop.address,
            "city": shop.city.name,
            "province": shop.city.province,
            "lat": shop.spot.lat,
            "lon": shop.spot.lon,
            "zone": shop.city.zone,
        }
        place_id = str((await self._post(shop, owner, f"/{provider_id}/places", body))["id"])
        for number in range(1, shop.things + 1):
            thing = {"kind": shop.thing, "name": f"{number}"}
            await self._post(shop, owner, f"/{provider_id}/places/{place_id}/resources", thing)
        await self._attend_on_holidays(shop, owner, f"/api/v1/providers/{provider_id}/places/{place_id}/holidays")
        return place_id

    async def _attend_on_holidays(self, shop: Shop, owner: Account, path: str) -> None:
        """The demo's day may be one."""
        token = await self.accounts.token(owner)
        query = {"from": self.today, "to": self.today + _LOOK_AHEAD}
        found = await self.gateway.send(Request("read holidays", "GET", path, shop.vertical, token, query=query))
        for one in found.body["items"]:
            body, day = {"open": True}, f"{path}/{one['date']}"
            await self.gateway.send(Request("attend on a holiday", "PUT", day, shop.vertical, token, body))

    async def _hire(self, shop: Shop, owner: Account, provider_id: str, place_id: str) -> list[str]:
        hired = []
        for number, name in enumerate(shop.staff):
            member = await self._post(
                shop, owner, f"/{provider_id}/staff", {"displayName": name, "placeIds": [place_id]}
            )
            hours = {"placeId": place_id, "weekly": shop.weekly(number)}
            path = f"/api/v1/providers/{provider_id}/staff/{member['id']}/schedule"
            token = await self.accounts.token(owner)
            await self.gateway.send(Request("publish hours", "PUT", path, shop.vertical, token, hours))
            hired.append(str(member["id"]))
        return hired

    async def _offer(self, shop: Shop, owner: Account, provider_id: str, staff: list[str]) -> list[str]:
        published = []
        for offer in shop.offers:
            kind, value = offer.deposit
            body = {
                "code": offer.code,
                "name": offer.name,
                "durationMinutes": offer.minutes,
                "price": offer.pesos,
                "deposit": {"kind": kind, "value": value},
                "staffIds": staff,
            }
            published.append(str((await self._post(shop, owner, f"/{provider_id}/services", body))["id"]))
        return published

    async def _license(self, shop: Shop, owner: Account, provider_id: str) -> None:
        body = {"profession": "Psicología", "jurisdiction": shop.city.province, "number": f"DEMO {shop.number}"}
        await self._post(shop, owner, f"/{provider_id}/licences", body)
        path, token = f"/api/v1/providers/{provider_id}/verify", await self.accounts.token(self.operator)
        await self.gateway.send(Request("verify a licence", "POST", path, shop.vertical, token))

    async def _wait_until_bookable(self, opening: Opening, service_id: str) -> None:
        query = {"serviceId": service_id, "from": self.today, "to": self.today + _LOOK_AHEAD}
        path, also = "/api/v1/availability", frozenset({"not-found"})

        async def free() -> Reply | None:
            vertical = opening.shop.vertical
            reply = await self.gateway.send(Request("read availability", "GET", path, vertical, query=query, also=also))
            staff = {slot["staffId"] for day in reply.body["days"] for slot in day["slots"]} if reply.ok else set()
            return reply if staff == set(opening.staff) else None

        await until(f"{opening.shop.name} can be booked", free)

    async def _post(self, shop: Shop, owner: Account, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        step = f"open a shop: {path.rpartition('/')[2] or 'profile'}"
        token = await self.accounts.token(owner)
        reply = await self.gateway.send(Request(step, "POST", f"/api/v1/providers{path}", shop.vertical, token, body))
        return dict(reply.body)
