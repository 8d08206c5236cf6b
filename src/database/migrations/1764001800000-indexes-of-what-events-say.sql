-- An event of the service itself has no actor, request or address, and enters no index for them: nobody asks for the events
-- that have none (docs/adr/0089-marking-leaves-others-their-share.md).

DROP INDEX audit_events_actor_idx;
    CREATE INDEX audit_events_actor_idx ON audit_events (actor_id, business_id, sequence) WHERE actor_id IS NOT NULL;

DROP INDEX audit_events_actor_token_idx;
    CREATE INDEX audit_events_actor_token_idx ON audit_events (actor_token_id, business_id, sequence) WHERE actor_token_id IS NOT NULL;

DROP INDEX audit_events_request_idx;
    CREATE INDEX audit_events_request_idx ON audit_events (request_id, business_id, sequence) WHERE request_id IS NOT NULL;

DROP INDEX audit_events_ip_idx;
    CREATE INDEX audit_events_ip_idx ON audit_events (ip, business_id, sequence) WHERE ip IS NOT NULL;
