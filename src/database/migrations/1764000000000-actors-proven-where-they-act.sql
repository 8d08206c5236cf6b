-- How every change begins: the logs that it will write to are locked, and its actors are looked at after that. Who
-- revokes a token, removes a member or suspends a business writes to the same log, so either that is seen here, or it
-- comes later in the log than what the actor does (docs/adr/0015-actors-are-proven-where-they-act.md).

-- Locks the heads of the logs, in one order, and says for each actor why it may not act: the reason of its verdict,
-- 'demoted' (its owner had the role that was proven, and has a smaller one now), or null: it may.
-- Tokens of the platform act in logs that their own revocation does not lock: those hold a shared lock on the token,
-- which its revocation waits for. A statement of a volatile function sees what was committed before it began.
CREATE FUNCTION change_begin(logs uuid[], actors uuid[], authorities text[])
  RETURNS TABLE (transaction_id text, refusals text[]) LANGUAGE plpgsql VOLATILE AS $$
DECLARE held bigint; roles constant text[] := '{auditor,developer,admin,owner}';
BEGIN
  PERFORM FROM audit_heads h WHERE h.business_id = ANY (logs) ORDER BY h.business_id FOR UPDATE;
  GET DIAGNOSTICS held = ROW_COUNT;
  IF held < cardinality(logs) THEN
    INSERT INTO audit_heads (business_id, size) SELECT l, 0 FROM unnest(logs) AS l ORDER BY l ON CONFLICT DO NOTHING;
    PERFORM FROM audit_heads h WHERE h.business_id = ANY (logs) ORDER BY h.business_id FOR UPDATE;
  END IF;
  IF NOT '00000000-0000-0000-0000-000000000000' = ANY (logs) THEN
    PERFORM pg_advisory_xact_lock_shared(hashtext('rescind.actor'), hashtext(t.id::text))
      FROM tokens t WHERE t.id = ANY (actors) AND t.business_id IS NULL ORDER BY t.id;
  END IF;
  transaction_id := pg_current_xact_id()::text;
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

CREATE FUNCTION token_of_platform_is_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rescind.actor'), hashtext(OLD.id::text));
  RETURN NEW;
END $$;
CREATE TRIGGER tokens_platform_revocation BEFORE UPDATE OF revoked_at, expires_at, grace_ends_at ON tokens FOR EACH ROW
  WHEN (OLD.business_id IS NULL) EXECUTE FUNCTION token_of_platform_is_revoked();

DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION change_begin(uuid[], uuid[], text[]) SET search_path = %I, pg_temp', current_schema());
END $$;
