import type { QueryRunner } from 'typeorm';
import { CHANGING_COLUMNS } from '../token-schema/derived.js';

/** The role that has the privileges of the service. Database users that the service logs in as are members of it. */
export const SERVICE_ROLE = 'rescind_app';

/** The privileges on the rows of a table. Lists name columns. */
interface TableRights {
  insert?: 'whole rows' | readonly string[];
  update?: readonly string[];
  delete?: true;
}

/** The columns that count verdicts, one for each outcome. */
const USAGE_OUTCOMES = ['active', 'revoked', 'expired', 'suspended', 'exhausted', 'insufficient_scope', 'ip_not_allowed']; // prettier-ignore

/**
 * The tables that the service may read, and its other privileges on them: what an SQL injection could do in a
 * session of the service. The log cannot be changed, and only functions can append to it. No token can be deleted or
 * get another owner, and only triggers write the feed. A change here changes what an SQL injection can do.
 */
export const TABLES: Readonly<Record<string, TableRights>> = {
  migrations: {},
  businesses: {
    insert: 'whole rows',
    update: [
      'approval_above',
      'developer_scopes',
      'leak_policy',
      'name',
      'slug',
      'status',
      'token_expiry_required',
      'token_lifetime_days_max',
      'token_prefix',
      'token_rotation_days',
      'token_unused_days_max',
      'token_unused_notice_days',
      'updated_at',
    ],
  },
  members: {
    insert: 'whole rows',
    update: [
      'email',
      'name',
      'role',
      'manual_role',
      'mapped_role',
      'role_pinned',
      'removed_at',
      'deactivated_at',
      'readdressed',
      'added_by_token',
      'updated_at',
    ],
  },
  member_accounts: { insert: 'whole rows', update: ['confirmed'], delete: true },
  recovery_codes: { insert: 'whole rows', update: ['used_at'], delete: true },
  used_once: { insert: 'whole rows', update: ['expires_at'], delete: true },
  groups: { insert: 'whole rows', update: ['name', 'external_id', 'updated_at'], delete: true },
  group_members: { insert: 'whole rows', delete: true },
  role_mappings: {
    insert: 'whole rows',
    update: ['groups', 'default_role', 'default_role_set_by', 'updated_at'],
  },
  scim_users: {
    insert: 'whole rows',
    update: ['external_id', 'attributes', 'updated_at'],
    delete: true,
  },
  identities: { insert: 'whole rows', update: ['name', 'description', 'role', 'status', 'updated_at'] },
  identity_token_auth: {
    insert: 'whole rows',
    update: ['ttl_seconds', 'max_ttl_seconds', 'uses_limit', 'trusted_ips', 'updated_at'],
    delete: true,
  },
  tokens: { insert: 'whole rows', update: CHANGING_COLUMNS },
  session_sign_ins: { insert: 'whole rows' },
  token_metadata: {},
  token_usage: { insert: 'whole rows', update: [...USAGE_OUTCOMES], delete: true },
  business_usage: { insert: 'whole rows', update: [...USAGE_OUTCOMES], delete: true },
  token_addresses: { insert: 'whole rows', update: ['last_seen_at'], delete: true },
  token_user_agents: { insert: 'whole rows', update: ['last_seen_at'], delete: true },
  token_asked_scopes: { insert: 'whole rows', update: ['last_asked_at'], delete: true },
  token_notices: { insert: 'whole rows', update: ['about', 'days', 'told_at'], delete: true },
  revocations: {
    insert: [
      'id',
      'business_id',
      'shape',
      'subject',
      'selector',
      'not_before',
      'revoked_by',
      'revocation_reason',
      'break_glass',
    ],
    update: ['state', 'marked_log', 'marked_created_at', 'marked_id', 'tokens_revoked', 'finished_at'],
  },
  platform_not_before: {},
  revocation_plans: {
    insert: ['id', 'business_id', 'actor_token_id', 'request', 'tokens', 'fingerprint', 'expires_at'],
    update: ['used_at'],
    delete: true,
  },
  revocation_requests: {
    insert: 'whole rows',
    update: [
      'state',
      'tokens_matched',
      'approved_at',
      'approved_by',
      'declined_at',
      'declined_by',
      'decline_reason',
      'revoked_at',
      'tokens_revoked',
      'finished_at',
    ],
  },
  revocation_sets: {
    insert: ['revocation_id', 'business_id', 'token_created_at', 'token_id'],
    update: ['marked', 'revoked'],
    delete: true,
  },
  cut_off_tokens: {},
  revocation_tallies: { insert: ['revocation_id', 'business_id', 'author_keys', 'tokens'], delete: true },
  idempotency_keys: {
    insert: 'whole rows',
    update: ['fingerprint', 'token_id', 'created_at'],
    delete: true,
  },
  audit_heads: {},
  audit_events: {},
  audit_trees: {},
  audit_tiles: {},
  revocation_barriers: { insert: 'whole rows' },
  integrity_faults: { insert: ['business_id', 'fault', 'subject'], update: ['cleared_at'] },
  audit_retention: {
    insert: ['business_id', 'months', 'updated_at', 'updated_by'],
    update: ['months', 'updated_at', 'updated_by'],
  },
  audit_sink_cursors: { insert: 'whole rows', update: ['sequence', 'moved_at'] },
  audit_anchors: {
    insert: 'whole rows',
    update: ['size', 'sequence', 'leaf_index', 'path', 'anchored_at'],
  },
  audit_cosignatures: { insert: 'whole rows', update: ['line'], delete: true },
  audit_retention_limit: {},
  audit_dropped_revocations: {},
  audit_token_ends: {},
  audit_cut_offs: {},
  audit_sequences: {},
  revocation_feed: {},
  revocation_feed_epoch: {},
  server_run: { insert: 'whole rows' },
  peppers: { insert: 'whole rows', update: ['check_value', 'current_since', 'emptied_at'] },
  signing_keys: { insert: 'whole rows', update: ['current_since'] },
  adoption: { update: ['adopted_at'] },
  last_start: { insert: 'whole rows', update: ['digest', 'value'] },
  verifiers: {
    insert: 'whole rows',
    update: ['round', 'applied', 'client_verifiers', 'renewed_at'],
    delete: true,
  },
};

