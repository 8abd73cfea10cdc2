"""The commands: what they print for people and for programs, and how they end."""

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from services.payments.tests.builders import CONTACT_KEYS, Road
from services.payments.tests.conftest import Sandbox
from services.payments.tests.reporting import Desk, line
from services.payments.tests.test_keeping import dead, id_of, state
from services.payments.tests.test_searching import age

from payments.clients import UnansweredError
from payments.commands import COMMANDS
from payments.settings import Settings

DAY = date(2024, 5, 6)
LOGGED = re.compile(r"[0-9-]{10} [0-9:]{8} \[")
Capture = pytest.CaptureFixture[str]


async def run(road: Road, *words: str) -> int:
    """The command in this process."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    for each in COMMANDS:
        each.arguments(commands.add_parser(each.name))
    arguments = parser.parse_args(words)
    command = next(each for each in COMMANDS if each.name == arguments.command)
    return await command.run(road.context, arguments)


async def settle_all(road: Road) -> None:
    for scope in road.uow.scopes:
        async with road.uow.begin(scope) as work:
            await work.connection.execute(
                "UPDATE reconciliation_case SET closed_at = app_now() WHERE closed_at IS NULL"
            )


@pytest.fixture
async def desk(road: Road) -> Desk:
    """Nothing is open, and one report is to come."""
    await settle_all(road)
    return await Desk(road, DAY).open()


def printed(capsys: Capture) -> str:
    """Without the log, which a process has elsewhere."""
    return "".join(each for each in capsys.readouterr().out.splitlines(keepends=True) if not LOGGED.match(each))


def days(count: int = 0) -> tuple[str, ...]:
    return ("--from", DAY.isoformat(), "--to", (DAY + timedelta(days=count)).isoformat())


async def test_without_differences_reconcile_says_so_and_ends_well(desk: Desk, capsys: Capture) -> None:
    assert await desk.read(line("5", "PAYOUT")) == "imported"
    assert await run(desk.road, "reconcile", *days()) == 0
    assert printed(capsys).splitlines() == [
        "2024-05-06 to 2024-05-06: 0 payments found, 0 had changed, 0 are nobody's",
        "report of 2024-05-06: imported, 1 lines",
        "no differences are open",
    ]


async def test_differences_are_a_table_and_end_with_one(road: Road, capsys: Capture) -> None:
    await settle_all(road)
    desk = await Desk(road, DAY + timedelta(days=1)).open()
    _, charge_id = await desk.paid()
    await desk.read(line(charge_id, amount="1400.00"))
    assert await run(road, "reconcile", *days()) == 1
    header, row = printed(capsys).splitlines()[-2:]
    assert header.split() == ["scope", "kind", "subject", "ours", "reported", "times", "since", "found"]
    assert row.split()[:6] == ["barber", "report_amount_differs", charge_id, "1500.00", "1400.00", "1"]


async def test_differences_are_json_for_programs(road: Road, capsys: Capture) -> None:
    await settle_all(road)
    desk = await Desk(road, DAY + timedelta(days=2)).open()
    _, charge_id = await desk.paid()
    await desk.read(line(charge_id), line(charge_id))
    assert await run(road, "reconcile", "--json", *days(2)) == 1
    said: dict[str, Any] = json.loads(printed(capsys))
    (found,) = said["differences"]
    assert {name: found[name] for name in ("scope", "kind", "subject", "ours", "reported")} == {
        "scope": "barber",
        "kind": "report_twice",
        "subject": charge_id,
        "ours": 1500.0,
        "reported": 3000.0,
    }
    assert {each["day"] for each in said["reports"]} == {"2024-05-06", "2024-05-07", "2024-05-08"}


async def test_reconcile_searches_the_days_and_does_not_wait_for_reports(road: Road, capsys: Capture) -> None:
    await settle_all(road)
    payment_id = await road.begin(await road.book())
    age(road, road.pay(payment_id), timedelta(seconds=1))
    assert await run(road, "reconcile", "--json") == 0
    said = json.loads(printed(capsys))
    assert (said["searched"], await road.status(payment_id)) == ({"payments": 1, "changed": 1, "orphans": 0}, "paid")
    assert [each["status"] for each in said["reports"]] == ["asked"]


@pytest.mark.parametrize("status", ["wanted", "asked"])
async def test_a_report_that_is_not_there_yet_is_told_with_its_state(road: Road, capsys: Capture, status: str) -> None:
    await settle_all(road)
    desk = await Desk(road, DAY + timedelta(days=10 + len(status))).open()
    if status == "wanted":
        road.mercadopago.meanwhile["ask_report"] = _failing(road)
    both = ("--from", desk.day.isoformat(), "--to", desk.day.isoformat())
    assert await run(road, "reconcile", *both) == 0
    assert f"report of {desk.day}: {status}" in capsys.readouterr().out


def _failing(road: Road) -> Callable[[], Any]:
    async def fail() -> None:
        road.mercadopago.fail += [UnansweredError("http-500")] * 3

    return fail


async def test_a_mercadopago_that_does_not_answer_is_another_status(road: Road, capsys: Capture) -> None:
    road.mercadopago.fail.append(UnansweredError("ReadTimeout"))
    assert await run(road, "reconcile", *days()) == 3
    assert "did not answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "2026-02-02", "--to", "2026-02-01"),
        ("--from", "2026-01-01", "--to", "2026-02-01"),
    ],
)
async def test_days_that_cannot_be_are_bad_arguments(road: Road, words: tuple[str, ...]) -> None:
    assert await run(road, "reconcile", *words) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("reconcile", "--from", "yesterday"),
        ("webhooks",),
        ("webhooks", "replay"),
        ("webhooks", "replay", "--status", "done"),
        ("webhooks", "replay", "--id", "7"),
        ("webhooks", "replay", "--status", "dead", "--id", "01999999-0000-7000-8000-000000000000"),
    ],
)
async def test_what_cannot_be_read_are_bad_arguments(road: Road, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        await run(road, *words)
    assert ended.value.code == 2


async def test_webhooks_are_replayed_by_id_and_by_state(road: Road, capsys: Capture) -> None:
    one, two = await dead(road), await dead(road)
    assert await run(road, "webhooks", "replay", "--id", str(await id_of(road, one))) == 0
    assert printed(capsys) == "1 notifications are due again\n"
    assert (await state(road, one), await state(road, two)) == ("due", "dead")
    assert await run(road, "webhooks", "replay", "--status", "dead") == 0
    assert await state(road, two) == "due"
    assert await run(road, "webhooks", "replay", "--status", "dead", "--from", "2026-02-02", "--to", "2026-02-01") == 2


def environment(settings: Settings, url: str) -> dict[str, str]:
    """What a process of payments is told."""
    own = {
        "API_PORT": "1",
        "WORKER_PORT": "2",
        "DATABASES": json.dumps({scope: dsn.get_secret_value() for scope, dsn in settings.databases.items()}),
        "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "VERTICALS_DIR": str(settings.verticals_dir),
        "JWKS_URL": settings.jwks_url,
        "TOKEN_ISSUER": settings.token_issuer,
        "TOKEN_AUDIENCE": settings.token_audience,
        "PUBLIC_URL": settings.public_url,
        "MERCADOPAGO_URL": url,
        "MERCADOPAGO_TOKEN": "TEST-nobody",
        "MERCADOPAGO_SECONDS": "2",
        "WEBHOOK_SECRET": "s3cr3t",
        "COLLECTOR_ID": settings.collector_id,
        "CONTACT_KEYS": json.dumps(CONTACT_KEYS),
    }
    return {**os.environ, **{f"PAYMENTS_{name}": value for name, value in own.items()}}


async def process(env: dict[str, str], *words: str) -> tuple[int | None, str, str]:
    made = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "payments",
        *words,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(made.communicate(), 60)
    return made.returncode, out.decode(), err.decode()


async def test_as_a_process_it_prints_one_json_object_and_ends_with_its_status(
    road: Road, settings: Settings, sandbox: Sandbox, sandbox_token: str
) -> None:
    await settle_all(road)
    env = environment(settings, sandbox.url) | {"PAYMENTS_MERCADOPAGO_TOKEN": sandbox_token}
    status, out, err = await process(env, "reconcile", "--json", *days())
    assert (status, json.loads(out)["differences"]) == (0, []), err
    status, out, _ = await process(env, "reconcile", "--from", "2026-02-02", "--to", "2026-02-01")
    assert (status, out) == (2, "")
