import { expect, it } from '@jest/globals';
import { withManualRole, withMappedRole, type RoleSources } from '../../../src/directory/members/role.js';

const given: RoleSources = { role: 'admin', mappedRole: null, manualRole: null, rolePinned: false };

it('of a mapped role and one that was given before, the lower is in force', () => {
  expect(withMappedRole(given, 'developer')).toEqual({
    ...given,
    role: 'developer',
    mappedRole: 'developer',
    manualRole: 'admin',
  });
  expect(withMappedRole(given, 'owner')).toMatchObject({
    role: 'admin',
    mappedRole: 'owner',
    manualRole: 'admin',
  });
  // Of two that see different things, the auditor changes nothing.
  expect(withMappedRole({ ...given, role: 'developer' }, 'auditor')).toMatchObject({ role: 'auditor' });
});

it('a role that was given comes back when nothing is mapped any more; without one there is no access', () => {
  const mapped = withMappedRole(given, 'developer');
  expect(withMappedRole(mapped, null)).toMatchObject({
    role: 'admin',
    mappedRole: null,
    manualRole: 'admin',
  });
  const made: RoleSources = { role: 'owner', mappedRole: 'owner', manualRole: null, rolePinned: false };
  const ended = withMappedRole(made, null);
  expect(ended).toMatchObject({ role: 'no-access', mappedRole: null, manualRole: null });
  expect(withMappedRole(ended, 'auditor')).toMatchObject({ role: 'auditor', manualRole: null });
});

it('a pinned role is in force whatever is mapped, and given by an administrator alone', () => {
  const pinned = withManualRole(withMappedRole(given, 'developer'), 'owner', true);
  expect(pinned).toMatchObject({ role: 'owner', rolePinned: true });
  expect(withMappedRole(pinned, 'auditor')).toMatchObject({ role: 'owner', mappedRole: 'auditor' });
  expect(withMappedRole(pinned, null)).toMatchObject({ role: 'owner' });
  expect(withManualRole(pinned, undefined, false)).toMatchObject({ role: 'developer', manualRole: 'owner' });
  const onlyMapped: RoleSources = {
    role: 'developer',
    mappedRole: 'developer',
    manualRole: null,
    rolePinned: false,
  };
  expect(withManualRole(onlyMapped, undefined, true)).toMatchObject({ role: 'developer' });
});

it('where nothing was ever mapped, an administrator’s word is the role', () => {
  expect(withManualRole(given, 'auditor', undefined)).toMatchObject({ role: 'auditor', mappedRole: null });
});
