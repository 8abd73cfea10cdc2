"""The sandbox as the payer's bank, the cashier and everybody's phone."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from localstack.demo.client import Client, Request
from localstack.demo.errors import BrokenError, UnansweredError
from localstack.demo.waiting import until

_PAGE: Final = 1000
_MOST_PAGES: Final = 200


class Payer:
    """Everything that happens outside the platform."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def pay(self, payment: Mapping[str, Any], vertical: str, holder: str, nth: int = 1) -> dict[str, Any]:
        """Pay on MercadoPago's page as that holder, for the `nth` time; the payment as MercadoPago has it.

        A page takes money as often as it is asked, so after a try without an answer it is looked whether it counted.
        """
        page = parse_qs(urlsplit(str(payment["initPoint"])).query)["pref_id"][0]
        path, body = f"/sandbox/checkout/{page}/pay", {"holder": holder}

        async def tried() -> dict[str, Any] | None:
            try:
                reply = await self._client.send(Request("pay at MercadoPago", "POST", path, body=body, only_once=True))
            except UnansweredError:
                made = await self.payments_of(f"{vertical}.{payment['id']}")
                return made[nth - 1] if len(made) >= nth else None
            return dict(reply.body)

        return await until("MercadoPago's page took a payment", tried)

    async def payments_of(self, reference: str) -> list[dict[str, Any]]:
        """MercadoPago's payments for one of our references, by age, with exact centavos under `sandbox`."""
        reply = await self._client.send(
            Request("sandbox ledger", "GET", "/sandbox/payments", query={"external_reference": reference})
        )
        return list(reply.body["payments"])

    async def settle(self, payment_id: object, status: str) -> None:
        """MercadoPago decides a pending payment; said twice it is decided once."""
        path = f"/sandbox/payments/{payment_id}/settle"
        await self._client.send(
            Request("settle at MercadoPago", "POST", path, body={"status": status}, also=frozenset({"409"}))
        )

    async def messages(self, after: int = 0, **query: str) -> list[dict[str, Any]]:
        """What people were sent, past the message number `after`; `to` and `since` narrow it."""
        found: list[dict[str, Any]] = []
        for _ in range(_MOST_PAGES):
            asked = {**query, "after": after, "limit": _PAGE}
            reply = await self._client.send(Request("sandbox messages", "GET", "/sandbox/messages", query=asked))
            found += reply.body["messages"]
            if reply.body["next"] is None:
                return found
            after = reply.body["next"]
        raise BrokenError("the sandbox has more messages than can be read")

    async def knobs(self) -> dict[str, Any]:
        """The faults in force."""
        return dict((await self._client.send(Request("sandbox knobs", "GET", "/sandbox/knobs"))).body)

    async def turn(self, **knobs: object) -> None:
        """Set some faults."""
        await self._client.send(Request("sandbox knobs", "PATCH", "/sandbox/knobs", body=knobs))
