"""The key that signs tokens is changed while people log in and ask every service; not one of them is refused.

By the steps of docs/runbooks/rotate-keys.md. Nobody waits a quarter of an hour here: that the former key's last token
has expired is the moment from which none is sent any more.
"""

from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import jwt
import pytest
from tests.faults.site import Site
from tests.security.minting import Mint
from tests.security.rotating import Rotation, Steady, problem_of
from tests.security.test_tokens import DOORS, refused
from tests.town.client import Call
from tests.town.people import Account
from tests.town.town import FOR_MINUTES, ON_STACK, Town

from common.testing import eventually
from localstack.certificates import ensure_signing_keys, private_key_file, public_key_file
from localstack.stack import Stack

pytestmark = [ON_STACK, FOR_MINUTES, pytest.mark.timeout(400)]
EVERYTHING: Final = "client provider:barber analyst:barber operator:*"
PER_SECOND: Final = 12.0
_LEARNT_SECONDS: Final = 40


class Clients:
    """Who goes on logging in and asking every service, with the tokens in hand."""

    def __init__(self, town: Town, account: Account, token: str) -> None:
        self.town, self.account, self.tokens = town, account, [token]
        self._turn = 0

    def load(self) -> Steady:
        asking = [partial(self._ask, service) for service in DOORS for _ in range(2)]
        return Steady([*asking, self._log_in], PER_SECOND)

    async def kid(self) -> str:
        """Which key signs a token that is given now."""
        answer = await self.town.people.try_to_log_in(self.account.contact)
        return str(jwt.get_unverified_header(answer.json()["accessToken"])["kid"])

    async def _ask(self, service: str) -> str | None:
        self._turn += 1
        token = self.tokens[self._turn % len(self.tokens)]
        answer = await self.town.gateway.send(Call("GET", DOORS[service], token=token))
        kid = jwt.get_unverified_header(token)["kid"]
        return problem_of(answer, f"{service} with {kid}")

    async def _log_in(self) -> str | None:
        answer = await self.town.people.try_to_log_in(self.account.contact)
        if (problem := problem_of(answer, "login")) is not None:
            return problem
        own = await self.town.gateway.send(Call("GET", "/api/v1/me", token=answer.json()["accessToken"]))
        return problem_of(own, "the token just given")


@pytest.fixture
async def account(town: Town) -> Account:
    return await town.people.client()


@pytest.fixture
async def rotation(town: Town, services: Mapping[str, httpx.AsyncClient], account: Account) -> AsyncIterator[Rotation]:
    """Afterwards the stack signs with its own key again, and everybody knows it."""
    rotation = Rotation(Site(town), town.stack.context.secrets)
    keys, former = town.stack.layout.keys, rotation.secrets
    aside = keys / "aside"
    aside.mkdir()
    try:
        yield rotation
    finally:
        for path in aside.iterdir():
            path.rename(keys / path.name)
        aside.rmdir()
        for kid in set(rotation.secrets.signing_key_ids) - set(former.signing_key_ids):
            private_key_file(keys, kid).unlink(missing_ok=True)
            public_key_file(keys, kid).unlink(missing_ok=True)
        rotation.secrets = former
        await rotation.replace_gateway_s_keys()
        await rotation.restart("identity")
        await taken_by_all(services, Mint.at(keys, former.signing_key_ids[0]).token(account.id, EVERYTHING))


def withdraw(stack: Stack, kid: str) -> None:
    """Identity will not find its private half any more."""
    path = private_key_file(stack.layout.keys, kid)
    path.rename(Path(path.parent) / "aside" / path.name)


async def taken_by_all(services: Mapping[str, httpx.AsyncClient], token: str) -> None:
    """Every service lets this token in; if its key is new there, the service asks identity."""
    for service in DOORS:

        async def taken(service: str = service) -> bool:
            return not refused(await ask(services, service, token))

        await eventually(taken, _LEARNT_SECONDS)


async def refused_by_all(services: Mapping[str, httpx.AsyncClient], mint: Mint, account: Account) -> None:
    """Every service refuses this key's good tokens; an unknown key has it ask identity before its 5 min are up."""
    token, unknown = mint.token(account.id, EVERYTHING), mint.token(header={"kid": "nobody-s"})
    for service in DOORS:

        async def is_refused(service: str = service) -> bool:
            await ask(services, service, unknown)
            return refused(await ask(services, service, token))

        await eventually(is_refused, _LEARNT_SECONDS)


async def ask(services: Mapping[str, httpx.AsyncClient], service: str, token: str) -> httpx.Response:
    return await services[service].get(DOORS[service], headers={"Authorization": f"Bearer {token}"})


async def test_a_signing_key_is_changed_without_a_refused_request_and_the_former_one_is_refused_in_the_end(
    town: Town, services: Mapping[str, httpx.AsyncClient], account: Account, rotation: Rotation
) -> None:
    keys = town.stack.layout.keys
    former, *others = rotation.secrets.signing_key_ids
    old, kid = Mint.at(keys, former), f"drill-{uuid4().hex[:8]}"
    first = old.token(account.id, EVERYTHING)
    clients = Clients(town, account, first)
    async with (load := clients.load()).running():
        # 1. Everybody who checks tokens learns the new key.
        second = new_key(keys, kid).token(account.id, EVERYTHING)
        rotation.change(signing_key_ids=(former, *others, kid))
        await rotation.replace_gateway_s_keys()
        await rotation.replace_api("identity")
        await taken_by_all(services, second)
        assert await clients.kid() == former
        # 2. It signs; tokens of both are about.
        rotation.change(signing_key_ids=(kid, *others, former))
        await rotation.replace_service("identity")
        assert await clients.kid() == kid
        clients.tokens.append(second)
        await load.more(4 * len(load.acts))
        # 3. The former one's last token has expired: it is withdrawn.
        clients.tokens.remove(first)
        withdraw(town.stack, former)
        rotation.change(signing_key_ids=(kid, *others))
        await rotation.replace_api("identity")
        await rotation.replace_gateway_s_keys()
        await refused_by_all(services, old, account)
        await load.more(2 * len(load.acts))
    assert load.wrong == []
    await counts_nowhere(town, first)
    assert await published(town) == {kid, *others}


def new_key(keys: Path, kid: str) -> Mint:
    ensure_signing_keys(keys, [kid])
    return Mint.at(keys, kid)


async def published(town: Town) -> set[str]:
    keys = (await town.gateway.ask(Call("GET", "/.well-known/jwks.json")))["keys"]
    return {key["kid"] for key in keys}


async def counts_nowhere(town: Town, token: str) -> None:
    through_the_gateway = [await town.gateway.send(Call("GET", DOORS[service], token=token)) for service in DOORS]
    assert [refused(answer) for answer in through_the_gateway] == [True] * len(DOORS)
