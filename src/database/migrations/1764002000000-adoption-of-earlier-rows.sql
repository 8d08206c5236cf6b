-- Has a row where the schema was brought here from a version whose rows carry no MACs (src/cli/schema.ts).
CREATE TABLE IF NOT EXISTS adoption (
  only_one boolean CONSTRAINT adoption_pkey PRIMARY KEY DEFAULT true CONSTRAINT adoption_only_one_check CHECK (only_one),
  due_since timestamptz NOT NULL DEFAULT now(),
  adopted_at timestamptz
);
