import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { oidcConfig } from '../../../src/config/oidc.config.js';

const VARIABLE = 'RESCIND_OIDC_PROVIDERS';
const BUSINESS = '0199c2a1-0000-7000-8000-00000000000A';
const good = { id: 'corp', issuer: 'https://id.example.com', client_id: 'rescind' };

describe('the setting of OpenID providers', () => {
  beforeEach(() => {
    process.env.RESCIND_PUBLIC_URL = 'https://tokens.example.com';
  });
  afterEach(() => {
    delete process.env[VARIABLE];
    delete process.env.RESCIND_PUBLIC_URL;
  });
  const read = (value: unknown) => {
    process.env[VARIABLE] = typeof value === 'string' ? value : JSON.stringify(value);
    return oidcConfig().providers;
  };

  it('may be left out', () => {
    expect(oidcConfig().providers).toEqual([]);
    expect(read('[]')).toEqual([]);
  });

  it('needs an id, an issuer and a client', () => {
    expect(read([good])).toEqual([
      {
        ...{
          id: 'corp',
          name: 'corp',
          issuer: 'https://id.example.com',
          clientId: 'rescind',
          clientSecret: null,
        },
        ...{
          scopes: ['openid', 'profile', 'email'],
          claim: 'groups',
          roles: [],
          createMembers: false,
          postLogout: false,
        },
      },
    ]);
  });

  it('is a file as well, as is the secret of a client', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rescind-oidc-'));
    const [whole, secret] = [join(folder, 'providers'), join(folder, 'secret')];
    writeFileSync(secret, 's3cret\n');
    const roles = [{ group: 'staff', business_id: BUSINESS, role: 'admin' }];
    writeFileSync(
      whole,
      JSON.stringify([{ ...good, client_secret: `@${secret}`, roles, create_members: true }]),
    );
    const [provider] = read(`@${whole}`);
    expect(provider).toMatchObject({ clientSecret: 's3cret', createMembers: true });
    expect(provider?.roles).toEqual([{ group: 'staff', businessId: BUSINESS.toLowerCase(), role: 'admin' }]);
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['http://127.0.0.1:8080'],
    ['http://localhost:8080/realms/a'],
    ['http://[::1]:1'],
    ['https://a.example/b/'],
  ])('takes %s for an issuer, as it is written', (issuer) => {
    expect(read([{ ...good, issuer }])[0]?.issuer).toBe(issuer);
  });

  it.each<[string, unknown]>([
    ['must be a JSON array', '{'],
    ['must be a JSON array', {}],
    ['must be a JSON array', ['x']],
    ['must be a JSON array', Array.from({ length: 17 }, (_, index) => ({ ...good, id: `p${index}` }))],
    ['the id of provider 1', [{ ...good, id: 'A b' }]],
    ['the id of provider 2', [good, { issuer: 'https://b.example' }]],
    ['two providers with the same id', [good, { ...good, issuer: 'https://b.example' }]],
    ['two providers with the same issuer', [good, { ...good, id: 'b' }]],
    ['the name of provider 1', [{ ...good, name: '' }]],
    ['the issuer of provider 1', [{ ...good, issuer: 'http://id.example.com' }]],
    ['the issuer of provider 1', [{ ...good, issuer: 'id.example.com' }]],
    ['the issuer of provider 1', [{ ...good, issuer: 'https://u:p@id.example.com' }]],
    ['the issuer of provider 1', [{ ...good, issuer: 'https://id.example.com/?a=b' }]],
    ['the issuer of provider 1', [{ ...good, issuer: undefined }]],
    ['the client_id of provider 1', [{ ...good, client_id: 7 }]],
    ['the client_secret of provider 1', [{ ...good, client_secret: 7 }]],
    ['names a file that cannot be read', [{ ...good, client_secret: '@/nowhere' }]],
    ['the scopes of provider 1', [{ ...good, scopes: ['email'] }]],
    ['the scopes of provider 1', [{ ...good, scopes: 'openid' }]],
    ['the claim of provider 1', [{ ...good, claim: '' }]],
    ['the roles of provider 1', [{ ...good, roles: {} }]],
    ['the roles of provider 1', [{ ...good, roles: [{ group: 'a', business_id: 'acme', role: 'admin' }] }]],
    ['the roles of provider 1', [{ ...good, roles: [{ group: 'a', business_id: BUSINESS, role: 'root' }] }]],
    [
      'the roles of provider 1',
      [{ ...good, roles: [{ group: 'a', business_id: BUSINESS, role: 'no-access' }] }],
    ],
    [
      'the roles of provider 1',
      [{ ...good, roles: [{ group: 'a', business_id: BUSINESS, role: 'admin', x: 1 }] }],
    ],
    ['the create_members of provider 1', [{ ...good, create_members: true }]],
    ['the create_members of provider 1', [{ ...good, create_members: 'yes' }]],
    ['the post_logout of provider 1', [{ ...good, post_logout: 1 }]],
    ['"client-secret" of provider 1', [{ ...good, 'client-secret': 'hunter2' }]],
  ])('is refused in one sentence: %s', (problem, value) => {
    expect(() => read(value)).toThrow(problem);
    expect(() => read(value)).toThrow(/^RESCIND_OIDC_PROVIDERS [^\n]+\.$/);
    expect(() => read(value)).not.toThrow(/hunter2|id\.example/);
  });

  it('needs the address that people are sent back to', () => {
    delete process.env.RESCIND_PUBLIC_URL;
    expect(() => read([good])).toThrow('needs RESCIND_PUBLIC_URL');
    process.env.RESCIND_PUBLIC_URL = 'http://tokens.example.com';
    expect(() => read([good])).toThrow('begins with https://');
    process.env.RESCIND_PUBLIC_URL = 'http://127.0.0.1:3000';
    expect(read([good])).toHaveLength(1);
  });
});
