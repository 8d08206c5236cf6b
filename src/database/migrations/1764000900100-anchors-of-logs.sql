-- Where the latest checkpoint of each business's log stands in the platform's log. Each row proves itself by that.

CREATE TABLE audit_anchors (
        business_id uuid NOT NULL,
        -- Of the checkpoint that was anchored.
        size bigint NOT NULL,
        -- Of the event in the platform's log.
        sequence bigint NOT NULL,
        -- Place among the checkpoints of that event, and the hashes from there to their root, one after the other.
        leaf_index integer NOT NULL,
        path bytea NOT NULL,
        anchored_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT audit_anchors_pkey PRIMARY KEY (business_id)
      );
      CREATE POLICY rows_of_business ON audit_anchors USING ((SELECT current_setting('app.business_id', true) = '*')
        OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
      ALTER TABLE audit_anchors ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
