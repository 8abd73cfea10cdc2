"""A MercadoPago in memory. It passes the real one's suite (test_port.py); its knobs break what the wire would break."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from services.payments.tests.fake_disputes import FakeDisputes
from services.payments.tests.fake_listings import FakeListings

from common.money import Money
from payments.clients import (
    MercadoPagoError,
    MissingError,
    Offer,
    Order,
    Preference,
    RefusedError,
    UnansweredError,
)
from payments.domain.charge import UNDECIDED, ChargeId, ChargeStatus, RefundSeen, Snapshot
from payments.domain.installments import PayerCost, read_rates
from payments.domain.method import Ticket

COLLECTOR = "724484980"
BIN = "450995"
MOST_INSTALLMENTS = 12
OUTCOMES = {
    "APRO": (ChargeStatus.APPROVED, "accredited"),
    "CONT": (ChargeStatus.IN_PROCESS, "pending_contingency"),
    "FUND": (ChargeStatus.REJECTED, "cc_rejected_insufficient_amount"),
}


@dataclass
class Page:
    offer: Offer
    open: bool = True


@dataclass
class FakeMercadoPago(FakeDisputes, FakeListings):
    """`fail` holds what the next calls raise before they do anything, `lose` the verbs whose next answer is lost.

    `meanwhile` is what happens elsewhere just before a verb is carried out, once. `refunds_stay` is the status in which
    new refunds stay, `shown` holds payments as they are still shown, `stubborn` ones cannot be cancelled. `clock` is
    the time there. `tokens` are those a card was given for and the holder on it; one that was used is gone. `orders`
    are what we asked for, by payment.
    """

    pages: dict[str, Page] = field(default_factory=dict)
    charges: dict[str, Snapshot] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    payments_by_key: dict[str, ChargeId] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    refunds_by_key: dict[str, RefundSeen] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    fail: list[MercadoPagoError] = field(default_factory=list)
    lose: list[str] = field(default_factory=list)
    meanwhile: dict[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)
    refunds_stay: str = ""
    shown: dict[str, Snapshot] = field(default_factory=dict)
    stubborn: set[str] = field(default_factory=set)
    tick: int = 0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def reset(self) -> None:
        """Forget everything; ids go on, as they do at MercadoPago."""
        self.__dict__ = dict(FakeMercadoPago(tick=self.tick + 1000, clock=self.clock).__dict__)

    def pay(self, page_id: str, holder: str = "APRO") -> ChargeId:
        """The payer pays on the page. RefusedError 410 once it is closed."""
        page = self.pages[page_id]
        if not page.open or page.offer.expires_at <= self.clock():
            raise RefusedError(410)
        return self.put(page.offer.external_reference, page.offer.amount, holder)

    def put(self, reference: str | None, amount: Money, holder: str = "APRO", collector: str = COLLECTOR) -> ChargeId:
        """A payment, whoever made it."""
        status, detail = OUTCOMES[holder]
        at = self._now()
        charge = Snapshot(
            id=ChargeId(str(880_000_000_000 + self.tick)),
            external_reference=reference,
            collector_id=collector,
            status=status,
            detail=detail,
            amount=amount,
            refunded=Money.zero(amount.currency),
            fee=Money.zero(amount.currency),
            withheld=Money.zero(amount.currency),
            method="visa",
            updated_at=at,
            approved_at=at if status is ChargeStatus.APPROVED else None,
        )
        self.charges[charge.id] = charge
        return charge.id

    def settle(self, charge_id: ChargeId, status: ChargeStatus, detail: str = "in_process") -> Snapshot:
        """Somebody outside decides."""
        known = self.charges[charge_id]
        at = self._now()
        approved = at if status is ChargeStatus.APPROVED else known.approved_at
        self.charges[charge_id] = replace(known, status=status, detail=detail, updated_at=at, approved_at=approved)
        return self.charges[charge_id]

    def give_back(self, charge_id: ChargeId, amount: Money) -> RefundSeen:
        """A refund, whoever asked for it."""
        known = self.charges[charge_id]
        at = self._now()
        made = RefundSeen(str(1_300_000_000 + self.tick), amount, True)
        refunded = known.refunded + amount
        whole = refunded == known.amount
        self.charges[charge_id] = replace(
            known,
            status=ChargeStatus.REFUNDED if whole else ChargeStatus.APPROVED,
            detail="refunded" if whole else "partially_refunded",
            refunded=refunded,
            refunds=(*known.refunds, made),
            updated_at=at,
        )
        return made

    def accept(self, charge_id: ChargeId, amount: Money) -> RefundSeen:
        """A refund taken on and not carried out."""
        known, at = self.charges[charge_id], self._now()
        made = RefundSeen(str(1_300_000_000 + self.tick), amount, done=False, failed=self.refunds_stay == "rejected")
        self.charges[charge_id] = replace(known, refunds=(*known.refunds, made), updated_at=at)
        return made

    def decide(self, charge_id: ChargeId, *, done: bool) -> None:
        """What was taken on is carried out after all, or is not; what was rejected stays so."""
        known, at = self.charges[charge_id], self._now()
        refunds = tuple(
            each if each.done or each.failed else replace(each, done=done, failed=not done) for each in known.refunds
        )
        back = Money(sum(each.amount.minor for each in refunds if each.done))
        status = ChargeStatus.REFUNDED if back == known.amount else known.status
        self.charges[charge_id] = replace(known, status=status, refunds=refunds, refunded=back, updated_at=at)

    async def create_preference(self, offer: Offer, key: str) -> Preference:
        await self._enter("create_preference", key)
        self.tick += 1
        page_id = f"{COLLECTOR}-{self.tick}"
        self.pages[page_id] = Page(offer)
        self._leave("create_preference")
        return Preference(page_id, f"http://fake/pay/{page_id}")

    async def find_preferences(self, external_reference: str) -> Sequence[str]:
        await self._enter("find_preferences")
        found = [each for each, page in self.pages.items() if page.offer.external_reference == external_reference]
        return found[::-1]

    async def preference(self, preference_id: str) -> Preference:
        await self._enter("preference")
        if preference_id not in self.pages:
            raise MissingError(404)
        return Preference(preference_id, f"http://fake/pay/{preference_id}")

    async def close_preference(self, preference_id: str) -> None:
        await self._enter("close_preference")
        if preference_id not in self.pages:
            raise MissingError(404)
        self.pages[preference_id].open = False
        self._leave("close_preference")

    async def create_payment(self, order: Order, key: str) -> Snapshot:
        await self._enter("create_payment", key)
        if key not in self.payments_by_key:
            self.payments_by_key[key] = self._make(order)
        made = self.charges[self.payments_by_key[key]]
        self._leave("create_payment")
        return made

    async def installments(
        self, amount: Money, bin_digits: str, method_id: str | None, issuer_id: str | None
    ) -> Sequence[PayerCost]:
        await self._enter("installments")
        if bin_digits != BIN or method_id not in (None, "visa") or issuer_id not in (None, "310"):
            return []
        return [self._cost(count, amount) for count in (1, 3, 6, 9, 12)]

    async def payment(self, payment_id: ChargeId) -> Snapshot:
        await self._enter("payment")
        if payment_id not in self.charges:
            raise MissingError(404, frozenset({"2000"}))
        return self.shown.get(payment_id, self.charges[payment_id])

    async def find_payments(self, external_reference: str) -> Sequence[Snapshot]:
        await self._enter("find_payments")
        return [each for each in self.charges.values() if each.external_reference == external_reference]

    async def cancel_payment(self, payment_id: ChargeId) -> Snapshot:
        await self._enter("cancel_payment")
        if self.charges[payment_id].status not in UNDECIDED or payment_id in self.stubborn:
            raise RefusedError(400, frozenset({"2018"}))
        cancelled = self.settle(payment_id, ChargeStatus.CANCELLED, "by_collector")
        self._leave("cancel_payment")
        return cancelled

    async def refund(self, payment_id: ChargeId, amount: Money, key: str) -> RefundSeen | None:
        await self._enter("refund", key)
        if key in self.refunds_by_key:
            return self.refunds_by_key[key]
        known = self.charges.get(payment_id)
        if known is None:
            raise MissingError(404, frozenset({"2000"}))
        if known.status is ChargeStatus.REFUNDED:
            raise RefusedError(400, frozenset({"4296"}))
        if known.status is not ChargeStatus.APPROVED:
            raise RefusedError(400, frozenset({"2063"}))
        if known.amount - known.refunded < amount:
            raise RefusedError(400, frozenset({"4040"}))
        made = (self.accept if self.refunds_stay else self.give_back)(payment_id, amount)
        self.refunds_by_key[key] = made
        self._leave("refund")
        return made

    def _make(self, order: Order) -> ChargeId:
        if "@" not in order.means.payer.email:
            raise RefusedError(400, frozenset({"4050"}))
        holder = "APRO"
        if (card := order.means.card) is not None:
            if card.token not in self.tokens:
                raise RefusedError(400, frozenset({"3003"}))
            if card.installments > MOST_INSTALLMENTS:
                raise RefusedError(400, frozenset({"109"}))
            holder = self.tokens.pop(card.token)
        charge_id = self.put(order.external_reference, order.amount, holder)
        self.orders[charge_id] = order
        ticket = None
        if card is None:
            ticket = Ticket(f"http://fake/ticket/{charge_id}", charge_id[-10:])
            self.settle(charge_id, ChargeStatus.PENDING, "pending_waiting_payment")
        known = self.charges[charge_id]
        self.charges[charge_id] = replace(known, method=order.means.method_id, ticket=ticket)
        return charge_id

    @staticmethod
    def _cost(count: int, amount: Money) -> PayerCost:
        rates = read_rates(["CFT_0,00%|TEA_0,00%"] if count == 1 else ["CFT_89,21%|TEA_72,65%"])
        each = Money(-(-amount.minor // count))
        return PayerCost(count, each, Money(each.minor * count), Decimal(0), f"{count} cuotas", rates)

    async def _enter(self, verb: str, key: str | None = None) -> None:
        self.asked.append(verb)
        if (happens := self.meanwhile.pop(verb, None)) is not None:
            await happens()
        if key is not None:
            self.keys.append(key)
        if self.fail:
            raise self.fail.pop(0)

    def _leave(self, verb: str) -> None:
        if verb in self.lose:
            self.lose.remove(verb)
            raise UnansweredError("ReadTimeout")

    def _now(self) -> datetime:
        self.tick += 1
        return self.clock() + timedelta(milliseconds=self.tick)
