"""What a payer is told when MercadoPago took nothing on, or may have."""

from payments.clients import MercadoPagoError, NotAcceptedError, RefusedError
from payments.domain.payable import PaymentUnavailable
from payments.domain.switches import Method
from payments.usecases.context import PaymentsContext


def unavailable(context: PaymentsContext, way: Method, error: MercadoPagoError) -> PaymentUnavailable:
    """Another way to pay is named only where MercadoPago provably took nothing on, lest money come twice."""
    took_nothing = isinstance(error, NotAcceptedError | RefusedError)
    refusal = PaymentUnavailable(otherMethods=context.switches.others(way)) if took_nothing else PaymentUnavailable()
    if error.retry_after is not None:
        refusal.retry_after = error.retry_after
    return refusal
