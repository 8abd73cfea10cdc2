"""schemathesis at every service's OpenAPI, in all its phases: whatever is sent, no service breaks (no 5xx).

It takes minutes of both cores: `make test-deep` has it.

Behind the gateway's back, where nothing is refused beforehand; seeded, and bounded in examples and in time. The token
may do everything and owns what the paths name, so that requests get as far as the database.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from tests.security.minting import Mint
from tests.town.client import BARBER, Call
from tests.town.people import Account
from tests.town.shops import Shop, open_shop
from tests.town.town import ON_STACK, Town

from localstack.ports import HOST

pytestmark = [ON_STACK, pytest.mark.deep]
SCHEMATHESIS: Final = Path(sys.executable).with_name("schemathesis")
EVERYTHING: Final = "client provider:barber analyst:barber operator:*"
SECONDS: Final = 150
AT_ONCE: Final = 3
_PROVIDER: Final = "/api/v1/providers/{provider_id}"
# A payment for a booking that is not known yet is waited for, 2 s each time.
WAITS: Final = "POST /api/v1/payments"


@dataclass(frozen=True, slots=True)
class Run:
    """Which operations of a service, and how."""

    service: str
    options: Sequence[str]


RUNS: Final = {
    "identity": Run("identity", ["--exclude-name", "DELETE /api/v1/me"]),
    "providers": Run(
        "providers",
        [
            *("--exclude-name", f"DELETE {_PROVIDER}/places/{{place_id}}"),
            *("--exclude-name", f"DELETE {_PROVIDER}/places/{{place_id}}/resources/{{resource_id}}"),
            *("--exclude-name", f"DELETE {_PROVIDER}/staff/{{staff_id}}"),
        ],
    ),
    "booking": Run("booking", []),
    "payments": Run("payments", ["--exclude-name", WAITS]),
    "payments that are begun": Run("payments", ["--include-name", WAITS, "--mode", "negative"]),
    "notifications": Run("notifications", []),
    # The live feed never ends; services/analytics/tests/test_stream.py is about it.
    "analytics": Run("analytics", ["--exclude-name", "GET /api/v1/analytics/stream"]),
}
"""What would end the account or the shop that the others need is left out here, and tried in test_objects.py."""


@pytest.fixture(scope="module")
async def own_shop(town: Town) -> Shop:
    """One that may be spoilt."""
    return await open_shop(town)


@pytest.fixture(scope="module")
async def ids(town: Town, own_shop: Shop) -> Mapping[str, str]:
    """What stands in paths and queries: all of it the fuzzer's own."""
    owner = own_shop.owner
    booking = await town.book(owner, own_shop, await own_shop.slot())
    payment = await town.begin_payment(owner, booking)
    path = f"/api/v1/providers/{own_shop.provider_id}"
    place = (await town.gateway.ask(Call("GET", path, token=owner.token)))["places"][0]
    return {
        "path.provider_id": own_shop.provider_id,
        "path.providerId": own_shop.provider_id,
        "path.place_id": own_shop.place_id,
        "path.resource_id": place["resources"][0]["id"],
        "path.staff_id": own_shop.staff[0],
        "path.service_id": own_shop.service_id,
        "path.booking_id": booking["id"],
        "path.payment_id": payment["id"],
    }


@pytest.fixture(scope="module", params=["examples,fuzzing,stateful", "coverage"])
async def reports(
    request: pytest.FixtureRequest,
    town: Town,
    mint: Mint,
    own_shop: Shop,
    ids: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, tuple[int | None, str]]:
    """The exit status of each run and what schemathesis said. A few at once: each mostly waits for its service."""
    config, turns = tmp_path_factory.mktemp("fuzzing") / "schemathesis.toml", asyncio.Semaphore(AT_ONCE)
    config.write_text(settings(mint, own_shop.owner, ids))

    async def report(run: Run) -> tuple[int | None, str]:
        async with turns:
            port = town.stack.context.ports[f"{run.service}-api"]
            return await fuzz(config, f"http://{HOST}:{port}/openapi.json", ["--phases", request.param, *run.options])

    return dict(zip(RUNS, await asyncio.gather(*map(report, RUNS.values())), strict=True))


@pytest.mark.timeout(4 * SECONDS)
@pytest.mark.parametrize("run", RUNS)
def test_nothing_that_is_sent_breaks_a_service(reports: Mapping[str, tuple[int | None, str]], run: str) -> None:
    status, said = reports[run]
    assert status == 0, said


def settings(mint: Mint, who: Account, ids: Mapping[str, str]) -> str:
    """In a file, so that the token is on no command line."""
    token = mint.token(who.id, EVERYTHING)
    parameters = "".join(f'"{name}" = "{value}"\n' for name, value in ids.items())
    headers = f'headers = {{ Authorization = "Bearer {token}", X-Vertical = "{BARBER}" }}'
    # Methods that a path does not have are tried in test_objects.py.
    return f"{headers}\n[parameters]\n{parameters}[phases.coverage]\nunexpected-methods = []\n"


async def fuzz(config: Path, url: str, options: Sequence[str]) -> tuple[int | None, str]:
    """The exit status and what schemathesis said; it names the request that broke something, to be sent again."""
    command = [
        *(str(SCHEMATHESIS), "--config-file", str(config), "run", url, *options),
        *("--checks", "not_a_server_error"),
        *("--seed", "1", "--max-examples", "4", "--request-timeout", "10"),
        *("--suppress-health-check", "all", "--warnings", "off", "--no-color"),
    ]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=config.parent, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        # Said of this service alone: the others are judged by what they answered.
        return None, f"not done within {SECONDS} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, said.decode()
