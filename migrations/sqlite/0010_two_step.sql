-- The authenticator app of an account of this installation's own.
CREATE TABLE embedded_authenticator (
    account_id BLOB PRIMARY KEY REFERENCES embedded_account (id) ON DELETE CASCADE,
    -- Sealed with the installation's key.
    secret     BLOB NOT NULL,
    -- The time step of the last code that counted: none counts twice.
    last_step  INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Each opens an account once when its authenticator app is lost, whoever keeps
-- the account. Only the hash is kept.
CREATE TABLE recovery_code (
    -- The account's ID at the identity provider.
    subject   TEXT NOT NULL,
    code_hash BLOB NOT NULL,
    PRIMARY KEY (subject, code_hash)
) STRICT;

-- Whether the organisation's users have to sign in in two steps.
ALTER TABLE organisation
    ADD COLUMN two_step_required INTEGER NOT NULL DEFAULT 0 CHECK (two_step_required IN (0, 1));
