"""Builders for payouts: providers that earn, owners that name accounts, and the jobs with a bank in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
from services.payments.tests.builders import SCOPE, Road
from services.payments.tests.fake_bank import CBUS, CUIT, FakeBank
from services.payments.tests.test_reading import own

from common.money import Money
from common.settings import SHARED
from contracts.ids import AccountId, PayoutId, ProviderId, new_id
from payments import usecases
from payments.domain.ledger import Entry, EntryKind, Posting
from payments.domain.payout import item_id
from payments.domain.position import Account
from payments.usecases import PaymentsContext
from payments.usecases.posting import post_apart

NOTHING_OPEN: Final = (
    (SCOPE, "UPDATE payout_account SET due_at = app_now() + interval '1 day', check_due_at = NULL"),
    (SCOPE, "UPDATE payout SET status = 'cancelled' WHERE status NOT IN ('executed', 'failed', 'reversed')"),
    (SCOPE, "UPDATE payout_batch SET due_at = NULL"),
    (SHARED, "UPDATE bank_movement SET due_at = NULL, match_due_at = NULL"),
    (SHARED, "UPDATE bank_cursor SET after = NULL"),
)
_HURRY: Final = (
    (SCOPE, "UPDATE payout_batch SET due_at = app_now() WHERE due_at IS NOT NULL"),
    (SCOPE, "UPDATE payout_account SET check_due_at = app_now() WHERE check_due_at IS NOT NULL"),
    (SHARED, "UPDATE bank_movement SET due_at = app_now() WHERE due_at IS NOT NULL"),
    (SHARED, "UPDATE bank_movement SET match_due_at = app_now() WHERE match_due_at IS NOT NULL"),
)
BALANCES: Final = """
    SELECT p.account, sum(p.amount_minor)::bigint AS minor
    FROM ledger_transaction t JOIN ledger_posting p ON p.transaction_id = t.id
    WHERE t.provider_id = $1 GROUP BY 1 HAVING sum(p.amount_minor) <> 0
"""


@dataclass
class Till:
    """One provider that is paid."""

    road: Road
    bank: FakeBank
    id: ProviderId = field(default_factory=lambda: ProviderId(new_id()))
    owner: AccountId = field(default_factory=lambda: AccountId(new_id()))

    @property
    def context(self) -> PaymentsContext:
        return replace(self.road.context, bank=self.bank)

    async def open(self, **account: Any) -> "Till":
        """Known to payments, with an account that the bank has checked."""
        await own(self.road, self.id, self.owner)
        reply = await self.name(**account)
        assert reply.status_code == 200, reply.text
        await usecases.check_payout_accounts(self.context, SCOPE)
        return self

    async def name(self, who: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
        """The owner, or somebody else, names an account."""
        body = {"cbu": CBUS[0], "cuit": CUIT, "schedule": "daily", "minimum": 0} | changes
        body = {name: value for name, value in body.items() if value is not None}
        return await self.road.http.put(f"{self.path}/payout-account", json=body, headers=who or self.as_owner)

    async def get(self, path: str, who: dict[str, str] | None = None, **query: str) -> httpx.Response:
        return await self.road.http.get(f"{self.path}/{path}", headers=who or self.as_owner, params=query)

    @property
    def path(self) -> str:
        return f"/api/v1/providers/{self.id}"

    @property
    def as_owner(self) -> dict[str, str]:
        return self.road.tokens.bearer(self.owner, "client provider:barber")

    async def earn(self, minor: int) -> None:
        """Something more is the provider's, or, below zero, is taken from it."""
        postings = Posting(Account.BOOKING_HELD, Money(minor)), Posting(Account.PROVIDER_PAYABLE, Money(-minor))
        async with self.road.uow.begin(SCOPE) as work:
            await post_apart(work, self.id, Entry(EntryKind.EARNED, f"earned:{new_id()}", postings))

    async def turn(self, context: PaymentsContext | None = None) -> None:
        """Its time has come."""
        async with self.road.uow.begin(SCOPE) as work:
            query = "UPDATE payout_account SET due_at = app_now() WHERE provider_id = $1"
            await work.connection.execute(query, self.id)
        await usecases.make_due_payouts(context or self.context, SCOPE)

    async def hurry(self) -> None:
        """Whatever was put off is due now."""
        await run(self.road, _HURRY)

    async def send(self) -> None:
        """What is approved goes to the bank, and what is there is looked at."""
        await usecases.gather_payouts(self.context, SCOPE)
        await self.hurry()
        await usecases.send_batches(self.context, SCOPE)

    async def look(self) -> None:
        """The bank's account is read, and accounted for."""
        await usecases.read_bank_movements(self.context, SHARED)
        await self.hurry()
        await usecases.account_for_movements(self.context, SHARED)

    async def paid(self, minor: int = 100_000) -> PayoutId:
        """Earned, sent and carried out."""
        await self.earn(minor)
        await self.turn()
        await self.send()
        self.bank.execute()
        await self.send()
        return (await self.payouts())[-1]["id"]  # type: ignore[no-any-return]

    async def payouts(self) -> list[Mapping[str, Any]]:
        """Its payouts, oldest first."""
        return await self.road.rows("SELECT * FROM payout WHERE provider_id = $1 ORDER BY id", self.id)

    async def statuses(self) -> list[str]:
        return [row["status"] for row in await self.payouts()]

    async def balances(self) -> dict[str, int]:
        """The accounts that are not at zero, in centavos."""
        found = await self.road.rows(BALANCES, self.id)
        return {row["account"]: row["minor"] for row in found if row["account"] != "booking_held"}

    def item(self, payout_id: PayoutId) -> str:
        return item_id(SCOPE, payout_id)


async def run(road: Road, queries: tuple[tuple[str, str], ...]) -> None:
    for scope, query in queries:
        async with road.uow.begin(scope) as work:
            await work.connection.execute(query)
