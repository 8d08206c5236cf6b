-- The service writes to its log by functions alone, which run with the rights of the schema's owner: an event stands
-- behind the last one, at the time of its transaction; a tree grows, and its tiles from where they end. A head carries a MAC,
-- so that one which somebody moved is told from one that the service left.
-- Sub-selects for the arrays: else PostgreSQL plans the statement anew for each call (anyNumberOf in prepared.ts).

DROP FUNCTION change_begin(uuid[], uuid[], text[]);

-- As it was (1764000000000-actors-proven-where-they-act.sql), and says how far the locked logs have grown, with the MACs of their
-- heads, and the time of their next events. It knows sessions, cut-offs and what is being marked as well. The actor may be the
-- platform's, and so none of the business that is changed: change_begin has it looked at from everywhere.
CREATE FUNCTION change_prove(logs uuid[], actors uuid[], authorities text[])
  RETURNS TABLE (transaction_id text, refusals text[], held_logs text[], held_sizes text[], moment timestamptz, held_macs text[]) LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE held bigint; roles constant text[] := '{no-access,auditor,developer,admin,owner}';
BEGIN
  SELECT coalesce(array_agg(l.business_id::text), '{}'), coalesce(array_agg(l.size::text), '{}'), count(*), coalesce(array_agg(encode(l.mac, 'hex')), '{}')
    INTO held_logs, held_sizes, held, held_macs
    FROM (SELECT h.business_id, h.size, h.mac FROM audit_heads h WHERE h.business_id = ANY (logs) ORDER BY h.business_id FOR UPDATE) l;
  IF held < cardinality(logs) THEN
    INSERT INTO audit_heads (business_id, size) SELECT l, 0 FROM unnest(logs) AS l ORDER BY l ON CONFLICT DO NOTHING;

  SELECT coalesce(array_agg(l.business_id::text), '{}'), coalesce(array_agg(l.size::text), '{}'), count(*), coalesce(array_agg(encode(l.mac, 'hex')), '{}')
    INTO held_logs, held_sizes, held, held_macs
    FROM (SELECT h.business_id, h.size, h.mac FROM audit_heads h WHERE h.business_id = ANY (logs) ORDER BY h.business_id FOR UPDATE) l;
  END IF;
  IF NOT '00000000-0000-0000-0000-000000000000' = ANY (logs) THEN
    PERFORM pg_advisory_xact_lock_shared(hashtext('rescind.actor'), hashtext(t.id::text))
      FROM (SELECT k.id FROM tokens k WHERE k.id = ANY (actors) AND k.business_id IS NULL
        UNION SELECT k.issued_by_token FROM tokens k WHERE k.id = ANY (actors) AND k.business_id IS NULL AND k.kind = 'session'
          AND k.issued_by_token IS NOT NULL) t ORDER BY t.id;
  END IF;
  transaction_id := pg_current_xact_id()::text;
  moment := now()::timestamptz(3);
  SELECT array_agg(CASE
      WHEN a.token IS NULL THEN NULL
      WHEN t.id IS NULL OR CASE WHEN t.kind = 'session' AND t.issued_by_token IS NOT NULL THEN NOT EXISTS (SELECT FROM tokens o
          LEFT JOIN businesses ob ON ob.id = o.business_id LEFT JOIN members om ON om.id = o.member_id LEFT JOIN identities oi ON oi.id = o.identity_id
        WHERE o.id = t.issued_by_token AND o.revoked_at IS NULL
          AND coalesce(least(o.expires_at, o.grace_ends_at) > clock_timestamp(), true)
          AND NOT EXISTS (SELECT FROM revocation_sets s WHERE s.token_id = o.id AND NOT s.marked)
          AND coalesce(o.created_at > greatest((SELECT p.not_before FROM platform_not_before p), ob.not_before, om.not_before, oi.not_before,
            (SELECT p.not_before FROM peppers p WHERE p.id = o.pepper_id)), true)
          AND NOT EXISTS (SELECT FROM audit_cut_offs c
            WHERE c.business_id = ANY (ARRAY[o.business_id, '00000000-0000-0000-0000-000000000000']) AND c.not_before >= o.created_at AND c.subject = ANY (ARRAY[
              'platform', 'pepper:' || o.pepper_id, o.business_id::text, o.member_id::text, o.identity_id::text])))
        ELSE false END OR t.revoked_at IS NOT NULL OR EXISTS (SELECT FROM revocation_sets s WHERE s.token_id = t.id AND NOT s.marked) OR t.created_at <= greatest((SELECT p.not_before FROM platform_not_before p), b.not_before, m.not_before, i.not_before,
          (SELECT p.not_before FROM peppers p WHERE p.id = t.pepper_id)) OR EXISTS (SELECT FROM audit_cut_offs c
    WHERE c.business_id = ANY (ARRAY[t.business_id, '00000000-0000-0000-0000-000000000000']) AND c.not_before >= t.created_at AND c.subject = ANY (ARRAY[
      'platform', 'pepper:' || t.pepper_id, t.business_id::text, t.member_id::text, t.identity_id::text])) OR m.removed_at IS NOT NULL OR i.status <> 'active' THEN 'revoked'
      WHEN least(t.expires_at, t.grace_ends_at) <= clock_timestamp() THEN 'expired'
      WHEN b.status <> 'active' THEN 'suspended'
      WHEN array_position(roles, coalesce(m.role, i.role)::text) < array_position(roles, a.authority) THEN 'demoted'
    END ORDER BY a.number) INTO refusals
  FROM unnest(actors, authorities) WITH ORDINALITY AS a (token, authority, number) LEFT JOIN tokens t ON t.id = a.token
    LEFT JOIN members m ON m.id = t.member_id LEFT JOIN identities i ON i.id = t.identity_id
    LEFT JOIN businesses b ON b.id = t.business_id;
  RETURN NEXT;
