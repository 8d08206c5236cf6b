import { readFileSync } from 'node:fs';
import { ConfigError, definedNames, text, withdraw } from './environment.js';

/** Told of by their ids, or known to the start alone, which makes them itself or withdraws them. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  'RESCIND_PEPPER',
  'RESCIND_SIGNING_KEY',
  'RESCIND_MIGRATE_URL',
  'RESCIND_MIGRATE_PASSWORD',
]);

/** What the settings are now, with the content of the files that they name; '' for one that is not set. Never to be shown. */
export function settingValues(): Map<string, string> {
  const names = SETTINGS.filter((name) => !NOT_COMPARED.has(name));
  return new Map(names.map((name) => [name, withContent(text(name) ?? '')]));
}

function withContent(value: string): string {
  if (!value.startsWith('@')) return value;
  try {
    return `${value}\0${readFileSync(value.slice(1), 'utf8')}`;
  } catch {
    return value;
  }
}

/** Every setting of Rescind's own; a test compares the list with what is read, and with the table in README.md. */
export const SETTINGS = [
  'RESCIND_ANCHOR_MS',
  'RESCIND_API_TOKEN',
  'RESCIND_API_URL',
  'RESCIND_APPROVAL_SECONDS',
  'RESCIND_AUDIT_ADOPT',
  'RESCIND_AUDIT_ARCHIVE_DIR',
  'RESCIND_AUDIT_PRESET',
  'RESCIND_AUDIT_RETENTION_DELAY_DAYS',
  'RESCIND_AUDIT_RETENTION_MIN_MONTHS',
  'RESCIND_AUDIT_RETENTION_MS',
  'RESCIND_AUDIT_SAMPLE_ROWS',
  'RESCIND_AUDIT_SINKS',
  'RESCIND_BOOTSTRAP_TOKEN',
  'RESCIND_BUSINESS_CALL_LIMIT',
  'RESCIND_CHECKPOINT_DIR',
  'RESCIND_CHECKPOINT_HEADER',
  'RESCIND_CHECKPOINT_URL',
  'RESCIND_CONNECTIONS_MAX',
  'RESCIND_CONNECTIONS_PER_ADDRESS',
  'RESCIND_DATABASE_PASSWORD',
  'RESCIND_DATABASE_POOL',
  'RESCIND_DATABASE_POOLER',
  'RESCIND_DATA_DIR',
  'RESCIND_FAILED_AUTH_LIMIT',
  'RESCIND_GITHUB_KEYS_URL',
  'RESCIND_HYGIENE_MS',
  'RESCIND_INTROSPECTION_SECONDS',
  'RESCIND_KEEP_ALIVE_MS',
  'RESCIND_LAST_USED_FLUSH_MS',
  'RESCIND_LEASE_MS',
  'RESCIND_LISTEN_URL',
  'RESCIND_LOG_LEVEL',
  'RESCIND_LOG_NAME',
  'RESCIND_METRICS_LISTEN',
  'RESCIND_METRICS_TOKEN',
  'RESCIND_MIGRATE_PASSWORD',
  'RESCIND_MIGRATE_URL',
  'RESCIND_OIDC_PROVIDERS',
  'RESCIND_OPEN_ROUTE_LIMIT',
  'RESCIND_PEPPER',
  'RESCIND_PEPPER_LOST',
  'RESCIND_PEPPER_RETIRED',
  'RESCIND_PLATFORM_APPROVAL_ABOVE',
  'RESCIND_PUBLIC_URL',
  'RESCIND_REQUEST_TIMEOUT_MS',
  'RESCIND_REVOKE_BY_POSSESSION',
  'RESCIND_SCOPE_CATALOGUE',
  'RESCIND_SEAL_MS',
  'RESCIND_SESSION_HOURS',
  'RESCIND_SESSION_IDLE_MINUTES',
  'RESCIND_SIGNING_KEY',
  'RESCIND_SIGNING_KEY_RETIRED',
  'RESCIND_SMALL_MEMORY',
  'RESCIND_SYNCHRONOUS_COMMIT',
  'RESCIND_TOKENS_PER_OWNER_MAX',
  'RESCIND_TRUSTED_PROXIES',
  'RESCIND_USAGE',
  'RESCIND_USAGE_DAYS',
  'RESCIND_VERDICTS_MAX',
  'RESCIND_VERDICT_MEMORY',
  'RESCIND_VERIFIER_STREAMS_MAX',
  'RESCIND_WITNESS_POLICY',
  'RESCIND_WORKERS',
] as const;

