"""MercadoPago in the simulation: the in-memory one that passes the real one's suite, telling of each change."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from services.payments.tests.fake import COLLECTOR, FakeMercadoPago

from common.money import Money
from contracts.ids import new_id
from payments.domain.charge import UNDECIDED, ChargeId, ChargeStatus, RefundSeen, Snapshot
from payments.domain.dispute import DisputeId, DisputeKind, DisputeSeen
from payments.domain.method import Card
from payments.domain.notice import Topic
from payments.domain.reference import parse_reference

LOST: Final = "settled"
WON: Final = "reimbursed"
"""How a chargeback ended, in the payment's detail; written here a second time on purpose."""


class Telling(NamedTuple):
    """A webhook: what it is about, and the request's own id."""

    topic: Topic
    about: str
    request_id: str


@dataclass
class Provider(FakeMercadoPago):
    """`untold` are the changes whose webhook was not sent yet; `told` those that were.

    `elsewhere` are the refunds that nobody asked for through us: made in the panel, or by a mediation.
    """

    untold: list[Telling] = field(default_factory=list)
    told: list[Telling] = field(default_factory=list)
    elsewhere: set[str] = field(default_factory=set)
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

    def contest(self, charge_id: ChargeId, kind: DisputeKind = DisputeKind.CHARGEBACK, **shown: Any) -> DisputeId:
        """The payer disputes a payment, which moves with it."""
        known = self.charges[charge_id]
        dispute_id = super().contest(charge_id, kind, **shown)
        if kind is DisputeKind.CHARGEBACK:
            self.disputes[dispute_id] = replace(self.disputes[dispute_id], amount=known.amount - known.refunded)
        self._tell_of(dispute_id)
        contested = ChargeStatus.CHARGED_BACK if kind is DisputeKind.CHARGEBACK else ChargeStatus.IN_MEDIATION
        self.settle(charge_id, contested, "in_process")
        return dispute_id

    def rule(self, dispute_id: DisputeId, **shown: Any) -> DisputeSeen:
        ruled = super().rule(dispute_id, **shown)
        self._tell_of(dispute_id)
        return ruled

    def end_dispute(self, charge_id: ChargeId, how: str) -> None:
        """`won`: by the shop; `lost`; or, of a mediation, what is left is given back."""
        charge, kept = self.charges[charge_id], how == "won"
        if charge.status is ChargeStatus.IN_MEDIATION and how != "won":
            self.give_back_elsewhere(charge_id, charge.amount - charge.refunded)
        elif charge.status is ChargeStatus.IN_MEDIATION or how == "approved":
            self.settle(charge_id, ChargeStatus.APPROVED, "accredited")
        else:
            self.settle(charge_id, ChargeStatus.CHARGED_BACK, WON if kept else LOST)
        for each in [one for one in self.disputes.values() if charge_id in one.charge_ids and one.coverage is None]:
            if each.kind is DisputeKind.CHARGEBACK:
                self.rule(each.id, coverage=how != "lost")

    def give_back_elsewhere(self, charge_id: ChargeId, amount: Money) -> None:
        """Nobody here asked for it."""
        self.elsewhere.add(self.give_back(charge_id, amount).id)

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

    def untouched(self) -> list[Snapshot]:
        """Payments with money left of which nothing is on its way back and nothing is contested."""
        waiting = set(self.waiting_refunds())
        return [
            each
            for each in self.charges.values()
            if each.status is ChargeStatus.APPROVED and each.id not in waiting and each.refunded < each.amount
        ]

    def contested(self) -> list[Snapshot]:
        """Payments of which somebody has to decide."""
        open_still = (ChargeStatus.CHARGED_BACK, ChargeStatus.IN_MEDIATION)
        return [each for each in self.charges.values() if each.status in open_still and each.detail not in (LOST, WON)]

    def made_under(self, keys: Iterable[str]) -> set[str]:
        """The refunds that were asked for under one of these keys."""
        return {self.refunds_by_key[key].id for key in keys if key in self.refunds_by_key}

    def of_intent(self, intent_id: object) -> list[Snapshot]:
        """The payments of one intent."""
        found = ((each, parse_reference(each.external_reference)) for each in self.charges.values())
        return [each for each, reference in found if reference is not None and reference.intent_id == intent_id]

    def _notify(self, charge_id: ChargeId) -> None:
        self.untold.append(Telling(Topic.PAYMENT, charge_id, f"rq-{self.tick}"))

    def _tell_of(self, dispute_id: DisputeId) -> None:
        is_chargeback = self.disputes[dispute_id].kind is DisputeKind.CHARGEBACK
        topic = Topic.CHARGEBACK if is_chargeback else Topic.CLAIM
        self.untold.append(Telling(topic, dispute_id, f"rq-{self.tick}"))

    def _now(self) -> datetime:
        self.tick += 1
        return self.clock() + timedelta(milliseconds=self.tick - self.first_tick)
