-- How far each log was sent to each sink.

CREATE TABLE audit_sink_cursors (
        sink varchar(64) NOT NULL,
        business_id uuid NOT NULL,
        sequence bigint NOT NULL,
        moved_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT audit_sink_cursors_pkey PRIMARY KEY (sink, business_id)
      );
      CREATE POLICY rows_of_business ON audit_sink_cursors USING ((SELECT current_setting('app.business_id', true) = '*')
        OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
      ALTER TABLE audit_sink_cursors ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
