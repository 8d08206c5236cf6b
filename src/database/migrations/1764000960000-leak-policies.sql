-- What a business wants done when the secret of one of its tokens is reported as leaked.

ALTER TABLE businesses ADD COLUMN leak_policy varchar(8) NOT NULL DEFAULT 'revoke',
        ADD CONSTRAINT businesses_leak_policy_check CHECK (leak_policy IN ('revoke', 'notify'));
