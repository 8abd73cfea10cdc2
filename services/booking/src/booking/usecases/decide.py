"""Whether a session takes place is decided at its time: the row is the timer. What was called off is finished here."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from booking import store
from booking.domain.session import GroupSession, SessionStatus
from booking.usecases.sessions import call_seats_off, end_session
from common.due import OneByOne, settle_due
from common.service import Context
from common.uow import Work
from contracts.ids import SessionId

log = structlog.get_logger()
_BATCH: Final = 5
_PUT_OFF: Final = timedelta(minutes=1)


async def decide_sessions(context: Context, scope: str) -> int:
    """Call off those with too few sure seats, with all money back; 50 seats of each in a transaction."""
    apart = OneByOne(
        partial(_find_due, context, scope), partial(_decide_one, context, scope), partial(_put_off, context, scope)
    )
    return await settle_due("decide_sessions", partial(_decide_batch, context, scope), apart)


async def _decide_batch(context: Context, scope: str) -> int:
    async with context.uow.begin(scope) as work:
        due = await store.lock_due_sessions(work, _BATCH)
        for session in due:
            await _decide(work, session)
    return len(due)


async def _find_due(context: Context, scope: str) -> Sequence[SessionId]:
    async with context.uow.read(scope) as session:
        return await store.find_due_sessions(session, _BATCH)


async def _decide_one(context: Context, scope: str, session_id: SessionId) -> None:
    async with context.uow.begin(scope) as work:
        session = await store.lock_due_session(work, session_id)
        if session is not None:
            await _decide(work, session)


async def _put_off(context: Context, scope: str, session_id: SessionId) -> None:
    async with context.uow.begin(scope) as work:
        await store.put_off_session(work, session_id, _PUT_OFF)


async def _decide(work: Work, session: GroupSession) -> None:
    open_till_now = session.status is SessionStatus.OPEN
    if open_till_now:
        session = session.decide(await store.count_sure(work, session.id), await work.now())
        if session.status is SessionStatus.OPEN:
            await store.save_session(work, session)
            return
        await end_session(work, session)
        log.info("session.below_minimum", session_id=str(session.id))
    # Whoever would have given it has time for somebody else.
    await call_seats_off(work, session, None, opens=open_till_now)
