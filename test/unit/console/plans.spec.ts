import { draftProblems, NEW_DRAFT, requestFrom } from '../../../packages/console/src/screens/issue/draft.js';
import { readPlanSearch } from '../../../packages/console/src/screens/revocation-plan/search.js';
import { planProblem, termsFrom } from '../../../packages/console/src/screens/revocation-plan/terms.js';

describe('the address of a revocation of many', () => {
  it('aims at what its filters match when it names no aim', () => {
    expect(readPlanSearch({ scopes_has: 'orders:write', name: ' ', status: 'revoked', x: '1' })).toEqual({
      aim: 'match',
      scopes_has: 'orders:write',
    });
    expect(readPlanSearch({ aim: 'everything' })).toEqual({});
    expect(readPlanSearch({ aim: 'member', about: 'ada@acme.example' })).toEqual({
      aim: 'member',
      about: 'ada@acme.example',
    });
  });
});

describe('what is asked to be revoked', () => {
  it.each([
    [{ aim: 'member', about: ' ada@acme.example ' }, { owner: 'ada@acme.example' }],
    [{ aim: 'identity', about: 'i1' }, { identity: 'i1' }],
    [{ aim: 'business' }, { business: true }],
    [{ aim: 'platform' }, { platform: true }],
    [{ aim: 'pepper', about: 'p1' }, { pepper: 'p1' }],
  ] as const)('%j', (search, selector) => {
    expect(termsFrom(search, ' stolen ', true)).toEqual({ selector, reason: 'stolen' });
  });

  it('is everybody’s only for those who see everybody’s tokens, and nobody else’s once an owner is named', () => {
    const search = {
      aim: 'match',
      unused_days: '30',
      never_expires: 'false',
      scopes_has: 'a:b c:d',
    } as const;
    const own = { unused_days: 30, never_expires: false, scopes_has: ['a:b', 'c:d'] };
    expect(termsFrom(search, 'r', false).selector).toEqual(own);
    expect(termsFrom(search, 'r', true).selector).toEqual({ ...own, owner_email: '*' });
    expect(termsFrom({ aim: 'match', identity_id: 'i1', name: 'x' }, 'r', true).selector).toEqual({
      identity_id: 'i1',
      name: 'x',
    });
  });

  it('is limited to what was issued until a moment, unless it is a selection', () => {
    const until = '2026-11-22T10:00:00.000Z';
    expect(termsFrom({ aim: 'business', until }, 'r', true).issued_before).toBe(until);
    expect(termsFrom({ aim: 'match', name: 'x', until }, 'r', true)).not.toHaveProperty('issued_before');
  });

  it('is never everything by mistake: a selection without a filter, an aim without a name, or no reason', () => {
    expect(planProblem({}, 'r')).not.toBeNull();
    expect(planProblem({ aim: 'match', until: '2026-11-22T10:00:00.000Z' }, 'r')).not.toBeNull();
    expect(planProblem({ aim: 'member', about: ' ' }, 'r')).not.toBeNull();
    expect(planProblem({ aim: 'business' }, ' ')).not.toBeNull();
    expect(planProblem({ aim: 'business' }, 'r')).toBeNull();
    expect(planProblem({ aim: 'match', status: 'expired' }, 'r')).toBeNull();
  });
});

describe('a token that is to be issued', () => {
  const draft = { ...NEW_DRAFT, name: ' CI ', scopes: ['orders:read'] };

  it('is asked for with exactly the scopes that were chosen, and nothing that was left empty', () => {
    expect(requestFrom(draft)).toEqual({ name: 'CI', scopes: ['orders:read'], expires_in_days: 90 });
    expect(requestFrom({ ...draft, scopes: [] }).scopes).toEqual([]);
    expect(requestFrom({ ...draft, lifetime: { kind: 'never' } }).expires_in_days).toBeNull();
    expect(requestFrom({ ...draft, metadata: '{"plan": "pro"}', externalId: ' c1 ' })).toMatchObject({
      metadata: { plan: 'pro' },
      external_id: 'c1',
    });
    expect(requestFrom({ ...draft, owner: { kind: 'identity', id: 'i1' } })).toMatchObject({
      identity_id: 'i1',
    });
  });

  it('lives no longer than the business allows', () => {
    const of = (days: number | null) => ({ ...draft, lifetime: { kind: 'days', days } as const });
    expect(draftProblems(of(90), 30)).toHaveProperty('expires_in_days');
    expect(draftProblems(of(30), 30)).toEqual({});
    expect(draftProblems(of(366), null)).toHaveProperty('expires_in_days');
    for (const days of [null, 0, 1.5, -1]) expect(draftProblems(of(days), null)).not.toEqual({});
  });

  it.each(['[]', '"a"', '{', '1'])('has no metadata but an object: %s', (metadata) => {
    expect(draftProblems({ ...draft, metadata }, null)).toHaveProperty('metadata');
  });
});
