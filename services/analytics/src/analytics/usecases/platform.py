"""How the whole platform is doing: each service asked every 5 s, its last answers kept in memory."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from analytics.clients import Prober
from analytics.domain.platform import Health, ServiceHealth, Uptime
from analytics.metrics import SERVICE_UP

_EVERY_SECONDS: Final = 5.0


class PlatformWatch:
    """What is known of each service. `targets` maps a name to the base URL of its API."""

    def __init__(self, targets: Mapping[str, str], prober: Prober, started_at: datetime) -> None:
        self._targets, self._prober = dict(targets), prober
        self._services = {name: ServiceHealth(started_at) for name in targets}
        self.started_at = started_at
        self.uptime = Uptime()
        """Of the whole: rounds in which every service was up."""

    @property
    def services(self) -> Mapping[str, ServiceHealth]:
        """By name, as of the last round."""
        return dict(self._services)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.ask_all()
            await asyncio.sleep(_EVERY_SECONDS)

    async def ask_all(self) -> None:
        """One round; a service that does not answer in time is down and holds up nobody's answer but its own."""
        await asyncio.gather(*(self._ask(name, url) for name, url in self._targets.items()))
        if self._services:
            self.uptime = self.uptime.after(all(one.health is Health.UP for one in self._services.values()))

    async def _ask(self, name: str, url: str) -> None:
        known = self._services[name].after(await self._prober.probe(url))
        self._services[name] = known
        SERVICE_UP.labels(name).set(known.health is Health.UP)
