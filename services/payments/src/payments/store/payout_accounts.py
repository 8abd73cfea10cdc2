"""Payout accounts: whose turn it is, and which are to be checked at the bank."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select, text

from common.db import Row, Session, statement
from common.due import readable
from common.money import Money
from contracts.ids import AccountId, ProviderId
from payments.domain.payout_account import AccountStatus, PayoutAccount, Schedule
from payments.store.tables import PAYOUT_ACCOUNT

FIND: Final = statement(select(PAYOUT_ACCOUNT).where(PAYOUT_ACCOUNT.c.provider_id == bindparam("provider_id")))
LOCK: Final = statement(
    select(PAYOUT_ACCOUNT).where(PAYOUT_ACCOUNT.c.provider_id == bindparam("provider_id")).with_for_update()
)
LOCK_ALL: Final = statement(
    text("""
        SELECT * FROM payout_account WHERE provider_id = ANY (CAST(:provider_ids AS uuid[]))
        ORDER BY provider_id FOR UPDATE
    """)
)
SAVE: Final = statement(
    text("""
        INSERT INTO payout_account (provider_id, version, cbu, alias, cuit, schedule, minimum_minor, currency, status,
                                    reason, usable_from, due_at, check_due_at)
        VALUES (:provider_id, :version, :cbu, :alias, :cuit, :schedule, :minimum_minor, :currency, :status, :reason,
                :usable_from, :due_at, CASE WHEN :status = 'checking' THEN app_now() END)
        ON CONFLICT (provider_id) DO UPDATE SET
            version = excluded.version, cbu = excluded.cbu, alias = excluded.alias, cuit = excluded.cuit,
            schedule = excluded.schedule, minimum_minor = excluded.minimum_minor, status = excluded.status,
            reason = excluded.reason, usable_from = excluded.usable_from, due_at = excluded.due_at,
            check_due_at = excluded.check_due_at, checks = 0
    """)
)
FIND_DUE: Final = statement(
    text("SELECT provider_id FROM payout_account WHERE due_at <= app_now() ORDER BY due_at LIMIT :most")
)
LOCK_DUE: Final = statement(
    text("""
        SELECT * FROM payout_account WHERE provider_id = :provider_id AND due_at <= app_now() FOR UPDATE SKIP LOCKED
    """)
)
SAVE_TURN: Final = statement(text("UPDATE payout_account SET due_at = :due_at WHERE provider_id = :provider_id"))
PUT_OFF: Final = statement(
    text("""
        UPDATE payout_account SET due_at = app_now() + CAST(:wait AS interval)
        WHERE provider_id = :provider_id AND due_at <= app_now()
    """)
)
IS_OF_ERASED: Final = statement(
    text("""
        SELECT true FROM provider JOIN contact ON contact.account_id = provider.owner_id
        WHERE provider.id = :provider_id AND contact.erased
    """)
)
HURRY_OF_OWNER: Final = statement(
    text("""
        UPDATE payout_account SET due_at = app_now() FROM provider
        WHERE provider.id = payout_account.provider_id AND provider.owner_id = :owner_id
    """)
)
CLAIM_CHECKS: Final = statement(
    text("""
        WITH due AS (SELECT provider_id FROM payout_account WHERE check_due_at <= app_now()
                     ORDER BY check_due_at LIMIT :most FOR UPDATE SKIP LOCKED)
        UPDATE payout_account SET check_due_at = app_now() + CAST(:lease AS interval), checks = checks + 1
        FROM due WHERE due.provider_id = payout_account.provider_id
        RETURNING payout_account.*, payout_account.provider_id AS id
    """)
)
CHECK_AGAIN: Final = statement(
    text("""
        UPDATE payout_account SET check_due_at = app_now() + CAST(:wait AS interval)
        WHERE provider_id = :provider_id AND status = 'checking'
    """)
)


async def find_account(session: Session, provider_id: ProviderId) -> PayoutAccount | None:
    """Where a provider is paid."""
    row = await session.one(FIND, provider_id=provider_id)
    return account_of(row) if row is not None else None


async def lock_account(session: Session, provider_id: ProviderId) -> PayoutAccount | None:
    """The same, locked: nothing is reckoned for the provider meanwhile."""
    row = await session.one(LOCK, provider_id=provider_id)
    return account_of(row) if row is not None else None


async def lock_accounts(session: Session, provider_ids: list[ProviderId]) -> dict[ProviderId, PayoutAccount]:
    """Those of several providers, locked in one order."""
    rows = await session.all(LOCK_ALL, provider_ids=provider_ids)
    return {row["provider_id"]: account_of(row) for row in rows}


async def save_account(session: Session, account: PayoutAccount) -> None:
    """A new or changed one; one that is to be checked is due for it at once."""
    await session.run(
        SAVE,
        provider_id=account.provider_id,
        version=account.version,
        cbu=account.cbu,
        alias=account.alias,
        cuit=account.cuit,
        schedule=account.schedule,
        minimum_minor=account.minimum.minor,
        currency=account.minimum.currency,
        status=account.status,
        reason=account.reason,
        usable_from=account.usable_from,
        due_at=account.due_at,
    )


async def find_due_accounts(session: Session, most: int) -> list[ProviderId]:
    """Whose turn it is, those that waited longest first."""
    return [row["provider_id"] for row in await session.all(FIND_DUE, most=most)]


async def lock_due_account(session: Session, provider_id: ProviderId) -> PayoutAccount | None:
    """That one while it is its turn and nobody else reckons it."""
    row = await session.one(LOCK_DUE, provider_id=provider_id)
    return account_of(row) if row is not None else None


async def save_turn(session: Session, account: PayoutAccount) -> None:
    """When its turn comes next."""
    await session.run(SAVE_TURN, provider_id=account.provider_id, due_at=account.due_at)


async def put_off_account(session: Session, provider_id: ProviderId, wait: timedelta) -> None:
    """Have its turn come again in a while."""
    await session.run(PUT_OFF, provider_id=provider_id, wait=wait)


async def is_of_erased(session: Session, provider_id: ProviderId) -> bool:
    """Whether the provider's owner is to be forgotten."""
    return bool(await session.value(IS_OF_ERASED, provider_id=provider_id))


async def hurry_accounts_of(session: Session, owner_id: AccountId) -> None:
    """Have the turn of what this account owns come now."""
    await session.run(HURRY_OF_OWNER, owner_id=owner_id)


async def claim_checks(session: Session, most: int, lease: timedelta) -> list[tuple[PayoutAccount, int]]:
    """Accounts to be asked about at the bank, and for which time."""
    return readable("check_payout_accounts", await session.all(CLAIM_CHECKS, most=most, lease=lease), _to_check)


async def check_again(session: Session, provider_id: ProviderId, wait: timedelta) -> None:
    """Ask once more in a while."""
    await session.run(CHECK_AGAIN, provider_id=provider_id, wait=wait)


def _to_check(row: Row) -> tuple[PayoutAccount, int]:
    return account_of(row), row["checks"]


def account_of(row: Row) -> PayoutAccount:
    """One row."""
    known: dict[str, Any] = {name: row[name] for name in ("provider_id", "version", "cbu", "alias", "cuit", "reason")}
    return PayoutAccount(
        **known,
        schedule=Schedule(row["schedule"]),
        minimum=Money(row["minimum_minor"], row["currency"]),
        status=AccountStatus(row["status"]),
        usable_from=row["usable_from"],
        due_at=row["due_at"],
    )
