"""What is shown of a provider, and to whom."""

from dataclasses import dataclass

from providers.domain.provider import Provider
from providers.domain.schedule import Schedule
from providers.domain.service import Service


@dataclass(frozen=True, slots=True)
class Profile:
    """A provider with its offer. `inside` is the view of its owner and of operators: licences, accounts, and what is
    withdrawn."""

    provider: Provider
    services: tuple[Service, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    inside: bool = False
