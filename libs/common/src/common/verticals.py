"""Verticals: the niches, as data. Every `verticals/<name>/vertical.yaml` is validated when it is loaded."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit, urlunsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from common.errors import UnknownVertical

FILE: Final = "vertical.yaml"


class InvalidVerticalError(ValueError):
    """A vertical's file does not say what it must."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Terms(_Data):
    """What people and things are called in this niche, singular, es-AR."""

    client: str
    provider: str
    appointment: str
    place: str


class ServiceTemplate(_Data):
    """A service a new provider is offered to start from."""

    code: str
    name: str
    duration_minutes: int = Field(gt=0, le=720)
    buffer_before_minutes: int = Field(default=0, ge=0, le=240)
    buffer_after_minutes: int = Field(default=0, ge=0, le=240)
    needs: tuple[str, ...] = ()


class BookingRules(_Data):
    """When a slot may be taken. `hold_minutes` is how long an unpaid one is kept.

    Where the provider accepts each booking: it has `approval_hours` for that, and then its client has
    `hold_after_approval_minutes` to pay. A slot that came free is kept `offer_minutes` for whoever waited for it.
    """

    slot_step_minutes: int = Field(gt=0, le=240)
    minimum_notice_minutes: int = Field(ge=0)
    horizon_days: int = Field(gt=0, le=400)
    hold_minutes: int = Field(ge=5, le=120)
    max_open_holds_per_client: int = Field(gt=0, le=50)
    approval_hours: int = Field(default=24, gt=0, le=336)
    hold_after_approval_minutes: int = Field(default=720, ge=5, le=10_080)
    offer_minutes: int = Field(default=60, ge=5, le=1_440)


class SeriesRules(_Data):
    """What a series asks for: what is due of its `first`, of `each` so many hours before it starts, or `all` of it."""

    charge: Literal["first", "each", "all"] = "first"
    pay_hours_before: int = Field(default=48, gt=0, le=336)


class CancellationStep(_Data):
    """With at least `notice_hours` of notice the client gets back `refund_percent` of what was paid."""

    notice_hours: int = Field(ge=0)
    refund_percent: int = Field(ge=0, le=100)


class NoShowFee(_Data):
    """Whoever does not come is charged `fee_percent` of the price; what was paid covers it first."""

    fee_percent: int = Field(default=100, ge=0, le=100)


class CancellationPolicy(_Data):
    """Steps from the longest notice to the shortest; the whole is kept on each booking under its `version`.

    Its client may move a booking `max_reschedules` times, until `reschedule_notice_hours` before it starts.
    """

    version: str
    steps: tuple[CancellationStep, ...]
    no_show: NoShowFee = NoShowFee()
    max_reschedules: int = Field(default=2, ge=0, le=50)
    reschedule_notice_hours: int = Field(default=0, ge=0, le=336)

    @model_validator(mode="after")
    def _from_long_to_short(self) -> "CancellationPolicy":
        hours = [step.notice_hours for step in self.steps]
        if hours != sorted(hours, reverse=True) or len(set(hours)) != len(hours):
            raise ValueError("steps go from the longest notice to the shortest")
        return self


class Deposit(_Data):
    """What a service asks for in advance unless it says otherwise."""

    kind: str = Field(pattern="^(none|fixed|percent|whole)$")
    value: int = Field(default=0, ge=0)


class Commission(_Data):
    """What the platform keeps of what a booking brings: `bps` of it, and VAT of `vat_bps` on that; basis points."""

    bps: int = Field(default=0, ge=0, le=5000)
    vat_bps: int = Field(default=2100, ge=0, le=2700)


class Licence(_Data):
    """Whether a professional needs a licence (matrícula) before being listed."""

    required: bool
    name: str | None = None


class Privacy(_Data):
    """Whether the niche handles health data, and what a message may say."""

    sensitive: bool
    messages_name_service: bool


class Channels(_Data):
    """Channels for confirmations and reminders, in order of preference; reminder lead times in hours."""

    confirmations: tuple[str, ...]
    reminder_hours: tuple[int, ...] = ()


class Search(_Data):
    """Bounds of the search near a point, in kilometres."""

    default_radius_km: float = Field(gt=0)
    max_radius_km: float = Field(gt=0)


class Vertical(_Data):
    """One niche, whole. `hosts` are the names under which the gateway serves it."""

    id: str = Field(pattern="^[a-z][a-z0-9_]{1,30}$")
    version: int
    name: str
    hosts: tuple[str, ...]
    terms: Terms
    licence: Licence
    services: tuple[ServiceTemplate, ...]
    booking: BookingRules
    series: SeriesRules = SeriesRules()
    cancellation: CancellationPolicy
    deposit: Deposit
    commission: Commission = Commission()
    privacy: Privacy
    channels: Channels
    search: Search
    texts: Mapping[str, str] = {}

    def address(self, public_url: str) -> str:
        """Where this niche's people are sent, without a slash at the end.

        `public_url` is one address for all niches; of this one's hosts the first counts that is that address's or lies
        below it. Where there is none, all niches are reached at the one.
        """
        one = urlsplit(public_url.rstrip("/"))
        name = one.hostname or ""
        found = next((host for host in self.hosts if host == name or host.endswith(f".{name}")), name)
        return urlunsplit(one._replace(netloc=f"{found}:{one.port}" if one.port else found))


class Verticals:
    """The verticals a process knows, by name."""

    def __init__(self, verticals: Mapping[str, Vertical]) -> None:
        self._verticals = dict(verticals)

    def get(self, name: str) -> Vertical:
        """UnknownVertical when there is no such niche."""
        try:
            return self._verticals[name]
        except KeyError:
            raise UnknownVertical from None

    def names(self) -> tuple[str, ...]:
        return tuple(self._verticals)

    def __contains__(self, name: object) -> bool:
        return name in self._verticals

    def __iter__(self) -> Iterator[Vertical]:
        return iter(self._verticals.values())


def load_verticals(folder: Path) -> Verticals:
    """Every vertical below `folder`; InvalidVerticalError names the file and the field."""
    found = {}
    for path in sorted(folder.glob(f"*/{FILE}")):
        try:
            vertical = Vertical.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (ValidationError, yaml.YAMLError) as error:
            raise InvalidVerticalError(f"{path.parent.name}/{FILE}: {error}") from None
        if vertical.id != path.parent.name:
            raise InvalidVerticalError(f"{path.parent.name}/{FILE}: id is {vertical.id!r}")
        found[vertical.id] = vertical
    if not found:
        raise InvalidVerticalError(f"no */{FILE} in {folder.name}")
    return Verticals(found)
