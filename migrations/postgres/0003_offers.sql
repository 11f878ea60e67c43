-- What partners may sell, and which pages they reach. Days are ISO texts; lists
-- that are only read whole are JSON.

-- Zuora's product catalog as it was last read; `setting` has the moment. A plan
-- that Zuora no longer has stays, marked as lost, for the offers that name it.
CREATE TABLE catalog_plan (
    rate_plan TEXT PRIMARY KEY,
    content   TEXT NOT NULL,
    is_lost   BOOLEAN NOT NULL
);

CREATE TABLE offer (
    id            UUID PRIMARY KEY,
    creation_key  UUID NOT NULL UNIQUE,
    version       BIGINT NOT NULL,
    rate_plan     TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('plan', 'add_on')),
    name          TEXT NOT NULL,
    name_key      TEXT COLLATE "C" NOT NULL,
    description   TEXT NOT NULL,
    features      TEXT NOT NULL,
    labels        TEXT NOT NULL,
    channels      TEXT NOT NULL,
    for_all       BOOLEAN NOT NULL,
    term_months   BIGINT,
    auto_renew    BOOLEAN NOT NULL,
    visible_from  TEXT,
    visible_until TEXT,
    state         TEXT NOT NULL CHECK (state IN ('draft', 'published')),
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    updated_by    TEXT NOT NULL
);
CREATE INDEX offer_by_name ON offer (name_key, id);

-- *Eligible partners*, where not all are.
CREATE TABLE offer_partner (
    offer_id        UUID NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
    organisation_id UUID NOT NULL REFERENCES organisation (id),
    PRIMARY KEY (offer_id, organisation_id)
);
CREATE INDEX offer_partner_by_organisation ON offer_partner (organisation_id);

-- The add-ons that an offer allows, and the plans it may be changed to.
CREATE TABLE offer_link (
    offer_id UUID NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL CHECK (kind IN ('add_on', 'change')),
    other_id UUID NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
    PRIMARY KEY (offer_id, kind, other_id)
);

-- Who reaches Shop and Self-Service.
CREATE TABLE partner_page (
    pages  TEXT PRIMARY KEY CHECK (pages IN ('shop', 'self_service')),
    access TEXT NOT NULL CHECK (access IN ('off', 'all', 'chosen'))
);
INSERT INTO partner_page (pages, access) VALUES ('shop', 'all'), ('self_service', 'all');

CREATE TABLE partner_page_organisation (
    pages           TEXT NOT NULL REFERENCES partner_page (pages),
    organisation_id UUID NOT NULL REFERENCES organisation (id),
    PRIMARY KEY (pages, organisation_id)
);
