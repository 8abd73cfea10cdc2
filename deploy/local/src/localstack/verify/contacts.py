"""Contacts travel once, closed: each copy is the one last told, and of whoever was erased there is none."""

from typing import Final

from localstack.verify.effects import parked_subjects
from localstack.verify.evidence import Evidence

_TOLD: Final = """
    SELECT DISTINCT ON (key) key AS account_id, sequence AS version FROM outbox
    WHERE topic = 'account.contact' AND payload IS NOT NULL ORDER BY key, id DESC
"""
# By the account too: an outbox forgets, and a tombstone that was never told is in none.
_ERASED: Final = """
    SELECT id AS account_id FROM account WHERE erased_at IS NOT NULL
    UNION SELECT key FROM outbox WHERE topic = 'account.contact' AND payload IS NULL
"""
_KEEPERS: Final = {
    "notifications": "SELECT account_id, version, sealed IS NOT NULL AS is_there FROM contact",
    "payments": "SELECT account_id, version, NOT erased AS is_there FROM contact",
}
"""The services that are entitled to a copy, and their copies; payments keeps only what a contact is recognised by."""


async def wrong_contacts(evidence: Evidence) -> list[str]:
    """Copies of another version than the one last told, and copies that outlived their person."""
    told = {row["account_id"]: row["version"] for row in await evidence.rows("identity", "*", _TOLD)}
    erased = {row["account_id"] for row in await evidence.rows("identity", "*", _ERASED)}
    broken = list[str]()
    for keeper, copies_of in _KEEPERS.items():
        for vertical in evidence.verticals:
            copies = {
                row["account_id"]: row for row in await evidence.rows(keeper, vertical, copies_of) if row["is_there"]
            }
            parked = await parked_subjects(evidence, keeper, vertical)
            place = f"{keeper}/{vertical}"
            broken += [
                f"{place}: the contact of {one}, who was erased, is kept" for one in erased & copies.keys() - parked
            ]
            for one in told.keys() - erased - parked:
                version = copies[one]["version"] if one in copies else None
                if version != told[one]:
                    broken.append(f"{place}: contact {one} is at version {version}, told was {told[one]}")
    return broken
