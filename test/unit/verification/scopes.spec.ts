import {
  authorityAllows,
  effectiveScopes,
  scopesByDefault,
} from '../../../src/verification/effective-scopes.js';
import { covers, coversAll, isWellFormedScope } from '../../../src/verification/scopes.js';
import type { TokenFacts } from '../../../src/verification/token-facts.js';

type OfRole = 'owner' | 'admin' | 'developer' | 'auditor';

const factsOf = (role: OfRole, scopes: string[]): TokenFacts =>
  ({ scopes, owner: { kind: 'user', role }, business: {} }) as unknown as TokenFacts;

describe('a scope', () => {
  it('covers itself, and write covers read, but not the other way round', () => {
    expect(covers(['jobs:write'], 'jobs:read')).toBe(true);
    expect(covers(['jobs:read'], 'jobs:write')).toBe(false);
    expect(covers(['jobs:write'], 'jobs:delete')).toBe(false);
    expect(covers(['job:write'], 'jobs:read')).toBe(false);
  });

  it('of a business administrator covers all but the platform’s', () => {
    expect(coversAll(['rescind:business:admin'], ['jobs:read', 'rescind:members:write'])).toBe(true);
    expect(covers(['rescind:business:admin'], 'rescind:platform:admin')).toBe(false);
  });

  it.each([
    '',
    'two words',
    'quote"',
    'back\\slash',
    'ümlaut',
    'rescind:unknown',
    'x'.repeat(129),
    'a\u0000',
  ])('is not %j', (text) => expect(isWellFormedScope(text)).toBe(false));
});

describe('a role', () => {
  it('limits what a token of its owner can do, whatever the scopes say', () => {
    expect(effectiveScopes(factsOf('auditor', ['rescind:tokens:write', 'rescind:audit:read']))).toEqual(
      expect.arrayContaining(['rescind:audit:read', 'rescind:tokens:read']),
    );
    expect(
      covers(effectiveScopes(factsOf('auditor', ['rescind:tokens:write'])), 'rescind:tokens:write'),
    ).toBe(false);
    expect(
      covers(effectiveScopes(factsOf('developer', ['rescind:members:write'])), 'rescind:members:read'),
    ).toBe(false);
  });

  it('keeps, when it shrinks, what it allows of an administrator’s scope, and no more', () => {
    const scopes = effectiveScopes(factsOf('auditor', ['rescind:business:admin']));
    expect([...scopes].sort()).toEqual(['rescind:audit:read', 'rescind:tokens:read']);
  });

  it('never allows the platform’s scope within a business', () => {
    for (const role of ['owner', 'admin', 'developer', 'auditor'] as const)
      expect(authorityAllows(role, 'rescind:platform:admin')).toBe(false);
    expect(scopesByDefault(['rescind:platform:admin'], 'owner')).toEqual(['rescind:business:admin']);
  });
});
