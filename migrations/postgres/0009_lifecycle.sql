-- What becomes of people and organisations: roles, names, resets, and leaving.

-- When an organisation was deleted. The row stays for the audit trail and for
-- what was ordered; nobody reaches it any more.
ALTER TABLE organisation ADD COLUMN deleted_at BIGINT;

ALTER TABLE partner_user ADD COLUMN role TEXT NOT NULL DEFAULT 'member'
    CHECK (role IN ('manager', 'member'));
-- Whoever has been in an organisation the longest looks after its people.
UPDATE partner_user SET role = 'manager'
WHERE id IN (SELECT (SELECT u.id FROM partner_user u WHERE u.organisation_id = o.id
                     ORDER BY u.created_at, u.id LIMIT 1) FROM organisation o);

-- When the last invitation was sent.
ALTER TABLE partner_user ADD COLUMN invited_at BIGINT;
UPDATE partner_user SET invited_at = created_at WHERE identity_subject IS NOT NULL;
CREATE INDEX partner_user_by_invitation ON partner_user (invited_at)
    WHERE last_sign_in_at IS NULL;
-- The name that the identity provider has, once it has the account.
ALTER TABLE partner_user ADD COLUMN identity_name TEXT;
UPDATE partner_user SET identity_name = name WHERE identity_subject IS NOT NULL;
-- How often an admin had the password reset, and how often that was done.
ALTER TABLE partner_user ADD COLUMN resets_wanted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE partner_user ADD COLUMN resets_done BIGINT NOT NULL DEFAULT 0;

-- Partner users who were deleted. Their accounts are removed at the identity
-- provider; their names stay for the audit trail.
CREATE TABLE former_user (
    id               UUID PRIMARY KEY,
    organisation_id  UUID NOT NULL REFERENCES organisation (id),
    name             TEXT NOT NULL,
    email            TEXT NOT NULL,
    -- NULL where no account was known at the time.
    identity_subject TEXT,
    deleted_at       BIGINT NOT NULL,
    -- When the account was gone.
    removed_at       BIGINT,
    attempts         BIGINT NOT NULL,
    next_attempt_at  BIGINT NOT NULL,
    lease_until      BIGINT NOT NULL
);
CREATE INDEX former_user_to_remove ON former_user (next_attempt_at) WHERE removed_at IS NULL;
CREATE INDEX former_user_by_email ON former_user (email) WHERE removed_at IS NULL;

CREATE FUNCTION organisation_search_user_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE organisation SET search_text = search_base || coalesce(
        (SELECT E'\n' || string_agg(email, E'\n') FROM partner_user
         WHERE organisation_id = OLD.organisation_id), '')
    WHERE id = OLD.organisation_id;
    RETURN OLD;
END $$;
CREATE TRIGGER organisation_search_user_deleted AFTER DELETE ON partner_user
FOR EACH ROW EXECUTE FUNCTION organisation_search_user_deleted();

-- Users are found by a part of their name or email.
CREATE INDEX partner_user_by_search ON partner_user
    USING gin (lower(name || E'\n' || email) gin_trgm_ops);
