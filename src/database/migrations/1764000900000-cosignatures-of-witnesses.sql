-- What witnesses have cosigned of the latest checkpoints. Each line proves itself under the key of its witness.

CREATE TABLE audit_cosignatures (
        -- The log: the nil UUID for the platform's.
        business_id uuid NOT NULL,
        size bigint NOT NULL,
        -- Its verifier key.
        witness varchar(512) NOT NULL,
        line varchar(1024) NOT NULL,
        CONSTRAINT audit_cosignatures_pkey PRIMARY KEY (business_id, size, witness)
      );
      CREATE POLICY rows_of_business ON audit_cosignatures USING ((SELECT current_setting('app.business_id', true) = '*')
        OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
      ALTER TABLE audit_cosignatures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
