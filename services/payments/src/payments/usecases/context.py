"""What payments' use cases are given beside the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.service import Context
from payments.clients import MercadoPago


@dataclass(frozen=True)
class PaymentsContext(Context):
    """`collector_id` is the MercadoPago account that is paid, `notification_url` what it calls back."""

    mercadopago: MercadoPago
    collector_id: str
    public_url: str
    notification_url: str
    webhook_secrets: Sequence[str]
