"""Lies in the databases that the judge must find, by what each says. Braces stand for a business's fields."""

# ruff: noqa: S608 - the statements are this file's own

from typing import Final

from tests.town.lie import lie
from tests.town.lies_of_money import MONEY_LIES

UNTOLD: Final = "11111111-1111-7111-8111-111111111111"


LIES: Final = {
    "two live claims overlap where the constraint is gone": lie(
        "I1",
        "overlap",
        "booking",
        "ALTER TABLE claim DROP CONSTRAINT claim_no_overlap",
        """INSERT INTO claim (booking_id, resource, unit, during, live)
           SELECT '{another}', resource, unit, during, true FROM claim WHERE booking_id = '{confirmed}' LIMIT 1""",
    ),
    "a claim ends before its booking": lie(
        "I1",
        "a claim of booking {confirmed} does not cover its time",
        "booking",
        """UPDATE claim SET during = tstzrange(lower(during), lower(during) + interval '1 minute')
           WHERE booking_id = '{confirmed}'""",
    ),
    "a claim is on another chair than the booking's": lie(
        "I1",
        "confirmed booking {confirmed} claims",
        "booking",
        """UPDATE claim SET resource = gen_random_uuid() WHERE booking_id = '{confirmed}'
           AND resource <> (SELECT staff_id FROM booking WHERE id = '{confirmed}')""",
    ),
    "a cancelled booking is still one of those that its day takes": lie(
        "I1",
        "cancelled booking {cancelled} counts in its day",
        "booking",
        """INSERT INTO claim (booking_id, resource, unit, during, counts, live)
           SELECT id, gen_random_uuid(), 0, tstzrange(starts_at, ends_at), true, true FROM booking
           WHERE id = '{cancelled}'""",
    ),
    "a confirmed booking has no claim": lie(
        "I1", "{confirmed} claims nothing", "booking", "DELETE FROM claim WHERE booking_id = '{confirmed}'"
    ),
    "a cancelled booking keeps its seat": lie(
        "I1",
        "cancelled booking {cancelled} claims",
        "booking",
        "ALTER TABLE claim DROP CONSTRAINT claim_no_overlap",
        "UPDATE claim SET live = true WHERE booking_id = '{cancelled}'",
    ),
    "a booking has a seat of a session that is not there": lie(
        "I1",
        "confirmed booking {confirmed} has 0 seats of its session",
        "booking",
        "UPDATE booking SET session_id = gen_random_uuid() WHERE id = '{confirmed}'",
    ),
    "a hold is overdue": lie(
        "I2",
        "{held} is held long after",
        "booking",
        "UPDATE booking SET due_at = app_now() - interval '2 minutes' WHERE id = '{held}'",
    ),
    "a hold is put off for ever": lie(
        "I2",
        "{held} is held long after",
        "booking",
        "UPDATE booking SET hold_expires_at = app_now() - interval '1 hour', due_at = 'infinity' WHERE id = '{held}'",
    ),
    "a cancellation in time gave nothing back": lie(
        "I2",
        "cancelled booking {late}: 400000 held, 0 expected",
        "booking",
        # Called off an hour ahead, nothing went back; thirty hours ahead the same is a lie.
        """UPDATE booking SET starts_at = starts_at + interval '29 hours', ends_at = ends_at + interval '29 hours'
           WHERE id = '{late}'""",
    ),
    "a shop called off and kept the money": lie(
        "I2",
        "cancelled booking {late}: 400000 held, 0 expected",
        "booking",
        "UPDATE booking SET cancelled_by = 'provider' WHERE id = '{late}'",
    ),
    "a cancellation between two steps of the policy gave back all": lie(
        "I2",
        "cancelled booking {cancelled}: 0 held, 200000 expected",
        "booking",
        """UPDATE booking SET starts_at = created_at + interval '5 hours', ends_at = created_at + interval '6 hours'
           WHERE id = '{cancelled}'""",
    ),
    "an expired booking holds money": lie(
        "I2",
        "expired booking {confirmed}: 400000 held, 0 expected",
        "booking",
        "UPDATE booking SET status = 'expired' WHERE id = '{confirmed}'",
        "UPDATE claim SET live = false WHERE booking_id = '{confirmed}'",
        also=("I8",),
    ),
    **MONEY_LIES,
    "one key made two bookings": lie(
        "I4",
        "2 effects: booking.created",
        "booking",
        # Rows written by one transaction, as if one request had made both.
        "UPDATE idempotency SET status = status WHERE reply LIKE '%{confirmed}%'",
        """UPDATE outbox SET sequence = sequence
           WHERE topic = 'booking.created' AND key IN ('{confirmed}', '{another}')""",
    ),
    "two keys made one booking": lie(
        "I4",
        "made one booking {confirmed}",
        "booking",
        """INSERT INTO idempotency SELECT scope, 'another key', body_hash, status, reply, created_on
           FROM idempotency WHERE reply LIKE '%{confirmed}%' AND scope LIKE '%POST /api/v1/bookings'""",
    ),
    "a key is stored twice": lie(
        "I4",
        "is stored twice",
        "booking",
        """INSERT INTO idempotency SELECT scope, key, body_hash, status, '{{"id": "{another}"}}', created_on - 1
           FROM idempotency WHERE reply LIKE '%{confirmed}%' AND scope LIKE '%POST /api/v1/bookings'""",
        "DELETE FROM idempotency WHERE reply LIKE '%{another}%' AND created_on = app_now()::date",
    ),
    "a reply names a booking that is not there": lie(
        "I4",
        f"names booking {UNTOLD}, which is not there",
        "booking",
        f"""UPDATE idempotency SET reply = replace(reply, '{{confirmed}}', '{UNTOLD}')
            WHERE reply LIKE '%{{confirmed}}%'""",
    ),
    "one key pays two bookings": lie(
        "I4",
        "key of two paid 2 times for 2 bookings",
        "payments",
        "UPDATE intent SET request_key = 'of two' WHERE booking_id IN ('{confirmed}', '{another}')",
    ),
    "a committed event is not in Kafka": lie(
        "I5",
        f"event {UNTOLD} was committed and is not in Kafka",
        "identity",
        f"""INSERT INTO outbox (topic, key, event_id, sequence, headers, payload, created_at)
            VALUES ('account.updated', '{UNTOLD}', '{UNTOLD}', 1, '{{{{}}}}', '', now() - interval '1 hour')""",
        schema="shared",
    ),
    "an inbox lacks an event": lie(
        "I6",
        "was never applied",
        "analytics",
        "DELETE FROM inbox WHERE event_id = (SELECT event_id FROM inbox LIMIT 1)",
    ),
    "an inbox took an event twice": lie(
        "I6",
        "applied twice",
        "analytics",
        "ALTER TABLE inbox DROP CONSTRAINT inbox_pkey",
        "INSERT INTO inbox SELECT event_id FROM inbox LIMIT 1",
    ),
    "a payment counted twice": lie(
        "I6",
        "booking {confirmed} says 800000 paid",
        "booking",
        "UPDATE booking SET paid_minor = 2 * paid_minor WHERE id = '{confirmed}'",
    ),
    "a capture was never made": lie(
        "I6",
        "told was 1, 400000 was done",
        "payments",
        "UPDATE intent SET captured_minor = 1 WHERE booking_id = '{confirmed}'",
        also=("I8",),
    ),
    "a read model is behind its source": lie(
        "I6",
        "payable {confirmed} is at version",
        "payments",
        "UPDATE payable SET version = version - 1 WHERE booking_id = '{confirmed}'",
    ),
    "a copy of a contact is an older one": lie(
        "I6",
        "notifications/barber: contact {client} is at version",
        "notifications",
        "UPDATE contact SET version = version - 1 WHERE account_id = '{client}'",
    ),
    "a contact never reached whoever writes to people": lie(
        "I6",
        "notifications/barber: contact {client} is at version None",
        "notifications",
        "DELETE FROM contact WHERE account_id = '{client}'",
    ),
    "a copy of a contact outlived its person": lie(
        "I6",
        "notifications/barber: the contact of {gone}, who was erased, is kept",
        "notifications",
        "UPDATE contact SET erased = false, sealed = 'still here' WHERE account_id = '{gone}'",
    ),
    "nobody was told of a confirmed booking": lie(
        "I7",
        "nobody is to be told of confirmed booking {confirmed}",
        "notifications",
        "UPDATE notification SET booking_id = NULL WHERE booking_id = '{confirmed}'",
    ),
    "a client came to whom nothing was confirmed": lie(
        "I7",
        "nobody is to be told of confirmed booking {held}",
        "booking",
        "UPDATE booking SET status = 'arrived' WHERE id = '{held}'",
        also=("I2", "I8"),
    ),
    "nobody was told of a cancellation": lie(
        "I7",
        "nobody is to be told of cancelled booking {cancelled}",
        "notifications",
        "UPDATE notification SET booking_id = NULL WHERE booking_id = '{cancelled}' AND template = 'booking_cancelled'",
    ),
    "nobody was told of a refund": lie(
        "I7",
        "nobody is to be told of refund",
        "notifications",
        """UPDATE notification SET dedupe_key = 'refund:' || gen_random_uuid() || ':' || channel
           WHERE booking_id = '{cancelled}' AND template = 'payment_refunded'""",
    ),
    "nobody was told of credit": lie(
        "I7",
        "nobody is to be told of credit",
        "notifications",
        """UPDATE notification SET dedupe_key = 'credit:' || gen_random_uuid() || ':' || channel
           WHERE account_id = '{client}' AND template = 'credit_granted'""",
    ),
    "a message counts as sent that nobody got": lie(
        "I7",
        "counts as sent and nobody got it",
        "notifications",
        "UPDATE notification SET status = 'sent', sent_at = app_now() WHERE status = 'pending'",
    ),
    "a message waits for ever": lie(
        "I7",
        "is neither sent nor dead",
        "notifications",
        "UPDATE notification SET due_at = app_now() - interval '2 minutes' WHERE status = 'pending'",
    ),
    "one fact has two messages of a channel": lie(
        "I7",
        "2 notifications for copied",
        "notifications",
        "DROP INDEX notification_once",
        "UPDATE notification SET dedupe_key = 'copied' WHERE id IN (SELECT id FROM notification LIMIT 2)",
    ),
    "a counter is off by one": lie(
        "I8",
        "'confirmed': ",
        "analytics",
        """UPDATE daily SET confirmed = confirmed + 1
           WHERE (local_date, provider_id) IN (SELECT local_date, provider_id FROM daily LIMIT 1)""",
    ),
    "a counter counts what never was": lie(
        "I8",
        "recounted None",
        "analytics",
        "INSERT INTO daily (local_date, provider_id, city, province, confirmed) "
        f"VALUES ('2020-01-01', '{UNTOLD}', 'Rosario', 'S', 1)",
    ),
}
