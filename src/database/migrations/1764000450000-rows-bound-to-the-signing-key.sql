-- What only a holder of the signing key can make, beside what it is about: a MAC on each event, a signature on each
-- tree. To make the first, the author has to know where its event will stand: the start of a change tells it.

ALTER TABLE audit_events ADD COLUMN mac bytea;
      ALTER TABLE audit_trees ADD COLUMN seal bytea;
      DROP FUNCTION change_begin(uuid[], uuid[], text[]), change_prove(uuid[], uuid[], text[]);
      
-- As it was (ActorsProvenWhereTheyAct1764000000000), and says how far the locked logs have grown, and the time of their
-- next events.
CREATE FUNCTION change_prove(logs uuid[], actors uuid[], authorities text[])
  RETURNS TABLE (transaction_id text, refusals text[], held_logs text[], held_sizes text[], moment timestamptz) LANGUAGE plpgsql VOLATILE AS $$
DECLARE held bigint; roles constant text[] := '{auditor,developer,admin,owner}';
BEGIN 
  SELECT coalesce(array_agg(l.business_id::text), '{}'), coalesce(array_agg(l.size::text), '{}'), count(*) INTO held_logs, held_sizes, held
    FROM (SELECT h.business_id, h.size FROM audit_heads h WHERE h.business_id = ANY (logs) ORDER BY h.business_id FOR UPDATE) l;
  IF held < cardinality(logs) THEN
    INSERT INTO audit_heads (business_id, size) SELECT l, 0 FROM unnest(logs) AS l ORDER BY l ON CONFLICT DO NOTHING;
    
  SELECT coalesce(array_agg(l.business_id::text), '{}'), coalesce(array_agg(l.size::text), '{}'), count(*) INTO held_logs, held_sizes, held
    FROM (SELECT h.business_id, h.size FROM audit_heads h WHERE h.business_id = ANY (logs) ORDER BY h.business_id FOR UPDATE) l;
  END IF;
  IF NOT '00000000-0000-0000-0000-000000000000' = ANY (logs) THEN
    PERFORM pg_advisory_xact_lock_shared(hashtext('rescind.actor'), hashtext(t.id::text))
      FROM tokens t WHERE t.id = ANY (actors) AND t.business_id IS NULL ORDER BY t.id;
  END IF;
  transaction_id := pg_current_xact_id()::text;
  moment := now()::timestamptz(3);
  SELECT array_agg(CASE
      WHEN a.token IS NULL THEN NULL
      WHEN t.id IS NULL OR t.revoked_at IS NOT NULL OR m.removed_at IS NOT NULL OR i.status <> 'active' THEN 'revoked'
      WHEN least(t.expires_at, t.grace_ends_at) <= clock_timestamp() THEN 'expired'
      WHEN b.status <> 'active' THEN 'suspended'
      WHEN array_position(roles, coalesce(m.role, i.role)::text) < array_position(roles, a.authority) THEN 'demoted'
    END ORDER BY a.number) INTO refusals
  FROM unnest(actors, authorities) WITH ORDINALITY AS a (token, authority, number) LEFT JOIN tokens t ON t.id = a.token
    LEFT JOIN members m ON m.id = t.member_id LEFT JOIN identities i ON i.id = t.identity_id
    LEFT JOIN businesses b ON b.id = t.business_id;
  RETURN NEXT;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION change_prove(uuid[], uuid[], text[]) SET search_path = %I, pg_temp', current_schema());
END $$;
      
CREATE FUNCTION change_begin(logs uuid[], actors uuid[], authorities text[])
  RETURNS TABLE (transaction_id text, refusals text[], held_logs text[], held_sizes text[], moment timestamptz) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM set_config('app.business_id', '*', true);
  RETURN QUERY SELECT p.transaction_id, p.refusals, p.held_logs, p.held_sizes, p.moment FROM change_prove(logs, actors, authorities) p;
  PERFORM set_config('app.business_id', array_to_string(logs, ','), true);
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION change_begin(uuid[], uuid[], text[]) SET search_path = %I, pg_temp', current_schema());
END $$;
