"""A service learns keys from identity, and forgets those that are withdrawn."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Response

from common.auth import TokenVerifier, keep_keys
from common.errors import Unauthenticated
from common.testing import AUDIENCE, ISSUER, Tokens, eventually
from contracts.ids import AccountId, new_id

PAUSE = 0.05


class Identity:
    """What publishes keys; down while `keys` is None."""

    def __init__(self, *keys: Tokens) -> None:
        self.keys: tuple[Tokens, ...] | None = keys
        self.asked = 0
        self.app = FastAPI()
        self.app.get("/jwks")(self._publish)

    async def _publish(self, response: Response) -> dict[str, Any]:
        self.asked += 1
        if self.keys is None:
            response.status_code = 503
            return {}
        return {"keys": [key for one in self.keys for key in one.jwks()["keys"]]}


@pytest.fixture
def port() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening


@asynccontextmanager
async def learning(identity: Identity, listening: socket.socket) -> AsyncIterator[TokenVerifier]:
    """A verifier that asks this identity, while the block runs."""
    server = uvicorn.Server(uvicorn.Config(identity.app, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve([listening]))
    verifier = TokenVerifier(ISSUER, AUDIENCE)
    keeping = asyncio.create_task(keep_keys(verifier, f"http://127.0.0.1:{listening.getsockname()[1]}/jwks", PAUSE))
    try:
        yield verifier
    finally:
        keeping.cancel()
        server.should_exit = True
        await asyncio.gather(keeping, serving, return_exceptions=True)


def takes(verifier: TokenVerifier, tokens: Tokens, who: AccountId) -> bool:
    try:
        return verifier.verify(tokens.bearer(who)["Authorization"].removeprefix("Bearer ")).account_id == who
    except Unauthenticated:
        return False


async def test_a_token_of_an_unknown_key_has_the_keys_fetched_again(port: socket.socket) -> None:
    old, new, who = Tokens("old"), Tokens("new"), AccountId(new_id())
    identity = Identity(old)
    async with learning(identity, port) as verifier:
        await eventually(lambda: verifier.ready)
        identity.keys = (old, new)
        await eventually(lambda: takes(verifier, new, who))
        assert takes(verifier, old, who)
        identity.keys = (new,)
        assert not takes(verifier, Tokens("nobody's"), who)
        await eventually(lambda: not takes(verifier, old, who))
        assert takes(verifier, new, who)


async def test_keys_are_asked_for_again_soon_when_identity_was_away(port: socket.socket) -> None:
    old, new, who = Tokens("old"), Tokens("new"), AccountId(new_id())
    identity = Identity(old)
    async with learning(identity, port) as verifier:
        await eventually(lambda: verifier.ready)
        identity.keys = None
        assert not takes(verifier, Tokens("nobody's"), who)
        await eventually(lambda: identity.asked >= 3)
        assert takes(verifier, old, who)
        identity.keys = (old, new)
        asked = identity.asked
        await eventually(lambda: identity.asked > asked)
        await eventually(lambda: takes(verifier, new, who))


def test_a_key_that_changed_under_its_id_is_learnt_and_its_tokens_are_forgotten() -> None:
    first, second, who = Tokens("same"), Tokens("same"), AccountId(new_id())
    verifier = TokenVerifier(ISSUER, AUDIENCE)
    verifier.learn(first.jwks())
    token = first.bearer(who)["Authorization"].removeprefix("Bearer ")
    assert verifier.verify(token).account_id == who
    verifier.learn(second.jwks())
    with pytest.raises(Unauthenticated):
        verifier.verify(token)
