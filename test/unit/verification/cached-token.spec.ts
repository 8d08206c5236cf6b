import { randomBytes, randomUUID } from 'node:crypto';
import {
  CachedToken,
  type SharedTokenFields,
  type TokenFacts,
} from '../../../src/verification/token-facts.js';
import { SharedTokenFieldsInterner } from '../../../src/verification/verdict-cache.js';

const owner = {
  kind: 'user' as const,
  id: randomUUID(),
  name: 'Ada',
  email: 'ada@example.com',
  issuedTo: null,
  role: 'owner' as const,
  present: true,
  stale: false,
};
const someFacts = (more: Partial<TokenFacts> = {}): TokenFacts => ({
  id: randomUUID(),
  jti: '4bX0Qm2vTqLw8ZkR1nYc7D',
  digest: randomBytes(32).toString('latin1'),
  pepperId: 'abcdef01',
  name: 'deploy',
  labels: null,
  scopes: ['jobs:read'],
  trustedIps: null,
  business: { id: randomUUID(), suspended: false, stale: false },
  owner,
  createdAtMs: Date.UTC(2026, 10, 21, 6, 54, 19, 123),
  endsAtMs: Infinity,
  revoked: false,
  usesLimited: false,
  session: null,
  notedAtMs: 0,
  ...more,
});
const epoch = { stale: false };
const someKind = (): TokenFacts & SharedTokenFields => ({ ...someFacts(), epoch });
const NAMES = Object.keys(someFacts()).filter((name) => name !== 'notedAtMs') as (keyof TokenFacts)[];

describe('a cached token', () => {
  it.each<[string, Partial<TokenFacts>]>([
    ['a token like most', {}],
    [
      'one without a name, that ends, bound to addresses',
      { name: null, endsAtMs: 1e12 + 0.5, trustedIps: ['::1'] },
    ],
    ['one that is revoked, of the platform', { revoked: true, business: null }],
    [
      'one of the years 1999, and 2087',
      { createdAtMs: Date.UTC(1999, 11, 31, 23, 59, 59, 999), endsAtMs: Date.UTC(2087, 0) },
    ],
    [
      'one that the product has noted something on',
      { labels: { externalId: 'c-1', metadata: '{"plan": "pro"}' } },
    ],
    ['a session', { session: { openedWith: randomUUID() }, endsAtMs: 1e12 }],
    ['one whose digest is all zeros', { digest: '\0'.repeat(32), usesLimited: true }],
  ])('says what was found: %s', (_what, more) => {
    const facts = someFacts(more);
    const remembered = new CachedToken(facts, { ...facts, epoch });
    for (const name of NAMES) expect([name, remembered[name]]).toEqual([name, facts[name]]);
  });

  it('was last used no later than noted, and less than a second before', () => {
    const remembered = new CachedToken(someFacts(), { ...someFacts(), epoch });
    const nowMs = Date.now() + 0.25;
    remembered.notedAtMs = nowMs;
    expect(nowMs - remembered.notedAtMs).toBeGreaterThanOrEqual(0);
    expect(nowMs - remembered.notedAtMs).toBeLessThan(1000);
  });
});

describe('kinds of tokens', () => {
  it('are held once, as long as everything about them is the same', () => {
    const kinds = new SharedTokenFieldsInterner();
    const first = someKind();
    expect(kinds.share(first)).toBe(first);
    expect(kinds.share({ ...first })).toBe(first);
    for (const difference of [
      { revoked: true },
      { usesLimited: true },
      { pepperId: 'other' },
      { scopes: ['jobs:read'] },
      { trustedIps: ['::1'] },
      { business: { ...first.business, stale: true } as TokenFacts['business'] },
      { owner: { ...owner } },
      { epoch: { stale: false } },
    ])
      expect(kinds.share({ ...first, ...difference })).not.toBe(first);
  });

  it('are bounded for each owner', () => {
    const kinds = new SharedTokenFieldsInterner();
    const first = kinds.share(someKind());
    for (let count = 0; count < 20; count++) kinds.share(someKind());
    expect(kinds.share({ ...first })).not.toBe(first);
  });
});
