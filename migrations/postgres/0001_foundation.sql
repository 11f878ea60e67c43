-- Times are milliseconds since 1970 in UTC; IDs are UUIDs of version 7 as the engine's own type.

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE organisation (
    id                 UUID PRIMARY KEY,
    creation_key       UUID NOT NULL UNIQUE,
    name               TEXT NOT NULL,
    name_key           TEXT COLLATE "C" NOT NULL,
    logo               TEXT,
    zuora_account      TEXT NOT NULL,
    zuora_account_key  TEXT NOT NULL,
    salesforce_account TEXT,
    invoice_owner      TEXT NOT NULL CHECK (invoice_owner IN ('partner', 'end_customer')),
    version            BIGINT NOT NULL,
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL,
    updated_by         TEXT NOT NULL,
    -- What a search looks at, one value a line; search_text has the users'
    -- emails as well.
    search_base        TEXT NOT NULL,
    search_text        TEXT NOT NULL
);
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX organisation_by_search ON organisation USING gin (search_text gin_trgm_ops);
CREATE INDEX organisation_by_name ON organisation (name_key, id);
CREATE INDEX organisation_by_created ON organisation (created_at, id);
CREATE INDEX organisation_by_owner_and_name ON organisation (invoice_owner, name_key, id);
CREATE INDEX organisation_by_owner_and_created ON organisation (invoice_owner, created_at, id);
CREATE INDEX organisation_by_zuora_account ON organisation (zuora_account_key);

-- Only name and logo can be edited: the last line of defence behind the types.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END $$;
CREATE TRIGGER organisation_is_fixed
BEFORE UPDATE OF id, creation_key, zuora_account, zuora_account_key, salesforce_account,
                 invoice_owner, created_at ON organisation
FOR EACH ROW EXECUTE FUNCTION refuse_change('only the name and the logo of a partner organisation can change');

CREATE TABLE partner_user (
    id                    UUID PRIMARY KEY,
    creation_key          UUID NOT NULL UNIQUE,
    organisation_id       UUID NOT NULL REFERENCES organisation (id),
    name                  TEXT NOT NULL,
    -- One email, one partner user, whatever its case.
    email                 TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
    created_at            BIGINT NOT NULL,
    last_sign_in_at       BIGINT,
    -- What should be true at the identity provider …
    enabled               BOOLEAN NOT NULL,
    invitations_wanted    BIGINT NOT NULL,
    handed_over           TEXT,
    generation            BIGINT NOT NULL,
    -- … and what the reconciler has made true there.
    identity_subject      TEXT UNIQUE,
    identity_enabled      BOOLEAN NOT NULL,
    invitations_sent      BIGINT NOT NULL,
    reconciled_generation BIGINT NOT NULL,
    attempts              BIGINT NOT NULL,
    next_attempt_at       BIGINT NOT NULL,
    lease_until           BIGINT NOT NULL,
    problem               TEXT,
    problem_is_final      BOOLEAN NOT NULL
);
CREATE INDEX partner_user_by_organisation ON partner_user (organisation_id, created_at, id);
CREATE INDEX partner_user_to_reconcile ON partner_user (next_attempt_at)
    WHERE reconciled_generation < generation AND NOT problem_is_final;

-- The emails of an organisation's users are searched with it.
CREATE FUNCTION organisation_search_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_text := NEW.search_base || coalesce(
        (SELECT E'\n' || string_agg(email, E'\n') FROM partner_user WHERE organisation_id = NEW.id), '');
    RETURN NEW;
END $$;
CREATE TRIGGER organisation_search_changed BEFORE INSERT OR UPDATE OF search_base ON organisation
FOR EACH ROW EXECUTE FUNCTION organisation_search_changed();

CREATE FUNCTION organisation_search_user_created() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE organisation SET search_text = search_text || E'\n' || NEW.email WHERE id = NEW.organisation_id;
    RETURN NEW;
END $$;
CREATE TRIGGER organisation_search_user_created AFTER INSERT ON partner_user
FOR EACH ROW EXECUTE FUNCTION organisation_search_user_created();

CREATE TABLE audit_event (
    id              UUID PRIMARY KEY,
    at              BIGINT NOT NULL,
    actor_kind      TEXT NOT NULL,
    actor_id        TEXT NOT NULL,
    actor_name      TEXT NOT NULL,
    action          TEXT NOT NULL,
    organisation_id UUID,
    subject_id      UUID,
    -- Before and after, field by field, as JSON; never a secret.
    changes         TEXT NOT NULL,
    address         TEXT NOT NULL,
    reference       TEXT NOT NULL
);
CREATE INDEX audit_event_by_organisation ON audit_event (organisation_id, id);

CREATE TRIGGER audit_event_is_fixed BEFORE UPDATE OR DELETE ON audit_event
FOR EACH ROW EXECUTE FUNCTION refuse_change('audit events cannot be changed or deleted');

CREATE TABLE session (
    token_hash      BYTEA PRIMARY KEY,
    subject         TEXT NOT NULL,
    name            TEXT NOT NULL,
    email           TEXT NOT NULL,
    -- NULL for an admin's session.
    partner_user_id UUID REFERENCES partner_user (id) ON DELETE CASCADE,
    created_at      BIGINT NOT NULL,
    last_seen_at    BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    address         TEXT NOT NULL,
    user_agent      TEXT NOT NULL
);
CREATE INDEX session_by_expiry ON session (expires_at);

-- Sealed with a key that only the browser's cookie holds.
CREATE TABLE sealed_note (
    token_hash BYTEA PRIMARY KEY,
    sealed     BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sealed_note_by_expiry ON sealed_note (expires_at);

CREATE TABLE attempt (
    key            TEXT PRIMARY KEY,
    count          BIGINT NOT NULL,
    window_ends_at BIGINT NOT NULL
);
CREATE INDEX attempt_by_expiry ON attempt (window_ends_at);

CREATE TABLE embedded_account (
    id                    UUID PRIMARY KEY,
    email                 TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
    name                  TEXT NOT NULL,
    -- NULL for an admin.
    organisation_id       UUID,
    password_hash         TEXT NOT NULL,
    password_is_temporary BOOLEAN NOT NULL,
    password_expires_at   BIGINT,
    invitation_mailed     BOOLEAN NOT NULL,
    enabled               BOOLEAN NOT NULL,
    failed_attempts       BIGINT NOT NULL,
    locked_until          BIGINT NOT NULL,
    reset_code_hash       BYTEA,
    reset_expires_at      BIGINT,
    reset_attempts        BIGINT NOT NULL,
    created_at            BIGINT NOT NULL
);
