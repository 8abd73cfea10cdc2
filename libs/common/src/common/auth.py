"""Who is calling: RS256 tokens checked again in every service, whatever the gateway has already checked."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from time import time
from typing import Any, Final
from uuid import UUID

import httpx
import jwt
import structlog

from common.errors import Forbidden, NotReady, Unauthenticated
from common.metrics import CACHE_REQUESTS
from common.waiting import wait_for_event
from contracts.ids import AccountId

log = structlog.get_logger()
_ALGORITHM: Final = "RS256"
_TYPE: Final = "at+jwt"
_REQUIRED: Final = ("exp", "iat", "iss", "aud", "sub", "scope")
_CACHE: Final = 4096
_HIT, _MISS = (CACHE_REQUESTS.labels("tokens", result) for result in ("hit", "miss"))
_EVERYWHERE: Final = frozenset({"client", "guest"})
_REFRESH_SECONDS: Final = 300.0
_RETRY_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated account. `scopes` are `client`, `guest`, or `role:vertical` (`role:*` for every vertical)."""

    account_id: AccountId
    scopes: frozenset[str]
    expires_at: int
    """Seconds since the epoch."""

    def has(self, role: str, vertical: str) -> bool:
        """Whether the account plays that role in that vertical; an elevated role counts only where it was given."""
        if role in _EVERYWHERE:
            return role in self.scopes
        return not self.scopes.isdisjoint((f"{role}:{vertical}", f"{role}:*"))

    def must_be(self, vertical: str, *roles: str) -> None:
        """Forbidden unless the account plays one of the roles there."""
        if not any(self.has(role, vertical) for role in roles):
            raise Forbidden


class TokenVerifier:
    """Checks signature, type, issuer, audience and expiry; remembers the last few thousand good tokens."""

    def __init__(self, issuer: str, audience: str) -> None:
        self._issuer, self._audience = issuer, audience
        self._keys: dict[str, Any] = {}
        self._known: OrderedDict[bytes, Principal] = OrderedDict()
        self.key_wanted = asyncio.Event()

    def learn(self, jwks: dict[str, Any]) -> None:
        """Take the published keys; tokens signed with a withdrawn key stop counting at once."""
        keys = {key["kid"]: jwt.PyJWK(key, _ALGORITHM).key for key in jwks["keys"] if key.get("kty") == "RSA"}
        if keys != self._keys:
            self._known.clear()
            log.info("jwks.learned", kids=sorted(keys))
        self._keys = keys

    @property
    def ready(self) -> bool:
        """Whether any key is known."""
        return bool(self._keys)

    def verify(self, token: str) -> Principal:
        """The principal; Unauthenticated for anything that is not a current access token of ours."""
        digest = sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is not None and known.expires_at > time():
            _HIT.inc()
            return known
        _MISS.inc()
        principal = self._check(token)
        self._known[digest] = principal
        if len(self._known) > _CACHE:
            self._known.popitem(last=False)
        return principal

    def _check(self, token: str) -> Principal:
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.get(str(header.get("kid")))
            if header.get("typ") != _TYPE or header.get("alg") != _ALGORITHM:
                raise Unauthenticated
            if key is None:
                self.key_wanted.set()
                raise Unauthenticated if self._keys else NotReady
            claims = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": list(_REQUIRED)},
            )
            return Principal(AccountId(UUID(claims["sub"])), frozenset(claims["scope"].split()), int(claims["exp"]))
        except (jwt.InvalidTokenError, ValueError, AttributeError):
            raise Unauthenticated from None


async def keep_keys(verifier: TokenVerifier, jwks_url: str, pause: float = _PAUSE_SECONDS) -> None:
    """Fetch the key set every 5 min, and at most every `pause` when a token names an unknown key. Until cancelled."""
    async with httpx.AsyncClient(timeout=5) as client:
        while True:
            fetched = await _fetch_keys(client, verifier, jwks_url)
            if not verifier.ready:
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            await asyncio.sleep(pause)
            if fetched:
                # After a failure the next try is due at once: a key is signed with as soon as all must have learnt it.
                await wait_for_event(verifier.key_wanted, _REFRESH_SECONDS)
            verifier.key_wanted.clear()


async def _fetch_keys(client: httpx.AsyncClient, verifier: TokenVerifier, jwks_url: str) -> bool:
    try:
        reply = await client.get(jwks_url)
        reply.raise_for_status()
        verifier.learn(reply.json())
    except (httpx.HTTPError, jwt.PyJWTError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("jwks.unreachable", error=type(error).__name__)
        return False
    return True
