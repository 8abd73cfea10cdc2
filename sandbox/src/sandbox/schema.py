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

STEPS = (_FIRST, _MONEY)
"""Step N leads from version N to N + 1; a step that was released is never edited."""

EMPTIED = (
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
