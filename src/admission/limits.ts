import type { ConfigType } from '@nestjs/config';
import type { databaseConfig } from '../config/database.config.js';
import type { policyConfig } from '../config/policy.config.js';
import type { verifierStreamConfig } from '../config/verification.config.js';

/** What amounts depend on; those of rates on the policy alone. */
export type Policy = ConfigType<typeof policyConfig>;
export type LimitSettings = Policy &
  Pick<ConfigType<typeof databaseConfig>, 'lockTimeoutMs'> &
  ConfigType<typeof verifierStreamConfig> & { managementSessions: number };

/** A constant, or what settings make of it, and how docs/operations.md says that. */
export type Amount<Settings = LimitSettings> = number | { of: (settings: Settings) => number; says: string };

interface Bound {
  /** What is bounded. */
  what: string;
  /** Who shares one count or one queue: a key of its own for each of these. */
  by: 'address' | 'asker' | 'business' | 'token' | 'person' | 'log' | 'process';
}

/** So many in each window of time. */
export interface RateLimit extends Bound {
  kind: 'rate';
  most: Amount<Policy>;
  windowSeconds: number;
  /** What is done with whatever is over it, where that is not 429 `request.rate_limited`. */
  over?: string;
}

/** So many under way at once; whoever comes beyond that is refused with 429 `request.rate_limited`. */
interface PlaceLimit extends Bound {
  kind: 'places';
  most: Amount;
}

/** So many under way at once; whoever comes beyond that waits for their turn. */
export interface TurnLimit extends Bound {
  kind: 'turns';
  /** Of all keys. */
  atOnce: Amount;
  atOncePerKey: Amount;
  /** Whoever comes beyond that is refused with 429 `request.rate_limited`. Left out: nobody is. */
  waitingPerKeyMax?: number;
  /** After this nobody waits any longer: 503 `service.unavailable`. Left out: for as long as it takes. */
  waitMsMax?: Amount;
}

type Limit = RateLimit | PlaceLimit | TurnLimit;

/** What one of its tokens may take of what a business may have waiting. */
const WAITING_OF_TOKEN = 200;

type OfPolicy = Extract<Amount<Policy>, object>;
type OfSettings = Extract<Amount, object>;

const STREAMS = '`RESCIND_VERIFIER_STREAMS_MAX`';
const ofCalls = (part: string, of: OfPolicy['of']): OfPolicy => ({
  of,
  says: `${part}\`RESCIND_BUSINESS_CALL_LIMIT\``,
});
const half = (amount: number): number => Math.ceil(amount / 2);
const FAILURES: OfPolicy = {
  of: ({ failedAuthenticationsPerMinute }) => failedAuthenticationsPerMinute,
  says: '`RESCIND_FAILED_AUTH_LIMIT`',
};
const OPEN_REQUESTS: OfPolicy = {
  of: ({ openRouteRequestsPerMinute }) => openRouteRequestsPerMinute,
  says: '`RESCIND_OPEN_ROUTE_LIMIT`',
};
const CALLS = ofCalls('', (policy) => policy.businessCallsPerSecond);
const TOKEN_CALLS = ofCalls('half of ', (policy) => half(policy.businessCallsPerSecond));
const DENIALS = ofCalls('a fifth of ', (policy) => policy.businessDenialsPerSecond);
const TOKEN_DENIALS = ofCalls('a tenth of ', (policy) => half(policy.businessDenialsPerSecond));
const LOG_STREAMS = ofCalls('half of ', (policy) => policy.businessStreamsMax);
const TOKEN_STREAMS = ofCalls('a quarter of ', (policy) => half(policy.businessStreamsMax));
const EXPORTS = ofCalls('a twenty-fifth of ', (policy) => policy.businessExportsMax);
const TOKEN_EXPORTS = ofCalls('a fiftieth of ', (policy) => half(policy.businessExportsMax));
const VERIFIERS: OfSettings = { of: ({ streamsMax }) => streamsMax, says: STREAMS };
const QUARTER_OF_VERIFIERS: OfSettings = {
  of: ({ streamsMax }) => Math.ceil(streamsMax / 4),
  says: `a quarter of ${STREAMS}`,
};
const MOST_OF_VERIFIERS: OfSettings = {
  of: ({ streamsMax }) => Math.ceil(streamsMax * 0.75),
  says: `three quarters of ${STREAMS}`,
};

