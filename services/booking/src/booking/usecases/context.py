"""What booking's use cases are given beside the database."""

from dataclasses import dataclass, field

from common.service import Context


@dataclass(frozen=True)
class BookingContext(Context):
    """`link_key` signs guests' links; `public_url` is where clients reach the product."""

    link_key: bytes = field(repr=False)
    public_url: str
    paused: frozenset[str] = frozenset()
    """Verticals that take no new bookings for now."""
