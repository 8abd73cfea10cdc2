"""Accounts, for operators."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from common.auth import Principal
from common.http import Body, Caller, Key, once
from contracts.ids import AccountId
from identity import usecases
from identity.api.shared import InContext
from identity.domain.account import EVERYWHERE, Account, Role

router = APIRouter(prefix="/api/v1/accounts", tags=["accounts"])
VerticalName = Annotated[str, Field(max_length=40, examples=["barber"])]


class RoleBody(Body):
    """`vertical` is one, or `*`: an operator's always, an analyst's sometimes."""

    role: Role
    vertical: VerticalName


class RolesReply(Body):
    """What the account's next token will say."""

    account_id: UUID
    roles: tuple[str, ...]

    @classmethod
    def of(cls, account: Account) -> Self:
        return cls(account_id=account.id, roles=account.roles)


@router.post("/{account_id}/roles")
async def give(account_id: UUID, body: RoleBody, caller: Caller, context: InContext, key: Key) -> RolesReply:
    _check_operator(caller)
    remembered = once(key, RolesReply.of, 200)
    account = await usecases.give_role(
        context, AccountId(account_id), body.role, body.vertical, caller.account_id, remembered
    )
    return RolesReply.of(account)


@router.delete("/{account_id}/roles")
async def take(
    account_id: UUID, role: Role, vertical: Annotated[VerticalName, Query()], caller: Caller, context: InContext
) -> RolesReply:
    _check_operator(caller)
    account = await usecases.take_role(context, AccountId(account_id), role, vertical, caller.account_id)
    return RolesReply.of(account)


def _check_operator(caller: Principal) -> None:
    caller.must_be(EVERYWHERE, Role.OPERATOR)
