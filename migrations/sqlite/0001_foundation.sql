-- Times are milliseconds since 1970 in UTC; IDs are UUIDs of version 7 as 16 bytes.

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE organisation (
    seq                INTEGER PRIMARY KEY,
    id                 BLOB NOT NULL UNIQUE,
    creation_key       BLOB NOT NULL UNIQUE,
    name               TEXT NOT NULL,
    name_key           TEXT NOT NULL,
    logo               TEXT,
    zuora_account      TEXT NOT NULL,
    zuora_account_key  TEXT NOT NULL,
    salesforce_account TEXT,
    invoice_owner      TEXT NOT NULL CHECK (invoice_owner IN ('partner', 'end_customer')),
    version            INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    updated_by         TEXT NOT NULL,
    -- What a search looks at, one value a line; users' emails are added to it
    -- in organisation_search.
    search_base        TEXT NOT NULL
) STRICT;
CREATE INDEX organisation_by_name ON organisation (name_key, id);
CREATE INDEX organisation_by_created ON organisation (created_at, id);
CREATE INDEX organisation_by_owner_and_name ON organisation (invoice_owner, name_key, id);
CREATE INDEX organisation_by_owner_and_created ON organisation (invoice_owner, created_at, id);
CREATE INDEX organisation_by_zuora_account ON organisation (zuora_account_key);

-- Only name and logo can be edited: the last line of defence behind the types.
CREATE TRIGGER organisation_is_fixed
BEFORE UPDATE OF id, creation_key, zuora_account, zuora_account_key, salesforce_account,
                 invoice_owner, created_at ON organisation
BEGIN
    SELECT RAISE(ABORT, 'only the name and the logo of a partner organisation can change');
END;

CREATE TABLE partner_user (
    id                    BLOB PRIMARY KEY,
    creation_key          BLOB NOT NULL UNIQUE,
    organisation_id       BLOB NOT NULL REFERENCES organisation (id),
    name                  TEXT NOT NULL,
    -- One email, one partner user, whatever its case.
    email                 TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
    created_at            INTEGER NOT NULL,
    last_sign_in_at       INTEGER,
    -- What should be true at the identity provider …
    enabled               INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    invitations_wanted    INTEGER NOT NULL,
    handed_over           TEXT,
    generation            INTEGER NOT NULL,
    -- … and what the reconciler has made true there.
    identity_subject      TEXT UNIQUE,
    identity_enabled      INTEGER NOT NULL CHECK (identity_enabled IN (0, 1)),
    invitations_sent      INTEGER NOT NULL,
    reconciled_generation INTEGER NOT NULL,
    attempts              INTEGER NOT NULL,
    next_attempt_at       INTEGER NOT NULL,
    lease_until           INTEGER NOT NULL,
    problem               TEXT,
    problem_is_final      INTEGER NOT NULL CHECK (problem_is_final IN (0, 1))
) STRICT;
CREATE INDEX partner_user_by_organisation ON partner_user (organisation_id, created_at, id);
CREATE INDEX partner_user_to_reconcile ON partner_user (next_attempt_at)
    WHERE reconciled_generation < generation AND problem_is_final = 0;

CREATE VIRTUAL TABLE organisation_search USING fts5 (content, tokenize = 'trigram');

CREATE TRIGGER organisation_search_created AFTER INSERT ON organisation
BEGIN
    INSERT INTO organisation_search (rowid, content) VALUES (new.seq, new.search_base);
END;
CREATE TRIGGER organisation_search_changed AFTER UPDATE OF search_base ON organisation
BEGIN
    UPDATE organisation_search
    SET content = new.search_base || coalesce(
        (SELECT char(10) || group_concat(email, char(10)) FROM partner_user WHERE organisation_id = new.id), '')
    WHERE rowid = new.seq;
END;
CREATE TRIGGER organisation_search_user_created AFTER INSERT ON partner_user
BEGIN
    UPDATE organisation_search SET content = content || char(10) || new.email
    WHERE rowid = (SELECT seq FROM organisation WHERE id = new.organisation_id);
END;

CREATE TABLE audit_event (
    id              BLOB PRIMARY KEY,
    at              INTEGER NOT NULL,
    actor_kind      TEXT NOT NULL,
    actor_id        TEXT NOT NULL,
    actor_name      TEXT NOT NULL,
    action          TEXT NOT NULL,
    organisation_id BLOB,
    subject_id      BLOB,
    -- Before and after, field by field, as JSON; never a secret.
    changes         TEXT NOT NULL,
    address         TEXT NOT NULL,
    reference       TEXT NOT NULL
) STRICT;
CREATE INDEX audit_event_by_organisation ON audit_event (organisation_id, id);

CREATE TRIGGER audit_event_is_fixed BEFORE UPDATE ON audit_event
BEGIN
    SELECT RAISE(ABORT, 'audit events cannot be changed');
END;
CREATE TRIGGER audit_event_stays BEFORE DELETE ON audit_event
BEGIN
    SELECT RAISE(ABORT, 'audit events cannot be deleted');
END;

CREATE TABLE session (
    token_hash      BLOB PRIMARY KEY,
    subject         TEXT NOT NULL,
    name            TEXT NOT NULL,
    email           TEXT NOT NULL,
    -- NULL for an admin's session.
    partner_user_id BLOB REFERENCES partner_user (id) ON DELETE CASCADE,
    created_at      INTEGER NOT NULL,
    last_seen_at    INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    address         TEXT NOT NULL,
    user_agent      TEXT NOT NULL
) STRICT;
CREATE INDEX session_by_expiry ON session (expires_at);

-- Sealed with a key that only the browser's cookie holds.
CREATE TABLE sealed_note (
    token_hash BLOB PRIMARY KEY,
    sealed     BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sealed_note_by_expiry ON sealed_note (expires_at);

CREATE TABLE attempt (
    key            TEXT PRIMARY KEY,
    count          INTEGER NOT NULL,
    window_ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_by_expiry ON attempt (window_ends_at);

CREATE TABLE embedded_account (
    id                    BLOB PRIMARY KEY,
    email                 TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
    name                  TEXT NOT NULL,
    -- NULL for an admin.
    organisation_id       BLOB,
    password_hash         TEXT NOT NULL,
    password_is_temporary INTEGER NOT NULL CHECK (password_is_temporary IN (0, 1)),
    password_expires_at   INTEGER,
    invitation_mailed     INTEGER NOT NULL CHECK (invitation_mailed IN (0, 1)),
    enabled               INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    failed_attempts       INTEGER NOT NULL,
    locked_until          INTEGER NOT NULL,
    reset_code_hash       BLOB,
    reset_expires_at      INTEGER,
    reset_attempts        INTEGER NOT NULL,
    created_at            INTEGER NOT NULL
) STRICT;
