"""HTTP in: one router per subject."""

from typing import Final

from common.errors import Answer, RefusalTable
from common.span import InvalidSpan
from payments.api import books, payments, payouts, webhooks
from payments.domain import approval, bank_account, payable, switches
from payments.domain.signature import BadSignature

# The trial balance's path would be read as a payment's id.
ROUTERS: Final = (books.router, payments.router, payouts.router, webhooks.router)
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
    approval.SamePerson: Answer(409, "Tiene que aprobarlo otra persona."),
    approval.NotAwaitingApproval: Answer(409, "Esto ya fue decidido."),
    bank_account.InvalidCbu: Answer(422, "Revisá el CBU o CVU: tiene algún número mal."),
    bank_account.InvalidCuit: Answer(422, "Revisá el CUIT o CUIL: tiene algún número mal."),
    BadSignature: Answer(401, "La notificación no está firmada por MercadoPago."),
    InvalidSpan: Answer(422, "Revisá las fechas: 'desde' va antes que 'hasta' y pueden ser hasta 400 días."),
}
