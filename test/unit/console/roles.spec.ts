import {
  ALLOWED,
  IDENTITY_ROLES,
  MANAGEMENT_SCOPES,
  managesAllTokens,
  reachesUpTo,
  roleAllows,
  ROLES,
} from '../../../packages/console/src/api/roles.js';
import * as roles from '../../../src/directory/members/role.js';
import {
  authorityAllows,
  reachesUpTo as apiReachesUpTo,
} from '../../../src/verification/effective-scopes.js';
import * as scopes from '../../../src/verification/scopes.js';

const AUTHORITIES = [...IDENTITY_ROLES, 'none', 'platform'] as const;

describe('what the console says of roles is what the API does', () => {
  it('names the same roles', () => {
    expect(ROLES).toEqual(roles.ROLES);
    expect(IDENTITY_ROLES).toEqual(roles.IDENTITY_ROLES);
  });

  it('names each scope that manages a business, and not that of the platform', () => {
    expect(MANAGEMENT_SCOPES.map(({ scope }) => scope)).toEqual(
      scopes.MANAGEMENT_SCOPES.filter((scope) => scope !== scopes.PLATFORM_ADMIN),
    );
  });

  it.each(IDENTITY_ROLES)('offers %s what the role allows, and nothing else', (role) => {
    for (const scope of scopes.MANAGEMENT_SCOPES) {
      expect([scope, ALLOWED[role].includes(scope)]).toEqual([scope, authorityAllows(role, scope)]);
      expect([scope, roleAllows(role, scope)]).toEqual([scope, authorityAllows(role, scope)]);
    }
    expect(roleAllows(role, 'orders:read')).toBe(true);
  });

  it.each(AUTHORITIES)('knows over whom %s stands', (acting) => {
    for (const other of AUTHORITIES)
      expect([other, reachesUpTo(acting, other)]).toEqual([other, apiReachesUpTo(acting, other)]);
    expect(managesAllTokens(acting)).toBe(['owner', 'admin', 'platform'].includes(acting));
  });
});
