"""The tables, as steps from one version of the data file to the next: a file of an earlier step is brought forward."""

_FIRST = """
CREATE TABLE preference (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, external_reference TEXT,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX preference_reference ON preference (external_reference);

CREATE TABLE payment (
    id INTEGER PRIMARY KEY, preference_id TEXT, external_reference TEXT, status TEXT NOT NULL,
    status_detail TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0),
    refunded INTEGER NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount), fee INTEGER NOT NULL,
    method TEXT NOT NULL, method_type TEXT NOT NULL, holder TEXT NOT NULL, installments INTEGER NOT NULL,
    description TEXT, notification_url TEXT, metadata TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, approved_ms INTEGER, expires_ms INTEGER,
    release_ms INTEGER);
CREATE INDEX payment_reference ON payment (external_reference);
CREATE INDEX payment_updated ON payment (updated_ms);
CREATE INDEX payment_expiry ON payment (expires_ms) WHERE status = 'pending';

CREATE TABLE refund (
    id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payment (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL CHECK (amount > 0), idempotency_key TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE INDEX refund_payment ON refund (payment_id);

CREATE TABLE idempotency (
    scope TEXT NOT NULL, key TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (scope, key)) WITHOUT ROWID;

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, kind TEXT NOT NULL, topic TEXT NOT NULL,
    action TEXT NOT NULL, url TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    due_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL);
CREATE INDEX delivery_due ON delivery (due_ms, id) WHERE state = 'pending';
CREATE INDEX delivery_subject ON delivery (subject);
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT, delivery_id INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL, took_ms INTEGER NOT NULL, status INTEGER, error TEXT, request_id TEXT NOT NULL,
    signed_at TEXT);
CREATE INDEX attempt_delivery ON attempt (delivery_id);

CREATE TABLE message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, channel TEXT NOT NULL, recipient TEXT NOT NULL,
    sender TEXT NOT NULL, reference TEXT, subject TEXT, body TEXT NOT NULL, content TEXT NOT NULL,
    created_ms INTEGER NOT NULL);
CREATE INDEX message_recipient ON message (channel, recipient);
CREATE INDEX message_created ON message (created_ms);

CREATE TABLE knob (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

_MONEY = """
ALTER TABLE payment ADD COLUMN issuer_id TEXT;
ALTER TABLE payment ADD COLUMN card TEXT;
ALTER TABLE payment ADD COLUMN financing INTEGER NOT NULL DEFAULT 0 CHECK (financing >= 0);
ALTER TABLE payment ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0 CHECK (disputed >= 0);
CREATE INDEX payment_preference ON payment (preference_id);

CREATE TABLE card_token (
    id TEXT PRIMARY KEY, bin TEXT NOT NULL, last_four TEXT NOT NULL, number_length INTEGER NOT NULL,
    method TEXT NOT NULL, issuer_id TEXT NOT NULL, holder TEXT NOT NULL, expires_month INTEGER NOT NULL,
    expires_year INTEGER NOT NULL, public_key TEXT NOT NULL, created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,
    used_ms INTEGER) WITHOUT ROWID;

CREATE TABLE chargeback (
    id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payment (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL CHECK (amount > 0), reason TEXT NOT NULL, coverage_eligible INTEGER NOT NULL,
    coverage_applied INTEGER, documentation_required INTEGER NOT NULL, documentation_status TEXT NOT NULL,
    documentation TEXT NOT NULL, deadline_ms INTEGER, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL);
CREATE INDEX chargeback_payment ON chargeback (payment_id);

CREATE TABLE claim (
    id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payment (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL CHECK (amount > 0), reason TEXT NOT NULL, status TEXT NOT NULL, resolution TEXT,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL);
CREATE INDEX claim_payment ON claim (payment_id);

CREATE TABLE merchant_order (
    id INTEGER PRIMARY KEY, preference_id TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL);

CREATE TABLE movement (
    id INTEGER PRIMARY KEY AUTOINCREMENT, payment_id INTEGER, type TEXT NOT NULL, source_id TEXT NOT NULL,
    amount INTEGER NOT NULL, fee INTEGER NOT NULL, at_ms INTEGER NOT NULL, release_ms INTEGER);
CREATE INDEX movement_at ON movement (at_ms);
INSERT INTO movement (payment_id, type, source_id, amount, fee, at_ms, release_ms)
    SELECT id, 'SETTLEMENT', id, amount, -fee, approved_ms, release_ms FROM payment WHERE approved_ms IS NOT NULL;
INSERT INTO movement (payment_id, type, source_id, amount, fee, at_ms)
    SELECT payment_id, 'REFUND', id, -amount, 0, created_ms FROM refund;

CREATE TABLE report (
    id INTEGER PRIMARY KEY, begin_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, file_name TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL, created_ms INTEGER NOT NULL);

CREATE TABLE bank_transfer (
    id INTEGER PRIMARY KEY AUTOINCREMENT, amount INTEGER NOT NULL CHECK (amount > 0), reference TEXT NOT NULL,
    payer_cuit TEXT NOT NULL, payer_cbu TEXT NOT NULL, booked_ms INTEGER NOT NULL);
CREATE TABLE bank_batch (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, status INTEGER NOT NULL,
    answer TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE TABLE bank_line (
    batch_id TEXT NOT NULL REFERENCES bank_batch (id) ON DELETE CASCADE, line_id TEXT NOT NULL, position INTEGER NOT NULL,
    cbu TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0), reference TEXT NOT NULL, holder_cuit TEXT NOT NULL,
    outcome TEXT NOT NULL, settles_ms INTEGER NOT NULL, PRIMARY KEY (batch_id, line_id)) WITHOUT ROWID;
"""

STEPS = (_FIRST, _MONEY)
"""Step N leads from version N to N + 1; a step that was released is never edited."""

EMPTIED = (
    "bank_line",
    "bank_batch",
    "bank_transfer",
    "report",
    "movement",
    "merchant_order",
    "claim",
    "chargeback",
    "card_token",
    "attempt",
    "delivery",
    "refund",
    "payment",
    "preference",
    "idempotency",
    "message",
)
"""What forgetting the records empties, children first."""
