"""The keys with which anybody checks our tokens."""

from typing import Any

from fastapi import APIRouter, Response

from identity.api.shared import InContext

router = APIRouter(tags=["keys"])


@router.get("/.well-known/jwks.json")
async def jwks(context: InContext, response: Response) -> dict[str, Any]:
    """Every live key (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return context.signer.jwks()