/** A log may be held for as long as a lock is waited for. */
const OF_HELD_LOGS: OfSettings = {
  of: ({ lockTimeoutMs }) => lockTimeoutMs + 2000,
  says: 'the time for which a lock is waited for, and 2 s',
};

/** Look-ups end within 2 s, the wait included (R5). */
const LOOK_UPS = {
  kind: 'turns',
  by: 'asker',
  atOnce: 128,
  // One asker alone leaves a few places free, so that another waits for no more than a statement; two who flood take turns.
  atOncePerKey: 112,
  waitingPerKeyMax: 4096,
  waitMsMax: 2000,
} as const;

/** What may wait for a log that somebody holds. */
const OF_LOGS = { kind: 'turns', atOncePerKey: 1, waitMsMax: OF_HELD_LOGS } as const;

const RECORDS = { kind: 'turns', by: 'log', atOnce: 2, atOncePerKey: 1 } as const;

/**
 * Every limit on who may call and who waits, in the order in which a request meets them. Each is counted in the memory of a
 * process: every worker counts for itself. The names of those of businesses and tokens are what clients know them by
 * (RateLimit-Policy). docs/operations.md shows this list (`npm run limits`).
 */
export const LIMITS = {
  'signed-refusals': {
    kind: 'rate',
    what: 'refused requests to a route that takes signed ones',
    by: 'address',
    most: FAILURES,
    windowSeconds: 60,
  },
  'open-routes': {
    kind: 'rate',
    what: 'requests without a credential, one more for each kB, four more where the input is refused',
    by: 'address',
    most: OPEN_REQUESTS,
    windowSeconds: 60,
  },
  'readiness-questions': {
    kind: 'rate',
    what: 'questions whether the process is ready',
    by: 'address',
    // Far more than monitoring needs.
    most: 100,
    windowSeconds: 1,
    over: 'is answered later: a refusal would look like "not ready"',
  },
  'failed-authentications': {
    kind: 'rate',
    what: 'secrets that are none, and recovery codes',
    by: 'address',
    most: FAILURES,
    windowSeconds: 60,
    over: '429 `request.rate_limited` in place of 401; 20 look-ups a second; a token that is good is let in',
  },
  'proof-look-ups': { ...LOOK_UPS, what: 'look-ups of secrets that callers present as their own' },
  'verdict-look-ups': { ...LOOK_UPS, what: 'look-ups of secrets that are asked about' },
  'claimed-uses': {
    kind: 'turns',
    what: 'uses of tokens that have a number of them',
    by: 'business',
    atOnce: 2,
    // A claim waits for the lock of the row: one business must not take all sessions.
    atOncePerKey: 1,
    waitMsMax: 2000,
  },
  'token-calls': {
    kind: 'rate',
    what: 'management calls, one more for each 4 kB of an answer',
    by: 'token',
    most: TOKEN_CALLS,
    windowSeconds: 1,
  },
  'business-calls': {
    kind: 'rate',
    what: 'the same, but what lowers rights',
    by: 'business',
    most: CALLS,
    windowSeconds: 1,
  },
  'token-denials': { kind: 'rate', what: 'denied calls', by: 'token', most: TOKEN_DENIALS, windowSeconds: 1 },
  'business-denials': { kind: 'rate', what: 'the same', by: 'business', most: DENIALS, windowSeconds: 1 },
  'token-misses': {
    kind: 'rate',
    what: "calls for what does not exist or is not the caller's",
    by: 'token',
    most: TOKEN_DENIALS,
    windowSeconds: 1,
    over: '404 as before, up to half a second later',
  },
  'business-misses': {
    kind: 'rate',
    what: 'the same',
    by: 'business',
    most: DENIALS,
    windowSeconds: 1,
    over: '404 as before, up to half a second later',
  },
  'denial-records': { ...RECORDS, what: 'transactions that record denied calls', waitMsMax: 5000 },
  'use-records': { ...RECORDS, what: 'transactions that record refused uses of tokens' },
  'authentication-records': { ...RECORDS, what: 'transactions that record failed authentications' },
  'sign-in-records': { ...RECORDS, what: 'transactions that record failed sign-ins' },
  'token-streams': { kind: 'places', what: 'live streams of the log', by: 'token', most: TOKEN_STREAMS },
  'business-streams': { kind: 'places', what: 'the same', by: 'business', most: LOG_STREAMS },
  'token-exports': { kind: 'places', what: 'exports of the log', by: 'token', most: TOKEN_EXPORTS },
  'business-exports': { kind: 'places', what: 'the same', by: 'business', most: EXPORTS },
  'late-bodies': {
    kind: 'turns',
    what: 'bodies that are read after the guards (SCIM)',
    by: 'business',
    atOnce: Infinity,
    // A body of four megabytes takes some twenty of memory, until its call is answered.
    atOncePerKey: 4,
    waitingPerKeyMax: 100,
    waitMsMax: 5000,
  },
  'token-ending': {
    kind: 'places',
    what: 'calls that end rights: each may wait for verifiers for seconds',
    by: 'token',
    most: 500,
  },
  'refusals-waiting': {
    kind: 'places',
    what: 'refusals that wait until no verifier goes by the rights of before; by address where no token is proven',
    by: 'token',
    most: 256,
  },
  'token-waiting': {
    kind: 'places',
    what: 'management calls, waiting or not',
    by: 'token',
    most: WAITING_OF_TOKEN,
  },
  management: {
    kind: 'turns',
    what: 'management calls, and parts of long answers that are read',
    by: 'business',
    atOnce: { of: ({ managementSessions }) => managementSessions, says: '`RESCIND_DATABASE_POOL` less 19' },
    // So that a flood delays only its own business.
    atOncePerKey: {
      of: ({ managementSessions }) => Math.floor(managementSessions / 2),
      says: 'half of that',
    },
    waitingPerKeyMax: 2 * WAITING_OF_TOKEN,
    waitMsMax: 5000,
  },
  'shared-changes': {
    kind: 'turns',
    what: 'changes that share transactions',
    by: 'business',
    atOnce: 64,
    atOncePerKey: 8,
    waitingPerKeyMax: 200,
    waitMsMax: 5000,
  },
  'held-changes': { ...OF_LOGS, what: 'changes whose log or rows somebody holds', by: 'business', atOnce: 1 },
  'end-looks': { ...OF_LOGS, what: 'first reads of what ends rights', by: 'business', atOnce: 1 },
  // Whoever calls often waits behind themselves, and nobody of their business behind them.
  'token-ends': {
    ...OF_LOGS,
    what: 'ends of rights that share no transaction',
    by: 'token',
    atOnce: Infinity,
  },
  'person-ends': { ...OF_LOGS, what: 'the same', by: 'person', atOnce: Infinity },
  ends: { ...OF_LOGS, what: 'the same', by: 'business', atOnce: 3 },
  'long-answers': {
    kind: 'turns',
    what: 'parts of streams and exports',
    by: 'log',
    atOnce: 1,
    atOncePerKey: 1,
  },
  'verifiers-of-business': {
    kind: 'places',
    what: 'client verifiers',
    by: 'business',
    most: QUARTER_OF_VERIFIERS,
  },
  'verifiers-of-businesses': {
    kind: 'places',
    what: 'the same, of all businesses together',
    by: 'process',
    most: MOST_OF_VERIFIERS,
  },
  'verifiers-of-address': { kind: 'places', what: 'the same', by: 'address', most: MOST_OF_VERIFIERS },
  verifiers: { kind: 'places', what: 'the same', by: 'process', most: VERIFIERS },
  'leak-repeats': {
    kind: 'rate',
    what: 'reports of a leak that end nothing',
    by: 'token',
    most: 10,
    windowSeconds: 60,
    over: 'is answered as before, and not recorded',
  },
} as const satisfies Record<string, Limit>;

type NamesOf<Kind extends Limit['kind']> = {
  [Name in keyof typeof LIMITS]: (typeof LIMITS)[Name]['kind'] extends Kind ? Name : never;
}[keyof typeof LIMITS];

export type RateName = NamesOf<'rate'>;
export type PlaceName = NamesOf<'places'>;
export type TurnName = NamesOf<'turns'>;

/** Who shares a limit of a business, half of which one of its tokens may take. */
export interface Sharers {
  business: string;
  /** null: there is no separate limit for its token. */
  token: string | null;
}

/** What is left of a limit, or that it is used up. */
export interface LimitUse {
  /** What clients know it by (RateLimit-Policy). */
  name: string;
  limit: number;
  /** null: of what is under way at once. */
  windowSeconds: number | null;
  remaining: number;
  /** Until the window ends; null: nobody can tell. */
  secondsLeft: number | null;
  isExceeded: boolean;
}

export function amountOf<Settings>(amount: Amount<Settings>, settings: Settings): number {
  return typeof amount === 'number' ? amount : amount.of(settings);
}
