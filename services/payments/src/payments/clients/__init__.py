"""HTTP out: MercadoPago, as a port and through its SDK, and the bank."""

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
    "Bank",
    "BankError",
    "BankMissingError",
    "BankNotAcceptedError",
    "BankRefusedError",
    "BankUnansweredError",
    "BankUnreadableError",
    "HttpBank",
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
    "connected_bank",
]
