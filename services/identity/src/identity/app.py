"""The composition root."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from common.service import Service
from common.uow import UnitOfWork
from common.verticals import Verticals
from identity import usecases
from identity.api import REFUSALS, ROUTERS
from identity.crypto.passwords import Hasher
from identity.crypto.safe import Safe
from identity.crypto.signing import Signer, load_keys
from identity.jobs import JOBS
from identity.settings import Settings
from identity.usecases.context import FirstOperator, IdentityContext

MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"


@asynccontextmanager
async def build(settings: Settings, uow: UnitOfWork, verticals: Verticals) -> AsyncIterator[IdentityContext]:
    """The context, for as long as the process needs it."""
    keys = load_keys(settings.signing_keys_dir)
    hasher = Hasher(settings.hash_threads, settings.hash_queue)
    try:
        yield IdentityContext(
            uow,
            verticals,
            safe=Safe(settings.opened_contact_keys(), settings.contact_key_id),
            signer=Signer(keys, settings.signing_key_id, settings.token_issuer, settings.token_audience),
            hasher=hasher,
            first_operator=_first_operator(settings),
        )
    finally:
        hasher.close()


def _first_operator(settings: Settings) -> FirstOperator | None:
    if settings.first_operator_email is None or settings.first_operator_password is None:
        return None
    return FirstOperator(settings.first_operator_email, settings.first_operator_password.get_secret_value())


SERVICE: Final = Service(
    "identity",
    Settings,
    build,
    MIGRATIONS,
    routers=ROUTERS,
    refusals=REFUSALS,
    jobs=JOBS,
    snapshots=(usecases.page_of_accounts, usecases.page_of_contacts),
    background=(usecases.ensure_first_operator,),
    token_keys=lambda context: context.signer.jwks(),
)
