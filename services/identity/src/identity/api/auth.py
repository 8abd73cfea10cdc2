"""Registering, logging in and out, renewing tokens, and guests' one-time codes."""

from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import AfterValidator, Field, SecretStr

from common.http import Body, InVertical, Key, vertical
from contracts.ids import AccountId
from identity import usecases
from identity.api.shared import InContext, keyed_once, not_stored
from identity.domain.account import Role, scope_token
from identity.domain.guest import CODE_DIGITS
from identity.usecases import CodeRequest, Grant, Registration

router = APIRouter(prefix="/api/v1/auth", tags=["auth"], dependencies=[Depends(not_stored)])

EmailText = Annotated[str, Field(min_length=3, max_length=254, examples=["ana@example.com"])]
PhoneText = Annotated[str, Field(min_length=6, max_length=40, examples=["+54 9 351 512-3456"])]
"""A mobile number: an Argentine one gets the 9 when it was written without."""
NameText = Annotated[str, Field(min_length=1, max_length=80, examples=["Ana Gómez"])]


def _is_text(secret: SecretStr) -> SecretStr:
    """JSON can write half of a surrogate pair, which is no text and has no bytes; pydantic looks into `str` only."""
    secret.get_secret_value().encode()
    return secret


Secret = Annotated[SecretStr, AfterValidator(_is_text)]


class RegisterBody(Body):
    """`provider` asks for that role in the vertical of the request, beside `client`."""

    email: EmailText
    password: Secret = Field(min_length=10, max_length=128)
    name: NameText
    phone: PhoneText | None = None
    role: Literal["client", "provider"] = "client"


class LoginBody(Body):
    """What a registered account logs in with."""

    email: EmailText
    password: Secret = Field(min_length=1, max_length=128)


class RefreshBody(Body):
    """The refresh token that was given last."""

    refresh_token: Secret = Field(min_length=1, max_length=200)


class GuestBody(Body):
    """At least one contact; the phone, when given, is the one that gets the code."""

    name: NameText
    phone: PhoneText | None = None
    email: EmailText | None = None


class VerifyBody(Body):
    """The code as it arrived."""

    guest_id: UUID
    code: str = Field(pattern=rf"^[0-9]{{{CODE_DIGITS}}}$", examples=["012345"])


class GuestTokensReply(Body):
    """An access token alone: a guest proves the contact again. `expiresIn` is in seconds."""

    account_id: UUID
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int

    @classmethod
    def of(cls, grant: Grant) -> Self:
        return cls(account_id=grant.account_id, access_token=grant.access_token, expires_in=grant.expires_in)


class TokensReply(Body):
    """`expiresIn` is the access token's life in seconds; the refresh token is good for one use."""

    account_id: UUID
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int

    @classmethod
    def of(cls, grant: Grant) -> Self:
        return cls(
            account_id=grant.account_id,
            access_token=grant.access_token,
            refresh_token=grant.refresh_token or "",
            expires_in=grant.expires_in,
        )


class GuestReply(Body):
    """Which code the next call verifies."""

    guest_id: UUID


class AccountKept(Body):
    """What is remembered of an answer with tokens: a repeated request gets fresh ones."""

    account_id: UUID


def _kept(account_id: AccountId) -> AccountKept:
    return AccountKept(account_id=account_id)


def _guest(guest_id: AccountId) -> GuestReply:
    return GuestReply(guest_id=guest_id)


@router.post("/register", status_code=201)
async def register(body: RegisterBody, request: Request, context: InContext, key: Key) -> TokensReply:
    roles = (scope_token(Role.PROVIDER, vertical(request).id),) if body.role == "provider" else ()
    asked = Registration(body.email, body.password.get_secret_value(), body.name, body.phone, roles)
    return TokensReply.of(await usecases.register(context, asked, keyed_once(context, key, _kept, 201)))


@router.post("/login", responses={401: {}})
async def login(body: LoginBody, context: InContext) -> TokensReply:
    return TokensReply.of(await usecases.login(context, body.email, body.password.get_secret_value()))


@router.post("/refresh", responses={401: {}})
async def refresh(body: RefreshBody, context: InContext) -> TokensReply:
    return TokensReply.of(await usecases.refresh(context, body.refresh_token.get_secret_value()))


@router.post("/logout", status_code=204)
async def logout(body: RefreshBody, context: InContext) -> None:
    await usecases.logout(context, body.refresh_token.get_secret_value())


@router.post("/guest", status_code=202)
async def send_code(body: GuestBody, vertical: InVertical, context: InContext, key: Key) -> GuestReply:
    asked = CodeRequest(body.name, body.phone, body.email, vertical.id)
    return _guest(await usecases.send_code(context, asked, keyed_once(context, key, _guest, 202)))


@router.post("/guest/verify")
async def verify_code(body: VerifyBody, context: InContext, key: Key) -> GuestTokensReply:
    once = keyed_once(context, key, _kept, 200)
    return GuestTokensReply.of(await usecases.verify_code(context, AccountId(body.guest_id), body.code, once))
