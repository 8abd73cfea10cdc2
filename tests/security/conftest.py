"""What the attacks need beside the town: a hand at the signing keys, and each service's own door."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

import httpx
import pytest
from tests.security.minting import Mint
from tests.town.client import BARBER
from tests.town.town import Town

from localstack.ports import HOST
from localstack.programs import SERVICES
from localstack.stack import Stack

_SECONDS = 20.0


@pytest.fixture(scope="session")
def mint(stack: Stack) -> Mint:
    """Tokens as identity gives them, and as it never would."""
    return Mint.at(stack.context.layout.keys, stack.context.secrets.signing_key_ids[0])


@pytest.fixture(scope="session")
async def services(town: Town) -> AsyncIterator[Mapping[str, httpx.AsyncClient]]:
    """Each service behind the gateway's back, asked in the barbers' vertical."""
    ports = town.stack.context.ports
    async with AsyncExitStack() as clients:
        yield {
            name: await clients.enter_async_context(
                httpx.AsyncClient(
                    base_url=f"http://{HOST}:{ports[f'{name}-api']}",
                    headers={"X-Vertical": BARBER},
                    timeout=_SECONDS,
                    trust_env=False,
                )
            )
            for name in SERVICES
        }
