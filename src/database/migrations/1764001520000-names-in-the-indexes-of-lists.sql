-- The indexes that lists are read along hold the names, so that a search by a part of one reads no row in vain.

CREATE INDEX tokens_created_at_idx_next ON tokens (business_id, created_at, id) INCLUDE (name, kind);
    DROP INDEX tokens_created_at_idx;
    ALTER INDEX tokens_created_at_idx_next RENAME TO tokens_created_at_idx;

CREATE INDEX tokens_name_idx_next ON tokens (business_id, name, id) INCLUDE (kind);
    DROP INDEX tokens_name_idx;
    ALTER INDEX tokens_name_idx_next RENAME TO tokens_name_idx;

CREATE INDEX tokens_expires_at_idx_next ON tokens (business_id, expires_at, id) INCLUDE (name, kind);
    DROP INDEX tokens_expires_at_idx;
    ALTER INDEX tokens_expires_at_idx_next RENAME TO tokens_expires_at_idx;
