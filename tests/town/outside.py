"""The sandbox: the payer's bank, everybody's phone and mailbox, and what goes wrong out there."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
from tests.town.client import Json

_SECONDS: Final = 20.0
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Outside:
    """What happens beyond the platform."""

    http: httpx.AsyncClient

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> AsyncIterator["Outside"]:
        """Open while the block runs."""
        async with httpx.AsyncClient(base_url=url, timeout=_SECONDS, trust_env=False) as http:
            yield cls(http)

    async def pay(self, payment: Json, holder: str = "APRO") -> Json:
        """Pay on MercadoPago's page; the payment as MercadoPago has it."""
        return await self._json(await self.try_to_pay(payment, holder))

    async def try_to_pay(self, payment: Json, holder: str = "APRO") -> httpx.Response:
        """The same, whatever the page answers: 410 once it is closed."""
        return await self.http.post(f"/sandbox/checkout/{page_of(payment)}/pay", json={"holder": holder})

    async def preference(self, payment: Json) -> Json:
        """MercadoPago's page as it is now."""
        found = (await self._get("/sandbox/preferences", limit=_PAGE))["preferences"]
        return next(dict(one) for one in found if one["id"] == page_of(payment))

    async def charge(self, charge: Json) -> Json:
        """A payment as it is now, with exact centavos under `sandbox`."""
        reference = str(charge["external_reference"])
        found = (await self._get("/sandbox/payments", external_reference=reference))["payments"]
        return next(dict(one) for one in found if one["id"] == charge["id"])

    async def charges(self, payment: Json, vertical: str) -> list[Json]:
        """Everything MercadoPago took for one of our payments."""
        reference = f"{vertical}.{payment['id']}"
        return list((await self._get("/sandbox/payments", external_reference=reference))["payments"])

    async def refunded(self, charge: Json) -> int:
        """Centavos that went back."""
        return int((await self.charge(charge))["sandbox"]["refunded_minor"])

    async def settle(self, charge: Json, status: str) -> None:
        """Decide a payment that waits: a ticket is paid at the counter (`approved`)."""
        await self._json(await self.http.post(f"/sandbox/payments/{charge['id']}/settle", json={"status": status}))

    async def redeliver(self, charge: Json, times: int) -> None:
        """Notify again about a payment."""
        await self._json(await self.http.post(f"/sandbox/payments/{charge['id']}/redeliver", params={"times": times}))

    async def deliveries(self, charge: Json) -> list[Json]:
        """Every notification about a payment, with its attempts."""
        return list((await self._get("/sandbox/webhooks", payment_id=str(charge["id"]), limit=_PAGE))["deliveries"])

    async def under_way(self) -> int:
        """How many notifications are still to be delivered."""
        return len((await self._get("/sandbox/webhooks", state="pending", limit=_PAGE))["deliveries"])

    async def transfers(self, item: str) -> list[int]:
        """Centavos that left our bank account, or came back to it, for one item of a batch."""
        found = (await self._get("/sandbox/bank/movements", limit=_PAGE))["movements"]
        return [one["sandbox"]["amount_minor"] for one in found if one["batch_item"] == item]

    async def transfer(self, amount: str, text: str, origin_cbu: str) -> Json:
        """Somebody transfers to our account at the bank; the movement."""
        wish = {"amount": amount, "reference": text, "origin_cbu": origin_cbu}
        return await self._json(await self.http.post("/sandbox/bank/transfers", json=wish))

    async def messages(self, to: str) -> list[Json]:
        """What a phone or an address got, in the order of arrival."""
        return list((await self._get("/sandbox/messages", to=to.removeprefix("+"), limit=_PAGE))["messages"])

    @asynccontextmanager
    async def misbehaving(self, **knobs: object) -> AsyncIterator[None]:
        """These faults while the block runs, none after it."""
        await self._json(await self.http.put("/sandbox/knobs", json=knobs))
        try:
            yield
        finally:
            await self.behave()

    async def behave(self) -> None:
        """No faults."""
        await self._json(await self.http.delete("/sandbox/knobs"))

    async def struck(self) -> Mapping[str, int]:
        """How often each knob has struck since the sandbox was started."""
        return dict((await self._get("/sandbox/stats"))["faults"])

    async def _get(self, path: str, **query: Any) -> Json:
        return await self._json(await self.http.get(path, params=query))

    async def _json(self, response: httpx.Response) -> Json:
        response.raise_for_status()
        return dict(response.json())


def page_of(payment: Json) -> str:
    """The id of MercadoPago's page behind a payment's `initPoint`."""
    return parse_qs(urlsplit(str(payment["initPoint"])).query)["pref_id"][0]
