"""HTTP in: one router per subject."""

from typing import Final

from common.errors import Answer, RefusalTable
from common.span import InvalidSpan
from payments.api import (
    at_place,
    books,
    cases,
    client_credit,
    disputes,
    lookup,
    methods,
    payments,
    payouts,
    refunds,
    transfers,
    webhooks,
    withdrawal,
    withdrawal_page,
)
from payments.domain import (
    approval,
    bank_account,
    credit,
    document,
    method,
    payable,
    payout_account,
    purpose,
    reach,
    refund,
    settling,
    slow,
    switches,
    transfer,
    upgrading,
)
from payments.domain import at_place as taken
from payments.domain.signature import BadSignature
from payments.domain.withdrawal import (
    AlreadyWithdrawn,
    ServiceRendered,
    TooManyWithdrawals,
    WithdrawalTooLate,
    WrongWithdrawalCode,
)
from payments.usecases import UnclearSearch

# Paths such as the trial balance's would be read as a payment's id.
ROUTERS: Final = (
    books.router,
    at_place.router,
    methods.router,
    cases.router,
    lookup.router,
    transfers.router,
    payments.router,
    refunds.router,
    client_credit.router,
    payouts.router,
    disputes.router,
    withdrawal.router,
    withdrawal_page.router,
    webhooks.router,
)
_ABOUT_A_WITHDRAWAL: Final = (ServiceRendered, WithdrawalTooLate, AlreadyWithdrawn, WrongWithdrawalCode)
REFUSALS: Final[RefusalTable] = {
    payable.BookingNotVisible: Answer(409, "Tu reserva todavía se está registrando. Probá de nuevo en un segundo."),
    payable.BookingExpired: Answer(409, "Se terminó el tiempo para pagar esta reserva. Hacé una nueva."),
    payable.NotApprovedYet: Answer(409, "Todavía no aceptaron tu reserva. Cuando la acepten, la vas a poder pagar."),
    payable.BookingCancelled: Answer(409, "Esta reserva está cancelada."),
    payable.AlreadyPaid: Answer(409, "Esta reserva ya está paga."),
    payable.NothingDue: Answer(409, "No hay nada que pagar por esta reserva."),
    purpose.NotConfirmedYet: Answer(409, "Primero pagá la seña: la reserva todavía no está confirmada."),
    purpose.PaymentPageExpired: Answer(409, "Se terminó el tiempo de esta página de pago. Pedila de nuevo."),
    purpose.TipTooEarly: Answer(409, "La propina se deja después del turno."),
    purpose.InvalidTip: Answer(422, "La propina puede ser de hasta $ 100.000."),
    purpose.TipGiven: Answer(409, "Ya dejaste una propina por este turno. ¡Gracias!"),
    taken.MoreThanOwed: Answer(409, "Es más de lo que queda por pagar de este turno."),
    taken.TooManyAtPlace: Answer(409, "Este turno ya tiene demasiados cobros anotados."),
    taken.AlreadyVoided: Answer(409, "Este cobro ya estaba anulado."),
    payable.PaymentChanging: Answer(409, "Estamos cerrando el pago anterior. Probá de nuevo en unos segundos."),
    method.CardDeclined: Answer(402, "Tu tarjeta fue rechazada. Probá con otra tarjeta u otro medio de pago."),
    method.TooManyAttempts: Answer(409, "Probaste demasiadas tarjetas. Elegí otro medio de pago."),
    method.CardTokenUnusable: Answer(422, "No pudimos usar los datos de la tarjeta. Ingresalos de nuevo."),
    method.InstallmentsNotOffered: Answer(422, "Tu tarjeta no ofrece esa cantidad de cuotas. Elegí otra."),
    method.PayerRefused: Answer(422, "MercadoPago no aceptó los datos de quien paga. Revisá el e-mail y el documento."),
    slow.MethodTooSlow: Answer(409, "Tu turno es muy pronto para pagar de esta forma. Elegí otro medio de pago."),
    credit.NotEnoughCredit: Answer(409, "Tu saldo a favor no alcanza para pagar todo. Elegí otro medio de pago."),
    credit.UnknownClient: Answer(409, "Esa cuenta nunca reservó acá o fue dada de baja: no se le puede dar saldo."),
    transfer.TransferDiffers: Answer(409, "El importe de la transferencia no es el que falta pagar."),
    transfer.TransferSettled: Answer(409, "Esta transferencia ya fue asignada o todavía se está revisando."),
    payable.PaymentUnavailable: Answer(
        503, "MercadoPago no responde en este momento. Probá de nuevo en unos segundos."
    ),
    switches.PaymentsPaused: Answer(
        503, "Por el momento no se pueden hacer pagos nuevos. Probá de nuevo en unos minutos."
    ),
    switches.MethodPaused: Answer(
        503, "Por el momento no se puede pagar con este medio. Probá con otro o de nuevo en unos minutos."
    ),
    upgrading.PurposePaused: Answer(
        503, "Por el momento no se puede pagar el saldo ni dejar propina. Probá de nuevo en unos minutos."
    ),
    refund.NothingToRefund: Answer(409, "No hay nada para devolver de este pago."),
    refund.RefundExceedsCapture: Answer(409, "Es más de lo que queda por devolver de este pago."),
    refund.RefundTooLate: Answer(409, "Pasaron más de 180 días: MercadoPago ya no devuelve este pago."),
    refund.RefundWhileDisputed: Answer(409, "El banco discute este pago: esperá a que se resuelva."),
    approval.SamePerson: Answer(409, "Tiene que decidirlo otra persona."),
    approval.NotAwaitingApproval: Answer(409, "Esto ya fue decidido."),
    settling.CaseSettled: Answer(409, "Este caso ya se cerró de otra manera."),
    settling.NothingToRetry: Answer(409, "Este caso no es de un reembolso que se pueda reintentar."),
    refund.NotRetriable: Answer(409, "El reembolso ya se hizo o su caso ya se cerró: no hay nada que reintentar."),
    UnclearSearch: Answer(422, "Buscá por un solo dato: reserva, pago, cobro, reembolso o referencia."),
    bank_account.InvalidCbu: Answer(422, "Revisá el CBU o CVU: tiene algún número mal."),
    payout_account.OurOwnAccount: Answer(422, "Esa cuenta es la nuestra: poné una tuya."),
    bank_account.InvalidCuit: Answer(422, "Revisá el CUIT o CUIL: tiene algún número mal."),
    document.DocumentsTooLate: Answer(409, "Se terminó el plazo para mandar documentos por este reclamo."),
    document.DocumentsNotWanted: Answer(409, "Por ahora no hace falta que mandes documentos por este reclamo."),
    document.TooManyDocuments: Answer(422, "Podés mandar hasta diez documentos por reclamo."),
    document.UnknownDocument: Answer(422, "Mandá el documento en PDF, PNG o JPG."),
    reach.InvalidReach: Answer(422, withdrawal_page.TEXTS[reach.InvalidReach]),
    TooManyWithdrawals: Answer(429, withdrawal_page.TEXTS[TooManyWithdrawals]),
    **{kind: Answer(409, withdrawal_page.TEXTS[kind]) for kind in _ABOUT_A_WITHDRAWAL},
    BadSignature: Answer(401, "La notificación no está firmada por MercadoPago."),
    InvalidSpan: Answer(422, "Revisá las fechas: 'desde' va antes que 'hasta' y pueden ser hasta 400 días."),
}
