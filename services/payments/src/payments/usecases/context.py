"""What payments' use cases are given beside the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from common.money import Money
from common.service import Context
from payments.clients import Bank, MercadoPago, PlanCache
from payments.domain.payout import PayoutRules
from payments.domain.reach import Marker
from payments.domain.switches import Switches
from payments.domain.upgrading import Upgrading


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long signed notifications are kept: those that are done, and those that wait for a person."""

    done: timedelta = timedelta(days=90)
    unsettled: timedelta = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Our own account at the bank, as clients are told of it."""

    cbu: str
    alias: str


@dataclass(frozen=True)
class PaymentsContext(Context):
    """`collector_id` is the MercadoPago account that is paid, `notification_url` what it calls back.

    `page_seconds` is how long all calls for one hosted page may take together, `wait_seconds` how long a request waits
    for a booking's event or for a page that another one is asking for. `ticket_days` is how long cash may be paid,
    `refund_limit` what one person may give back alone. `contact_keys` open contacts, `marker` compares them. Without a
    `bank` payouts wait, approved; clients transfer to the `receiver`.
    """

    mercadopago: MercadoPago
    collector_id: str
    public_url: str
    notification_url: str
    webhook_secrets: Sequence[str] = field(repr=False)
    refund_limit: Money
    contact_keys: Mapping[str, bytes] = field(repr=False)
    marker: Marker = field(repr=False)
    switches: Switches = field(default_factory=Switches)
    upgrading: Upgrading = field(default_factory=Upgrading)
    plans: PlanCache = field(default_factory=PlanCache)
    ticket_days: int = 1
    keeping: Keeping = Keeping()
    payouts: PayoutRules = field(default_factory=PayoutRules)
    bank: Bank | None = None
    receiver: Receiver | None = None
    page_seconds: float = 20.0
    wait_seconds: float = 2.0
