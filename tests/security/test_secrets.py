"""What is worth stealing: a dump of every database tells of nobody, and without its key a contact is noise.

Topics, logs, traces and live tables: tests/integration/test_sight.py.
"""

import asyncio
import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

import pytest
from tests.town.client import BARBER, PSYCHOLOGY
from tests.town.people import Account, somebody
from tests.town.shops import Shop
from tests.town.town import ON_STACK, Town

from common.contacts import UnreadableContactError, unseal
from common.testing import eventually
from contracts.identity import AccountContact
from contracts.ids import AccountId
from localstack.programs import SERVICES

pytestmark = ON_STACK
_SECONDS: Final = 60
IN_IDENTITY: Final = "SELECT key_id, nonce, box AS sealed FROM account WHERE id = $1"
IN_NOTIFICATIONS: Final = "SELECT key_id, nonce, sealed FROM contact WHERE account_id = $1"
HASH_OF: Final = "SELECT password_hash FROM account WHERE id = $1"
ARGON2ID: Final = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[^$]{22,}\$[^$]{43,}")
LEAST_KIBIBYTES, LEAST_ROUNDS, LEAST_LANES = 19 * 1024, 2, 1
PASSWORD: Final = "una clave larga de prueba"


@pytest.fixture(scope="module")
async def canary(town: Town, shop: Shop) -> Account:
    """Somebody whose name is found nowhere else, and who was really told about a booking."""
    mark = uuid4().hex[:12]
    person = await town.people.client(somebody(f"Canaria{mark} Xilofon{mark}"))
    await town.buy(person, shop, await shop.slot(hours=110))
    await eventually(lambda: town.outside.messages(person.contact.phone), 20)
    return person


@pytest.mark.parametrize("service", SERVICES)
async def test_a_dump_of_a_database_holds_nothing_that_tells_who_somebody_is(
    town: Town, shop: Shop, canary: Account, service: str
) -> None:
    dump = (await dumped(town, service)).lower()
    contact = canary.contact
    words = [*contact.name.lower().split(), contact.phone.removeprefix("+549"), contact.email.partition("@")[0]]
    forms = [form for word in [*words, PASSWORD] for form in (word, word.encode().hex(), in_base64(word))]
    assert [form for form in forms if form in dump] == []
    # It is a dump of what was written: ids are in it.
    assert str(canary.id) in dump or shop.provider_id in dump


async def test_every_copy_of_a_contact_opens_with_its_key_and_with_no_other(town: Town, canary: Account) -> None:
    keys = {name: b64decode(key) for name, key in town.stack.context.secrets.contact_keys.items()}
    copies = await sealed_copies(town, canary.id)
    assert {unseal(copy, keys).name for copy in copies} == {canary.contact.name}
    others = dict.fromkeys(keys, os.urandom(32))
    assert [copy.key_id for copy in copies if opens(copy, {}) or opens(copy, others)] == []


async def test_a_copy_of_one_contact_opens_under_no_other_account(town: Town, canary: Account) -> None:
    keys = {name: b64decode(key) for name, key in town.stack.context.secrets.contact_keys.items()}
    moved = [
        copy.model_copy(update={"account_id": AccountId(uuid4())}) for copy in await sealed_copies(town, canary.id)
    ]
    assert [copy.key_id for copy in moved if opens(copy, keys)] == []


async def test_only_services_that_are_entitled_are_given_the_key(town: Town) -> None:
    key = next(iter(town.stack.context.secrets.contact_keys.values()))
    programs = [f"{service}-{part}" for service in SERVICES for part in ("api", "worker")]
    given = {name.rpartition("-")[0] for name in programs if key in json.dumps(town.stack.environment(name))}
    assert given == {"identity", "notifications", "payments"}


async def test_a_password_is_kept_as_argon2id_with_at_least_the_recommended_cost(town: Town, canary: Account) -> None:
    kept = ARGON2ID.fullmatch(str(await town.records.value("identity", "*", HASH_OF, canary.id)))
    assert kept is not None
    memory, rounds, lanes = map(int, kept.groups())
    assert (memory >= LEAST_KIBIBYTES, rounds >= LEAST_ROUNDS, lanes >= LEAST_LANES) == (True, True, True)


async def test_one_password_of_two_people_is_kept_as_two_hashes(town: Town, canary: Account) -> None:
    other = await town.people.client()
    hashes = {await town.records.value("identity", "*", HASH_OF, person.id) for person in (canary, other)}
    assert len(hashes) == 2


async def sealed_copies(town: Town, account_id: UUID) -> Sequence[AccountContact]:
    """In identity, in notifications' two schemas, and on the topic between them."""
    places = [
        ("identity", "*", IN_IDENTITY),
        *(("notifications", one, IN_NOTIFICATIONS) for one in (BARBER, PSYCHOLOGY)),
    ]
    rows = [row for place in places for row in await town.records.rows(*place, account_id)]
    assert len(rows) == len(places)
    key = str(account_id).encode()
    told = [one.value for one in await town.records.topics() if (one.topic, one.key) == ("account.contact", key)]
    assert told
    stored = [AccountContact(account_id=AccountId(account_id), version=0, **dict(row)) for row in rows]
    return [*stored, *(AccountContact.model_validate(json.loads(one)["data"]) for one in told)]


def opens(copy: AccountContact, keys: dict[str, bytes]) -> bool:
    """Whether these keys open it."""
    try:
        unseal(copy, keys)
    except UnreadableContactError:
        return False
    return True


async def dumped(town: Town, service: str) -> str:
    """What a thief of the backup has."""
    program = max(town.stack.machine.postgres_versions.glob("*/bin/pg_dump"))
    dsn = town.stack.context.superuser_dsn(service)
    process = await asyncio.create_subprocess_exec(
        str(program), "--data-only", "--dbname", dsn, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(_SECONDS):
        text, _ = await process.communicate()
    assert process.returncode == 0
    return text.decode()


def in_base64(word: str) -> str:
    """The part of it that does not depend on what stands before."""
    return b64encode(word.encode()).decode().rstrip("=").lower()[:-1]
