-- What the billing system says of each partner organisation's account.

CREATE TABLE account_check (
    organisation_id    BLOB PRIMARY KEY REFERENCES organisation (id),
    state              TEXT NOT NULL CHECK (state IN ('unverified', 'verified', 'unknown')),
    number             TEXT,
    name               TEXT,
    currency           TEXT,
    status             TEXT,
    salesforce_account TEXT,
    attempts           INTEGER NOT NULL,
    next_attempt_at    INTEGER NOT NULL,
    lease_until        INTEGER NOT NULL,
    CHECK (state <> 'verified' OR name IS NOT NULL)
) STRICT;
CREATE INDEX account_check_to_do ON account_check (next_attempt_at) WHERE state = 'unverified';

INSERT INTO account_check (organisation_id, state, attempts, next_attempt_at, lease_until)
SELECT id, 'unverified', 0, 0, 0 FROM organisation;
