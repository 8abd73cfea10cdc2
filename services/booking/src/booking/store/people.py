"""Who is what at a provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from common.db import Session, statement
from contracts.ids import AccountId, ProviderId, StaffId

FIND_MEMBER: Final = statement(
    text("""
        SELECT EXISTS (
            SELECT FROM provider
            WHERE id = :provider_id
              AND state -> 'staff' @> jsonb_build_array(jsonb_build_object('staff_id', CAST(:staff_id AS uuid)))
        )
    """)
)
FIND_STANDING: Final = statement(
    text("""
        SELECT owner_id = :account_id AS owns, ARRAY(
                   SELECT CAST(one ->> 'staff_id' AS uuid)
                   FROM jsonb_array_elements(CAST(state -> 'staff' AS jsonb)) AS one
                   WHERE one ->> 'account_id' = CAST(CAST(:account_id AS uuid) AS text)
               ) AS staff_ids
        FROM provider WHERE id = :provider_id
    """)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account is at a provider: its owner, or members of its staff."""

    owns: bool = False
    staff_ids: Sequence[StaffId] = ()


async def find_standing(session: Session, provider_id: ProviderId, account_id: AccountId) -> Standing:
    """Nothing, at a provider we have not heard of."""
    row = await session.one(FIND_STANDING, provider_id=provider_id, account_id=account_id)
    return Standing() if row is None else Standing(row["owns"], row["staff_ids"])


async def find_member(session: Session, provider_id: ProviderId, staff_id: StaffId) -> bool:
    """Whether somebody is on a provider's staff."""
    return bool(await session.value(FIND_MEMBER, provider_id=provider_id, staff_id=staff_id))
