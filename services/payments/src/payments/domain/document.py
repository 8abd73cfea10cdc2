"""Documents for a dispute: what the provider sends to show that the service was rendered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from common.errors import BodyTooLarge, Refusal
from payments.domain.dispute import Dispute, DisputeId, DisputeStatus

DocumentId = NewType("DocumentId", UUID)
MOST_FILES: Final = 10
MOST_BYTES: Final = 1024 * 1024
"""Of one file, as the gateway lets it through; ten of them are what MercadoPago takes."""


class DocumentsTooLate(Refusal):
    """The time to send documents for this dispute is over."""


class DocumentsNotWanted(Refusal):
    """Nobody asks for documents in this dispute now."""


class TooManyDocuments(Refusal):
    """A dispute has at most ten documents."""


class UnknownDocument(Refusal):
    """The file is no PDF, PNG or JPEG."""


class MediaType(StrEnum):
    """What MercadoPago takes."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"


_BEGINNINGS: Final = {
    b"%PDF-": MediaType.PDF,
    b"\x89PNG\r\n\x1a\n": MediaType.PNG,
    b"\xff\xd8\xff": MediaType.JPEG,
}
_ENDINGS: Final = {MediaType.PDF: "pdf", MediaType.PNG: "png", MediaType.JPEG: "jpg"}


class DocumentStatus(StrEnum):
    """`sent` may or may not have arrived; of an `accepted` or `refused` one the bytes are gone."""

    WAITING = "waiting"
    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Document:
    """One file. Its name is ours: what the sender calls it may name a person."""

    id: DocumentId
    dispute_id: DisputeId
    media_type: MediaType
    content: bytes

    @property
    def name(self) -> str:
        return f"{self.id}.{_ENDINGS[self.media_type]}"


def kind_of(content: bytes) -> MediaType:
    """Told by its first bytes, whatever the sender says. UnknownDocument for anything else."""
    for beginning, media_type in _BEGINNINGS.items():
        if content.startswith(beginning):
            return media_type
    raise UnknownDocument


def must_take(dispute: Dispute, content: bytes, known: int, now: datetime) -> None:
    """Whether this file, one more than `known`, is taken: a named refusal when not."""
    if len(content) > MOST_BYTES:
        raise BodyTooLarge
    if dispute.deadline is not None and now >= dispute.deadline:
        raise DocumentsTooLate
    if dispute.status is not DisputeStatus.DOCUMENTS_DUE:
        raise DocumentsNotWanted
    if known >= MOST_FILES:
        raise TooManyDocuments
