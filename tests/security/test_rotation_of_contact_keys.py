"""The key that seals contacts is changed while people ask for codes and log in; every message finds its way.

By the steps of docs/runbooks/rotate-keys.md, there and back again.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from functools import partial
from secrets import token_bytes
from typing import Final
from uuid import uuid4

import pytest
from tests.faults.site import Site
from tests.security.rotating import Rotation, Steady, problem_of
from tests.town.client import BARBER, PSYCHOLOGY, Call
from tests.town.people import Account, Contact, somebody
from tests.town.shops import Shop, open_shop
from tests.town.town import FOR_MINUTES, ON_STACK, Town

from common.testing import eventually

pytestmark = [ON_STACK, FOR_MINUTES, pytest.mark.timeout(500)]
PER_SECOND: Final = 4.0
_FOLLOWED_SECONDS: Final = 100
_CODE_SECONDS: Final = 45
IN_IDENTITY: Final = "SELECT count(*) FROM account WHERE key_id = $1"
LIVE: Final = "SELECT id FROM account WHERE erased_at IS NULL"
IN_A_COPY: Final = "SELECT count(*) FROM contact WHERE key_id = $1 AND account_id = ANY ($2)"
PARKED: Final = "SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL AND topic = 'account.contact'"


class Clients:
    """Who goes on asking for codes, logging in and looking at their own account."""

    def __init__(self, town: Town, ana: Account) -> None:
        self.town, self.ana = town, ana
        self.asked: list[tuple[Contact, str]] = []

    def load(self) -> Steady:
        return Steady([self._ask_for_a_code, self._log_in, self._look], PER_SECOND)

    async def prove(self) -> int:
        """Everybody who asked so far has got a code, and it counts; how many they were."""
        asked, self.asked = self.asked, []
        for contact, guest_id in asked:
            code = await eventually(partial(self.town.people.code, contact), _CODE_SECONDS)
            body = {"guestId": guest_id, "code": code}
            await self.town.gateway.ask(Call("POST", "/api/v1/auth/guest/verify", body=body))
        return len(asked)

    async def _ask_for_a_code(self) -> str | None:
        contact = somebody("Gabriela Paz")
        answer = await self.town.gateway.send(
            Call("POST", "/api/v1/auth/guest", body={"name": contact.name, "phone": contact.phone})
        )
        if answer.is_success:
            self.asked.append((contact, answer.json()["guestId"]))
        return problem_of(answer, "asking for a code")

    async def _log_in(self) -> str | None:
        return problem_of(await self.town.people.try_to_log_in(self.ana.contact), "login")

    async def _look(self) -> str | None:
        answer = await self.town.gateway.send(Call("GET", "/api/v1/me", token=self.ana.token))
        same = answer.is_success and answer.json()["email"] == self.ana.contact.email
        return None if same else f"one's own account: {answer.status_code} {answer.text[:200]}"


@pytest.fixture
async def rotation(town: Town) -> AsyncIterator[Rotation]:
    """Afterwards the way back: everything is sealed with the stack's own key again, and there is no other."""
    rotation = Rotation(Site(town), town.stack.context.secrets)
    own = rotation.secrets
    try:
        yield rotation
    finally:
        rotation.change(
            contact_keys=rotation.secrets.contact_keys | own.contact_keys, contact_key_id=own.contact_key_id
        )
        await rotation.restart("notifications", "payments", "identity")
        for key_id in rotation.secrets.contact_keys.keys() - own.contact_keys.keys():
            await eventually(partial(followed, town, key_id), _FOLLOWED_SECONDS)
        rotation.secrets = own
        await rotation.restart("identity", "notifications", "payments")


async def followed(town: Town, former: str) -> bool:
    """Whether no account is sealed with that key any more, in identity and wherever a copy is."""
    if await town.records.value("identity", "*", IN_IDENTITY, former):
        return False
    live = [row["id"] for row in await town.records.rows("identity", "*", LIVE)]
    copies = ("notifications", "payments")
    places = [(service, vertical, IN_A_COPY) for service in copies for vertical in (BARBER, PSYCHOLOGY)]
    return not any([await town.records.value(*place, former, live) for place in places])


async def test_a_contact_key_is_changed_without_a_lost_message_and_everything_opens_without_the_former_one(
    town: Town, rotation: Rotation
) -> None:
    ana, shop = await town.people.client(), await open_shop(town)
    clients = Clients(town, ana)
    load = clients.load()
    ((former, key),) = rotation.secrets.contact_keys.items()
    new = f"drill-{uuid4().hex[:8]}"
    both = {former: key, new: b64encode(token_bytes(32)).decode()}
    async with load.running():
        await load.more(6)
        # 1. Whoever opens contacts has both keys; the former one still closes.
        rotation.change(contact_keys=both)
        for service in ("notifications", "payments", "identity"):
            await rotation.replace_service(service)
        # 2. The new one closes. Codes that were asked for before count.
        rotation.change(contact_key_id=new)
        await rotation.replace_api("identity")
        assert await clients.prove() > 2
        # 3. The worker seals again what the former one had closed, and the copies follow.
        await seal_again(town, former)
        await load.more(6)
        assert await clients.prove() > 2
        await eventually(partial(followed, town, former), _FOLLOWED_SECONDS)
        # 4. The former key is gone.
        rotation.change(contact_keys={new: both[new]})
        for service in ("identity", "notifications", "payments"):
            await rotation.replace_service(service)
        await load.more(6)
    assert load.wrong == []
    assert await clients.prove() > 2
    await is_told_of_a_booking(town, ana, shop)
    assert [await town.records.value("notifications", vertical, PARKED) for vertical in (BARBER, PSYCHOLOGY)] == [0, 0]


async def seal_again(town: Town, former: str) -> None:
    await asyncio.to_thread(town.stack.restart, "identity-worker")
    await eventually(partial(followed, town, former), _FOLLOWED_SECONDS)


async def is_told_of_a_booking(town: Town, client: Account, shop: Shop) -> None:
    before = len(await town.outside.messages(client.contact.phone))
    await town.buy(client, shop, await shop.slot())
    await eventually(partial(told_more, town, client, before), _CODE_SECONDS)


async def told_more(town: Town, who: Account, than: int) -> bool:
    return len(await town.outside.messages(who.contact.phone)) > than
