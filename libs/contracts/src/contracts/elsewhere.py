"""How a payment is made at a counter or at the bank: parts of what payments tells."""

from contracts.base import Part


class TicketPart(Part):
    """Cash: the page to print and the code that the cashier asks for. Whoever has them can pay, and no more."""

    method: str
    """`rapipago` or `pagofacil`."""
    url: str
    code: str | None = None


class TransferPart(Part):
    """A bank transfer: our own account, and the reference by which the payment is known again."""

    cbu: str
    alias: str
    reference: str
