-- Programs that use the API, and what they have asked for.

CREATE TABLE api_client (
    id              BLOB PRIMARY KEY,
    creation_key    BLOB NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    -- SHA-256 of 256 random bits: nothing to guess, so nothing to slow down.
    secret_hash     BLOB NOT NULL,
    -- Words with spaces between.
    scope           TEXT NOT NULL,
    -- NULL for a client that does what admins do.
    organisation_id BLOB REFERENCES organisation (id),
    created_at      INTEGER NOT NULL,
    created_by      TEXT NOT NULL,
    last_used_at    INTEGER,
    expires_at      INTEGER,
    revoked_at      INTEGER,
    CHECK ((organisation_id IS NOT NULL) = (scope = 'partner'))
) STRICT;
CREATE INDEX api_client_by_organisation ON api_client (organisation_id);

-- The public halves of the keys that tokens are signed with. A private half
-- never leaves the memory of the instance that made it.
CREATE TABLE api_key (
    id         TEXT PRIMARY KEY,
    -- A JSON Web Key.
    jwk        TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_key_by_expiry ON api_key (expires_at);

-- Requests that came with an Idempotency-Key, and their answers.
CREATE TABLE api_request (
    -- SHA-256 of the client's ID and the key.
    id           BLOB PRIMARY KEY,
    -- SHA-256 of method, address and body.
    fingerprint  BLOB NOT NULL,
    -- Under which the request creates something, however often it is run.
    creation_key BLOB NOT NULL,
    -- Until when somebody is believed to be running it.
    lease_until  INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    -- The answer, once there is one. It may hold a temporary password, and is
    -- sealed with the key, which is not kept.
    status       INTEGER,
    salt         TEXT,
    sealed       BLOB,
    CHECK ((status IS NULL) = (sealed IS NULL) AND (sealed IS NULL) = (salt IS NULL))
) STRICT;
CREATE INDEX api_request_by_expiry ON api_request (expires_at);
