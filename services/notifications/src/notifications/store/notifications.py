"""The rows of messages: planned once, locked when due, saved with a fence, listed for their account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select, text

from common.db import Row, Session, statement
from common.money import Money
from contracts.identity import AccountContact
from contracts.ids import AccountId, BookingId, NotificationId
from notifications.domain.dossier import ContactCard, Dossier, House, Place
from notifications.domain.notification import Channel, Notification, Reason, SealedCode, Status, Template
from notifications.store.payments import payment_of
from notifications.store.readmodels import booking_of, channels
from notifications.store.tables import NOTIFICATION

# Channels are those of the moment; a fact that was told on those of its own day is not told again on a newer one.
FIND_PLANNED: Final = statement(
    text("SELECT dedupe_key FROM notification WHERE dedupe_key = ANY (CAST(:keys AS text[]))")
)
# A reminder whose booking moved away and back again is wanted again: its key is the old one.
INSERT_PLANNED: Final = statement(
    text("""
        INSERT INTO notification (id, dedupe_key, account_id, booking_id, channel, template, status, due_at,
                                  expires_at, starts_at, refund_minor, refund_currency, contact_version, traceparent,
                                  tracking_code, code_key_id, code_nonce, code_sealed, payment_id, many,
                                  attempts, waits, doubts, version)
        SELECT *, 0, 0, 0, 0
        FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[]), CAST(:accounts AS uuid[]),
                    CAST(:bookings AS uuid[]), CAST(:channels AS text[]), CAST(:templates AS text[]),
                    CAST(:statuses AS text[]), CAST(:dues AS timestamptz[]), CAST(:expiries AS timestamptz[]),
                    CAST(:starts AS timestamptz[]), CAST(:refunds AS bigint[]), CAST(:currencies AS text[]),
                    CAST(:contact_versions AS bigint[]), CAST(:traceparents AS text[]),
                    CAST(:tracking_codes AS text[]), CAST(:code_key_ids AS text[]), CAST(:code_nonces AS text[]),
                    CAST(:code_seals AS text[]), CAST(:payments AS uuid[]), CAST(:manies AS smallint[]))
        ON CONFLICT (dedupe_key) DO UPDATE SET status = 'pending', reason = NULL, waits = 0, due_at = excluded.due_at
        WHERE notification.template = 'booking_reminder'
          AND notification.status = 'void' AND notification.reason = 'overtaken'
    """)
)
VOID_REMINDERS: Final = statement(
    text("""
        UPDATE notification SET status = 'void', reason = 'overtaken'
        WHERE booking_id = :booking_id AND template = 'booking_reminder' AND status = 'pending'
          AND starts_at IS DISTINCT FROM CAST(:kept AS timestamptz)
    """)
)
VOID_OF_ACCOUNT: Final = statement(
    text("""
        UPDATE notification SET status = 'void', reason = :reason
        WHERE account_id = :account_id AND status = 'pending'
    """)
)
_DUE: Final = """
        SELECT n.*, c.version AS card_version, c.key_id, c.nonce, c.sealed, c.reachable, c.erased,
               b.version AS booking_version, b.status AS booking_status, b.starts_at AS booking_starts_at,
               b.client_id, b.provider_id, b.place_id, b.service_id, b.ends_at, b.zone, b.confirmed,
               p.display_name, p.places -> CAST(b.place_id AS text) AS place, s.name AS service_name, r.muted,
               y.version AS payment_version, y.state, y.pay_until, y.ticket_method, y.ticket_url, y.ticket_code,
               y.transfer_cbu, y.transfer_alias, y.transfer_reference
        FROM notification n
        LEFT JOIN contact c ON c.account_id = n.account_id
        LEFT JOIN booking b ON b.booking_id = n.booking_id
        LEFT JOIN provider p ON p.provider_id = b.provider_id
        LEFT JOIN service s ON s.service_id = b.service_id
        LEFT JOIN preference r ON r.account_id = n.account_id
        LEFT JOIN payment y ON y.payment_id = n.payment_id
        WHERE n.status IN ('pending', 'sending') AND n.channel = :channel AND n.due_at <= app_now()
