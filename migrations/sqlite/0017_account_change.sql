-- A change that is asked of an identity provider elsewhere, noted before it is:
-- what still stands here long after has an outcome that nobody learned.
CREATE TABLE account_change (
    id       BLOB PRIMARY KEY,
    asked_at INTEGER NOT NULL,
    -- Who asked for what, in JSON.
    note     TEXT NOT NULL
) STRICT;
