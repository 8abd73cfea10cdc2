"""What the routers of identity share."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Response

from common.app import context_of
from common.http import RequestKey
from common.idempotency import Once, Reply
from identity.usecases.context import IdentityContext

InContext = Annotated[IdentityContext, Depends(context_of)]


async def not_stored(response: Response) -> None:
    """Tokens and personal data stay out of every cache (RFC 6749 section 5.1)."""
    response.headers["Cache-Control"] = "no-store"


def keyed_once(
    context: IdentityContext, key: RequestKey | None, render: Callable[[Any], Reply], status: int
) -> Once | None:
    """For bodies that hold a password, a code or a contact: a plain hash of them could be guessed back.

    A request that comes again after the contact key changed is still the same.
    """
    if key is None:
        return None
    hashed = "request body", key.body_hash.hex()
    once = replace(key, body_hash=context.safe.mark(*hashed)).once(render, status)
    return replace(once, former_hashes=context.safe.marks(*hashed))
