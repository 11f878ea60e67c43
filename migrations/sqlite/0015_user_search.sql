-- A full-text table finds a row quickly by its rowid alone, so that every user
-- has a number that stays.

CREATE TABLE partner_user_place (
    seq INTEGER PRIMARY KEY,
    id  BLOB NOT NULL UNIQUE
) STRICT;
INSERT INTO partner_user_place (id) SELECT id FROM partner_user ORDER BY id;

DROP TRIGGER partner_user_search_created;
DROP TRIGGER partner_user_search_renamed;
DROP TRIGGER partner_user_search_deleted;
DROP TABLE partner_user_search;

CREATE VIRTUAL TABLE partner_user_search USING fts5 (content, tokenize = 'trigram');
INSERT INTO partner_user_search (rowid, content)
SELECT p.seq, u.name || char(10) || u.email
FROM partner_user_place p JOIN partner_user u ON u.id = p.id;

CREATE TRIGGER partner_user_search_created AFTER INSERT ON partner_user
BEGIN
    INSERT INTO partner_user_place (id) VALUES (new.id);
    INSERT INTO partner_user_search (rowid, content)
    SELECT seq, new.name || char(10) || new.email FROM partner_user_place WHERE id = new.id;
END;
CREATE TRIGGER partner_user_search_renamed AFTER UPDATE OF name ON partner_user
BEGIN
    UPDATE partner_user_search SET content = new.name || char(10) || new.email
    WHERE rowid = (SELECT seq FROM partner_user_place WHERE id = new.id);
END;
CREATE TRIGGER partner_user_search_deleted AFTER DELETE ON partner_user
BEGIN
    DELETE FROM partner_user_search
    WHERE rowid = (SELECT seq FROM partner_user_place WHERE id = old.id);
    DELETE FROM partner_user_place WHERE id = old.id;
END;
