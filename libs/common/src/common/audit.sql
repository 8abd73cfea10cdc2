-- The audit chain, version 1. Run as the schema's owner with search_path = <schema>, extensions.
-- Entries are only ever appended, each with the hash of the one before; the application's role can do nothing else.

CREATE TABLE audit_entry (
    sequence bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    action text NOT NULL,
    actor text NOT NULL,
    subject uuid,
    vertical text NOT NULL,
    trace_id text,
    detail jsonb NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);

-- The row that everybody who appends waits for: it orders the chain.
CREATE TABLE audit_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sequence bigint NOT NULL DEFAULT 0,
    hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
);
INSERT INTO audit_head DEFAULT VALUES;

-- Up to where the head was published; its row orders those facts.
CREATE TABLE audit_seal (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    sequence bigint NOT NULL DEFAULT 0
);
INSERT INTO audit_seal DEFAULT VALUES;

-- One field of the canonical text: its length in characters stands before it, so that no two entries read alike.
CREATE FUNCTION audit_field(value text) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT coalesce(length(value) || ':' || value, '-') || ',' $$;

-- The same text is made by common.audit_check, which must not believe this function.
CREATE FUNCTION audit_hash(e audit_entry) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(
        audit_field(encode(e.previous, 'hex')) || audit_field(e.sequence::text)
        || audit_field((extract(epoch FROM e.at) * 1000000)::bigint::text) || audit_field(e.action)
        || audit_field(e.actor) || audit_field(e.subject::text) || audit_field(e.vertical)
        || audit_field(e.trace_id) || audit_field(e.detail::text), 'UTF8'))
$$;

-- The clock is the machine's, read under the head's lock: it never runs behind the sequence by a shifted app_now().
CREATE FUNCTION audit_append(p_vertical text, p_entries jsonb) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    head audit_head;
    made audit_entry;
    given jsonb;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    FOR given IN SELECT value FROM jsonb_array_elements(p_entries) LOOP
        made := ROW(head.sequence + 1, clock_timestamp(), given ->> 'action', given ->> 'actor',
                    (given ->> 'subject')::uuid, p_vertical, given ->> 'trace_id', given -> 'detail', head.hash, NULL);
        made.hash := audit_hash(made);
        INSERT INTO audit_entry SELECT made.*;
        head.sequence := made.sequence;
        head.hash := made.hash;
    END LOOP;
    UPDATE audit_head SET sequence = head.sequence, hash = head.hash;
    RETURN head.sequence;
END $$;

DO $$
DECLARE
    application text := current_database() || '_' || current_schema();
BEGIN
    EXECUTE format('ALTER FUNCTION audit_append(text, jsonb) SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_entry, audit_head FROM %I', application);
    EXECUTE format('REVOKE INSERT, DELETE, TRUNCATE ON audit_seal FROM %I', application);
    REVOKE EXECUTE ON FUNCTION audit_field, audit_hash, audit_append FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION audit_append(text, jsonb) TO %I', application);
END $$;
