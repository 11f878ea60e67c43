-- Users whose email begins with a letter or two are found letter by letter,
-- whatever the order of words in the database's language.
CREATE INDEX partner_user_by_email ON partner_user (email COLLATE "C");
