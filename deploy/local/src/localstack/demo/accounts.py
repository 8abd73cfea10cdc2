"""Accounts: people who register and log in, guests who prove a contact, an operator and an analyst."""

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from localstack.demo.client import Client, Request
from localstack.demo.payer import Payer
from localstack.demo.people import Contact, Person, contact_of
from localstack.demo.waiting import until

_RENEW_SECONDS: Final = 60.0
_CODE: Final = re.compile(r"\b\d{6}\b")


@dataclass(slots=True, repr=False)
class Account:
    """Somebody with a token. `channels`: how messages reach them."""

    id: str
    access_token: str
    ends_at: float
    refresh_token: str | None = None
    channels: frozenset[str] = frozenset()
    is_guest: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Accounts:
    """Opens accounts when they are first needed, and keeps their tokens fresh."""

    def __init__(self, gateway: Client, payer: Payer, run: int) -> None:
        self._gateway, self._payer, self._run = gateway, payer, run
        self.password = secrets.token_urlsafe(12)
        """Everybody's in this run; forgotten with it."""
        self._known: dict[int, Account] = {}
        self._turns: dict[int, asyncio.Lock] = {}

    async def of(self, person: Person, vertical: str) -> Account:
        """The person's account, opened when this is the first time."""
        async with self._turns.setdefault(person.number, asyncio.Lock()):
            if person.number not in self._known:
                contact = contact_of(person, self._run)
                opening = self._let_in(contact, vertical) if person.guest else self.register(contact, "client")
                self._known[person.number] = await opening
        return self._known[person.number]

    async def register(self, contact: Contact, role: str, vertical: str = "barber") -> Account:
        """An account with the run's password."""
        body = {"email": contact.email, "password": self.password, "name": contact.name, "role": role}
        if contact.phone is not None:
            body["phone"] = contact.phone
        reply = await self._gateway.send(Request("register", "POST", "/api/v1/auth/register", vertical, body=body))
        return _account(reply.body, contact)

    async def login(self, email: str, password: str) -> Account:
        """The account behind an address."""
        body = {"email": email, "password": password}
        return _account((await self._gateway.send(Request("login", "POST", "/api/v1/auth/login", body=body))).body)

    async def token(self, account: Account) -> str:
        """A token that is good for another minute at least; a guest's is the only one it gets."""
        async with account.turn:
            if account.ends_at - monotonic() < _RENEW_SECONDS and account.refresh_token is not None:
                body = {"refreshToken": account.refresh_token}
                reply = await self._gateway.send(Request("refresh", "POST", "/api/v1/auth/refresh", body=body))
                fresh = _account(reply.body)
                account.access_token, account.ends_at = fresh.access_token, fresh.ends_at
                account.refresh_token = fresh.refresh_token
        return account.access_token

    async def grant(self, operator: Account, account: Account, role: str) -> None:
        """An operator gives a role in every vertical."""
        path, token = f"/api/v1/accounts/{account.id}/roles", await self.token(operator)
        body = {"role": role, "vertical": "*"}
        await self._gateway.send(Request("grant a role", "POST", path, token=token, body=body))

    async def _let_in(self, contact: Contact, vertical: str) -> Account:
        """A guest: ask for a code, read it where it arrives, send it back."""
        body = {"name": contact.name, "email": contact.email}
        if contact.phone is not None:
            body["phone"] = contact.phone
        asked = await self._gateway.send(Request("ask for a code", "POST", "/api/v1/auth/guest", vertical, body=body))
        to = (contact.phone or contact.email).removeprefix("+")

        async def code() -> str | None:
            found = [match for message in await self._payer.messages(to=to) if (match := _CODE.search(message["body"]))]
            return found[-1].group() if found else None

        proof = {"guestId": asked.body["guestId"], "code": await until("a guest's code arrived", code)}
        path = "/api/v1/auth/guest/verify"
        reply = await self._gateway.send(Request("prove a contact", "POST", path, vertical, body=proof))
        return _account(reply.body, contact, is_guest=True)


def _account(body: Mapping[str, Any], contact: Contact | None = None, *, is_guest: bool = False) -> Account:
    channels = {"email", "whatsapp"} if contact is not None and contact.phone is not None else {"email"}
    return Account(
        id=body["accountId"],
        access_token=body["accessToken"],
        ends_at=monotonic() + body["expiresIn"],
        refresh_token=body.get("refreshToken"),
        channels=frozenset(channels),
        is_guest=is_guest,
    )
