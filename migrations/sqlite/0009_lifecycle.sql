-- What becomes of people and organisations: roles, names, resets, and leaving.

-- When an organisation was deleted. The row stays for the audit trail and for
-- what was ordered; nobody reaches it any more.
ALTER TABLE organisation ADD COLUMN deleted_at INTEGER;

ALTER TABLE partner_user ADD COLUMN role TEXT NOT NULL DEFAULT 'member'
    CHECK (role IN ('manager', 'member'));
-- Whoever has been in an organisation the longest looks after its people.
UPDATE partner_user SET role = 'manager'
WHERE id IN (SELECT (SELECT u.id FROM partner_user u WHERE u.organisation_id = o.id
                     ORDER BY u.created_at, u.id LIMIT 1) FROM organisation o);

-- When the last invitation was sent.
ALTER TABLE partner_user ADD COLUMN invited_at INTEGER;
UPDATE partner_user SET invited_at = created_at WHERE identity_subject IS NOT NULL;
CREATE INDEX partner_user_by_invitation ON partner_user (invited_at)
    WHERE last_sign_in_at IS NULL;
-- The name that the identity provider has, once it has the account.
ALTER TABLE partner_user ADD COLUMN identity_name TEXT;
UPDATE partner_user SET identity_name = name WHERE identity_subject IS NOT NULL;
-- How often an admin had the password reset, and how often that was done.
ALTER TABLE partner_user ADD COLUMN resets_wanted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partner_user ADD COLUMN resets_done INTEGER NOT NULL DEFAULT 0;

-- Partner users who were deleted. Their accounts are removed at the identity
-- provider; their names stay for the audit trail.
CREATE TABLE former_user (
    id               BLOB PRIMARY KEY,
    organisation_id  BLOB NOT NULL REFERENCES organisation (id),
    name             TEXT NOT NULL,
    email            TEXT NOT NULL,
    -- NULL where no account was known at the time.
    identity_subject TEXT,
    deleted_at       INTEGER NOT NULL,
    -- When the account was gone.
    removed_at       INTEGER,
    attempts         INTEGER NOT NULL,
    next_attempt_at  INTEGER NOT NULL,
    lease_until      INTEGER NOT NULL
) STRICT;
CREATE INDEX former_user_to_remove ON former_user (next_attempt_at) WHERE removed_at IS NULL;
CREATE INDEX former_user_by_email ON former_user (email) WHERE removed_at IS NULL;

CREATE TRIGGER organisation_search_user_deleted AFTER DELETE ON partner_user
BEGIN
    UPDATE organisation_search
    SET content = (SELECT search_base FROM organisation WHERE id = old.organisation_id) || coalesce(
        (SELECT char(10) || group_concat(email, char(10)) FROM partner_user
         WHERE organisation_id = old.organisation_id), '')
    WHERE rowid = (SELECT seq FROM organisation WHERE id = old.organisation_id);
END;

-- Users are found by a part of their name or email.
CREATE VIRTUAL TABLE partner_user_search USING fts5 (content, id UNINDEXED, tokenize = 'trigram');
INSERT INTO partner_user_search (content, id) SELECT name || char(10) || email, id FROM partner_user;
CREATE TRIGGER partner_user_search_created AFTER INSERT ON partner_user
BEGIN
    INSERT INTO partner_user_search (content, id) VALUES (new.name || char(10) || new.email, new.id);
END;
CREATE TRIGGER partner_user_search_renamed AFTER UPDATE OF name ON partner_user
BEGIN
    UPDATE partner_user_search SET content = new.name || char(10) || new.email WHERE id = new.id;
END;
CREATE TRIGGER partner_user_search_deleted AFTER DELETE ON partner_user
BEGIN
    DELETE FROM partner_user_search WHERE id = old.id;
END;