"""
LOCK_DUE: Final = statement(text(f"{_DUE} ORDER BY n.due_at LIMIT :most FOR UPDATE OF n SKIP LOCKED"))
LOCK_DUE_ONE: Final = statement(text(f"{_DUE} AND n.id = :id FOR UPDATE OF n SKIP LOCKED"))
FIND_DUE: Final = statement(
    text("""
        SELECT id FROM notification
        WHERE status IN ('pending', 'sending') AND channel = :channel AND due_at <= app_now()
        ORDER BY due_at LIMIT :most
    """)
)
PUT_OFF: Final = statement(
    text("""
        UPDATE notification SET due_at = app_now() + :wait
        WHERE id = :id AND status IN ('pending', 'sending') AND due_at <= app_now()
    """)
)
SAVE: Final = statement(
    text("""
        UPDATE notification SET status = :status, channel = :channel, due_at = :due_at, attempts = :attempts,
               waits = :waits, doubts = :doubts, reason = :reason, provider_message_digest = :digest,
               version = :version, sent_at = :sent_at,
               code_sealed = CASE WHEN :status IN ('pending', 'sending') THEN code_sealed END
        WHERE id = :id AND status = :was AND due_at = :was_due
    """)
)
PAGE_OF_ACCOUNT: Final = statement(
    select(NOTIFICATION)
    .where(NOTIFICATION.c.account_id == bindparam("account_id"), NOTIFICATION.c.id < bindparam("before"))
    .order_by(NOTIFICATION.c.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Due:
    """A row whose time has come, what is known of what it speaks of, and the sealed contact if there is one."""

    notification: Notification
    dossier: Dossier
    contact: AccountContact | None


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of an account's delivery log."""

    notification: Notification
    created_at: datetime


async def insert_planned(session: Session, planned: Sequence[Notification], traceparent: str | None) -> None:
    """Insert what tells of facts that no row tells of yet, on whatever channel; a reminder's key has no channel."""
    keys = frozenset[str]().union(*(one.fact_keys for one in planned))
    told = {row["dedupe_key"] for row in await session.all(FIND_PLANNED, keys=[*keys])}
    planned = [one for one in planned if told.isdisjoint(one.fact_keys)]
    if not planned:
        return
    await session.run(
        INSERT_PLANNED,
        ids=[one.id for one in planned],
        keys=[one.dedupe_key for one in planned],
        accounts=[one.account_id for one in planned],
        bookings=[one.booking_id for one in planned],
        channels=[one.channel for one in planned],
        templates=[one.template for one in planned],
        statuses=[one.status for one in planned],
        dues=[one.due_at for one in planned],
        expiries=[one.expires_at for one in planned],
        starts=[one.starts_at for one in planned],
        refunds=[one.refund.minor if one.refund else None for one in planned],
        currencies=[one.refund.currency if one.refund else None for one in planned],
        contact_versions=[one.contact_version for one in planned],
        traceparents=[traceparent] * len(planned),
        tracking_codes=[one.tracking_code for one in planned],
        code_key_ids=[one.code.key_id if one.code else None for one in planned],
        code_nonces=[one.code.nonce if one.code else None for one in planned],
        code_seals=[one.code.sealed if one.code else None for one in planned],
        payments=[one.payment_id for one in planned],
        manies=[one.many for one in planned],
    )


async def void_reminders(session: Session, booking_id: BookingId, kept: datetime | None) -> None:
    """Void the booking's pending reminders, but for those of the start `kept`."""
    await session.run(VOID_REMINDERS, booking_id=booking_id, kept=kept)


async def void_of_account(session: Session, account_id: AccountId, reason: Reason) -> None:
    """Void whatever the account still has to get."""
    await session.run(VOID_OF_ACCOUNT, account_id=account_id, reason=reason)


