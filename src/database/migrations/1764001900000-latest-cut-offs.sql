-- The latest cut-off of a business is found by one entry of each index. That of the log has a condition that every row meets and
-- no other statement names, so that it serves no other: those that look for the cut-offs of one subject go along the
-- primary key.

CREATE INDEX members_cut_off_idx ON members (business_id, not_before) WHERE not_before IS NOT NULL;

CREATE INDEX identities_cut_off_idx ON identities (business_id, not_before) WHERE not_before IS NOT NULL;

CREATE INDEX audit_cut_offs_latest_idx ON audit_cut_offs (business_id, not_before) WHERE sequence >= 0;
