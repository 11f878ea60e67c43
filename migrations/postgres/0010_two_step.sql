-- The authenticator app of an account of this installation's own.
CREATE TABLE embedded_authenticator (
    account_id UUID PRIMARY KEY REFERENCES embedded_account (id) ON DELETE CASCADE,
    -- Sealed with the installation's key.
    secret     BYTEA NOT NULL,
    -- The time step of the last code that counted: none counts twice.
    last_step  BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Each opens an account once when its authenticator app is lost, whoever keeps
-- the account. Only the hash is kept.
CREATE TABLE recovery_code (
    -- The account's ID at the identity provider.
    subject   TEXT NOT NULL,
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (subject, code_hash)
);

-- Whether the organisation's users have to sign in in two steps.
ALTER TABLE organisation ADD COLUMN two_step_required BOOLEAN NOT NULL DEFAULT FALSE;
