-- What only a holder of the signing key can make, beside what it is about: a MAC on each event, a signature on each
-- tree. To make the first, the author has to know where its event will stand: the start of a change tells it
-- (change_begin, as 1764000922000-heads-and-trees-by-functions.sql has it).

ALTER TABLE audit_events ADD COLUMN mac bytea;
ALTER TABLE audit_trees ADD COLUMN seal bytea;
