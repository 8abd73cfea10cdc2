"""MercadoPago's webhook signature: `x-signature: ts=...,v1=<hex>`, an HMAC-SHA256 over a manifest.

Source: MercadoPago's webhook documentation; what it leaves open is accepted both ways: the id verbatim or in lower
case, `ts` in seconds or milliseconds. The manifest does not cover the body, so nothing in the body is believed.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from common.errors import Refusal

TOLERANCE: Final = timedelta(days=7)
"""A retry may carry its first `ts`: age only bounds how long a recorded message can be sent again."""
_MILLISECONDS_ABOVE: Final = 10**11
_LONGEST: Final = 13


class BadSignature(Refusal):
    """The notification is not signed by MercadoPago."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The header's parts; `ts` as it was sent."""

    ts: str
    digest: str

    @property
    def signed_at(self) -> datetime:
        """The instant in `ts`; seconds or milliseconds are told apart by size."""
        number = int(self.ts)
        seconds = number / 1000 if number > _MILLISECONDS_ABOVE else number
        return datetime.fromtimestamp(seconds, UTC)

    def must_be_current(self, now: datetime) -> None:
        """BadSignature when it was made too long ago, or in the future."""
        if abs(now - self.signed_at) > TOLERANCE:
            raise BadSignature


def parse_signature(header: str) -> Signature:
    """The parts of `x-signature`; BadSignature for anything else."""
    parts = dict(part.strip().split("=", 1) for part in header.split(",") if "=" in part)
    ts, digest = parts.get("ts", ""), parts.get("v1", "")
    if not digest or not (ts.isascii() and ts.isdecimal()) or len(ts) > _LONGEST:
        raise BadSignature
    return Signature(ts, digest)


def manifest(data_id: str, request_id: str, ts: str) -> str:
    """What is signed: a missing part is left out whole, the last semicolon stays."""
    parts = (("id", data_id), ("request-id", request_id), ("ts", ts))
    return "".join(f"{name}:{value};" for name, value in parts if value)


def check_signature(header: str, data_id: str, request_id: str, secrets: Iterable[str]) -> Signature:
    """The signature when one of the secrets made it; BadSignature otherwise. Compares in constant time."""
    signature = parse_signature(header)
    texts = [manifest(shown, request_id, signature.ts) for shown in (data_id, data_id.lower())]
    made = [hmac.new(secret.encode(), text.encode(), sha256).hexdigest() for secret in secrets for text in texts]
    sent = signature.digest.encode("utf-8", "surrogateescape")
    fits = [hmac.compare_digest(each.encode(), sent) for each in made]
    if True not in fits:
        raise BadSignature
    return signature
