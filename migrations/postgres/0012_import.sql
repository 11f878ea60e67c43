-- Files of partner organisations and partner users, and their rows.

CREATE TABLE import (
    id                 UUID PRIMARY KEY,
    kind               TEXT NOT NULL CHECK (kind IN ('organisations', 'users')),
    file_name          TEXT NOT NULL,
    -- SHA-256 of kind and content: a file that comes again is known.
    digest             BYTEA NOT NULL,
    -- The columns' names and what they have, as JSON arrays.
    columns            TEXT NOT NULL,
    matching           TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('checked', 'applying', 'done')),
    row_count          BIGINT NOT NULL,
    created_at         BIGINT NOT NULL,
    created_by         TEXT NOT NULL,
    -- Who had it imported: the actor of the audit events, as JSON.
    actor              TEXT,
    started_by         TEXT NOT NULL,
    started_at         BIGINT,
    finished_at        BIGINT,
    -- Whether rows that look like another organisation are imported too.
    accepts_lookalikes BOOLEAN NOT NULL,
    CHECK ((state = 'checked') = (started_at IS NULL)),
    CHECK ((state = 'done') = (finished_at IS NOT NULL))
);
CREATE INDEX import_by_digest ON import (digest, finished_at);
CREATE INDEX import_by_created ON import (created_at, id);
CREATE INDEX import_under_way ON import (started_at) WHERE state = 'applying';

-- The rows are removed after a while; what became of the import stays.
CREATE TABLE import_row (
    import_id       UUID NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    number          BIGINT NOT NULL,
    line            BIGINT NOT NULL,
    -- As they stood in the file: a JSON array.
    cells           TEXT NOT NULL,
    state           TEXT NOT NULL,
    -- Field by field, as JSON.
    problems        TEXT NOT NULL,
    -- What exists: an organisation, or a user and the user's organisation.
    subject_id      UUID,
    organisation_id UUID,
    PRIMARY KEY (import_id, number)
);
CREATE INDEX import_row_by_state ON import_row (import_id, state, number);