/** The functions that the service may call. Trigger functions need no such privilege. */
export const FUNCTIONS: readonly string[] = [
  'change_begin(uuid[],uuid[],text[])',
  'change_prove(uuid[],uuid[],text[])',
  'audit_lock_every_log()',
  'feed_prune(interval)',
  'server_runs_now()',
  'audit_append(uuid[],bigint[],bytea[],json)',
  'audit_lock_trees(uuid[],bytea)',
  'audit_grow_trees(uuid[],bigint[],bytea[],bytea[])',
  'audit_adopt_tree(uuid,bigint,bytea,bytea)',
  'audit_adopt_head(uuid,bigint,bytea)',
  'audit_add_to_tiles(uuid[],integer[],bigint[],bytea[],integer[])',
  'audit_close_tiles(uuid[],integer[],bigint[],bytea[])',
  'audit_address(text)',
  'audit_ensure_partitions()',
  'audit_register_cut_offs(uuid[],bigint[])',
  'audit_droppable_through(uuid)',
  'audit_drop_expired(uuid,bigint,bigint)',
  'audit_drop_partition()',
  'audit_purge_dropped()',
];

/** All privileges, as in GRANT and as set-privileges.ts reads them from the catalogue. */
export const PRIVILEGES: readonly string[] = [
  ...Object.entries(TABLES).flatMap(([table, rights]) => [
    `SELECT ON ${table}`,
    ...(rights.insert === 'whole rows' ? [`INSERT ON ${table}`] : onColumns('INSERT', table, rights.insert)),
    ...onColumns('UPDATE', table, rights.update),
    ...(rights.delete === true ? [`DELETE ON ${table}`] : []),
  ]),
  ...FUNCTIONS.map((name) => `EXECUTE ON FUNCTION ${name}`),
];

