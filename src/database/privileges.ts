/** The role that holds the rights of the service. Users of the database that the service logs in as are members of it. */
export const SERVICE_ROLE = 'rescind_app';

/** What may be done with the rows of a table. Lists name columns. */
interface TableRights {
  insert?: 'whole rows' | readonly string[];
  update?: readonly string[];
  delete?: true;
}

/**
 * The tables that the service may read, and what else it may do there: what a session of it could do if somebody else
 * wrote its statements. Nothing of the log can be changed, no token be deleted or get another owner, and the feed is
 * written by triggers alone. A change here is a change of what injected SQL can do.
 */
export const TABLES: Readonly<Record<string, TableRights>> = {
  migrations: {},
  businesses: { insert: 'whole rows', update: ['name', 'slug', 'status', 'token_prefix', 'updated_at'] },
  members: { insert: 'whole rows', update: ['name', 'role', 'removed_at', 'updated_at'] },
  identities: { insert: 'whole rows', update: ['name', 'description', 'role', 'status', 'updated_at'] },
  identity_token_auth: {
    insert: 'whole rows',
    update: ['ttl_seconds', 'max_ttl_seconds', 'uses_limit', 'trusted_ips', 'updated_at'],
    delete: true,
  },
  tokens: {
    insert: 'whole rows',
    update: [
      'name',
      'description',
      'trusted_ips',
      'expires_at',
      'grace_ends_at',
      'replaced_by',
      'last_renewed_at',
      'uses',
      'last_used_at',
      'revoked_at',
      'revoked_by',
      'revocation_reason',
      'updated_at',
    ],
  },
  idempotency_keys: {
    insert: 'whole rows',
    update: ['fingerprint', 'token_id', 'created_at'],
    delete: true,
  },
  audit_heads: { insert: 'whole rows', update: ['size'] },
  audit_events: { insert: 'whole rows' },
  audit_trees: { insert: 'whole rows', update: ['size', 'root', 'sealed_at'] },
  audit_tiles: { insert: 'whole rows' },
  audit_retention: {
    insert: ['business_id', 'months', 'updated_at', 'updated_by'],
    update: ['months', 'updated_at', 'updated_by'],
  },
  audit_retention_limit: {},
  audit_dropped_revocations: {},
  revocation_feed: {},
  revocation_feed_epoch: {},
  server_run: { insert: 'whole rows' },
  verifiers: { insert: 'whole rows', update: ['round', 'applied'], delete: true },
};

/** The functions that the service may call. Those of triggers need no such right. */
export const FUNCTIONS: readonly string[] = [
  'change_begin(uuid[],uuid[],text[])',
  'feed_prune(interval)',
  'audit_close_tiles(uuid[],integer[],bigint[],bytea[])',
  'audit_ensure_partitions()',
  'audit_droppable_through(uuid)',
  'audit_drop_expired(uuid,bigint,bigint)',
  'audit_drop_partition()',
  'audit_purge_dropped()',
];

/** All of it, as GRANT says it and as the catalogue is read in set-privileges.ts. */
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
