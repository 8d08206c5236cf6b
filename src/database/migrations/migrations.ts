import { Foundation1763683200000 } from './1763683200000-foundation.js';
import { AuditTransparency1763683300000 } from './1763683300000-audit-transparency.js';
import { IdentityTokenAuth1763683400000 } from './1763683400000-identity-token-auth.js';
import { GuardedRegistry1763683450000 } from './1763683450000-guarded-registry.js';
import { AuditRetention1763683700000 } from './1763683700000-audit-retention.js';
import { TemporaryTablesLast1763683800000 } from './1763683800000-temporary-tables-last.js';
import { ActorsProvenWhereTheyAct1764000000000 } from './1764000000000-actors-proven-where-they-act.js';
import { IdempotencyKeys1764000000100 } from './1764000000100-idempotency-keys.js';
import { ServerRun1764000100000 } from './1764000100000-server-run.js';
import { FeedInOrder1764000110000 } from './1764000110000-feed-in-order.js';
import { FeedByTriggersAlone1764000400000 } from './1764000400000-feed-by-triggers-alone.js';
import { IssuedByToken1764000300000 } from './1764000300000-issued-by-token.js';
import { FeedOfManyTokens1764000400100 } from './1764000400100-feed-of-many-tokens.js';

/** All migrations, oldest first. A new one is a new file and a line here; a landed one never changes. */
export const MIGRATIONS = [
  Foundation1763683200000,
  AuditTransparency1763683300000,
  IdentityTokenAuth1763683400000,
  GuardedRegistry1763683450000,
  AuditRetention1763683700000,
  TemporaryTablesLast1763683800000,
  ActorsProvenWhereTheyAct1764000000000,
  IdempotencyKeys1764000000100,
  ServerRun1764000100000,
  FeedInOrder1764000110000,
  FeedByTriggersAlone1764000400000,
  IssuedByToken1764000300000,
  FeedOfManyTokens1764000400100,
];
