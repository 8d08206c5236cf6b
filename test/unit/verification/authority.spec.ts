import { authorityFrom, reachesUpTo, type Authority } from '../../../src/verification/effective-scopes.js';

const ORDER: Authority[][] = [['platform'], ['owner'], ['admin'], ['developer', 'auditor', 'none']];

describe('Authority', () => {
  it('has an order: each reaches up to those beside and below it, and to nobody above', () => {
    ORDER.forEach((equals, rank) => {
      for (const acting of equals)
        ORDER.forEach((others, otherRank) => {
          for (const other of others)
            expect([acting, other, reachesUpTo(acting, other)]).toEqual([acting, other, rank <= otherRank]);
        });
    });
  });

  it('of a token without an owner comes from its scopes alone', () => {
    const token = { ownerKind: 'platform' as const, role: null };
    const admin = ['rescind:business:admin'];
    const everything = ['rescind:platform:admin'];
    expect(authorityFrom({ ...token, inBusiness: false, scopes: everything })).toBe('platform');
    for (const scopes of [[], admin, ['rescind:tokens:verify']])
      expect(authorityFrom({ ...token, inBusiness: false, scopes })).toBe('none');
    expect(authorityFrom({ ...token, inBusiness: true, scopes: admin })).toBe('owner');
    expect(authorityFrom({ ...token, inBusiness: true, scopes: ['rescind:tokens:write'] })).toBe('none');
    expect(authorityFrom({ ownerKind: 'user', role: 'auditor', inBusiness: true, scopes: admin })).toBe(
      'auditor',
    );
  });
});
