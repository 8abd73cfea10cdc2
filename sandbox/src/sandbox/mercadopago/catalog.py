"""Argentina's payment methods, and what each holder's name does to a card payment."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Statuses of a payment; which follows which is decided in `payments`."""

    PENDING = "pending"
    IN_PROCESS = "in_process"
    AUTHORIZED = "authorized"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    IN_MEDIATION = "in_mediation"
    CHARGED_BACK = "charged_back"


OPEN = (Status.PENDING, Status.IN_PROCESS, Status.AUTHORIZED)
"""What may still be approved, rejected or cancelled."""


@dataclass(frozen=True, slots=True)
class Method:
    """A payment method as `/v1/payment_methods` lists it; limits in centavos."""

    id: str
    name: str
    type: str
    min_minor: int = 100
    max_minor: int = 400_000_000

    @property
    def is_card(self) -> bool:
        """Cards are decided at once by the holder's name."""
        return self.type.endswith("_card")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt to pay ends, with the sentence the payer reads."""

    status: Status
    detail: str
    label: str


METHODS = {
    method.id: method
    for method in (
        Method("visa", "Visa", "credit_card"),
        Method("master", "Mastercard", "credit_card"),
        Method("amex", "American Express", "credit_card"),
        Method("naranja", "Naranja", "credit_card"),
        Method("cabal", "Cabal", "credit_card"),
        Method("debvisa", "Visa Débito", "debit_card"),
        Method("debmaster", "Mastercard Débito", "debit_card"),
        Method("maestro", "Maestro", "debit_card"),
        Method("account_money", "Dinero en cuenta", "account_money"),
        Method("rapipago", "Rapipago", "ticket", min_minor=1_000),
        Method("pagofacil", "Pago Fácil", "ticket", min_minor=1_000),
        Method("cvu", "Transferencia bancaria", "bank_transfer"),
    )
}

WAITING_TYPES = ("ticket", "bank_transfer")
"""Types of methods that are paid elsewhere, later."""

HOLDERS = {
    "APRO": Outcome(Status.APPROVED, "accredited", "Pago aprobado"),
    "CONT": Outcome(Status.IN_PROCESS, "pending_contingency", "Pago pendiente"),
    "OTHE": Outcome(Status.REJECTED, "cc_rejected_other_reason", "Rechazado por error general"),
    "CALL": Outcome(Status.REJECTED, "cc_rejected_call_for_authorize", "Rechazado: hay que autorizar con el banco"),
    "FUND": Outcome(Status.REJECTED, "cc_rejected_insufficient_amount", "Rechazado por fondos insuficientes"),
    "SECU": Outcome(Status.REJECTED, "cc_rejected_bad_filled_security_code", "Rechazado por código de seguridad"),
    "EXPI": Outcome(Status.REJECTED, "cc_rejected_bad_filled_date", "Rechazado por fecha de vencimiento"),
    "FORM": Outcome(Status.REJECTED, "cc_rejected_bad_filled_other", "Rechazado por error en el formulario"),
}

_WAITING = {
    "ticket": Outcome(Status.PENDING, "pending_waiting_payment", "Esperamos tu pago en efectivo"),
    "bank_transfer": Outcome(Status.PENDING, "pending_waiting_transfer", "Esperamos tu transferencia"),
}
_CAPTURE_LATER = Outcome(Status.AUTHORIZED, "pending_capture", "Pago autorizado")
_NO_WAITING = Outcome(Status.REJECTED, "cc_rejected_high_risk", "Rechazado")


def outcome_of(method: Method, holder: str, *, binary: bool = False, capture: bool = True) -> Outcome:
    """What happens when `holder` (a key of HOLDERS) pays with `method`.

    `binary` (MercadoPago's binary_mode) allows no answer but approved or rejected; without `capture` an approved
    card is only authorized.
    """
    outcome = HOLDERS[holder] if method.is_card else _WAITING.get(method.type, HOLDERS[holder])
    if binary and outcome.status in OPEN:
        return _NO_WAITING
    if method.is_card and not capture and outcome.status is Status.APPROVED:
        return _CAPTURE_LATER
    return outcome


def holder_in(*places: str) -> str:
    """The first known holder's name any of the places begins with; APRO when there is none."""
    for place in places:
        name = place.strip().upper()[:4]
        if name in HOLDERS:
            return name
    return "APRO"


def listing() -> list[dict[str, object]]:
    """The body of `GET /v1/payment_methods`."""
    return [
        {
            "id": method.id,
            "name": method.name,
            "payment_type_id": method.type,
            "status": "active",
            "deferred_capture": "supported" if method.is_card else "does_not_apply",
            "min_allowed_amount": method.min_minor // 100,
            "max_allowed_amount": method.max_minor // 100,
            "accreditation_time": 2880 if method.type == "ticket" else 0,
            "additional_info_needed": ["cardholder_name"] if method.is_card else [],
            "financial_institutions": [],
            "processing_modes": ["aggregator"],
            "settings": [],
        }
        for method in METHODS.values()
    ]
