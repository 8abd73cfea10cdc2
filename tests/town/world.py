"""What happens to our money out there: payers' banks, MercadoPago's panel, our own bank. And payments' own commands."""

import asyncio
import os
import subprocess
from datetime import timedelta
from typing import Any, Final

import asyncpg
from tests.town.client import BARBER, Call, Json
from tests.town.outside import Outside
from tests.town.people import Account
from tests.town.records import Records
from tests.town.shops import Shop
from tests.town.town import Town

from localstack.environment import running_settings
from sandbox.testing import Bank, Disputes

_SECONDS: Final = 60
_AFTER_THE_TURNO: Final = timedelta(hours=60)


def disputes_of(outside: Outside) -> Disputes:
    """Payers who want their money back from their bank."""
    return Disputes(outside.http)


def bank_of(outside: Outside) -> Bank:
    """What others do to accounts at the bank."""
    return Bank(outside.http)


async def command(town: Town, *arguments: str) -> tuple[int, str]:
    """`python -m payments ...` with the service's own settings: how it ended and what it printed."""
    return await asyncio.to_thread(_run, town.records, arguments)


def _run(records: Records, arguments: tuple[str, ...]) -> tuple[int, str]:
    context = records.context
    settings = os.environ | running_settings(context, "payments")
    line = (str(context.python), "-m", "payments", *arguments)
    ended = subprocess.run(line, env=settings, capture_output=True, text=True, timeout=_SECONDS, check=False)
    return ended.returncode, ended.stdout


async def refund_in_the_panel(town: Town, charge: Json, pesos: int) -> None:
    """Give a part back where only MercadoPago sees it."""
    token = town.records.context.secrets.mercadopago_token
    headers = {"authorization": f"Bearer {token}", "x-idempotency-key": f"panel:{charge['id']}:{pesos}"}
    path = f"/v1/payments/{charge['id']}/refunds"
    made = await town.outside.http.post(path, headers=headers, json={"amount": pesos})
    made.raise_for_status()


async def second_operator(town: Town) -> Account:
    """Another person whose word counts."""
    account, operator = await town.people.client(), await town.people.operator()
    path, body = f"/api/v1/accounts/{account.id}/roles", {"role": "operator", "vertical": "*"}
    await town.gateway.ask(Call("POST", path, token=operator.token, body=body))
    return await town.people.again(account)


async def cases_about(town: Town, operator: Account, subject: str, status: str = "open") -> list[Json]:
    """The cases of one subject that operators see; the listing is paged, oldest first."""
    found, after = list[Json](), None
    while True:
        query: dict[str, Any] = {"status": status, "limit": 100} | ({"cursor": after} if after else {})
        page = await town.gateway.ask(Call("GET", "/api/v1/payments/cases", BARBER, operator.token, query=query))
        found += [one for one in page["items"] if one["subject"] == subject]
        after = page["nextCursor"]
        if after is None:
            return found


async def settle(town: Town, operator: Account, case: Json, outcome: str = "explained") -> Json:
    """An operator's last word on a case."""
    body = {"outcome": outcome, "note": "visto"}
    path = f"/api/v1/payments/cases/{case['id']}/settle"
    return dict(await town.gateway.ask(Call("POST", path, BARBER, operator.token, body)))


async def told(town: Town, owner: Account, template: str) -> int:
    """How many messages of this kind reached a phone."""
    return sum(f"[{template}]" in message["body"] for message in await town.outside.messages(owner.contact.phone))


async def complete(town: Town, shop: Shop, booking: Json) -> None:
    """The service was rendered, some days from now."""
    async with town.records.clock_of("booking", BARBER) as clock:
        await clock.to(_AFTER_THE_TURNO)
        await town.gateway.ask(Call("POST", f"/api/v1/bookings/{booking['id']}/complete", BARBER, shop.owner.token))


async def standing_of(town: Town, shop: Shop) -> Json:
    """What the provider has with us now: `payable` and `held`, in pesos."""
    call = Call("GET", f"/api/v1/providers/{shop.provider_id}/earnings", BARBER, shop.owner.token)
    return dict((await town.gateway.ask(call))["standing"])


async def trial_balance(town: Town, operator: Account) -> float:
    """What all accounts of the ledger sum to, as operators see it."""
    found = await town.gateway.ask(Call("GET", "/api/v1/payments/trial-balance", BARBER, operator.token))
    return float(found["total"])


async def search_soon(town: Town) -> None:
    """Have the hourly search be due at once, as an hour's wait would."""
    connection = await asyncpg.connect(town.records.context.superuser_dsn("payments"), timeout=_SECONDS)
    try:
        await connection.execute("UPDATE shared.search_window SET due_at = now()")
    finally:
        await connection.close()
