-- Which scopes of its product a business lets developers give who sign in without a token (docs/adr/0082).

ALTER TABLE businesses ADD COLUMN developer_scopes text[] NOT NULL DEFAULT '{}';
