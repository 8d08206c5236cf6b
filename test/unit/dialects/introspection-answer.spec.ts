import { jest } from '@jest/globals';
import { activeIntrospection } from '../../../src/dialects/oauth/introspection-answer.js';
import type { TokenFacts } from '../../../src/verification/token-facts.js';

const NOW_SECONDS = 1_800_000_000;
const ISSUER = 'https://tokens.example.com';

const tokenEnding = (endsAtMs: number): TokenFacts => ({
  id: '01a20ca5-fb65-705a-8f65-534949fc4e81',
  jti: '4bX0Qm2vTqLw8ZkR1nYc7D',
  digest: '',
  pepperId: 'abcdef01',
  name: null,
  labels: null,
  scopes: ['jobs:read'],
  trustedIps: null,
  business: null,
  owner: {
    kind: 'platform',
    id: null,
    name: 'Platform',
    email: null,
    issuedTo: null,
    role: null,
    present: true,
    stale: false,
  },
  createdAtMs: 0,
  endsAtMs,
  revoked: false,
  usesLimited: false,
  session: null,
  notedAtMs: 0,
});

describe('an introspection states as exp', () => {
  beforeEach(() => jest.useFakeTimers({ now: NOW_SECONDS * 1000 }));
  afterEach(() => jest.useRealTimers());
  const expOf = (token: TokenFacts, seconds: number): unknown =>
    (JSON.parse(activeIntrospection(token, ISSUER, seconds).text) as { exp?: number }).exp;

  it.each([
    ['the token’s end', 90_000, 0, 90_000],
    ['nothing for a token without an end', Infinity, 0, undefined],
    ['the token’s end, if that is before the bound', 30, 60, 30],
    ['the bound, if the token ends later', 90_000, 60, 60],
    ['the bound for a token without an end', Infinity, 60, 60],
  ])('%s', (_, endsIn, seconds, stated) => {
    const token = tokenEnding((NOW_SECONDS + endsIn) * 1000);
    expect(expOf(token, seconds)).toBe(stated === undefined ? undefined : NOW_SECONDS + stated);
  });

  it('the bound from the moment of each answer, also for a token that was asked about before', () => {
    const token = tokenEnding(Infinity);
    for (const later of [0, 1, 59]) {
      jest.setSystemTime((NOW_SECONDS + later) * 1000 + 999);
      expect(expOf(token, 60)).toBe(NOW_SECONDS + later + 60);
    }
  });
});
