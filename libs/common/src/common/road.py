"""The road's own tables, which every schema has, and every statement that runs on them.

`road.sql` creates them (a migration calls `common.migration.lay_road`); here they are only read and written.
"""

from typing import Final

from sqlalchemy import text

from common.db import statement

SELECT_NOW: Final = statement(text("SELECT app_now()"))

INSERT_OUTBOX: Final = statement(
    text("""
        INSERT INTO outbox (topic, key, event_id, sequence, headers, payload)
        SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:keys AS uuid[]), CAST(:event_ids AS uuid[]),
                             CAST(:sequences AS bigint[]), CAST(:headers AS jsonb[]), CAST(:payloads AS bytea[]))
    """)
)
SELECT_SNAPSHOT: Final = statement(text("SELECT CAST(pg_current_snapshot() AS text)"))
SELECT_CURSOR: Final = statement(
    text("""
        SELECT CAST(snapshot AS text) AS snapshot, system_identifier,
               moved_at > now() - interval '10 s' AS moved_lately,
               (SELECT system_identifier FROM pg_control_system()) AS actual_identifier
        FROM relay_cursor
    """)
)
# Which rows became visible between two snapshots, in the order of their ids; facts: docs/architecture.md, "Outbox".
NEW_OUTBOX_ROWS: Final = statement(
    text("""
        SELECT id, topic, key, headers, payload, created_at
        FROM outbox
        WHERE ((xid >= pg_snapshot_xmax(CAST(CAST(:stored AS text) AS pg_snapshot))
                AND xid < pg_snapshot_xmax(CAST(CAST(:fresh AS text) AS pg_snapshot)))
               OR xid = ANY (ARRAY(SELECT pg_snapshot_xip(CAST(CAST(:stored AS text) AS pg_snapshot)))))
          AND pg_visible_in_snapshot(xid, CAST(CAST(:fresh AS text) AS pg_snapshot))
        ORDER BY id
    """)
)
MOVE_CURSOR: Final = statement(
    text("""
        UPDATE relay_cursor SET snapshot = CAST(CAST(:fresh AS text) AS pg_snapshot), moved_at = now()
        WHERE CAST(snapshot AS text) = :stored
    """)
)
REBASE: Final = statement(text("SELECT road_rebase()"))
# Read in a window of its own kind: how long it takes grows with what waits, and giving up would only start anew.
PATIENT_WINDOW: Final = statement(text("SELECT set_config('statement_timeout', '0', true)"))
OLDEST_UNSENT: Final = statement(
    text("""
        SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox, relay_cursor
        WHERE xid >= pg_snapshot_xmin(snapshot) AND NOT pg_visible_in_snapshot(xid, snapshot)
    """)
)
LOCK_RELAY: Final = statement(text("SELECT pg_try_advisory_lock(hashtextextended('relay:' || current_schema(), 0))"))

LOCK_POSITION: Final = statement(
    text("""
        SELECT next_offset FROM consumer_position
        WHERE cluster = :cluster AND topic = :topic AND partition = :partition FOR UPDATE
    """)
)
OPEN_POSITIONS: Final = statement(
    text("""
        WITH asked AS (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[])) AS a (t, p)),
             opened AS (INSERT INTO consumer_position (cluster, topic, partition, next_offset)
                        SELECT :cluster, t, p, 0 FROM asked ON CONFLICT DO NOTHING
                        RETURNING topic, partition, next_offset)
        SELECT topic, partition, next_offset FROM opened
        UNION ALL
        SELECT topic, partition, next_offset FROM consumer_position JOIN asked ON topic = t AND partition = p
        WHERE cluster = :cluster
    """)
)
RAISE_POSITION: Final = statement(
    text("""
        UPDATE consumer_position SET next_offset = :next_offset, moved_at = now()
        WHERE cluster = :cluster AND topic = :topic AND partition = :partition AND next_offset < :next_offset
    """)
)
MOVE_POSITION: Final = statement(
    text("""
        UPDATE consumer_position SET next_offset = :next_offset, moved_at = now()
        WHERE cluster = :cluster AND topic = :topic AND partition = :partition
    """)
)
INSERT_INBOX: Final = statement(
    text("""
        INSERT INTO inbox (event_id) SELECT DISTINCT unnest(CAST(:event_ids AS uuid[]))
        ON CONFLICT DO NOTHING RETURNING event_id
    """)
)
PARKED_SUBJECTS: Final = statement(
    text("""
        SELECT DISTINCT subject FROM dead_letter
        WHERE resolved_at IS NULL AND subject = ANY (CAST(:subjects AS text[]))
    """)
)
INSERT_DEAD_LETTER: Final = statement(
    text("""
        INSERT INTO dead_letter (subject, topic, partition, record_offset, key, headers, payload, reason)
        VALUES (:subject, :topic, :partition, :record_offset, :key, :headers, :payload, :reason)
    """)
)
COUNT_DEAD_LETTERS: Final = statement(text("SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL"))
PAGE_DEAD_LETTERS: Final = statement(
    text("""
        SELECT id, subject, topic, key, headers, payload FROM dead_letter
        WHERE resolved_at IS NULL AND id > :after ORDER BY id LIMIT :most
    """)
)
LOCK_DEAD_LETTER: Final = statement(
    text("SELECT id FROM dead_letter WHERE id = :id AND resolved_at IS NULL FOR UPDATE")
)
RESOLVE_DEAD_LETTER: Final = statement(text("UPDATE dead_letter SET resolved_at = now() WHERE id = :id"))
# What it was parked for stays; why it was given up stands beside it.
GIVE_UP_DEAD_LETTER: Final = statement(
    text("""
        UPDATE dead_letter SET resolved_at = now(), reason = reason || '; given up: ' || CAST(:why AS text)
        WHERE id = :id AND resolved_at IS NULL RETURNING subject, topic
    """)
)

CLAIM_KEY: Final = statement(text("SELECT granted, body_hash, status, reply FROM idempotency_claim(:scope, :key)"))
REMEMBER_REPLY: Final = statement(
    text("""
        INSERT INTO idempotency (scope, key, body_hash, status, reply)
        VALUES (:scope, :key, :body_hash, :status, :reply)
    """)
)
MAINTAIN: Final = statement(text("SELECT road_maintain(:parent)"))
