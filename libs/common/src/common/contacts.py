"""Contact data, closed: AES-256-GCM under a named key, bound to its account, opened only by entitled services."""

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.identity import AccountContact
from contracts.ids import AccountId

_NONCE_BYTES: Final = 12


class UnreadableContactError(ValueError):
    """The contact was sealed with a key we do not hold, or was tampered with."""


_VERIFICATION: Final = ("code", "channel", "expires_at", "vertical")


@dataclass(frozen=True, slots=True)
class Verification:
    """A one-time code on its way to the contact it proves. `expires_at` is RFC 3339.

    Every vertical's consumer reads it and one sends it: that of `vertical`, where the request came in.
    """

    code: str
    channel: str
    expires_at: str
    vertical: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """How to reach a person. The phone is E.164; either may be absent. Never log it (it has no repr)."""

    name: str
    phone: str | None = None
    email: str | None = None
    verification: Verification | None = None


def seal(contact: Contact, account_id: AccountId, version: int, key_id: str, key: bytes) -> AccountContact:
    """The closed event for an account's contact; `key` is 32 bytes."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, orjson.dumps(asdict(contact)), str(account_id).encode())
    return AccountContact(
        account_id=account_id,
        version=version,
        key_id=key_id,
        nonce=b64encode(nonce).decode(),
        sealed=b64encode(sealed).decode(),
    )


def unseal(event: AccountContact, keys: Mapping[str, bytes]) -> Contact:
    """The contact inside; UnreadableContactError says neither whose nor what."""
    try:
        key = keys[event.key_id]
        plain = AESGCM(key).decrypt(b64decode(event.nonce), b64decode(event.sealed), str(event.account_id).encode())
    except (KeyError, InvalidTag, ValueError):
        raise UnreadableContactError("sealed with an unknown key, or altered") from None
    fields = orjson.loads(plain)
    verification = fields.get("verification")
    return Contact(
        name=fields["name"],
        phone=fields.get("phone"),
        email=fields.get("email"),
        # Contracts only grow: what a newer writer adds is passed over.
        verification=Verification(**{name: verification.get(name) for name in _VERIFICATION}) if verification else None,
    )
