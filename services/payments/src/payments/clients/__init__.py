"""HTTP out: MercadoPago, as a port and through its SDK."""

from payments.clients.listing import ChangedPage, ReportFile
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
    "ChangedPage",
    "MercadoPago",
    "MercadoPagoError",
    "MissingError",
    "NotAcceptedError",
    "Offer",
    "Preference",
    "RefusedError",
    "ReportFile",
    "SdkMercadoPago",
    "UnansweredError",
    "UnreadableError",
    "connected",
]