END $$;
-- For one actor each call would be planned by itself, which takes longer than all else that it does.
CREATE FUNCTION change_begin(logs uuid[], actors uuid[], authorities text[])
  RETURNS TABLE (transaction_id text, refusals text[], held_logs text[], held_sizes text[], moment timestamptz, held_macs text[])
  LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  PERFORM set_config('app.business_id', '*', true);
  RETURN QUERY SELECT p.transaction_id, p.refusals, p.held_logs, p.held_sizes, p.moment, p.held_macs FROM change_prove(logs, actors, authorities) p;
  PERFORM set_config('app.business_id', array_to_string(logs, ','), true);
END $$;

-- Appends the events given as JSON, the very text that was hashed, to the logs, of which log i takes counts[i] and has macs[i] on its
-- head then. The row locks on the heads order writers. They are taken in the order of the logs, so that no two writers wait for
-- each other. Sequence and time are the database's: what was hashed for others is refused. Returns the transaction's id.
CREATE FUNCTION audit_append(logs uuid[], counts bigint[], macs bytea[], lines json)
  RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE appended bigint;
BEGIN
  WITH head AS (
    INSERT INTO audit_heads AS h (business_id, size, mac)
    SELECT log, events, mac FROM unnest((SELECT logs), (SELECT counts), (SELECT macs)) AS l (log, events, mac) ORDER BY log
    ON CONFLICT (business_id) DO UPDATE SET size = h.size + excluded.size, mac = excluded.mac
    RETURNING business_id, size
  )
  INSERT INTO audit_events AS e (business_id, sequence, id, occurred_at, actor_kind, actor_id, actor_email, actor_token_id, action,
    target_kind, target_id, outcome, reason, request_id, client_request_id, ip, user_agent, details, leaf_hash, mac)
  SELECT l.log, l.sequence, l.id, l.occurred_at, actor->>'kind', (actor->>'id')::uuid, actor->>'email', (actor->>'token_id')::uuid, action,
    target->>'kind', target->>'id', outcome, reason, request_id, details->>'client_request_id', ip, user_agent, details, decode(leaf, 'hex'), decode(l.mac, 'hex')
  FROM json_to_recordset(lines) AS l (
    log uuid, sequence bigint, id uuid, occurred_at timestamptz, actor json, action text, target json, outcome text, reason text,
    request_id text, ip text, user_agent text, details jsonb, leaf text, mac text)
  JOIN head ON head.business_id = l.log AND l.occurred_at = now()::timestamptz(3)
    AND l.sequence BETWEEN head.size - counts[array_position(logs, l.log)] + 1 AND head.size;
  GET DIAGNOSTICS appended = ROW_COUNT;
  IF appended <> (SELECT sum(c) FROM unnest(counts) c) THEN
    RAISE EXCEPTION 'an event is appended to the audit log at the place and the time that were hashed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN pg_current_xact_id()::text;
