"""The world outside: the payer, MercadoPago and its webhooks, and everything that goes wrong, each as rules."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition
from tests.simulation.acting import PICKS, Acting, pick, step
from tests.simulation.power import Power

from booking.domain.refusals import AlreadyOver
from payments.clients import MercadoPagoError, NotAcceptedError, UnansweredError
from payments.domain.charge import ChargeStatus

READERS: Final = ("booking", "payments")
FAILURES: Final[dict[str, Callable[[], MercadoPagoError]]] = {
    "unanswered": lambda: UnansweredError("ReadTimeout"),
    "not accepted": lambda: NotAcceptedError("http-429", 1),
}
LOSABLE: Final = ("create_preference", "create_payment", "refund", "close_preference", "cancel_payment")
VERBS: Final = (*LOSABLE, "find_preferences", "find_payments", "payment")
MEANWHILE: Final = (
    "payer pays",
    "provider decides",
    "everything arrives",
    "closing",
    "refunds",
    "cancelled",
    "contested",
    "given back",
)


class Outside(Acting):
    """Nothing here is asked for by a client or the shop."""

    @precondition(lambda self: self.world.provider.open_pages())
    @step(which=PICKS, holder=st.sampled_from(["APRO", "CONT", "FUND"]))
    def pay(self, which: int, holder: str) -> None:
        """Again too: the page stays open once it is paid."""
        self._pay(which, holder)

    @precondition(lambda self: self.world.provider.shut_pages())
    @step(which=PICKS, holder=st.sampled_from(["APRO", "CONT"]))
    def pay_late(self, which: int, holder: str) -> None:
        """What was under way when the page was shut comes of it all the same."""
        self._count(f"pay late {holder}")
        offer = self.world.provider.pages[pick(self.world.provider.shut_pages(), which)].offer
        self.world.provider.put(offer.external_reference, offer.amount, holder)

    @precondition(lambda self: self.world.provider.undecided() or self.world.provider.waiting_refunds())
    @step(which=PICKS, well=st.booleans())
    def decide(self, which: int, well: bool) -> None:
        """Of a payment under review, or of a refund that was only taken on."""
        provider = self.world.provider
        if undecided := provider.undecided():
            self._count(f"decide payment {'well' if well else 'ill'}")
            provider.settle(pick(undecided, which), ChargeStatus.APPROVED if well else ChargeStatus.REJECTED)
        else:
            self._count(f"decide refund {'well' if well else 'ill'}")
            provider.decide(pick(provider.waiting_refunds(), which), done=well)

    @precondition(lambda self: self.world.provider.untold)
    @step(which=PICKS, looked_into=st.booleans())
    def webhook(self, which: int, looked_into: bool) -> None:
        provider = self.world.provider
        notice = provider.untold.pop(which % len(provider.untold))
        provider.told.append(notice)
        self._act("webhook", lambda: self.world.notify(notice))
        if looked_into:
            self._job("look_into_webhooks")

    @precondition(lambda self: self.world.provider.told)
    @step(which=PICKS, signed=st.booleans())
    def webhook_again(self, which: int, signed: bool) -> None:
        """The same one, or the unsigned form, which anybody may send."""
        notice = pick(self.world.provider.told, which)
        if signed:
            self._act("webhook again", lambda: self.world.notify(notice))
        else:
            self._act("hint", lambda: self.world.hint(notice))

    @precondition(lambda self: self.world.provider.untold)
    @step()
    def quiet_moment(self) -> None:
        """Every webhook comes, and what it brings about arrives."""
        self._quiet()

    @precondition(lambda self: self.town.bookings and len(self.world.provider.fail + self.world.provider.lose) < 2)
    @step(how=st.sampled_from(sorted(FAILURES) + list(LOSABLE)))
    def mercadopago_fails(self, how: str) -> None:
        """The next call fails before anything is done, or the next answer of this verb is lost after all was done."""
        self._count(f"fails {how}")
        provider = self.world.provider
        if how in LOSABLE:
            provider.lose.append(how)
        else:
            provider.fail.append(FAILURES[how]())

    @precondition(lambda self: self.world.provider.charges)
    @step(which=PICKS, stay=st.sampled_from(["shown", "", "in_process", "rejected"]))
    def mercadopago_lags(self, which: int, stay: str) -> None:
        """It still shows a payment as it is now (once more: it does not); or refunds stay as they are taken on."""
        self._count(f"lags {stay}")
        provider = self.world.provider
        charge = pick(list(provider.charges.values()), which)
        if stay != "shown":
            provider.refunds_stay = stay
        elif provider.shown.pop(charge.id, None) is None:
            provider.shown[charge.id] = charge

    @precondition(lambda self: self.town.bookings)
    @step(reader=st.sampled_from(READERS), in_transactions=st.integers(0, 3), committed=st.booleans())
    def a_side_fails(self, reader: str, in_transactions: int, committed: bool) -> None:
        """The power fails before or after a commit that is soon to come; with 0 it is cut off from Kafka, or back."""
        self._count("power will fail" if in_transactions else "cut off or mended")
        if in_transactions:
            side = self.world.sides[READERS.index(reader)]
            side.uow.power = Power(in_transactions, committed)
        else:
            self.world.broker.cut_off ^= {reader}

    @precondition(lambda self: self.town.bookings and len(self.world.provider.meanwhile) < 2)
    @step(verb=st.sampled_from(VERBS), what=st.sampled_from(MEANWHILE), which=PICKS)
    def meanwhile(self, verb: str, what: str, which: int) -> None:
        """The next time this is asked of MercadoPago, something else happens first."""
        self._count(f"meanwhile {what}")
        self.world.provider.meanwhile[verb] = lambda: self._happen(what, which)

    def _pay(self, which: int, holder: str) -> None:
        if pages := self.world.provider.open_pages():
            self._count(f"pay {holder}")
            self.world.provider.pay(pick(pages, which), holder)

    def _quiet(self) -> None:
        provider = self.world.provider
        while provider.untold:
            provider.told.append(notice := provider.untold.pop(0))
            self._act("webhook", partial(self.world.notify, notice))
        self._job("look_into_webhooks")
        self._act("deliver everything", self._deliver_all)

    async def _happen(self, what: str, which: int) -> None:
        """Something between two transactions of a use case, one thing at a time; nothing where nothing can be done.

        A job works on several payments side by side, and what happens to one may ask MercadoPago for more.
        """
        if self.happening:
            return
        self.happening = True
        try:
            self.tally.answers[f"meanwhile {what}"] += 1
            await self._happen_alone(what, which)
        finally:
            self.happening = False

    async def _happen_alone(self, what: str, which: int) -> None:
        provider = self.world.provider
        if what == "payer pays" and provider.open_pages():
            provider.pay(pick(provider.open_pages(), which), "CONT" if which % 2 else "APRO")
        elif what == "provider decides" and provider.undecided():
            provider.settle(pick(provider.undecided(), which), ChargeStatus.APPROVED)
        elif what == "contested" and provider.untouched():
            provider.contest(pick(provider.untouched(), which).id)
        elif what == "given back" and provider.untouched():
            charge = pick(provider.untouched(), which)
            provider.give_back_elsewhere(charge.id, charge.amount - charge.refunded)
        elif what == "everything arrives":
            await self.world.collect()
            await self._deliver_all()
        elif what in {"closing", "refunds"}:
            await self.world.run_job("close_due_payments" if what == "closing" else "make_due_refunds")
        elif what == "cancelled" and self.town.bookings:
            booking_id = pick(self.town.bookings, which)
            with suppress(AlreadyOver):
                await self._cancel_now(booking_id, by_client=bool(which % 2))
