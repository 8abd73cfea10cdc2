"""Letters for tests: a Friday's turno of Ana's, in either vertical's words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from common.money import Money
from common.testing import VERTICALS_DIR
from common.verticals import load_verticals
from contracts.ids import AccountId, BookingId, NotificationId, PaymentId, PlaceId, ProviderId, ServiceId, new_id
from notifications.domain.booking import Booking, BookingStatus
from notifications.domain.dossier import Place
from notifications.domain.letter import Letter, Visit
from notifications.domain.notification import ABOUT_NO_BOOKING, CODES, TO_PAY, Channel, Template
from notifications.domain.payment import Payment, PaymentState, Ticket, Transfer
from notifications.usecases.context import niche

FRIDAY: Final = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
BOOKING: Final = BookingId(UUID("01930000-0000-7000-8000-000000000001"))
WITHDRAWALS: Final = frozenset({Template.WITHDRAWAL_CODE, Template.WITHDRAWN})
ADDRESSES: Final = {Channel.WHATSAPP: "+5493515551234", Channel.EMAIL: "ana.canario@example.com"}
_OF_MONEY: Final = {
    Template.REFUNDED,
    Template.APPROVED,
    Template.TO_PAY_NEXT,
    Template.AT_PLACE,
    Template.AT_PLACE_VOIDED,
    Template.CREDIT_GRANTED,
    Template.PAYOUT_SENT,
    Template.PAYOUT_FAILED,
    Template.DISPUTE_OPENED,
    Template.DOCUMENTS_DUE,
    Template.DISPUTE_WON,
    Template.DISPUTE_LOST,
    Template.TICKET_TO_PAY,
    Template.TRANSFER_TO_MAKE,
    Template.PAYMENT_RAN_OUT,
}
_TICKET: Final = Ticket(
    "pagofacil", "https://www.mercadopago.com/mla/payments/ticket/helper?payment_id=1", "8412905537"
)
_TRANSFER: Final = Transfer("2850590940090418135201", "barberpro.cobros", "BP7K2M9QXA")
_ELSEWHERE: Final = {
    Template.TICKET_TO_PAY: Payment(PaymentId(BOOKING), 2, PaymentState.OPEN, FRIDAY, ticket=_TICKET),
    Template.TRANSFER_TO_MAKE: Payment(PaymentId(BOOKING), 2, PaymentState.OPEN, FRIDAY, transfer=_TRANSFER),
}
_WITH_A_TERM: Final = {
    Template.DOCUMENTS_DUE,
    Template.REQUESTED,
    Template.APPROVED,
    Template.TO_PAY_NEXT,
    Template.OFFERED,
    *TO_PAY,
}
_OF_SERIES: Final = {Template.SERIES_CONFIRMED, Template.SERIES_RESCHEDULED, Template.SERIES_CANCELLED}
_NAMES: Final = {"barber": ("Barbería Don José", "Corte"), "psychology": ("Lic. Sofía Paz", None)}


def booking(**changes: Any) -> Booking:
    """Confirmed, this Friday from 15:30 to 16:00 in Córdoba."""
    made = Booking(
        id=BookingId(new_id()),
        version=2,
        status=BookingStatus.CONFIRMED,
        client_id=AccountId(new_id()),
        provider_id=ProviderId(new_id()),
        place_id=PlaceId(new_id()),
        service_id=ServiceId(new_id()),
        starts_at=FRIDAY,
        ends_at=FRIDAY + timedelta(minutes=30),
        zone="America/Argentina/Cordoba",
        confirmed=True,
    )
    return replace(made, **changes)


def letter(
    template: Template = Template.CONFIRMED,
    channel: Channel = Channel.WHATSAPP,
    vertical: str = "barber",
    **changes: Any,
) -> Letter:
    """A letter with whatever its template speaks of."""
    provider, service = _NAMES[vertical]
    visit = Visit(booking(id=BOOKING), provider, Place(provider, "San Martín 100", "Córdoba"), service)
    made = Letter(
        notification_id=NotificationId(new_id()),
        template=template,
        to=ADDRESSES[channel],
        name="Ana Canario",
        niche=niche(load_verticals(VERTICALS_DIR).get(vertical)),
        at=FRIDAY - timedelta(days=2),
        visit=None if template in ABOUT_NO_BOOKING else visit,
        refund=Money(300_050) if template in _OF_MONEY else None,
        until=FRIDAY + timedelta(days=10) if template in _WITH_A_TERM else None,
        code="482913" if template in CODES else None,
        tracking_code="ARR-ABC234" if template in WITHDRAWALS else None,
        withdraw_at=f"https://barberpro.com.ar/arrepentimiento?reserva={BOOKING}"
        if template in (Template.CONFIRMED, Template.SERIES_CONFIRMED)
        else None,
        payment=_ELSEWHERE.get(template),
        many=12 if template in _OF_SERIES else None,
    )
    return replace(made, **changes)
