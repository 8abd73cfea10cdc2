"""The load's requests: bookings as bytes, by clients with tokens of the stack's own key."""

from collections import deque
from dataclasses import dataclass, field
from time import time
from typing import Final, Protocol, cast
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench.shops import VERTICAL, Agenda
from contracts.ids import new_id

HOLDS: Final = 3
"""How many unpaid bookings a client may hold."""
_TOKEN_SECONDS: Final = 3600


class Requests(Protocol):
    """What a load sends."""

    def next(self) -> bytes:
        """One whole request."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The stack's own signing key and what its tokens say."""

    key_id: str
    private_key: str = field(repr=False)
    issuer: str
    audience: str

    def tokens(self, count: int) -> list[bytes]:
        """Access tokens of so many clients."""
        now = int(time())
        private = cast("RSAPrivateKey", load_pem_private_key(self.private_key.encode(), None))
        claims = {"iss": self.issuer, "aud": self.audience, "iat": now, "exp": now + _TOKEN_SECONDS, "scope": "client"}
        headers = {"kid": self.key_id, "typ": "at+jwt"}
        made = (jwt.encode(claims | {"sub": str(new_id())}, private, "RS256", headers) for _ in range(count))
        return [token.encode() for token in made]


class Orders:
    """Booking requests as bytes: each another slot with another key; a client comes again when all others have come."""

    def __init__(self, agenda: Agenda, signer: Signer, clients: int) -> None:
        self._agenda, self._signer, self._number = agenda, signer, 0
        self._clients = deque((token, HOLDS) for token in signer.tokens(clients))

    def ready_for(self, bookings: int) -> None:
        """Have clients enough; one may hold only so many bookings that are not paid."""
        lacking = bookings - sum(left for _, left in self._clients)
        self._clients.extend((token, HOLDS) for token in self._signer.tokens(-(-lacking // HOLDS)))

    def next(self) -> bytes:
        """One whole request."""
        token, left = self._clients.popleft()
        if left > 1:
            self._clients.append((token, left - 1))
        body = self._agenda.wish(self._number).body()
        self._number += 1
        return b"".join((
            f"POST /api/v1/bookings HTTP/1.1\r\nHost: {VERTICAL}.localhost\r\nX-Vertical: {VERTICAL}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Idempotency-Key: {uuid4()}\r\nAuthorization: Bearer ".encode(),
            token,
            b"\r\n\r\n",
            body,
        ))  # fmt: skip
