import { describe, expect, it } from '@jest/globals';
import { businessesOf, mappedRoleIn } from '../../../src/sign-in/accounts/admission.service.js';
import { groupsIn, nameIn, verifiedEmailIn } from '../../../src/sign-in/providers/code-flow.js';

describe('the claims of a person', () => {
  it.each<[unknown, Record<string, unknown>]>([
    [new Set(['a', 'b']), { groups: ['a', 'b'] }],
    [new Set(['a']), { groups: 'a' }],
    [new Set(), { groups: [] }],
    [new Set(['a']), { groups: ['a', 7, null, ['b']] }],
    ['unknown', {}],
    ['unknown', { groups: null }],
    ['unknown', { groups: 7 }],
    ['unknown', { groups: { a: true } }],
    ['unknown', { _claim_names: { groups: 'src1' } }],
    ['unknown', { groups: ['a'], _claim_names: { groups: 'src1' } }],
    [new Set(['a']), { groups: ['a'], _claim_names: { other: 'src1' } }],
  ])('name the groups %p', (groups, claims) => {
    expect(groupsIn(claims, 'groups')).toEqual(groups);
  });

  it('name no groups by what every object has', () => {
    expect(groupsIn({}, 'constructor')).toBe('unknown');
    expect(groupsIn({ groups: ['a'], _claim_names: {} }, 'toString')).toBe('unknown');
  });

  it('have an e-mail address if it is one and verified by the word true', () => {
    expect(verifiedEmailIn({ email: 'Ada@Example.com', email_verified: true })).toBe('ada@example.com');
    for (const isVerified of [false, 'true', 1, undefined])
      expect(verifiedEmailIn({ email: 'ada@example.com', email_verified: isVerified })).toBeNull();
    for (const email of [
      undefined,
      7,
      'ada',
      'ada@example.com\n',
      ['ada@example.com'],
      'ad\u212a@example.com',
      'ad\u0130@example.com',
    ])
      expect(verifiedEmailIn({ email, email_verified: true })).toBeNull();
  });

  it('have a name that shows all that it holds', () => {
    expect(nameIn({ name: 'Ada', preferred_username: 'ada' })).toBe('Ada');
    for (const name of ['', ' ', 'a\u202eb', 'a\nb', 'x'.repeat(256), 7, undefined])
      expect(nameIn({ name, preferred_username: 'ada' })).toBe('ada');
    expect(nameIn({})).toBeNull();
  });
});

describe('groups mapped to roles', () => {
  const mapping = [
    { group: 'staff', businessId: 'one', role: 'developer' as const },
    { group: 'admins', businessId: 'one', role: 'admin' as const },
    { group: 'admins', businessId: 'two', role: 'auditor' as const },
  ];

  it('give the highest, in each business its own', () => {
    const groups = new Set(['staff', 'admins']);
    expect(mappedRoleIn('one', groups, mapping)).toBe('admin');
    expect(mappedRoleIn('two', groups, mapping)).toBe('auditor');
    expect(businessesOf(groups, mapping)).toEqual(['one', 'two']);
  });

  it('are told apart: none, not known, and none of its concern', () => {
    expect(mappedRoleIn('one', new Set(['Staff']), mapping)).toBeNull();
    expect(mappedRoleIn('one', 'unknown', mapping)).toBe('unknown');
    expect(mappedRoleIn('three', new Set(['staff']), mapping)).toBe('unmapped');
    expect(mappedRoleIn('three', 'unknown', mapping)).toBe('unmapped');
    expect(businessesOf('unknown', mapping)).toEqual([]);
  });
});