END $$;

-- For what concerns every business: waits for all changes under way, and has others wait until the transaction ends.
CREATE FUNCTION audit_lock_every_log() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  LOCK TABLE audit_heads IN EXCLUSIVE MODE;
END $$;

-- Locks the trees until the transaction ends; a log that has none yet gets the empty one.
CREATE FUNCTION audit_lock_trees(logs uuid[], empty_root bytea)
  RETURNS TABLE (business_id uuid, size bigint, root bytea, seal bytea) LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO audit_trees (business_id, size, root) SELECT id, 0, empty_root FROM unnest(logs) AS new (id) ORDER BY id ON CONFLICT DO NOTHING;
  RETURN QUERY SELECT t.business_id, t.size, t.root, t.seal FROM audit_trees t WHERE t.business_id = ANY (logs) ORDER BY t.business_id FOR UPDATE;
END $$;

-- Trees of which each is larger than it was, and carries a seal.
CREATE FUNCTION audit_grow_trees(logs uuid[], sizes bigint[], roots bytea[], seals bytea[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE grown bigint;
BEGIN
  UPDATE audit_trees t SET size = g.size, root = g.root, seal = g.seal, sealed_at = now()
    FROM unnest(logs, sizes, roots, seals) AS g (log, size, root, seal)
    WHERE t.business_id = g.log AND g.size > t.size AND g.seal IS NOT NULL;
  GET DIAGNOSTICS grown = ROW_COUNT;
  IF grown <> cardinality(logs) THEN
    RAISE EXCEPTION 'a sealed log only grows' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $$;

-- Seals a tree as it is that carries no seal, unless it has grown meanwhile.
CREATE FUNCTION audit_adopt_tree(log uuid, of_size bigint, of_root bytea, new_seal bytea) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
BEGIN
  UPDATE audit_trees t SET seal = new_seal WHERE t.business_id = log AND t.size = of_size AND t.root = of_root AND t.seal IS NULL;
END $$;

-- The same for a head without a MAC.
CREATE FUNCTION audit_adopt_head(log uuid, of_size bigint, new_mac bytea) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
BEGIN
  UPDATE audit_heads h SET mac = new_mac WHERE h.business_id = log AND h.size = of_size AND h.mac IS NULL;
END $$;

-- Adds parts to unfinished tiles, each from where the tile ends.
CREATE FUNCTION audit_add_to_tiles(logs uuid[], levels int[], numbers bigint[], parts bytea[], starts int[]) RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
DECLARE held bigint;
BEGIN
  FOR i IN 1..coalesce(cardinality(logs), 0) LOOP
    SELECT coalesce(sum(length(t.hashes)), 0) INTO held FROM audit_tiles t
      WHERE t.business_id = logs[i] AND t.level = levels[i] AND t.number = numbers[i];
    IF held <> starts[i] * 32 OR held + length(parts[i]) >= 8192 THEN
      RAISE EXCEPTION 'a tile of the audit log grows from where it ends' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    INSERT INTO audit_tiles (business_id, level, number, start, hashes) VALUES (logs[i], levels[i], numbers[i], starts[i], parts[i]);
  END LOOP;
END $$;

DO $$ DECLARE function text; BEGIN
  FOREACH function IN ARRAY ARRAY['change_prove(uuid[], uuid[], text[])', 'change_begin(uuid[], uuid[], text[])',
    'audit_append(uuid[], bigint[], bytea[], json)', 'audit_lock_every_log()', 'audit_lock_trees(uuid[], bytea)',
    'audit_grow_trees(uuid[], bigint[], bytea[], bytea[])', 'audit_adopt_tree(uuid, bigint, bytea, bytea)',
    'audit_adopt_head(uuid, bigint, bytea)', 'audit_add_to_tiles(uuid[], int[], bigint[], bytea[], int[])'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', function, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function);
  END LOOP;
END $$;
