-- The audit log, version 1. Run as the schema's owner with search_path = <schema>, extensions.
-- Entries are written with the transaction they tell of, in no order and waiting for nobody. A job links them afterwards
-- (common.audit_chain), so the chain costs nobody a lock. The application's role may add to both tables and read them.

CREATE TABLE audit_entry (
    id uuid PRIMARY KEY,
    -- The machine's clock, not app_now(): a shifted clock would hide an entry from those who link.
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    action text NOT NULL,
    actor text NOT NULL,
    subject uuid,
    vertical text NOT NULL,
    trace_id text,
    detail jsonb NOT NULL
);
CREATE INDEX audit_entry_at ON audit_entry (at, id);
CREATE INDEX audit_entry_subject ON audit_entry (subject);

-- hash: SHA-256 over the hash of the link before and the entry (common.audit_chain.hash_of).
CREATE TABLE audit_link (
    sequence bigint PRIMARY KEY,
    entry_id uuid NOT NULL UNIQUE REFERENCES audit_entry,
    hash bytea NOT NULL
);

DO $$
DECLARE
    application text := current_database() || '_' || current_schema();
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry, audit_link FROM %I', application);
END $$;
