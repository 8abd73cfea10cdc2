"""The caller's own account."""

from datetime import datetime
from typing import Self
from uuid import UUID

from fastapi import APIRouter, Depends

from common.http import Body, Caller
from identity import usecases
from identity.api.auth import NameText, PhoneText
from identity.api.shared import InContext, not_stored
from identity.domain.account import Kind
from identity.domain.attempts import Attempts
from identity.domain.session import SessionRecord
from identity.usecases import Change, Holdings, Profile

router = APIRouter(prefix="/api/v1/me", tags=["me"], dependencies=[Depends(not_stored)])


class ChangeBody(Body):
    """Only what is given changes; a phone of null is removed."""

    name: NameText | None = None
    phone: PhoneText | None = None


class MeReply(Body):
    """`roles` are scope tokens: `client`, `guest`, or `role:vertical`."""

    account_id: UUID
    kind: Kind
    name: str
    email: str | None
    phone: str | None
    roles: tuple[str, ...]
    locale: str
    created_at: datetime

    @classmethod
    def of(cls, profile: Profile) -> Self:
        account, contact = profile.account, profile.contact
        return cls(
            account_id=account.id,
            kind=account.kind,
            name=contact.name,
            email=contact.email,
            phone=contact.phone,
            roles=account.roles,
            locale=account.locale,
            created_at=account.created_at,
        )


class SessionReply(Body):
    """One login and what descended from it."""

    session_id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, record: SessionRecord) -> Self:
        return cls(
            session_id=record.id,
            created_at=record.created_at,
            last_used_at=record.last_used_at,
            expires_at=record.expires_at,
            revoked_at=record.revoked_at,
        )


class AttemptsReply(Body):
    """Failed logins that still count."""

    failures: int
    last_at: datetime | None
    locked_until: datetime | None

    @classmethod
    def of(cls, attempts: Attempts) -> Self:
        return cls(failures=attempts.failures, last_at=attempts.last_at, locked_until=attempts.locked_until)


class ExportReply(Body):
    """Everything that identity holds of a person; the newest 100 sessions."""

    account: MeReply
    sessions: tuple[SessionReply, ...]
    login_attempts: AttemptsReply | None
    codes_sent_at: tuple[datetime, ...]

    @classmethod
    def of(cls, held: Holdings) -> Self:
        return cls(
            account=MeReply.of(held.profile),
            sessions=tuple(SessionReply.of(record) for record in held.sessions),
            login_attempts=AttemptsReply.of(held.attempts) if held.attempts else None,
            codes_sent_at=tuple(held.codes_sent),
        )


@router.get("")
async def view(caller: Caller, context: InContext) -> MeReply:
    return MeReply.of(await usecases.view_profile(context, caller.account_id))


@router.patch("")
async def change(body: ChangeBody, caller: Caller, context: InContext) -> MeReply:
    asked = Change(frozenset(body.model_fields_set), body.name, body.phone)
    return MeReply.of(await usecases.change_profile(context, caller.account_id, asked))


@router.delete("", status_code=204)
async def erase(caller: Caller, context: InContext) -> None:
    await usecases.erase(context, caller.account_id)


@router.get("/export")
async def export(caller: Caller, context: InContext) -> ExportReply:
    return ExportReply.of(await usecases.export(context, caller.account_id))
