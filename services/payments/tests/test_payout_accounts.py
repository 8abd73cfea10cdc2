"""Where providers are paid: named by the owner alone, checked by digits and at the bank, and shown to nobody else."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from services.payments.tests.builders import SCOPE
from services.payments.tests.conftest import OUR_CBU
from services.payments.tests.fake_bank import CBUS, CUIT
from services.payments.tests.till import Till

from common.testing import on_record, published
from contracts.ids import AccountId, new_id
from contracts.payments import PayoutAccountChanged
from payments import usecases
from payments.clients import BankUnansweredError

DAY = timedelta(hours=24)
MASKED = "*" * 18 + "5201"


def slug(reply: object) -> str:
    return str(reply.json()["type"]).rpartition(":")[2]  # type: ignore[attr-defined]  # httpx.Response


async def test_the_owner_sees_the_last_four_digits_alone(till: Till) -> None:
    reply = await till.get("payout-account")
    assert (reply.json()["cbu"], reply.json()["status"], reply.json()["usableFrom"]) == (MASKED, "ready", None)
    assert CBUS[0] not in reply.text
    assert CUIT not in reply.text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cbu": "2850590940090418135202"}, "invalid-cbu"),
        ({"cuit": "20267565392"}, "invalid-cuit"),
        ({"alias": "mate.amargo"}, "invalid-request"),
        ({"cbu": None}, "invalid-request"),
        ({"cbu": None, "alias": "no"}, "invalid-request"),
        ({"minimum": -1}, "invalid-request"),
        ({"schedule": "hourly"}, "invalid-request"),
    ],
)
async def test_what_cannot_be_an_account_is_refused_by_name(till: Till, changes: dict[str, Any], expected: str) -> None:
    reply = await till.name(**changes)
    assert (reply.status_code, slug(reply)) == (422, expected)


@pytest.mark.parametrize("changes", [{"cbu": None}, {"alias": "mate.amargo"}])
async def test_an_account_of_no_or_of_two_names_is_told_which_fields(till: Till, changes: dict[str, Any]) -> None:
    fields = (await till.name(**changes)).json()["fields"]
    assert fields == [{"field": name, "reason": "just_one_of_these"} for name in ("cbu", "alias")]


@pytest.mark.parametrize("changes", [{"cbu": OUR_CBU}, {"cbu": None, "alias": "BarberPro.Cobros"}])
async def test_nobody_is_paid_at_our_own_account(till: Till, changes: dict[str, Any]) -> None:
    reply = await till.name(**changes)
    assert (reply.status_code, slug(reply)) == (422, "our-own-account")
    assert (await till.get("payout-account")).json()["cbu"] == MASKED


async def test_separators_are_no_matter(till: Till) -> None:
    assert (await till.name(cuit="20-05536168-2")).status_code == 200
    assert (await till.get("payout-account")).json()["status"] == "ready"


async def test_nobody_but_the_owner_names_an_account(till: Till) -> None:
    for scope in ("client", "provider:barber", "operator:*"):
        stranger = till.road.tokens.bearer(AccountId(new_id()), scope)
        assert (await till.name(stranger)).status_code == 404
    assert (await till.road.http.put(f"{till.path}/payout-account", json={})).status_code == 401


async def test_owner_and_operators_read_and_an_operators_read_is_on_record(till: Till) -> None:
    operator = AccountId(new_id())
    for path in ("payout-account", "payouts"):
        for scope in ("client", "provider:barber analyst:barber", "operator:psychology"):
            stranger = till.road.tokens.bearer(AccountId(new_id()), scope)
            assert (await till.get(path, stranger)).status_code == 404
        assert (await till.get(path, till.road.tokens.bearer(operator, "operator:barber"))).status_code == 200
    found = [(each.action, each.actor) for each in await on_record(till.road.uow, SCOPE, till.id)]
    assert found[-2:] == [("payout_account.read", operator), ("payouts.read", operator)]


async def test_an_alias_is_paid_at_the_cbu_it_stood_for_when_it_was_checked(till: Till) -> None:
    till.bank.open(CBUS[1], alias="mate.amargo")
    other = await Till(till.road, till.bank).open(cbu=None, alias="Mate.Amargo")
    shown = (await other.get("payout-account")).json()
    assert (shown["alias"], shown["cbu"], shown["status"]) == ("mate.amargo", f"{'*' * 18}0028", "ready")
    till.bank.open(CBUS[2], alias="mate.amargo")
    await other.paid(500)
    assert [item.cbu for batch in till.bank.batches.values() for item in batch.items] == [CBUS[1]]


@pytest.mark.parametrize(
    ("holder", "changes", "reason"),
    [
        ("27103456784", {}, "holder_mismatch"),
        (CUIT, {"active": False}, "account_closed"),
        (CUIT, {"currency": "USD"}, "currency"),
    ],
)
async def test_what_the_bank_says_against_it_is_why_it_is_refused(
    till: Till, holder: str, changes: dict[str, Any], reason: str
) -> None:
    till.bank.open(CBUS[1], holder, **changes)
    other = await Till(till.road, till.bank).open(cbu=CBUS[1])
    shown = (await other.get("payout-account")).json()
    assert (shown["status"], shown["reason"]) == ("refused", reason)
    await other.earn(100_000)
    await other.turn()
    assert await other.statuses() == []


async def test_an_account_that_the_bank_does_not_know_is_refused(till: Till) -> None:
    other = await Till(till.road, till.bank).open(cbu=None, alias="nadie.nadie")
    assert (await other.get("payout-account")).json()["reason"] == "account_not_found"


async def test_a_bank_that_does_not_answer_is_asked_again(till: Till) -> None:
    till.bank.fail.append(BankUnansweredError("http-500"))
    other = await Till(till.road, till.bank).open(cbu=CBUS[1])
    assert (await other.get("payout-account")).json()["status"] == "checking"
    await other.hurry()
    await usecases.check_payout_accounts(till.context, SCOPE)
    assert (await other.get("payout-account")).json()["status"] == "ready"


async def test_a_changed_account_is_checked_anew_and_waits_a_day(till: Till) -> None:
    await till.earn(10_000)
    await till.turn()
    reply = (await till.name(cbu=CBUS[1])).json()
    assert (reply["status"], reply["cbu"][-4:]) == ("checking", "0028")
    assert abs(datetime.fromisoformat(reply["usableFrom"]) - datetime.now(UTC) - DAY) < timedelta(minutes=1)
    await usecases.check_payout_accounts(till.context, SCOPE)
    await till.send()
    assert (await till.statuses(), till.bank.batches) == (["approved"], {})
    async with till.road.uow.begin(SCOPE) as work:
        await work.connection.execute("UPDATE payout_account SET usable_from = usable_from - interval '24 hours'")
    await till.send()
    assert [item.cbu for batch in till.bank.batches.values() for item in batch.items] == [CBUS[1]]


async def test_a_change_while_the_bank_is_asked_is_checked_by_itself(till: Till) -> None:
    await till.name(cbu=CBUS[1])
    async with till.road.uow.begin(SCOPE) as work:
        await work.connection.execute("UPDATE payout_account SET version = version + 1")
    till.bank.open(CBUS[1], "27103456784")
    await usecases.check_payout_accounts(till.context, SCOPE)
    await till.hurry()
    await usecases.check_payout_accounts(till.context, SCOPE)
    assert (await till.get("payout-account")).json()["reason"] == "holder_mismatch"


async def test_another_schedule_or_minimum_is_no_other_account(till: Till) -> None:
    before = len(await published(till.road.uow, SCOPE, till.id))
    reply = (await till.name(schedule="monthly", minimum=5000)).json()
    assert (reply["status"], reply["usableFrom"], reply["schedule"]) == ("ready", None, "monthly")
    assert len(await published(till.road.uow, SCOPE, till.id)) == before


async def test_the_owner_is_told_of_each_account_and_of_what_the_bank_says(till: Till) -> None:
    await till.name(cbu=CBUS[1])
    facts = [event.data for event in await published(till.road.uow, SCOPE, till.id)]
    assert all(isinstance(fact, PayoutAccountChanged) and fact.owner_account_id == till.owner for fact in facts)
    assert [(fact.version, fact.status) for fact in facts if isinstance(fact, PayoutAccountChanged)] == [
        (1, "checking"),
        (2, "ready"),
        (3, "checking"),
    ]


async def test_no_event_log_case_or_audit_entry_holds_bank_data(till: Till, capsys: pytest.CaptureFixture[str]) -> None:
    await till.paid()
    await till.name(cbu=CBUS[1], cuit="27103456784")
    await usecases.check_payout_accounts(till.context, SCOPE)
    rows = await till.road.rows("SELECT encode(payload, 'escape') AS told FROM outbox WHERE payload IS NOT NULL")
    for table in ("audit_entry", "reconciliation_case", "ledger_transaction", "idempotency"):
        rows += await till.road.rows(f"SELECT t::text AS told FROM {table} t")  # noqa: S608 - names from this test
    told = " ".join(row["told"] for row in rows) + "".join(capsys.readouterr())
    assert [one for one in (*CBUS, CUIT, "27103456784") if one in told] == []


async def test_the_next_payout_is_shown_with_the_earnings(till: Till) -> None:
    await till.name(minimum=500)
    await till.earn(30_000)
    shown = (await till.get("earnings")).json()
    assert {name: shown["nextPayout"][name] for name in ("payable", "minimum")} == {"payable": 300, "minimum": 500}
    assert shown["standing"]["payable"] == 300


async def test_payouts_are_in_the_statement_and_are_no_loss(till: Till) -> None:
    await till.paid(30_000)
    await till.earn(1)
    rows = list(csv.DictReader(StringIO((await till.get("earnings/csv")).text)))
    assert [(row["kind"], row["net"], row["paid_out"]) for row in rows] == [
        ("earned", "300.00", "0.00"),
        ("payout", "0.00", "300.00"),
        ("earned", "0.01", "0.00"),
    ]
    earnings = (await till.get("earnings")).json()
    assert all(line["net"] >= 0 for line in earnings["items"])
    assert earnings["standing"]["payable"] == 0.01


async def test_without_an_account_there_is_none_to_be_seen_and_no_next_payout(till: Till) -> None:
    other = Till(till.road, till.bank)
    await usecases.make_due_payouts(till.context, SCOPE)
    assert (await other.get("payout-account")).status_code == 404
