"""Money that the provider took itself, at the place. None of it goes through us: it only lessens the balance."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, Self
from uuid import UUID

from common.errors import Refusal
from common.money import Money
from contracts.ids import AccountId, BookingId, ProviderId

AtPlaceId = NewType("AtPlaceId", UUID)
MOST_PER_BOOKING = 20


class MoreThanOwed(Refusal):
    """More than what is left of the price."""


class TooManyAtPlace(Refusal):
    """That many were recorded for the booking already."""


class AlreadyVoided(Refusal):
    """It was taken back already."""


class AtPlaceMethod(StrEnum):
    """How it was handed over."""

    CASH = "cash"
    CARD = "card"
    TRANSFER = "transfer"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AtPlace:
    """One such payment; `recorded_by` is the owner's or operator's account. `version` counts what was published."""

    id: AtPlaceId
    version: int
    booking_id: BookingId
    provider_id: ProviderId
    client_id: AccountId
    amount: Money
    method: AtPlaceMethod
    recorded_by: AccountId
    recorded_at: datetime
    voided_at: datetime | None = None

    def voided(self, now: datetime) -> Self:
        """Taken back; AlreadyVoided the second time."""
        if self.voided_at is not None:
            raise AlreadyVoided
        return replace(self, version=self.version + 1, voided_at=now)
