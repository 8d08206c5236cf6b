-- Events keep what the caller gave the request as its id, beside ours.

ALTER TABLE audit_events ADD COLUMN client_request_id varchar(128);
      CREATE INDEX audit_events_client_request_idx ON audit_events (client_request_id, business_id, sequence)
        WHERE client_request_id IS NOT NULL;
