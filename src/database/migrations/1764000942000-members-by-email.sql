-- A person is found in whatever business.

CREATE INDEX members_person_idx ON members (email, created_at, id);
