"""HTTP out: MercadoPago, as a port and through its SDK."""

from payments.clients.bank import (
    Bank,
    BankError,
    BankMissingError,
    BankNotAcceptedError,
    BankRefusedError,
    BankUnansweredError,
    BankUnreadableError,
)
from payments.clients.bank_http import HttpBank, connected_bank
from payments.clients.breaker import Breaker
from payments.clients.listing import ChangedPage, ReportFile
from payments.clients.mercadopago import SdkMercadoPago, connected
from payments.clients.plans import PlanCache
from payments.clients.port import (
    BrokenDownError,
    MercadoPago,
    MercadoPagoError,
    MissingError,
    NotAcceptedError,
    Offer,
    Order,
    Preference,
    RefusedError,
    UnansweredError,
    UnreadableError,
)

__all__ = [
    "Bank",
    "BankError",
    "BankMissingError",
    "BankNotAcceptedError",
    "BankRefusedError",
    "BankUnansweredError",
    "BankUnreadableError",
    "Breaker",
    "BrokenDownError",
    "ChangedPage",
    "HttpBank",
    "MercadoPago",
    "MercadoPagoError",
    "MissingError",
    "NotAcceptedError",
    "Offer",
    "Order",
    "PlanCache",
    "Preference",
    "RefusedError",
    "ReportFile",
    "SdkMercadoPago",
    "UnansweredError",
    "UnreadableError",
    "connected",
    "connected_bank",
]
