"""People as they come to identity, and what its events let an entitled reader see."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

import httpx

from common.contacts import Contact, unseal
from common.testing import published
from contracts.identity import AccountContact
from contracts.ids import AccountId, new_id
from identity.usecases.context import IdentityContext

CONTACT_KEYS = {
    "k1": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "k2": "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=",
}
PASSWORD = "tijera y navaja"
_NUMBERS = count(1)


@dataclass
class Person:
    """Somebody with an e-mail address and a phone of their own."""

    email: str = field(default_factory=lambda: f"canario{new_id().hex}@example.com")
    phone: str = field(default_factory=lambda: f"+549351{5_000_000 + new_id().int % 900_000 + next(_NUMBERS)}")
    name: str = "Ana Canario"
    password: str = PASSWORD
    tokens: dict[str, Any] = field(default_factory=dict)

    def form(self, **more: object) -> dict[str, object]:
        """The body of a registration."""
        return {"email": self.email, "password": self.password, "name": self.name, "phone": self.phone, **more}

    async def register(self, http: httpx.AsyncClient, **more: object) -> "Person":
        reply = await http.post("/api/v1/auth/register", json=self.form(**more))
        assert reply.status_code == 201, reply.text
        self.tokens = reply.json()
        return self

    async def login(self, http: httpx.AsyncClient, password: str | None = None) -> httpx.Response:
        body = {"email": self.email, "password": password or self.password}
        reply = await http.post("/api/v1/auth/login", json=body)
        if reply.status_code == httpx.codes.OK:
            self.tokens = reply.json()
        return reply

    async def refresh(self, http: httpx.AsyncClient, token: str | None = None) -> httpx.Response:
        body = {"refreshToken": token or self.tokens["refreshToken"]}
        return await http.post("/api/v1/auth/refresh", json=body)

    async def ask_code(self, http: httpx.AsyncClient, **contact: str) -> httpx.Response:
        return await http.post("/api/v1/auth/guest", json={"name": self.name, **(contact or {"phone": self.phone})})

    @property
    def id(self) -> AccountId:
        return AccountId(UUID(self.tokens["accountId"]))

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['accessToken']}"}


async def topics(context: IdentityContext, subject: UUID) -> list[tuple[str, int]]:
    """What was published of an aggregate: topics with versions."""
    return [(event.type, event.sequence) for event in await published(context.uow, "*", subject)]


async def last_contact(context: IdentityContext, subject: UUID) -> Contact | None:
    """What an entitled service knows of somebody by now; None once it was erased."""
    events = [event.data for event in await published(context.uow, "*", subject)]
    contact = [data for data in events if isinstance(data, AccountContact)][-1]
    return None if contact.is_tombstone else unseal(contact, opened_keys())


async def sent_code(context: IdentityContext, guest_id: UUID) -> str:
    """The code as the guest reads it."""
    contact = await last_contact(context, guest_id)
    assert contact is not None
    assert contact.verification is not None
    return contact.verification.code


async def count_rows(context: IdentityContext, query: str, *values: object) -> int:
    """What a counting query says."""
    async with context.uow.read("*") as session:
        return int(await session.connection.fetchval(query, *values))


def opened_keys() -> dict[str, bytes]:
    return {"k1": b"0123456789abcdef0123456789abcdef", "k2": b"fedcba9876543210fedcba9876543210"}
