-- Each audit event has its place in a chain: its hash is made of the hash
-- before it and of all that it says. Events from before there was a chain have
-- a place and no hash.
DROP TRIGGER audit_event_is_fixed;
ALTER TABLE audit_event ADD COLUMN seq INTEGER;
ALTER TABLE audit_event ADD COLUMN hash BLOB;
UPDATE audit_event SET seq = numbered.seq
FROM (SELECT id, row_number() OVER (ORDER BY id) AS seq FROM audit_event) AS numbered
WHERE numbered.id = audit_event.id;
CREATE UNIQUE INDEX audit_event_by_seq ON audit_event (seq);
DROP INDEX audit_event_by_organisation;
CREATE INDEX audit_event_by_organisation ON audit_event (organisation_id, seq);
CREATE INDEX audit_event_by_at ON audit_event (at);
CREATE TRIGGER audit_event_is_fixed BEFORE UPDATE ON audit_event
BEGIN
    SELECT RAISE(ABORT, 'audit events cannot be changed');
END;

-- Where the chain ends. Whoever adds an event holds this row until the change
-- that the event belongs to is true.
CREATE TABLE audit_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO audit_head (one, seq, hash)
SELECT 1, (SELECT coalesce(max(seq), 0) FROM audit_event), zeroblob(32);
