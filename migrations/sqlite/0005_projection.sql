-- What was last read of the billing system, so that lists are quick and stay
-- there while it is away. The billing system is right wherever they differ.

CREATE TABLE subscription (
    organisation_id BLOB NOT NULL REFERENCES organisation (id),
    number          TEXT NOT NULL,
    customer_id     BLOB NOT NULL REFERENCES customer (id),
    plan            TEXT NOT NULL,
    quantity        TEXT,
    status          TEXT NOT NULL CHECK (status IN
        ('draft', 'pending', 'active', 'suspended', 'cancelled', 'expired')),
    -- Empty where it was not told.
    starts_on       TEXT NOT NULL,
    -- The day from which it is over, and the one on which the next change takes
    -- effect, as they were told: how it stands today follows from the day.
    ends_on         TEXT,
    pending_kind    TEXT CHECK (pending_kind IN ('cancellation', 'change')),
    pending_on      TEXT,
    term_ends_on    TEXT,
    auto_renews     INTEGER NOT NULL CHECK (auto_renews IN (0, 1)),
    seen_at         INTEGER NOT NULL,
    -- Until when what was read of it alone holds against lists, which may lag.
    firm_until      INTEGER NOT NULL,
    -- Lower case: number, plan and the end customer's name, one a line.
    search_text     TEXT NOT NULL,
    -- The whole of it as JSON. Last, because it is long.
    content         TEXT NOT NULL,
    PRIMARY KEY (organisation_id, number)
) STRICT;
-- All that the list filters and searches by, so that no row is touched in vain.
CREATE INDEX subscription_by_start ON subscription
    (organisation_id, starts_on, number, status, ends_on, pending_on, search_text);
CREATE INDEX subscription_by_customer ON subscription
    (customer_id, starts_on, number, status, ends_on, pending_on);

CREATE TABLE invoice (
    organisation_id BLOB NOT NULL REFERENCES organisation (id),
    id              TEXT NOT NULL,
    number          TEXT NOT NULL,
    -- NULL where it is the organisation's own.
    customer_id     BLOB REFERENCES customer (id),
    date            TEXT NOT NULL,
    due             TEXT,
    currency        TEXT NOT NULL,
    amount          TEXT NOT NULL,
    balance         TEXT NOT NULL,
    is_paid         INTEGER NOT NULL CHECK (is_paid IN (0, 1)),
    seen_at         INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, id)
) STRICT;
CREATE INDEX invoice_by_date ON invoice (organisation_id, date, number);
CREATE INDEX invoice_unpaid_by_date ON invoice (organisation_id, date, number, due)
    WHERE NOT is_paid;

-- When each organisation's part was last read, and when it is due again.
CREATE TABLE billing_reading (
    organisation_id BLOB PRIMARY KEY REFERENCES organisation (id),
    read_at         INTEGER,
    is_away         INTEGER NOT NULL CHECK (is_away IN (0, 1)),
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    lease_until     INTEGER NOT NULL
) STRICT;
CREATE INDEX billing_reading_due ON billing_reading (next_attempt_at);
INSERT INTO billing_reading (organisation_id, read_at, is_away, attempts, next_attempt_at, lease_until)
SELECT id, NULL, 0, 0, 0, 0 FROM organisation;

-- Accounts are looked up again now and then, also those once found.
DROP INDEX account_check_to_do;
CREATE INDEX account_check_due ON account_check (next_attempt_at);
