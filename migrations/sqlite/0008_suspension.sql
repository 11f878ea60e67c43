-- Since when an organisation is suspended: its users cannot sign in. NULL while
-- it is active.
ALTER TABLE organisation ADD COLUMN suspended_at INTEGER;
