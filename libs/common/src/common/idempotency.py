"""Idempotency-Key: one key, one effect. The reply is stored in the transaction that made it true.

Source: draft-ietf-httpapi-idempotency-key-header (a reused key with another body is 422, one in progress is 409).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from common.db import Session
from common.errors import InProgress, KeyReused
from common.road import CLAIM_KEY, REMEMBER_REPLY


class Reply(Protocol):
    """What a render gives: any pydantic model."""

    def model_dump_json(self, *, by_alias: bool) -> str: ...


@dataclass(frozen=True, slots=True)
class Once:
    """One request that may come again. `scope` is who and where, `render` makes the reply's body of the result.

    `former_hashes`: what the body's hash may be from before a key changed that it is made with.
    """

    scope: str
    key: str
    body_hash: bytes
    status: int
    render: Callable[[Any], Reply]
    former_hashes: Sequence[bytes] = ()


class Replayed(Exception):  # noqa: N818 - not an error: the answer given before
    """The request was answered before; the edge sends that answer again."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__("answered before")
        self.status, self.body = status, body


async def claim(session: Session, once: Once) -> None:
    """Raises Replayed, KeyReused or InProgress; otherwise the key is ours until the transaction ends."""
    row = await session.one(CLAIM_KEY, scope=once.scope, key=once.key)
    if row is None or not row["granted"]:
        raise InProgress
    if row["body_hash"] is None:
        return
    if row["body_hash"] not in (once.body_hash, *once.former_hashes):
        raise KeyReused
    raise Replayed(row["status"], row["reply"])


async def remember(session: Session, once: Once, result: object) -> None:
    """Store the rendered reply beside the effect."""
    await session.run(
        REMEMBER_REPLY,
        scope=once.scope,
        key=once.key,
        body_hash=once.body_hash,
        status=once.status,
        reply=once.render(result).model_dump_json(by_alias=True),
    )
