"""HTTP out: MercadoPago, as a port and through its SDK."""

from payments.clients.mercadopago import SdkMercadoPago, connected
from payments.clients.port import (
    MercadoPago,
    MercadoPagoError,
    MissingError,
    NotAcceptedError,
    Offer,
    Preference,
    RefusedError,
    UnansweredError,
    UnreadableError,
)

__all__ = [
    "MercadoPago",
    "MercadoPagoError",
    "MissingError",
    "NotAcceptedError",
    "Offer",
    "Preference",
    "RefusedError",
    "SdkMercadoPago",
    "UnansweredError",
    "UnreadableError",
    "connected",
]
