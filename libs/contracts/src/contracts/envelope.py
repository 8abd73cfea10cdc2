"""The record on the wire: CloudEvents 1.0, JSON format, structured mode, with three extensions of ours.

Extensions: `vertical` (which niche; `*` is shared by all), `sequence` (the aggregate's version), `traceparent` (W3C
trace context). `ce_id`, `ce_type`, `ce_vertical` also stand in the record's headers, so that a consumer can skip a
record without decoding it.
Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.base import Fact
from contracts.ids import EventId, instant_of
from contracts.registry import FACTS

SHARED = "*"
F_co = TypeVar("F_co", bound=Fact, covariant=True)


class MalformedEventError(ValueError):
    """A record that is no event of the catalogue; the text never quotes the record's content."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an event says of itself beside its data."""

    id: EventId
    type: str
    subject: UUID
    vertical: str


class UnreadableDataError(MalformedEventError):
    """The envelope is sound and the data fits no version known here: a newer writer's new value, or a fault."""

    def __init__(self, text: str, envelope: Envelope) -> None:
        super().__init__(text)
        self.envelope = envelope


@dataclass(frozen=True, slots=True)
class Event(Generic[F_co]):
    """One fact as received or about to be sent. `time` is an aware UTC instant."""

    id: EventId
    vertical: str
    time: datetime
    data: F_co
    traceparent: str | None = None

    @property
    def type(self) -> str:
        return self.data.topic

    @property
    def subject(self) -> UUID:
        return self.data.subject

    @property
    def sequence(self) -> int:
        return self.data.version


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore")

    specversion: str
    id: EventId
    source: str
    type: str
    subject: UUID
    time: datetime
    vertical: str
    sequence: int
    datacontenttype: str = "application/json"
    traceparent: str | None = None
    data: object


def encode(event: Event[Fact]) -> bytes | None:
    """The structured-mode JSON of an event; None for one that erases its key from a compacted topic."""
    if event.data.is_tombstone:
        return None
    record = _Record(
        specversion="1.0",
        id=event.id,
        source=f"/services/{event.data.source}",
        type=event.type,
        subject=event.subject,
        time=event.time,
        vertical=event.vertical,
        sequence=event.sequence,
        traceparent=event.traceparent,
        data=event.data.model_dump(mode="json", by_alias=True),
    )
    return record.model_dump_json(exclude_none=True).encode()


def headers(event: Event[Fact]) -> dict[str, str]:
    """The record headers a consumer may decide on before it decodes the value."""
    own = {"ce_id": str(event.id), "ce_type": event.type, "ce_vertical": event.vertical}
    return own | dict(event.data.extra_headers())


def decode(value: bytes) -> Event[Fact]:
    """The event in a record's value; MalformedEventError for anything that is not one of the catalogue.

    UnreadableDataError, which is one, when only the data is at fault: it says whose event that is.
    """
    try:
        record = _Record.model_validate_json(value)
        instant_of(record.id)
        model = FACTS[record.type]
    except KeyError:
        raise MalformedEventError("unknown event type") from None
    except ValidationError as error:
        raise MalformedEventError(_invalid(error)) from None
    except ValueError:
        raise MalformedEventError("the event id is not a UUIDv7") from None
    try:
        data = model.model_validate(record.data)
    except ValidationError as error:
        envelope = Envelope(record.id, record.type, record.subject, record.vertical)
        raise UnreadableDataError(_invalid(error), envelope) from None
    if data.subject != record.subject:
        raise MalformedEventError("subject differs from the data's own id")
    return Event(id=record.id, vertical=record.vertical, time=record.time, data=data, traceparent=record.traceparent)


def decode_tombstone(key: bytes, headers_: Mapping[str, bytes]) -> Event[Fact]:
    """The event behind a record without a value; MalformedEventError where the topic knows no tombstones."""
    try:
        event_id = EventId(UUID(header(headers_, "ce_id") or ""))
        time = instant_of(event_id)
        data = FACTS[header(headers_, "ce_type") or ""].tombstone(UUID(key.decode()))
    except (KeyError, ValueError, NotImplementedError):
        raise MalformedEventError("a record without a value") from None
    return Event(id=event_id, vertical=header(headers_, "ce_vertical") or SHARED, time=time, data=data)


def _invalid(error: ValidationError) -> str:
    """Which fields, without quoting them."""
    where = ", ".join(".".join(map(str, item["loc"])) or "(record)" for item in error.errors()[:5])
    return f"{error.error_count()} invalid fields: {where}"


def header(headers_: Mapping[str, bytes], name: str) -> str | None:
    """One header as text, or None."""
    value = headers_.get(name)
    return value.decode("ascii", "replace") if value is not None else None
