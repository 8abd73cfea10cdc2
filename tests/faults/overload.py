"""Three times what the platform can do, for half a minute: who is turned away is told when to come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bench.load import Load, Loader, Outcome, load_process
from bench.orders import Signer
from bench.recording import booking_on
from bench.shops import VERTICAL, new_agenda, publish
from tests.faults.site import Site
from tests.faults.strike import prove

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
_OFFERED: Final = 0.9
# As bench/load.py counts them: without Retry-After they are called otherwise.
_POLITE: Final = frozenset({"429", "503"})


@asynccontextmanager
async def overloaded(site: Site) -> AsyncIterator[None]:
    """Measure the peak, offer three times as much, stop: everybody is served or told when to come back."""
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
    wanted = Load(port, _CROWD, SECONDS, rate=TIMES * peak.per_second)
    endure(wanted, loader.run(wanted))


def endure(wanted: Load, crowd: Outcome) -> None:
    """DidNotStrike when less was offered than was wanted or all was taken, AssertionError when one was let down."""
    rate = f"{wanted.rate or 0:.0f} bookings a second"
    due = (wanted.rate or 0) * wanted.seconds
    prove(crowd.sent >= _OFFERED * due, f"{crowd.sent} bookings were offered where {rate} make {due:.0f}")
    prove(crowd.failures, f"nobody was turned away at {rate}")
    let_down = {what: count for what, count in crowd.failures.items() if what not in _POLITE}
    if let_down:
        raise AssertionError(f"at {rate}: {let_down}")
