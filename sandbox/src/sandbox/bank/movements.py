"""`/bank/v1/movements`: what came into our account and what left it."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from sandbox.bank import books, execution
from sandbox.bank.gate import BankError, require_token
from sandbox.world import Here

router = APIRouter(prefix="/bank/v1/movements", tags=["Bank"], dependencies=[Depends(require_token)])

_LIMIT = 100
_MOST = 1000


@router.get("")
async def list_movements(world: Here, request: Request) -> JSONResponse:
    """`?after=<cursor>&limit=`: oldest first; `next` is the cursor to go on with, the same one when nothing came."""
    after = _number(request.query_params.get("after") or "0", "invalid_cursor")
    limit = _number(request.query_params.get("limit") or str(_LIMIT), "invalid_limit")
    if not 1 <= limit <= _MOST:
        raise BankError(400, "invalid_limit")
    execution.look(world)
    rows = books.page(world.store, after, limit)
    last = rows[-1]["seq"] if rows else after
    return JSONResponse({"items": [books.as_shown(row) for row in rows], "next": str(last)})


def _number(text: str, code: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise BankError(400, code)
    return int(text)
