"""HTTP in: one router per subject."""

from typing import Final

from common.errors import Answer, RefusalTable
from common.span import InvalidSpan
from payments.api import books, payments, refunds, webhooks, withdrawal, withdrawal_page
from payments.domain import approval, payable, reach, refund, switches
from payments.domain.signature import BadSignature
from payments.domain.withdrawal import (
    AlreadyWithdrawn,
    ServiceRendered,
    TooManyWithdrawals,
    WithdrawalTooLate,
    WrongWithdrawalCode,
)

# The trial balance's path would be read as a payment's id.
ROUTERS: Final = (
    books.router,
    payments.router,
    refunds.router,
    webhooks.router,
    withdrawal.router,
    withdrawal_page.router,
)
_ABOUT_A_WITHDRAWAL: Final = (ServiceRendered, WithdrawalTooLate, AlreadyWithdrawn, WrongWithdrawalCode)
REFUSALS: Final[RefusalTable] = {
    payable.BookingNotVisible: Answer(409, "Tu reserva todavía se está registrando. Probá de nuevo en un segundo."),
    payable.BookingExpired: Answer(409, "Se terminó el tiempo para pagar esta reserva. Hacé una nueva."),
    payable.BookingCancelled: Answer(409, "Esta reserva está cancelada."),
    payable.AlreadyPaid: Answer(409, "Esta reserva ya está paga."),
    payable.NothingDue: Answer(409, "No hay nada que pagar por esta reserva."),
    payable.PaymentChanging: Answer(409, "El importe cambió. Probá de nuevo en unos segundos."),
    payable.PaymentUnavailable: Answer(
        503, "MercadoPago no responde en este momento. Probá de nuevo en unos segundos."
    ),
    switches.PaymentsPaused: Answer(
        503, "Por el momento no se pueden hacer pagos nuevos. Probá de nuevo en unos minutos."
    ),
    switches.MethodPaused: Answer(
        503, "Por el momento no se puede pagar con este medio. Probá con otro o de nuevo en unos minutos."
    ),
    refund.NothingToRefund: Answer(409, "No hay nada para devolver de este pago."),
    refund.RefundExceedsCapture: Answer(409, "Es más de lo que queda por devolver de este pago."),
    refund.RefundTooLate: Answer(409, "Pasaron más de 180 días: MercadoPago ya no devuelve este pago."),
    refund.RefundWhileDisputed: Answer(409, "El banco discute este pago: esperá a que se resuelva."),
    approval.SamePerson: Answer(409, "Tiene que aprobarlo otra persona."),
    approval.NotAwaitingApproval: Answer(409, "Esto ya fue decidido."),
    reach.InvalidReach: Answer(422, withdrawal_page.TEXTS[reach.InvalidReach]),
    TooManyWithdrawals: Answer(429, withdrawal_page.TEXTS[TooManyWithdrawals]),
    **{kind: Answer(409, withdrawal_page.TEXTS[kind]) for kind in _ABOUT_A_WITHDRAWAL},
    BadSignature: Answer(401, "La notificación no está firmada por MercadoPago."),
    InvalidSpan: Answer(422, "Revisá las fechas: 'desde' va antes que 'hasta' y pueden ser hasta 400 días."),
}
