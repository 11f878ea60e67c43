-- What the program that placed an order over the API calls it.
ALTER TABLE partner_order ADD COLUMN external_id TEXT;
