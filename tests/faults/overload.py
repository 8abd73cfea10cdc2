"""Three times what the platform can do, for half a minute: who is turned away is told when to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bench.load import Load, Loader, Signer, load_process
from bench.recording import booking_on
from bench.shops import VERTICAL, new_agenda, publish
from tests.faults.site import Site

from common.verticals import load_verticals
from localstack.certificates import private_key_file
from localstack.environment import TOKEN_AUDIENCE, TOKEN_ISSUER
from localstack.scopes import role

TIMES: Final = 3.0
SECONDS: Final = 30.0
_PEAK_SECONDS: Final = 5.0
_USUAL: Final = 16
_CROWD: Final = 600
_CLIENTS: Final = 3000
_POLITE: Final = frozenset({"429", "503"})


@asynccontextmanager
async def overloaded(site: Site) -> AsyncIterator[None]:
    """Measure the peak, offer three times as much, stop; AssertionError when anybody was left without an answer."""
    agenda, context = new_agenda(), site.stack.context
    async with booking_on(
        context.role_dsn(role("booking", VERTICAL), "booking"), load_verticals(context.verticals)
    ) as (booking, _):
        await publish(booking, agenda)
    key_id = context.secrets.signing_key_ids[0]
    signer = Signer(key_id, private_key_file(site.stack.layout.keys, key_id).read_text(), TOKEN_ISSUER, TOKEN_AUDIENCE)
    with load_process(agenda, signer, _CLIENTS) as loader:
        await asyncio.to_thread(_press, loader, site.stack.ports["gateway"])
    yield


def _press(loader: Loader, port: int) -> None:
    peak = loader.run(Load(port, _USUAL, _PEAK_SECONDS))
    crowd = loader.run(Load(port, _CROWD, SECONDS, rate=TIMES * peak.per_second))
    impolite = {what: count for what, count in crowd.failures.items() if what not in _POLITE}
    if impolite:
        raise AssertionError(f"at {TIMES * peak.per_second:.0f} bookings a second: {impolite}")
    if not crowd.failures:
        raise AssertionError(f"nobody was turned away at {TIMES * peak.per_second:.0f} bookings a second")
