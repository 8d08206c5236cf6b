-- What the last start had: a keyed digest of each setting, and what may be told of migrations, pepper and signing key.

CREATE TABLE last_start (
        name varchar(64) NOT NULL,
        digest bytea,
        value text,
        CONSTRAINT last_start_pkey PRIMARY KEY (name)
      );
