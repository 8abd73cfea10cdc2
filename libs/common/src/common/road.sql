-- The road's own tables, version 1. Run as the schema's owner with search_path = <schema>, extensions.
-- The application's role is named <database>_<schema>; its rights come from default privileges and are cut here.

CREATE TABLE clock_offset (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    shift interval NOT NULL DEFAULT '0'
);
INSERT INTO clock_offset DEFAULT VALUES;
-- Every rule that asks for the time asks here; only the owner can shift it, for tests.
CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT now() + (SELECT shift FROM clock_offset)';

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    topic text NOT NULL,
    key uuid NOT NULL,
    event_id uuid NOT NULL,
    sequence bigint NOT NULL,
    headers jsonb NOT NULL,
    payload bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX outbox_by_visibility ON outbox (xid, id);
CREATE TABLE outbox_rest PARTITION OF outbox DEFAULT;

CREATE TABLE relay_cursor (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    snapshot pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    system_identifier bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO relay_cursor (system_identifier) SELECT system_identifier FROM pg_control_system();

CREATE TABLE inbox (event_id uuid PRIMARY KEY) PARTITION BY RANGE (event_id);
-- A compacted topic may bring a record older than any partition: its id lands here.
CREATE TABLE inbox_rest PARTITION OF inbox DEFAULT;

CREATE TABLE consumer_position (
    cluster text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cluster, topic, partition)
);

CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    key bytea,
    headers jsonb NOT NULL,
    payload bytea,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz
);
CREATE INDEX dead_letter_open ON dead_letter (subject) WHERE resolved_at IS NULL;

CREATE TABLE idempotency (
    scope text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    status smallint NOT NULL,
    reply text NOT NULL,
    created_on date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
    PRIMARY KEY (scope, key, created_on)
) PARTITION BY RANGE (created_on);
CREATE TABLE idempotency_rest PARTITION OF idempotency DEFAULT;

-- Each statement of a plpgsql function sees what was committed before it: the look-up after the lock sees the reply
-- of whoever held the lock.
CREATE FUNCTION idempotency_claim(
    p_scope text, p_key text,
    OUT granted boolean, OUT body_hash bytea, OUT status smallint, OUT reply text
) LANGUAGE plpgsql AS $$
BEGIN
    granted := pg_try_advisory_xact_lock(hashtextextended(p_scope || ' ' || p_key, 0));
    IF granted THEN
        SELECT i.body_hash, i.status, i.reply INTO body_hash, status, reply
        FROM idempotency i
        WHERE i.scope = p_scope AND i.key = p_key AND i.created_on >= (now() AT TIME ZONE 'UTC')::date - 1;
    END IF;
END $$;

CREATE FUNCTION uuid7_floor(instant timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT CAST(lpad(to_hex(CAST(extract(epoch FROM instant) * 1000 AS bigint)), 12, '0')
                      || repeat('0', 20) AS uuid) $$;

CREATE FUNCTION road_add_partition(parent text, day date, low text, high text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    child text := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
BEGIN
    IF to_regclass(child) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', child, parent, low, high);
        -- Reached through the parent only, whose rights were cut.
        EXECUTE format('REVOKE ALL ON %I FROM %I', child, current_database() || '_' || current_schema());
    END IF;
EXCEPTION WHEN check_violation THEN
    -- The rest partition already has rows of that day (upkeep was late): they stay there.
    RAISE WARNING 'partition % was not made: its rows are in %_rest', child, parent;
END $$;

CREATE FUNCTION road_drop_partitions(parent text, before date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    child text;
    dropped integer := 0;
    unsent boolean;
BEGIN
    FOR child IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass(parent) AND c.relname ~ '_\d{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
    LOOP
        IF parent = 'outbox' THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %I, relay_cursor WHERE xid >= pg_snapshot_xmin(snapshot) '
                           'AND NOT pg_visible_in_snapshot(xid, snapshot))', child) INTO unsent;
            CONTINUE WHEN unsent;
        END IF;
        EXECUTE format('DROP TABLE %I', child);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

-- Run by the worker, with the owner's rights: partitions a week ahead, and none kept longer than promised. One parent
-- at a time, and no waiting for locks: requests hold locks on several parents, and upkeep can come again in a while.
CREATE FUNCTION road_maintain(parent text) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    day date;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('road_maintain:' || current_schema(), 0)) THEN
        RETURN 0;
    END IF;
    FOR day IN SELECT generate_series(today, today + 7, interval '1 day')::date LOOP
        CASE parent
        WHEN 'outbox' THEN
            PERFORM road_add_partition(parent, day, day || ' 00:00:00+00', (day + 1) || ' 00:00:00+00');
        WHEN 'idempotency' THEN
            PERFORM road_add_partition(parent, day, day::text, (day + 1)::text);
        WHEN 'inbox' THEN
            PERFORM road_add_partition(parent, day, uuid7_floor(day::timestamp AT TIME ZONE 'UTC')::text,
                                       uuid7_floor((day + 1)::timestamp AT TIME ZONE 'UTC')::text);
        END CASE;
    END LOOP;
    RETURN road_drop_partitions(parent, today - CASE parent WHEN 'outbox' THEN 8 WHEN 'inbox' THEN 15 ELSE 2 END);
END $$;

-- After a restore on another server: every row still kept is sent again, for nobody knows which ones were. The stored
-- snapshot is taken before this transaction has an id, so the rows, which get that id, lie ahead of it.
CREATE FUNCTION road_rebase() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    before pg_snapshot := pg_current_snapshot();
BEGIN
    UPDATE relay_cursor SET snapshot = before, moved_at = now(),
           system_identifier = (SELECT c.system_identifier FROM pg_control_system() c);
    UPDATE outbox SET xid = pg_current_xact_id();
END $$;

DO $$
DECLARE
    application text := current_database() || '_' || current_schema();
    step text;
BEGIN
    EXECUTE format('ALTER FUNCTION road_maintain(text) SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION road_maintain(text) SET lock_timeout = %L', '200ms');
    EXECUTE format('ALTER FUNCTION road_rebase() SET search_path = %I, pg_temp', current_schema());
    FOREACH step IN ARRAY ARRAY[
        'REVOKE INSERT, UPDATE, DELETE ON clock_offset FROM %I',
        'REVOKE UPDATE, DELETE ON outbox, inbox FROM %I',
        'REVOKE INSERT, DELETE ON relay_cursor FROM %I',
        'REVOKE DELETE ON consumer_position, dead_letter FROM %I',
        'REVOKE UPDATE, DELETE ON idempotency FROM %I',
        'REVOKE ALL ON outbox_rest, inbox_rest, idempotency_rest FROM %I'
    ] LOOP
        EXECUTE format(step, application);
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION road_add_partition, road_drop_partitions, road_maintain, road_rebase FROM PUBLIC;
DO $$ BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION road_maintain(text), road_rebase() TO %I',
                   current_database() || '_' || current_schema());
END $$;
SELECT road_maintain(parent) FROM unnest(ARRAY['outbox', 'inbox', 'idempotency']) AS parent;
