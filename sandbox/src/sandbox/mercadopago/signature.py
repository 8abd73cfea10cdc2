"""MercadoPago's webhook signature: an HMAC over a manifest of the parts that are present."""

import hashlib
import hmac


def manifest(data_id: str | None, request_id: str | None, ts: str | None) -> str:
    """`id:..;request-id:..;ts:..;` without the parts that are missing; the last semicolon stays."""
    parts = (("id", data_id), ("request-id", request_id), ("ts", ts))
    return "".join(f"{name}:{value};" for name, value in parts if value)


def sign(secret: str, text: str) -> str:
    """Hexadecimal HMAC-SHA256 of the manifest."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def header(secret: str, data_id: str | None, request_id: str | None, ts: str) -> str:
    """The value of `x-signature`."""
    return f"ts={ts},v1={sign(secret, manifest(data_id, request_id, ts))}"