async def lock_due(session: Session, channel: Channel, most: int, house: House) -> Sequence[Due]:
    """Rows whose time has come and that nobody else has, locked. A row left behind half-way is among them."""
    return [_due(row, house) for row in await session.all(LOCK_DUE, channel=channel, most=most)]


async def lock_due_one(session: Session, channel: Channel, one: NotificationId, house: House) -> Sequence[Due]:
    """That row alone, unless it is not due any more or somebody else has it."""
    return [_due(row, house) for row in await session.all(LOCK_DUE_ONE, channel=channel, id=one)]


async def find_due(session: Session, channel: Channel, most: int) -> Sequence[NotificationId]:
    """Which rows `lock_due` would give, without reading them."""
    return [row["id"] for row in await session.all(FIND_DUE, channel=channel, most=most)]


async def put_off(session: Session, one: NotificationId, wait: timedelta) -> None:
    """Have a due row come again in a while, as it is."""
    await session.run(PUT_OFF, id=one, wait=wait)


async def save_notification(session: Session, before: Notification, after: Notification) -> bool:
    """Write the new state unless somebody else has taken the row since `before` was read."""
    touched = await session.run(
        SAVE,
        id=before.id,
        was=before.status,
        was_due=before.due_at,
        status=after.status,
        channel=after.channel,
        due_at=after.due_at,
        attempts=after.attempts,
        waits=after.waits,
        doubts=after.doubts,
        reason=after.reason,
        digest=after.digest,
        version=after.version,
        sent_at=after.sent_at,
    )
    return touched == 1


async def page_of_account(session: Session, account_id: AccountId, before: UUID, most: int) -> Sequence[Logged]:
    """The account's messages, newest first, with ids below `before`."""
    rows = await session.all(PAGE_OF_ACCOUNT, account_id=account_id, before=before, most=most)
    return [Logged(_notification(row), row["created_at"]) for row in rows]


def _due(row: Row, house: House) -> Due:
    known, sealed = row["card_version"] is not None, row["sealed"] is not None
    place = row["place"]
    dossier = Dossier(
        contact=ContactCard(row["card_version"], channels(row["reachable"]), row["erased"]) if known else None,
        booking=booking_of(row, "booking_") if row["booking_version"] is not None else None,
        provider_name=row["display_name"],
        place=Place(**place) if place is not None else None,
        service_name=row["service_name"] if house.names_service else None,
        muted=channels(row["muted"] or ()),
        house=house,
        payment=payment_of(row, "payment_") if row["payment_version"] is not None else None,
    )
    contact = (
        AccountContact(
            account_id=row["account_id"],
            version=row["card_version"],
            key_id=row["key_id"],
            nonce=row["nonce"],
            sealed=row["sealed"],
        )
        if sealed
        else None
    )
    return Due(_notification(row), dossier, contact)


def _notification(row: Row) -> Notification:
    minor = row["refund_minor"]
    return Notification(
        id=row["id"],
        dedupe_key=row["dedupe_key"],
        account_id=row["account_id"],
        channel=Channel(row["channel"]),
        template=Template(row["template"]),
        due_at=row["due_at"],
        expires_at=row["expires_at"],
        booking_id=row["booking_id"],
        starts_at=row["starts_at"],
        refund=Money(minor, row["refund_currency"]) if minor is not None else None,
        contact_version=row["contact_version"],
        tracking_code=row["tracking_code"],
        code=_code(row),
        payment_id=row["payment_id"],
        many=row["many"],
        traceparent=row["traceparent"],
        status=Status(row["status"]),
        attempts=row["attempts"],
        waits=row["waits"],
        doubts=row["doubts"],
        reason=row["reason"],
        digest=row["provider_message_digest"],
        version=row["version"],
        sent_at=row["sent_at"],
    )


def _code(row: Row) -> SealedCode | None:
    sealed = row["code_sealed"]
    return SealedCode(row["code_key_id"], row["code_nonce"], sealed) if sealed is not None else None
