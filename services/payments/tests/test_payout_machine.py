"""Whatever order earning, paying, failing, crashing and repeating come in: nobody is paid twice, or too much."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from services.payments.tests.builders import SCOPE
from services.payments.tests.fake_bank import FakeBank
from services.payments.tests.till import NOTHING_OPEN, Till, run

from payments import usecases
from payments.clients import BankError, BankNotAcceptedError, BankUnansweredError
from payments.domain.bank import ItemStatus
from payments.store import payouts as rows

ENTRIES = """
    SELECT t.kind, t.reference, sum(p.amount_minor) FILTER (WHERE p.account = 'provider_payable') AS theirs,
           sum(p.amount_minor) AS total
    FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
    WHERE t.provider_id = $1 GROUP BY t.id ORDER BY t.id
"""
TROUBLES: tuple[BankError, ...] = (BankUnansweredError("http-502"), BankNotAcceptedError("http-429", 1))


class Machine:
    """One provider and its bank; each step is harmless in every state."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.steps: dict[str, Callable[[], Awaitable[object]]] = {
            "earn": lambda: till.earn(10_000),
            "earn little": lambda: till.earn(1),
            "refund": lambda: till.earn(-7_000),
            "turn": till.turn,
            "gather": lambda: usecases.gather_payouts(till.context, SCOPE),
            "send": self.send,
            "crash": self.crash,
            "look": till.look,
            "lose": lambda: self.at_the_bank(lambda: till.bank.lose.append("send_batch")),
            "trouble": lambda: self.at_the_bank(lambda: till.bank.fail.extend(TROUBLES)),
            "execute": lambda: self.at_the_bank(till.bank.execute),
            "reject": lambda: self.at_the_bank(lambda: till.bank.reject("limit")),
            "return": lambda: self.at_the_bank(self.send_back),
            "read again": lambda: run(till.road, NOTHING_OPEN[-1:]),
        }

    async def at_the_bank(self, happens: Callable[[], object]) -> None:
        happens()

    async def send(self) -> None:
        await self.till.hurry()
        await usecases.send_batches(self.till.context, SCOPE)

    async def crash(self) -> None:
        """Taken up, and then nothing: as if the process had died before it called."""
        await self.till.hurry()
        async with self.till.road.uow.begin(SCOPE) as work:
            await rows.claim_batches(work, 4, timedelta(seconds=60))

    def send_back(self) -> None:
        executed = [item for item, seen in self.till.bank.items.items() if seen.status is ItemStatus.EXECUTED]
        back = [item for item in executed if self.till.bank.paid[item]]
        for item in back[:1]:
            self.till.bank.send_back(item)

    async def check(self) -> None:
        """The ledger is even, no payout was more than there was, and each left the bank once at most."""
        payable = 0
        for row in await self.till.road.rows(ENTRIES, self.till.id):
            assert row["total"] == 0
            payable -= int(row["theirs"] or 0)
            assert row["kind"] != "payout" or payable >= 0, "paid out more than was payable"
        amounts = {self.till.item(row["id"]): row["amount_minor"] for row in await self.till.payouts()}
        for item, minor in self.till.bank.paid.items():
            assert minor in {0, amounts[item]}, "left the bank more than once"
        balances = await self.till.balances()
        assert balances.get("payouts_in_transit", 0) <= 0

    async def settle(self) -> None:
        """Everything comes to its end, and then the bank and the ledger say the same."""
        self.till.bank.fail.clear()
        self.till.bank.lose.clear()
        for _ in range(4):
            await self.till.send()
            self.till.bank.execute()
            await self.till.look()
        assert not {"approved", "batched", "sent"} & {*await self.till.statuses()}
        balances = await self.till.balances()
        assert -balances.get("bank", 0) == sum(self.till.bank.paid.values())
        assert "payouts_in_transit" not in balances


STEPS = (
    "earn",
    "earn little",
    "refund",
    "turn",
    "gather",
    "send",
    "crash",
    "look",
    "lose",
    "trouble",
    "execute",
    "reject",
    "return",
    "read again",
)


@given(st.lists(st.sampled_from(STEPS), max_size=25))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_nobody_is_paid_twice_or_too_much(till: Till, steps: list[str]) -> None:
    await run(till.road, NOTHING_OPEN)
    bank = FakeBank()
    bank.reset()
    machine = Machine(await Till(till.road, bank).open())
    await machine.till.earn(20_000)
    await machine.till.turn()
    for step in steps:
        await machine.steps[step]()
        await machine.check()
    await machine.settle()
    await machine.check()