function onColumns(privilege: string, table: string, columns: readonly string[] = []): string[] {
  return columns.map((column) => `${privilege} (${column}) ON ${table}`);
}

/**
 * What the service's role, or PUBLIC, has been granted on objects of the schema's owner, one row each. Objects of an
 * extension are not included.
 */
const GRANTED = `
WITH object AS (
  SELECT c.oid, 'pg_class'::regclass AS kind, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || quote_ident(c.relname) AS name,
      a.acl, c.relowner AS owner, a.name AS column_name
    FROM pg_class c CROSS JOIN LATERAL (SELECT c.relacl, NULL UNION ALL SELECT attacl, quote_ident(attname) FROM pg_attribute
      WHERE attrelid = c.oid AND attacl IS NOT NULL) AS a (acl, name) WHERE c.relnamespace = current_schema()::regnamespace
  UNION ALL
  SELECT p.oid, 'pg_proc'::regclass, format('FUNCTION %I(%s)', p.proname, replace(oidvectortypes(p.proargtypes), ', ', ',')),
      coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner, NULL
    FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
)
SELECT concat_ws(' ', g.privilege_type, '(' || o.column_name || ')', 'ON', o.name) AS privilege,
  CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE '${SERVICE_ROLE}' END AS grantee
FROM object o CROSS JOIN LATERAL aclexplode(o.acl) g
WHERE (g.grantee = 0 OR g.grantee = '${SERVICE_ROLE}'::regrole) AND pg_has_role(o.owner, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.kind AND d.objid = o.oid AND d.deptype = 'e')`;

/** Privileges on the database itself are copied neither by a dump nor from a template. */
const AROUND = `
SELECT format(statement, quote_ident(current_schema()), quote_ident(current_database()), '${SERVICE_ROLE}') AS statement FROM (VALUES
  (NOT has_schema_privilege('${SERVICE_ROLE}', current_schema(), 'USAGE'), 'GRANT USAGE ON SCHEMA %1$s TO %3$s'),
  (has_schema_privilege('public', current_schema(), 'CREATE'), 'REVOKE CREATE ON SCHEMA %1$s FROM PUBLIC'),
  (NOT has_database_privilege('${SERVICE_ROLE}', current_database(), 'CONNECT'), 'GRANT CONNECT ON DATABASE %2$s TO %3$s'),
  -- A temporary table would hide the real one from a session's later statements.
  (has_database_privilege('public', current_database(), 'TEMP'), 'REVOKE TEMPORARY ON DATABASE %2$s FROM PUBLIC')
) AS s (due, statement) WHERE due`;

/**
 * Grants PRIVILEGES to the service's role and revokes all others from it and from PUBLIC, so that they are the same
 * after a migration, a restore into another server, and a GRANT by hand. To be called by the owner of the schema, by
 * one process at a time.
 */
export async function setPrivileges(runner: QueryRunner): Promise<void> {
  const granted = (await runner.query(GRANTED)) as { privilege: string; grantee: string }[];
  const isHeld = (privilege: string): boolean =>
    granted.some((each) => each.privilege === privilege && each.grantee === SERVICE_ROLE);
  const around = (await runner.query(AROUND)) as { statement: string }[];
  const statements = [
    ...granted
      .filter(({ privilege, grantee }) => grantee === 'PUBLIC' || !PRIVILEGES.includes(privilege))
      .map(({ privilege, grantee }) => `REVOKE ${privilege} FROM ${grantee}`),
    ...PRIVILEGES.filter((privilege) => !isHeld(privilege)).map(
      (privilege) => `GRANT ${privilege} TO ${SERVICE_ROLE}`,
    ),
    ...around.map(({ statement }) => statement),
  ];
  // One call of several statements is one transaction: no session ever finds the role without its privileges.
  if (statements.length > 0) await runner.query(statements.join(';\n'));
}
