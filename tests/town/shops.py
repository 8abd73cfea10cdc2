"""Shops, opened through the gateway as a professional's app does it, and their free slots."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import SystemRandom
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from tests.town.client import BARBER, PSYCHOLOGY, Call, Gateway
from tests.town.people import Account

from common.testing import eventually

if TYPE_CHECKING:
    from tests.town.town import Town

ZONE: Final = ZoneInfo("America/Argentina/Cordoba")
PESOS, DEPOSIT_PESOS = 8000, 4000
_MINUTES: Final = {BARBER: 30, PSYCHOLOGY: 50}
_CODE: Final = {BARBER: "corte", PSYCHOLOGY: "individual"}
_THING: Final = {BARBER: "chair", PSYCHOLOGY: "room"}
_DICE: Final = SystemRandom()
_NUMBERS: Final = count(_DICE.randrange(10**9))
_EVERY_HOUR: Final = [{"day": day, "start": "00:00", "end": "23:59"} for day in range(1, 8)]
_LOOK_AHEAD: Final = timedelta(days=2)
_HOLIDAYS: Final = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Slot:
    """A free start. `local_time` is as the platform shows it, HH:MM."""

    starts_at: datetime
    local_time: str
    staff_id: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a shop is; a town of its own sets its figures and its search results apart."""

    city: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Shop:
    """One place that never closes; `resources` are its chairs or rooms."""

    gateway: Gateway
    vertical: str
    owner: Account
    name: str
    spot: Spot
    provider_id: str
    place_id: str
    staff: tuple[str, ...]
    service_id: str

    async def slots(self, first: datetime) -> list[Slot]:
        """Free starts from an instant on, over two days."""
        day = first.astimezone(ZONE).date()
        query = {"serviceId": self.service_id, "from": str(day), "to": str(day + _LOOK_AHEAD)}
        found = await self.gateway.ask(Call("GET", "/api/v1/availability", self.vertical, query=query))
        slots = [
            Slot(datetime.fromisoformat(one["startsAt"]), one["localTime"], one["staffId"])
            for day in found["days"]
            for one in day["slots"]
        ]
        return [slot for slot in slots if slot.starts_at >= first]

    async def slot(self, hours: float = 50) -> Slot:
        """The first free one that is at least so far ahead."""
        return (await self.slots(datetime.now(UTC) + timedelta(hours=hours)))[0]

    async def open_slot(self, hours: float = 50) -> Slot:
        """The first at which everybody is free."""
        slots = await self.slots(datetime.now(UTC) + timedelta(hours=hours))
        starts = [slot.starts_at for slot in slots]
        return next(slot for slot in slots if starts.count(slot.starts_at) == len(self.staff))


def somewhere() -> Spot:
    """A made-up town between the Pampa and Chubut, where there is room for it to be far from the others."""
    return Spot(f"Villa {next(_NUMBERS):x}", _DICE.uniform(-45, -36), _DICE.uniform(-69, -64))


async def open_shop(
    town: "Town", vertical: str = BARBER, *, staff: int = 1, chairs: int | None = None, spot: Spot | None = None
) -> Shop:
    """From a professional's registration until booking knows the free slots of each member of staff."""
    builder = _Builder(town, vertical, await town.people.professional(vertical), spot or somewhere())
    return await builder.build(staff, staff if chairs is None else chairs)


@dataclass(frozen=True, slots=True)
class _Builder:
    town: "Town"
    vertical: str
    owner: Account
    spot: Spot

    async def build(self, staff: int, chairs: int) -> Shop:
        name = f"Casa {next(_NUMBERS):x}"
        provider_id = await self._post("", {"displayName": name})
        place_id = await self._post(f"/{provider_id}/places", self._place())
        for number in range(chairs):
            thing = {"kind": _THING[self.vertical], "name": f"{number + 1}"}
            await self._post(f"/{provider_id}/places/{place_id}/resources", thing)
        await self._attend_on_holidays(f"/api/v1/providers/{provider_id}/places/{place_id}/holidays")
        hired = tuple([await self._hire(provider_id, place_id, number) for number in range(staff)])
        service_id = await self._post(f"/{provider_id}/services", self._service(hired))
        if self.vertical == PSYCHOLOGY:
            await self._license(provider_id)
        gateway = self.town.gateway
        shop = Shop(gateway, self.vertical, self.owner, name, self.spot, provider_id, place_id, hired, service_id)
        await eventually(lambda: is_bookable(shop), 20)
        return shop

    async def _hire(self, provider_id: str, place_id: str, number: int) -> str:
        member = await self._post(f"/{provider_id}/staff", {"displayName": f"Turno {number}", "placeIds": [place_id]})
        path = f"/api/v1/providers/{provider_id}/staff/{member}/schedule"
        hours = {"placeId": place_id, "weekly": _EVERY_HOUR}
        await self.town.gateway.ask(Call("PUT", path, self.vertical, self.owner.token, hours))
        return member

    async def _attend_on_holidays(self, path: str) -> None:
        """Whatever the day on which the tests run."""
        today = datetime.now(ZONE).date()
        query = {"from": str(today), "to": str(today + _HOLIDAYS)}
        found = await self.town.gateway.ask(Call("GET", path, self.vertical, self.owner.token, query=query))
        for one in found["items"]:
            await self.town.gateway.ask(
                Call("PUT", f"{path}/{one['date']}", self.vertical, self.owner.token, {"open": True})
            )

    async def _license(self, provider_id: str) -> None:
        await self._post(
            f"/{provider_id}/licences", {"profession": "Psicología", "jurisdiction": "X", "number": "MP 1"}
        )
        operator = await self.town.people.operator()
        path = f"/api/v1/providers/{provider_id}/verify"
        await self.town.gateway.ask(Call("POST", path, self.vertical, operator.token))

    def _place(self) -> dict[str, Any]:
        return {
            "name": "Local",
            "address": "Pasaje del Hornero 1234",
            "city": self.spot.city,
            "province": "X",
            "lat": self.spot.lat,
            "lon": self.spot.lon,
            "zone": str(ZONE),
        }

    def _service(self, staff: tuple[str, ...]) -> dict[str, Any]:
        return {
            "code": _CODE[self.vertical],
            "name": "Corte" if self.vertical == BARBER else "Sesión individual",
            "durationMinutes": _MINUTES[self.vertical],
            "price": PESOS,
            "deposit": {"kind": "fixed", "value": DEPOSIT_PESOS},
            "staffIds": staff,
        }

    async def _post(self, path: str, body: Mapping[str, Any]) -> str:
        call = Call("POST", f"/api/v1/providers{path}", self.vertical, self.owner.token, body)
        return str((await self.town.gateway.ask(call))["id"])


async def is_bookable(shop: Shop) -> bool:
    """Whether booking knows of free slots of each member of staff tomorrow."""
    call = Call("GET", "/api/v1/availability", shop.vertical, query={"serviceId": shop.service_id, **_tomorrow()})
    response = await shop.gateway.send(call)
    if not response.is_success:
        return False
    return {slot["staffId"] for day in response.json()["days"] for slot in day["slots"]} == set(shop.staff)


def _tomorrow() -> dict[str, str]:
    day = str((datetime.now(ZONE) + timedelta(days=1)).date())
    return {"from": day, "to": day}
