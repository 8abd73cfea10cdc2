"""The safe: contacts are kept only sealed, and found again only by keyed hashes ("marks") of what they are.

Nobody who reads the tables learns whose they are. Each contact key has a sub-key for marks; new marks are made with
the active key and looked up under every key we hold, so that keys can be changed while people keep logging in.
"""

import hmac
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from common.contacts import Contact, seal, unseal
from contracts.identity import AccountContact
from contracts.ids import AccountId
from identity.domain.contact import Sealed

_SUBKEY: Final = b"barberpro.identity.mark"
_HASH: Final = "sha256"


class Safe:
    """`keys`: key id -> 32 bytes; `key_id`: the active one."""

    def __init__(self, keys: Mapping[str, bytes], key_id: str) -> None:
        self._keys, self.key_id = keys, key_id
        self._subkeys = {name: hmac.digest(key, _SUBKEY, _HASH) for name, key in keys.items()}

    @property
    def former_key_ids(self) -> list[str]:
        """Those that only open."""
        return sorted(self._keys.keys() - {self.key_id})

    def close(self, account_id: AccountId, contact: Contact) -> Sealed:
        """Seal with the active key; the account id is bound in, so a box opens under no other."""
        event = seal(contact, account_id, 0, self.key_id, self._keys[self.key_id])
        return Sealed(event.key_id, event.nonce, event.sealed)

    def open(self, account_id: AccountId, sealed: Sealed) -> Contact:
        """UnreadableContactError when the key is gone or the box was altered."""
        return unseal(as_event(account_id, 0, sealed), self._keys)

    def mark(self, purpose: str, value: str) -> bytes:
        """The keyed hash under the active key."""
        return self._mark(self.key_id, purpose, value)

    def marks(self, purpose: str, value: str) -> list[bytes]:
        """The keyed hashes under every key, in the order of the key ids."""
        return [self._mark(key_id, purpose, value) for key_id in sorted(self._subkeys)]

    def _mark(self, key_id: str, purpose: str, value: str) -> bytes:
        return hmac.digest(self._subkeys[key_id], f"{purpose}:{value}".encode(), _HASH)


def as_event(account_id: UUID, version: int, sealed: Sealed) -> AccountContact:
    """The closed event for what the safe holds."""
    return AccountContact(
        account_id=AccountId(account_id),
        version=version,
        key_id=sealed.key_id,
        nonce=sealed.nonce,
        sealed=sealed.box,
    )
