"""What every event's data shares."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

EVERYBODY: Final = "everybody"
"""The owner of what every service publishes of itself."""


class Part(BaseModel):
    """A frozen piece of an event: camelCase on the wire; unknown fields are a newer writer's and are passed over."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Fact(Part):
    """Something that happened to one aggregate, with the aggregate's whole public state after it.

    `topic` names the fact and the Kafka topic; `version` is the aggregate's version, the envelope's `sequence`.
    """

    topic: ClassVar[str]
    owner: ClassVar[str]

    version: int

    @property
    def subject(self) -> UUID:
        """The aggregate's id: the record's key and the envelope's `subject`."""
        raise NotImplementedError

    @property
    def source(self) -> str:
        """The service that tells it."""
        return self.owner

    @property
    def is_tombstone(self) -> bool:
        """Whether the record goes out without a value, which erases its key from a compacted topic."""
        return False

    @classmethod
    def tombstone(cls, subject: UUID) -> Self:
        """What a record without a value says of `subject`; only compacted topics know it."""
        raise NotImplementedError

    def extra_headers(self) -> Mapping[str, str]:
        """Record headers beside the envelope's own."""
        return {}


class Amount(Part):
    """Money on the wire: integer minor units (centavos for ARS) and the ISO 4217 code."""

    minor: int
    currency: str = "ARS"


class Point(Part):
    """WGS 84, in degrees."""

    lat: float
    lon: float


class Cleanup(StrEnum):
    """What Kafka does with old records of a topic."""

    DELETE = "delete"
    COMPACT = "compact"
