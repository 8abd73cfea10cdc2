"""Links that let a guest see and cancel one booking without an account: the id, signed. Nothing is stored."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Final
from uuid import UUID

from contracts.ids import BookingId

_ID_BYTES: Final = 16
_MAC_BYTES: Final = 16


def sign_link(booking_id: BookingId, key: bytes) -> str:
    """43 URL-safe characters: 16 bytes of id, 16 of HMAC-SHA256."""
    return urlsafe_b64encode(booking_id.bytes + _mac(booking_id, key)).rstrip(b"=").decode()


def read_link(token: str, key: bytes) -> BookingId | None:
    """The booking a link is for; None when it was not signed with this key."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    if len(raw) != _ID_BYTES + _MAC_BYTES:
        return None
    booking_id = BookingId(UUID(bytes=raw[:_ID_BYTES]))
    return booking_id if hmac.compare_digest(raw[_ID_BYTES:], _mac(booking_id, key)) else None


def _mac(booking_id: BookingId, key: bytes) -> bytes:
    return hmac.digest(key, b"booking-link:" + booking_id.bytes, sha256)[:_MAC_BYTES]
