import type { QueryRunner } from 'typeorm';
import type { Migration } from '../migration.js';

/** Sessions: tokens whose secret is in a cookie (docs/adr/0077-a-session-is-a-token.md). */
export class SessionsOfPeople1764001400000 implements Migration {
  name = 'SessionsOfPeople1764001400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      TABLE,
      SIGN_INS,
      patched('feed_of_tokens()', FEED_BEFORE, FEED),
      patched('feed_of_tokens()', SEEN_BEFORE, SEEN),
      patched('feed_of_suspect_token()', SUSPECT_BEFORE, SUSPECT),
      patched(PROVE, HELD_BEFORE, HELD),
      patched(PROVE, REVOKED_BEFORE, REVOKED),
    ])
      await runner.query(statement);
  }
}

const PROVE = 'change_prove(uuid[], uuid[], text[])';
const PLATFORM = `'00000000-0000-0000-0000-000000000000'`;

/** One passage of a function replaced by another; all else in it stays as it is. */
function patched(name: string, before: string, after: string): string {
  return `
DO $do$
DECLARE definition text := pg_get_functiondef('${name}'::regprocedure);
BEGIN
  IF position($words$${before}$words$ IN definition) = 0 THEN
    RAISE EXCEPTION '${name} is not what this migration changes';
  END IF;
  EXECUTE replace(definition, $words$${before}$words$, $words$${after}$words$);
END $do$;`;
}

const TABLE = `
ALTER TABLE tokens
  ADD COLUMN kind varchar(8) NOT NULL DEFAULT 'api' CONSTRAINT tokens_kind_check CHECK ("kind" IN ('api', 'session')),
  -- A session ends when it was not used for so long.
  ADD COLUMN idle_seconds integer,
  ADD CONSTRAINT tokens_session_check CHECK ((kind = 'session') = (idle_seconds IS NOT NULL) AND (kind = 'api' OR expires_at IS NOT NULL));
CREATE INDEX tokens_sessions_idx ON tokens (business_id, created_at, id) WHERE kind = 'session';
CREATE INDEX tokens_sessions_of_token_idx ON tokens (issued_by_token) WHERE kind = 'session';
`;

const SIGN_INS = `
-- How the person of a session signed in.
CREATE TABLE session_sign_ins (
  session_id uuid NOT NULL CONSTRAINT session_sign_ins_pkey PRIMARY KEY CONSTRAINT session_sign_ins_session_fk REFERENCES tokens (id),
  -- The nil UUID for a session of the platform.
  business_id uuid NOT NULL,
  method varchar(16) NOT NULL CONSTRAINT session_sign_ins_method_check CHECK (method IN ('token', 'oidc', 'recovery_code')),
  -- What the provider calls itself, the person and its own session; NULL: no provider.
  issuer varchar(512),
  subject varchar(255),
  sid varchar(255)
);
CREATE INDEX session_sign_ins_sid_idx ON session_sign_ins (issuer, sid) WHERE sid IS NOT NULL;
CREATE INDEX session_sign_ins_subject_idx ON session_sign_ins (issuer, subject) WHERE subject IS NOT NULL;
CREATE POLICY rows_of_business ON session_sign_ins USING ((SELECT current_setting('app.business_id', true) = '*')
  OR business_id = ANY ((SELECT string_to_array(nullif(current_setting('app.business_id', true), '*'), ',')::uuid[])::uuid[]));
ALTER TABLE session_sign_ins ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
`;

const FEED_BEFORE = `IF FOUND AND current_setting('rescind.nudges', true)`;
/** Of a token that ends or changes, verifiers forget the sessions that were opened with it as well. */
const FEED = `IF FOUND THEN
          INSERT INTO revocation_feed (kind, subject) SELECT 'token', s.jti FROM before b CROSS JOIN LATERAL (
            SELECT jti FROM tokens WHERE issued_by_token = b.id AND kind = 'session' AND revoked_at IS NULL AND expires_at > now() OFFSET 0) s;
          PERFORM true;
        END IF;
        ${FEED_BEFORE}`;

const SEEN_BEFORE = 'trusted_ips, name, uses_limit, digest';
const SEEN = 'trusted_ips, name, uses_limit, kind, idle_seconds, digest';

const SUSPECT_BEFORE = 'WHERE t.id = NEW.subject::uuid;';
const SUSPECT = `WHERE t.id = NEW.subject::uuid OR (t.kind = 'session' AND t.issued_by_token = NEW.subject::uuid);`;

/** Whoever revokes a token of the platform waits for the changes that sessions opened with it have begun. */
const HELD_BEFORE = 'FROM tokens t WHERE t.id = ANY (actors) AND t.business_id IS NULL ORDER BY t.id;';
const HELD = `FROM (SELECT k.id FROM tokens k WHERE k.id = ANY (actors) AND k.business_id IS NULL
        UNION SELECT k.issued_by_token FROM tokens k WHERE k.id = ANY (actors) AND k.business_id IS NULL AND k.kind = 'session'
          AND k.issued_by_token IS NOT NULL) t ORDER BY t.id;`;

/** A session is good for as long as the token that it was opened with. */
const REVOKED_BEFORE = 'WHEN t.id IS NULL OR t.revoked_at IS NOT NULL OR ';
const REVOKED = `WHEN t.id IS NULL OR CASE WHEN t.kind = 'session' AND t.issued_by_token IS NOT NULL THEN NOT EXISTS (SELECT FROM tokens o
          LEFT JOIN businesses ob ON ob.id = o.business_id LEFT JOIN members om ON om.id = o.member_id LEFT JOIN identities oi ON oi.id = o.identity_id
        WHERE o.id = t.issued_by_token AND o.revoked_at IS NULL
          AND coalesce(least(o.expires_at, o.grace_ends_at) > clock_timestamp(), true)
          AND NOT EXISTS (SELECT FROM revocation_sets s WHERE s.token_id = o.id AND NOT s.marked)
          AND coalesce(o.created_at > greatest((SELECT p.not_before FROM platform_not_before p), ob.not_before, om.not_before, oi.not_before,
            (SELECT p.not_before FROM peppers p WHERE p.id = o.pepper_id)), true)
          AND NOT EXISTS (SELECT FROM audit_cut_offs c
            WHERE c.business_id = ANY (ARRAY[o.business_id, ${PLATFORM}]) AND c.not_before >= o.created_at AND c.subject = ANY (ARRAY[
              'platform', 'pepper:' || o.pepper_id, o.business_id::text, o.member_id::text, o.identity_id::text])))
        ELSE false END OR t.revoked_at IS NOT NULL OR `;
