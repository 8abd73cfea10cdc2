"""From a row and an opened contact to a letter: in memory alone, for as long as one sending takes."""

from datetime import datetime
from typing import Final

from common.contacts import Contact
from common.verticals import Vertical
from contracts.ids import BookingId
from notifications import store
from notifications.clients.texts import what, where
from notifications.domain.calendar import Invite, invite
from notifications.domain.letter import Letter, Niche, Visit
from notifications.domain.notification import TO_PAY, Channel, Template
from notifications.usecases.context import niche

_WITH_INVITE: Final = frozenset({Template.CONFIRMED, Template.RESCHEDULED, Template.CANCELLED, Template.BELOW_MINIMUM})
_WITH_A_TERM: Final = frozenset(
    {Template.DOCUMENTS_DUE, Template.REQUESTED, Template.APPROVED, Template.TO_PAY_NEXT, Template.OFFERED, *TO_PAY}
)
_WITHDRAWABLE: Final = frozenset({Template.CONFIRMED, Template.SERIES_CONFIRMED})


def write_letter(
    vertical: Vertical, public_url: str, due: store.Due, contact: Contact, code: str | None, at: datetime
) -> Letter:
    """What the channel is given. A judged row has all that its template speaks of."""
    ours, names, visit = due.notification, niche(vertical), _visit(due)
    return Letter(
        notification_id=ours.id,
        template=ours.template,
        to=(contact.phone if ours.channel is Channel.WHATSAPP else contact.email) or "",
        name=contact.name,
        niche=names,
        at=at,
        visit=visit,
        refund=ours.refund,
        # Once the time to do what it asks for is over, nobody should get it.
        until=ours.expires_at if ours.template in _WITH_A_TERM else None,
        code=code,
        tracking_code=ours.tracking_code,
        withdraw_at=_withdraw_at(vertical.address(public_url), ours.booking_id)
        if ours.template in _WITHDRAWABLE
        else None,
        invite=_invite(visit, names, at) if visit is not None and ours.template in _WITH_INVITE else None,
        payment=due.dossier.payment,
        many=ours.many,
    )


def _withdraw_at(address: str, booking_id: BookingId | None) -> str:
    """With the booking's number filled in; whoever opens it still has to prove who it is."""
    return f"{address}/arrepentimiento?reserva={booking_id}"


def _visit(due: store.Due) -> Visit | None:
    known = due.dossier
    if known.booking is None or known.provider_name is None:
        return None
    return Visit(known.booking, known.provider_name, known.place, known.service_name)


def _invite(visit: Visit, names: Niche, at: datetime) -> Invite:
    summary = f"{what(visit, names.appointment)} con {visit.provider_name}"
    return invite(visit.booking, summary[0].upper() + summary[1:], where(visit), at)