/**
 * Settings of earlier versions, with what holds in their place. They are accepted until 0.5, without any effect: whoever
 * upgrades is told, and not stopped.
 */
export const FORMER_SETTINGS: Readonly<Record<string, string>> = {
  RESCIND_ANSWER_IDLE_MS: 'an answer waits for its reader for RESCIND_REQUEST_TIMEOUT_MS',
  RESCIND_AUDIT_RETENTION_TOKENS_MIN_MONTHS:
    'events of tokens and of integrity are kept for 12 months at least, or for the more that the database was told',
  RESCIND_BUSINESS_DENIAL_LIMIT: 'a fifth of RESCIND_BUSINESS_CALL_LIMIT may be denied',
  RESCIND_BUSINESS_EXPORTS_MAX: 'exports at once are a twenty-fifth of RESCIND_BUSINESS_CALL_LIMIT',
  RESCIND_BUSINESS_STREAMS_MAX: 'streams at once are half of RESCIND_BUSINESS_CALL_LIMIT',
  RESCIND_DATABASE_ROLE: 'the start finds out whether sessions take on the role of the service',
  RESCIND_HEADERS_TIMEOUT_MS: 'headers arrive within a third of RESCIND_REQUEST_TIMEOUT_MS',
  RESCIND_NEGATIVE_VERDICTS_MAX: 'a twentieth of RESCIND_VERDICTS_MAX is kept beside it',
  RESCIND_OPENTRAIN_TOKENS_MAX: 'an owner has at most 25 active tokens in the OpenTrain dialect',
  RESCIND_REQUESTS_PER_CONNECTION: 'a connection may send any number of requests',
};

/** Those that have no such beginning, and are easily given it. */
const WITHOUT_PREFIX = ['DATABASE_URL', 'HOST', 'PORT'];

/** What Kubernetes puts into the environment of a container for a service whose name begins with `rescind`. */
const INJECTED =
  /^RESCIND_(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
/** Of these the value tells: what a person means by such a name is a number. */
const INJECTED_ADDRESS = /^(tcp|udp|sctp):\/\//;

/**
 * Refuses a setting that nobody reads: what a mistyped one was meant to say would silently not hold.
 * @param warn is told once of each that an earlier version read
 * @throws ConfigError with the name that it was probably meant to be
 */
export function refuseUnknownSettings(warn: (sentence: string) => void): void {
  const known = new Set<string>(SETTINGS);
  for (const name of definedNames('RESCIND_')) {
    const holds = FORMER_SETTINGS[name];
    if (holds !== undefined) {
      withdraw(name);
      warn(`${name} has no effect any more, and will be refused from 0.5 on: ${holds}.`);
    }
    if (holds !== undefined || known.has(name) || isInjected(name)) continue;
    throw new ConfigError(
      name,
      `is no setting of Rescind; did you mean ${nearestTo(name)}? README.md lists all.`,
    );
  }
}

function isInjected(name: string): boolean {
  if (INJECTED.test(name)) return true;
  return name.endsWith('_PORT') && INJECTED_ADDRESS.test(text(name) ?? '');
}

function nearestTo(name: string): string {
  const plain = name.slice('RESCIND_'.length);
  const [nearest] = [
    ...SETTINGS.map((known) => ({ known, edits: editsBetween(name, known) })),
    // So short a name is near to many.
    ...WITHOUT_PREFIX.map((known) => ({ known, edits: editsBetween(plain, known) })).filter(
      ({ edits }) => edits <= 1,
    ),
  ].sort((left, right) => left.edits - right.edits);
  return (nearest as { known: string }).known;
}

/** The fewest characters to insert, remove or replace (Levenshtein 1966), by Wagner and Fischer's rows. */
function editsBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [index, character] of [...left].entries()) {
    const next = [index + 1];
    for (let column = 1; column < row.length; column++) {
      const replaced = (row[column - 1] as number) + (character === right[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] as number) + 1, (next[column - 1] as number) + 1));
    }
    row = next;
  }
  return row[right.length] as number;
}
