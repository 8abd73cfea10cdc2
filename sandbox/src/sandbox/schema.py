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
CREATE INDEX payment_preference ON payment (preference_id);

CREATE TABLE card_token (
    id TEXT PRIMARY KEY, bin TEXT NOT NULL, last_four TEXT NOT NULL, number_length INTEGER NOT NULL,
    method TEXT NOT NULL, issuer_id TEXT NOT NULL, holder TEXT NOT NULL, expires_month INTEGER NOT NULL,
    expires_year INTEGER NOT NULL, public_key TEXT NOT NULL, created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,
    used_ms INTEGER) WITHOUT ROWID;

CREATE TABLE merchant_order (
    id INTEGER PRIMARY KEY, preference_id TEXT NOT NULL UNIQUE, created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL);
"""

_DISPUTES_AND_BANK = """
ALTER TABLE delivery ADD COLUMN payment_id TEXT;

CREATE TABLE chargeback (
    id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payment (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL CHECK (amount > 0), reason TEXT NOT NULL, eligible INTEGER NOT NULL,
    required INTEGER NOT NULL, documentation_status TEXT NOT NULL, deadline_ms INTEGER, outcome TEXT,
    created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, decided_ms INTEGER);
CREATE INDEX chargeback_payment ON chargeback (payment_id);
CREATE TABLE chargeback_document (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chargeback_id INTEGER NOT NULL REFERENCES chargeback (id) ON DELETE CASCADE,
    type TEXT NOT NULL, size INTEGER NOT NULL, created_ms INTEGER NOT NULL);
CREATE INDEX chargeback_document_of ON chargeback_document (chargeback_id);
CREATE TABLE claim (
    id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payment (id) ON DELETE CASCADE,
    amount INTEGER NOT NULL CHECK (amount > 0), stage TEXT NOT NULL, outcome TEXT, created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL, decided_ms INTEGER);
CREATE INDEX claim_payment ON claim (payment_id);

CREATE TABLE withdrawal (
    id INTEGER PRIMARY KEY, type TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0),
    created_ms INTEGER NOT NULL);
CREATE TABLE settlement_report (
    id INTEGER PRIMARY KEY, file_name TEXT NOT NULL UNIQUE, begin_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL, ready_ms INTEGER NOT NULL, content TEXT NOT NULL);

CREATE TABLE bank_batch (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, idempotency_key TEXT NOT NULL UNIQUE,
    body_hash TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE TABLE bank_item (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, batch_id TEXT NOT NULL REFERENCES bank_batch (id) ON DELETE CASCADE,
    id TEXT NOT NULL, cbu TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0), concept TEXT NOT NULL,
    reference TEXT NOT NULL, status TEXT NOT NULL, failure TEXT, due_ms INTEGER NOT NULL, executed_ms INTEGER,
    returned_ms INTEGER, UNIQUE (batch_id, id));
CREATE INDEX bank_item_due ON bank_item (due_ms) WHERE status = 'pending';
CREATE TABLE bank_movement (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
    reference TEXT NOT NULL, origin_cbu TEXT NOT NULL, origin_cuit TEXT NOT NULL, batch_id TEXT, batch_item TEXT);
CREATE TABLE bank_account (
    cbu TEXT PRIMARY KEY, alias TEXT UNIQUE, cuit TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    refuses TEXT) WITHOUT ROWID;
"""

STEPS = (_FIRST, _MONEY, _DISPUTES_AND_BANK)
"""Step N leads from version N to N + 1; a step that was released is never edited."""

EMPTIED = (
    "bank_account",
    "bank_movement",
    "bank_item",
    "bank_batch",
    "settlement_report",
    "withdrawal",
    "claim",
    "chargeback_document",
    "chargeback",
    "merchant_order",
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
