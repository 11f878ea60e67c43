-- Whom partners buy for, and what they ordered.

CREATE TABLE customer (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisation (id),
    -- The account in the billing system: its number, and its ID once known.
    account         TEXT NOT NULL,
    account_id      TEXT,
    name            TEXT NOT NULL,
    name_key        TEXT COLLATE "C" NOT NULL,
    email           TEXT,
    currency        TEXT,
    last_order_at   BIGINT,
    created_at      BIGINT NOT NULL,
    UNIQUE (organisation_id, account)
);
CREATE INDEX customer_by_name ON customer (organisation_id, name_key, id);
CREATE INDEX customer_by_account_id ON customer (account_id);

CREATE TABLE partner_order (
    id              UUID PRIMARY KEY,
    creation_key    UUID NOT NULL UNIQUE,
    organisation_id UUID NOT NULL REFERENCES organisation (id),
    kind            TEXT NOT NULL CHECK (kind IN ('purchase', 'change', 'undo')),
    state           TEXT NOT NULL
        CHECK (state IN ('draft', 'placing', 'placed', 'refused', 'needs_attention')),
    -- What is sent to the billing system, as JSON; fixed once it is on its way.
    content         TEXT NOT NULL,
    -- What was typed, as JSON, while it is a draft that may be changed.
    typed           TEXT,
    offer_id        UUID,
    title           TEXT NOT NULL,
    customer_id     UUID REFERENCES customer (id),
    customer_name   TEXT NOT NULL,
    invoice_owner   TEXT NOT NULL CHECK (invoice_owner IN ('partner', 'end_customer')),
    -- Where the choice of invoice owner came from.
    invoice_owner_source TEXT NOT NULL,
    invoiced_to     TEXT NOT NULL,
    effective_on    TEXT,
    ordered_by_id   UUID NOT NULL,
    ordered_by      TEXT NOT NULL,
    -- Our reference, which becomes the order's number in the billing system.
    reference       TEXT NOT NULL UNIQUE,
    -- The idempotency key of the attempt under way, committed before it is sent.
    attempt_key     UUID,
    -- Whether an attempt was sent whose answer never came.
    answer_is_lost  BOOLEAN NOT NULL,
    attempts        BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    lease_until     BIGINT NOT NULL,
    -- Why it takes longer, was refused, or needs attention.
    reason          TEXT,
    billing_order   TEXT,
    subscription    TEXT,
    created_at      BIGINT NOT NULL,
    settled_at      BIGINT,
    CHECK (state <> 'placed' OR subscription IS NOT NULL)
);
CREATE INDEX partner_order_by_organisation ON partner_order (organisation_id, created_at, id);
CREATE INDEX partner_order_by_customer ON partner_order (customer_id, created_at);
CREATE INDEX partner_order_by_subscription ON partner_order (organisation_id, subscription);
CREATE INDEX partner_order_to_place ON partner_order (next_attempt_at) WHERE state = 'placing';
CREATE INDEX partner_order_in_need ON partner_order (created_at) WHERE state = 'needs_attention';

CREATE TABLE order_line (
    order_id UUID NOT NULL REFERENCES partner_order (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    name     TEXT NOT NULL,
    quantity TEXT,
    PRIMARY KEY (order_id, position)
);
