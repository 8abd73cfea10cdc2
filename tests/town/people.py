"""People: clients and professionals with accounts, guests with a proved contact, an operator, an analyst."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from random import SystemRandom
from typing import Any, Final
from uuid import UUID

import httpx
from tests.town.client import BARBER, Call, Gateway
from tests.town.outside import Outside

from common.testing import eventually
from localstack.environment import OPERATOR_EMAIL

_PASSWORD: Final = "una clave larga de prueba"
_CODE: Final = re.compile(r"\b\d{6}\b")
# Another stretch of numbers in each run, so that a stack that was kept knows nobody of them.
_NUMBERS: Final = count(SystemRandom().randrange(1_000_000, 9_000_000))


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """What a person gives."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """Somebody with a token."""

    id: UUID
    token: str
    contact: Contact


def somebody(name: str = "Ana Gómez") -> Contact:
    """Nobody else's address and number: area 11 gives out no subscriber number that begins with 0."""
    number = next(_NUMBERS)
    return Contact(name, f"persona{number}@example.com", f"+549110{number:07d}")


@dataclass
class People:
    """Opens accounts through the gateway."""

    gateway: Gateway
    outside: Outside
    operator_password: str
    _analysts: dict[str, Account] = field(default_factory=dict)

    async def client(self, contact: Contact | None = None) -> Account:
        """Somebody who books."""
        return await self._register(contact or somebody(), "client", BARBER)

    async def professional(self, vertical: str = BARBER) -> Account:
        """Somebody who may open a shop in the vertical."""
        return await self._register(somebody("Bruno Díaz"), "provider", vertical)

    async def operator(self) -> Account:
        """The one who is there from the start."""
        return await self._login(Contact("", OPERATOR_EMAIL, ""), self.operator_password)

    async def analyst(self, vertical: str) -> Account:
        """Somebody who may read the vertical's figures."""
        if vertical not in self._analysts:
            account = await self._register(somebody("Carla Ruiz"), "client", vertical)
            operator = await self.operator()
            path, body = f"/api/v1/accounts/{account.id}/roles", {"role": "analyst", "vertical": vertical}
            await self.gateway.ask(Call("POST", path, token=operator.token, body=body))
            self._analysts[vertical] = await self._login(account.contact, _PASSWORD)
        return self._analysts[vertical]

    async def guest(self, vertical: str = BARBER) -> Account:
        """Somebody without an account, whose phone is proved by the code that it got."""
        contact = somebody("Gabriela Paz")
        body = {"name": contact.name, "phone": contact.phone, "email": contact.email}
        asked = await self.gateway.ask(Call("POST", "/api/v1/auth/guest", vertical, body=body))
        proof = {"guestId": asked["guestId"], "code": await eventually(lambda: self.code(contact))}
        return _account(
            await self.gateway.ask(Call("POST", "/api/v1/auth/guest/verify", vertical, body=proof)), contact
        )

    async def code(self, contact: Contact) -> str | None:
        """The newest code that reached a phone."""
        found = [_CODE.search(message["body"]) for message in await self.outside.messages(contact.phone)]
        return next((match.group() for match in reversed(found) if match), None)

    async def _register(self, contact: Contact, role: str, vertical: str) -> Account:
        body = {
            "email": contact.email,
            "password": _PASSWORD,
            "name": contact.name,
            "phone": contact.phone,
            "role": role,
        }
        return _account(await self.gateway.ask(Call("POST", "/api/v1/auth/register", vertical, body=body)), contact)

    async def _login(self, contact: Contact, password: str) -> Account:
        body = {"email": contact.email, "password": password}
        return _account(await self.gateway.ask(Call("POST", "/api/v1/auth/login", body=body)), contact)

    async def again(self, account: Account) -> Account:
        """The same person with a token that has the roles of now."""
        return await self._login(account.contact, _PASSWORD)

    async def try_to_log_in(self, contact: Contact) -> httpx.Response:
        """Whatever the answer is."""
        body = {"email": contact.email, "password": _PASSWORD}
        return await self.gateway.send(Call("POST", "/api/v1/auth/login", body=body))


def _account(body: Mapping[str, Any], contact: Contact) -> Account:
    return Account(UUID(body["accountId"]), body["accessToken"], contact)
