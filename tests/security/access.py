"""Who may call what: one line per operation. A route that is not here fails test_functions.py.

Whose objects one may touch with a call is another question: `PARTIES` and `OWNER` get 404 for what is not theirs.
"""

from enum import Enum
from typing import Final


class Access(Enum):
    """Who gets past the door."""

    ANYBODY = "without a token"
    SIGNED_IN = "any account, for what is its own"
    PARTIES = "any account, for bookings, payments and figures that it is a party to"
    OWNER = "whoever has the role `provider` in this vertical, for the provider it owns"
    INSIDERS = "whoever has the role `provider` or `staff` in this vertical, for the provider it works for; operators"
    FOLLOWERS = "analysts of this vertical, and operators"
    OPERATOR = "operators"


class Kind(Enum):
    """Who asks, and the scope of its token; None has none. The vertical asked in is barber."""

    VISITOR = None
    CLIENT = "client"
    GUEST = "guest"
    PROFESSIONAL = "client provider:barber"
    STAFF = "client staff:barber"
    ANALYST = "client analyst:barber"
    OPERATOR = "client operator:*"
    PROFESSIONAL_ELSEWHERE = "client provider:psychology"
    ANALYST_ELSEWHERE = "client analyst:psychology"


LETS_IN: Final = {
    Access.ANYBODY: set(Kind),
    Access.SIGNED_IN: set(Kind) - {Kind.VISITOR},
    Access.PARTIES: set(Kind) - {Kind.VISITOR},
    Access.OWNER: {Kind.PROFESSIONAL},
    Access.INSIDERS: {Kind.PROFESSIONAL, Kind.STAFF, Kind.OPERATOR},
    Access.FOLLOWERS: {Kind.ANALYST, Kind.OPERATOR},
    Access.OPERATOR: {Kind.OPERATOR},
}

_PROVIDER: Final = "/api/v1/providers/{provider_id}"
_RESOURCES: Final = f"{_PROVIDER}/places/{{place_id}}/resources"

