"""A request that fits each operation's schema, so that what refuses it is the check that is meant."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from tests.security.operations import Operation

NOBODY: Final = "01999999-0000-7000-8000-000000000000"
"""An id that is nobody's."""
DAY: Final = "2031-03-03"
IDS: Final = {
    **dict.fromkeys(
        (
            "account_id",
            "provider_id",
            "providerId",
            "place_id",
            "resource_id",
            "staff_id",
            "service_id",
            "booking_id",
            "payment_id",
            "case_id",
            "at_place_id",
            "payout_id",
            "batch_id",
            "refund_id",
            "credit_id",
            "withdrawal_id",
            "time_off_id",
            "session_id",
            "series_id",
            "waitlist_id",
        ),
        NOBODY,
    ),
    "day": DAY,
    "dispute_id": "no-such-dispute",
    "movement_id": "no-such-movement",
    "slug": "no-such-slug",
    "token": "A" * 43,
}
"""What stands for each path parameter; an operation with another one fails until it is added."""
QUERIES: Final[Mapping[str, Mapping[str, str]]] = {
    "DELETE /api/v1/accounts/{account_id}/roles": {"role": "analyst", "vertical": "barber"},
    "GET /api/v1/providers": {"lat": "-31.4", "lon": "-64.2"},
    "GET /api/v1/availability": {"serviceId": NOBODY, "from": DAY, "to": DAY},
    "GET /api/v1/sessions": {"providerId": NOBODY, "from": DAY, "to": DAY},
    "GET /api/v1/availability/explain": {"serviceId": NOBODY, "startsAt": f"{DAY}T10:00:00-03:00"},
    "GET /api/v1/providers/{provider_id}/places/{place_id}/holidays": {"from": DAY, "to": DAY},
    "PUT /api/v1/providers/{provider_id}/staff/{staff_id}/schedule/days/{day}": {"placeId": NOBODY},
    "DELETE /api/v1/providers/{provider_id}/staff/{staff_id}/schedule/days/{day}": {"placeId": NOBODY},
    "GET /api/v1/payments": {"bookingId": NOBODY},
    "GET /api/v1/payments/at-place": {"bookingId": NOBODY},
    "GET /api/v1/payments/installments": {"bookingId": NOBODY, "bin": "450995"},
    "GET /api/v1/payments/search": {"bookingId": NOBODY},
    "GET /api/v1/withdrawal/{withdrawal_id}": {"trackingCode": "ARR-ABC234"},
    "POST /api/v1/webhooks/mercadopago": {"type": "payment", "data.id": "1"},
}
_PLACE: Final = {"name": "Local", "address": "Calle 1", "city": "Córdoba", "province": "X", "lat": -31.4, "lon": -64.2}
_PROVIDER: Final = "/api/v1/providers/{provider_id}"
_BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /api/v1/auth/register": {"email": "nadie@example.com", "password": "una clave larga", "name": "Nadie"},
    "POST /api/v1/auth/login": {"email": "nadie@example.com", "password": "otra clave larga"},
    "POST /api/v1/auth/refresh": {"refreshToken": "A" * 43},
    "POST /api/v1/auth/logout": {"refreshToken": "A" * 43},
    "POST /api/v1/auth/guest": {"name": "Nadie", "email": "nadie@example.com"},
    "POST /api/v1/auth/guest/verify": {"guestId": NOBODY, "code": "012345"},
    "PATCH /api/v1/me": {"name": "Nadie"},
    "POST /api/v1/accounts/{account_id}/roles": {"role": "analyst", "vertical": "barber"},
    "POST /api/v1/payments/cases/{case_id}/settle": {"outcome": "explained", "note": "visto"},
    "POST /api/v1/providers": {"displayName": "Casa de nadie"},
    f"PATCH {_PROVIDER}": {"displayName": "Casa tomada"},
    f"POST {_PROVIDER}/licences": {"profession": "Barbería", "jurisdiction": "X", "number": "MP 1"},
    f"POST {_PROVIDER}/places": _PLACE,
    f"PATCH {_PROVIDER}/places/{{place_id}}": {"name": "Tomado"},
    f"POST {_PROVIDER}/places/{{place_id}}/resources": {"kind": "chair", "name": "Sillón"},
    f"PATCH {_PROVIDER}/places/{{place_id}}/resources/{{resource_id}}": {"name": "Tomado"},
    f"POST {_PROVIDER}/staff": {"displayName": "Nadie", "placeIds": [NOBODY]},
    f"PATCH {_PROVIDER}/staff/{{staff_id}}": {"displayName": "Nadie"},
    f"PUT {_PROVIDER}/staff/{{staff_id}}/schedule": {"placeId": NOBODY, "weekly": []},
    f"PUT {_PROVIDER}/staff/{{staff_id}}/schedule/days/{{day}}": {"windows": []},
    f"POST {_PROVIDER}/staff/{{staff_id}}/time-off": {"starts": f"{DAY}T10:00", "ends": f"{DAY}T12:00"},
    f"PUT {_PROVIDER}/places/{{place_id}}/holidays/{{day}}": {"open": True},
    f"POST {_PROVIDER}/services": {"name": "Corte", "durationMinutes": 30, "price": 8000, "staffIds": [NOBODY]},
    f"PATCH {_PROVIDER}/services/{{service_id}}": {"price": 1},
    "POST /api/v1/bookings/cancel-day": {"providerId": NOBODY, "date": DAY},
    "POST /api/v1/bookings/{booking_id}/approve": {"startsAt": f"{DAY}T10:00:00-03:00"},
    "POST /api/v1/bookings/{booking_id}/reschedule": {"startsAt": f"{DAY}T10:00:00-03:00"},
    "POST /api/v1/bookings/by-link/{token}/reschedule": {"startsAt": f"{DAY}T10:00:00-03:00"},
    "POST /api/v1/bookings/series": {
        "serviceId": NOBODY,
        "startsAt": f"{DAY}T10:00:00-03:00",
        "rule": "FREQ=WEEKLY;COUNT=2",
    },
    "POST /api/v1/bookings/series/{series_id}/cancel": {"scope": "all", "bookingId": NOBODY},
    "POST /api/v1/bookings/series/{series_id}/reschedule": {
        "scope": "all",
        "bookingId": NOBODY,
        "startsAt": f"{DAY}T10:00:00-03:00",
    },
    "POST /api/v1/bookings": {"serviceId": NOBODY, "startsAt": f"{DAY}T10:00:00-03:00"},
    "POST /api/v1/sessions": {
        "serviceId": NOBODY,
        "startsAt": f"{DAY}T10:00:00-03:00",
        "staffId": NOBODY,
        "placeId": NOBODY,
        "seats": 8,
        "minimum": 2,
    },
    "POST /api/v1/sessions/{session_id}/cancel": {"reason": "closed"},
    "POST /api/v1/waitlist": {
        "serviceId": NOBODY,
        "from": f"{DAY}T10:00:00-03:00",
        "to": f"{DAY}T12:00:00-03:00",
    },
    "POST /api/v1/payments": {"bookingId": NOBODY},
    "POST /api/v1/payments/at-place": {"bookingId": NOBODY, "amount": 100, "method": "cash"},
    "PUT /api/v1/providers/{providerId}/payout-account": {
        "cbu": "0140339601630201381276",
        "cuit": "20055361682",
        "schedule": "weekly",
    },
    "POST /api/v1/payments/{payment_id}/refunds": {"reason": "goodwill"},
    "POST /api/v1/refunds/{refund_id}/done": {"movementId": "no-such-movement"},
    "POST /api/v1/payments/transfers/{movement_id}/match": {"paymentId": NOBODY},
    "POST /api/v1/credits": {"clientId": NOBODY, "amount": 100, "reason": "goodwill"},
    "POST /api/v1/withdrawal": {"bookingId": NOBODY, "email": "nadie@example.com"},
    "POST /api/v1/withdrawal/{withdrawal_id}/confirm": {"code": "012345"},
    "PUT /api/v1/notification-preferences": {"reminders": {"whatsapp": True, "email": True}},
    "POST /api/v1/analytics/session/start": {},
    "POST /api/v1/analytics/action": {"name": "view_provider"},
    "POST /api/v1/analytics/funnel": {"name": "search"},
    "POST /api/v1/monitoring/websocket/connections": {"connections": 3},
    "POST /api/v1/monitoring/webhook/payment": {"outcome": "ok"},
}


def body_of(operation: Operation) -> dict[str, Any] | None:
    """A body that its schema takes, with nobody else's contact in it; None where it has none."""
    if operation.body is None:
        return None
    body = dict(_BODIES[operation.name])
    return body | {"email": f"{uuid4().hex}@example.com"} if "email" in body else body
