"""MercadoPago in the simulation: the in-memory one that passes the real one's suite, telling of each change."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.payments.tests.fake import COLLECTOR, FakeMercadoPago

from common.money import Money
from contracts.ids import new_id
from payments.domain.charge import UNDECIDED, ChargeId, ChargeStatus, RefundSeen, Snapshot
from payments.domain.method import Card
from payments.domain.reference import parse_reference


@dataclass
class Provider(FakeMercadoPago):
    """`untold` are the changes whose webhook was not sent yet, each (payment, request id); `told` those that were."""

    untold: list[tuple[ChargeId, str]] = field(default_factory=list)
    told: list[tuple[ChargeId, str]] = field(default_factory=list)
    first_tick: int = 0

    def begin_anew(self) -> None:
        """Nothing is known of earlier examples; ids go on, because the ledger's references are unique for good."""
        tick = self.tick + 1
        self.__dict__ = dict(Provider(tick=tick, first_tick=tick, clock=self.clock).__dict__)

    def put(self, reference: str | None, amount: Money, holder: str = "APRO", collector: str = COLLECTOR) -> ChargeId:
        charge_id = super().put(reference, amount, holder, collector)
        self._notify(charge_id)
        return charge_id

    def settle(self, charge_id: ChargeId, status: ChargeStatus, detail: str = "settled") -> Snapshot:
        settled = super().settle(charge_id, status, detail)
        self._notify(charge_id)
        return settled

    def give_back(self, charge_id: ChargeId, amount: Money) -> RefundSeen:
        made = super().give_back(charge_id, amount)
        self._notify(charge_id)
        return made

    def decide(self, charge_id: ChargeId, *, done: bool) -> None:
        super().decide(charge_id, done=done)
        self._notify(charge_id)

    def card_of(self, holder: str) -> Card:
        """A card whose holder's name decides what becomes of a payment with it."""
        token = new_id().hex
        self.tokens[token] = holder
        return Card(token, "visa", 1, "310")

    def recover(self) -> None:
        """It does nothing wrong from now on."""
        self.fail.clear()
        self.lose.clear()
        self.meanwhile.clear()
        self.shown.clear()
        self.refunds_stay = ""

    def open_pages(self) -> list[str]:
        """Pages on which a payer may pay now."""
        now = self.clock()
        return [each for each, page in self.pages.items() if page.open and page.offer.expires_at > now]

    def shut_pages(self) -> list[str]:
        """Pages that take no payment any more; one that was under way may still come of them."""
        usable = set(self.open_pages())
        return [each for each in self.pages if each not in usable]

    def undecided(self) -> list[ChargeId]:
        """Payments that may still become money."""
        return [each.id for each in self.charges.values() if each.status in UNDECIDED]

    def waiting_refunds(self) -> list[ChargeId]:
        """Payments with a refund that was taken on and neither made nor refused."""
        return [
            each.id for each in self.charges.values() if any(not one.done and not one.failed for one in each.refunds)
        ]

    def of_intent(self, intent_id: object) -> list[Snapshot]:
        """The payments of one intent."""
        found = ((each, parse_reference(each.external_reference)) for each in self.charges.values())
        return [each for each, reference in found if reference is not None and reference.intent_id == intent_id]

    def _notify(self, charge_id: ChargeId) -> None:
        self.untold.append((charge_id, f"rq-{self.tick}"))

    def _now(self) -> datetime:
        self.tick += 1
        return self.clock() + timedelta(milliseconds=self.tick - self.first_tick)
