-- Webhooks: who is told of events, and what is still to be told.

CREATE TABLE webhook_endpoint (
    id               BLOB PRIMARY KEY,
    creation_key     BLOB NOT NULL UNIQUE,
    name             TEXT NOT NULL,
    url              TEXT NOT NULL,
    -- Words with spaces between; empty for all, those to come among them.
    event_types      TEXT NOT NULL,
    -- Sealed with the installation's key.
    secret           BLOB NOT NULL,
    -- The one before it, with which deliveries are signed as well for a while.
    old_secret       BLOB,
    old_secret_until INTEGER,
    created_at       INTEGER NOT NULL,
    created_by       TEXT NOT NULL,
    -- Where the audit trail ended then: it is told of what came after.
    since_seq        INTEGER NOT NULL,
    disabled_at      INTEGER,
    disabled_because TEXT CHECK (disabled_because IN ('admin', 'failing', 'gone')),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CHECK ((disabled_at IS NULL) = (disabled_because IS NULL))
) STRICT;

-- What one endpoint is told of one organisation: one event after another.
CREATE TABLE webhook_stream (
    endpoint_id     BLOB NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
    -- Zeros for what concerns no organisation.
    organisation_id BLOB NOT NULL,
    -- NULL while nothing waits.
    next_attempt_at INTEGER,
    -- Until when somebody is believed to be at it.
    lease_until     INTEGER NOT NULL DEFAULT 0,
    -- Attempts in vain since the last one that was not, and when they began.
    attempts        INTEGER NOT NULL DEFAULT 0,
    failing_since   INTEGER,
    PRIMARY KEY (endpoint_id, organisation_id)
) STRICT;
CREATE INDEX webhook_stream_by_attempt ON webhook_stream (next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
CREATE INDEX webhook_stream_by_lease ON webhook_stream (endpoint_id, lease_until);

-- Each event for each endpoint, kept for a while as the log.
CREATE TABLE webhook_delivery (
    endpoint_id     BLOB NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
    -- The event's place in the audit trail.
    seq             INTEGER NOT NULL,
    event_id        BLOB NOT NULL,
    organisation_id BLOB NOT NULL,
    event_type      TEXT NOT NULL,
    at              INTEGER NOT NULL,
    -- What is sent, byte for byte, however often.
    body            TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    -- How the last attempt ended.
    attempted_at    INTEGER,
    status          INTEGER,
    answer          TEXT,
    PRIMARY KEY (endpoint_id, seq)
) STRICT;
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (endpoint_id, organisation_id, seq)
    WHERE state = 'waiting';
CREATE INDEX webhook_delivery_by_at ON webhook_delivery (at);

-- Up to which place of the audit trail deliveries were made of events.
CREATE TABLE webhook_cursor (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO webhook_cursor (one, seq) SELECT 1, seq FROM audit_head;
