-- What partners may sell, and which pages they reach. Days are ISO texts; lists
-- that are only read whole are JSON.

-- Zuora's product catalog as it was last read; `setting` has the moment. A plan
-- that Zuora no longer has stays, marked as lost, for the offers that name it.
CREATE TABLE catalog_plan (
    rate_plan TEXT PRIMARY KEY,
    content   TEXT NOT NULL,
    is_lost   INTEGER NOT NULL CHECK (is_lost IN (0, 1))
) STRICT;

CREATE TABLE offer (
    id            BLOB PRIMARY KEY,
    creation_key  BLOB NOT NULL UNIQUE,
    version       INTEGER NOT NULL,
    rate_plan     TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('plan', 'add_on')),
    name          TEXT NOT NULL,
    name_key      TEXT NOT NULL,
    description   TEXT NOT NULL,
    features      TEXT NOT NULL,
    labels        TEXT NOT NULL,
    channels      TEXT NOT NULL,
    for_all       INTEGER NOT NULL CHECK (for_all IN (0, 1)),
    term_months   INTEGER,
    auto_renew    INTEGER NOT NULL CHECK (auto_renew IN (0, 1)),
    visible_from  TEXT,
    visible_until TEXT,
    state         TEXT NOT NULL CHECK (state IN ('draft', 'published')),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    updated_by    TEXT NOT NULL
) STRICT;
CREATE INDEX offer_by_name ON offer (name_key, id);

-- *Eligible partners*, where not all are.
CREATE TABLE offer_partner (
    offer_id        BLOB NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
    organisation_id BLOB NOT NULL REFERENCES organisation (id),
    PRIMARY KEY (offer_id, organisation_id)
) STRICT;
CREATE INDEX offer_partner_by_organisation ON offer_partner (organisation_id);

-- The add-ons that an offer allows, and the plans it may be changed to.
CREATE TABLE offer_link (
    offer_id BLOB NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
    kind     TEXT NOT NULL CHECK (kind IN ('add_on', 'change')),
    other_id BLOB NOT NULL REFERENCES offer (id) ON DELETE CASCADE,
    PRIMARY KEY (offer_id, kind, other_id)
) STRICT;

-- Who reaches Shop and Self-Service.
CREATE TABLE partner_page (
    pages  TEXT PRIMARY KEY CHECK (pages IN ('shop', 'self_service')),
    access TEXT NOT NULL CHECK (access IN ('off', 'all', 'chosen'))
) STRICT;
INSERT INTO partner_page (pages, access) VALUES ('shop', 'all'), ('self_service', 'all');

CREATE TABLE partner_page_organisation (
    pages           TEXT NOT NULL REFERENCES partner_page (pages),
    organisation_id BLOB NOT NULL REFERENCES organisation (id),
    PRIMARY KEY (pages, organisation_id)
) STRICT;