ACCESS: Final = {
    # identity
    "POST /api/v1/auth/register": Access.ANYBODY,
    "POST /api/v1/auth/login": Access.ANYBODY,
    "POST /api/v1/auth/refresh": Access.ANYBODY,
    "POST /api/v1/auth/logout": Access.ANYBODY,
    "POST /api/v1/auth/guest": Access.ANYBODY,
    "POST /api/v1/auth/guest/verify": Access.ANYBODY,
    "GET /api/v1/me": Access.SIGNED_IN,
    "PATCH /api/v1/me": Access.SIGNED_IN,
    "DELETE /api/v1/me": Access.SIGNED_IN,
    "GET /api/v1/me/export": Access.SIGNED_IN,
    "POST /api/v1/accounts/{account_id}/roles": Access.OPERATOR,
    "DELETE /api/v1/accounts/{account_id}/roles": Access.OPERATOR,
    "GET /.well-known/jwks.json": Access.ANYBODY,
    # providers
    "GET /api/v1/providers": Access.ANYBODY,
    "POST /api/v1/providers": Access.OWNER,
    "GET /api/v1/providers/mine": Access.OWNER,
    "GET /api/v1/providers/by-slug/{slug}": Access.ANYBODY,
    "GET /api/v1/verticals/current": Access.ANYBODY,
    f"GET {_PROVIDER}": Access.ANYBODY,
    f"PATCH {_PROVIDER}": Access.OWNER,
    f"POST {_PROVIDER}/licences": Access.OWNER,
    f"POST {_PROVIDER}/verify": Access.OPERATOR,
    f"POST {_PROVIDER}/places": Access.OWNER,
    f"PATCH {_PROVIDER}/places/{{place_id}}": Access.OWNER,
    f"DELETE {_PROVIDER}/places/{{place_id}}": Access.OWNER,
    f"POST {_RESOURCES}": Access.OWNER,
    f"PATCH {_RESOURCES}/{{resource_id}}": Access.OWNER,
    f"DELETE {_RESOURCES}/{{resource_id}}": Access.OWNER,
    f"POST {_PROVIDER}/staff": Access.OWNER,
    f"PATCH {_PROVIDER}/staff/{{staff_id}}": Access.OWNER,
    f"DELETE {_PROVIDER}/staff/{{staff_id}}": Access.OWNER,
    f"GET {_PROVIDER}/staff/{{staff_id}}/schedule": Access.ANYBODY,
    f"PUT {_PROVIDER}/staff/{{staff_id}}/schedule": Access.OWNER,
    f"PUT {_PROVIDER}/staff/{{staff_id}}/schedule/days/{{day}}": Access.OWNER,
    f"DELETE {_PROVIDER}/staff/{{staff_id}}/schedule/days/{{day}}": Access.OWNER,
    f"GET {_PROVIDER}/staff/{{staff_id}}/time-off": Access.INSIDERS,
    f"POST {_PROVIDER}/staff/{{staff_id}}/time-off": Access.INSIDERS,
    f"DELETE {_PROVIDER}/staff/{{staff_id}}/time-off/{{time_off_id}}": Access.INSIDERS,
    f"GET {_PROVIDER}/places/{{place_id}}/holidays": Access.ANYBODY,
    f"PUT {_PROVIDER}/places/{{place_id}}/holidays/{{day}}": Access.OWNER,
    f"POST {_PROVIDER}/services": Access.OWNER,
    f"PATCH {_PROVIDER}/services/{{service_id}}": Access.OWNER,
    # booking; whoever holds a booking's link is let in by it
    "GET /api/v1/availability": Access.ANYBODY,
    "GET /api/v1/availability/explain": Access.ANYBODY,
    "POST /api/v1/bookings": Access.SIGNED_IN,
    "GET /api/v1/bookings": Access.SIGNED_IN,
    "GET /api/v1/bookings/{booking_id}": Access.PARTIES,
    "POST /api/v1/bookings/cancel-day": Access.PARTIES,
    "GET /api/v1/bookings/{booking_id}/cancellation": Access.PARTIES,
    "POST /api/v1/bookings/{booking_id}/cancel": Access.PARTIES,
    "POST /api/v1/bookings/{booking_id}/reschedule": Access.PARTIES,
    "POST /api/v1/bookings/{booking_id}/accept": Access.PARTIES,
    "POST /api/v1/bookings/{booking_id}/approve": Access.PARTIES,
    "POST /api/v1/bookings/{booking_id}/decline": Access.PARTIES,
    "POST /api/v1/bookings/{booking_id}/check-in": Access.PARTIES,
    "POST /api/v1/bookings/{booking_id}/complete": Access.PARTIES,
    "POST /api/v1/bookings/{booking_id}/no-show": Access.PARTIES,
    "POST /api/v1/bookings/series": Access.SIGNED_IN,
    "GET /api/v1/bookings/series/{series_id}": Access.PARTIES,
    "POST /api/v1/bookings/series/{series_id}/cancel": Access.PARTIES,
    "POST /api/v1/bookings/series/{series_id}/reschedule": Access.PARTIES,
    "POST /api/v1/sessions": Access.PARTIES,
    "GET /api/v1/sessions": Access.ANYBODY,
    "GET /api/v1/sessions/{session_id}": Access.ANYBODY,
    "POST /api/v1/sessions/{session_id}/cancel": Access.PARTIES,
    "GET /api/v1/bookings/by-link/{token}": Access.ANYBODY,
    "GET /api/v1/bookings/by-link/{token}/cancellation": Access.ANYBODY,
    "POST /api/v1/bookings/by-link/{token}/cancel": Access.ANYBODY,
    "POST /api/v1/bookings/by-link/{token}/reschedule": Access.ANYBODY,
    "POST /api/v1/bookings/by-link/{token}/accept": Access.ANYBODY,
    "POST /api/v1/waitlist": Access.SIGNED_IN,
    "GET /api/v1/waitlist": Access.SIGNED_IN,
    "DELETE /api/v1/waitlist/{waitlist_id}": Access.PARTIES,
    # payments; webhooks are let in by their signature
    "POST /api/v1/payments": Access.SIGNED_IN,
    "GET /api/v1/payments": Access.PARTIES,
    "GET /api/v1/payments/methods": Access.ANYBODY,
    "GET /api/v1/payments/installments": Access.SIGNED_IN,
    "GET /api/v1/payments/{payment_id}": Access.PARTIES,
    "POST /api/v1/payments/{payment_id}/refunds": Access.PARTIES,
    "GET /api/v1/payments/{payment_id}/refunds": Access.PARTIES,
    "POST /api/v1/refunds/{refund_id}/approve": Access.OPERATOR,
    "POST /api/v1/refunds/{refund_id}/reject": Access.OPERATOR,
    "POST /api/v1/refunds/{refund_id}/done": Access.OPERATOR,
    "POST /api/v1/credits": Access.OPERATOR,
    "GET /api/v1/credits": Access.SIGNED_IN,
    "POST /api/v1/credits/{credit_id}/approve": Access.OPERATOR,
    "POST /api/v1/credits/{credit_id}/reject": Access.OPERATOR,
    "POST /api/v1/withdrawal": Access.ANYBODY,
    "GET /api/v1/withdrawal/{withdrawal_id}": Access.ANYBODY,
    "POST /api/v1/withdrawal/{withdrawal_id}/confirm": Access.ANYBODY,
    "GET /api/v1/payments/trial-balance": Access.OPERATOR,
    "GET /api/v1/payments/cases": Access.OPERATOR,
    "GET /api/v1/payments/cases/{case_id}": Access.OPERATOR,
    "POST /api/v1/payments/cases/{case_id}/settle": Access.OPERATOR,
    "POST /api/v1/payments/cases/{case_id}/retry": Access.OPERATOR,
    "GET /api/v1/payments/search": Access.OPERATOR,
    "GET /api/v1/payments/transfers": Access.OPERATOR,
    "POST /api/v1/payments/transfers/{movement_id}/match": Access.OPERATOR,
    "GET /api/v1/providers/{providerId}/earnings": Access.PARTIES,
    "GET /api/v1/providers/{providerId}/earnings/csv": Access.PARTIES,
    "POST /api/v1/payments/at-place": Access.PARTIES,
    "GET /api/v1/payments/at-place": Access.PARTIES,
    "POST /api/v1/payments/at-place/{at_place_id}/void": Access.PARTIES,
    "GET /api/v1/providers/{providerId}/payouts": Access.PARTIES,
    "GET /api/v1/providers/{providerId}/payout-account": Access.PARTIES,
    "PUT /api/v1/providers/{providerId}/payout-account": Access.PARTIES,
    "GET /api/v1/payouts": Access.OPERATOR,
    "POST /api/v1/payouts/{payout_id}/approve": Access.OPERATOR,
    "POST /api/v1/payouts/{payout_id}/reject": Access.OPERATOR,
    "GET /api/v1/payouts/batches/{batch_id}/file": Access.OPERATOR,
    "GET /api/v1/disputes": Access.OPERATOR,
    "GET /api/v1/disputes/{dispute_id}": Access.PARTIES,
    "POST /api/v1/disputes/{dispute_id}/documents": Access.PARTIES,
    "GET /api/v1/providers/{providerId}/disputes": Access.PARTIES,
    "POST /api/v1/webhooks/mercadopago": Access.ANYBODY,
    # notifications
    "GET /api/v1/notifications": Access.SIGNED_IN,
    "GET /api/v1/notification-preferences": Access.SIGNED_IN,
    "PUT /api/v1/notification-preferences": Access.SIGNED_IN,
    # analytics
    "GET /api/v1/analytics/dashboard": Access.FOLLOWERS,
    "GET /api/v1/analytics/dashboard/{providerId}": Access.PARTIES,
    "GET /api/v1/analytics/export/{providerId}/csv": Access.PARTIES,
    "GET /api/v1/analytics/stream": Access.FOLLOWERS,
    "POST /api/v1/analytics/stream/tickets": Access.FOLLOWERS,
    "POST /api/v1/analytics/session/start": Access.ANYBODY,
    "POST /api/v1/analytics/action": Access.ANYBODY,
    "POST /api/v1/analytics/funnel": Access.ANYBODY,
    "GET /api/v1/monitoring/dashboard": Access.OPERATOR,
    "GET /api/v1/monitoring/health": Access.OPERATOR,
    "GET /api/v1/monitoring/launch-report": Access.OPERATOR,
    "GET /api/v1/metrics": Access.OPERATOR,
    "POST /api/v1/monitoring/websocket/connections": Access.OPERATOR,
    "POST /api/v1/monitoring/webhook/payment": Access.OPERATOR,
    "GET /api/health": Access.ANYBODY,
}
