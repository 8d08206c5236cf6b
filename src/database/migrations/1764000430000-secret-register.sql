-- Which peppers and signing keys the processes of this database have had as their current one, so that a process with
-- another one is found. What tokens are stored under already is known by its id alone until a start that has it.

CREATE TABLE peppers (
  id varchar(8) PRIMARY KEY,
  -- HMAC-SHA-256 of a fixed label under the pepper; NULL: no start has had it yet.
  check_value bytea,
  current_since timestamptz NOT NULL,
  -- When no active token was left under it; NULL: that has not been found.
  emptied_at timestamptz
);
CREATE TABLE signing_keys (
  -- RFC 7638.
  kid varchar(43) PRIMARY KEY,
  -- SPKI, DER.
  public_key bytea NOT NULL,
  current_since timestamptz NOT NULL
);
INSERT INTO peppers (id, current_since) SELECT pepper_id, max(created_at) FROM tokens GROUP BY pepper_id;
